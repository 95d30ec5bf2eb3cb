from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.calibrate import Routed, Scale, pool, scale, thresholds
from training.clean import Corpus
from training.fit import Held
from training.split import Split
from triage.classify import likely
from triage.profile import Profile

WANTED = {"precision": 0.97, "confidence": 0.95, "suggest": 0.3, "level": 0.6, "alert": 0.2, "calm": 0.02}
TODAY = date(2026, 6, 1)
LABELS = ("a", "b", "c")
PLAIN = Scale(np.ones(2, np.float32), np.zeros(2, np.float32), 1.0, 0.0)
STEEP = Scale(np.full(2, 6.0, np.float32), np.full(2, -3.0, np.float32), 1.0, 0.0)


def drawn(chances: npt.NDArray[np.float32], random: np.random.Generator) -> list[str]:
    """A label per row, drawn with its probability."""
    return [LABELS[int(column)] for column in (chances.cumsum(axis=1) < random.random((len(chances), 1))).sum(axis=1).clip(max=2)]


def held(scores: object, labels: tuple[str, ...]) -> Held:
    array = np.asarray(scores, dtype=np.float32)
    return Held(labels, np.arange(len(array)), array, np.zeros_like(array))


def corpus(n: int, callers: list[str] | None = None, towns: list[str] | None = None, **labels: list[str]) -> Corpus:
    return Corpus([""] * n, [""] * n, towns or [""] * n, callers or [""] * n, [None] * n, np.ones(n, np.float32), labels, np.arange(n), {})


def routed(p: list[float], right: Sequence[bool | None]) -> Routed:
    """Rows whose first unit is A with probability ``p``; None: the row carries no unit."""
    weights = np.array([[each, 1 - each] for each in p], dtype=np.float32)
    return Routed(np.arange(len(p)), ("A", "B"), weights, tuple("" if each is None else "A" if each else "B" for each in right))


def halves(n: int) -> list[Split]:
    """Every second row held out, then the others."""
    even, odd = np.arange(0, n, 2), np.arange(1, n, 2)
    return [(even, odd), (odd, even)]


def auto(found: Routed | None) -> float:
    return thresholds(found, None, WANTED)["auto"]


def test_what_is_called_a_probability_comes_true_that_often() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(8000, 3)).astype(np.float32)
    truth = drawn(likely(scores * np.array([1.0, 2.0, 4.0], np.float32) - 1.0, [], (1.0,)), random)
    found = scale(held(scores, LABELS), truth, shrink=1.0)(held(scores, LABELS))
    right = np.array([LABELS[column] == label for column, label in zip(found.argmax(axis=1), truth, strict=True)])
    sure = found.max(axis=1)
    assert found.max() > 0.9
    for low, high in ((0.4, 0.6), (0.6, 0.8), (0.8, 1.0)):
        some = (sure >= low) & (sure < high)
        assert right[some].mean() == pytest.approx(sure[some].mean(), abs=0.05)


@given(st.integers(0, 1000), st.floats(0, 10))
@settings(max_examples=15)
def test_probabilities_sum_to_one_and_keep_the_order_of_a_label(seed: int, shrink: float) -> None:
    random = np.random.default_rng(seed)
    scores = random.normal(size=(60, 3)).astype(np.float32)
    found = scale(held(scores, LABELS), drawn(likely(scores, [], (1.0,)), random), shrink)
    assert found(held(scores, LABELS)).sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (found.slopes > 0).all()


def test_a_strong_pull_gives_every_label_the_common_line() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(300, 3)).astype(np.float32)
    found = scale(held(scores, LABELS), drawn(likely(scores * 3, [], (1.0,)), random), shrink=1e9)
    assert np.ptp(found.slopes) == pytest.approx(0, abs=1e-3)
    assert np.ptp(found.offsets) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(("rows", "labels"), [(29, ("a", "b")), (40, ("a",))])
def test_too_few_rows_or_labels_get_the_usual_scale(rows: int, labels: tuple[str, ...]) -> None:
    found = scale(held(np.zeros((rows, len(labels))), labels), ["a"] * rows, shrink=1.0)
    assert (found.slopes.tolist(), found.offsets.tolist(), found.power) == ([8.0] * len(labels), [2.0] * len(labels), 1.0)


def test_rows_without_a_known_label_do_not_sway_the_scale() -> None:
    random = np.random.default_rng(1)
    scores = random.normal(size=(80, 3)).astype(np.float32)
    truth = drawn(likely(scores, [], (1.0,)), random)
    alone = scale(held(scores[:60], LABELS), truth[:60], 1.0)
    more = scale(held(scores, LABELS), truth[:60] + ["", "d"] * 10, 1.0)
    assert (more.slopes == alone.slopes).all() and (more.offsets == alone.offsets).all() and more.power == alone.power


def test_automatic_dispatch_needs_as_many_right_rows_as_the_proof_takes() -> None:
    # Half of the 5 % begins at the first line with enough rows: 0.97^122 is the first power below 2.5 %.
    assert auto(routed([0.9] * 121, [True] * 121)) == 2.0
    assert 0.88 < auto(routed([0.9] * 122, [True] * 122)) <= 0.9


def test_the_threshold_stops_where_errors_begin() -> None:
    p = [0.9] * 200 + np.linspace(0.6, 0.55, 50).tolist()
    assert 0.6 < auto(routed(p, [True] * 200 + [False] * 50)) <= 0.9
    assert 0.5 < auto(routed(p, [True] * 250)) <= 0.55
    assert auto(routed(p, [False] * 250)) == 2.0
    assert auto(None) == 2.0


def test_rows_of_one_probability_are_taken_together_or_not_at_all() -> None:
    assert auto(routed([0.9] * 200, [True] * 150 + [False] * 50)) == 2.0


