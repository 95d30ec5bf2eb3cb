"""Many requests from a table to a table: in order, each row once, in constant memory; one bad row never fails the rest.

The input is read twice: ``survey`` counts its rows, sums them up in a digest and finds repeated ids; then chunk by chunk goes to the workers
and what they answer, already as bytes of the output, into the journal. Chunks are cut by the rows alone, so the result is the same for
any number of workers, and after any number of interruptions.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from triage.answers import ANSWER, MASKED, REASONS, Ask, Shape, answer, count
from triage.columns import Columns, find_columns
from triage.deadlines import read_time
from triage.errors import TriageError, UsageError
from triage.formats import Form, form_of, object_lines
from triage.journal import FORMAT, ROWS, Journal, disk, drop, opened, read_job, read_progress, sync_folder
from triage.output import check_target
from triage.records import Request
from triage.sources import Source, open_file
from triage.suggest import Engine
from triage.survey import Digest, Survey, asks, survey
from triage.workers import in_order

__all__ = ["ANSWER", "MASKED", "REASONS", "Job", "Summary", "Target", "classify", "classify_file"]
CHUNK = 1024
_CHARS = 4_000_000
_FIRST = Request("1、路灯不亮。2、另外, 垃圾没人清运。")


class Watch(Protocol):
    """Is told how many rows are done, of how many; of 0 while the input is looked through."""

    def __call__(self, done: int, rows: int, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Summary:
    """What a batch did: rows in all, how many had which error, how often which value stood in a column, the seconds that this run took, and
    what answered, ``Versions`` as a mapping."""

    rows: int
    errors: dict[str, int]
    values: dict[str, dict[str, int]] = field(default_factory=dict, compare=False)
    seconds: float = field(default=0.0, compare=False)
    versions: Mapping[str, str] = field(default_factory=dict, compare=False)


class Target(NamedTuple):
    """Where rows go: a form, the file (None: a database, and its ``name``), and the folder of the job meanwhile."""

    form: Form
    path: Path | None
    name: str
    folder: Path

    @classmethod
    def file(cls, path: Path) -> "Target":
        """A file; its job is in the folder OUTPUT.job beside it."""
        return cls(form_of(path), path, str(path), path.with_name(f"{path.name}.job"))


CLOSE_ROWS = 1000
"""So many rows are read closely where nobody says otherwise: it takes about a minute."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done. ``as_of``: for requests without a time of receipt. ``resume`` goes on with a job that has not ended,
    ``restart`` drops it; ``overwrite`` replaces an output that is there. ``close``: read closely, fast, or None, closely if the rows are
    few and it can be had."""

    source: Source
    target: Target
    told: Columns = field(default_factory=Columns)
    masked: bool = False
    reasons: bool = False
    kept: bool = False
    as_of: str = ""
    workers: int = 1
    resume: bool = False
    restart: bool = False
    overwrite: bool = False
    close: bool | None = False


def classify_file(
    engine: Engine, source: Path, target: Path, told: Columns, *, with_masked: bool = False, with_reasons: bool = False,
    progress: Watch | None = None, **more: Any,
) -> Summary:  # fmt: skip
    """Writes one row for every row of ``source``, in order, beside the id; ``more`` are fields of Job. Raises as ``classify``."""
    check_target(target, source)
    job = Job(open_file(source), Target.file(target), told, with_masked, with_reasons, **more)
    return classify(engine, job, progress or (lambda *_: None))


def classify(engine: Engine, job: Job, watch: Watch = lambda *_: None, warn: Callable[[str], None] | None = None) -> Summary:
    """Does a job. ``warn``: as in ``Engine.reading``. The output appears whole or not at all; until then its job can be resumed.

    Raises UsageError when the source or its columns cannot be used, when the output is there already, when a job for it is and neither
    ``resume`` nor ``restart`` was told, when the source changes meanwhile, when a worker is killed or the disk is full.
    """
    begun = time.monotonic()
    target = job.target
    columns = find_columns(job.source.header, job.told, job.source.name)
    shape = Shape(columns, tuple(job.source.header) if job.kept else (), job.masked, job.reasons)
    _refuse(job)
    versions: Mapping[str, str] = {}
    if job.resume and _has_ended(target):
        done, versions = read_progress(target.folder), (read_job(target.folder) or {}).get("versions", {})
    else:
        found = _survey(job, columns.id, watch)
        engine = engine.reading(False if job.close is None and found.rows > CLOSE_ROWS else job.close, warn)
        plan = _plan(engine, job, shape, found, job.as_of or engine.now().date().isoformat())
        with opened(target.folder, plan, target.form.head(shape.header()), resume=job.resume) as journal:
            _work(engine, job, shape, found, journal, watch)
            _finish(target, shape, journal)
            done, versions = journal.done, asdict(engine.versions)
    drop(target.folder)
    return Summary(done.rows, dict(done.errors), {name: dict(each) for name, each in done.values.items()}, time.monotonic() - begun, versions)


def _survey(job: Job, ident: str, watch: Watch) -> Survey:
    """The first pass. What it leaves behind when it fails is removed."""
    folder = job.target.folder
    with disk(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        scratch = folder / f"ids-{os.getpid()}"
        try:
            return survey(job.source.rows(), ident, scratch, lambda rows: watch(rows, 0))
        except BaseException:
            scratch.unlink(missing_ok=True)
            with suppress(OSError):
                folder.rmdir()  # stays where there is a job in it
            raise


def _has_ended(target: Target) -> bool:
    """Whether the job was killed between its output's appearing and its own removal."""
    return target.path is not None and target.path.exists() and not (target.folder / ROWS).exists()


