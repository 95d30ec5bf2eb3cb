from datetime import date

import pytest

from triage.errors import UsageError
from triage.options import day


@pytest.mark.parametrize("text", ["2026-07-01", "2026/7/1", "2026-07-01T10:00"])
def test_a_day(text: str) -> None:
    assert day("--as-of", text) == date(2026, 7, 1)


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "1.7.2026", "2026年7月1日"])
def test_no_day(text: str) -> None:
    with pytest.raises(UsageError, match=f"--as-of '{text}' is not a date. Write it as 2026-07-01"):
        day("--as-of", text)


def test_none_is_today() -> None:
    assert day("--now", "") in (date.today(), date.today())
