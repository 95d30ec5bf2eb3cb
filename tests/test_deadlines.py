import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.deadlines import KINDS, TYPES, Clock, Deadlines, Limit, SpecialDay, check_calendar, check_limits, read_time
from triage.errors import CalendarError, Problem, TriageError, UsageError

KAIPING = Path(__file__).parent.parent / "data" / "kaiping"
UNITS = ("minute", "hour", "day", "working_day")
# Receipts whose limits of up to 30 working days end in a year of the shipped calendar.
COVERED = st.datetimes(datetime(2019, 1, 1), datetime(2026, 11, 1))


def table(name: str) -> Iterator[tuple[int, dict[str, str]]]:
    with (KAIPING / name).open(encoding="utf-8-sig", newline="") as file:
        yield from enumerate(csv.DictReader(file), start=2)


LIMITS = tuple(
    Limit(row["code"], row["kind"], row["type"], row["stage"], int(row["amount"]), row["unit"], row["basis"], row["status"] == "confirmed", number)
    for number, row in table("deadlines.csv")
)
DAYS = tuple(SpecialDay(date.fromisoformat(row["date"]), row["kind"], row["name"], number) for number, row in table("calendar.csv"))
CLOCK = Clock(DAYS, "Asia/Shanghai")
DEADLINES = Deadlines(LIMITS, CLOCK)


def codes(kind: str, type: str) -> list[str]:
    return [deadline.code for deadline in DEADLINES.of(kind, type, "2026-03-02")]


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=number) for number in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


def test_the_shipped_tables_are_sound() -> None:
    assert LIMITS
    assert DAYS
    assert [*check_limits(LIMITS), *check_calendar(DAYS)] == []
    assert len({limit.code for limit in LIMITS}) == len(LIMITS)
    for name in ("deadlines.csv", "calendar.csv"):
        assert all(row["source"] for _, row in table(name))


@pytest.mark.parametrize(("year", "holidays"), [*((year, 11) for year in range(2019, 2025)), (2025, 13), (2026, 13)])
def test_a_year_loses_its_statutory_holidays_and_nothing_else(year: int, holidays: int) -> None:
    extended = 2 if year == 2020 else 0  # 31 January was off, and 1 February was no longer worked for another day
    weekdays = sum(day.weekday() < 5 for day in days_of(year))
    assert weekdays - sum(map(CLOCK.works, days_of(year))) == holidays + extended


@pytest.mark.parametrize(
    ("off", "worked"),
    [
        ("2026-01-01 2026-01-02 2026-01-03", "2026-01-04"),
        ("2026-02-15 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-02-21 2026-02-22 2026-02-23", "2026-02-14 2026-02-28"),
        ("2026-04-04 2026-04-05 2026-04-06", "2026-04-03 2026-04-07"),
        ("2026-05-01 2026-05-02 2026-05-03 2026-05-04 2026-05-05", "2026-05-09"),
        ("2026-06-19 2026-06-20 2026-06-21", "2026-06-18 2026-06-22"),
        ("2026-09-25 2026-09-26 2026-09-27", "2026-09-24 2026-09-28"),
        ("2026-10-01 2026-10-02 2026-10-03 2026-10-04 2026-10-05 2026-10-06 2026-10-07", "2026-09-20 2026-10-10"),
        ("2020-01-24 2020-01-31 2020-02-01 2020-02-02", "2020-01-19 2020-02-03"),
        ("2019-05-01 2019-05-02 2019-05-03 2019-05-04", "2019-04-28 2019-05-05"),
    ],
)
def test_the_notices_of_the_state_council(off: str, worked: str) -> None:
    assert [day for day in off.split() if CLOCK.works(date.fromisoformat(day))] == []
    assert [day for day in worked.split() if not CLOCK.works(date.fromisoformat(day))] == []


