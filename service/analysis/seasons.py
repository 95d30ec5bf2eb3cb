"""Seasons: in which months an item comes up more than in others, where two years or more are known in full.

A year is twelve months one after the other, counted back from the last whole one, so that two years of history are enough whenever they
end. The index of a month is its requests over the mean of the twelve months of its year; 1 is as many as on average. A month is whole where
the snapshot holds requests of it; of the last month it must reach the last day, and begin no more than ``periods.LONG`` days within the first one.
Days without requests inside are not looked for. Not corrected for how long a month is (at most a tenth).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

import duckdb

from service.analysis import periods

YEARS, LEAST = 2, 60
_MONTHS = 12
STRONG = 1.5
Year = tuple[date, date]
"""First and last day."""


@dataclass(frozen=True, slots=True)
class Season:
    """Of an item, for January to December: the mean ``index`` over ``years`` years, and the ``lowest`` and ``highest`` of one year; ``counts``: its
    requests in those years, ``n`` together."""

    item: str
    years: int
    n: int
    index: tuple[float, ...]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def months(self) -> tuple[int, ...]:
        """Months (1 to 12) in which the item came up half as much again as on average, in each year."""
        return tuple(month for month, low in enumerate(self.lowest, start=1) if low >= STRONG)


_QUERY = "SELECT item_now, year(day), month(day), count(*) FROM facts WHERE item_now <> '' AND day BETWEEN ? AND ? GROUP BY ALL"
_ENDS = "SELECT year(day) * 12 + month(day) - 1, min(day), max(day) FROM facts GROUP BY 1 ORDER BY 1 DESC"


def seasons(connection: duckdb.DuckDBPyConnection) -> list[Season]:
    """Items with ``LEAST`` requests in the years that are known in full, the most seasonal first; none with fewer than two such years."""
    years = whole_years(connection)
    if len(years) < YEARS:
        return []
    first = _number(years[0][0])
    counts: dict[str, dict[tuple[int, int], int]] = {}
    for item, year, month, n in connection.execute(_QUERY, [years[0][0], years[-1][1]]).fetchall():
        counts.setdefault(item, {})[(year * _MONTHS + month - 1 - first) // _MONTHS, month] = n
    found = [
        _season(item, own, len(years)) for item, own in counts.items() if sum(own.values()) >= LEAST and len({year for year, _ in own}) == len(years)
    ]
    return sorted(found, key=lambda each: (-max(each.lowest), each.item))


def whole_years(connection: duckdb.DuckDBPyConnection) -> list[Year]:
    """The years back from the last whole month, the earliest first; a month of which the snapshot holds nothing ends the count."""
    months = connection.execute(_ENDS).fetchall()
    while len(months) > 1 and months[0][0] - months[1][0] > 1:  # a date of the future, by mistake
        months.pop(0)
    if months and months[0][2] < periods.end_of("month", _month(months[0][0])):  # it still runs
        months.pop(0)
    held = len(list(takewhile(lambda pair: pair[0] == months[0][0] - pair[1], ((each[0], place) for place, each in enumerate(months)))))
    if held and months[held - 1][1].day - 1 > periods.LONG:  # begun late, or after a gap
        held -= 1
    last = months[0][0] if months else 0
    ends = [last - _MONTHS * each for each in reversed(range(held // _MONTHS))]
    return [(periods.start_of("month", _month(end - _MONTHS + 1)), periods.end_of("month", _month(end))) for end in ends]


def _number(day: date) -> int:
    return day.year * _MONTHS + day.month - 1


def _month(number: int) -> str:
    return f"{number // _MONTHS:04}-{number % _MONTHS + 1:02}"


def _season(item: str, counts: Mapping[tuple[int, int], int], years: int) -> Season:
    of_year = [[counts.get((year, month), 0) for month in range(1, _MONTHS + 1)] for year in range(years)]
    index = [[n * _MONTHS / sum(year) for n in year] for year in of_year]
    months = list(zip(*index, strict=True))
    means, lows, highs = ([measure(month) for month in months] for measure in (_mean, min, max))
    counted = tuple(map(sum, zip(*of_year, strict=True)))
    return Season(item, years, sum(counted), tuple(means), tuple(lows), tuple(highs), counted)


def _mean(values: tuple[float, ...]) -> float:
    return sum(values) / len(values)
