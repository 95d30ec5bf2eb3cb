"""Counts and shares: a question to a table. DuckDB over the snapshot does the work; values travel as parameters, never as text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import duckdb

from service.analysis.columns import SCHEMA
from service.analysis.question import Dimension, Filter, Question, dimension
from service.analysis.rates import RATES, Rate
from service.database import now

_ACTS = """SELECT *, act.unit AS act_unit, act.how AS act_how, refusals[place].reason AS act_reason,
  place = len(dispatches) AND final_unit <> '' AS act_taken
  FROM (SELECT *, unnest(dispatches) AS act, generate_subscripts(dispatches, 1) AS place FROM ({source}))"""
"""One row per dispatch. The n-th refusal answers the n-th dispatch: between two of one kind the other must come."""
_ACT_COLUMNS = ("dispatches", "refusals", "final_unit")
_WORD = re.compile("[a-z_0-9]+")


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
    lines = [Line(tuple(row[: len(found)]), *row[len(found) :]) for row in grouped] if found else []
    parted = not any(each.several and not (rate.acts and each.acts) for each in found)  # each request, or dispatch, stands in one line
    total = Line((), *map(sum, zip(*(line[1:] for line in lines), strict=True))) if parted and lines else None
    total = total or Line((), *_run(connection, question, rate, [], as_of)[0])
    if rate.acts and "reason" in question.by:
        lines = _whole_denominators(lines, question.by.index("reason"))
    first = question.by[0] if question.by else ""
    lines.sort(key=lambda line: line.keys if first in IN_ORDER else (-line.n, line.keys))
    several = any(each.several for each in found) and not (rate.acts and "reason" in question.by)
    return Table(question, tuple(lines), total, several)


IN_ORDER = ("day", "week", "month", "quarter", "year", "weekday", "hour")


def where(filter: Filter) -> tuple[str, list[Any]]:
    """The condition of a filter on requests, and its parameters."""
    return _joined(_conditions(filter, acts=False))


def _conditions(filter: Filter, acts: bool) -> list[tuple[str, list[Any], bool]]:
    """Each condition with its parameters, and whether it is one on dispatches."""
    days = [(f"day {sign} ?", [day], False) for sign, day in ((">=", filter.since), ("<=", filter.until)) if day is not None]
    values = [_one_of(name, dimension(name), wanted, acts) for name, wanted in filter.values]
    return [*days, *values, *(("contains(title || ' ' || text, ?)", [word], False) for word in filter.words)]


def _joined(conditions: Iterable[tuple[str, list[Any], bool]]) -> tuple[str, list[Any]]:
    found = list(conditions)
    return " AND ".join(["true", *(each[0] for each in found)]), [value for each in found for value in each[1]]


def _one_of(name: str, found: Dimension, wanted: Sequence[str], acts: bool) -> tuple[str, list[Any], bool]:
    marks = ", ".join("?" * len(wanted))
    if not wanted:
        return "false", [], False
    if acts and found.acts:
        return f"{found.acts} IN ({marks})", list(wanted), True
    if found.several:
        none = f"len({found.sql}) = 0" if "" in wanted else "false"
        return f"({none} OR list_has_any({found.sql}, ?))", [[each for each in wanted if each]], False
    if name == "item":  # an item of any level stands for all below it, and one of an earlier classification for what was filed under it
        columns = " OR ".join(f"{column} IN ({marks})" for column in (found.sql, "item_2", "item_1", "item"))
        return f"({columns})", [*wanted, *_known(wanted) * 3], False
    return f"{found.sql} IN ({marks})", list(wanted), False


def _known(wanted: Sequence[str]) -> list[str | None]:
    """Unknown on an upper level says nothing of the leaf."""
    return [each or None for each in wanted]


def _run(
    connection: duckdb.DuckDBPyConnection, question: Question, rate: Rate, by: Sequence[Dimension], as_of: datetime
) -> list[tuple[Any, ...]]:  # fmt: skip
    told = _conditions(question.filter, rate.acts)
    (condition, values), (later, later_values) = (_joined(each for each in told if each[2] is late) for late in (False, True))
    keys = [(rate.acts and each.acts) or each.sql for each in by]
    numerator, denominator = rate.numerator or "true", rate.denominator or "true"
    counts = (
        f"count(*), count(*) FILTER (({denominator}) AND ({numerator})), count(*) FILTER ({denominator}), "
        f"count(*) FILTER (({rate.scope}) AND ({denominator}) IS NOT TRUE)"
    )
    # Names of columns come from the tables of this package; whatever came from outside is a parameter.
    source = f"SELECT {_needed([*keys, counts], rate.acts)}, ?::TIMESTAMP AS as_of FROM facts WHERE {condition}"  # noqa: S608
    if rate.acts:
        source = f"SELECT * FROM ({_ACTS.format(source=source)}) WHERE {later}"  # noqa: S608
    for number, each in enumerate(by):
        if each.several and not (rate.acts and each.acts):
            some = f"CASE WHEN len({each.sql}) = 0 THEN [''] ELSE list_distinct({each.sql}) END"
            source, keys[number] = f"SELECT *, unnest({some}) AS value{number} FROM ({source})", f"value{number}"  # noqa: S608
    named = ", ".join([*(f"{key} AS key{number}" for number, key in enumerate(keys)), counts])
    group = f" GROUP BY {', '.join(f'key{number}' for number in range(len(keys)))}" if keys else ""
    return connection.execute(f"SELECT {named} FROM ({source}){group}", [as_of, *values, *later_values]).fetchall()  # noqa: S608


def _needed(expressions: Sequence[str], acts: bool) -> str:
    """The columns that some expressions name: what is not named is not read."""
    words = {word for each in expressions for word in _WORD.findall(each)} | set(_ACT_COLUMNS if acts else ())
    return ", ".join(name for name in SCHEMA.names if name in words) or "id"


def _whole_denominators(lines: Sequence[Line], place: int) -> list[Line]:
    """By reason, each reason's refusals stand over all dispatches of the rest of the keys, not over those that were refused for it."""
    whole: dict[tuple[str, ...], int] = {}
    for line in lines:
        rest = line.keys[:place] + line.keys[place + 1 :]
        whole[rest] = whole.get(rest, 0) + line.denominator
    return [line._replace(denominator=whole[line.keys[:place] + line.keys[place + 1 :]]) for line in lines if line.keys[place]]
