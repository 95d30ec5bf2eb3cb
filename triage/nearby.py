"""Words that must stand beside an anchor, in the same sentence; compiled, over all anchors of a chunk at once."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from triage.find import Finder

U32 = npt.NDArray[np.uint32]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]

# No sentence is looked through further than this on either side: a text without any punctuation must not cost its square.
FAR = 400


class Groups(NamedTuple):
    """Groups of words, of which one must stand beside an anchor. A group with a word of one character, which would be found
    everywhere, is looked for around the anchor only, by the first characters of its words: ``firsts[begins[g]:begins[g + 1]]``.
    Of the others ``finder`` finds the words; word w is in the groups ``members[heads[w]:heads[w + 1]]``."""

    known: Mapping[tuple[str, ...], int]
    finder: Finder
    table: tuple[I64, I64, I64, U32]


def group(groups: Iterable[tuple[str, ...]]) -> Groups:
    """The groups, each once."""
    known = {words: number for number, words in enumerate(groups)}
    long = [words for words in known if min(map(len, words)) > 1]
    of: dict[str, list[int]] = {}
    for words in long:
        for word in words:
            of.setdefault(word, []).append(known[words])
    firsts = [sorted({ord(word[0]) for word in words}) if min(map(len, words)) == 1 else [] for words in known]
    heads, begins = (np.cumsum([0, *map(len, lists)]) for lists in (of.values(), firsts))
    members, codes = (
        np.array([each for numbers in of.values() for each in numbers], np.int64),
        np.array([each for some in firsts for each in some], np.uint32),
    )
    return Groups(known, Finder(of, overlapping=True), (heads, members, begins, codes))


@njit(cache=True, nogil=True)
def hold(
    codes: U32, sentences: I32, there: I32, words: I32, places: I64, anchors: I32,
    ways: I64, order: I64, needs: I64, groups: I64, heads: I64, members: I64, begins: I64, firsts: U32,
) -> tuple[I64, I64]:  # fmt: skip
    """Of all anchors those with a way that may hold, and the way: a word of every group it needs, or its first character,
    stands in the anchor's sentence. ``words`` of groups stand in the sentences ``there``, ``anchors`` at ``places``."""
    seen = np.full(len(begins), -1, np.int64)
    hits, found = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    told = 0
    for anchor in range(len(anchors)):
        here = sentences[places[anchor]]
        while told < len(words) and there[told] <= here:
            for member in range(heads[words[told]], heads[words[told] + 1]):
                seen[members[member]] = there[told]
            told += 1
        for k in range(ways[anchors[anchor]], ways[anchors[anchor] + 1]):
            held = True
            for long in (True, False):
                for need in range(needs[order[k]], needs[order[k] + 1]):
                    group = groups[need]
                    if held and long == (begins[group] == begins[group + 1]):
                        held = seen[group] == here if long else _near(codes, sentences, places[anchor], firsts[begins[group] : begins[group + 1]])
            if held:
                hits.append(np.int64(anchor))
                found.append(order[k])
    return np.array(hits, dtype=np.int64), np.array(found, dtype=np.int64)


@njit(cache=True, nogil=True)
def runs(numbers: I32, places: I64) -> I64:
    """(n, 2): from where to where the numbers around each place are equal, at most ``FAR`` on either side."""
    found = np.empty((len(places), 2), np.int64)
    for index, place in enumerate(places):
        start, end = place, place + 1
        while start > max(0, place - FAR) and numbers[start - 1] == numbers[place]:
            start -= 1
        while end < min(len(numbers), place + FAR) and numbers[end] == numbers[place]:
            end += 1
        found[index, 0], found[index, 1] = start, end
    return found


@njit(cache=True, nogil=True)
def _near(codes: U32, sentences: I32, place: int, firsts: U32) -> bool:
    """Whether any of these characters stands in the sentence that ``place`` is in."""
    for step in (-1, 1):
        at = place
        while max(0, place - FAR) <= at < min(len(codes), place + FAR) and sentences[at] == sentences[place]:
            for first in firsts:
                if codes[at] == first:
                    return True
            at += step
    return False
