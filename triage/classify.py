"""Sparse rows to calibrated probabilities, for every task of a bundle at once.

A task's probabilities are the softmax of its linear scores times one factor fitted on data the scores had not seen
(temperature scaling; Guo, Pleiss, Sun and Weinberger 2017).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from triage import features
from triage.bundle import Bundle

Probabilities = npt.NDArray[np.float32]


class Classifier:
    """The learnt part of the engine. ``labels`` maps each task (unit, item, type, urgency; never empty) to its labels."""

    def __init__(self, bundle: Bundle) -> None:
        arrays = bundle.arrays
        self.vocabulary = features.Vocabulary.of(arrays["keys"], arrays["weights"], int(bundle.manifest["max_chars"]))
        self.matrix, self.scales = arrays["matrix"], arrays["scales"]
        self.heads, self.bias = arrays["heads"], arrays["bias"]
        self.labels: dict[str, tuple[str, ...]] = {}
        self.columns: dict[str, slice] = {}
        self.sharpness: dict[str, float] = {}
        start = 0
        for task, facts in bundle.manifest["tasks"].items():
            self.labels[task] = tuple(facts["labels"])
            self.columns[task] = slice(start, start + len(facts["labels"]))
            self.sharpness[task] = float(facts["sharpness"])
            start += len(facts["labels"])

    def __call__(self, titles: Sequence[str], texts: Sequence[str]) -> dict[str, Probabilities]:
        """Task → (n, labels) float32; each row sums to 1."""
        rows = features.rows(titles, texts, self.vocabulary)
        scores = features.embed(rows, self.matrix, self.scales) @ self.heads + self.bias
        return {task: softmax(scores[:, columns] * self.sharpness[task]) for task, columns in self.columns.items()}


def softmax(scores: npt.NDArray[np.float32]) -> Probabilities:
    """Row-wise, in a form that cannot overflow."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def level_reached(path: Sequence[str], mass: Mapping[str, float], enough: float) -> int:
    """How deep along ``path`` (root first) the probability of the whole subtree stays at ``enough`` or more; at least 1."""
    level = 1
    for depth, code in enumerate(path, start=1):
        if mass.get(code, 0.0) >= enough:
            level = depth
    return level
