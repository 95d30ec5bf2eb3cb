"""Jobs: batches that somebody asked for on a page. The store says what is to be done and how far it is; files are in a folder of the
job's own, readable by the service alone. ``job_runner.py`` does them.

Unlike the desk's own rows a job is not history: its row changes, and goes when it expires, files and all. What was done with it stands in the
audit log.
"""

import json
import secrets
import shutil
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.database import Database, iso, now
from service.failures import refuse
from service.tables import jobs

WAITING, RUNNING, PAUSED, DONE, FAILED, CANCELLED = "waiting", "running", "paused", "done", "failed", "cancelled"
OPEN = (WAITING, RUNNING, PAUSED)
UPLOAD, PERIOD = "upload", "period"
SUFFIXES = (".csv", ".txt", ".xlsx", ".parquet", ".jsonl")
RESULTS = ("csv", "xlsx", "parquet", "jsonl")
_STALE = timedelta(seconds=60)
"""After so long without a sign of life a running job's process counts as gone."""

_FRESH = 60.0
_ENGINE = "engine.json"

_MOVES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "pause": ((WAITING, RUNNING), PAUSED),
    "resume": ((PAUSED, FAILED), WAITING),
    "cancel": ((WAITING, RUNNING, PAUSED, FAILED), CANCELLED),
}


def create(connection: sa.Connection, owner: str, kind: str, name: str, told: Mapping[str, str], days: int, most: int) -> tuple[int, str]:
    """A waiting job; its number and the name of its folder. Raises ``too_many_jobs`` when its owner has so many open ones already."""
    open_ones = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.made_by == owner, jobs.c.state.in_(OPEN))
    if connection.execute(open_ones).scalar_one() >= most:
        raise refuse("too_many_jobs", f"you have {most} open jobs. Wait for one, or cancel one.")
    moment, folder = now(), told.get("folder") or secrets.token_hex(16)
    values = {"made_by": owner, "kind": kind, "name": name[:200], "folder": folder, "since": told.get("since", ""), "until": told.get("until", ""),
              "suffix": told["suffix"], "source": told.get("source", ""), "state": WAITING, "done": 0, "total": 0, "message": "", "made_at": moment,
              "seen_at": moment, "expires_at": moment + timedelta(days=days)}  # fmt: skip
    key = connection.execute(jobs.insert().values(values)).inserted_primary_key
    assert key is not None
    return int(key[0]), folder


def of(connection: sa.Connection, owner: str) -> list[dict[str, Any]]:
    """The jobs of somebody, newest first, as a page shows them."""
    rows = connection.execute(sa.select(jobs).where(jobs.c.made_by == owner).order_by(jobs.c.id.desc()).limit(100))
    return [shown(row) for row in rows]


def one(connection: sa.Connection, number: int, owner: str) -> sa.Row[Any]:
    """A job of somebody's own. Raises ``unknown_job`` for any other."""
    row = connection.execute(sa.select(jobs).where(jobs.c.id == number, jobs.c.made_by == owner)).one_or_none()
    if row is None:
        raise refuse("unknown_job", f"you have no job {number}. It may have expired.")
    return row


def shown(row: sa.Row[Any]) -> dict[str, Any]:
    """A job as a page shows it."""
    names = ("id", "kind", "name", "since", "until", "suffix", "state", "done", "total", "message")
    return {**{name: getattr(row, name) for name in names}, "made_at": iso(row.made_at), "expires_at": iso(row.expires_at)}


def move(connection: sa.Connection, number: int, owner: str, action: str) -> dict[str, Any]:
    """pause, resume or cancel. Raises ``unknown_job``, or ``wrong_state`` where it cannot be done now."""
    row = one(connection, number, owner)
    before, after = _MOVES[action]
    if row.state not in before:
        raise refuse("wrong_state", f"job {number} is {row.state}: it cannot {action}.")
    connection.execute(jobs.update().where(jobs.c.id == number).values(state=after, message="", seen_at=now()))
    return shown(one(connection, number, owner))


