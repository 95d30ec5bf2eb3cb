"""Sparse rows to calibrated probabilities, for every task of a bundle at once.

Two opinions of one dense vector, whose last part is the network's first layer. Each label's linear score goes through a
sigmoid that was fitted on rows the score had not seen (Platt 1999; its slope and offset are folded into the bundle's heads
and bias); a small network gives the other. Where a text is read closely, the encoder's vector gives a third. All are raised to
powers fitted on such rows, multiplied, and brought to sum 1 (a log-linear pool; Genest and Zidek 1986).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from triage import features
from triage.bundle import Bundle
from triage.encoder import Encoder
from triage.profile import Profile

Probabilities = npt.NDArray[np.float32]


class Classifier:
    """The learnt part of the engine. ``labels`` maps each task (unit, item, type, urgency; never empty) to its labels. With an
    ``encoder`` it reads closely."""

    def __init__(self, bundle: Bundle, encoder: Encoder | None = None) -> None:
        arrays = bundle.arrays
        self.vocabulary = features.Vocabulary.of(arrays["keys"], arrays["weights"], int(bundle.manifest["max_chars"]))
        self._packed, self.scales = arrays["matrix"], arrays["scales"]
        self.heads, self.bias = arrays["heads"], arrays["bias"]
        self._network = tuple(arrays[name] for name in ("hidden_bias", "outputs", "outputs_bias"))
        self._encoder = encoder
        self._close = (arrays["close_heads"], arrays["close_bias"]) if encoder else None
        self.labels: dict[str, tuple[str, ...]] = {}
        self.columns: dict[str, slice] = {}
        self._powers: dict[str, tuple[float, float, float]] = {}
        start = 0
        for task, facts in bundle.numbers(close=encoder is not None)["tasks"].items():
            self.labels[task] = tuple(facts["labels"])
            self.columns[task] = slice(start, start + len(facts["labels"]))
            self._powers[task] = (float(facts["power"]), float(facts["network"]), float(facts.get("close", 0.0)))
            start += len(facts["labels"])

    def vectors(self, places: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """(n, d) dense vectors of the grams at these places of the vocabulary."""
        values = features.unpack(self._packed[places], len(self.heads) + len(self._network[0]))
        return np.asarray(values * self.scales[places][:, None] * self.vocabulary.weights[places][:, None])

    def __call__(self, titles: Sequence[str], texts: Sequence[str]) -> dict[str, Probabilities]:
        """Task → (n, labels) float32; each row sums to 1."""
        rows = features.rows(titles, texts, self.vocabulary)
        width = len(self.heads)
        dense = features.embed(rows, self._packed, self.scales, width + len(self._network[0]))
        scores = dense[:, :width] @ self.heads + self.bias
        hidden_bias, outputs, outputs_bias = self._network
        logits = [np.maximum(dense[:, width:] + hidden_bias, 0) @ outputs + outputs_bias]
        if self._encoder is not None and self._close is not None:
            logits.append(self._encoder(titles, texts) @ self._close[0] + self._close[1])
        return {task: likely(scores[:, at], [each[:, at] for each in logits], self._powers[task]) for task, at in self.columns.items()}


def likely(scores: npt.NDArray[np.float32], logits: Sequence[npt.NDArray[np.float32]], powers: Sequence[float]) -> Probabilities:
    """Row-wise ``sigmoid(scores) ** powers[0]`` times ``exp(logits[i]) ** powers[i + 1]`` for each of the ``logits``, brought to sum 1."""
    # The logarithm of the sigmoid, in a form that cannot overflow and whose parts are vectorised.
    sigmoid = np.minimum(scores, 0) - np.log1p(np.exp(-np.abs(scores)))
    said = np.float32(powers[0]) * sigmoid
    for each, power in zip(logits, powers[1:], strict=False):
        said += np.float32(power) * each
    return softmax(np.asarray(said, dtype=np.float32))


def softmax(scores: npt.NDArray[np.float32]) -> Probabilities:
    """Row-wise, in a form that cannot overflow."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


class Tree:
    """The item tree above the labels of a model. ``names[i]``: the names from the root down to label i."""

    def __init__(self, profile: Profile | None, labels: Sequence[str]) -> None:
        paths = [profile.path(label) if profile else (label,) for label in labels]
        self.names = [tuple(profile.items[node].name for node in path) if profile else path for path in paths]
        # A leaf weighs what its label does; only what is above others must be summed. The last column is of no weight.
        inner = list(dict.fromkeys(node for path in paths for node in path[:-1]))
        nodes = {label: column for column, label in enumerate(labels)} | {node: len(labels) + column for column, node in enumerate(inner)}
        self._above = np.full((len(labels), max(map(len, paths), default=1)), len(labels) + len(inner), dtype=np.int64)
        self._sums = np.zeros((len(labels), len(inner) + 1), dtype=np.float32)
        for row, path in enumerate(paths):
            self._above[row, : len(path)] = [nodes[node] for node in path]
            self._sums[row, [inner.index(node) for node in path if node in inner]] = 1.0

    def levels(self, weights: Probabilities, columns: npt.NDArray[np.int64], enough: float) -> npt.NDArray[np.int64]:
        """For each label in ``columns`` (n, k): how deep along its path the whole subtree still has probability
        ``enough``; at least 1."""
        mass = np.hstack([weights, weights @ self._sums])
        held = mass[np.arange(len(weights))[:, None, None], self._above[columns]] >= enough
        return np.asarray(np.maximum(1, held.cumprod(axis=2).sum(axis=2)))
