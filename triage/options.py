"""What several commands of the command line share."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from triage.deadlines import read_time
from triage.errors import UsageError

EXIT_UNUSABLE, EXIT_SOME_ROWS = 2, 3
ProfileOption = Annotated[str | None, typer.Option(help="Folder or shipped name of a profile, or none. Default: the one the model was trained with.")]
TableOption = Annotated[str, typer.Option(help="Folder or shipped name of a profile.")]
ModelOption = Annotated[str, typer.Option(help="Folder or shipped name of a model.")]
CloseOption = Annotated[
    bool | None, typer.Option("--close/--fast", help="Read closely: better, and a hundred times slower. Default: closely where that can be had.")
]


def read_fast(why: str) -> None:
    """Says that a command that reads closely by itself reads fast, and why."""
    typer.echo(f"注意: 不能细读, 改用速读: {why}", err=True)


def told_reading(close: bool) -> None:
    """Says which reading is measured."""
    typer.echo(f"读法: {'细读' if close else '速读'}", err=True)


def pairs(option: str, values: Sequence[str] | None, form: str = "name=COLUMN") -> dict[str, str]:
    """Options of the ``form`` name=value as a mapping. Raises UsageError for one without a =, or with the name of another."""
    found = {}
    for value in values or ():
        name, sign, column = value.partition("=")
        if not (name and sign and column):
            raise UsageError(f"{option} {value!r}: write it as {form}.", "bad_option")
        if name in found:
            raise UsageError(f"{option} {value!r}: {name} stands twice. Keep one of them.", "bad_option")
        found[name] = column
    return found


def share(option: str) -> Callable[[object], float]:
    """A parser of the option's value, which raises UsageError for what is no number."""

    def read(value: object) -> float:
        try:
            return float(str(value))
        except ValueError:
            raise UsageError(f"{option} {str(value)!r} is not a number. Write 3 % as 0.03.", "bad_option") from None

    return read


def count(option: str, least: int) -> Callable[[object], int]:
    """A parser of the option's value, which raises UsageError for what is no whole number from ``least`` on."""

    def read(value: object) -> int:
        text = str(value).strip()
        if not (text.removeprefix("+").isdecimal() and int(text) >= least):
            raise UsageError(f"{option} {text!r} is not a whole number from {least} on. Write it as {max(least, 30)}.", "bad_option")
        return int(text)

    return read


def moment(option: str, value: str) -> datetime:
    """The time an option names. Raises UsageError for anything else."""
    found = read_time(value)
    if found is None:
        raise UsageError(f"{option} {value!r} is not a date. Write it as 2026-07-01.", "bad_date")
    return found


def day(option: str, value: str, timezone: str) -> date:
    """The day an option names, in the city; today there for an empty one. Raises UsageError for anything else."""
    found = moment(option, value) if value else datetime.now(ZoneInfo(timezone))
    try:
        return (found.astimezone(ZoneInfo(timezone)) if found.tzinfo else found).date()
    except OverflowError:
        raise UsageError(f"{option} {value!r} lies outside of the calendar. Write it as 2026-07-01.", "bad_date") from None