def any_work(connection: sa.Connection) -> bool:
    """Whether a job waits or runs."""
    return connection.execute(sa.select(jobs.c.id).where(jobs.c.state.in_((WAITING, RUNNING))).limit(1)).first() is not None


def claim(connection: sa.Connection) -> sa.Row[Any] | None:
    """The next job to work on, now running; None when there is none, or one runs already. One at a time, whatever the number of processes:
    a job left by a process that died comes first."""
    moment = now()
    running = connection.execute(sa.select(jobs).where(jobs.c.state == RUNNING).order_by(jobs.c.id)).all()
    if any(row.seen_at > moment - _STALE for row in running):
        return None
    waiting = connection.execute(sa.select(jobs).where(jobs.c.state == WAITING).order_by(jobs.c.id).limit(1)).one_or_none()
    chosen = running[0] if running else waiting
    if chosen is not None:
        connection.execute(jobs.update().where(jobs.c.id == chosen.id).values(state=RUNNING, seen_at=moment))
    return chosen


def beat(connection: sa.Connection, number: int, done: int, total: int) -> str:
    """A sign of life, and how far it is; the state that the job has by now."""
    connection.execute(jobs.update().where(jobs.c.id == number).values(done=done, total=total, seen_at=now()))
    state: str | None = connection.execute(sa.select(jobs.c.state).where(jobs.c.id == number)).scalar_one_or_none()
    return state or CANCELLED


def end(connection: sa.Connection, number: int, state: str, message: str = "") -> None:
    """A running job is done, has failed, or waits again."""
    chosen = jobs.update().where(jobs.c.id == number, jobs.c.state == RUNNING)
    connection.execute(chosen.values(state=state, message=message[:500], seen_at=now()))


def purge(database: Database, root: Path) -> list[int]:
    """Removes jobs that expired, with their files; and files of jobs that were cancelled or are not known. Their numbers."""
    with database.write() as connection:
        old = sa.select(jobs.c.id).where(jobs.c.expires_at < now(), jobs.c.state != RUNNING)
        gone = list(connection.execute(old).scalars())
        if gone:
            connection.execute(jobs.delete().where(jobs.c.id.in_(gone)))
        kept = set(connection.execute(sa.select(jobs.c.folder).where(jobs.c.state != CANCELLED)).scalars())
    if root.is_dir():
        for folder in root.iterdir():
            # One that is just being made may not be in the store yet.
            if folder.name not in kept and folder.stat().st_mtime < time.time() - _FRESH:
                shutil.rmtree(folder, ignore_errors=True)
    return gone


def make_folder(root: Path, name: str) -> Path:
    """The folder of a job, for the service's own user only."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = root / name
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def freeze(root: Path, name: str, model: str, profile: str) -> dict[str, str]:
    """Writes down what a job is done with, for its whole life: half a result by one version and half by another is none."""
    told = {"model": model, "profile": profile}
    place = make_folder(root, name) / _ENGINE
    part = place.with_suffix(".part")
    part.write_text(json.dumps(told), encoding="utf-8")
    part.replace(place)
    return told


def frozen(root: Path, name: str) -> dict[str, str] | None:
    """The ``model`` and ``profile`` of a job, "" for the model's own tables; None where it was never written down."""
    place = root / name / _ENGINE
    try:
        told: dict[str, str] = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return told


def result(root: Path, row: sa.Row[Any]) -> Path:
    """Where the output of a job is or will be."""
    return root / str(row.folder) / f"result.{row.suffix}"


def source(root: Path, row: sa.Row[Any]) -> Path:
    """Where its input is."""
    return root / str(row.folder) / f"input{row.source}"


def close_to_others(path: Path) -> None:
    """Takes the rights of all others from a file."""
    path.chmod(0o600)