@pytest.mark.parametrize(
    ("start", "amount", "due"),
    [
        ("2026-03-02 09:00", 2, "2026-03-04"),
        ("2026-03-06 23:59", 1, "2026-03-09"),
        ("2026-03-07 10:00", 1, "2026-03-09"),
        ("2026-09-30 10:00", 2, "2026-10-09"),
        ("2026-09-30 10:00", 3, "2026-10-10"),
        ("2026-09-30 10:00", 4, "2026-10-12"),
        ("2026-09-18 10:00", 1, "2026-09-20"),
        ("2026-02-13 10:00", 1, "2026-02-14"),
        ("2026-02-13 10:00", 2, "2026-02-24"),
        ("2020-01-23 10:00", 1, "2020-02-03"),
        ("2025-12-31 10:00", 1, "2026-01-04"),
        ("2018-12-31 10:00", 1, "2019-01-02"),
    ],
)
def test_working_days(start: str, amount: int, due: str) -> None:
    assert CLOCK.due(datetime.fromisoformat(start), amount, "working_day").isoformat() == f"{due}T23:59:59+08:00"


@pytest.mark.parametrize(
    ("amount", "unit", "due"),
    [(60, "minute", "2026-10-01T00:30:00+08:00"), (24, "hour", "2026-10-01T23:30:00+08:00"), (7, "day", "2026-10-07T23:30:00+08:00")],
)
def test_minutes_hours_and_days_run_on_over_midnight_and_holidays(amount: int, unit: str, due: str) -> None:
    assert CLOCK.due(datetime(2026, 9, 30, 23, 30), amount, unit).isoformat() == due


def test_the_day_of_receipt_is_the_citys() -> None:
    late = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    assert CLOCK.due(late, 60, "minute").isoformat() == "2026-03-03T01:30:00+08:00"
    assert CLOCK.due(late, 1, "working_day").isoformat() == "2026-03-04T23:59:59+08:00"
    assert Clock(DAYS, "Asia/Urumqi").due(late, 1, "working_day").isoformat() == "2026-03-03T23:59:59+06:00"


@given(COVERED, st.integers(1, 30))
def test_exactly_so_many_working_days_lie_between(start: datetime, amount: int) -> None:
    due = CLOCK.due(start, amount, "working_day")
    assert CLOCK.works(due.date())
    between = (due.date() - start.date()).days
    assert sum(CLOCK.works(start.date() + timedelta(days=number)) for number in range(1, between + 1)) == amount


@given(COVERED, st.integers(1, 29), st.sampled_from(UNITS))
def test_more_is_later(start: datetime, amount: int, unit: str) -> None:
    assert start.replace(tzinfo=CLOCK.due(start, 1, unit).tzinfo) < CLOCK.due(start, amount, unit) < CLOCK.due(start, amount + 1, unit)


@given(COVERED, COVERED, st.integers(1, 30), st.sampled_from(UNITS))
def test_who_comes_later_may_be_answered_later(one: datetime, other: datetime, amount: int, unit: str) -> None:
    assert CLOCK.due(min(one, other), amount, unit) <= CLOCK.due(max(one, other), amount, unit)


@pytest.mark.parametrize("year", [2018, 2027])
def test_a_year_without_calendar(year: int) -> None:
    with pytest.raises(CalendarError, match=f"{year} 年没有工作日历: 在 calendar.csv 补上") as caught:
        CLOCK.works(date(year, 6, 1))
    assert isinstance(caught.value, TriageError)
    assert caught.value.code == "no_calendar"


def test_working_days_do_not_cross_into_a_year_without_calendar() -> None:
    assert CLOCK.due(datetime(2026, 12, 30), 1, "working_day").isoformat() == "2026-12-31T23:59:59+08:00"
    with pytest.raises(CalendarError, match="2027"):
        CLOCK.due(datetime(2026, 12, 30), 2, "working_day")
    with pytest.raises(CalendarError, match="2018"):
        CLOCK.due(datetime(2018, 12, 28), 5, "working_day")
    assert CLOCK.due(datetime(2026, 12, 31, 23, 30), 60, "minute").isoformat() == "2027-01-01T00:30:00+08:00"


@pytest.mark.parametrize("unit", UNITS)
def test_beyond_the_last_day_there_is(unit: str) -> None:
    clock = Clock([SpecialDay(date(9999, 12, 31), "holiday", "", 2)], "Asia/Shanghai")
    with pytest.raises(CalendarError, match="9999"):
        clock.due(datetime(9999, 12, 31, 23, 59), 1, unit)
    with pytest.raises(CalendarError, match="9999"):
        clock.due(datetime(9999, 12, 31, 23, 59, tzinfo=UTC), 1, unit)


