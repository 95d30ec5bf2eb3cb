from datetime import date
from typing import NamedTuple

import pytest

from triage.succession import Period, heirs, relatives

OLD, CHANGE, NEW = date(2025, 1, 1), date(2026, 7, 1), date(2027, 1, 1)
ENDED = Period(date.min, date(2026, 6, 30))
BEGUN = Period(CHANGE, date.max)
ALWAYS = Period(date.min, date.max)


class Each(NamedTuple):
    period: Period
    successors: tuple[str, ...] = ()


TABLE = {
    "A": Each(ENDED, ("AB",)),
    "B": Each(ENDED, ("AB",)),
    "AB": Each(BEGUN),
    "S": Each(ENDED, ("S1", "S2")),
    "S1": Each(BEGUN),
    "S2": Each(BEGUN),
    "X": Each(ENDED),
    "K": Each(ALWAYS),
    "L": Each(Period(date.min, date(2024, 12, 31)), ("A",)),
    "G": Each(ENDED, ("LATE",)),
    "LATE": Each(Period(date(2028, 1, 1), date.max)),
}


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("K", NEW, ("K",)),
        ("A", OLD, ("A",)),
        ("A", NEW, ("AB",)),
        ("S", NEW, ("S1", "S2")),
        ("L", NEW, ("AB",)),  # through A, which ended as well
        ("L", OLD, ("A",)),
        ("X", NEW, ()),  # nobody took over
        ("G", NEW, ()),  # the successor is not there yet
        ("AB", OLD, ("A", "B")),  # before it began: what it came from
        ("S1", OLD, ("S",)),
        ("?", NEW, ()),
    ],
)
def test_who_stands_for_whom(code: str, day: date, expected: tuple[str, ...]) -> None:
    assert heirs(TABLE, code, day) == expected


def test_heirs_exist_on_the_day() -> None:
    for code in TABLE:
        for day in (OLD, CHANGE, NEW, date(2028, 6, 1)):
            assert all(day in TABLE[heir].period for heir in heirs(TABLE, code, day))


def test_relatives_are_all_that_it_became_and_came_from() -> None:
    assert relatives(TABLE, ["A"]) == {"A", "AB", "L"}
    assert relatives(TABLE, ["S1", "K"]) == {"S1", "S", "K"}
    assert relatives(TABLE, []) == set()


@pytest.mark.parametrize("circle", [{"P": ("Q",), "Q": ("P",)}, {"P": ("P",)}, {"P": ("Q",), "Q": ("R",), "R": ("P", "Q")}])
def test_nobody_stands_for_a_circle(circle: dict[str, tuple[str, ...]]) -> None:
    table = {code: Each(ENDED, successors) for code, successors in circle.items()}
    assert heirs(table, "P", NEW) == ()
    begun = {code: Each(BEGUN, successors) for code, successors in circle.items()}
    assert heirs(begun, "P", OLD) == ()


def test_an_heir_beside_a_circle_is_found() -> None:
    table = {"P": Each(ENDED, ("Q",)), "Q": Each(ENDED, ("P", "K")), "K": Each(ALWAYS)}
    assert heirs(table, "P", NEW) == ("K",)
