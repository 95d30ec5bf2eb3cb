"""Reports inside the running service: made on demand and by themselves once their time is over."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, date

from fastapi.concurrency import run_in_threadpool

from service import audit, synthetic
from service.analysis import keeping
from service.analysis.snapshot import connect
from service.audit import Who
from service.reports import archive, make
from service.reports.paper import KINDS, Period, last_whole
from service.state import State
from triage.errors import TriageError, UsageError

_LOG = logging.getLogger("triage.service")
FIRST, EVERY = 60.0, 300.0
"""Seconds until it is first looked whether a report is due, and between two looks."""
CLOCK = Who("schedule")


def today(state: State) -> date:
    """In the city."""
    return state.adviser.now().date()


def make_now(state: State, period: Period, who: Who) -> archive.Entry:
    """Brings the snapshot up to the store, makes a report and notes who did."""
    settings = state.settings
    keeping.take(keeping.work(state))
    with state.store.read() as connection:
        mark = synthetic.shown(connection)
    source = make.Source(state.store, settings.snapshot_folder, state.profile, state.zone or UTC, settings.dispatch_minutes, settings.templates, mark)
    entry = make.keep(source, period, settings.reports_folder, who.name)
    with state.store.write() as connection:
        audit.note(connection, who, "report.make", entry.name, algorithm=settings.audit_hash)
    return entry


def wanted(words: str) -> tuple[str, ...]:
    """The kinds of TRIAGE_REPORTS. Raises UsageError for one that there is not."""
    found = tuple(each.strip() for each in words.split(",") if each.strip())
    wrong = [each for each in found if each not in KINDS]
    if wrong:
        raise UsageError(f"TRIAGE_REPORTS: {wrong[0]!r}. Use {', '.join(KINDS)}, or nothing.", "bad_setting")
    return found


def due(state: State) -> Iterator[Period]:
    """The newest whole periods of which there is no report yet."""
    there = {each.name for each in archive.entries(state.settings.reports_folder)}
    for kind in wanted(state.settings.reports):
        period = last_whole(kind, today(state))
        if f"{kind}-{period.key}" not in there:
            yield period


def make_due(state: State) -> int:
    """Makes what is due; how many. A period of which the store holds nothing is passed over: no data is no report. One that fails is told in the
    log and is no reason to leave out the others."""
    done = 0
    with archive.alone(state.settings.reports_folder) as mine:
        wanting = list(due(state)) if mine else []
        if wanting:
            keeping.take(keeping.work(state))
        for period in wanting:
            try:
                if _any(state, period):
                    make_now(state, period, CLOCK)
                    done += 1
            except TriageError as error:
                _LOG.error("report %s-%s could not be made: %s", period.kind, period.key, error)
            except Exception:
                _LOG.exception("report %s-%s could not be made", period.kind, period.key)
    return done


def _any(state: State, period: Period) -> bool:
    connection = connect(state.settings.snapshot_folder)
    try:
        return connection.execute("SELECT 1 FROM facts WHERE day BETWEEN ? AND ? LIMIT 1", [period.since, period.until]).fetchone() is not None
    finally:
        connection.close()


async def watch(state: State) -> None:
    """Makes reports as they become due, for ever; what fails is logged and tried again."""
    await asyncio.sleep(FIRST)
    while True:
        try:
            if await run_in_threadpool(lambda: any(due(state))):
                await keeping.take_apart(await run_in_threadpool(keeping.work, state))
            await run_in_threadpool(make_due, state)
        except (TriageError, OSError) as error:
            _LOG.error("reports could not be made: %s", error)
        except Exception:
            _LOG.exception("reports could not be made")
        await asyncio.sleep(EVERY)
