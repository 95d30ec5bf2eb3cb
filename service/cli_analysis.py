"""The commands on statistics: snapshots of the store."""

from typing import Annotated

import typer

from service.cli_store import opened


def snapshot(
    fresh: Annotated[bool, typer.Option("--fresh", help="Make it anew from the beginning, not only from what is new.")] = False,
) -> None:
    """Bring the snapshot for statistics up to the store. `triage serve` does it by itself every TRIAGE_SNAPSHOT_MINUTES."""
    from service import fallback
    from service.active import now_in_use
    from service.analysis import keeping
    from service.state import read_keys

    with opened() as (database, settings):
        chosen = now_in_use(database, settings)
        adviser = fallback.load(chosen.profile, chosen.model)
        keys, today = read_keys(settings, database), adviser.now().date()
        done = keeping.take(keeping.of(database, keys, adviser.profile, today, settings.snapshot_folder), fresh)
    typer.echo(
        f"{done.changed} requests read, {done.gone} removed, {done.months} months written; {done.rows} rows in {settings.snapshot_folder}", err=True
    )
