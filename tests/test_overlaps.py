from collections.abc import Mapping
from datetime import date

import numpy as np
import pytest

from triage.overlaps import Overlaps, Settled
from triage.profile import Profile
from triage.records import Place, Question

DAY = date(2026, 11, 1)
# Noise of works, of building sites, of neighbours; and a matter beside it.
ITEMS = ("080301", "080302", "080304", "010101")
UNITS = ("STJ", "ZJ", "GA", "RS", "CG", "JT", "JJ", "ZJX")
TRUST = 0.5


@pytest.fixture(scope="module")
def overlaps(kaiping: Profile) -> Overlaps:
    return Overlaps(kaiping, ITEMS, UNITS, TRUST)


def settle(overlaps: Overlaps, text: str, answers: Mapping[str, str] | None = None) -> list[Settled]:
    return overlaps.settle(overlaps.clues([text]), [answers or {}], [DAY]).get(0, [])


def question(overlaps: Overlaps, items: np.ndarray, units: np.ndarray | None = None, settled: list[Settled] | None = None) -> Question | None:
    known = units if units is not None else np.full((1, len(UNITS)), 1 / 8, np.float32)
    return overlaps.questions(items, known, [""], {0: settled or []}, [Place()], [DAY]).get(0)


def even() -> np.ndarray:
    return np.array([[0.3, 0.3, 0.3, 0.1]], np.float32)


def test_the_text_may_settle_it(overlaps: Overlaps) -> None:
    (found,) = settle(overlaps, "工地夜间施工噪音大到睡不着")
    assert (found.row.code, found.answered) == ("noise.site", False)
    assert found.words


def test_a_text_that_speaks_for_two_answers_settles_nothing(overlaps: Overlaps) -> None:
    assert settle(overlaps, "工厂噪音大,旁边工地施工噪音也大") == []


def test_the_callers_word_beats_the_text(overlaps: Overlaps) -> None:
    (found,) = settle(overlaps, "工地夜间施工噪音大", {"noise": "noise.factory"})
    assert (found.row.code, found.answered) == ("noise.factory", True)


def test_a_clue_moves_the_issues_share_by_its_trust(overlaps: Overlaps) -> None:
    settled = {0: settle(overlaps, "工地夜间施工噪音大")}
    items = overlaps.move_items(even(), settled)
    np.testing.assert_allclose(items, [[0.15, 0.6, 0.15, 0.1]], atol=1e-3)
    units = overlaps.move_units(np.full((1, len(UNITS)), 1 / 8, np.float32), items, settled, [Place()], [DAY])
    share = TRUST * 0.9
    assert units[0, 1] == pytest.approx(1 / 8 * (1 - share) + share, abs=1e-3)
    assert units.sum() == pytest.approx(1, abs=1e-5)


def test_an_answer_decides(overlaps: Overlaps) -> None:
    settled = {0: settle(overlaps, "好嘈", {"noise": "noise.factory"})}
    items = overlaps.move_items(even(), settled)
    assert items[0, 0] > 0.98
    assert overlaps.move_units(np.full((1, len(UNITS)), 1 / 8, np.float32), items, settled, [Place()], [DAY])[0, 0] > 0.98


def test_an_answer_to_what_was_never_open_is_dropped(overlaps: Overlaps) -> None:
    answered, spoken = settle(overlaps, "好嘈", {"noise": "noise.factory"}), settle(overlaps, "工地夜间施工噪音大")
    elsewhere = np.array([[0.002, 0.002, 0.002, 0.994]], np.float32)
    assert overlaps.concerning(even(), {0: answered}) == {0: answered}
    assert overlaps.concerning(elsewhere, {0: answered}) == {}
    assert overlaps.concerning(elsewhere, {0: spoken}) == {0: spoken}


def test_what_is_given_is_not_changed(overlaps: Overlaps) -> None:
    items = even()
    overlaps.move_items(items, {0: settle(overlaps, "好嘈", {"noise": "noise.factory"})})
    np.testing.assert_array_equal(items, even())


def test_an_open_fact_is_asked_for(overlaps: Overlaps) -> None:
    asked = question(overlaps, even())
    assert asked is not None
    assert asked.issue == "noise"
    assert {option.code: option.unit for option in asked.options}["noise.site"] == "ZJ"
    assert asked.text.endswith("?")


@pytest.mark.parametrize(
    ("items", "first"),
    [
        ([0.1, 0.1, 0.1, 0.7], 0.3),  # another matter is likelier
        ([0.93, 0.01, 0.01, 0.05], 0.3),  # the answers that are likely have one lead
        ([0.3, 0.3, 0.3, 0.1], 0.98),  # the lead is sure all the same
    ],
)
def test_nothing_is_asked_without_need(overlaps: Overlaps, items: list[float], first: float) -> None:
    units = np.full(len(UNITS), (1 - first) / 7, np.float32)
    units[0] = first
    assert question(overlaps, np.array([items], np.float32), units[None, :]) is None


def test_what_is_settled_is_not_asked(overlaps: Overlaps) -> None:
    settled = settle(overlaps, "工地夜间施工噪音大")
    assert question(overlaps, even(), settled=settled) is None


def test_a_park_acts_for_the_town_unit(overlaps: Overlaps) -> None:
    asked = overlaps.rivals(["070502"], Place("440783400", "翠山湖新区", "park"), DAY)
    assert "CSH" in asked
    assert "ZJX" not in asked


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({}, None),
        ({"noise": "noise.site"}, None),
        ({"noise": "dog.owner"}, "unknown_answer"),
        ({"火星": "x"}, "unknown_question"),
        ({"place": "火星"}, "unknown_answer"),
    ],
)
def test_answers_are_checked(overlaps: Overlaps, answers: dict[str, str], code: str | None) -> None:
    error = overlaps.refuse(answers)
    assert (error.code if error else None) == code


def test_a_profile_without_disputed_duties(kaiping: Profile) -> None:
    empty = Overlaps(None, ITEMS, UNITS, TRUST)
    assert empty.clues(["工地夜间施工噪音大"]) == {}
    assert question(empty, even()) is None