@pytest.mark.parametrize("name", ["", "Asia/Kaiping", "../etc/passwd", "Asia"])
def test_an_unknown_time_zone(name: str) -> None:
    with pytest.raises(UsageError, match=r"no time zone .* Asia/Shanghai.*tzdata") as caught:
        Clock(DAYS, name)
    assert caught.value.code == "no_such_timezone"


def test_the_limits_of_the_province_by_type() -> None:
    found = {type: [(each.stage, each.limit, each.note) for each in DEADLINES.of("public", type, "2026-03-02")] for type in TYPES}
    days = {"咨询": 2, "求助": 10, "建议": 10, "投诉": 15, "举报": 15}
    assert found == {type: [("答复", f"{days[type]}个工作日", "")] if type in days else [] for type in TYPES}


def test_a_company_has_the_limits_of_the_city_in_addition() -> None:
    due = {each.stage: (each.limit, each.due) for each in DEADLINES.of("company", "咨询", "2026/03/02 09:30")}
    assert due == {
        "答复": ("2个工作日", "2026-03-04T23:59:59+08:00"),
        "联系企业": ("60分钟", "2026-03-02T10:30:00+08:00"),
        "提出方案": ("24小时", "2026-03-03T09:30:00+08:00"),
        "办结": ("7天", "2026-03-09T09:30:00+08:00"),
    }
    for type in TYPES:
        assert set(codes("public", type)) < set(codes("company", type))


def test_an_unknown_item_or_type_has_what_holds_for_all() -> None:
    assert codes("", "咨询") == codes("public", "咨询")
    assert codes("public", "") == []
    assert codes("company", "") == ["JM_CONTACT", "JM_PLAN", "JM_CLOSE"]


def test_what_the_city_has_not_confirmed_says_so() -> None:
    unsure = {limit.code for limit in LIMITS if not limit.confirmed}
    assert unsure == {each.code for each in DEADLINES.of("company", "咨询", "") if each.basis.endswith(", 待市确认")}
    assert "JM_CLOSE" in unsure


@pytest.mark.parametrize(
    ("received_at", "note"), [("", "受理时间未知"), ("  ", "受理时间未知"), ("昨天", "受理时间无法识别"), ("2026-02-30", "无法识别")]
)
def test_an_unknown_time_of_receipt(received_at: str, note: str) -> None:
    found = DEADLINES.of("company", "投诉", received_at)
    assert [each.limit for each in found] == ["15个工作日", "60分钟", "24小时", "7天"]
    for each in found:
        assert each.due == ""
        assert note in each.note


def test_a_year_without_calendar_leaves_the_limits_that_need_none() -> None:
    answer, contact, plan, close = DEADLINES.of("company", "投诉", "2026-12-25 08:00")
    assert (answer.due, answer.note) == ("", "2027 年没有工作日历: 在 calendar.csv 补上当年放假与调休安排")
    assert [each.due[:16] for each in (contact, plan, close)] == ["2026-12-25T09:00", "2026-12-26T08:00", "2027-01-01T08:00"]
    assert not any(each.note for each in (contact, plan, close))


@given(st.sampled_from(["", *KINDS]), st.sampled_from(["", *TYPES]), st.text() | st.datetimes().map(str) | st.dates().map(str))
def test_never_raises_and_says_either_when_or_why_not(kind: str, type: str, received_at: str) -> None:
    for each in DEADLINES.of(kind, type, received_at):
        assert bool(each.due) != bool(each.note)
        if each.due:
            assert datetime.fromisoformat(each.due).tzinfo is not None


