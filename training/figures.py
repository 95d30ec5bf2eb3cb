"""The figures of an evaluation: hits, macro-F1, calibration, coverage at precision; the same formulas everywhere."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

TARGETS = (0.90, 0.95, 0.97, 0.99)
BINS = 15
_POINTS = 100


def figures(truth: Sequence[str], answers: Sequence[Sequence[str]], p: Sequence[float] | None = None) -> dict[str, Any]:
    """``answers``: ranked labels per row; ``p``: probability that the first is right. hit1_95 is a bootstrap interval."""
    right, third = hits(truth, answers, 1), hits(truth, answers, 3)
    generator = np.random.default_rng(0)
    boot = [right[generator.integers(0, len(right), len(right))].mean() for _ in range(2000)]
    counts = Counter(truth)
    found: dict[str, Any] = {
        "n": len(right),
        "hit1": round(float(right.mean()), 4),
        "hit1_95": [round(float(np.quantile(boot, q)), 4) for q in (0.025, 0.975)],
        "hit3": round(float(third.mean()), 4),
        "macro_f1": round(float(np.mean([row["f1"] for row in per_label(truth, answers)])), 4),
        "majority_hit1": round(counts.most_common(1)[0][1] / len(right), 4),
        "classes": len(counts),
    }
    if p is not None:
        sure = np.asarray(p, dtype=float)
        found["ece"] = round(calibration_error(right, sure), 4)
        found["brier"] = round(float(((sure - right) ** 2).mean()), 4)
        found["coverage_at"] = {f"{target:.2f}": round(coverage_at(target, right, sure), 4) for target in TARGETS}
    return found


def hits(truth: Sequence[str], answers: Sequence[Sequence[str]], first: int) -> npt.NDArray[np.float64]:
    """(n,) 1.0 where the label is among the ``first`` answers of its row, else 0.0."""
    return np.array([label in answer[:first] for answer, label in zip(answers, truth, strict=True)], dtype=float)


def per_label(truth: Sequence[str], answers: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Rows, precision, recall and F1 of every true label, the most frequent first."""
    first = [answer[0] if answer else "" for answer in answers]
    true, said = Counter(truth), Counter(first)
    both = Counter(label for label, answer in zip(truth, first, strict=True) if label == answer)
    return [
        {
            "label": label,
            "rows": rows,
            "precision": round(both[label] / said[label], 4) if said[label] else 0.0,
            "recall": round(both[label] / rows, 4),
            "f1": round(2 * both[label] / (rows + said[label]), 4),
        }
        for label, rows in true.most_common()
    ]


def coverage_at(precision: float, right: npt.NDArray[Any], p: npt.NDArray[Any]) -> float:
    """Largest share of rows that can be taken, surest first, while the share of right ones stays at ``precision``."""
    order = np.argsort(-p, kind="stable")
    running = np.cumsum(right[order]) / np.arange(1, len(right) + 1)
    ok = np.flatnonzero(running >= precision)
    return float((ok[-1] + 1) / len(right)) if len(ok) else 0.0


def coverage_curve(right: npt.NDArray[Any], p: npt.NDArray[Any]) -> list[dict[str, float]]:
    """Risk and coverage: what share of rows is taken, surest first, how many of them are right, and down to which ``p``; up
    to 100 points of equal distance (El-Yaniv and Wiener 2010)."""
    order = np.argsort(-p, kind="stable")
    taken = np.unique(np.ceil(np.linspace(0, len(right), _POINTS + 1)[1:]).astype(int))
    running = np.cumsum(right[order])
    return [
        {
            "coverage": round(float(count / len(right)), 4),
            "precision": round(float(running[count - 1] / count), 4),
            "p": round(float(p[order][count - 1]), 4),
        }
        for count in taken
    ]


def calibration_error(right: npt.NDArray[Any], p: npt.NDArray[Any]) -> float:
    """Expected calibration error over bins of equal mass."""
    return float(sum(len(part) * abs(right[part].mean() - p[part].mean()) for part in _bins(p)) / len(right))


def reliability(right: npt.NDArray[Any], p: npt.NDArray[Any]) -> list[dict[str, float]]:
    """Bins of equal mass, the least sure first: mean ``p``, the share that is right (``accuracy``), and rows ``n``."""
    return [{"p": round(float(p[part].mean()), 4), "accuracy": round(float(right[part].mean()), 4), "n": len(part)} for part in _bins(p)]


def _bins(p: npt.NDArray[Any]) -> list[npt.NDArray[np.int64]]:
    return [part for part in np.array_split(np.argsort(p, kind="stable"), BINS) if len(part)]
