from pathlib import Path

import pytest

from tests.test_reorganisation import REQUESTS, changed  # noqa: F401
from triage import Engine, Request
from triage.errors import RequestError
from triage.reclassify import Again, Label, Stored, label_of, per_label, reclassify, same_unit
from triage.reclassify_words import report

AFTER = "2027-01-01"


@pytest.fixture(scope="module")
def after(changed: Path) -> Engine:  # noqa: F811
    """The shipped model with the tables of the reorganisation."""
    return Engine.load(changed)


def history(engine: Engine, confirmed: set[int]) -> list[Stored]:
    """Requests with the labels that the engine gave them before; one of them cannot be read."""
    texts = [text for text, *_ in REQUESTS]
    answers = engine.suggest_many([Request(text, received_at="2026-11-01") for text in texts])
    labels = [label_of(each) for each in answers if not isinstance(each, RequestError)]
    rows = [Stored(Request(text, id=f"r{key}"), label, key in confirmed, key) for key, (text, label) in enumerate(zip(texts, labels, strict=True))]
    return [*rows, Stored(Request(""), Label("JT", "010101"), False, 99)]


def test_the_matrix_is_that_of_the_reorganisation(engine: Engine, after: Engine) -> None:
    rows = history(engine, {0})
    told: list[Again] = []
    outcome = reclassify(after, rows, AFTER, told.append)
    assert (outcome.rows, outcome.unreadable, outcome.confirmed) == (len(rows), 1, 1)
    assert [each.stored for each in told] == rows
    moved = {pair: count for pair, count in outcome.units.items() if pair[0] != pair[1]}
    expected: dict[tuple[str, str], int] = {}
    for stored, (_, old, new) in zip(rows[1:], REQUESTS[1:], strict=False):
        if stored.label.unit == old != new:
            expected[old, new] = expected.get((old, new), 0) + 1
    assert expected
    assert {pair: count for pair, count in moved.items() if pair in expected} == expected
    assert outcome.kept == {("JT", "JG"): 1}
    assert sum(outcome.units.values()) == len(rows) - 2
    assert outcome.changed >= sum(expected.values())


def test_protection_can_be_lifted(engine: Engine, after: Engine) -> None:
    rows = history(engine, {0})
    with_all = reclassify(after, rows, AFTER, bool, protect=False)
    assert not with_all.kept
    assert with_all.units["JT", "JG"] == reclassify(after, rows, AFTER, bool).units["JT", "JG"] + 1


def test_the_same_engine_changes_nothing(engine: Engine) -> None:
    outcome = reclassify(engine, history(engine, set()), "2026-11-01", bool)
    assert (outcome.changed, outcome.samples) == (0, {})
    assert all(old == new for old, new in [*outcome.units, *outcome.items])


def test_samples_have_reasons_and_are_masked(engine: Engine, after: Engine) -> None:
    text = "坐公交车从三埠去水口, 司机到站不停, 还骂人, 我的电话13800001234"
    rows = [Stored(Request(text, id=str(key)), Label("JT", "")) for key in range(5)]
    outcome = reclassify(after, rows, AFTER, bool, samples=2)
    (samples,) = outcome.samples.values()
    assert [each.id for each in samples] == ["0", "1"]
    assert all(each.reasons and "13800001234" not in f"{each.excerpt}{each.reasons}" for each in samples)
    words = report(outcome, after.versions, after.profile)
    assert "13800001234" not in words
    assert "重新分类: 共 5 件, 变化 5 件 (100.0%)" in words
    assert "[JT] → 开平市交通公路局 [JG]" in words
    assert after.versions.model in words and "事项分类 v1" in words


def test_what_the_new_tables_do_not_know_of_the_past_is_left_out(engine: Engine) -> None:
    row = Stored(Request("水口镇路灯坏了半个月", answers={"gone": "gone.x"}), Label(None, None))
    outcome = reclassify(engine, [row], AFTER, bool)
    assert (outcome.unreadable, outcome.changed) == (0, 0)


@pytest.mark.parametrize(
    ("old", "new", "same"), [("A", "A", True), ("A", "A@1", True), ("A@1", "A@2", False), ("A@1", "A", False), ("", "A", False), (None, "A", True)]
)
def test_a_unit_without_a_town_is_any_towns(old: str | None, new: str, same: bool) -> None:
    assert same_unit(old, new) is same


def test_changes_per_label() -> None:
    counts = per_label({("A", "A"): 5, ("A", "B"): 2, ("C", "B"): 1, ("", "A"): 1})
    assert counts == {"A": (7, 6, 2, 1), "B": (0, 3, 0, 3), "": (1, 0, 1, 0), "C": (1, 0, 1, 0)}
    assert list(counts) == ["A", "B", "", "C"]
