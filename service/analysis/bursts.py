"""Bursts: an item that suddenly comes up in a town far more often than in the weeks before.

Each day's count of (town, item) is held against what the ``WEEKS`` weeks before lead to expect: their mean per day, the same
weekday counting twice as much. With a Poisson count of that mean, so many or more come by chance with probability p; a burst is p at most
``alarm`` over all pairs looked at on that day (Bonferroni), and ``LEAST`` requests. So at most ``alarm`` false alarms a day are to be
expected where counts are Poisson; real ones vary more (a storm is one cause of many calls), and then there are more: a mean with an
upper bound of its own uncertainty makes up for a short past, not for that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from math import exp, lgamma, log, sqrt

import duckdb

from service.analysis.periods import back
from service.analysis.question import DIMENSIONS

WEEKS = 8
LEAST = 5
ALARM = 1 / 30
"""False alarms a day: one a month."""
_PERIOD = 7 * WEEKS
_SAME_DAY = 2


@dataclass(frozen=True, slots=True)
class Burst:
    """``expected`` requests on that day, ``n`` came, from ``people`` known callers; ``p``: how likely by chance. ``mark`` names it for good."""

    day: date
    town: str
    item: str
    n: int
    people: int
    expected: float
    p: float

    @property
    def mark(self) -> str:
        """The same however often it is found."""
        return _mark(self.day, self.town, self.item)


def _mark(day: date, town: str, item: str) -> str:
    return sha256(f"burst\x00{day}\x00{town}\x00{item}".encode()).hexdigest()[:16]


_QUERY = f"""
WITH told AS (SELECT day, town, {DIMENSIONS["item"].sql} AS item, caller FROM facts WHERE town <> '' AND facts.item <> '' AND day BETWEEN ? AND ?),
  today AS (SELECT town, item, count(*) AS n, count(DISTINCT nullif(caller, '')) AS people FROM told WHERE day = ? GROUP BY town, item),
  past AS (SELECT town, item, count(*) AS n, count(*) FILTER (isodow(day) = isodow(?::DATE)) AS same FROM told WHERE day < ? GROUP BY town, item)
SELECT today.town, today.item, today.n, today.people, coalesce(past.n, 0), coalesce(past.same, 0), (SELECT count(*) FROM today)
FROM today LEFT JOIN past USING (town, item) WHERE today.n >= ? ORDER BY today.n DESC, today.town, today.item
"""  # noqa: S608 - of the table of dimensions


def on(connection: duckdb.DuckDBPyConnection, day: date, alarm: float = ALARM) -> list[Burst]:
    """The bursts of one day, the least likely first. None where the snapshot does not reach back over all the weeks before: nothing is
    expected of a past that nobody counted."""
    start = day - timedelta(days=_PERIOD)
    first = connection.execute("SELECT min(day) FROM facts").fetchone()
    if first is None or first[0] is None or first[0] > start:
        return []
    rows = connection.execute(_QUERY, [start, day, day, day, day, LEAST]).fetchall()
    found = []
    for town, item, n, people, past, same, pairs in rows:
        mean = expected(past, same)
        p = tail(n, mean)
        if p * pairs <= alarm:
            found.append(Burst(day, town, item, n, people, mean, p))
    return sorted(found, key=lambda each: (each.p, -each.n, each.town, each.item))


def between(connection: duckdb.DuckDBPyConnection, since: date, until: date, alarm: float = ALARM) -> Iterator[Burst]:
    """The bursts of several days, the newest day first."""
    day = until
    while day >= since:
        yield from on(connection, day, alarm)
        day -= timedelta(days=1)


_ENOUGH = f"""SELECT day, town, {DIMENSIONS["item"].sql} AS item FROM facts WHERE town <> '' AND facts.item <> '' GROUP BY ALL
  HAVING count(*) >= ?"""  # noqa: S608 - of the table of dimensions


def may_be(connection: duckdb.DuckDBPyConnection, mark: str) -> bool:
    """Whether a mark is one of a day, town and item with enough requests for a burst."""
    return any(_mark(*each) == mark for each in connection.execute(_ENOUGH, [LEAST]).fetchall())


@dataclass(frozen=True, slots=True)
class Unlooked:
    """``days``: not judged, because the snapshot lacks the weeks before; ``nowhere``: requests of the others without a town or an item, which
    can be in no burst."""

    days: int
    nowhere: int


_UNLOOKED = "SELECT count(*) FILTER (town = '' OR item = '') FROM facts WHERE day BETWEEN ? AND ?"


def unlooked(connection: duckdb.DuckDBPyConnection, since: date, until: date) -> Unlooked:
    """What ``between`` has not looked at."""
    (first,) = connection.execute("SELECT min(day) FROM facts").fetchone() or (None,)
    days = (until - since).days + 1
    if first is None or first > back(until, timedelta(days=_PERIOD)):
        return Unlooked(days, 0)
    begin = max(since, first + timedelta(days=_PERIOD))
    (nowhere,) = connection.execute(_UNLOOKED, [begin, until]).fetchone() or (0,)
    return Unlooked((begin - since).days, nowhere)


def expected(past: int, same: int) -> float:
    """The mean of a day after ``past`` requests in the weeks before, ``same`` of them on its weekday; an upper bound (one standard deviation)
    where few were seen, so that what is rare is not taken for what never comes."""
    weight = _PERIOD + (_SAME_DAY - 1) * WEEKS
    seen = past + (_SAME_DAY - 1) * same
    return (seen + sqrt(seen + 1)) / weight


def tail(n: int, mean: float) -> float:
    """The probability that a Poisson count of ``mean`` is ``n`` or more."""
    if n <= 0:
        return 1.0
    term = exp(n * log(mean) - mean - lgamma(n + 1))
    total, k = term, n
    while term > total * 1e-16:
        k += 1
        term *= mean / k
        total += term
        if k > mean and term < 1e-300:
            break
    return min(1.0, total)
