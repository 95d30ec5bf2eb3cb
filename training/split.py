"""Which rows are held out while fitting: the newest where rows carry dates, else grouped folds. No group on both sides."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold

Split = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
_DATED = 0.9


def by_time(times: Sequence[datetime | None]) -> bool:
    """Whether enough rows carry a date for an honest split by time."""
    return sum(time is not None for time in times) >= _DATED * max(1, len(times))


def splits(times: Sequence[datetime | None], groups: npt.NDArray[np.int64], newest: float, folds: int) -> list[Split]:
    """(training rows, held-out rows) pairs. By time there is one pair; rows of a group that began earlier and undated
    rows stay in training. Otherwise each row is held out once, and a history of one group has no split at all."""
    if by_time(times):
        train, held = newest_out(times, groups, newest)
        return [(train, held)] if len(train) and len(held) else []
    count = min(folds, len(np.unique(groups)))
    if count < 2:
        return []
    return [(train, held) for train, held in GroupKFold(count).split(np.zeros(len(groups)), groups=groups)]


def newest_out(times: Sequence[datetime | None], groups: npt.NDArray[np.int64], share: float) -> Split:
    """The newest ``share`` of dated rows held out, less those whose group began earlier."""
    dated = sorted((time, row) for row, time in enumerate(times) if time is not None)
    late = [row for _, row in dated[int(len(dated) * (1 - share)) :]]
    seen = set(groups[np.setdiff1d(np.arange(len(times)), late)].tolist())
    held = np.array([row for row in late if groups[row] not in seen], dtype=np.int64)
    return np.setdiff1d(np.arange(len(times)), held), held


def random_out(times: Sequence[datetime | None], groups: npt.NDArray[np.int64], counted: npt.NDArray[np.bool_], like: Split, seed: int) -> Split:
    """Whole groups held out at random, of those that are dated throughout: as many rows that are ``counted`` (n,) and as many others
    as ``like`` holds out, or a few less where the groups do not add up."""
    undated = set(groups[[time is None for time in times]].tolist())
    room = np.bincount(counted[like[1]].astype(int), minlength=2)
    numbers, first = np.unique(groups, return_inverse=True)
    members = np.split(np.argsort(first, kind="stable"), np.cumsum(np.bincount(first))[:-1])
    held: list[int] = []
    for index in np.random.default_rng(seed).permutation(len(numbers)).tolist():
        sizes = np.bincount(counted[members[index]].astype(int), minlength=2)
        if int(numbers[index]) not in undated and (sizes <= room).all():
            held += members[index].tolist()
            room = room - sizes
    kept = np.array(sorted(held), dtype=np.int64)
    return np.setdiff1d(np.arange(len(times)), kept), kept
