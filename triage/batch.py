"""Many requests from a CSV file to a CSV file: streamed in chunks, in order, one bad row never fails the rest."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from triage.columns import Columns, find_columns
from triage.errors import RequestError, TriageError
from triage.output import cell, whole
from triage.records import Request, Suggestion
from triage.suggest import Engine
from triage.tables import Row, read_rows

ANSWER = ("unit_1 unit_2 unit_3 unit_1_p item_1 item_2 item_3 item_1_p type type_p urgency town co_units decision error").split()
MASKED = ("masked_title", "masked_text")
REASONS = ("rules", "why")
_CHUNK = 1024


@dataclass(frozen=True, slots=True)
class Summary:
    """What a batch did: rows in all, and how many had which error."""

    rows: int
    errors: dict[str, int]


def classify_file(
    engine: Engine,
    source: Path,
    target: Path,
    told: Columns,
    *,
    with_masked: bool = False,
    with_reasons: bool = False,
    progress: Callable[[int], object] = bool,
) -> Summary:
    """Writes one row for every row of ``source``, in order, beside the id. The target appears whole or not at all.

    Raises UsageError when the source or its columns cannot be used, or when source and target are one file.
    """
    header, rows = read_rows(source)
    columns = find_columns(header, told, str(source))
    counts: Counter[str] = Counter()
    total = 0
    with whole(target, source) as write:
        write([columns.id or "id", *ANSWER, *(MASKED if with_masked else ()), *(REASONS if with_reasons else ())])
        for cells in answers(engine, rows, columns, with_masked=with_masked, with_reasons=with_reasons):
            write(cells)
            total += 1
            error = cells[len(ANSWER)]
            if error:
                counts[error.split(":", 1)[0]] += 1
            if total % _CHUNK == 0:
                progress(total)
    progress(total)
    return Summary(total, dict(counts))


def answers(engine: Engine, rows: Iterator[Row], columns: Columns, *, with_masked: bool = False, with_reasons: bool = False) -> Iterator[list[str]]:
    """The output cells of every row, in order: id, the ``ANSWER`` columns, and the masked texts and reasons when asked for."""
    seen: dict[int, int] = {}
    number = 0
    while chunk := list(islice(rows, _CHUNK)):
        requests = [columns.request(row.cells) for row in chunk]
        for row, request, answer in zip(chunk, requests, _answer(engine, chunk, requests), strict=True):
            number += 1
            ident = request.id or str(number)
            first = seen.setdefault(hash(ident), row.number)
            note = f"duplicate_id: {ident!r} stands in row {first} already" if first != row.number else ""
            more = [*(_masked(answer) if with_masked else ()), *(_reasons(answer) if with_reasons else ())]
            yield [ident if ident.lstrip("-").isdigit() else cell(ident), *_cells(answer, note), *more]


def _answer(engine: Engine, rows: Sequence[Row], requests: Sequence[Request]) -> list[Suggestion | TriageError]:
    whole = [index for index, row in enumerate(rows) if not row.error]
    given = iter(engine.suggest_many([requests[index] for index in whole]))
    return [RequestError(row.error, "ragged_row") if row.error else next(given) for row in rows]


def _cells(answer: Suggestion | TriageError, note: str) -> list[str]:
    if isinstance(answer, TriageError):
        return [*[""] * (len(ANSWER) - 1), f"{answer.code}: {answer}"]
    units = [unit.code for unit in answer.units]
    items = [item.code for item in answer.items]
    return [
        *_three(units), f"{answer.units[0].p:.4f}" if units else "", *_three(items), f"{answer.items[0].p:.4f}" if items else "",
        answer.type, f"{answer.type_p:.4f}" if answer.type else "", answer.urgency, answer.place.town,
        ";".join(unit.code for unit in answer.co_units), answer.decision, note,
    ]  # fmt: skip


def _three(codes: Sequence[str]) -> list[str]:
    return [*codes, "", "", ""][:3]


def _masked(answer: Suggestion | TriageError) -> list[str]:
    """The masked title and text; a leading quote keeps a spreadsheet from taking them for formulas."""
    if isinstance(answer, TriageError):
        return ["", ""]
    return [cell(answer.clean.title), cell(answer.clean.text)]


def _reasons(answer: Suggestion | TriageError) -> list[str]:
    """The codes of the rules that fired, then the reasons of refusals, and why the decision is what it is."""
    if isinstance(answer, TriageError):
        return ["", ""]
    return [cell(";".join(rule.code for rule in answer.rules)), cell(answer.why)]
