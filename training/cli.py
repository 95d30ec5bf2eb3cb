"""triage train, evaluate, splits, audit and calibrate."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from triage.cli import CloseOption, ModelOption, ProfileOption, pairs
from triage.errors import UsageError
from triage.options import count, share, told_reading

_TASKS = ("unit", "item", "type", "urgency")
Labels = Annotated[list[str] | None, typer.Option(help="A label column: unit=COL, item=COL, type=COL, urgency=COL.")]
Fields = Annotated[list[str] | None, typer.Option(help="caller_kind=COL, place=COL, channel=COL, received_at=COL.")]
TextColumn = Annotated[str, typer.Option(help="Column of the text.")]
Histories = Annotated[list[Path], typer.Argument(help="CSV or XLSX files, texts as received.")]
RecipeOption = Annotated[Path | None, typer.Option(help="Another recipe.toml.")]
Jobs = Annotated[int, typer.Option(help="Processes.")]
TrainProfile = Annotated[str, typer.Option(help="Folder or shipped name of a profile, or none: the labels are the units.")]
Alternates = Annotated[list[str] | None, typer.Option(help="A column of second labels that a careful colleague could choose: item=COL.")]
Weight = Annotated[str, typer.Option(help="Column of how much a row counts, 0 to 1.")]
TitleColumn = Annotated[str, typer.Option(help="Column of the title.")]


def train(
    out: Annotated[Path, typer.Option(help="Folder of the model to write.")],
    history: Annotated[list[Path] | None, typer.Argument(help="CSV or XLSX files, texts as received. None: the profile alone teaches.")] = None,
    text: TextColumn = "",
    title: TitleColumn = "",
    time: Annotated[str, typer.Option(help="Column of the time of receipt; calibration then uses the newest rows.")] = "",
    label: Labels = None,
    weight: Weight = "",
    alternate: Alternates = None,
    field: Fields = None,
    profile: TrainProfile = "kaiping",
    recipe: RecipeOption = None,
    note: Annotated[list[str] | None, typer.Option(help="A line for the model card.")] = None,
    work: Annotated[Path | None, typer.Option(help="Keep the steps' files here.")] = None,
    jobs: Jobs = 2,
) -> None:
    """Train a model on a city's own history."""
    from training.history import Source
    from training.steps import RECIPE, Plan
    from training.steps import train as run
    from triage.columns import Columns

    labels = _labels(label) if history else {}
    source = Source(Columns(text, title, "", pairs("--field", field)), labels, time, weight, _tasks("--alternate", alternate))
    plan = Plan(tuple(history or ()), source, profile, out, recipe=recipe or RECIPE, jobs=jobs, notes=tuple(note or ()))
    run(plan, say=lambda line: typer.echo(line, err=True), work=work)
    typer.echo((out / "card.md").read_text(encoding="utf-8"))


def evaluate(
    test: Annotated[Path, typer.Argument(help="CSV or XLSX file that the model has not seen.")],
    model: ModelOption = "default",
    profile: ProfileOption = None,
    text: TextColumn = "",
    title: TitleColumn = "",
    label: Labels = None,
    alternate: Alternates = None,
    field: Fields = None,
    close: CloseOption = None,
    against: Annotated[list[Path] | None, typer.Option(help="A file that the model learnt from: rows that say the same are counted.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures as one page for the management: FILE.html.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON also on a terminal.")] = False,
) -> None:
    """Measure a model on labelled rows: on a terminal a table, otherwise JSON with overall figures, baselines, and a table per unit and per item."""
    from training.evaluate import evaluate as run
    from training.evaluate_words import in_words
    from training.history import Source
    from triage.columns import Columns
    from triage.suggest import Engine

    if report is not None and not report.parent.is_dir():
        raise UsageError(f"{report.parent}: no such folder. Make it first.", "no_such_folder")
    source = Source(Columns(text, title, "", pairs("--field", field)), _labels(label), alternates=_tasks("--alternate", alternate))
    engine = Engine.load(profile, model).reading(close)
    told_reading(engine.encoder is not None)
    found = run(engine, test, source, against or ())
    for note in found["notes"]:
        typer.echo(f"注意: {note['text']}", err=True)
    whole = as_json or not sys.stdout.isatty()  # programs that read it from a pipe get all of it, as ever
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1) if whole else in_words(found))
    if report is not None:
        from training.report import write

        write(report, found)


def splits(
    history: Histories,
    time: Annotated[str, typer.Option(help="Column of the time of receipt.")],
    text: TextColumn = "",
    title: TitleColumn = "",
    label: Labels = None,
    weight: Weight = "",
    alternate: Alternates = None,
    field: Fields = None,
    profile: TrainProfile = "kaiping",
    recipe: RecipeOption = None,
    share: Annotated[float, typer.Option(help="Share of the rows to set aside.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Another random split.")] = 0,
    jobs: Jobs = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
) -> None:
    """Measure the same history twice, newest rows set aside and random rows set aside, and say what the difference means."""
    from training.compare import compare_splits
    from training.compare_words import in_words
    from training.history import Source
    from training.steps import RECIPE, Plan
    from triage.columns import Columns

    source = Source(Columns(text, title, "", pairs("--field", field)), _labels(label), time, weight, _tasks("--alternate", alternate))
    plan = Plan(tuple(history), source, profile, Path("model"), recipe=recipe or RECIPE, jobs=jobs)
    found = compare_splits(plan, share, seed, say=lambda line: typer.echo(line, err=True))
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1) if as_json else in_words(found))


