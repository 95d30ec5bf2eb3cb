"""Word patterns of the profile's tables, found in many texts in one pass.

A pattern is a word, or several that must stand in one sentence; it does not hold where one of its exceptions stands in the
same clause. Blanks and hyphens inside words are passed over, and dialect words are read as their standard form
(words.csv) on both sides, so no second spelling is needed. Where asked for, words of three characters and more are
also found when they are mistyped by sound.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from triage import sounds
from triage.find import Finder, Hit
from triage.profile import Word

Ways = tuple[tuple[str, ...], ...]
_STOPS = "。!?;\n…"
_CUT = re.compile("[。!?;\n…,、:]")
_TELLS_BY_SOUND = 3


class Pattern(NamedTuple):
    """What to look for under one ``key``: ``ways`` are alternatives, each of parts that must all stand in one sentence."""

    key: str
    ways: Ways
    unless: tuple[str, ...] = ()
    homophones: bool = False


class Patterns:
    """Patterns, ready to match."""

    def __init__(self, patterns: Iterable[Pattern], words: Iterable[Word]) -> None:
        self._dialect = _Dialect(words)
        self._ways: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        self._sound_ways: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        self._unless: dict[str, tuple[str, ...]] = {}
        for pattern in patterns:
            self._unless[pattern.key] = tuple(self._dialect.plain(word) for word in pattern.unless)
            for way in pattern.ways:
                parts = tuple(self._dialect.plain(part) for part in way)
                longest = max(parts, key=len)
                for anchor in self._dialect.spellings(longest):
                    self._ways[anchor].append((pattern.key, parts))
                if pattern.homophones and len(longest) >= _TELLS_BY_SOUND and _is_chinese(longest):
                    self._sound_ways[sounds.fold(longest)].append((pattern.key, tuple(part for part in parts if part != longest)))
        self._finder = Finder(list(self._ways), overlapping=True)
        self._sound_finder = Finder(list(self._sound_ways), overlapping=True) if self._sound_ways else None

    def match(self, texts: Sequence[str]) -> dict[int, dict[str, str]]:
        """Text index → key of each pattern that holds → the words it holds by."""
        texts = [text.replace(" ", "").replace("-", "") for text in texts]
        fired: dict[int, dict[str, str]] = {}
        for index, hits in self._finder.find(texts).items():
            self._fire(texts[index], hits, self._finder.words, self._ways, fired.setdefault(index, {}))
        if self._sound_finder is not None:
            for index, hits in self._sound_finder.find([sounds.fold(text) for text in texts]).items():
                self._fire(texts[index], hits, self._sound_finder.words, self._sound_ways, fired.setdefault(index, {}))
        return {index: found for index, found in fired.items() if found}

    def _fire(
        self, text: str, hits: Sequence[Hit], words: Sequence[str], ways: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]], fired: dict[str, str]
    ) -> None:
        seen: set[tuple[int, int]] = set()
        clauses = _Clauses(text)
        held, whole = -1, ""
        for hit in hits:
            clause, first, last = clauses.around(hit.start)
            if (clause, hit.word) in seen:
                continue
            seen.add((clause, hit.word))
            if first != held:
                held, whole = first, self._dialect.plain(text[clauses.begins[first] : clauses.ends[last]])
            part = self._dialect.plain(text[clauses.begins[clause] : clauses.ends[clause]])
            for key, parts in ways[words[hit.word]]:
                if key in fired or not all(each in whole for each in parts):
                    continue
                if not any(word in part for word in self._unless[key]):
                    fired[key] = "+".join(parts) if ways is self._ways else "+".join((text[hit.start : hit.end], *parts))


class _Clauses:
    """Where the clauses of a text begin and end, and which of them make a sentence."""

    def __init__(self, text: str) -> None:
        cuts = [found.span() for found in _CUT.finditer(text)]
        self.begins = [0, *(end for _, end in cuts)]
        self.ends = [*(start for start, _ in cuts), len(text)]
        self._stops = [index for index, (start, _) in enumerate(cuts) if text[start] in _STOPS]

    def around(self, place: int) -> tuple[int, int, int]:
        """The clause at ``place``, and the first and last clause of its sentence."""
        clause = bisect_right(self.begins, place) - 1
        sentence = bisect_left(self._stops, clause)
        first = self._stops[sentence - 1] + 1 if sentence else 0
        last = self._stops[sentence] if sentence < len(self._stops) else len(self.begins) - 1
        return clause, first, last


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
