"""Texts that tell of one matter: groups of texts that share what few others say.

A text is the bag of its words, each weighing ``ln(n / df)`` times what the bag says of it, and has length 1. A word of more than ``COMMON``
of all texts says nothing of a matter and is left out; one of a single text counts for the length only. Two texts are neighbours from cosine
``NEAR`` on. Groups begin as stars: the text with most neighbours takes those that are free, then the next. ``ROUNDS`` times every text then
goes to the group whose mean it is most alike, if by ``JOIN``, and groups whose means are alike by ``MERGE`` become one. A mean does not chain
from text to text as single links would. On real messages words told matters apart far better than hashed n-grams of 2 to 4 characters did:
there, most weight lay on pieces that two texts share by chance.

Bounds: each text looks at its ``RAREST`` words of at most ``POSTINGS`` texts each, and at most ``MOST`` groups are kept: n texts of w words
take at most n * (RAREST * POSTINGS + n + ROUNDS * w * MOST) steps. The same bags in the same order give the same groups.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
NEAR, JOIN, MERGE = 0.25, 0.38, 0.55
COMMON, RAREST, POSTINGS, MOST, ROUNDS = 0.1, 60, 300, 150, 3
_FEW = 20
"""In so few texts a word may stand in all and still tell."""


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Text i has the words ``ids[indptr[i]:indptr[i+1]]``, the weightiest first, of ``weights`` (length 1); word w stands in the texts
    ``texts[starts[w]:starts[w+1]]``, there with ``loads``."""

    indptr: I64
    ids: I32
    weights: F32
    starts: I64
    texts: I32
    loads: F32

    def of(self, text: int) -> slice:
        """Where the words of a text stand."""
        return slice(int(self.indptr[text]), int(self.indptr[text + 1]))


@dataclass(frozen=True, slots=True)
class Group:
    """``members``: places of texts, the most central first; ``close``: their mean cosine with the middle of the group, 0 to 1."""

    members: tuple[int, ...]
    close: float


def groups(bags: Sequence[Mapping[str, float]], least: int = 3) -> list[Group]:
    """Groups of at least ``least`` texts, the largest first. A text is in one group at most."""
    rows = _rows(bags)
    label = _stars(rows, least)
    for _ in range(ROUNDS):
        label = _settled(_merged(_middles(rows, label), label), least)
        label, _ = _nearest(rows, _middles(rows, label), JOIN)
    label = _settled(label, least)
    _, close = _nearest(rows, _middles(rows, label), 0.0, label)
    return _told(label, close)


def _rows(bags: Sequence[Mapping[str, float]]) -> _Rows:
    n = len(bags)
    df = Counter(word for bag in bags for word in bag)
    kept = sorted(word for word, count in df.items() if count <= COMMON * n or count <= _FEW)
    place = {word: number for number, word in enumerate(kept)}
    idf = np.log((n + 1) / np.array([df[word] for word in kept], np.float64))
    pairs = [(text, place[word], load) for text, bag in enumerate(bags) for word, load in bag.items() if word in place]
    texts, ids = np.array([each[0] for each in pairs], np.int64), np.array([each[1] for each in pairs], np.int64)
    weights = np.array([each[2] for each in pairs], np.float64) * (idf[ids] if pairs else 1.0)
    length = np.sqrt(np.bincount(texts, weights**2, n)) if pairs else np.ones(n)
    loads = (weights / length[texts]).astype(np.float32)
    order, by_word = np.lexsort((ids, -loads, texts)), np.lexsort((texts, ids))
    return _Rows(_ends(texts, n), ids[order].astype(np.int32), loads[order], _ends(ids, len(kept)), texts[by_word].astype(np.int32), loads[by_word])


def _ends(numbers: I64, n: int) -> I64:
    return np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=n))]).astype(np.int64)


def _neighbours(rows: _Rows, text: int) -> I64:
    """Texts alike by ``NEAR``, itself included where it has anything to be known by."""
    own = rows.of(text)
    ids, weights = rows.ids[own][:RAREST], rows.weights[own][:RAREST]
    starts, sizes = rows.starts[ids], rows.starts[ids + 1] - rows.starts[ids]
    few = sizes <= POSTINGS
    starts, sizes, weights = starts[few], sizes[few], weights[few]
    if not len(sizes):
        return np.zeros(0, np.int64)
    steps = np.arange(sizes.sum()) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    shared = np.bincount(rows.texts[steps], rows.loads[steps] * np.repeat(weights, sizes), len(rows.indptr) - 1)
    return np.flatnonzero(shared >= NEAR)


def _stars(rows: _Rows, least: int) -> I64:
    """The group of every text, -1 for none."""
    n = len(rows.indptr) - 1
    near = [_neighbours(rows, text) for text in range(n)]
    label, used = np.full(n, -1, np.int64), 0
    for text in np.lexsort((np.arange(n), np.array([-len(each) for each in near], np.int64))):
        if label[text] >= 0:
            continue
        free = near[text][label[near[text]] < 0]
        if len(free) >= least and used < MOST:
            label[free], used = used, used + 1
    return label


def _middles(rows: _Rows, label: I64) -> F32:
    """(words, groups): the mean of each group's texts, of length 1."""
    found = np.zeros((len(rows.starts) - 1, int(label.max(initial=-1)) + 1), np.float32)
    group = np.repeat(label, np.diff(rows.indptr))
    held = group >= 0
    np.add.at(found, (rows.ids[held], group[held]), rows.weights[held])
    return np.asarray(found / np.maximum(np.sqrt((found**2).sum(axis=0)), 1e-9), np.float32)


def _nearest(rows: _Rows, middle: F32, least: float, of: I64 | None = None) -> tuple[I64, F32]:
    """For every text the group it is most alike (-1: by less than ``least``), and by how much; with ``of`` how much it is alike its own."""
    n = len(rows.indptr) - 1
    label, close = np.full(n, -1, np.int64), np.zeros(n, np.float32)
    for text in range(n if middle.shape[1] else 0):
        own = rows.of(text)
        alike = rows.weights[own] @ middle[rows.ids[own]]
        best = int(alike.argmax()) if of is None else int(of[text])
        if best >= 0 and alike[best] >= least:
            label[text], close[text] = best, alike[best]
    return label, close


def _merged(middle: F32, label: I64) -> I64:
    """Groups that are alike by ``MERGE`` under the number of the first of them."""
    alike = middle.T @ middle
    into = np.arange(len(alike))
    for group in range(len(alike)):
        for other in range(group):
            if into[group] == group and into[other] == other and alike[group, other] >= MERGE:
                into[group] = other
    return np.asarray(np.where(label >= 0, into[label], -1) if len(into) else label)


def _settled(label: I64, least: int) -> I64:
    """Numbered without gaps, the largest first; groups that are too small are none."""
    sizes = np.bincount(label[label >= 0], minlength=1)
    order = [int(group) for group in np.lexsort((np.arange(len(sizes)), -sizes)) if sizes[group] >= least]
    number = np.full(len(sizes), -1, np.int64)
    number[order] = np.arange(len(order))
    return np.asarray(np.where(label >= 0, number[label], -1))


def _told(label: I64, close: F32) -> list[Group]:
    found = []
    for group in range(int(label.max(initial=-1)) + 1):
        members = np.flatnonzero(label == group)
        order = members[np.lexsort((members, -close[members]))]
        found.append(Group(tuple(int(each) for each in order), float(close[members].mean())))
    return found
