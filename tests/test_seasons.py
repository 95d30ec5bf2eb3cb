"""The months of an item, counted by hand."""

from calendar import monthrange
from datetime import date
from typing import Any

import pytest

from service.analysis.seasons import seasons, whole_years
from tests.snapshots import opened, row


def year(number: int, july: int = 8, item: str = "070301") -> list[dict[str, Any]]:
    """Two requests a month, one of them on its last day; ``july`` in July."""
    days = [(month, each) for month in range(1, 13) for each in range(july if month == 7 else 2)]
    dates = [date(number, month, monthrange(number, month)[1] if each == 1 else 1 + each % 28) for month, each in days]
    return [row(number * 1000 + place, f"{day}T09:00", item=item) for place, day in enumerate(dates)]


def test_an_item_of_july_in_both_years() -> None:
    connection = opened([*year(2024, 14), *year(2025, 26)])
    (found,) = seasons(connection)
    connection.close()
    assert (found.item, found.years, found.n, found.months) == ("070301", 2, 84, (7,))
    low, high = 14 * 12 / 36, 26 * 12 / 48
    assert (found.lowest[6], found.highest[6]) == pytest.approx((low, high))
    assert found.index[6] == pytest.approx((low + high) / 2)
    assert sum(found.index) == pytest.approx(12)


def test_one_year_is_no_season_nor_a_year_with_a_gap() -> None:
    for rows in (year(2025, 60), [*year(2024, 60), *(each for each in year(2025, 60) if each["day"].month != 3)], []):
        connection = opened(rows)
        assert seasons(connection) == []
        connection.close()


def test_what_came_in_one_july_only_has_no_strong_month() -> None:
    connection = opened([*year(2024, 60), *year(2025, 2)])
    (found,) = seasons(connection)
    connection.close()
    assert found.months == ()


def test_years_end_with_the_last_whole_month() -> None:
    early, late = year(2024, 14), [*year(2025, 26), *(each for each in year(2026) if each["day"].month < 6)]
    early += [row(8_000_000, "2020-05-02T09:00"), row(8_000_001, "2027-03-02T09:00")]  # long before, and by a mistake long after
    late += [row(9_000_000, "2026-06-28T09:00", item="070301")]  # a month that still runs
    connection = opened([each for each in [*early, *late] if not date(2021, 1, 1) < each["day"] < date(2024, 3, 20)])  # and one that was begun late
    assert whole_years(connection) == [(date(2024, 6, 1), date(2025, 5, 31)), (date(2025, 6, 1), date(2026, 5, 31))]
    (found,) = seasons(connection)
    connection.close()
    assert (found.n, found.counts[6], found.months) == (84, 40, (7,))
