from datetime import date

import pytest

from triage.lineage_check import backwards, cyclic, lineage, together, within
from triage.profile import Unit
from triage.succession import Period

ENDED = Period(date.min, date(2026, 6, 30))
BEGUN = Period(date(2026, 7, 1), date.max)
ALWAYS = Period(date.min, date.max)


def unit(code: str, period: Period, *successors: str) -> Unit:
    return Unit(code, code, code, (), "", (), (), "yes", period, successors, True, 2)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([unit("A", ENDED, "B"), unit("B", BEGUN)], []),
        ([unit("A", ENDED, "B")], ["no 'B' in this table"]),
        ([unit("A", ALWAYS, "B"), unit("B", ALWAYS)], ["A has a successor but no end"]),
        ([unit("A", ENDED, "B"), unit("B", ENDED, "A")], ["A succeeds itself", "B succeeds itself"]),
        ([unit("A", Period(date(2026, 7, 1), date(2026, 6, 30)))], ["lies before valid_from"]),
    ],
)
def test_what_is_wrong_with_successors(table: list[Unit], words: list[str]) -> None:
    assert [problem.message for problem in lineage("units.csv", {each.code: each for each in table})] == words


def test_circles() -> None:
    edges = {"A": ("B",), "B": ("C", "A"), "C": ("D",)}
    assert [cyclic(code, edges) for code in "ABCD"] == [True, True, False, False]


def test_periods() -> None:
    assert within(ENDED, ALWAYS)
    assert not within(ALWAYS, ENDED)
    assert together(ALWAYS, BEGUN)
    assert not together(ENDED, BEGUN)
    assert list(backwards("units.csv", 2, ENDED)) == []
