"""triage report, triage report-template."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from service.cli_store import opened
from triage.errors import UsageError


def report(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="daily, weekly or monthly.")],
    day: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="A day of the period. Default: the newest period that is over.")] = "",
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where to write it. Default: the reports of the service.")] = None,
    template: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Templates of your own. Default: TRIAGE_TEMPLATES.")] = None,
    snapshot: Annotated[bool, typer.Option("--snapshot/--no-snapshot", help="Bring the snapshot up to the store first.")] = True,
) -> None:
    """Make a report of a day, a week or a month as HTML and DOCX."""
    from service import fallback, synthetic
    from service.active import now_in_use
    from service.analysis import keeping
    from service.reports import charts, make, paper
    from service.state import read_keys

    told = _day(day) if day else None
    if template is not None and not template.is_dir():
        raise UsageError(f"{template}: no such folder. Write one: triage report-template {template}", "no_such_folder")
    with opened() as (database, settings):
        chosen = now_in_use(database, settings)
        profile = fallback.load(chosen.profile, chosen.model).profile
        zone = ZoneInfo(profile.timezone) if profile is not None else UTC
        today = datetime.now(zone).date()
        if told is not None and told > today:
            raise UsageError(f"--day {told} lies in the future: nothing is known of it. Name a day of a period that has begun.", "bad_value")
        period = paper.period_of(kind, told) if told is not None else paper.last_whole(kind, today)
        if snapshot:
            keeping.take(keeping.of(database, read_keys(settings, database), profile, today, settings.snapshot_folder))
        with database.read() as connection:
            mark = synthetic.shown(connection)
        source = make.Source(database, settings.snapshot_folder, profile, zone, settings.dispatch_minutes, template or settings.templates, mark)
        folder = out or settings.reports_folder
        entry = make.keep(source, period, folder, "shell")
    if not charts.chinese_font():
        typer.echo("no Chinese font on this machine: the DOCX has no pictures. Install one, e.g. fonts-noto-cjk.", err=True)
    for form in ("html", "docx"):
        typer.echo(folder / f"{entry.name}.{form}")


def report_template(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder without templates yet.")]) -> None:
    """Write the templates of the reports, to be edited: report.html (Jinja2) and report.docx (styles, letterhead)."""
    from service.reports.templates import write

    for path in write(folder):
        typer.echo(path)


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise UsageError(f"--day {words!r}: not a day. Write it like 2026-10-31.", "bad_option") from None
