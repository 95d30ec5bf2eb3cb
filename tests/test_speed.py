from datetime import date

import pytest

from service.analysis.question import Filter
from service.analysis.speed import Verdict, months, period, speeds, verdict
from tests.snapshots import opened, row

ROWS = [
    row(1, sent=[("U", 2)], final="U", how="auto"),
    row(2, sent=[("U", 4), ("V", 100)], back=[("U", "属地不符")], final="V"),
    row(3, sent=[("U", 6)]),
    row(4, "2026-04-02T09:00", sent=[("U", 8)], how="auto", first_s=None),
    row(5),
]


def test_both_times_by_hand() -> None:
    whole, auto, accepted, chosen, overridden = speeds(opened(ROWS), Filter())
    # First: 2, 4, 6 minutes. To the final unit: 2 and 100 minutes; the fast wrong dispatch counts in full.
    assert (whole.sent, whole.untimed, whole.first_median, whole.final, whole.final_median, whole.refused) == (4, 1, 240, 2, 51 * 60, 1)
    assert whole.first_p90 == pytest.approx(240 + 0.8 * 120)
    assert (auto.how, auto.sent, auto.untimed, auto.first_median) == ("auto", 2, 1, 120)
    assert (accepted.sent, accepted.first_median, accepted.final_median) == (2, 300, 6000)
    assert (chosen.sent, chosen.first_median, overridden.final_median) == (0, None, None)


def test_filters_and_months() -> None:
    connection = opened(ROWS)
    assert [(each.how, each.sent, each.first_median) for each in months(connection, Filter())] == [("2026-03", 3, 240), ("2026-04", 1, None)]
    assert speeds(connection, Filter(since=date(2026, 4, 1)))[0].sent == 1
    assert speeds(opened([]), Filter())[0][1:] == (0, 0, None, None, 0, None, None, 0)


@pytest.mark.parametrize(
    ("median", "baseline", "target", "found"),
    [
        (80, 100, 0, Verdict(pytest.approx(0.2), True, None)),
        (81, 100, 1, Verdict(pytest.approx(0.19), False, False)),
        (60, None, 1, Verdict(None, None, True)),
        (None, 100, 1, Verdict(None, None, None)),
        (120, 100, 0, Verdict(pytest.approx(-0.2), False, None)),
    ],
)
def test_what_a_director_asks(median: float | None, baseline: float | None, target: float, found: Verdict) -> None:
    assert verdict(median, baseline, 0.2, target) == found


def test_a_period_is_two_days() -> None:
    assert period("2025-01-01/2025-12-31") == (date(2025, 1, 1), date(2025, 12, 31))
    assert [period(text) for text in ("", "2025", "2025-12-31/2025-01-01", "a/b")] == [None] * 4