@pytest.mark.parametrize("received_at", ["0001-01-01T00:00:00+23:00", "0001-01-01", "9999-12-31T23:59:59-23:00", "9999-12-31T23:59:59"])
def test_the_ends_of_time(received_at: str) -> None:
    for each in DEADLINES.of("company", "咨询", received_at):
        assert bool(each.due) != bool(each.note)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02 08:05",
        "2026/03/02 08:05",
        "2026/3/2 8:05",
        "2026-3-2T8:5",
        "2026-03-02T08:05:00",
        "20260302T0805",
        "2026.3.2 8:05",
        "2026年3月2日 08:05",
        " 2026-03-02 08:05:00 ",
    ],
)
def test_ways_to_write_a_time(text: str) -> None:
    assert read_time(text) == datetime(2026, 3, 2, 8, 5)


def test_a_date_counts_from_its_first_moment_and_an_offset_is_kept() -> None:
    assert read_time("2026/3/2") == datetime(2026, 3, 2)
    assert read_time("2026-03-02 08:05:00.5+08:00") == datetime(2026, 3, 2, 0, 5, 0, 500000, tzinfo=UTC)
    assert read_time("2026/3/2 8:05:00.5") == datetime(2026, 3, 2, 8, 5, 0, 500000)
    assert read_time("2026-03-02T00:05Z") == datetime(2026, 3, 2, 0, 5, tzinfo=UTC)


@given(st.datetimes())
def test_reads_what_python_writes(when: datetime) -> None:
    assert read_time(when.isoformat()) == when
    assert read_time(str(when).replace("-", "/")) == when


def places(problems: Iterator[Problem]) -> list[tuple[str, int, str]]:
    found = list(problems)
    assert all(problem.message and problem.remedy for problem in found)
    return [(problem.file, problem.row, problem.column) for problem in found]


def test_a_limit_without_a_stage() -> None:
    good = Limit("A", "public", "", "答复", 2, "working_day", "", True, 2)
    assert list(check_limits([good])) == []
    assert places(check_limits([good._replace(stage="")])) == [("deadlines.csv", 2, "stage")]


def test_two_limits_for_the_same() -> None:
    one = Limit("A", "public", "咨询", "答复", 2, "working_day", "", True, 2)
    other, third = one._replace(code="B", amount=3, row=3), one._replace(code="C", type="", row=4)
    assert places(check_limits([one, other, third])) == [("deadlines.csv", 3, "stage")]
    assert "row 2" in str(next(check_limits([one, other])))


@pytest.mark.parametrize(
    ("day", "kind", "column"),
    [
        ("2026-10-03", "holiday", "kind"),
        ("2026-10-04", "holiday", "kind"),
        ("2026-10-12", "workday", "kind"),
    ],
)
def test_a_bad_special_day(day: str, kind: str, column: str) -> None:
    assert places(check_calendar([SpecialDay(date.fromisoformat(day), kind, "国庆节", 5)])) == [("calendar.csv", 5, column)]


def test_a_day_that_stands_twice() -> None:
    days = [
        SpecialDay(date(2026, 10, 1), "holiday", "", 2),
        SpecialDay(date(2026, 10, 2), "holiday", "", 3),
        SpecialDay(date(2026, 10, 1), "holiday", "", 4),
    ]
    assert places(check_calendar(iter(days))) == [("calendar.csv", 4, "date")]


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("2026年3月5日", datetime(2026, 3, 5)),
        ("2026年03月05日 9:30", datetime(2026, 3, 5, 9, 30)),
        ("2026年3月5日 9时30分", datetime(2026, 3, 5, 9, 30)),
        ("2026年3月5日9点", datetime(2026, 3, 5, 9)),
        ("46086", datetime(2026, 3, 5)),
        ("46086.5", datetime(2026, 3, 5, 12)),
        ("05/03/2026", None),
        ("2026年13月5日", None),
        ("昨天", None),
        ("13800", None),
    ],
)
def test_dates_as_offices_write_them(told: str, read: datetime | None) -> None:
    assert read_time(told) == read


def test_the_same_moment_has_the_same_deadlines_however_it_is_told() -> None:
    here, there = (DEADLINES.of("public", "投诉", time) for time in ("2026-03-02T09:00+08:00", "2026-03-02T01:00+00:00"))
    assert here == there == DEADLINES.of("public", "投诉", "2026-03-02 09:00")
    assert here != DEADLINES.of("public", "投诉", "2026-03-03 09:00")
