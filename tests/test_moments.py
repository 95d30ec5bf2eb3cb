from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from service.moments import in_utc, is_day, registered_at

CITY, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("told", "zone", "found"),
    [
        ("2026-11-26 18:00", CITY, datetime(2026, 11, 26, 10)),
        ("2026-11-26T18:00+00:00", CITY, datetime(2026, 11, 26, 18)),
        ("1988-07-01 12:00", CITY, datetime(1988, 7, 1, 3)),  # the city had summer time in 1986 to 1991
        ("2026-10-25 02:30", BERLIN, datetime(2026, 10, 25, 0, 30)),  # twice that night: the first
        ("2026-03-29 02:30", BERLIN, datetime(2026, 3, 29, 1, 30)),  # never that night
        ("昨天", CITY, None),
        ("0001-01-01", CITY, None),
    ],
)
def test_a_time_is_kept_in_utc(told: str, zone: ZoneInfo, found: datetime | None) -> None:
    assert in_utc(told, zone) == found


def test_a_day_alone_is_not_exact_unless_it_is_today() -> None:
    made = datetime(2026, 11, 26, 10)
    assert registered_at("2026-11-26", made, CITY) == (made, True)
    assert registered_at("2026-11-25", made, CITY) == (datetime(2026, 11, 24, 16), False)
    assert registered_at("2026-11-27 09:00", made, CITY) == (made, False)
    assert registered_at("2099-01-01", made, CITY) == (made, False)
    assert registered_at("2026年11月25日", made, CITY) == (datetime(2026, 11, 24, 16), False)
    assert registered_at("2026-11-26 00:00", made, CITY) == (datetime(2026, 11, 25, 16), True)


@pytest.mark.parametrize("told", ["2026-11-26", "2026/1/6", "2026年11月26日", "20261126", "46000"])
def test_a_day_alone_is_known_in_every_form(told: str) -> None:
    assert is_day(told)


@pytest.mark.parametrize("told", ["2026-11-26 00:00", "2026-11-26T00:00:00", "2026年11月26日 0时", "2026-11-26 00", "46000.5", "昨天", ""])
def test_a_time_of_day_is_more_than_a_day(told: str) -> None:
    assert not is_day(told)


@pytest.mark.parametrize("told", ["0001-01-02", "0001-03-02T09:00", "1899-12-31", "0001-01-01T00:00+08:00"])
def test_a_year_far_back_is_no_time_of_registration(told: str) -> None:
    made = datetime(2026, 11, 26, 10)
    assert registered_at(told, made, CITY) == (made, False)
    assert registered_at("1900-01-02", made, CITY)[0].year == 1900
