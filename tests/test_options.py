from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from triage.errors import UsageError
from triage.options import count, day, pairs, share

CITY, FAR = "Asia/Shanghai", ("Pacific/Kiritimati", "Pacific/Pago_Pago")


@pytest.mark.parametrize("text", ["2026-07-01", "2026/7/1", "2026年7月1日", "2026-07-01T10:00", "2026-06-30T20:00+00:00"])
def test_a_day(text: str) -> None:
    assert day("--as-of", text, CITY) == date(2026, 7, 1)


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "1.7.2026", "2026年13月1日"])
def test_no_day(text: str) -> None:
    with pytest.raises(UsageError, match=f"--as-of '{text}' is not a date. Write it as 2026-07-01"):
        day("--as-of", text, CITY)


def test_a_day_outside_of_the_calendar() -> None:
    with pytest.raises(UsageError, match="outside of the calendar"):
        day("--as-of", "0001-01-01T00:00+14:00", CITY)


def test_none_is_today_in_the_city() -> None:
    """25 hours apart, so never the same day."""
    ahead, behind = (day("--now", "", zone) for zone in FAR)
    assert ahead > behind
    assert ahead in (datetime.now(ZoneInfo(FAR[0])).date(), date.fromordinal(datetime.now(ZoneInfo(FAR[0])).toordinal() - 1))


def test_a_name_stands_once() -> None:
    assert pairs("--answer", ["noise=a", "place=b"], "issue=code") == {"noise": "a", "place": "b"}
    with pytest.raises(UsageError, match="--answer 'noise=b': noise stands twice"):
        pairs("--answer", ["noise=a", "noise=b"], "issue=code")


def test_numbers() -> None:
    assert share("--max-error")("0.03") == share("--max-error")(0.03) == 0.03
    assert count("--least", 1)("30") == count("--least", 1)(30) == 30


@pytest.mark.parametrize("text", ["abc", "3%", "", "0,03"])
def test_no_number(text: str) -> None:
    with pytest.raises(UsageError, match=f"--max-error '{text}' is not a number. Write 3 % as 0.03"):
        share("--max-error")(text)


@pytest.mark.parametrize("text", ["abc", "-5", "0", "", "3.5", "--3", "²"])
def test_no_count(text: str) -> None:
    with pytest.raises(UsageError, match=f"--least '{text}' is not a whole number from 1 on. Write it as 30"):
        count("--least", 1)(text)
