"""Many words in many texts, in one pass.

Compiled, over the code points of a whole chunk: a sieve of the words' first two characters turns most places away, at the
others the words that begin with the character are compared.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

U32 = npt.NDArray[np.uint32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

_HEADS = 0x10000


class Hit(NamedTuple):
    """The word of index ``word`` stands at ``start`` to ``end`` of its text."""

    start: int
    end: int
    word: int


class Hits(NamedTuple):
    """All hits in order of place: hit i is word ``words[i]`` at ``places[i]`` of the joined codes."""

    places: I64
    words: I32


def join(texts: Sequence[str]) -> U32:
    """The code points of all texts, a 0 behind each. They must hold no 0 of their own."""
    return np.frombuffer("\x00".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


class Finder:
    """Finds words in texts. ``overlapping`` reports every word; otherwise the leftmost longest, so that a longer word
    (下水口) hides a shorter one inside it (水口)."""

    def __init__(self, words: Iterable[str], *, overlapping: bool = False) -> None:
        self.words = tuple(words)
        self._overlapping = overlapping
        self._spelt = join(self.words)
        assert all(self.words), "no empty words"
        lengths = np.array([len(word) for word in self.words], dtype=np.int64)
        self._lengths = lengths
        self._begins = np.cumsum(lengths + 1) - lengths - 1
        first = np.minimum(self._spelt[self._begins], _HEADS - 1) if self.words else np.zeros(0, np.uint32)
        # Among words of one head the longest comes first.
        self._order = np.lexsort((-lengths, first)).astype(np.int32)
        self._heads = np.searchsorted(first[self._order], np.arange(_HEADS + 1)).astype(np.int32)
        self._sieve = np.asarray(_sieve(self._begins, lengths, self._spelt))

    def hits(self, codes: U32) -> Hits:
        """All hits in joined texts."""
        return Hits(*_find(codes, self._sieve, self._heads, self._order, self._begins, self._lengths, self._spelt, self._overlapping))

    def find(self, texts: Sequence[str]) -> dict[int, list[Hit]]:
        """Text index → its hits in order of place; texts without a hit are left out."""
        places, words = self.hits(join(texts))
        found: dict[int, list[Hit]] = {}
        if len(places):
            ends = np.cumsum([len(text) + 1 for text in texts])
            rows = np.searchsorted(ends, places, side="right")
            starts = places - np.concatenate([[0], ends])[rows]
            stops = starts + self._lengths[words]
            for row, *hit in zip(rows.tolist(), starts.tolist(), stops.tolist(), words.tolist(), strict=True):
                found.setdefault(row, []).append(Hit(*hit))
        return found


@njit(cache=True, nogil=True, inline="always")
def _pair(first: np.uint32, second: np.uint32) -> np.uint32:
    return np.uint32((first * np.uint32(0x9E3779B1) + second * np.uint32(0x85EBCA77)) >> np.uint32(12)) & np.uint32(_HEADS - 1)


@njit(cache=True, nogil=True)
def _sieve(begins: I64, lengths: I64, spelt: U32) -> npt.NDArray[np.uint8]:
    """By head 1 where a word is that one character; by pair 2 where a longer word begins so."""
    sieve = np.zeros(_HEADS, np.uint8)
    for word in range(len(begins)):
        first = spelt[begins[word]]
        if lengths[word] == 1:
            sieve[min(first, np.uint32(_HEADS - 1))] |= np.uint8(1)
        elif lengths[word] > 1:
            sieve[_pair(first, spelt[begins[word] + 1])] |= np.uint8(2)
    return sieve


@njit(cache=True, nogil=True)
def _find(
    codes: U32, sieve: npt.NDArray[np.uint8], heads: I32, order: I32, begins: I64, lengths: I64, spelt: U32, overlapping: bool
) -> tuple[I64, I32]:
    places = np.empty(len(codes) // 8 + 16, np.int64)
    words = np.empty(len(places), np.int32)
    used, free = 0, 0
    for place in range(len(codes) - 1):
        head = min(codes[place], np.uint32(_HEADS - 1))
        if place < free or (sieve[_pair(codes[place], codes[place + 1])] & 2 == 0 and sieve[head] & 1 == 0):
            continue
        for k in range(heads[head], heads[head + 1]):
            word = order[k]
            size, begin = lengths[word], begins[word]
            same = 0
            while same < size and place + same < len(codes) and codes[place + same] == spelt[begin + same]:
                same += 1
            if same < size:
                continue
            if used == len(places):
                places = np.concatenate((places, np.empty(used, np.int64)))
                words = np.concatenate((words, np.empty(used, np.int32)))
            places[used], words[used] = place, word
            used += 1
            if not overlapping:
                free = place + size
                break
    return places[:used].copy(), words[:used].copy()
