from datetime import date

from service.analysis import periods
from service.analysis.axis import Stretch, axis
from service.analysis.question import Filter, Question
from tests.snapshots import opened, row

ROWS = [row(1, "2025-11-03T09:00"), row(2, "2026-01-05T09:00"), row(3, "2026-03-02T09:00")]


def asked(*by: str, since: date | None = None, until: date | None = None, compare: str = "") -> tuple[Stretch, ...]:
    connection = opened(ROWS)
    return axis(connection, periods.compare(connection, Question(Filter(since, until), by, compare=compare)))


def test_all_stretches_that_the_snapshot_reaches_with_what_it_holds() -> None:
    told = [(each.key, each.held) for each in asked("town", "month")]
    assert told == [("2025-11", True), ("2025-12", False), ("2026-01", True), ("2026-02", False), ("2026-03", True)]
    assert [each.key for each in asked("month", since=date(2020, 1, 1), until=date(2025, 12, 31))] == ["2025-11", "2025-12"]
    assert asked("town") == ()


def test_what_it_is_compared_with_is_held_or_not_stretch_by_stretch() -> None:
    told = asked("month", since=date(2026, 1, 1), until=date(2026, 2, 28), compare="previous")
    assert [(each.key, each.before) for each in told] == [("2026-01", True), ("2026-02", False)]
