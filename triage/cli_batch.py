"""triage batch: the command, its progress bar and its summary."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from triage.errors import UsageError
from triage.options import EXIT_SOME_ROWS, ModelOption, ProfileOption, moment, pairs, read_fast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.batch import Job, Summary, Watch
    from triage.columns import Columns

_SHOWN = 8


def batch(
    source: Annotated[Path | None, typer.Argument(metavar="INPUT", help="CSV, XLSX, Parquet or JSON lines; left out with --from.")] = None,
    target: Annotated[Path | None, typer.Argument(metavar="OUTPUT", help="File to write, of the same kinds; left out with --to.")] = None,
    text: Annotated[str, typer.Option(help="Column of the text.")] = "",
    title: Annotated[str, typer.Option(help="Column of the title.")] = "",
    id_column: Annotated[str, typer.Option("--id", help="Column of the id.")] = "",
    field: Annotated[
        list[str] | None, typer.Option(help="What the hotline already knows: caller_kind=COL, place=COL, channel=COL, received_at=COL.")
    ] = None,
    profile: ProfileOption = None,
    model: ModelOption = "default",
    close: Annotated[
        bool | None,
        typer.Option(
            "--close/--fast", help="Read closely: better, and a hundred times slower. Default: closely up to 1,000 rows, where it can be had."
        ),
    ] = None,
    with_masked: Annotated[bool, typer.Option("--with-masked", help="Add the masked title and text.")] = False,
    with_reasons: Annotated[bool, typer.Option("--with-reasons", help="Add the rules that fired, and why the decision is what it is.")] = False,
    with_input: Annotated[bool, typer.Option("--with-input", help="Begin each row with all cells of the input, not with the id alone.")] = False,
    as_of: Annotated[str, typer.Option(help="Day for rows without a time of receipt, e.g. 2026-07-01. Default: today.")] = "",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes. The result is the same for any number.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a job that was interrupted.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Drop a job that was interrupted, and start over.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that is there already.")] = False,
    summary: Annotated[Path | None, typer.Option(help="Also write the summary to this file, as JSON.")] = None,
    from_url: Annotated[str, typer.Option("--from", help="Database to read: sqlite:///FILE or postgresql://HOST/NAME. Needs --table.")] = "",
    table: Annotated[str, typer.Option(help="Its table or view, SCHEMA.NAME where it has a schema.")] = "",
    order_by: Annotated[str, typer.Option(help="Column that gives its rows an order. Default: the primary key.")] = "",
    to_url: Annotated[str, typer.Option("--to", help="Database to write to, as in --from. Needs --to-table.")] = "",
    to_table: Annotated[str, typer.Option(help="Table to make there.")] = "",
) -> None:
    """Suggest for every row of a table. Exit code 0: all rows; 3: some rows have an error; 2: nothing could be done."""
    from triage.workers import one_thread_each

    one_thread_each()
    from triage.batch import Job, classify
    from triage.columns import Columns, find_columns
    from triage.suggest import Engine

    if resume and restart:
        raise UsageError("--resume and --restart: choose one of them.", "bad_option")
    if from_url and source is not None and target is None:
        source, target = None, source
    opened = _source(source, from_url, table, order_by)
    goal = _target(target, source, to_url, to_table, fresh=not resume and not overwrite)
    received = moment("--as-of", as_of).isoformat() if as_of else ""
    told = Columns(text, title, id_column, pairs("--field", field))
    _tell_others(find_columns(opened.header, told, opened.name), opened.header, told)
    engine = Engine.load(profile, model)
    job = Job(opened, goal, told, with_masked, with_reasons, with_input, received, workers, resume, restart, overwrite, close)
    with bar() as watch:
        done = classify(engine, job, watch, read_fast)
    _tell(job, done, summary)
    if done.errors:
        raise typer.Exit(EXIT_SOME_ROWS)


def _tell_others(found: "Columns", header: "Sequence[str]", told: "Columns") -> None:
    """Which column is read as the text, where nobody said so and another one looks like it."""
    from triage.columns import other_texts

    others = other_texts(header, found)
    if others and not told.text:
        typer.echo(f"the text is read from column {found.text}, not from {', '.join(others)}. Name another: --text COLUMN", err=True)


def _source(path: Path | None, url: str, table: str, order_by: str) -> Any:
    from triage.sources import open_database, open_file

    if url and path is not None:
        raise UsageError(f"{path} and --from: name one input.", "bad_option")
    if url and not table:
        raise UsageError("--from needs the name of a table: --table NAME.", "bad_option")
    if not url and (table or order_by):
        raise UsageError("--table and --order-by are of a database. Name it: --from sqlite:///FILE.", "bad_option")
    if not url and path is None:
        raise UsageError("name an input file and an output file, or --from and --to.", "bad_option")
    return open_database(url, table, order_by) if url else open_file(path)  # type: ignore[arg-type]


def _target(path: Path | None, source: Path | None, url: str, table: str, *, fresh: bool) -> Any:
    from triage.batch import Target
    from triage.formats import to_database
    from triage.output import check_target

    if bool(url) != bool(table):
        raise UsageError("--to and --to-table go together.", "bad_option")
    if bool(url) == (path is not None):
        raise UsageError("name one output: a file, or --to and --to-table.", "bad_option")
    if path is None:
        return Target(to_database(url, table, fresh=fresh), None, f"table {table}", Path(f"{table}.job").resolve())
    check_target(path, *([source] if source is not None else ()))
    return Target.file(path)


@contextmanager
def bar() -> "Iterator[Watch]":
    """A progress bar on standard error; nothing where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    told = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}")
    # Refreshed by hand: a thread of its own would be in the way when workers are forked.
    shown = Progress(
        *told, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True), disable=not sys.stderr.isatty(), auto_refresh=False
    )
    with shown:
        task = shown.add_task("通读", total=None, rate="")

        def watch(done: int, rows: int) -> None:
            speed = shown.tasks[0].finished_speed or shown.tasks[0].speed
            rate = f"{speed:,.0f} 行/秒" if speed and rows else ""
            shown.update(task, completed=done, total=rows or None, description="分办" if rows else "通读", rate=rate)
            shown.refresh()

        yield watch


def _tell(job: "Job", done: "Summary", file: Path | None) -> None:
    """The summary in words on standard error, and as JSON."""
    errors = "".join(f", {count} {code}" for code, count in sorted(done.errors.items()))
    typer.echo(f"{done.rows} rows written to {job.target.name}{errors}", err=True)
    typer.echo(f"{done.seconds:.1f} s, {done.rows / max(done.seconds, 1e-9):,.0f} rows/s, model {done.versions.get('model', '')}", err=True)
    for name, counts in done.values.items():
        best = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        more = f" … {len(best) - _SHOWN} more" if len(best) > _SHOWN else ""
        if best:
            typer.echo(f"{name}: {', '.join(f'{value} {count}' for value, count in best[:_SHOWN])}{more}", err=True)
    if file is not None:
        told = {"source": job.source.name, "target": job.target.name, **asdict(done), "seconds": round(done.seconds, 3)}
        try:
            file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--summary {file}: {error.strerror}. The output itself is whole.", "cannot_write") from None
