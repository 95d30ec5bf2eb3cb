"""A small network beside the linear scores: one hidden layer on a text's place along the axes, for all tasks at once.

What the linear scores cannot say, that two hints together mean something else than each alone, it can; and what one task
teaches of a text serves the others. Dropout (Srivastava 2014) keeps it from learning rows by heart; Adam with decoupled
weight decay (Loshchilov and Hutter 2019) and a rate that rises and falls once (Smith 2018) train it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
_BETAS, _TINY = (0.9, 0.999), 1e-8
_WARM = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """``relu(places @ hidden + hidden_bias) @ outputs + outputs_bias``: a logit for every label of every task, side by side.
    ``hidden`` (axes, units), ``outputs`` (units, labels)."""

    hidden: F32
    hidden_bias: F32
    outputs: F32
    outputs_bias: F32

    def __call__(self, places: F32) -> F32:
        """(n, labels) logits of (n, axes) places."""
        return np.asarray(np.maximum(places @ self.hidden + self.hidden_bias, 0) @ self.outputs + self.outputs_bias)


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What the network learns of one task: ``wanted`` (rows, labels) sums to 1 in rows that teach it, to 0 in others;
    ``weights`` (rows,) says how much each row counts."""

    wanted: F32
    weights: F32


def target(taught: Sequence[tuple[npt.NDArray[np.str_], F32]], labels: Sequence[str], rows: npt.NDArray[np.int64]) -> Target:
    """First and second labels of the ``rows`` with their weights as shares of one; labels not among ``labels`` teach nothing."""
    column = {label: index for index, label in enumerate(labels)}
    wanted = np.zeros((len(rows), len(labels)), np.float32)
    first = np.zeros(len(rows), np.float32)
    for number, (names, weights) in enumerate(taught):
        for index, row in enumerate(rows):
            at = column.get(names[row])
            if at is not None:
                wanted[index, at] += max(float(weights[row]), 1e-3)
                first[index] = weights[row] if number == 0 else first[index]
    return Target(wanted / np.maximum(wanted.sum(axis=1, keepdims=True), 1e-9), first)


def fit(places: F32, tasks: Mapping[str, Target], units: int, epochs: int, dropout: float, rate: float, decay: float, seed: int = 0) -> Network:
    """A network of ``units`` hidden units trained on (rows, axes) places, 128 rows at a time."""
    random = np.random.default_rng(seed)
    center, spread = places.mean(axis=0), places.std(axis=0) + 1e-6
    places = (places - center) / spread
    width, labels = places.shape[1], sum(task.wanted.shape[1] for task in tasks.values())
    wanted = np.hstack([task.wanted * task.weights[:, None] for task in tasks.values()])
    cuts = np.cumsum([task.wanted.shape[1] for task in tasks.values()])[:-1]
    p = [
        (random.normal(size=(width, units)) * np.sqrt(2 / width)).astype(np.float32),
        np.zeros(units, np.float32),
        (random.normal(size=(units, labels)) * np.sqrt(1 / units)).astype(np.float32),
        np.zeros(labels, np.float32),
    ]
    optimizer = _Adam(p, rate, decay, epochs * -(-len(places) // _BATCH))
    for _ in range(epochs):
        order = random.permutation(len(places))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            optimizer.step(_gradient(p, places[rows], wanted[rows], cuts, dropout, random))
    return Network(p[0] / spread[:, None], p[1] - (center / spread) @ p[0], p[2], p[3])


_BATCH = 128


def _gradient(p: list[F32], places: F32, wanted: F32, cuts: npt.NDArray[np.int64], dropout: float, random: np.random.Generator) -> list[F32]:
    """Of the weighted cross-entropy, summed over tasks, with half as much dropout on the places as on the units."""
    scale = np.float32(1 / (1 - dropout))
    places = places * (random.random(places.shape, np.float32) >= dropout / 2) * np.float32(1 / (1 - dropout / 2))
    kept = (random.random((len(places), len(p[1])), np.float32) >= dropout) * scale
    raw = places @ p[0] + p[1]
    active = np.maximum(raw, 0) * kept
    logits = active @ p[2] + p[3]
    wrong = np.empty_like(logits)
    for part, target, out in zip(np.split(logits, cuts, axis=1), np.split(wanted, cuts, axis=1), np.split(wrong, cuts, axis=1), strict=True):
        powers = np.exp(part - part.max(axis=1, keepdims=True))
        out[:] = powers / powers.sum(axis=1, keepdims=True) * target.sum(axis=1, keepdims=True) - target
    wrong /= len(places)
    back = (wrong @ p[2].T) * kept * (raw > 0)
    return [places.T @ back, back.sum(axis=0), active.T @ wrong, wrong.sum(axis=0)]


class _Adam:
    """Updates ``p`` in place; the rate rises over the first part of ``steps`` and falls to nothing."""

    def __init__(self, p: list[F32], rate: float, decay: float, steps: int) -> None:
        self._p, self._rate, self._decay, self._steps, self._at = p, rate, decay, steps, 0
        self._mean, self._square = [np.zeros_like(each) for each in p], [np.zeros_like(each) for each in p]

    def step(self, gradients: Sequence[Any]) -> None:
        self._at += 1
        done = self._at / self._steps
        rate = self._rate * (
            0.5 - 0.5 * np.cos(np.pi * min(1.0, done / _WARM)) if done < _WARM else 0.5 + 0.5 * np.cos(np.pi * (done - _WARM) / (1 - _WARM))
        )
        for each, mean, square, gradient in zip(self._p, self._mean, self._square, gradients, strict=True):
            mean += (1 - _BETAS[0]) * (gradient - mean)
            square += (1 - _BETAS[1]) * (gradient * gradient - square)
            step = mean / (1 - _BETAS[0] ** self._at) / (np.sqrt(square / (1 - _BETAS[1] ** self._at)) + _TINY)
            each *= np.float32(1 - rate * self._decay)
            each -= np.float32(rate) * step
