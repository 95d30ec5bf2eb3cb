from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.count import count
from service.analysis.periods import (
    chosen,
    compare,
    coverage,
    filled,
    held_against,
    key_of,
    lately,
    looked_at,
    moved,
    previous,
    start_of,
    stretches,
    year_before,
)
from service.analysis.question import TIMES, Filter, Question, read
from service.failures import ServiceError
from tests.snapshots import opened, row

DAYS = st.dates(date(2001, 1, 1), date(2098, 12, 31))
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("since", "until", "before", "year"),
    [
        (*MARCH, (date(2026, 2, 1), date(2026, 2, 28)), (date(2025, 3, 1), date(2025, 3, 31))),
        (date(2026, 1, 1), date(2026, 3, 31), (date(2025, 10, 1), date(2025, 12, 31)), (date(2025, 1, 1), date(2025, 3, 31))),
        (date(2026, 3, 2), date(2026, 3, 8), (date(2026, 2, 23), date(2026, 3, 1)), (date(2025, 3, 2), date(2025, 3, 8))),
        (date(2025, 2, 1), date(2025, 2, 28), (date(2025, 1, 1), date(2025, 1, 31)), (date(2024, 2, 1), date(2024, 2, 29))),
        (date(2024, 2, 29), date(2024, 2, 29), (date(2024, 2, 28), date(2024, 2, 28)), (date(2023, 2, 28), date(2023, 2, 28))),
    ],
)
def test_the_period_before_and_the_year_before(since: date, until: date, before: tuple[date, date], year: tuple[date, date]) -> None:
    assert previous(since, until) == before
    assert year_before(since, until) == year


@pytest.mark.parametrize(
    ("today", "last"),
    [(date(2026, 3, 20), date(2026, 3, 18)), (date(2026, 3, 26), date(2026, 3, 26)), (date(2026, 3, 12), date(2026, 3, 10))],
)
def test_who_chose_nothing_looks_back_from_the_last_day_that_is_held(today: date, last: date) -> None:
    connection = opened([row(1, "2026-03-10T09:00"), row(2, "2026-03-18T09:00")])
    assert lately(connection, today) == last
    assert looked_at(connection, None, None, today) == (last - timedelta(days=29), last)
    assert looked_at(connection, today, None, today) == (today, today)
    assert looked_at(connection, None, today, today)[1] == today
    connection.close()


@given(DAYS, st.sampled_from(TIMES))
def test_a_key_names_the_stretch_that_holds_the_day(day: date, name: str) -> None:
    start = start_of(name, key_of(name, day))
    assert start <= day and key_of(name, start) == key_of(name, day)
    assert list(stretches(name, start, day)) == [key_of(name, day)]


@given(DAYS, st.integers(0, 400))
def test_the_period_before_ends_the_day_before(since: date, days: int) -> None:
    first, last = previous(since, since + timedelta(days=days))
    assert last == since - timedelta(days=1) and first <= last


@given(DAYS, st.integers(-30, 30))
def test_months_there_and_back(day: date, months: int) -> None:
    assert moved(moved(day.replace(day=1), months), -months) == day.replace(day=1)


def table(rows: list[dict[str, Any]], **told: str) -> Any:
    connection = opened(rows)
    return filled(connection, count(connection, read(told.items()), datetime(2026, 4, 1)))


def test_a_month_in_which_nothing_was_found_is_zero_and_one_that_nobody_counted_is_not() -> None:
    rows = [row(1, "2026-01-05T09:00", town="A"), row(2, "2026-02-05T09:00", town="B"), row(3, "2026-04-05T09:00", town="A")]
    found, gaps = table(rows, by="month", town="A")
    assert [(line.keys[0], line.n) for line in found.lines] == [("2026-01", 1), ("2026-02", 0), ("2026-04", 1)]
    assert gaps == ("2026-03",)
    assert found.lines[1].rate is None
    _, gaps = table(rows, by="month", town="A", since="2025-12-01", until="2026-05-31")
    assert gaps == ("2025-12", "2026-03", "2026-05")


def test_a_period_is_held_against_the_one_before_month_by_month() -> None:
    rows = [row(n, f"{date(2025, 3, 1) + timedelta(5 * n)}T09:00") for n in range(13)]
    rows += [row(20, "2026-03-05T09:00"), row(21, "2026-03-06T09:00")]
    question = Question(Filter(date(2026, 3, 1), date(2026, 4, 30)), ("month",), compare="year")
    found = compare(opened(rows), question)
    assert {line.keys: line.n for line in found.table.lines} == {("2026-03",): 2}
    assert {keys: line.n for keys, line in found.before.items()} == {("2026-03",): 7, ("2026-04",): 6}
    assert (found.since, found.until, found.total and found.total.n, found.note) == (date(2025, 3, 1), date(2025, 4, 30), 13, "")


