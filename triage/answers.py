"""What a batch says of a request: one row of cells, the same whatever it is written to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from triage.columns import Columns
from triage.deadlines import read_time
from triage.errors import RequestError, TriageError
from triage.records import Request, Suggestion
from triage.suggest import Engine
from triage.tables import Row

ANSWER = ("unit_1 unit_2 unit_3 unit_1_p item_1 item_2 item_3 item_1_p type type_p urgency town co_units decision error").split()
MASKED = ("masked_title", "masked_text")
REASONS = ("rules", "why")
NUMBERS = frozenset({"unit_1_p", "item_1_p", "type_p"})
"""Columns that hold a probability, rounded to four places, or None."""
COUNTED = ("decision", "urgency", "type", "unit_1", "item_1")
"""Columns whose values a summary counts."""
Cell = str | float | None
Cells = list[Cell]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a row of the output holds beside the answer: the cells of the input (``kept``, by column), masked texts, reasons."""

    columns: Columns
    kept: Sequence[str] = ()
    masked: bool = False
    reasons: bool = False

    def header(self) -> list[str]:
        """The columns of the output. An answer whose name the input has already gets ``triage_`` in front."""
        added = [*ANSWER, *(MASKED if self.masked else ()), *(REASONS if self.reasons else ())]
        if not self.kept:
            return [self.columns.id or "id", *added]
        return [*self.kept, *(f"triage_{name}" if name in self.kept else name for name in added)]


class Ask(NamedTuple):
    """A row of the input with its number within it, and what is wrong with its id, or ""."""

    row: Row
    number: int
    note: str = ""


class Counts(NamedTuple):
    """Errors by code, and values by column of ``COUNTED``."""

    errors: Counter[str]
    values: Mapping[str, Counter[str]]


def no_counts() -> Counts:
    """Nothing counted yet."""
    return Counts(Counter(), {name: Counter() for name in COUNTED})


def answer(engine: Engine, asked: Sequence[Ask], shape: Shape, as_of: str) -> list[Cells]:
    """One row of cells for each, in order. Requests without a time of receipt count as received at ``as_of``: an answer must not hang
    on the day on which it was computed."""
    given = iter(suggest(engine, [shape.columns.request(each.row.cells, as_of) for each in asked if not each.row.error]))
    return [_cells(each, RequestError(each.row.error, each.row.kind) if each.row.error else next(given), shape) for each in asked]


def suggest(engine: Engine, requests: Sequence[Request]) -> Sequence[Suggestion | TriageError]:
    """One answer per request. Where the engine itself stumbles over one, only that one has an error."""
    try:
        return engine.suggest_many(requests)
    except MemoryError:
        raise
    except Exception as error:
        if len(requests) != 1:
            return [each for request in requests for each in suggest(engine, [request])]
        # The name of the error only: its words may repeat the text.
        return [RequestError(f"the engine could not answer ({type(error).__name__}). Report this, with the row.", "internal_error")]


def count(rows: Sequence[Cells], shape: Shape) -> Counts:
    """What a summary wants to know of some rows."""
    first = len(shape.kept) or 1
    places = {name: first + ANSWER.index(name) for name in (*COUNTED, "error")}
    found = no_counts()
    for row in rows:
        error = str(row[places["error"]] or "")
        if error:
            found.errors[error.split(":", 1)[0]] += 1
        for name in COUNTED:
            if row[places[name]]:
                found.values[name][str(row[places[name]])] += 1
    return found


def _cells(asked: Ask, given: Suggestion | TriageError, shape: Shape) -> Cells:
    ident = asked.row.cells.get(shape.columns.id, "") or str(asked.number)
    cells: Cells = [asked.row.cells.get(name, "") for name in shape.kept] if shape.kept else [ident]
    cells += _answer(given, "; ".join(filter(None, (asked.note, _undated(asked.row[shape.columns.fields.get("received_at", "")])))))
    if shape.masked:
        cells += _masked(given)
    if shape.reasons:
        cells += _reasons(given)
    return cells


def _undated(received_at: str) -> str:
    """What is wrong with a time of receipt, or ""."""
    known = not received_at or not received_at.strip() or read_time(received_at) is not None
    return "" if known else f"bad_date: {received_at.strip()[:20]!r} is no time of receipt; the tables of the day of the batch were used"


def _answer(given: Suggestion | TriageError, note: str) -> Cells:
    if isinstance(given, TriageError):
        return [*(None if name in NUMBERS else "" for name in ANSWER[:-1]), f"{given.code}: {given}"]
    units = [unit.code for unit in given.units]
    items = [item.code for item in given.items]
    return [
        *_three(units), round(given.units[0].p, 4) if units else None, *_three(items), round(given.items[0].p, 4) if items else None,
        given.type, round(given.type_p, 4) if given.type else None, given.urgency, given.place.town,
        ";".join(unit.code for unit in given.co_units), given.decision, note,
    ]  # fmt: skip


def _three(codes: Sequence[str]) -> list[str]:
    return [*codes, "", "", ""][:3]


def _masked(given: Suggestion | TriageError) -> list[str]:
    return ["", ""] if isinstance(given, TriageError) else [given.clean.title, given.clean.text]


def _reasons(given: Suggestion | TriageError) -> list[str]:
    """The codes of the rules that fired, then the reasons of refusals, and why the decision is what it is."""
    return ["", ""] if isinstance(given, TriageError) else [";".join(rule.code for rule in given.rules), given.why]
