"""Keeps the snapshot of a running service up to its store, every so often. Of several processes one at a time does it."""

import asyncio
import logging

from fastapi.concurrency import run_in_threadpool

from service import tag_store
from service.analysis import drawing, facts
from service.analysis.snapshot import Written, write
from service.state import State
from triage.errors import TriageError

_LOG = logging.getLogger("triage.service")


def take(state: State) -> Written:
    """One snapshot. Raises TriageError where the store cannot be read."""
    with state.store.read() as connection:
        extra = tag_store.published(connection)
    return write(state.store, state.keys, facts.city(state.profile, state.adviser.now().date(), extra), state.settings.snapshot_folder)


async def keep(state: State, minutes: int) -> None:
    """Takes snapshots for as long as it is not cancelled; what fails is told in the log and tried again."""
    while True:
        try:
            await run_in_threadpool(take, state)
            await run_in_threadpool(drawing.bundle, state.settings.data)
        except (TriageError, OSError) as error:
            _LOG.error("no snapshot for statistics could be taken: %s", error if isinstance(error, TriageError) else type(error).__name__)
        except Exception:
            _LOG.exception("no snapshot for statistics could be taken")
        await asyncio.sleep(minutes * 60)