def test_rows_without_a_unit_say_nothing_about_automatic_dispatch() -> None:
    assert auto(routed([0.95] * 30 + [0.9] * 121, [None] * 30 + [True] * 121)) == 2.0
    assert 0.88 < auto(routed([0.95] * 30 + [0.9] * 122, [None] * 30 + [True] * 122)) <= 0.9


def test_urgency_is_called_where_f1_is_best() -> None:
    scores = [[-2.0, 2.0]] * 40 + [[2.0, -2.0]] * 160
    truth = ["紧急"] * 40 + ["一般"] * 160
    found = thresholds(None, (held(scores, ("一般", "紧急")), PLAIN, truth), WANTED)
    calm, alarmed = (PLAIN(held([row], ("一般", "紧急")))[0, 1] for row in ([2.0, -2.0], [-2.0, 2.0]))
    assert calm < found["urgent"] <= alarmed
    assert (found["suggest"], found["level"]) == (0.3, 0.6)


@pytest.mark.parametrize("truth", [["紧急"] * 5 + ["一般"] * 195, ["一般"] * 200])
def test_too_few_urgent_rows_leave_the_middle(truth: list[str]) -> None:
    scores = np.random.default_rng(0).normal(size=(200, 2))
    assert thresholds(None, (held(scores, ("一般", "紧急")), PLAIN, truth), WANTED)["urgent"] == 0.5
    assert thresholds(None, None, WANTED)["urgent"] == 0.5


def test_without_a_profile_the_model_alone_routes() -> None:
    scores = np.array([[2.0, 0.0], [0.0, 1.0]])
    fitted, found = pool(None, {"unit": held(scores, ("A", "B"))}, {"unit": PLAIN}, corpus(2, unit=["A", "B"]), [TODAY] * 2, halves(2))
    assert fitted == {"model": 1.0, "table": 1.0, "company": 0.0, "person": 0.0, "clue": 0.0, "hint": 0.0}
    assert found is not None
    assert (found.units, found.truth) == (("A", "B"), ("A", "B"))
    assert found.weights == pytest.approx(PLAIN(held(scores, ("A", "B"))))


def test_nothing_is_pooled_without_held_rows_or_units(kaiping: Profile) -> None:
    neutral = {"model": 1.0, "table": 1.0, "company": 0.0, "person": 0.0, "clue": 0.0, "hint": 0.0}
    nothing = held(np.zeros((0, 1)), ("RS",))
    assert pool(kaiping, {"unit": nothing}, {"unit": PLAIN}, corpus(1, unit=["RS"]), [TODAY], []) == (neutral, None)
    assert pool(None, {"type": held([[0.0]], ("投诉",))}, {"type": PLAIN}, corpus(1, type=["投诉"]), [TODAY], []) == (neutral, None)


@pytest.mark.parametrize("trusted", ["model", "table"])
def test_the_pool_leans_on_whichever_is_right(kaiping: Profile, trusted: str) -> None:
    # 010101 is led by RS, 020101 by another unit; one of the two models is right in 19 of 20, the other guesses.
    items = ("010101", "020101")
    units = tuple(duty.unit for item in items if (duty := kaiping.lead(item, "", TODAY)))
    n, random = 400, np.random.default_rng(0)
    said, guessed = random.integers(0, 2, (2, n))
    right = np.where(random.random(n) < 0.95, said, 1 - said)
    sure = np.eye(2, dtype=np.float32)
    by_unit, by_item = (sure[said], sure[guessed]) if trusted == "model" else (sure[guessed], sure[said])
    labels = {"unit": [units[each] for each in right], "item": [items[each] for each in right]}
    known = {"item": held(by_item, items), "unit": held(by_unit, units)}
    fitted, found = pool(kaiping, known, {"item": STEEP, "unit": STEEP}, corpus(n, **labels), [TODAY] * n, halves(n))
    other = "table" if trusted == "model" else "model"
    assert fitted[trusted] > 0.3 > 0.1 > fitted[other] >= 0
    assert found is not None
    assert [found.units[column] for column in found.weights.argmax(axis=1)] == [units[each] for each in said]


def test_what_the_other_rows_did_beside_the_table_counts(kaiping: Profile) -> None:
    """The table names RS for 010101, history sends most of it to WJ: rows that the other half has taught go there."""
    n, items, units = 40, ("010101",), ("RS", "WJ")
    labels = {"unit": ["WJ" if row % 8 else "RS" for row in range(n)], "item": ["010101"] * n}
    known = {"item": held(np.ones((n, 1)), items), "unit": held(np.zeros((n, 2)), units)}
    alone = Scale(np.ones(1, np.float32), np.zeros(1, np.float32), 1.0, 0.0)
    _, found = pool(kaiping, known, {"item": alone, "unit": PLAIN}, corpus(n, **labels), [TODAY] * n, halves(n))
    assert found is not None
    assert {found.units[column] for column in found.weights.argmax(axis=1)} == {"WJ"}


def test_a_company_that_calls_makes_company_items_likelier(kaiping: Profile) -> None:
    company = next(item for item in kaiping.leaves() if kaiping.items[item].kind == "company")
    n = 80
    callers = ["企业"] * 40 + ["个人"] * 40
    truth = [company] * 36 + ["010101"] * 4 + [company] * 4 + ["010101"] * 36
    known = {"item": held(np.zeros((n, 2)), (company, "010101"))}
    fitted, _ = pool(kaiping, known, {"item": PLAIN}, corpus(n, callers, item=truth), [TODAY] * n, halves(n))
    # Scores that say nothing leave the odds of the rows: 9 to 1 for either kind of caller.
    assert fitted["company"] == pytest.approx(np.log(9), abs=0.01)
    assert fitted["person"] == pytest.approx(-np.log(9), abs=0.01)
