"""Repeat callers: one caller about one item again and again. Only where the telephone number is known; the mark tells nobody who it is.

Group events, the other way round (one matter from many callers within days), are topics of a short span: ``is_group``.
"""

from dataclasses import dataclass
from datetime import date

import duckdb

from service.analysis.question import DIMENSIONS
from service.analysis.topics import Topic

LEAST, MOST = 3, 200
GROUP_DAYS, GROUP_PEOPLE = 7, 10


@dataclass(frozen=True, slots=True)
class Repeat:
    """``n`` requests of one caller (the snapshot's mark) about one item; ``open``: how many of them are neither final nor closed."""

    caller: str
    item: str
    n: int
    open: int
    first: date
    last: date
    units: tuple[str, ...]
    requests: tuple[int, ...]


_ITEM = DIMENSIONS["item"].sql
_QUERY = f"""
SELECT caller, {_ITEM} AS what, count(*), count(*) FILTER (state NOT IN ('final', 'closed')), min(day), max(day),
  list_sort(list_distinct(list(coalesce(nullif(final_unit, ''), last_unit)))), list_sort(list(id))
FROM facts WHERE day BETWEEN ? AND ? AND caller <> '' AND item <> '' AND NOT confidential
GROUP BY caller, what HAVING count(*) >= ? ORDER BY count(*) DESC, max(day) DESC, caller, what LIMIT ?
"""  # noqa: S608 - of the table of dimensions


def between(connection: duckdb.DuckDBPyConnection, since: date, until: date, least: int = LEAST, most: int = MOST) -> list[Repeat]:
    """Who came at least ``least`` times about one item from ``since`` to ``until``, both included; the most frequent first."""
    rows = connection.execute(_QUERY, [since, until, least, most]).fetchall()
    return [
        Repeat(caller, item, n, waiting, first, last, tuple(unit for unit in units if unit), tuple(numbers))
        for caller, item, n, waiting, first, last, units, numbers in rows
    ]


def is_group(topic: Topic) -> bool:
    """Whether a topic is a group event: at least ``GROUP_PEOPLE`` known callers, from the first to the last within ``GROUP_DAYS`` days."""
    return topic.people >= GROUP_PEOPLE and (topic.last - topic.first).days < GROUP_DAYS
