from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from service.moments import in_utc, registered_at

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
