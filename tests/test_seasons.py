"""The months of an item, counted by hand."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import pytest

from service.analysis.seasons import Known, Season, seasons, whole_years
from tests.snapshots import opened, row

TODAY = date(2026, 11, 27)


def year(number: int, july: int = 8, item: str = "070301") -> list[dict[str, Any]]:
    """Two requests a month, one of them on its last day; ``july`` in July. Every fifth day one without an item, so that no week is empty."""
    days = [(month, each) for month in range(1, 13) for each in range(july if month == 7 else 2)]
    dates = [date(number, month, monthrange(number, month)[1] if each == 1 else 1 + each % 28) for month, each in days]
    rows = [row(number * 1000 + place, f"{day}T09:00", item=item) for place, day in enumerate(dates)]
    return rows + [row(number * 1000 + 500 + n, f"{date(number, 1, 1) + timedelta(5 * n)}T09:00", item="") for n in range(73)]


def told(rows: list[dict[str, Any]], today: date = TODAY) -> tuple[Known, list[Season]]:
    connection = opened(rows)
    known = whole_years(connection, today)
    found = seasons(connection, known.years)
    connection.close()
    return known, found


def test_an_item_of_july_in_both_years() -> None:
    known, (found,) = told([*year(2024, 14), *year(2025, 26)])
    assert (found.item, found.years, found.n, found.months) == ("070301", 2, 84, (7,)) and known.gaps == ()
    low, high = 14 * 12 / 36, 26 * 12 / 48
    assert (found.lowest[6], found.highest[6]) == pytest.approx((low, high))
    assert found.index[6] == pytest.approx((low + high) / 2)
    assert sum(found.index) == pytest.approx(12)


def test_one_year_is_no_season_nor_a_year_with_a_gap() -> None:
    for rows in (year(2025, 60), [*year(2024, 60), *(each for each in year(2025, 60) if each["day"].month != 3)], []):
        assert told(rows)[1] == []


def test_a_year_with_an_outage_of_a_week_is_left_out_and_told() -> None:
    whole = [*year(2022, 14), *year(2023, 14), *year(2024, 14), *year(2025, 26)]
    known, (found,) = told([each for each in whole if not date(2024, 5, 2) <= each["day"] <= date(2024, 5, 14)])
    assert [since.year for since, _ in known.years] == [2022, 2023, 2025] and found.n == 2 * 36 + 48
    assert known.gaps == ((date(2024, 5, 2), date(2024, 5, 14)),)
    short, _ = told([each for each in whole if not date(2024, 5, 6) <= each["day"] <= date(2024, 5, 9)])
    assert len(short.years) == 4 and short.gaps == ()


def test_what_came_in_one_july_only_has_no_strong_month() -> None:
    _, (found,) = told([*year(2024, 60), *year(2025, 2)])
    assert found.months == ()


def test_years_end_with_the_last_whole_month() -> None:
    rows = [*year(2024, 14), *year(2025, 26), *(each for each in year(2026) if each["day"].month < 6)]
    rows += [row(9_000_000, "2026-06-28T09:00", item="070301")]  # a month that still runs
    rows = [each for each in rows if each["day"] > date(2024, 3, 20)]  # and one that was begun late
    known, (found,) = told([*rows, row(8_000_000, "2023-11-02T09:00")])  # the year before ends long before
    assert known == Known(((date(2024, 6, 1), date(2025, 5, 31)), (date(2025, 6, 1), date(2026, 5, 31))))
    assert (found.n, found.counts[6], found.months) == (84, 40, (7,))


def test_what_is_dated_in_the_future_ends_no_seasons() -> None:
    rows = [*year(2024, 14), *year(2025, 26)]
    future = [row(8_000_000 + month, f"2027-0{month}-02T09:00") for month in (2, 3, 3)]
    known, found = told([*rows, *future])
    assert (known.years, known.future) == (told(rows)[0].years, 3) and found == told(rows)[1] != []
    assert told(future)[0] == Known(future=3)


def daily(first: date, last: date = date(2025, 12, 31), item: str = "070301") -> list[dict[str, Any]]:
    return [row(n, f"{first + timedelta(n)}T09:00", item=item) for n in range((last - first).days + 1)]


@pytest.mark.parametrize(("empty", "years"), [(6, 2), (7, 1)])
def test_a_week_without_a_request_is_an_outage_and_six_days_are_none(empty: int, years: int) -> None:
    gone = {date(2024, 5, 6) + timedelta(n) for n in range(empty)}
    known, _ = told([each for each in daily(date(2024, 1, 1)) if each["day"] not in gone], date(2026, 1, 1))
    assert len(known.years) == years and len(known.gaps) == 2 - years


@pytest.mark.parametrize(("first", "years"), [(date(2024, 1, 1), 2), (date(2024, 1, 8), 2), (date(2024, 1, 9), 1)])
def test_the_first_year_may_begin_a_week_late(first: date, years: int) -> None:
    assert len(told(daily(first), date(2026, 1, 1))[0].years) == years


def test_an_item_needs_sixty_requests_and_some_in_each_year() -> None:
    whole = daily(date(2024, 1, 1), item="")
    some = [row(5000 + n, f"{2024 + n % 2}-0{1 + n % 9}-03T09:00", item="enough") for n in range(60)]
    few = [row(6000 + n, f"{2024 + n % 2}-0{1 + n % 9}-03T09:00", item="few") for n in range(59)]
    once = [row(7000 + n, f"2025-0{1 + n % 9}-03T09:00", item="once") for n in range(200)]
    assert [each.item for each in told([*whole, *some, *few, *once], date(2026, 1, 1))[1]] == ["enough"]


def test_the_most_seasonal_item_stands_first() -> None:
    rows = [each for item, july in (("a", 14), ("b", 40), ("c", 20)) for number in (2024, 2025) for each in year(number, july, item)]
    rows += [row(9_000_000 + n, f"{2024 + n % 2}-07-09T09:00", item="c") for n in range(200)]
    assert [each.item for each in told(rows, date(2026, 1, 1))[1]] == ["c", "b", "a"]