def _refuse(job: Job) -> None:
    """Raises UsageError where there is something in the way."""
    path, folder = job.target.path, job.target.folder
    if not folder.parent.is_dir():
        raise UsageError(f"{folder.parent}: no such folder. Make it first.", "no_such_folder")
    if path is not None and path.exists() and not job.overwrite and not (job.resume and (folder / "job.json").exists()):
        raise UsageError(f"{path} is there already. Name another output, or replace it with --overwrite.", "output_exists")
    if job.restart:
        drop(folder)
    elif not job.resume and (told := read_job(folder)) is not None:
        done = read_progress(folder).rows
        words = f"{folder} holds a job that has not ended ({done} of {told['rows']} rows are done)"
        raise UsageError(f"{words}. Go on with it: --resume; or drop it: --restart.", "job_exists")
    if job.resume:
        _same_day(job, read_job(folder))


def _same_day(job: Job, known: Mapping[str, Any] | None) -> None:
    """Raises UsageError where there is no job to go on with, or it was begun for another day than is told now."""
    if known is None:
        raise UsageError(f"there is no job to go on with ({job.target.folder}). Leave --resume out.", "no_job")
    begun = str(known.get("as_of", ""))
    if job.as_of and _moment(job.as_of) != _moment(begun):
        told = f"it was begun with --as-of {begun}, not {job.as_of}"
        raise UsageError(
            f"{job.target.folder}: cannot go on: {told}. Name that day or leave --as-of out, or start over with --restart.", "job_differs"
        )


def _moment(told: str) -> datetime | str:
    return read_time(told) or told


def _plan(engine: Engine, job: Job, shape: Shape, found: Survey, as_of: str) -> dict[str, object]:
    """What must be the same when the job goes on."""
    options = {"columns": asdict(shape.columns), "kept": len(shape.kept), "masked": shape.masked, "reasons": shape.reasons}
    return {
        "format": FORMAT, "source": job.source.name, "digest": found.digest, "rows": found.rows, "versions": asdict(engine.versions),
        "header": shape.header(), "options": options, "form": job.target.form.name, "target": job.target.name, "as_of": as_of,
    }  # fmt: skip


class Done(NamedTuple):
    """A chunk: its lines, and what was counted in it."""

    rows: int
    lines: bytes
    errors: Mapping[str, int]
    values: Mapping[str, Mapping[str, int]]


def _work(engine: Engine, job: Job, shape: Shape, found: Survey, journal: Journal, watch: Watch) -> None:
    """Answers all rows behind those that are done."""
    through = Digest(job.source.rows())
    lines = object_lines(shape.header()) if job.target.form.name == "jsonl" else job.target.form.lines
    worker = _Worker(engine, shape, str(journal.job["as_of"]), lines)
    rows, errors = journal.done.rows, Counter(journal.done.errors)
    values = {name: Counter(each) for name, each in journal.done.values.items()}
    tasks = chunks(asks(iter(through), shape.columns.id, found.repeated), rows)
    watch(rows, found.rows)
    if job.workers > 1:
        engine.suggest_many([_FIRST])  # what is compiled and looked up at the first call is so shared by all workers
    try:
        with closing(in_order(worker, tasks, job.workers)) as answered:
            for done in answered:
                rows += done.rows
                errors.update(done.errors)
                for name, each in done.values.items():
                    values.setdefault(name, Counter()).update(each)
                journal.add(done.lines)
                if journal.due():
                    journal.keep(rows, errors, values)
                watch(rows, found.rows)
    except (TriageError, KeyboardInterrupt):
        journal.keep(rows, errors, values)
        raise
    if (rows, through.told) != (found.rows, found.digest):
        raise UsageError(
            f"{job.source.name} changed while it was read. Start over with --restart, on a copy that nobody writes to.", "source_changed"
        )
    journal.keep(rows, errors, values)


class _Worker:
    """Answers chunks, in a process of its own or not."""

    def __init__(self, engine: Engine, shape: Shape, as_of: str, lines: Callable[..., bytes]) -> None:
        self._engine, self._shape, self._as_of, self._lines = engine, shape, as_of, lines

    def __call__(self, chunk: list[Ask]) -> Done:
        cells = answer(self._engine, chunk, self._shape, self._as_of)
        counts = count(cells, self._shape)
        return Done(len(cells), self._lines(cells), counts.errors, counts.values)


def chunks(asked: Iterator[Ask], skip: int = 0) -> Iterator[list[Ask]]:
    """Cut where ``CHUNK`` rows or ``_CHARS`` characters are reached, whatever was done before: the same rows make the same chunks.
    Those that lie within the first ``skip`` rows are left out."""
    chunk: list[Ask] = []
    size = 0
    for ask in asked:
        chunk.append(ask)
        size += sum(map(len, ask.row.cells.values()))
        if len(chunk) == CHUNK or size >= _CHARS:
            if ask.number > skip:
                yield chunk
            chunk, size = [], 0
    if chunk and chunk[-1].number > skip:
        yield chunk


def _finish(target: Target, shape: Shape, journal: Journal) -> None:
    """Makes the output of the rows. What is there already is replaced in one step."""
    if target.path is None:
        target.form.finish(journal.path, shape.header(), journal.folder)
        return
    draft = target.form.finish(journal.path, shape.header(), journal.folder)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.chmod(0o644)
    draft.replace(target.path.resolve())
    sync_folder(target.path.resolve().parent)
