"""The commands on a city's tables."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from triage.options import EXIT_SOME_ROWS, EXIT_UNUSABLE, ModelOption, TableOption, day, pairs
from triage.profile import Profile

profiles = typer.Typer(no_args_is_help=True, help="A city's tables.")
_OLD = typer.Argument(metavar="OLD", help="Folder or shipped name of the profile before.")
_NEW = typer.Argument(metavar="NEW", help="Folder or shipped name of the profile after; may be the same.")
_ROWS_SHOWN = 20


@profiles.command("check")
def check(path: Annotated[Path, typer.Argument(help="Folder of the profile.")]) -> None:
    """Check a profile and report every error at once, with file, row, column and remedy."""
    found = _load(path)
    unsure = sum(not duty.confirmed for duties in found.duties.values() for duty in duties)
    typer.echo(
        f"{found.name} ({found.code} {found.version}): {len(found.units)} units, {len(found.towns)} towns, {len(found.leaves())} items, "
        f"{sum(map(len, found.duties.values()))} responsibility rows ({unsure} to be confirmed), {len(found.rules)} rules. No errors."
    )


@profiles.command("diff")
def diff(
    old: Annotated[Path, _OLD],
    new: Annotated[Path, _NEW],
    was: Annotated[str, typer.Option(help="Day on which OLD is looked at. Default: today.")] = "",
    now: Annotated[str, typer.Option(help="Day on which NEW is looked at. Default: today.")] = "",
    table: Annotated[Path | None, typer.Option("--csv", help="Write every change to this file.")] = None,
) -> None:
    """Show what changes for whom between two profiles, or between two days of one."""
    from triage.output import cell, whole
    from triage.profile_diff import Change
    from triage.profile_diff import diff as compare
    from triage.profile_report import in_words

    before, after = _load(old), _load(new)
    changes = compare(before, after, day("--was", was, before.timezone), day("--now", now, after.timezone))
    if table is not None:
        with whole(table) as write:
            write(Change._fields)
            for change in changes:
                write([cell(each) for each in change])
    typer.echo(in_words(changes, before, after))


@profiles.command("relabel")
def relabel(
    history: Annotated[Path, typer.Argument(help="CSV file with labels, any usual encoding.")],
    output: Annotated[Path, typer.Argument(help="CSV file to write.")],
    profile: TableOption,
    as_of: Annotated[str, typer.Option(help="Day whose units and items the labels shall name.")],
    unit: Annotated[str, typer.Option(help="Column of the unit's code.")],
    item: Annotated[str, typer.Option(help="Column of the item's code; it decides most splits.")] = "",
    town: Annotated[str, typer.Option(help="Column of the place: town code, name or address.")] = "",
) -> None:
    """Carry old labels over merges and splits. Exit code 0: all rows; 3: some are undecided and left empty."""
    from triage.relabel import Labels, relabel_file

    city = _load(Path(profile))
    report = relabel_file(city, history, output, Labels(unit, item, town), day("--as-of", as_of, city.timezone))
    for (code, why), count in sorted(report.reasons.items(), key=lambda each: -each[1]):
        typer.echo(f"{count} rows: {code or '-'}: {why}")
    typer.echo(f"{output}: {report.unchanged} rows unchanged, {report.carried} carried, {report.undecided} undecided", err=True)
    if report.undecided:
        raise typer.Exit(EXIT_SOME_ROWS)


@profiles.command("try")
def try_out(
    old: Annotated[Path, _OLD],
    new: Annotated[Path, _NEW],
    file: Annotated[Path, typer.Argument(help="CSV file of requests, any usual encoding.")],
    text: Annotated[str, typer.Option(help="Column of the text.")] = "",
    title: Annotated[str, typer.Option(help="Column of the title.")] = "",
    id_column: Annotated[str, typer.Option("--id", help="Column of the id.")] = "",
    field: Annotated[list[str] | None, typer.Option(help="What the hotline already knows: caller_kind=COL, place=COL.")] = None,
    as_of: Annotated[str, typer.Option(help="Route as if every request came in on this day. Default: today.")] = "",
    model: ModelOption = "default",
    out: Annotated[Path | None, typer.Option(help="Write every row whose route changes to this CSV file.")] = None,
) -> None:
    """Dry run: show which requests of a file a changed profile would route otherwise. Changes nothing."""
    from triage.columns import Columns, find_columns
    from triage.dry_run import Moved, dry_run
    from triage.output import cell, whole
    from triage.profile_report import MOVED, moved_cells, outcome_in_words
    from triage.suggest import Engine
    from triage.tables import read_rows

    header, rows = read_rows(file)
    columns = find_columns(header, Columns(text, title, id_column, pairs("--field", field)), str(file))
    before, after = Engine.load(old, model), Engine.load(new, model)
    moment = day("--as-of", as_of, str(after.now().tzinfo)) if as_of else after.now().date()
    first: list[Moved] = []
    with whole(out, file) if out is not None else nullcontext(bool) as write:
        write([columns.id or "id", *MOVED])

        def told(moved: Moved) -> None:
            write([cell(each) for each in moved_cells(moved)])
            if len(first) < _ROWS_SHOWN:
                first.append(moved)

        outcome = dry_run(before, after, rows, columns, moment, told)
    typer.echo(outcome_in_words(outcome, first))


@profiles.command("export")
def export(
    name: Annotated[Path, typer.Argument(help="Folder or shipped name of the profile.")],
    target: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="Workbook to write.")],
) -> None:
    """Write a profile as a workbook to edit in a spreadsheet."""
    from triage.locations import resolve
    from triage.profile_sheet import export as write

    write(resolve("data", name), target)
    typer.echo(f"written to {target}", err=True)


@profiles.command("import")
def bring_in(
    source: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="Workbook that export wrote and somebody edited.")],
    folder: Annotated[Path, typer.Argument(help="Folder whose tables it replaces.")],
) -> None:
    """Replace the tables of a folder by those of a workbook, if they are sound; else mark what is wrong in a copy of it."""
    from triage.errors import UsageError
    from triage.locations import shipped
    from triage.profile_sheet import bring_in as read
    from triage.profile_sheet import mark

    if not folder.exists() and len(folder.parts) == 1 and shipped("data", folder.name).is_dir():
        remedy = f"Name its folder ({shipped('data', folder.name)}), or another one."
        raise UsageError(f"{folder}: the name of a shipped profile, which a folder made here would hide. {remedy}", "bad_folder")
    problems = read(source, folder)
    if not problems:
        typer.echo(f"{folder} holds the tables of {source}", err=True)
        return
    marked = source.with_name(f"{source.stem}-问题.xlsx")
    mark(source, problems, marked)
    listed = "\n".join(f"  {problem}" for problem in problems)
    typer.echo(f"triage: {source}: {len(problems)} problem(s), marked in {marked}; {folder} is unchanged\n{listed}", err=True)
    raise typer.Exit(EXIT_UNUSABLE)


def _load(path: Path) -> Profile:
    from triage.locations import resolve
    from triage.profile_load import load

    return load(resolve("data", path))
