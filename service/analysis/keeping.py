"""Keeps the snapshot of a running service up to its store, every so often. Of several processes one at a time does it.

It is taken in a process of its own, of low priority: thousands of requests read and tagged beside the answers would hold up those who type.
"""

import asyncio
import logging
import multiprocessing
import os
import time
from collections.abc import Sequence
from datetime import date
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from fastapi.concurrency import run_in_threadpool

from service import tag_store
from service.analysis import drawing, facts
from service.analysis.snapshot import Written, write
from service.database import Database
from service.keys import Keys
from service.state import State
from triage.errors import TriageError
from triage.profile import Profile, Tag

_LOG = logging.getLogger("triage.service")
_NICE, _FIRST, _LOOK, _MOST, _LEAVE = 10, 2.0, 0.2, 3600.0, 10.0


class Work(NamedTuple):
    """All that a snapshot is made of; the ``database`` as an address."""

    database: str
    keys: Keys
    profile: Profile | None
    today: date
    extra: Sequence[Tag]
    folder: Path


def of(database: Database, keys: Keys, profile: Profile | None, today: date, folder: Path) -> Work:
    """What a snapshot of a store is made of, with the tags that analysts have published. Raises TriageError where the store cannot be read."""
    with database.read() as connection:
        extra = tag_store.published(connection)
    return Work(database.url.render_as_string(hide_password=False), keys, profile, today, extra, folder)


def work(state: State) -> Work:
    """The same of a running service, now."""
    return of(state.store, state.keys, state.profile, state.adviser.now().date(), state.settings.snapshot_folder)


def take(told: Work, fresh: bool = False) -> Written:
    """One snapshot; ``fresh``: from the beginning. Raises TriageError where the store cannot be read."""
    database = Database(told.database)
    try:
        return write(database, told.keys, facts.city(told.profile, told.today, told.extra), told.folder, fresh)
    finally:
        database.close()


async def take_apart(told: Work) -> None:
    """One snapshot, taken by a process of its own. It is ended with the caller (not where that is killed), and after an hour; where it does
    not go when it is asked to, by force.

    Raises OSError where it fails; why stands on standard error.
    """
    child = multiprocessing.get_context("spawn").Process(target=_take, args=(told,), daemon=True)
    await run_in_threadpool(child.start)  # which waits until the child has read what it is given
    try:
        until = time.monotonic() + _MOST
        while child.is_alive() and time.monotonic() < until:
            await asyncio.sleep(_LOOK)
    finally:
        child.terminate()
        await run_in_threadpool(_see_off, child)
    if child.exitcode:
        raise OSError(f"the process that takes the snapshot ended with {child.exitcode}")


def _see_off(child: BaseProcess) -> None:
    child.join(_LEAVE)
    if child.is_alive():
        child.kill()
        child.join(_LEAVE)


def _take(told: Work) -> None:
    os.nice(_NICE)
    try:
        take(told)
    except TriageError as error:
        raise SystemExit(str(error)) from None


async def keep(state: State, minutes: int) -> None:
    """Takes snapshots for as long as it is not cancelled; what fails is told in the log and tried again."""
    await asyncio.sleep(_FIRST)
    while True:
        try:
            await take_apart(await run_in_threadpool(work, state))
            await run_in_threadpool(drawing.bundle, state.settings.data)
        except (TriageError, OSError) as error:
            _LOG.error("no snapshot for statistics could be taken: %s", error)
        except Exception:
            _LOG.exception("no snapshot for statistics could be taken")
        await asyncio.sleep(minutes * 60)
