"""triage train, triage evaluate and triage audit."""

import json
from pathlib import Path
from typing import Annotated

import typer

from triage.cli import ModelOption, ProfileOption, pairs
from triage.errors import UsageError

_TASKS = ("unit", "item", "type", "urgency")
Labels = Annotated[list[str] | None, typer.Option(help="A label column: unit=COL, item=COL, type=COL, urgency=COL.")]
Fields = Annotated[list[str] | None, typer.Option(help="caller_kind=COL, place=COL, channel=COL, received_at=COL.")]
TextColumn = Annotated[str, typer.Option(help="Column of the text.")]
TitleColumn = Annotated[str, typer.Option(help="Column of the title.")]


def train(
    out: Annotated[Path, typer.Option(help="Folder of the model to write.")],
    history: Annotated[list[Path] | None, typer.Argument(help="CSV or XLSX files, texts as received. None: the profile alone teaches.")] = None,
    text: TextColumn = "",
    title: TitleColumn = "",
    time: Annotated[str, typer.Option(help="Column of the time of receipt; calibration then uses the newest rows.")] = "",
    label: Labels = None,
    weight: Annotated[str, typer.Option(help="Column of how much a row counts, 0 to 1.")] = "",
    alternate: Annotated[list[str] | None, typer.Option(help="A column of second labels that a careful colleague could choose: item=COL.")] = None,
    field: Fields = None,
    profile: Annotated[str, typer.Option(help="Folder or shipped name of a profile, or none: the labels are the units.")] = "kaiping",
    recipe: Annotated[Path | None, typer.Option(help="Another recipe.toml.")] = None,
    note: Annotated[list[str] | None, typer.Option(help="A line for the model card.")] = None,
    work: Annotated[Path | None, typer.Option(help="Keep the steps' files here.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 2,
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
    field: Fields = None,
) -> None:
    """Measure a model on labelled rows: JSON with overall figures and a table per unit and per item."""
    from training.evaluate import evaluate as run
    from training.history import Source
    from triage.columns import Columns
    from triage.suggest import Engine

    source = Source(Columns(text, title, "", pairs("--field", field)), _labels(label), "", "")
    typer.echo(json.dumps(run(Engine.load(profile, model), test, source), ensure_ascii=False, indent=1))


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
