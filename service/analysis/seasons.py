"""Seasons: in which months an item comes up more than in others, where two years or more are known in full.

A year is twelve months one after the other, counted back from the last whole one, so that two years of history are enough whenever they
end. The last month is whole where the snapshot reaches its last day. A year in which ``periods.LONG`` days and more one after the other hold no
request at all is left out; so is what is dated in the future. The index of a month is its requests over the mean of the twelve months
of its year; 1 is as many as on average. Not corrected for how long a month is (at most a tenth).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import duckdb

from service.analysis import periods
from service.analysis.suppress import small

YEARS, LEAST = 2, 60
_MONTHS = 12
STRONG = 1.5
Year = tuple[date, date]
"""First and last day."""


@dataclass(frozen=True, slots=True)
class Season:
    """Of an item, for January to December: the mean ``index`` over ``years`` years, and the ``lowest`` and ``highest`` of one year; ``counts``: its
    requests in those years, ``n`` together; ``few``: places of months of which a year has only few."""

    item: str
    years: int
    n: int
    index: tuple[float, ...]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    counts: tuple[int, ...]
    few: frozenset[int] = frozenset()

    @property
    def months(self) -> tuple[int, ...]:
        """Months (1 to 12) in which the item came up half as much again as on average, in each year."""
        return tuple(month for month, low in enumerate(self.lowest, start=1) if low >= STRONG)


@dataclass(frozen=True, slots=True)
class Known:
    """``years``: the whole ones, the earliest first; ``gaps``: days without any request for which others are left out; ``future``: requests
    that are dated in it."""

    years: tuple[Year, ...] = ()
    gaps: tuple[Year, ...] = ()
    future: int = 0


_QUERY = "SELECT item_now, month(day), count(*) FROM facts WHERE item_now <> '' AND day BETWEEN ? AND ? GROUP BY ALL"
_DAYS = "SELECT day, count(*) FROM facts GROUP BY 1 ORDER BY 1"


def seasons(connection: duckdb.DuckDBPyConnection, years: Sequence[Year]) -> list[Season]:
    """Items with ``LEAST`` requests in some whole years, the most seasonal first; none with fewer than two such years."""
    if len(years) < YEARS:
        return []
    counts: dict[str, dict[tuple[int, int], int]] = {}
    for number, year in enumerate(years):
        for item, month, n in connection.execute(_QUERY, list(year)).fetchall():
            counts.setdefault(item, {})[number, month] = n
    found = [
        _season(item, own, len(years)) for item, own in counts.items() if sum(own.values()) >= LEAST and len({year for year, _ in own}) == len(years)
    ]
    return sorted(found, key=lambda each: (-max(each.lowest), each.item))


def whole_years(connection: duckdb.DuckDBPyConnection, today: date) -> Known:
    """What the snapshot knows of years up to ``today``; the first one may begin ``periods.LONG`` days late."""
    held = connection.execute(_DAYS).fetchall()
    days, future = [day for day, _ in held if day <= today], sum(n for day, n in held if day > today)
    if not days:
        return Known(future=future)
    last = _number(days[-1]) - (days[-1] < periods.end_of("month", _month(_number(days[-1]))))  # it still runs
    holes = [(before + periods.DAY, after - periods.DAY) for before, after in pairwise(days) if (after - before).days > periods.LONG]
    years, gaps = list[Year](), set[Year]()
    while (days[0] - (year := _year(last))[0]).days <= periods.LONG:
        found = [each for each in holes if each[0] <= year[1] and each[1] >= year[0]]
        gaps.update(found)
        years += [] if found else [year]
        last -= _MONTHS
    return Known(tuple(reversed(years)), tuple(sorted(gaps)), future)


def _year(last: int) -> Year:
    """Twelve months up to one."""
    return periods.start_of("month", _month(last - _MONTHS + 1)), periods.end_of("month", _month(last))


def _number(day: date) -> int:
    return day.year * _MONTHS + day.month - 1


def _month(number: int) -> str:
    return f"{number // _MONTHS:04}-{number % _MONTHS + 1:02}"


def _season(item: str, counts: Mapping[tuple[int, int], int], years: int) -> Season:
    of_year = [[counts.get((year, month), 0) for month in range(1, _MONTHS + 1)] for year in range(years)]
    index = [[n * _MONTHS / sum(year) for n in year] for year in of_year]
    months = list(zip(*index, strict=True))
    means, lows, highs = ([measure(month) for month in months] for measure in (_mean, min, max))
    few = frozenset(month for year in of_year for month, n in enumerate(year) if small(n))
    counted = tuple(map(sum, zip(*of_year, strict=True)))
    return Season(item, years, sum(counted), tuple(means), tuple(lows), tuple(highs), counted, few)


def _mean(values: tuple[float, ...]) -> float:
    return sum(values) / len(values)
