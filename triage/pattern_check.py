"""Patterns that can never fire: what stands in the tables, held against how texts are read."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from triage.errors import Problem
from triage.phrases import GAP, fault, read
from triage.profile import CLAUSE, Word

# Texts are compared by their letters and digits alone.
_WORD = re.compile(r"[^\W_]+")
_SIGNS = re.compile(r"[()|…]+")
_HOW = "Write word+word;word: only letters and digits, no blank, punctuation or wildcard; + joins, ; separates, (a|b) chooses, … leaves a gap"


def wrong_ways(file: str, row: int, column: str, ways: Iterable[Sequence[str]]) -> Iterator[Problem]:
    """What is wrong with the alternatives of a cell, each of parts that stand in one sentence."""
    for way in ways:
        if not any(way):
            yield Problem(file, row, column, "an alternative is empty", "Write word+word;word")
        elif not all(way):
            yield Problem(file, row, column, f"{'+'.join(way)!r} has a + without a word", "Write word+word;word")
        else:
            yield from _wrong_parts(file, row, column, way)


def wrong_exceptions(file: str, row: int, ways: Iterable[Sequence[str]], unless: Sequence[str], words: Iterable[Word]) -> Iterator[Problem]:
    """Exceptions that are badly written, or that stand inside a word of a part, which they then always stop."""
    dialect = _dialect(words)
    parts = dict.fromkeys(part for way in ways for part in way if part and fault(part) is None)
    spelt_out = [word for phrase in map(read, parts) if phrase.shape is None for word in phrase.words]
    known = [(word, word.translate(dialect)) for word in spelt_out]
    for each in unless:
        exception = each.removeprefix(CLAUSE)
        if GAP in exception:
            yield Problem(file, row, "unless", f"{each!r}: an exception has no gap", f"Write words without {GAP}")
            continue
        wrong = list(_wrong_parts(file, row, "unless", [exception]))
        yield from wrong
        if not wrong and read(exception).shape is None:
            shorter = [word.translate(dialect) for word in read(exception).words]
            for word in (word for word, plain in known if any(other in plain for other in shorter)):
                yield Problem(file, row, "unless", f"{each!r} stands inside the pattern {word!r}, which can never fire", "Make it longer")


def _wrong_parts(file: str, row: int, column: str, parts: Iterable[str]) -> Iterator[Problem]:
    """Parts that are badly written, or stand in no text as it is compared: by letters and digits."""
    for part in parts:
        if (wrong := fault(part)) is not None:
            yield Problem(file, row, column, *wrong)
        elif not all(_WORD.fullmatch(word) for word in _SIGNS.split(part) if word):
            yield Problem(file, row, column, f"{part!r} can never be found", _HOW)


def _dialect(words: Iterable[Word]) -> Mapping[int, str]:
    return {ord(word.word): word.standard for word in words if len(word.word) == len(word.standard) == 1}
