"""Word patterns of the profile's tables, found in many texts in one pass.

A pattern is a word, or several that must stand in one sentence; it does not hold where one of its exceptions stands in the
same clause. Blanks and hyphens inside words are passed over, and dialect words are read as their standard form
(words.csv) on both sides, so no second spelling is needed. Where asked for, words of three characters and more are
also found when they are mistyped by sound.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from triage import sounds
from triage.find import Finder, Hits, join
from triage.profile import Word

Ways = tuple[tuple[str, ...], ...]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
_STOPS = "。!?;\n…\x00"
_CUTS = _STOPS + ",、:"
_TELLS_BY_SOUND = 3


class Pattern(NamedTuple):
    """What to look for under one ``key``: ``ways`` are alternatives, each of parts that must all stand in one sentence."""

    key: str
    ways: Ways
    unless: tuple[str, ...] = ()
    homophones: bool = False


class _Way(NamedTuple):
    """One alternative in standard form: found by its longest part, ``anchor``, with ``others`` in the same sentence."""

    key: str
    anchor: str
    others: tuple[str, ...]
    words: str


class _Index:
    """Ways by their anchors: those of anchor word w are ``ways[begins[w]:begins[w + 1]]``; way i needs the words
    ``parts[needs[i]:needs[i + 1]]`` of ``known`` beside it."""

    def __init__(self, ways: Sequence[_Way], known: Mapping[str, int]) -> None:
        self.ways = tuple(ways)
        self.finder = Finder(dict.fromkeys(way.anchor for way in ways), overlapping=True)
        anchors = {word: index for index, word in enumerate(self.finder.words)}
        by = np.array([anchors[way.anchor] for way in ways], dtype=np.int64)
        self.order = np.argsort(by, kind="stable")
        self.begins = np.searchsorted(by[self.order], np.arange(len(anchors) + 1))
        self.needs = np.cumsum([0, *(len(way.others) for way in ways)])
        self.parts = np.array([known[part] for way in ways for part in way.others], dtype=np.int64)


class Patterns:
    """Patterns, ready to match."""

    def __init__(self, patterns: Iterable[Pattern], words: Iterable[Word]) -> None:
        self._standard = _standard(words)
        self._unless: dict[str, tuple[str, ...]] = {}
        plain, by_sound = [], []
        for pattern in patterns:
            self._unless[pattern.key] = tuple(self._plain(word) for word in pattern.unless)
            for way in pattern.ways:
                told = [self._plain(part) for part in way]
                longest = max(told, key=len)
                others = tuple(part for part in told if part != longest)
                plain.append(_Way(pattern.key, longest, others, "+".join(told)))
                if pattern.homophones and len(longest) >= _TELLS_BY_SOUND and _is_chinese(longest):
                    by_sound.append(_Way(pattern.key, sounds.fold([longest])[0], others, "+".join(("", *others))))
        self._parts = Finder(dict.fromkeys(part for way in plain for part in way.others), overlapping=True)
        known = {word: index for index, word in enumerate(self._parts.words)}
        self._as_written, self._by_sound = _Index(plain, known), _Index(by_sound, known)

    def match(self, texts: Sequence[str]) -> dict[int, dict[str, str]]:
        """Text index → key of each pattern that holds → the words it holds by."""
        received = join([text.replace(" ", "").replace("-", "") for text in texts])
        codes = self._standard[received]
        ends = np.flatnonzero(received == 0)
        cuts = np.flatnonzero(_marks(_CUTS)[codes])
        sentences = np.cumsum(_marks(_STOPS)[codes], dtype=np.int64)
        parts = self._parts.hits(codes)
        fired: dict[int, dict[str, str]] = {}
        for index, heard in ((self._as_written, codes), (self._by_sound, sounds.fold_codes(codes))):
            anchors = index.finder.hits(heard)
            held = _hold(
                sentences[parts.places], parts.words, sentences[anchors.places], anchors.words,
                index.begins, index.order, index.needs, index.parts, len(self._parts.words),
            )  # fmt: skip
            self._fire(index, anchors, held, (received, codes), (ends, cuts), fired)
        return fired

    def _fire(
        self,
        index: _Index,
        anchors: Hits,
        held: tuple[I64, I64],
        codes: tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]],
        marks: tuple[I64, I64],
        fired: dict[int, dict[str, str]],
    ) -> None:
        """Fires what holds, unless an exception stands in the clause of the word that says most."""
        received, plain = codes
        ends, cuts = marks
        places = anchors.places[held[0]]
        rows = np.searchsorted(ends, places)
        cut = np.searchsorted(cuts, places)
        for place, row, after, number in zip(places.tolist(), rows.tolist(), cut.tolist(), held[1].tolist(), strict=True):
            way = index.ways[number]
            found = fired.get(row, {})
            if way.key in found:
                continue
            if self._unless[way.key]:
                clause = _text(plain[cuts[after - 1] + 1 if after else 0 : cuts[after]])
                if any(word in clause for word in self._unless[way.key]):
                    continue
            words = _text(received[place : place + len(way.anchor)]) + way.words if index is self._by_sound else way.words
            fired.setdefault(row, {})[way.key] = words

    def _plain(self, text: str) -> str:
        """The text in standard form, of the same length."""
        return _text(self._standard[join([text])[:-1]])


def _standard(words: Iterable[Word]) -> npt.NDArray[np.uint32]:
    """Code point → that of the standard form, for dialect words of one character."""
    table = np.arange(0x110000, dtype=np.uint32)
    for word in words:
        if len(word.word) == len(word.standard) == 1:
            table[ord(word.word)] = ord(word.standard)
    return table


@cache
def _marks(chars: str) -> npt.NDArray[np.bool_]:
    table = np.zeros(0x110000, dtype=np.bool_)
    table[[ord(char) for char in chars]] = True
    return table


def _text(codes: npt.NDArray[np.uint32]) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def _is_chinese(word: str) -> bool:
    return all("\u4e00" <= char <= "\u9fff" for char in word)


@njit(cache=True, nogil=True)
def _hold(sentences: I64, words: I32, there: I64, anchors: I32, begins: I64, order: I64, needs: I64, parts: I64, size: int) -> tuple[I64, I64]:
    """Of all anchors those with a way that holds, and the way: every part it needs stands in the anchor's sentence. Both
    lists of sentences ascend."""
    seen = np.full(size, -1, np.int64)
    hits, ways = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    told = 0
    for anchor in range(len(anchors)):
        here = there[anchor]
        while told < len(words) and sentences[told] <= here:
            seen[words[told]] = sentences[told]
            told += 1
        for k in range(begins[anchors[anchor]], begins[anchors[anchor] + 1]):
            way = order[k]
            held = True
            for need in range(needs[way], needs[way + 1]):
                held = held and seen[parts[need]] == here
            if held:
                hits.append(np.int64(anchor))
                ways.append(way)
    return np.array(hits, dtype=np.int64), np.array(ways, dtype=np.int64)
