"""triage feedback."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from service.cli_store import opened
from triage.options import EXIT_SOME_ROWS, pairs


def feedback(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX with results of return visits, one request a row.")],
    column: Annotated[list[str] | None, typer.Option(help="FIELD=COLUMN, where a column has no usual name. May be repeated.")] = None,
) -> None:
    """Take what became of requests (contacted in time, resolved, satisfied) from a file into the store. Exit code 3: some rows were bad."""
    from service import audit, fallback, feedback_file
    from service.active import now_in_use
    from service.state import read_keys

    named = pairs("--column", column, "FIELD=COLUMN")
    with opened() as (database, settings):
        read = feedback_file.read(source, named)
        chosen = now_in_use(database, settings)
        profile = fallback.load(chosen.profile, chosen.model).profile
        zone = ZoneInfo(profile.timezone) if profile is not None else None
        typer.echo(f"read: {', '.join(f'{name}={each}' for name, each in read.columns.items())}", err=True)
        if read.unread:
            typer.echo(f"not read: {', '.join(read.unread)}", err=True)
        who = audit.Who("shell")
        counts = feedback_file.keep(database, read_keys(settings, database), who, read, zone, lambda line: typer.echo(f"triage: {line}", err=True))
        with database.write() as connection:
            audit.note(connection, who, "feedback.import", "file", detail={**counts, "mark": read.mark}, algorithm=settings.audit_hash)
    told = f"{counts['added']} added, {counts['same']} known already, {counts['open']} without a result yet, {counts['bad']} bad"
    typer.echo(f"{len(read.rows)} rows: {told}", err=True)
    if counts["bad"]:
        raise typer.Exit(EXIT_SOME_ROWS)
