"""Word patterns of the profile's tables, found in many texts in one pass.

A pattern is a word, or several that must stand in one sentence; it does not hold where one of its exceptions stands in the
same clause. Blanks and hyphens inside words are passed over, and dialect words are read as their standard form
(words.csv) on both sides, so no second spelling is needed. Where asked for, words of three characters and more are
also found when they are mistyped by sound.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from triage import sounds
from triage.find import Finder, Hit
from triage.profile import Word

Ways = tuple[tuple[str, ...], ...]
_Ways = Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]
_STOPS = "。!?;\n…"
_CUTS = _STOPS + ",、:"
_TELLS_BY_SOUND = 3


class Pattern(NamedTuple):
    """What to look for under one ``key``: ``ways`` are alternatives, each of parts that must all stand in one sentence."""

    key: str
    ways: Ways
    unless: tuple[str, ...] = ()
    homophones: bool = False


Rarity = Callable[[Sequence[str]], Sequence[float]]


def by_length(words: Sequence[str]) -> list[float]:
    """How rare words are, when nothing but their length is known."""
    return [float(len(word)) for word in words]


class Patterns:
    """Patterns, ready to match. ``rarity`` says how rare words are in requests, larger for rarer: it decides what is looked
    for first, and so the speed, never what is found."""

    def __init__(self, patterns: Iterable[Pattern], words: Iterable[Word], rarity: Rarity = by_length) -> None:
        self._dialect = _Dialect(words)
        self._ways: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        self._sound_ways: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        self._unless: dict[str, tuple[str, ...]] = {}
        patterns = tuple(patterns)
        parts = sorted({part for pattern in patterns for way in pattern.ways for part in way})
        rare = dict(zip(parts, rarity([self._dialect.plain(part) for part in parts]), strict=True))
        for pattern in patterns:
            self._unless[pattern.key] = tuple(self._dialect.plain(word) for word in pattern.unless)
            for way in pattern.ways:
                told = tuple(self._dialect.plain(part) for part in way)
                # Looked for first: the rarest part, and hardly ever a single character.
                telling = self._dialect.plain(max(way, key=lambda part: (len(part) > 1, rare[part], len(part))))
                for anchor in self._dialect.spellings(telling):
                    self._ways[anchor].append((pattern.key, told))
                longest = max(told, key=len)
                if pattern.homophones and len(longest) >= _TELLS_BY_SOUND and _is_chinese(longest):
                    self._sound_ways[sounds.fold([longest])[0]].append((pattern.key, tuple(part for part in told if part != longest)))
        self._finder = Finder(list(self._ways), overlapping=True)
        self._sound_finder = Finder(list(self._sound_ways), overlapping=True) if self._sound_ways else None

    def match(self, texts: Sequence[str]) -> dict[int, dict[str, str]]:
        """Text index → key of each pattern that holds → the words it holds by."""
        texts = [text.replace(" ", "").replace("-", "") for text in texts]
        fired: dict[int, dict[str, str]] = {}
        for index, hits in self._finder.find(texts).items():
            self._fire(texts[index], hits, self._finder.words, self._ways, fired.setdefault(index, {}))
        if self._sound_finder is not None:
            for index, hits in self._sound_finder.find(sounds.fold(texts)).items():
                self._fire(texts[index], hits, self._sound_finder.words, self._sound_ways, fired.setdefault(index, {}))
        return {index: found for index, found in fired.items() if found}

    def _fire(self, text: str, hits: Sequence[Hit], words: Sequence[str], ways: _Ways, fired: dict[str, str]) -> None:
        # Most words found lack another part of their pattern: that is told by the text as a whole, before it is cut up.
        whole = self._dialect.plain(text)
        likely = [
            (hit, key, parts) for hit in hits for key, parts in ways[words[hit.word]] if key not in fired and all(map(whole.__contains__, parts))
        ]
        if not likely:
            return
        for hit, key, parts in likely:
            sentence = _around(text, hit.start, _STOPS)
            if key in fired or not all(map(whole[sentence].__contains__, parts)):
                continue
            # An exception counts where the word stands that says most, not where the search happened to begin.
            by_sound = ways is not self._ways
            places = [hit.start] if by_sound else _places(whole, max(parts, key=len), sentence)
            held = (whole[_around(text, place, _CUTS)] for place in places)
            if not all(any(word in clause for word in self._unless[key]) for clause in held):
                fired[key] = "+".join((text[hit.start : hit.end], *parts) if by_sound else parts)


def _around(text: str, place: int, stops: str) -> slice:
    """The stretch between stops that holds ``place``."""
    start = max(text.rfind(stop, 0, place) for stop in stops) + 1
    ends = (text.find(stop, place) for stop in stops)
    return slice(start, min((end for end in ends if end >= 0), default=len(text)))


def _places(text: str, word: str, within: slice) -> list[int]:
    places = []
    place = text.find(word, within.start, within.stop)
    while place >= 0:
        places.append(place)
        place = text.find(word, place + 1, within.stop)
    return places


class _Dialect:
    """Words of one character and their standard form."""

    def __init__(self, words: Iterable[Word]) -> None:
        standard = {word.word: word.standard for word in words if len(word.word) == len(word.standard) == 1}
        self._standard = str.maketrans(standard)
        self._any = re.compile(f"[{''.join(standard)}]" if standard else r"(?!)")
        self._spelt: dict[str, list[str]] = defaultdict(list)
        for word, form in standard.items():
            self._spelt[form].append(word)

    def plain(self, text: str) -> str:
        """The text in standard form, of the same length."""
        return text.translate(self._standard) if self._any.search(text) else text

    def spellings(self, word: str) -> list[str]:
        """A word in standard form, in every spelling."""
        return ["".join(chars) for chars in product(*([char, *self._spelt.get(char, ())] for char in word))]


def _is_chinese(word: str) -> bool:
    return all("\u4e00" <= char <= "\u9fff" for char in word)
