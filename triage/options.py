"""What several commands of the command line share."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import typer

from triage.deadlines import read_time
from triage.errors import UsageError

EXIT_UNUSABLE, EXIT_SOME_ROWS = 2, 3

ProfileOption = Annotated[str | None, typer.Option(help="Folder or shipped name of a profile, or none. Default: the one the model was trained with.")]
TableOption = Annotated[str, typer.Option(help="Folder or shipped name of a profile.")]
ModelOption = Annotated[str, typer.Option(help="Folder or shipped name of a model.")]


def pairs(option: str, values: Sequence[str] | None, form: str = "name=COLUMN") -> dict[str, str]:
    """Options of the ``form`` name=value as a mapping. Raises UsageError for one without a =."""
    found = {}
    for value in values or ():
        name, sign, column = value.partition("=")
        if not (name and sign and column):
            raise UsageError(f"{option} {value!r}: write it as {form}.", "bad_option")
        found[name] = column
    return found


def moment(option: str, value: str) -> datetime:
    """The time an option names; now for an empty one. Raises UsageError for anything else."""
    found = read_time(value) if value else datetime.now()
    if found is None:
        raise UsageError(f"{option} {value!r} is not a date. Write it as 2026-07-01.", "bad_date")
    return found


def day(option: str, value: str) -> date:
    """The day an option names; today for an empty one. Raises UsageError for anything else."""
    return moment(option, value).date()
