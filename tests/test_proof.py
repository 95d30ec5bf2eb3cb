from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from training.proof import Line, enough, prove, prove_each, reachable, upper

LIMIT, BUDGET = 0.03, 0.05
Floats = npt.NDArray[np.float64]
World = Callable[[Floats], Floats]
"""The chance of an error at a probability p."""


def flat(p: Floats) -> Floats:
    """A probability that says nothing, and an error just above the limit: every line breaks the promise."""
    return np.full(len(p), LIMIT * 1.01)


def calibrated(p: Floats) -> Floats:
    return 1 - p


def worst_first(p: Floats) -> Floats:
    """Against the assumption of the first start: the surest rows are the worst."""
    return np.where(p > 0.93, 0.06, LIMIT * 0.9)


def scan(p: Floats, wrong: npt.NDArray[np.bool_]) -> float | None:
    """What training did before: the lowest of all lines whose own bound holds."""
    order = np.argsort(-p, kind="stable")
    missed, taken = np.cumsum(wrong[order]), np.arange(1, len(p) + 1)
    ok = np.flatnonzero((beta.ppf(1 - BUDGET, missed + 1, np.maximum(taken - missed, 1e-9)) <= LIMIT) & (missed < taken))
    return float(p[order[ok[-1]]]) if len(ok) else None


def broken(world: World, line: float | None, p: Floats) -> bool:
    """Whether the true error above the line exceeds the limit; ``p``: a large sample of probabilities."""
    return line is not None and float(world(p[p >= line]).mean()) > LIMIT


def proven(p: Floats, wrong: npt.NDArray[np.bool_]) -> float | None:
    found = prove(p, wrong, LIMIT, BUDGET)
    return found.at if found else None


def simulate(world: World, rows: int, runs: int, seed: int, way: Callable[..., float | None] = proven) -> tuple[float, float]:
    """Share of runs in which the line found that ``way`` breaks the promise, and the mean share of rows above the line."""
    random = np.random.default_rng(seed)
    many = random.uniform(0.3, 1, 200_000) if world is not calibrated else random.beta(2.2, 0.6, 200_000)
    broke = covered = 0.0
    for _ in range(runs):
        p = random.choice(many, rows)
        wrong = random.random(rows) < world(p)
        line = way(p, wrong)
        broke += broken(world, line, many)
        covered += float((many >= line).mean()) if line is not None else 0.0
    return broke / runs, covered / runs


@pytest.mark.parametrize("world", [flat, calibrated, worst_first])
@pytest.mark.parametrize("rows", [800, 3000])
def test_the_promise_breaks_no_more_often_than_stated(world: World, rows: int) -> None:
    runs = 400
    # Three standard deviations above 5 %: 20 of 400 runs may break it, 33 would say that the proof is wrong.
    assert simulate(world, rows, runs, seed=1)[0] <= BUDGET + 3 * np.sqrt(BUDGET * (1 - BUDGET) / runs)


def test_a_scan_of_all_lines_breaks_it_far_more_often() -> None:
    ours, theirs = (simulate(flat, 3000, 200, seed=2, way=way)[0] for way in (proven, scan))
    assert theirs > 0.2
    assert ours < theirs / 4


def test_a_calibrated_model_gets_a_line_worth_having() -> None:
    # The best possible line covers 0.34 of these rows.
    assert simulate(calibrated, 5000, 40, seed=3)[1] > 0.25


def test_all_units_hold_together() -> None:
    random, broke, runs = np.random.default_rng(4), 0, 400
    for _ in range(runs):
        units = random.choice(list("ABCDEF"), 6000).tolist()
        p, wrong = random.uniform(0.3, 1, 6000), random.random(6000) < LIMIT * 1.01
        broke += bool(prove_each(p, wrong, units, LIMIT, BUDGET))
    assert broke / runs <= BUDGET + 3 * np.sqrt(BUDGET * (1 - BUDGET) / runs)


