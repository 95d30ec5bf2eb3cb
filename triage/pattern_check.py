"""Patterns that can never fire: what stands in the tables, held against how texts are read."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from triage.errors import Problem
from triage.profile import Word

# Letters and digits, with a single sign between them where people write one: 自*杀, 24/7, G.325.
_WORD = re.compile(r"[^\W_]+(?:[*./%&@#'·][^\W_]+)*%?")
_HOW = "Write word+word;word: only letters and digits, no blank, punctuation or wildcard; + joins, ; separates"


def wrong_ways(file: str, row: int, column: str, ways: Iterable[Sequence[str]]) -> Iterator[Problem]:
    """What is wrong with the alternatives of a cell, each of parts that stand in one sentence."""
    for way in ways:
        if not any(way):
            yield Problem(file, row, column, "an alternative is empty", "Write word+word;word")
        elif not all(way):
            yield Problem(file, row, column, f"{'+'.join(way)!r} has a + without a word", "Write word+word;word")
        else:
            yield from wrong_parts(file, row, column, way)


def wrong_parts(file: str, row: int, column: str, parts: Iterable[str]) -> Iterator[Problem]:
    """The words that stand in no text as it is compared: blanks and hyphens are passed over there, signs end a clause."""
    for part in parts:
        if not _WORD.fullmatch(part):
            yield Problem(file, row, column, f"{part!r} can never be found", _HOW)


def forbidden(ways: Iterable[Sequence[str]], unless: Sequence[str], words: Iterable[Word]) -> Iterator[tuple[str, str]]:
    """Parts that hold a word which forbids them, and the word; dialect is read as its standard form on both sides."""
    dialect = _dialect(words)
    return ((part, word) for way in ways for part in way for word in unless if word.translate(dialect) in part.translate(dialect))


def _dialect(words: Iterable[Word]) -> Mapping[int, str]:
    return {ord(word.word): word.standard for word in words if len(word.word) == len(word.standard) == 1}
