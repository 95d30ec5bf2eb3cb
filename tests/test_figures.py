import csv
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.figures import BINS, calibration_error, coverage_at, coverage_curve, figures, hits, per_label, reliability

SCORE = Path(__file__).parents[2] / "shared" / "eval" / "score.py"
labels = st.sampled_from(["CG", "RS", "GA", "JY"])

TRUTH = ["A", "A", "A", "B", "B", "C"]
ANSWERS = [["A", "B"], ["B", "A"], ["A"], ["B"], ["C", "A", "D", "B"], []]


def test_hits_counted_by_hand() -> None:
    found = figures(TRUTH, ANSWERS)
    assert (found["n"], found["classes"]) == (6, 3)
    assert found["hit1"] == 0.5
    assert found["hit3"] == 0.6667  # the fourth answer does not count
    assert found["majority_hit1"] == 0.5
    # A: 2 of 3 found, 2 of 2 right; B: 1 of 2 found, 1 of 2 right; C: never found.
    assert found["macro_f1"] == pytest.approx((0.8 + 0.5 + 0.0) / 3, abs=1e-4)
    assert "ece" not in found


def test_the_table_per_label_counted_by_hand() -> None:
    assert per_label(TRUTH, ANSWERS) == [
        {"label": "A", "rows": 3, "precision": 1.0, "recall": 0.6667, "f1": 0.8},
        {"label": "B", "rows": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5},
        {"label": "C", "rows": 1, "precision": 0.0, "recall": 0.0, "f1": 0.0},
    ]


def test_coverage_is_the_largest_share_that_keeps_the_precision() -> None:
    right, p = np.array([1, 1, 0, 1, 1]), np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    assert coverage_at(0.75, right, p) == 1.0
    assert coverage_at(0.9, right, p) == 0.4
    assert coverage_at(0.9, np.zeros(5), p) == 0.0


def test_calibration_error_by_hand() -> None:
    p = np.repeat([0.2, 0.8], BINS)
    # The middle one of the fifteen bins holds one row of either kind and is right about both together.
    assert calibration_error(np.repeat([0, 1], BINS), p) == pytest.approx(0.2 * 14 / 15)
    assert calibration_error(np.array([1.0]), np.array([0.25])) == 0.75


def test_hits_among_the_first_answers() -> None:
    assert hits(TRUTH, ANSWERS, 1).tolist() == [1, 0, 1, 1, 0, 0]
    assert hits(TRUTH, ANSWERS, 2).tolist() == [1, 1, 1, 1, 0, 0]


def test_the_curve_takes_the_surest_rows_first() -> None:
    right, p = np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.7, 0.8])
    assert coverage_curve(right, p) == [
        {"coverage": 0.25, "precision": 1.0, "p": 0.9},
        {"coverage": 0.5, "precision": 0.5, "p": 0.8},
        {"coverage": 0.75, "precision": 0.6667, "p": 0.7},
        {"coverage": 1.0, "precision": 0.5, "p": 0.1},
    ]
    assert len(coverage_curve(np.ones(1234), np.linspace(0, 1, 1234))) == 100


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=120))
def test_bins_and_curve_hold_every_row(rows: list[tuple[bool, float]]) -> None:
    right, p = np.array([row[0] for row in rows], dtype=float), np.array([row[1] for row in rows])
    bins, curve = reliability(right, p), coverage_curve(right, p)
    assert sum(each["n"] for each in bins) == len(rows)
    assert max(each["n"] for each in bins) - min(each["n"] for each in bins) <= 1
    assert [each["p"] for each in bins] == sorted(each["p"] for each in bins)
    gap = sum(each["n"] * abs(each["accuracy"] - each["p"]) for each in bins) / len(rows)
    assert gap == pytest.approx(calibration_error(right, p), abs=2e-4)
    assert (curve[-1]["coverage"], curve[-1]["precision"]) == (1.0, pytest.approx(right.mean(), abs=1e-4))
    assert [each["coverage"] for each in curve] == sorted({each["coverage"] for each in curve})


@given(st.lists(st.tuples(labels, st.lists(labels, max_size=4, unique=True), st.floats(0, 1)), min_size=1, max_size=30))
@settings(max_examples=30)
def test_figures_lie_in_their_ranges(rows: list[tuple[str, list[str], float]]) -> None:
    truth, answers, p = zip(*rows, strict=True)
    found = figures(truth, answers, p)
    low, high = found["hit1_95"]
    assert 0 <= found["hit1"] <= found["hit3"] <= 1
    assert 0 <= low <= high <= 1
    assert all(0 <= found[name] <= 1 for name in ("macro_f1", "majority_hit1", "ece", "brier"))
    coverage = list(found["coverage_at"].values())
    assert coverage == sorted(coverage, reverse=True)


@pytest.mark.skipif(not SCORE.is_file(), reason="the shared scorer lies outside this repository and is not here")
@pytest.mark.parametrize("seed", range(4))
def test_the_figures_are_those_of_the_shared_scorer(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(seed)
    rows, classes = 400, 3 + 20 * seed
    truth = [f"u{label}" for label in random.integers(0, classes, rows)]
    answers = [[f"u{label}" for label in random.permutation(classes + 1)[:3]] for _ in truth]
    for row in np.flatnonzero(random.random(rows) < 0.6):
        answers[row] = [truth[row], *(label for label in answers[row] if label != truth[row])][:3]
    answers[0] = []
    p = [0.0, *random.random(rows - 1).round(4).tolist()]
    with (tmp_path / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "unit"], *enumerate(truth)])
    with (tmp_path / "said.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["id", "pred1", "pred2", "pred3", "p1"], *([row, *answers[row], f"{p[row]:.4f}"] for row in range(rows) if answers[row])]
        )
    monkeypatch.setattr("sys.argv", ["score.py", str(tmp_path / "truth.csv"), str(tmp_path / "said.csv"), "--label", "unit"])
    spec = importlib.util.spec_from_file_location("score", SCORE)
    assert spec is not None and spec.loader is not None
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    score.main()
    expected = json.loads(capsys.readouterr().out)
    assert figures(truth, answers, p) == expected
