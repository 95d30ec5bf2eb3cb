"""Labels that the data cannot tell apart, and labels that swallow others, from answers to rows that no model had seen."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

_RARE = 0.001
_FEW = 3
_MANY = 0.1
HARD = 0.25  # of both labels' rows, from which they count as not told apart at all
Counts = npt.NDArray[np.int64]


class Pair(NamedTuple):
    """Two labels that are taken for each other. ``rows``: how many carry each; ``taken``: how many of the first were
    answered with the second, and the other way round; ``chance``: how many would be, if errors fell on labels as often as these
    are answered. ``share`` of both labels' rows answered with either that went to the wrong one."""

    labels: tuple[str, str]
    rows: tuple[int, int]
    taken: tuple[int, int]
    chance: tuple[float, float]
    share: float


class Sink(NamedTuple):
    """A label that swallows others: ``gained`` rows of ``sources`` other labels were answered with it, where ``chance`` would be
    if errors fell on labels as often as these are answered; ``lost`` of its own ``rows`` were answered with others."""

    label: str
    rows: int
    gained: int
    chance: float
    lost: int
    sources: int


class Mixture(NamedTuple):
    """A label that holds what belongs elsewhere: ``doubted`` of its ``rows``, and how many other labels they look like."""

    label: str
    rows: int
    doubted: int
    targets: int


def counts(given: Sequence[str], said: Sequence[str], labels: Sequence[str]) -> Counts:
    """(labels, labels): rows by given label and by answer."""
    index = {label: column for column, label in enumerate(labels)}
    found = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(found, ([index[label] for label in given], [index[label] for label in said]), 1)
    return found


def pairs(table: Counts, labels: Sequence[str]) -> list[Pair]:
    """Pairs taken for each other more often than errors meet by chance (binomial test, p < 0.001 in both directions), at least
    three times each way; those that are told apart worst come first. Of two labels in all, where every error falls on the other,
    a quarter must be taken for the other."""
    rows, right, chance = table.sum(axis=1), table.diagonal(), _chance(table)
    wrong = rows - right
    rare = binom.sf(table - 1, wrong[:, None], chance) < _RARE
    two = (rows > 0).sum() == 2
    both = (two | (rare & rare.T)) & (table >= _FEW) & (table.T >= _FEW)
    found = []
    for one, other in zip(*np.nonzero(np.triu(both, 1)), strict=True):
        mixed = int(table[one, other] + table[other, one])
        found.append(
            Pair(
                (labels[one], labels[other]),
                (int(rows[one]), int(rows[other])),
                (int(table[one, other]), int(table[other, one])),
                (float(wrong[one] * chance[one, other]), float(wrong[other] * chance[other, one])),
                mixed / (mixed + int(right[one] + right[other])),
            )
        )
    return sorted((pair for pair in found if not two or pair.share >= HARD), key=lambda pair: -pair.share)


def sinks(table: Counts, labels: Sequence[str]) -> list[Sink]:
    """Labels that gain more of the others' errors than chance gives them (binomial test, p < 0.001), from many others, and more
    than they lose; the greediest first."""
    errors = table - np.diag(table.diagonal())
    gained, lost, sources = errors.sum(axis=0), errors.sum(axis=1), (errors > 0).sum(axis=0)
    expected = (lost[:, None] * _chance(table)).sum(axis=0)
    others = np.maximum(1, lost.sum() - lost)
    swallows = (binom.sf(gained - 1, others, np.minimum(1.0, expected / others)) < _RARE) & (gained > lost) & _spread(errors.T)
    rows = table.sum(axis=1)
    found = [
        Sink(labels[at], int(rows[at]), int(gained[at]), float(expected[at]), int(lost[at]), int(sources[at]))
        for at in np.flatnonzero(swallows).tolist()
    ]
    return sorted(found, key=lambda sink: sink.chance - sink.gained)


def mixtures(doubted: Counts, rows: npt.NDArray[np.int64], labels: Sequence[str]) -> list[Mixture]:
    """Labels more of whose rows are doubted than elsewhere (binomial test, p < 0.001), and for many others: what a catch-all
    looks like in a history. Small labels are left out: a model doubts them because it hardly knows them. ``doubted`` (labels,
    labels) counts by given and by suggested label."""
    each = doubted.sum(axis=1)
    targets = (doubted > 0).sum(axis=1)
    # Compared with the share among the other labels, so that one great catch-all does not hide itself.
    elsewhere = (each.sum() - each) / np.maximum(1, rows.sum() - rows)
    large = rows * (rows > 0).sum() >= rows.sum()
    mixed = large & (binom.sf(each - 1, rows, elsewhere) < _RARE) & _spread(doubted)
    found = [Mixture(labels[at], int(rows[at]), int(each[at]), int(targets[at])) for at in np.flatnonzero(mixed).tolist()]
    return sorted(found, key=lambda mixture: -mixture.doubted / mixture.rows)


def _chance(table: Counts) -> npt.NDArray[np.float64]:
    """(labels, labels): how an error of the first label falls on the second, as often as that is answered; 0 on the diagonal."""
    said = table.sum(axis=0)
    chance = np.minimum(1.0, said[None, :] / np.maximum(1, table.sum() - said)[:, None])
    np.fill_diagonal(chance, 0.0)
    return np.asarray(chance)


def _spread(errors: Counts) -> npt.NDArray[np.bool_]:
    """(labels,) whether the errors of a row of the table are many and fall on many labels, none of which has more than half."""
    many = max(_FEW, _MANY * (len(errors) - 1))
    return np.asarray(((errors > 0).sum(axis=1) >= many) & (2 * errors.max(axis=1) <= errors.sum(axis=1)))
