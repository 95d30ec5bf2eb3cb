"""triage reclassify: history classified again, tried, applied to the store, undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from triage.errors import UsageError
from triage.options import EXIT_SOME_ROWS, CloseOption, ModelOption, ProfileOption, day, pairs, read_fast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from triage.reclassify import Again, Outcome, Stored
    from triage.suggest import Engine

commands = typer.Typer(no_args_is_help=True, help="Classify history again: try it, apply it, undo it.")
CHANGES = ("id old_unit old_item new_unit new_item unit_1_p decision confirmed changed model profile taxonomy").split()
_CHUNK = 512
_YES = frozenset({"1", "是", "true", "yes", "已确认", "确认"})

Out = Annotated[Path | None, typer.Option(help="Also write every row to this file (CSV, XLSX, Parquet, JSON lines). It holds no text.")]
AsOf = Annotated[str, typer.Option(help="Day whose tables hold for all rows. Default: today.")]
Samples = Annotated[int, typer.Option(min=0, max=100, help="Rows to show of each change.")]
Everyone = Annotated[bool, typer.Option("--include-confirmed", help="Also replace labels that a person confirmed.")]


@commands.command("file")
def of_file(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="History with labels: CSV, XLSX, Parquet or JSON lines.")],
    label: Annotated[list[str], typer.Option(help="Columns of the old labels: unit=COLUMN, item=COLUMN.")],
    confirmed: Annotated[str, typer.Option(help="Column that says whether a person confirmed the label: 是 or 1.")] = "",
    text: Annotated[str, typer.Option(help="Column of the text.")] = "",
    title: Annotated[str, typer.Option(help="Column of the title.")] = "",
    field: Annotated[list[str] | None, typer.Option(help="As in triage batch.")] = None,
    out: Out = None,
    as_of: AsOf = "",
    samples: Samples = 3,
    include_confirmed: Everyone = False,
    profile: ProfileOption = None,
    model: ModelOption = "default",
    close: CloseOption = None,
) -> None:
    """Say what a model and a profile would change in a file of history. Nothing is changed. Exit code 3: some rows cannot be read."""
    from triage.columns import Columns, find_columns
    from triage.reclassify import Label, Stored
    from triage.sources import open_file
    from triage.suggest import Engine
    from triage.tables import listed
    from triage.workers import one_thread_each

    table, labels = open_file(source), pairs("--label", label)
    if not labels or set(labels) - {"unit", "item"}:
        raise UsageError("--label: name unit=COLUMN, item=COLUMN, or both.", "bad_option")
    missing = [name for name in (*labels.values(), confirmed) if name and name not in table.header]
    if missing:
        raise UsageError(f"{source}:1: no column {', '.join(missing)}; it has {listed(table.header)}.", "missing_column")
    columns = find_columns(table.header, Columns(text, title, "", pairs("--field", field)), str(source))

    def rows() -> "Iterator[Stored]":
        for number, row in enumerate(table.rows(), start=1):
            old = Label(*(row[labels[name]].strip() if name in labels else None for name in ("unit", "item")))
            yield Stored(columns.request(row.cells), old, row[confirmed].strip().lower() in _YES if confirmed else False, number)

    one_thread_each()
    engine = Engine.load(profile, model).reading(close, read_fast)
    with _changes(engine, out) as told:
        outcome = _run(engine, rows(), _day(engine, as_of), told, not include_confirmed, samples)
    if outcome.unreadable:
        raise typer.Exit(EXIT_SOME_ROWS)


@commands.command("store")
def of_store(
    since: Annotated[str, typer.Option(help="Only requests received from this day on, e.g. 2025-01-01.")] = "",
    until: Annotated[str, typer.Option(help="Only requests received up to this day.")] = "",
    apply: Annotated[str, typer.Option(help="Not only say what would change: keep it as a batch, and why, in a few words.")] = "",
    out: Out = None,
    as_of: AsOf = "",
    samples: Samples = 3,
    include_confirmed: Everyone = False,
    profile: Annotated[str | None, typer.Option(help="Folder or shipped name of a profile, or none. Default: what the service uses.")] = None,
    model: Annotated[str, typer.Option(help="Folder or shipped name of a model. Default: what the service uses.")] = "",
    close: CloseOption = None,
) -> None:
    """Say what a model and a profile would change in the service's store; with --apply, change it, so that it can be undone."""
    from service import audit, relabels
    from service.active import now_in_use
    from service.advise import hide, need_reason
    from service.cli_store import opened
    from service.state import read_keys
    from triage.suggest import Engine
    from triage.workers import one_thread_each

    if apply:
        need_reason(apply)
    one_thread_each()
    with opened() as (database, settings):
        chosen = now_in_use(database, settings)
        engine = Engine.load(profile or chosen.profile or None, model or chosen.model).reading(close, read_fast)
        zone = ZoneInfo(_zone(engine))
        first, last = (day(name, value, zone.key) if value else None for name, value in (("--since", since), ("--until", until)))
        if first and last and last < first:
            raise UsageError(f"--until {until!r} lies before --since {since!r}. Exchange them.", "bad_option")
        stamp = relabels.Stamp(engine.versions, engine.profile.taxonomy if engine.profile else "", hide(apply))
        shell, waiting = audit.Who("shell"), []
        with _changes(engine, out) as told:
            batch = 0
            if apply:
                with database.write() as connection:
                    batch = relabels.begin(connection, shell, stamp)

            def keep(again: "Again | None") -> None:
                if again is not None and again.label is not None and (include_confirmed or not again.stored.confirmed):
                    waiting.append(again)
                if waiting and (again is None or len(waiting) >= _CHUNK):
                    with database.write() as connection:
                        relabels.add(connection, batch, stamp, waiting)
                    waiting.clear()

            def each(again: "Again") -> None:
                told(again)
                if apply:
                    keep(again)

            rows = relabels.stored(database, read_keys(settings, database), first, last, zone)
            outcome = _run(engine, rows, _day(engine, as_of), each, not include_confirmed, samples)
            keep(None)
            detail = {"rows": outcome.rows, "changed": outcome.changed, "since": since, "until": until, "batch": batch}
            with database.write() as connection:
                if apply:
                    relabels.act(connection, shell, batch, relabels.APPLY)
                what = "relabel.apply" if apply else "relabel.try"
                audit.note(connection, shell, what, f"relabel:{batch}", detail=detail, algorithm=settings.audit_hash)
    if apply:
        typer.echo(f"kept as reclassification {batch}. To undo it: triage reclassify undo {batch}", err=True)


