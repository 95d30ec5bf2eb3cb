"""Reports that were made: files in a folder, each as HTML and DOCX with a small description. Made again, a report replaces itself."""

import fcntl
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from service.failures import refuse
from service.reports.paper import KINDS, Paper

FORMS: Mapping[str, str] = {
    "html": "text/html; charset=utf-8", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip
_NAME = re.compile(r"(daily-\d{4}-\d{2}-\d{2}|weekly-\d{4}-W\d{2}|monthly-\d{4}-\d{2})")


@dataclass(frozen=True, slots=True)
class Entry:
    """``name``: kind and period, as the files are called. ``made``: when, in city time; ``made_by``: who."""

    name: str
    kind: str
    title: str
    period: str
    made: str
    made_by: str
    synthetic: bool


def keep(folder: Path, paper: Paper, files: Mapping[str, bytes], made_by: str) -> Entry:
    """Writes the files, the description last: a report is listed whole or not at all."""
    name = f"{paper.period.kind}-{paper.period.key}"
    entry = Entry(name, paper.period.kind, paper.title, paper.period.words, paper.made, made_by, bool(paper.mark))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for form in FORMS:
        _put(folder / f"{name}.{form}", files[form])
    _put(folder / f"{name}.json", json.dumps(asdict(entry), ensure_ascii=False).encode())
    return entry


def entries(folder: Path) -> list[Entry]:
    """All reports, the newest period first within each kind; what cannot be read is passed over."""
    found = []
    for path in folder.glob("*.json") if folder.is_dir() else ():
        try:
            found.append(Entry(**json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError):
            continue
    order = {kind: place for place, kind in enumerate(KINDS)}
    newest = sorted(found, key=lambda each: each.name, reverse=True)
    return sorted(newest, key=lambda each: order.get(each.kind, len(order)))


def file(folder: Path, name: str, form: str) -> Path:
    """The path of a report's file. Raises ``unknown_report``; a name can lead nowhere else."""
    if not _NAME.fullmatch(name) or form not in FORMS or not (folder / f"{name}.{form}").is_file():
        raise refuse("unknown_report", "there is no such report. See the list, or make it.")
    return folder / f"{name}.{form}"


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Whether this process is the one that makes reports now: the others of the same store pass by."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _put(path: Path, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as part:  # for its owner alone
        part.write(data)
    Path(part.name).replace(path)
