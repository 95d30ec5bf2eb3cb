"""One root, and what each error means to whoever meets it.

Every message names the value, the place and the remedy. ``code`` is stable: HTTP answers, batch rows and scripts may
rely on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class TriageError(Exception):
    """Anything the engine refuses. Subclasses only narrow down where it came from."""

    code = "error"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class RequestError(TriageError):
    """A request that cannot be read: blank, too long, mojibake … ``code`` says which."""

    code = "bad_request"


class UsageError(TriageError):
    """A wrong column, option or path: whoever called must change the call."""

    code = "bad_usage"


class BundleError(TriageError):
    """A model directory that is missing, damaged, of another format or of another profile."""

    code = "bad_bundle"


class TrainingError(TriageError):
    """A history or a recipe from which no model can be made."""

    code = "bad_training"


class CalendarError(TriageError):
    """A working day was asked of a year that the profile's calendar does not cover. Its message may reach the screen."""

    code = "no_calendar"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a table: where (``row`` counts as a spreadsheet does, the header is row 1) and what to do."""

    file: str
    row: int
    column: str
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.row}" if self.row else self.file
        return f"{place}{f' [{self.column}]' if self.column else ''}: {self.message}. {self.remedy}"


class ProfileError(TriageError):
    """A city's tables do not hold together. Carries every problem found, not only the first."""

    code = "bad_profile"

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        # What is wrong with a whole file comes first: much of the rest may follow from it.
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.row > 0, problem)))
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"profile {name}: {len(self.problems)} problem(s)\n{lines}")
