"""Seasons: in which months an item comes up more than in others, where two years or more are known in full.

The index of a month is its requests over the mean of the twelve months of its year; 1 is as many as on average. A month counts as known
where the snapshot holds any request of it. Not corrected for how long a month is (at most a tenth).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

YEARS, LEAST = 2, 60
_MONTHS = 12
STRONG = 1.5


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


_QUERY = "SELECT item_now, year(day), month(day), count(*) FROM facts WHERE item_now <> '' GROUP BY ALL"
_KNOWN = "SELECT year(day) FROM facts GROUP BY 1 HAVING count(DISTINCT month(day)) = 12"


def seasons(connection: duckdb.DuckDBPyConnection) -> list[Season]:
    """Items with ``LEAST`` requests in the years that are known in full, the most seasonal first; none with fewer than two such years."""
    years = whole_years(connection)
    if len(years) < YEARS:
        return []
    counts: dict[str, dict[tuple[int, int], int]] = {}
    for item, year, month, n in connection.execute(_QUERY).fetchall():
        if year in years:
            counts.setdefault(item, {})[year, month] = n
    found = [_season(item, own, years) for item, own in counts.items() if sum(own.values()) >= LEAST and len({year for year, _ in own}) == len(years)]
    return sorted(found, key=lambda each: (-max(each.lowest), each.item))


def whole_years(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """The years of each month of which the snapshot holds something."""
    return sorted(year for (year,) in connection.execute(_KNOWN).fetchall())


def _season(item: str, counts: Mapping[tuple[int, int], int], years: list[int]) -> Season:
    of_year = [[counts.get((year, month), 0) for month in range(1, _MONTHS + 1)] for year in years]
    index = [[n * _MONTHS / sum(year) for n in year] for year in of_year]
    months = list(zip(*index, strict=True))
    means, lows, highs = ([measure(month) for month in months] for measure in (_mean, min, max))
    counted = tuple(map(sum, zip(*of_year, strict=True)))
    return Season(item, len(years), sum(counted), tuple(means), tuple(lows), tuple(highs), counted)


def _mean(values: tuple[float, ...]) -> float:
    return sum(values) / len(values)
