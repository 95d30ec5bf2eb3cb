"""Word patterns of the profile's tables, found in many texts in one pass.

A pattern is a word, or several that must stand in one sentence (how a part is written: ``phrases.py``). Two kinds of exception
stop it: a longer word that overlaps what was found (火灾隐患 for 火灾), and a word anywhere in the same clause. Whatever stands
between letters is passed over (``skeleton.py``), and dialect words are read as their standard form (words.csv) on both sides,
so no second spelling is needed. Where asked for, words are also found in disguise: mistyped by sound (three characters and
more), with punctuation inside, or partly in Latin letters by sound.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage import phrases, skeleton, sounds
from triage.exceptions import HIDDEN, Exceptions
from triage.find import Finder
from triage.nearby import group, hold, runs
from triage.profile import Word
from triage.segment import Segmenter

Ways = tuple[tuple[str, ...], ...]
U32 = npt.NDArray[np.uint32]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
_TELLS_BY_SOUND = 3
_TELLS_SPELT = 2
_NEAR = 20


class Pattern(NamedTuple):
    """What to look for under one ``key``: ``ways`` are alternatives, each of parts that must all stand in one sentence.
    ``unless``: words that must not stand in its clause. ``longer``: words that must not overlap it. ``disguised``: also where
    it is mistyped or hidden."""

    key: str
    ways: Ways
    unless: tuple[str, ...] = ()
    longer: tuple[str, ...] = ()
    disguised: bool = False


class _Way(NamedTuple):
    """One alternative in standard form: found by ``anchor``, which stands for ``word``, with a word of each group of ``others``
    in the same sentence; ``shapes`` is what parts with gaps look like."""

    key: str
    word: str
    anchor: str
    others: tuple[tuple[str, ...], ...]
    shapes: tuple[re.Pattern[str], ...]


class _Index:
    """Ways by their anchors: those of anchor word w are ``ways[begins[w]:begins[w + 1]]``; way i needs the groups
    ``groups[needs[i]:needs[i + 1]]`` of ``known`` beside it."""

    def __init__(self, ways: Sequence[_Way], known: Mapping[tuple[str, ...], int]) -> None:
        self.ways = tuple(ways)
        self.finder = Finder(dict.fromkeys(way.anchor for way in ways), overlapping=True)
        anchors = {word: index for index, word in enumerate(self.finder.words)}
        by = np.array([anchors[way.anchor] for way in ways], dtype=np.int64)
        order = np.argsort(by, kind="stable")
        needs = np.cumsum([0, *(len(way.others) for way in ways)])
        groups = np.array([known[group] for way in ways for group in way.others], dtype=np.int64)
        self.table = np.searchsorted(by[order], np.arange(len(anchors) + 1)), order, needs, groups


class _Texts(NamedTuple):
    """Texts to look through, joined: their skeleton, its codes in standard form, the same as text, and where each text ends."""

    frame: skeleton.Skeleton
    codes: U32
    plain: str
    ends: I64


class Patterns:
    """Patterns, ready to match."""

    def __init__(self, patterns: Iterable[Pattern], words: Iterable[Word]) -> None:
        self._standard = _standard(words)
        self._unless: dict[str, Exceptions] = {}
        self._longer: dict[str, Exceptions] = {}
        self._disguised: set[str] = set()
        plain, by_sound, spelt = [], [], []
        for pattern in patterns:
            self._unless[pattern.key] = Exceptions(map(self._read, pattern.unless))
            self._longer[pattern.key] = Exceptions(map(self._read, pattern.longer))
            if pattern.disguised:
                self._disguised.add(pattern.key)
            for way in (way for parts in pattern.ways for way in self._expand(pattern.key, parts)):
                plain.append(way)
                if pattern.disguised and not way.shapes and len(way.anchor) >= _TELLS_SPELT and _is_chinese(way.anchor):
                    heard = way._replace(anchor=sounds.fold([way.anchor])[0])
                    spelt.append(heard)
                    by_sound += [heard] if len(way.anchor) >= _TELLS_BY_SOUND else []
        self._groups = group(dict.fromkeys(group for way in plain for group in way.others))
        self._as_written, self._by_sound, self._spelt = (_Index(ways, self._groups.known) for ways in (plain, by_sound, spelt))

    def match(self, texts: Sequence[str]) -> dict[int, dict[str, str]]:
        """Text index → key of each pattern that holds → the words it holds by."""
        there = self._lay_out(texts)
        fired: dict[int, dict[str, str]] = {}
        self._fire((self._as_written, self._by_sound), there, fired)
        mixed = there.frame.mixed if self._spelt.ways else there.frame.mixed[:0]
        rows = sorted(set(np.searchsorted(there.ends, mixed).tolist()))
        read = {row: text for row in rows if (text := sounds.spell(texts[row])) != texts[row]}
        if read:
            found: dict[int, dict[str, str]] = {}
            self._fire((self._spelt,), self._lay_out(list(read.values())), found)
            for index, row in enumerate(read):
                fired[row] = found.get(index, {}) | fired.get(row, {})
        return {row: keys for row, keys in fired.items() if keys}

    def _fire(self, indexes: Sequence[_Index], there: _Texts, fired: dict[int, dict[str, str]]) -> None:
        """Adds what holds to ``fired``."""
        sentences, clauses = there.frame.sentences, there.frame.clauses
        finder, (heads, members, begins, firsts) = self._groups.finder, self._groups.table
        parts = finder.hits(there.codes)
        whole = clauses[parts.places] == clauses[parts.places + finder.lengths[parts.words] - 1]
        beside = sentences[parts.places[whole]], parts.words[whole]
        for index in indexes:
            anchors = index.finder.hits(there.codes if index is self._as_written else sounds.fold_codes(there.codes))
            held, numbers = hold(there.codes, sentences, *beside, *anchors, *index.table, heads, members, begins, firsts)
            places = anchors.places[held]
            around = np.column_stack((runs(sentences, places), runs(clauses, places))).tolist()
            rows = np.searchsorted(there.ends, places).tolist()
            for place, row, number, bounds in zip(places.tolist(), rows, numbers.tolist(), around, strict=True):
                way = index.ways[number]
                if way.key not in fired.get(row, ()) and (held_by := self._holds(index, way, there, place, *bounds)):
                    fired.setdefault(row, {})[way.key] = held_by

    def _holds(self, index: _Index, way: _Way, there: _Texts, start: int, first: int, last: int, left: int, right: int) -> str:
        """The words by which a way with an anchor at ``start`` holds, or "". The sentence around it reaches from ``first`` to
        ``last``, the clause from ``left`` to ``right``."""
        for shape in way.shapes:
            if shape.search(there.plain, first, last) is None:
                return ""
        end = start + len(way.anchor)
        if end > right:
            if index is not self._as_written or way.key not in self._disguised:
                return ""
            last = max(last, int(runs(there.frame.sentences, np.array([end - 1]))[0, 1]))
        if index is self._spelt and there.codes[start:end].max() < sounds.SPELT:
            return ""
        near = max(first, start - _NEAR)
        if (end > right or index is self._by_sound) and _is_cut(there.plain[near : min(last, end + _NEAR)], start - near, end - near):
            return ""
        if self._unless[way.key] and self._unless[way.key].stand(there.plain[left:right]):
            return ""
        if not way.others and not way.shapes:
            # Only what is near can overlap it.
            first, last = near, min(last, end + _NEAR)
        return self._left(index, way, there, slice(first, last), slice(start, end))

    def _left(self, index: _Index, way: _Way, there: _Texts, sentence: slice, anchor: slice) -> str:
        """The words by which a way still holds where its exceptions are hidden, or ""."""
        left, longer = there.plain[sentence], self._longer[way.key]
        if longer:
            left = longer.hide(left, there.frame.clauses[sentence])
            if HIDDEN in left[anchor.start - sentence.start : anchor.stop - sentence.start]:
                return ""
        beside = [next((word for word in group if word in left), "") for group in way.others]
        found = [shape.search(left) for shape in way.shapes]
        if "" in beside or None in found:
            return ""
        told = ["…".join(each.groups()) for each in found if each is not None]
        return "+".join(told or [_text(there.frame.codes[anchor]) if index is self._by_sound else way.word, *beside])

    def _expand(self, key: str, parts: Sequence[str]) -> Iterator[_Way]:
        """The ways that one alternative of a table stands for, one per word that it is found by."""
        told = [self._read(part) for part in parts]
        shapes = tuple(phrase.shape for phrase in told if phrase.shape is not None)
        first = max(range(len(told)), key=lambda number: min(map(len, told[number].words)))
        beside = [phrase.words for number, phrase in enumerate(told) if number != first]
        groups = (*beside, *(group for phrase in told for group in phrase.others))
        yield from (_Way(key, word, word, groups, shapes) for word in told[first].words)

    def _lay_out(self, texts: Sequence[str]) -> _Texts:
        frame = skeleton.read(texts)
        codes = self._standard[frame.codes]
        return _Texts(frame, codes, _text(codes), np.flatnonzero(codes == 0))

    def _read(self, part: str) -> phrases.Phrase:
        return phrases.read(part, lambda word: _text(self._standard[skeleton.read([word]).codes[:-1]]))


def _standard(words: Iterable[Word]) -> U32:
    """Code point → that of the standard form, for dialect words of one character."""
    table = np.arange(0x110000, dtype=np.uint32)
    for word in words:
        if len(word.word) == len(word.standard) == 1:
            table[ord(word.word)] = ord(word.standard)
    return table


def _is_cut(sentence: str, start: int, end: int) -> bool:
    """Whether a word of the sentence begins before ``start`` or inside and ends inside or behind ``end``: 放|火车 for 放火."""
    place = 0
    for word in _segmenter().words(sentence):
        before, place = place, place + len(word)
        if before < start < place < end or start < before < end < place:
            return True
    return False


@cache
def _segmenter() -> Segmenter:
    return Segmenter()


def _text(codes: U32) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def _is_chinese(word: str) -> bool:
    return all("\u4e00" <= char <= "\u9fff" for char in word)
