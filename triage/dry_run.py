"""A changed profile tried on a file of requests: the same model routes every row by the old tables and by the new ones."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import NamedTuple

from triage.columns import Columns
from triage.records import Decision, Suggestion
from triage.suggest import Engine
from triage.tables import Row

_CHUNK = 512


class Route(NamedTuple):
    """What one profile makes of a row. ``lead``: the unit's code, for the town concerned ``code@town``; "" for nobody."""

    lead: str
    name: str
    helpers: tuple[str, ...]
    decision: Decision


class Moved(NamedTuple):
    """A row whose route changes. Never its text."""

    id: str
    old: Route
    new: Route


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows in all and those that could not be read; of the others, how many get another lead, other helpers, another
    decision; and how many go from which lead to which, most first, by code and by name."""

    rows: int
    unreadable: int
    leads: int
    helpers: int
    decisions: int
    pairs: dict[tuple[str, str], int]
    names: dict[str, str]


def dry_run(old: Engine, new: Engine, rows: Iterable[Row], columns: Columns, day: date, told: Callable[[Moved], object]) -> Outcome:
    """Routes every row by both engines as if it came in on ``day``, and tells each that changes, in order."""
    counts: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    names: dict[str, str] = {}
    for ident, then, now in _routes(old, new, iter(rows), columns, day):
        counts["rows"] += 1
        if then is None or now is None:
            counts["unreadable"] += 1
            continue
        names |= {then.lead: then.name, now.lead: now.name}
        if then.lead != now.lead:
            pairs[then.lead, now.lead] += 1
        counts.update(what for what in ("lead", "helpers", "decision") if getattr(then, what) != getattr(now, what))
        if (then.lead, then.helpers, then.decision) != (now.lead, now.helpers, now.decision):
            told(Moved(ident, then, now))
    return Outcome(counts["rows"], counts["unreadable"], counts["lead"], counts["helpers"], counts["decision"], dict(pairs.most_common()), names)


def _routes(old: Engine, new: Engine, rows: Iterator[Row], columns: Columns, day: date) -> Iterator[tuple[str, Route | None, Route | None]]:
    number = 0
    while chunk := list(islice(rows, _CHUNK)):
        # The units that refused a request and what the caller answered belong to the old tables: the new ones may not know them.
        requests = [replace(columns.request(row.cells), received_at=day.isoformat(), answers={}, refused=()) for row in chunk]
        both = zip(chunk, requests, old.suggest_many(requests), new.suggest_many(requests), strict=True)
        for row, request, then, now in both:
            number += 1
            readable = not row.error and isinstance(then, Suggestion) and isinstance(now, Suggestion)
            yield request.id or str(number), _route(then) if readable else None, _route(now) if readable else None


def _route(answer: object) -> Route:
    assert isinstance(answer, Suggestion)
    helpers: Sequence[str] = sorted(unit.code for unit in answer.co_units)
    if not answer.units:
        return Route("", "无", tuple(helpers), answer.decision)
    best = answer.units[0]
    return Route(f"{best.code}@{best.area}" if best.area else best.code, best.name, tuple(helpers), answer.decision)
