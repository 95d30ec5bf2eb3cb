"""The command line. Core commands live here; training and serving add theirs through entry points."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import typer

from triage.errors import TriageError, UsageError
from triage.records import Request, Suggestion

EXIT_UNUSABLE, EXIT_SOME_ROWS = 2, 3
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="12345 诉求智能分办: says which unit should handle a request, and why.",
)
profiles = typer.Typer(no_args_is_help=True, help="A city's tables.")
app.add_typer(profiles, name="profile")

ProfileOption = Annotated[str | None, typer.Option(help="Folder or shipped name of a profile, or none. Default: the one the model was trained with.")]
ModelOption = Annotated[str, typer.Option(help="Folder or shipped name of a model.")]


@app.command()
def suggest(
    text: Annotated[str, typer.Argument(help="The request as received; - reads it from standard input.")],
    title: Annotated[str, typer.Option(help="Its title.")] = "",
    caller_kind: Annotated[str, typer.Option(help="个人 or 企业, when known.")] = "",
    place: Annotated[str, typer.Option(help="Town code, name or address, when known.")] = "",
    profile: ProfileOption = None,
    model: ModelOption = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole suggestion as JSON.")] = False,
) -> None:
    """Suggest the item, the lead and the helping units for one request."""
    from triage.suggest import Engine

    received = _standard_input() if text == "-" else text
    answer = Engine.load(profile, model).suggest(Request(received, title, caller_kind=caller_kind, place=place))
    typer.echo(json.dumps(asdict(answer), ensure_ascii=False, indent=1) if as_json else in_words(answer))


@app.command()
def batch(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="CSV file, any usual encoding.")],
    target: Annotated[Path, typer.Argument(metavar="OUTPUT", help="CSV file to write.")],
    text: Annotated[str, typer.Option(help="Column of the text.")] = "",
    title: Annotated[str, typer.Option(help="Column of the title.")] = "",
    id_column: Annotated[str, typer.Option("--id", help="Column of the id.")] = "",
    field: Annotated[
        list[str] | None, typer.Option(help="What the hotline already knows: caller_kind=COL, place=COL, channel=COL, received_at=COL.")
    ] = None,
    profile: ProfileOption = None,
    model: ModelOption = "default",
    with_masked: Annotated[bool, typer.Option("--with-masked", help="Add the masked title and text.")] = False,
) -> None:
    """Suggest for every row of a file. Exit code 0: all rows; 3: some rows have an error; 2: nothing could be done."""
    from triage.batch import classify_file
    from triage.columns import Columns
    from triage.suggest import Engine

    engine = Engine.load(profile, model)
    told = Columns(text, title, id_column, pairs("--field", field))
    summary = classify_file(engine, source, target, told, with_masked=with_masked, progress=_progress())
    errors = "".join(f", {count} {code}" for code, count in sorted(summary.errors.items()))
    typer.echo(f"{summary.rows} rows written to {target}{errors}", err=True)
    if summary.errors:
        raise typer.Exit(EXIT_SOME_ROWS)


@profiles.command("check")
def check(path: Annotated[Path, typer.Argument(help="Folder of the profile.")]) -> None:
    """Check a profile and report every error at once, with file, row, column and remedy."""
    from triage.locations import resolve
    from triage.profile_load import load

    found = load(resolve("data", path))
    unsure = sum(not duty.confirmed for duties in found.duties.values() for duty in duties)
    typer.echo(
        f"{found.name} ({found.code} {found.version}): {len(found.units)} units, {len(found.towns)} towns, {len(found.leaves())} items, "
        f"{sum(map(len, found.duties.values()))} responsibility rows ({unsure} to be confirmed), {len(found.rules)} rules. No errors."
    )


def in_words(answer: Suggestion) -> str:
    """A suggestion as an operator reads it."""
    kind = f"{answer.type} {_percent(answer.type_p).strip()}" if answer.type else "-"
    lines = [f"类型  {kind}   紧急程度  {answer.urgency}   地点  {answer.place.name or '未知'}"]
    for number, item in enumerate(answer.items, start=1):
        lines.append(f"事项{number} {_percent(item.p)}  {' / '.join(item.path)} [{item.code}]")
    for number, unit in enumerate((unit for unit in answer.units if unit is answer.units[0] or unit.p >= _WORTH_READING), start=1):
        lines.append(f"单位{number} {_percent(unit.p)}  {unit.name} [{unit.code}]")
        lines += [f"            {reason.text}" for reason in unit.reasons]
    if answer.co_units:
        lines.append("协办        " + "、".join(f"{unit.name} [{unit.code}]" for unit in answer.co_units))
    lines += [f"规则        {rule.name}: {rule.handling}{f' ({rule.transfer})' if rule.transfer else ''}" for rule in answer.rules]
    lines += [f"已定事实    {fact.answer} (依据: {fact.words or '来电人答复'})" for fact in answer.facts]
    for question in answer.questions:
        options = "; ".join(f"{option.answer}→{option.name or '待定'}" for option in question.options[:_WORTH_ASKING])
        more = f" 等 {len(question.options)} 种" if len(question.options) > _WORTH_ASKING else ""
        lines.append(f"追问        {question.text} [{question.issue}]  {options}{more}")
    lines += [f"多件事{number}     {matter.unit.name} [{matter.unit.code}]: {matter.text}" for number, matter in enumerate(answer.matters, start=1)]
    lines += [f"时限        {each.stage} {each.limit}{f', {each.due[:16]} 前' if each.due else ''}" for each in answer.deadlines]
    lines.append(f"决定        {DECISIONS[answer.decision]} ({answer.why})")
    return "\n".join(lines)


_WORTH_READING = 0.01
_WORTH_ASKING = 6
DECISIONS = {"auto": "自动派单", "suggest": "推荐, 由人确认", "manual": "人工分办"}


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is not UTF-8 (byte {error.start}). Convert it first.", "bad_encoding") from None


def _percent(p: float) -> str:
    return f"{p:6.1%}"


def pairs(option: str, values: Sequence[str] | None) -> dict[str, str]:
    """NAME=COLUMN options as a mapping. Raises UsageError for one without a =."""
    found = {}
    for value in values or ():
        name, sign, column = value.partition("=")
        if not (name and sign and column):
            raise UsageError(f"{option} {value!r}: write it as name=COLUMN.", "bad_option")
        found[name] = column
    return found


def _progress() -> Callable[[int], object]:
    return (lambda rows: typer.echo(f"\r{rows} rows", nl=False, err=True)) if sys.stderr.isatty() else bool


def _install() -> None:
    """Adds the commands of the other packages. They are imported here, so they must import little."""
    for point in sorted(entry_points(group="triage.commands"), key=lambda each: each.name):
        command: Any = point.load()
        app.command(point.name)(command)


def main() -> None:
    """Runs a command. What the engine refuses ends in one line on standard error and exit code 2."""
    _install()
    try:
        app()
    except TriageError as error:
        typer.echo(f"triage: {error}", err=True)
        sys.exit(EXIT_UNUSABLE)
