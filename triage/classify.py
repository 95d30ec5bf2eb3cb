"""Sparse rows to calibrated probabilities, for every task of a bundle at once.

Each label's linear score goes through a sigmoid that was fitted on rows the score had not seen (Platt 1999; its slope and
offset are folded into the bundle's heads and bias), all of a task's through one fitted power, and the results sum to 1
(one against the rest, coupled by normalizing; Zadrozny and Elkan 2002).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from triage import features
from triage.bundle import Bundle
from triage.profile import Profile

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
        self.powers: dict[str, float] = {}
        start = 0
        for task, facts in bundle.manifest["tasks"].items():
            self.labels[task] = tuple(facts["labels"])
            self.columns[task] = slice(start, start + len(facts["labels"]))
            self.powers[task] = float(facts["power"])
            start += len(facts["labels"])

    def __call__(self, titles: Sequence[str], texts: Sequence[str]) -> dict[str, Probabilities]:
        """Task → (n, labels) float32; each row sums to 1."""
        rows = features.rows(titles, texts, self.vocabulary)
        scores = features.embed(rows, self.matrix, self.scales) @ self.heads + self.bias
        return {task: likely(scores[:, columns], self.powers[task]) for task, columns in self.columns.items()}


def likely(logits: npt.NDArray[np.float32], power: float) -> Probabilities:
    """Row-wise ``sigmoid(logits) ** power``, brought to sum 1."""
    return softmax(-np.float32(power) * np.logaddexp(np.float32(0), -logits))


def softmax(scores: npt.NDArray[np.float32]) -> Probabilities:
    """Row-wise, in a form that cannot overflow."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


class Tree:
    """The item tree above the labels of a model. ``names[i]``: the names from the root down to label i."""

    def __init__(self, profile: Profile | None, labels: Sequence[str]) -> None:
        paths = [profile.path(label) if profile else (label,) for label in labels]
        nodes = {code: index for index, code in enumerate(dict.fromkeys(node for path in paths for node in path))}
        depth = max(map(len, paths), default=1)
        self.names = [tuple(profile.items[node].name for node in path) if profile else path for path in paths]
        self._above = np.full((len(labels), depth), -1, dtype=np.int64)
        self._sums = np.zeros((len(labels), len(nodes) + 1), dtype=np.float32)
        for row, path in enumerate(paths):
            columns = [nodes[node] for node in path]
            self._above[row, : len(path)] = columns
            self._sums[row, columns] = 1.0

    def levels(self, weights: Probabilities, columns: npt.NDArray[np.int64], enough: float) -> npt.NDArray[np.int64]:
        """For each label in ``columns`` (n, k): how deep along its path the whole subtree still has probability
        ``enough``; at least 1."""
        mass = weights @ self._sums
        held = mass[np.arange(len(weights))[:, None, None], self._above[columns]] >= enough
        return np.asarray(np.maximum(1, held.cumprod(axis=2).sum(axis=2)))