def calibrate(
    history: Annotated[list[Path], typer.Argument(help="CSV or XLSX files with rows later than those the model learnt from.")],
    label: Annotated[list[str] | None, typer.Option(help="unit=COL, the unit that finally accepted; town=COL, the town it was for.")] = None,
    time: Annotated[str, typer.Option(help="Column of the time of receipt.")] = "",
    max_error: Annotated[
        float, typer.Option(parser=share("--max-error"), metavar="FLOAT", help="At most this share of what goes out by itself may be wrong.")
    ] = 0.03,
    confidence: Annotated[float, typer.Option(parser=share("--confidence"), metavar="FLOAT", help="How surely.")] = 0.95,
    per_unit: Annotated[bool, typer.Option("--per-unit", help="Prove it for every unit by itself; others get nothing by themselves.")] = False,
    least: Annotated[
        int, typer.Option(parser=count("--least", 1), metavar="INTEGER", help="Rows a unit needs to get anything by itself, without --per-unit.")
    ] = 30,
    allow_undated: Annotated[bool, typer.Option("--allow-undated", help="Take rows without a date for later ones.")] = False,
    model: ModelOption = "default",
    profile: ProfileOption = None,
    text: TextColumn = "",
    title: TitleColumn = "",
    field: Fields = None,
    close: CloseOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the new version. Default: beside the model, with the version in its name.")] = None,
) -> None:
    """Prove from which probability requests may go out by themselves, and write a version of the model that keeps to it."""
    from training.card import promise_lines
    from training.history import Source
    from training.recalibrate import Wanted
    from training.recalibrate import calibrate as run
    from triage.columns import Columns
    from triage.locations import resolve
    from triage.suggest import Engine

    wanted = Wanted(max_error, confidence, per_unit, least, allow_undated)
    source = Source(Columns(text, title, "", pairs("--field", field)), _accepted(label), time)
    engine = Engine.load(profile, model).reading(close)
    told_reading(engine.encoder is not None)
    target, promise = run(engine, resolve("models", model), history, source, wanted, out, lambda line: typer.echo(line, err=True))
    typer.echo("\n".join(promise_lines(promise, engine.profile)))
    typer.echo(f"written to {target}", err=True)


def _accepted(values: list[str] | None) -> dict[str, str]:
    found = pairs("--label", values)
    if "unit" not in found or set(found) - {"unit", "town"}:
        raise UsageError("name the column of the unit that finally accepted, and perhaps that of the town: --label unit=COLUMN.", "bad_option")
    return found


def audit(
    history: Annotated[list[Path], typer.Argument(help="CSV or XLSX files, texts as received. They are only read.")],
    out: Annotated[Path, typer.Option(help="CSV file to write: what is probably wrong, the likeliest first.")],
    text: TextColumn = "",
    title: TitleColumn = "",
    id_column: Annotated[str, typer.Option("--id", help="Column of the id.")] = "",
    time: Annotated[str, typer.Option(help="Column of the time of receipt; it picks the rows of dated tables.")] = "",
    label: Labels = None,
    field: Fields = None,
    profile: Annotated[str, typer.Option(help="Folder or shipped name of a profile, or none: the labels are the units.")] = "kaiping",
    with_masked: Annotated[bool, typer.Option("--with-masked", help="Add the masked title and the beginning of the masked text.")] = False,
    recipe: Annotated[Path | None, typer.Option(help="Another recipe.toml.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 2,
) -> None:
    """Find what is probably wrong in a history, for people to decide. Nothing is relabelled."""
    from training.audit import audit as run
    from training.audit_words import in_words, write
    from training.history import Source
    from training.steps import RECIPE, Plan
    from triage.columns import Columns
    from triage.output import check_target
    from triage.suggest import load_profile

    check_target(out, *history)
    fields = {**({"received_at": time} if time else {}), **pairs("--field", field)}
    source = Source(Columns(text, title, id_column, fields), _labels(label), time)
    plan = Plan(tuple(history), source, profile, out, recipe=recipe or RECIPE, jobs=jobs)
    report = run(plan, with_masked, say=lambda line: typer.echo(line, err=True))
    city = load_profile(profile)
    write(out, report, city, history, with_masked)
    typer.echo(in_words(report, city, out))


def _labels(values: list[str] | None) -> dict[str, str]:
    found = _tasks("--label", values)
    if not found:
        raise UsageError("name at least one label column: --label unit=COLUMN.", "bad_option")
    return found


def _tasks(option: str, values: list[str] | None) -> dict[str, str]:
    found = pairs(option, values)
    for task in found:
        if task not in _TASKS:
            raise UsageError(f"{option} {task}: no such task. Use {', '.join(_TASKS)}.", "bad_option")
    return found
