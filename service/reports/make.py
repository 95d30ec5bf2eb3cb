"""Makes a report from a snapshot and keeps it: for the command, the page and the schedule alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from service import alerts, topic_acts
from service.analysis.snapshot import connect
from service.database import Database
from service.reports import archive
from service.reports.as_docx import docx_bytes
from service.reports.as_html import html
from service.reports.collect import collect
from service.reports.found import found_matters
from service.reports.names import Names
from service.reports.paper import Paper, Period
from triage.profile import Profile


@dataclass(frozen=True, slots=True)
class Source:
    """What reports are made from: the store, a snapshot of it, the city's tables, its clock, the target of the first dispatch, and its templates.

    ``mark``: what a demo city's store says of itself, else "".
    """

    store: Database
    snapshot: Path
    profile: Profile | None
    zone: tzinfo
    target_minutes: int
    templates: Path | None = None
    mark: str = ""


def paper(source: Source, period: Period) -> Paper:
    """The report, without a form yet. An empty snapshot gives one that says so."""
    moment = datetime.now(UTC)
    connection = connect(source.snapshot)
    try:
        names = Names(source.profile)
        matters, how = found_matters(connection, period, names, lambda topics: _muted(source.store, topics))
        made, as_of = moment.astimezone(source.zone), moment.replace(tzinfo=None)
        return collect(connection, names, period, made, as_of, matters, source.target_minutes, how, source.mark)
    finally:
        connection.close()


def _muted(database: Database, topics: Mapping[str, Sequence[int]]) -> set[str]:
    """The marks of topics and bursts that are muted now."""
    with database.read() as store:
        stand = alerts.standing(store) | topic_acts.standing(store, topics)
    return {mark for mark, each in stand.items() if each.muted_until}


def files(made: Paper, templates: Path | None) -> Mapping[str, bytes]:
    """Both forms. Raises UsageError for a template with an error."""
    return {"html": html(made, templates).encode(), "docx": docx_bytes(made, templates)}


def keep(source: Source, period: Period, folder: Path, made_by: str) -> archive.Entry:
    """Makes a report and keeps it, in place of an earlier one of the same period."""
    made = paper(source, period)
    return archive.keep(folder, made, files(made, source.templates), made_by)