@pytest.mark.parametrize(
    ("compared", "note"), [("previous", ""), ("year", "比较期(2025-03-01 至 2025-03-31)没有数据(不是零),不计变化"), ("", "")]
)  # fmt: skip
def test_a_period_without_data_is_no_zero(compared: str, note: str) -> None:
    rows = [row(day, f"2026-02-{day:02}T09:00") for day in (1, 8, 15, 22, 28)] + [row(40, "2026-03-01T09:00")]
    assert compare(opened(rows), Question(Filter(*MARCH), compare=compared)).note == note


def test_a_period_that_the_snapshot_holds_in_part_is_told() -> None:
    rows = [row(1, "2026-02-20T09:00"), row(2, "2026-03-01T09:00")]
    assert "不完整" in compare(opened(rows), Question(Filter(*MARCH), compare="previous")).note
    assert "未指明" in compare(opened(rows), Question(compare="previous")).note


def test_a_running_month_is_held_against_the_same_days_of_the_month_before() -> None:
    assert held_against(date(2026, 11, 1), date(2026, 11, 26)) == (date(2026, 10, 1), date(2026, 10, 26))
    assert held_against(date(2026, 3, 1), date(2026, 3, 30)) == (date(2026, 2, 1), date(2026, 2, 28))
    assert held_against(*MARCH) == (date(2026, 2, 1), date(2026, 2, 28))
    assert held_against(date(2026, 11, 2), date(2026, 11, 8)) == (date(2026, 10, 26), date(2026, 11, 1))


def test_what_a_snapshot_holds_of_a_period() -> None:
    connection = opened([row(number, f"2026-03-{number:02}T09:00") for number in (1, 2, 9, 17, 20)])
    first, last = date(2026, 3, 1), date(2026, 3, 20)
    assert coverage(connection, None, None).missing == ((date(2026, 3, 10), date(2026, 3, 16)),)  # a week is no weekend
    found = coverage(connection, date(2026, 2, 1), date(2026, 4, 1))
    assert (found.known, found.first, found.last) == (True, first, last)
    assert found.missing[0] == (date(2026, 2, 1), date(2026, 2, 28)) and found.missing[-1] == (date(2026, 3, 21), date(2026, 4, 1))
    assert coverage(connection, date(2026, 3, 3), date(2026, 3, 8)) == type(found)(False, first, last, ((date(2026, 3, 3), date(2026, 3, 8)),))
    connection.close()
    empty = opened([])
    assert not coverage(empty, first, last).known and coverage(empty, first, last).first is None
    empty.close()


def test_an_outage_over_an_end_of_the_period_is_told() -> None:
    days = [date(2026, 1, 1) + timedelta(n) for n in range(120)]
    connection = opened([row(n, f"{day}T09:00") for n, day in enumerate(days) if not date(2026, 2, 10) <= day <= date(2026, 3, 5)])
    assert coverage(connection, date(2026, 2, 1), date(2026, 2, 28)).missing == ((date(2026, 2, 10), date(2026, 2, 28)),)
    assert coverage(connection, *MARCH).missing == ((date(2026, 3, 1), date(2026, 3, 5)),)
    assert coverage(connection, date(2026, 1, 5), date(2026, 2, 9)).missing == () == coverage(connection, date(2026, 3, 6), date(2026, 4, 1)).missing
    connection.close()


def test_one_request_of_the_future_hides_no_end() -> None:
    connection = opened([row(1, "2026-03-01T09:00"), row(2, "2026-03-05T09:00"), row(3, "2027-06-05T09:00")])
    assert coverage(connection, *MARCH).missing == ((date(2026, 3, 6), date(2026, 3, 31)),)
    connection.close()


def test_an_address_of_all_years_lists_no_more_than_the_snapshot_holds() -> None:
    connection = opened([row(1, "2026-03-01T09:00"), row(2, "2026-03-03T09:00")])
    table = count(connection, Question(Filter(date.min, date.max), ("day",)))
    found, gaps = filled(connection, table)
    connection.close()
    assert [line.n for line in found.lines] == [1, 1] and gaps == ("2026-03-02",)


def test_a_chosen_period_has_an_end_and_is_not_too_long() -> None:
    today = date(2026, 3, 31)
    assert chosen(None, None, today) == (date(2026, 3, 2), today) and chosen(None, date.min, today) == (date.min, date.min)
    for since, until in ((date(2026, 4, 1), None), (date(2025, 1, 1), today)):
        with pytest.raises(ServiceError):
            chosen(since, until, today)
