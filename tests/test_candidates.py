"""What comes back, from many, unresolved; and what does not."""

from datetime import date, timedelta
from typing import Any

from service.analysis.candidates import Candidate, candidates
from tests.snapshots import opened, row
from tests.test_topics import OTHERS, WATER

UNTIL = date(2026, 5, 31)


def told(days: int, callers: int = 12, resolved: str = "未解决") -> list[Candidate]:
    """Twelve requests about the water over so many days, in a city with other ones."""
    rows: list[dict[str, Any]] = [
        row(number, "2026-04-04T09:00", text=OTHERS[number % 12] + f"{number * 7919}", caller=f"u{number}") for number in range(36)
    ]
    for number in range(12):
        day = UNTIL - timedelta(days=days * number // 12)
        rows.append(row(100 + number, f"{day}T09:00", text=WATER[number % 3], caller=f"c{number % callers}", item="140102", resolved=resolved))
    connection = opened(rows)
    found = [each for each in candidates(connection, UNTIL) if each.topic.item == "140102"]
    connection.close()
    return found


def test_what_comes_back_unresolved_is_a_candidate() -> None:
    (found,) = told(80)
    assert (found.topic.n, found.topic.people, found.known, found.unresolved, found.weeks >= 10) == (12, 12, 12, 12, True)


def test_of_which_nothing_is_known_yet_is_one_too() -> None:
    (found,) = told(80, resolved="")
    assert (found.known, found.unresolved) == (0, 0)


def test_what_was_resolved_or_told_in_one_week_or_by_few_is_none() -> None:
    assert told(80, resolved="解决") == [] and told(5) == [] and told(80, callers=9) == []
