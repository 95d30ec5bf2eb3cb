"""The figures of an evaluation: hits, macro-F1, calibration, coverage at precision; the same formulas everywhere."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

TARGETS = (0.90, 0.95, 0.97, 0.99)
BINS = 15


def figures(truth: Sequence[str], answers: Sequence[Sequence[str]], p: Sequence[float] | None = None) -> dict[str, Any]:
    """``answers``: ranked labels per row; ``p``: probability that the first is right. hit1_95 is a bootstrap interval."""
    right = np.array([bool(answer) and answer[0] == label for answer, label in zip(answers, truth, strict=True)], dtype=float)
    third = np.array([label in answer[:3] for answer, label in zip(answers, truth, strict=True)], dtype=float)
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


def calibration_error(right: npt.NDArray[Any], p: npt.NDArray[Any]) -> float:
    """Expected calibration error over bins of equal mass."""
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    return float(sum(len(part) * abs(right[part].mean() - p[part].mean()) for part in parts) / len(right))