def test_a_unit_that_errs_is_left_out_and_the_others_keep_their_lines() -> None:
    units = ["A"] * 2000 + ["B"] * 2000 + ["C"] * 20
    p = np.full(4020, 0.95)
    wrong = np.array([False] * 2000 + [True] * 400 + [False] * 1620)
    lines = prove_each(p, wrong, units, LIMIT, BUDGET)
    assert set(lines) == {"A"}
    assert (lines["A"].taken, lines["A"].wrong) == (2000, 0)


def test_the_budget_is_split_among_units_that_can_prove_anything() -> None:
    alone, split = enough(LIMIT, BUDGET / 2), enough(LIMIT, BUDGET / 4)
    assert alone < split

    def units_of(*sizes: int) -> set[str]:
        units = [name for name, size in zip("ABCD", sizes, strict=False) for _ in range(size)]
        return set(prove_each(np.full(len(units), 0.9), np.zeros(len(units), bool), units, LIMIT, BUDGET))

    assert units_of(alone) == {"A"}
    assert units_of(alone, 5, 5, 5) == {"A"}
    assert units_of(split, split) == {"A", "B"}
    assert units_of(split, split - 1) == {"A"}
    assert units_of(alone - 1) == set()
    assert units_of() == set()


def test_how_many_rows_without_an_error_prove_a_limit() -> None:
    assert enough(0.03, 0.05) == 99
    assert 0.97**99 <= 0.05 < 0.97**98
    assert upper(0, 99, 0.95) <= 0.03 < upper(0, 98, 0.95)
    assert upper(5, 5, 0.95) == upper(0, 0, 0.95) == 1.0


def test_rows_of_one_probability_are_taken_together_or_not_at_all() -> None:
    assert prove(np.full(200, 0.9), np.arange(200) >= 150, LIMIT, BUDGET) is None


def test_one_wrong_label_at_the_top_does_not_end_it() -> None:
    p = np.linspace(1, 0.5, 4000)
    wrong = np.zeros(4000, bool)
    wrong[3] = True
    found = prove(p, wrong, LIMIT, BUDGET)
    assert found is not None
    assert found.taken > 3000


@given(st.integers(0, 500), st.integers(0, 2000), st.floats(0.001, 0.3), st.floats(0.005, 0.2))
@settings(max_examples=60)
def test_a_proven_line_is_what_it_says(seed: int, rows: int, limit: float, budget: float) -> None:
    random = np.random.default_rng(seed)
    p = np.round(random.beta(2.2, 0.6, rows), 4)
    wrong = random.random(rows) < (1 - p) * random.uniform(0, 1.5)
    found = prove(p, wrong, limit, budget)
    if found is None:
        return
    above = p >= found.at
    assert (found.taken, found.wrong) == (int(above.sum()), int(wrong[above].sum()))
    assert binom.cdf(found.wrong, found.taken, limit) <= budget
    assert upper(found.wrong, found.taken, 1 - budget) <= limit + 1e-9


@given(st.integers(0, 500), st.integers(1, 1500))
@settings(max_examples=40)
def test_order_does_not_matter_and_fewer_errors_never_raise_the_line(seed: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    p = np.round(random.beta(3, 0.5, rows), 4)
    wrong = random.random(rows) < (1 - p) * 0.6
    found = prove(p, wrong, LIMIT, BUDGET)
    mixed = random.permutation(rows)
    assert prove(p[mixed], wrong[mixed], LIMIT, BUDGET) == found
    better = prove(p, wrong & (random.random(rows) < 0.5), LIMIT, BUDGET)
    assert found is None or (better is not None and better.at <= found.at)


def test_the_best_reachable_is_what_the_proof_itself_reaches() -> None:
    random = np.random.default_rng(5)
    p = random.beta(2.2, 0.6, 1500)
    wrong = random.random(1500) < 1 - p
    assert prove(p, wrong, 0.001, BUDGET) is None
    found = reachable(p, wrong, BUDGET)
    assert found is not None
    limit, line = found
    assert isinstance(line, Line)
    assert prove(p, wrong, limit, BUDGET) == line
    assert prove(p, wrong, limit - 0.001, BUDGET) is None
    assert reachable(p[:1], wrong[:1], BUDGET) is None
