"""Counts and shares: a question to a table. DuckDB over the snapshot does the work; values travel as parameters, never as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import duckdb

from service.analysis.question import Dimension, Filter, Question, dimension
from service.analysis.rates import RATES, Rate
from service.database import now

_ACTS = """(SELECT facts.*, each.unit AS act_unit, each.how AS act_how, refusals[place].reason AS act_reason,
  place = len(dispatches) AND final_unit <> '' AS act_taken
  FROM facts, unnest(dispatches) WITH ORDINALITY AS acts(each, place))"""
"""One row per dispatch. The n-th refusal answers the n-th dispatch: between two of one kind the other must come."""


class Line(NamedTuple):
    """``n``: requests (or dispatches). ``numerator`` over ``denominator`` is the rate; ``outside``: of whom it cannot be said."""

    keys: tuple[str, ...]
    n: int
    numerator: int
    denominator: int
    outside: int

    @property
    def rate(self) -> float | None:
        """None, never 0, where nobody is counted."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class Table:
    """``lines``: one per combination of values that occurs, the largest first, or in the order of time. ``several``: a request may stand in more
    than one line, so lines do not add up to ``total``."""

    question: Question
    lines: tuple[Line, ...]
    total: Line
    several: bool


def count(connection: duckdb.DuckDBPyConnection, question: Question, as_of: datetime | None = None) -> Table:
    """Answers a question. ``as_of``: the time, in UTC without offset, by which a deadline has passed; None: now."""
    rate, as_of = RATES[question.rate], as_of or now()
    found = [dimension(name) for name in question.by]
    grouped = _run(connection, question, rate, found, as_of)
    total = _run(connection, question, rate, [], as_of)
    lines = [Line(tuple(row[: len(found)]), *row[len(found) :]) for row in grouped] if found else []
    if rate.acts and "reason" in question.by:
        lines = _whole_denominators(lines, question.by.index("reason"))
    first = question.by[0] if question.by else ""
    lines.sort(key=lambda line: line.keys if first in _IN_ORDER else (-line.n, line.keys))
    several = any(each.several for each in found) and not (rate.acts and "reason" in question.by)
    return Table(question, tuple(lines), Line((), *total[0]), several)


_IN_ORDER = ("day", "week", "month", "quarter", "year", "weekday", "hour")


def where(filter: Filter, acts: bool = False) -> tuple[str, list[Any]]:
    """The condition of a filter and its parameters."""
    parts, values = ["true"], list[Any]()
    for sign, day in ((">=", filter.since), ("<=", filter.until)):
        if day is not None:
            parts.append(f"day {sign} ?")
            values.append(day)
    for name, wanted in filter.values:
        part, given = _one_of(name, dimension(name), wanted, acts)
        parts.append(part)
        values += given
    for word in filter.words:
        parts.append("contains(title || ' ' || text, ?)")
        values.append(word)
    return " AND ".join(parts), values


def _one_of(name: str, found: Dimension, wanted: Sequence[str], acts: bool) -> tuple[str, list[Any]]:
    marks = ", ".join("?" * len(wanted))
    if not wanted:
        return "false", []
    if found.several and not (acts and found.acts):
        known = [each for each in wanted if each]
        none = f"len({found.sql}) = 0" if "" in wanted else "false"
        return f"({none} OR list_has_any({found.sql}, ?))", [known]
    if name == "item":  # an item of any level stands for all below it
        return f"({found.sql} IN ({marks}) OR item_2 IN ({marks}) OR item_1 IN ({marks}))", [*wanted, *_known(wanted), *_known(wanted)]
    return f"{(acts and found.acts) or found.sql} IN ({marks})", list(wanted)


def _known(wanted: Sequence[str]) -> list[str | None]:
    """Unknown on an upper level says nothing of the leaf."""
    return [each or None for each in wanted]


def _run(
    connection: duckdb.DuckDBPyConnection, question: Question, rate: Rate, by: Sequence[Dimension], as_of: datetime
) -> list[tuple[Any, ...]]:  # fmt: skip
    condition, values = where(question.filter, rate.acts)
    source = _ACTS if rate.acts else "facts"
    joins, keys = "", []
    for number, each in enumerate(by):
        if each.several and not (rate.acts and each.acts):
            joins += f", unnest(CASE WHEN len({each.sql}) = 0 THEN [''] ELSE list_distinct({each.sql}) END) AS list{number}(value{number})"
            keys.append(f"value{number}")
        else:
            keys.append((rate.acts and each.acts) or each.sql)
    numerator, denominator = rate.numerator or "true", rate.denominator or "true"
    counts = (
        f"count(*), count(*) FILTER (({denominator}) AND ({numerator})), count(*) FILTER ({denominator}), "
        f"count(*) FILTER (({rate.scope}) AND ({denominator}) IS NOT TRUE)"
    )
    named = ", ".join([*(f"{key} AS key{number}" for number, key in enumerate(keys)), counts])
    group = f" GROUP BY {', '.join(f'key{number}' for number in range(len(keys)))}" if keys else ""
    # Names of columns come from the tables of this package; whatever came from outside is a parameter.
    query = f"SELECT {named} FROM (SELECT *, ?::TIMESTAMP AS as_of FROM {source}){joins} WHERE {condition}{group}"  # noqa: S608
    return connection.execute(query, [as_of, *values]).fetchall()


def _whole_denominators(lines: Sequence[Line], place: int) -> list[Line]:
    """By reason, each reason's refusals stand over all dispatches of the rest of the keys, not over those that were refused for it."""
    whole: dict[tuple[str, ...], int] = {}
    for line in lines:
        rest = line.keys[:place] + line.keys[place + 1 :]
        whole[rest] = whole.get(rest, 0) + line.denominator
    return [line._replace(denominator=whole[line.keys[:place] + line.keys[place + 1 :]]) for line in lines if line.keys[place]]