@commands.command("list")
def all_batches() -> None:
    """List the reclassifications of the store."""
    from service import relabels
    from service.cli_store import opened

    with opened() as (database, _), database.read() as connection:
        for each in relabels.batches(connection):
            state = "已移除" if each.removed else "生效" if each.holds else "已撤销" if each.acts else "未完成"
            when, by = (each.acts[-1][1], each.acts[-1][2]) if each.acts else (each.made_at, each.made_by)
            made = f"模型 {each.model}, 城市表 {each.profile}, 事项分类 {each.taxonomy or '无'}"
            typer.echo(f"{each.id}  {state}  {each.rows} 件  {when:%Y-%m-%d %H:%M} UTC {by}  {made}  {each.note}")


@commands.command("undo")
def undo(batch: Annotated[int, typer.Argument(help="Number of the reclassification.")]) -> None:
    """Undo a reclassification: the labels before it hold again."""
    from service import audit, relabels
    from service.cli_store import opened

    with opened() as (database, settings), database.write() as connection:
        relabels.act(connection, audit.Who("shell"), batch, relabels.UNDO)
        audit.note(connection, audit.Who("shell"), "relabel.undo", f"relabel:{batch}", algorithm=settings.audit_hash)
    typer.echo(f"reclassification {batch} undone", err=True)


@commands.command("remove")
def remove(batch: Annotated[int, typer.Argument(help="Number of the reclassification.")]) -> None:
    """Remove a reclassification that was broken off before it was finished."""
    from service import audit, relabels
    from service.cli_store import opened

    with opened() as (database, settings), database.write() as connection:
        relabels.remove(connection, audit.Who("shell"), batch)
        audit.note(connection, audit.Who("shell"), "relabel.remove", f"relabel:{batch}", algorithm=settings.audit_hash)
    typer.echo(f"reclassification {batch} removed", err=True)


def _run(
    engine: "Engine", rows: "Iterable[Stored]", as_of: str, told: "Callable[[Again], object]", protect: bool, samples: int
) -> "Outcome":  # fmt: skip
    from triage.reclassify import reclassify
    from triage.reclassify_words import report

    outcome = reclassify(engine, rows, as_of, told, protect=protect, samples=samples)
    typer.echo(report(outcome, engine.versions, engine.profile))
    return outcome


def _day(engine: "Engine", as_of: str) -> str:
    return day("--as-of", as_of, _zone(engine)).isoformat()


def _zone(engine: "Engine") -> str:
    return engine.profile.timezone if engine.profile else "Asia/Shanghai"


@contextmanager
def _changes(engine: "Engine", out: Path | None) -> "Iterator[Callable[[Again], object]]":
    """What writes a row of the file of changes; nothing where none is wanted."""
    from triage.formats import table

    if out is None:
        yield bool
        return
    versions, taxonomy = engine.versions, engine.profile.taxonomy if engine.profile else ""
    with table(out, CHANGES) as write:

        def told(again: "Again") -> None:
            old, new = again.stored.label, again.label
            write(
                [again.stored.request.id or str(again.stored.key), *old, *(new or (None, None)), round(again.p, 4) if new else None,
                 again.found.decision if again.found else "", "是" if again.stored.confirmed else "", "是" if again.changed else "",
                 versions.model, versions.profile, taxonomy]
            )  # fmt: skip

        yield told
