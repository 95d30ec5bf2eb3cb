"""How far a batch has come, kept so that it survives a kill, a power cut or a full disk.

A job is a folder beside its output: ``job.json`` says what is being done, ``rows`` holds the rows that are written, ``journal.json``
how many bytes of it are good. Rows are on the disk before the journal says so, and the journal is replaced in one step. So what the
journal says is always true, and what lies behind it in ``rows`` is cut off when the job goes on.
"""

import errno
import fcntl
import json
import os
import shutil
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from triage.errors import UsageError

FORMAT = 1
ROWS = "rows"
_EVERY = 1.0
_BLOCK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows that are done, the bytes of ``rows`` that hold them and their CRC, and what was counted in them (errors by code, values by
    column)."""

    rows: int = 0
    end: int = 0
    crc: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


class Journal:
    """An open job. Made by ``opened``."""

    def __init__(self, folder: Path, job: dict[str, Any], done: Progress, rows: BinaryIO) -> None:
        self.folder, self.job, self.done = folder, job, done
        self._rows, self._end, self._crc, self._kept = rows, done.end, done.crc, time.monotonic()

    @property
    def path(self) -> Path:
        """The file of the rows."""
        return self.folder / ROWS

    def add(self, lines: bytes) -> None:
        """Appends lines; they count once ``keep`` was called."""
        self._rows.write(lines)
        self._end += len(lines)
        self._crc = zlib.crc32(lines, self._crc)

    def due(self) -> bool:
        """Whether it is time to call ``keep``: a second of work may be lost, not more."""
        return time.monotonic() >= self._kept + _EVERY

    def keep(self, rows: int, errors: Mapping[str, int], values: Mapping[str, Mapping[str, int]]) -> None:
        """Makes sure of all lines so far, which hold ``rows`` rows, then says so."""
        self._rows.flush()
        os.fsync(self._rows.fileno())
        self.done = Progress(rows, self._end, self._crc, dict(errors), {name: dict(each) for name, each in values.items()})
        write_whole(self.folder / "journal.json", asdict(self.done))
        self._kept = time.monotonic()


@contextmanager
def opened(folder: Path, job: dict[str, Any], head: bytes, *, resume: bool) -> Iterator[Journal]:
    """A new job in ``folder``, its rows beginning with ``head``; with ``resume`` the one that is there, cut back to what is good.

    Raises UsageError when another process works on it, when it is of other input or settings, or when its rows are damaged; and when
    the disk is full, at any time: what was kept can then be resumed.
    """
    with disk(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        with (folder / "lock").open("a") as lock:
            _take(lock, folder)
            known = _read(folder / "job.json")
            if known is not None and resume:
                _same(folder, known, job)
                job = known
            else:
                (folder / ROWS).write_bytes(head)
                (folder / "journal.json").unlink(missing_ok=True)
                write_whole(folder / "job.json", job)
            found = _read(folder / "journal.json")
            done = Progress(**found) if found else Progress(end=len(head), crc=zlib.crc32(head))
            with (folder / ROWS).open("r+b") as rows:
                _check(folder, rows, done)
                rows.truncate(done.end)
                rows.seek(done.end)
                yield Journal(folder, job, done, rows)


def drop(folder: Path) -> None:
    """Removes a job, unless another process works on it (UsageError then)."""
    if not folder.is_dir():
        return
    # Out of the way in one step: a kill in the middle leaves no half of a job.
    gone = folder.with_name(f".{folder.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    with (folder / "lock").open("a") as lock:
        _take(lock, folder)
        folder.replace(gone)
    shutil.rmtree(gone, ignore_errors=True)


def read_job(folder: Path) -> dict[str, Any] | None:
    """What a job that has not ended is about; None where there is none."""
    return _read(folder / "job.json")


def read_progress(folder: Path) -> Progress:
    """How far a job has come; also while another process works on it."""
    found = _read(folder / "journal.json")
    return Progress(**found) if found else Progress()


def write_whole(path: Path, value: Any) -> None:
    """A file of JSON that is there whole or not at all, on the disk before this returns."""
    draft = path.with_name(f".{path.name}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(json.dumps(value, ensure_ascii=False))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes sure of the names in a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """Turns what a disk refuses into words. Before a job is noted, as while its input is looked through, there is none to resume."""
    try:
        yield
    except OSError as failure:
        if failure.errno in _FULL:
            again = "go on with --resume" if read_job(folder) is not None else "start again"
            told = f"{folder}: no room left on the disk ({failure.strerror}){_told(folder)}. Make room, then {again}."
            raise UsageError(told, "disk_full") from None
        raise UsageError(f"cannot use {failure.filename or folder}: {failure.strerror}. Name another output.", "cannot_write") from None


def _take(lock: Any, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise UsageError(f"{folder}: another process works on this job. Wait for it, or end it.", "job_runs") from None


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _told(folder: Path) -> str:
    with suppress(OSError, TypeError):
        rows = read_progress(folder).rows
        return f" ({rows} rows are done)" if rows else ""
    return ""


def _same(folder: Path, known: dict[str, Any], job: dict[str, Any]) -> None:
    """Raises UsageError unless the job that is there is of the same input and settings. ``as_of`` stays what it was."""
    words = {"digest": "the input has changed", "rows": "the input has changed", "source": "the input is another one",
             "versions": "model or profile have changed"}  # fmt: skip
    for name in ("format", "source", "digest", "rows", "versions", "header", "options", "form"):
        if known.get(name) != job.get(name):
            why = words.get(name, "the options are other ones")
            raise UsageError(f"{folder}: cannot go on: {why} ({name}). Restore it, or start over with --restart.", "job_differs")


def _check(folder: Path, rows: BinaryIO, done: Progress) -> None:
    crc, left = 0, done.end
    while left and (block := rows.read(min(left, _BLOCK))):
        crc, left = zlib.crc32(block, crc), left - len(block)
    if left or crc != done.crc:
        raise UsageError(f"{folder / 'rows'} is damaged. Start over with --restart.", "job_damaged")
