from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis import facts
from service.analysis.facts import City, unit
from service.moments import registered_at
from triage.profile import Profile
from triage.succession import Period

ZONE = ZoneInfo("Asia/Shanghai")
MADE = datetime(2026, 11, 26, 2, 30)  # 10:30 in the city


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("", (MADE, True)),
        ("2026-11-26T10:20", (datetime(2026, 11, 26, 2, 20), True)),
        ("2026-11-26T02:20:00+00:00", (datetime(2026, 11, 26, 2, 20), True)),
        ("2026-11-26", (MADE, True)),  # the day of entry, with its time
        ("2026-11-25", (datetime(2026, 11, 24, 16), False)),  # another day: its first moment, inexactly
        ("2026-11-26T10:31", (MADE, False)),  # after its own entry: two clocks disagree
        ("昨天上午", (MADE, False)),
        ("0001-01-01T00:00:00+14:00", (MADE, False)),
    ],
)
def test_when_a_request_was_registered(told: str, found: tuple[datetime, bool]) -> None:
    assert registered_at(told, MADE, ZONE) == found


@given(st.datetimes(datetime(2000, 1, 1), datetime(2026, 11, 26)), st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns"]))
def test_a_time_with_an_offset_means_the_same_in_every_zone(moment: datetime, zone: str) -> None:
    made = datetime(2026, 11, 27)
    assert registered_at(moment.replace(tzinfo=UTC).isoformat(), made, ZoneInfo(zone)) == (moment, True)


def test_a_change_of_clocks_moves_no_duration() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = [registered_at(told, datetime(2026, 10, 26), berlin)[0] for told in ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00")]
    assert night[1] - night[0] == timedelta(hours=1)


def test_a_unit_that_acts_for_a_town_is_told_with_it() -> None:
    assert [unit("ZJX", "440783117"), unit("GA", ""), unit("", "440783117")] == ["ZJX@440783117", "GA", ""]


def test_an_item_of_another_day_is_read_by_todays_tables(kaiping: Profile) -> None:
    city = City(kaiping, ZONE, date(2026, 11, 26))
    leaf = kaiping.leaves()[0]
    assert city.path_now(leaf) == kaiping.path(leaf)
    assert city.path_now("no-such") == city.path_now("") == ()
    assert facts.city(None, date(2026, 11, 26)).path_now(leaf) == ()


def test_after_a_split_within_a_group_the_group_is_still_known(kaiping: Profile) -> None:
    today = date(2026, 11, 26)
    leaf, twin, away = (kaiping.items[code] for code in ("070301", "070302", "080104"))
    ended = Period(date.min, date(2026, 6, 30))
    for heirs, above in (((twin.code, leaf.code), ("07", "0703")), ((twin.code, away.code), ()), ((), ())):
        old = leaf._replace(code="old", period=ended, successors=heirs)
        city = facts.city(replace(kaiping, items={**kaiping.items, "old": old}), today)
        assert (city.path_now("old"), city.above_now("old")) == ((), above)
    assert facts.city(kaiping, today).above_now("070301") == kaiping.path("070301")
    assert facts.city(None, today).above_now("070301") == ()
