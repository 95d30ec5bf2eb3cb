"""Many words in many texts, in one pass."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind


class Hit(NamedTuple):
    """The word of index ``word`` stands at ``start`` to ``end`` of its text."""

    start: int
    end: int
    word: int


class Finder:
    """Finds words in texts. ``overlapping`` reports every word; otherwise the leftmost longest, so that a longer word
    (下水口) hides a shorter one inside it (水口)."""

    def __init__(self, words: Sequence[str], *, overlapping: bool = False) -> None:
        self.words = tuple(words)
        self._overlapping = overlapping
        kind = MatchKind.Standard if overlapping else MatchKind.LeftmostLongest
        self._automaton = AhoCorasick(self.words, kind, store_patterns=False, implementation=Implementation.DFA)

    def find(self, texts: Sequence[str]) -> dict[int, list[Hit]]:
        """Text index → its hits in order of place; texts without a hit are left out."""
        joined = "\x00".join(texts)
        found = self._automaton.find_matches_as_indexes(joined, overlapping=self._overlapping)
        hits: dict[int, list[Hit]] = {}
        if not found:
            return hits
        starts = [0, *accumulate(len(text) + 1 for text in texts)]
        index, offset, following = 0, 0, starts[1]
        for word, start, end in found:
            if start >= following:
                index = bisect_right(starts, start, index) - 1
                offset, following = starts[index], starts[index + 1]
            hits.setdefault(index, []).append(Hit(start - offset, end - offset, word))
        return hits
