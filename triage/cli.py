"""The command line. Core commands live here; training and serving add theirs through entry points."""

import json
import sys
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from triage.cli_batch import batch
from triage.cli_profile import profiles
from triage.errors import TriageError, UsageError
from triage.options import EXIT_SOME_ROWS, EXIT_UNUSABLE, CloseOption, ModelOption, ProfileOption, TableOption, day, moment, pairs, read_fast, share
from triage.records import CALLERS, Request

if TYPE_CHECKING:
    from triage.suggest import Engine

__all__ = ["CloseOption", "ModelOption", "ProfileOption", "app", "main", "pairs"]
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="12345 诉求智能分办: says which unit should handle a request, and why.",
)
app.add_typer(profiles, name="profile")
app.command()(batch)


Text = Annotated[str, typer.Argument(help="The request as received; - reads it from standard input.")]
Title = Annotated[str, typer.Option(help="Its title.")]
CallerKind = Annotated[str, typer.Option(help="个人 or 企业, when known.")]
PlaceOption = Annotated[str, typer.Option(help="Town code, name or address, when known.")]
AsOf = Annotated[str, typer.Option(help="Time of receipt, e.g. 2026-07-01 or 2026-07-01T09:30; it picks the rows of dated tables. Default: now.")]
Answers = Annotated[list[str] | None, typer.Option("--answer", help="What the caller answered to a question: issue=code. May be repeated.")]
Refused = Annotated[list[str] | None, typer.Option(help="A unit that sent it back, and why: UNIT:reason. May be repeated, in order.")]


@app.command()
def suggest(
    text: Text,
    title: Title = "",
    caller_kind: CallerKind = "",
    place: PlaceOption = "",
    as_of: AsOf = "",
    answer: Answers = None,
    refused: Refused = None,
    profile: ProfileOption = None,
    model: ModelOption = "default",
    close: CloseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole suggestion as JSON.")] = False,
) -> None:
    """Suggest the item, the lead and the helping units for one request."""
    from triage.suggest import Engine
    from triage.wording import brief

    engine = Engine.load(profile, model).reading(close, read_fast)
    found = engine.suggest(_request(engine, text, title, caller_kind, place, as_of, answer, refused))
    typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1) if as_json else brief(found))


@app.command()
def explain(
    text: Text,
    title: Title = "",
    caller_kind: CallerKind = "",
    place: PlaceOption = "",
    as_of: AsOf = "",
    answer: Answers = None,
    refused: Refused = None,
    profile: ProfileOption = None,
    model: ModelOption = "default",
    close: CloseOption = None,
) -> None:
    """Print the whole chain for one request: what text, place, model, table, facts and rules each contributed."""
    from triage.suggest import Engine
    from triage.wording import chain

    engine = Engine.load(profile, model).reading(close, read_fast)
    typer.echo(chain(engine, _request(engine, text, title, caller_kind, place, as_of, answer, refused)))


@app.command()
def route(
    item: Annotated[str, typer.Argument(help="Code of the item.")],
    place: Annotated[str, typer.Option(help="Town code, name or address.")] = "",
    as_of: Annotated[str, typer.Option(help="Day whose rows hold. Default: today.")] = "",
    profile: TableOption = "kaiping",
) -> None:
    """Say who leads and who helps by the responsibility table alone, without a model."""
    from triage.locations import resolve
    from triage.look_up import table_route
    from triage.profile_load import load

    city = load(resolve("data", profile))
    typer.echo(table_route(city, item, place, day("--as-of", as_of, city.timezone)))


@app.command()
def drift(
    decisions: Annotated[Path, typer.Argument(help="CSV file of dispatches that went out by themselves, the oldest first.")],
    unit: Annotated[str, typer.Option(help="Column of the unit each went to.")],
    accepted: Annotated[str, typer.Option(help="Column that says whether the unit accepted: 是 or 否, empty where it is not known yet.")],
    time: Annotated[str, typer.Option(help="Column of the time; rows are then put in its order.")] = "",
    max_error: Annotated[
        float | None,
        typer.Option(parser=share("--max-error"), metavar="FLOAT", help="Error rate to guard. Default: the one that the model promises."),
    ] = None,
    model: ModelOption = "default",
    profile: ProfileOption = None,
) -> None:
    """Say for which units the error has risen above the promise. Exit code 0: all rows; 3: some rows cannot be read."""
    from triage.drift import watch
    from triage.outcomes import Columns, read_outcomes, report
    from triage.suggest import Engine

    engine = Engine.load(profile, model).reading(None, read_fast)
    limit = max_error if max_error is not None else engine.promised
    if limit is None:
        raise UsageError(f"model {model} promises nothing. Name the error rate: --max-error 0.03, or let triage calibrate prove one.", "no_promise")
    outcomes = read_outcomes(decisions, Columns(unit, accepted, time))
    names = {code: each.name for code, each in engine.profile.units.items()} if engine.profile else {}
    typer.echo(report(watch(outcomes.told, limit), limit, names))
    for problem in outcomes.problems:
        typer.echo(problem, err=True)
    typer.echo(f"{len(outcomes.told)} rows read, {outcomes.pending} not known yet, {len(outcomes.problems)} cannot be read", err=True)
    if outcomes.problems:
        raise typer.Exit(EXIT_SOME_ROWS)


def _request(
    engine: "Engine", text: str, title: str, caller_kind: str, place: str, as_of: str, answers: list[str] | None, refused: list[str] | None
) -> Request:
    """The request of the options. Raises UsageError for what says nothing: whoever typed it must know."""
    from triage.columns import read_refused
    from triage.look_up import must_name_a_town

    if caller_kind and caller_kind not in CALLERS:
        raise UsageError(f"--caller-kind {caller_kind!r} is not known. Use {' or '.join(CALLERS)}, or leave it out.", "bad_option")
    if place:
        must_name_a_town(engine.profile, place)
    received = _standard_input() if text == "-" else text
    received_at = (moment("--as-of", as_of) if as_of else engine.now()).isoformat(timespec="minutes")
    back = read_refused(";".join(refused or ()))
    return Request(received, title, "", caller_kind, place, "", received_at, pairs("--answer", answers, "issue=code"), back)


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is not UTF-8 (byte {error.start}). Convert it first.", "bad_encoding") from None


def _install() -> None:
    """Adds the commands of the other packages. They are imported here, so they must import little."""
    for point in sorted(entry_points(group="triage.commands"), key=lambda each: each.name):
        command: Any = point.load()
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=point.name)
        else:
            app.command(point.name)(command)


def main() -> None:
    """Runs a command. What the engine refuses ends in one line on standard error and exit code 2."""
    _install()
    try:
        app()
    except TriageError as error:
        typer.echo(f"triage: {error}", err=True)
        sys.exit(EXIT_UNUSABLE)
