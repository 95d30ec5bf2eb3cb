"""One part of a pattern as it is written in a table: ``再不(处理|解决)…(跳|喝药)``.

``(a|b)`` stands for either word, ``(a|)`` for a word that may be missing; ``…`` means "soon after": what follows it stands
behind what is before it in the same sentence, at most ``REACH`` characters later. Groups are not nested.
"""

import re
from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

REACH = 10
GAP = "…"
# So many words are looked for as they are; of phrases that stand for more, a piece is looked for and then the whole.
_SPELT_OUT = 64
_PIECE = 300
_TELLING = 2

_GAP = re.compile("…+")
_GROUP = re.compile(r"\(([^()]*)\)")
_GROUPED = re.compile(r"(?:[^()|]|\([^()]*\))+")
_LETTERS = re.compile("[^()|…]+")

Options = list[list[str]]


class Phrase(NamedTuple):
    """Wherever the phrase stands, one of ``words`` does, and in its sentence one of each group of ``others``; ``shape`` is the
    whole, a group per piece between gaps, or None where the words are all of it."""

    words: tuple[str, ...]
    others: tuple[tuple[str, ...], ...] = ()
    shape: re.Pattern[str] | None = None


def read(part: str, plain: Callable[[str], str] = str) -> Phrase:
    """The phrase of a part that has no ``fault``, its words as ``plain`` makes them."""
    pieces = [_options(piece) for piece in _GAP.split(_LETTERS.sub(lambda found: plain(found[0]), part))]
    if len(pieces) == 1 and prod(map(len, pieces[0])) <= _SPELT_OUT:
        return Phrase(_words(pieces[0]))
    stretches = sorted((stretch for piece in pieces for stretch in _stretches(piece)), key=_worth, reverse=True)
    others = tuple(_words(each) for each in stretches[1:])
    whole = f".{{0,{REACH}}}?".join(f"({''.join(map(_either, piece))})" for piece in pieces)
    return Phrase(_words(stretches[0]), others, re.compile(whole))


def fault(part: str) -> tuple[str, str] | None:
    """What is wrong with a part, and the remedy."""
    for piece in _GAP.split(part):
        if not piece:
            return f"{part!r} begins or ends with a gap", "Write words on both sides of …"
        if not _GROUPED.fullmatch(piece):
            return f"the brackets of {piece!r} do not match", "Write (word|word), never one bracket inside another"
        if not any(all(any(map(str.isalnum, word)) for word in options) for options in _options(piece)):
            return f"{piece!r} may be empty", "Leave one word that must stand"
    return None


def _options(piece: str) -> Options:
    """Fixed words and groups of a piece in turn, each as its alternatives."""
    parts = [found.split("|") if number % 2 else [found] for number, found in enumerate(_GROUP.split(piece))]
    return [options for options in parts if options != [""]]


def _stretches(piece: Options) -> list[Options]:
    """Stretches of a piece that do not overlap, the one to look for first: its words are two characters long and few."""
    spans = [(start, end) for start in range(len(piece)) for end in range(start + 1, len(piece) + 1)]
    small = [(start, end) for start, end in spans if prod(map(len, piece[start:end])) <= _PIECE] or spans
    start, end = max(small, key=lambda span: _worth(piece[slice(*span)]))
    rests = [rest for rest in (piece[:start], piece[end:]) if any("" not in options for options in rest)]
    return [piece[start:end], *(each for rest in rests for each in _stretches(rest))]


def _worth(stretch: Options) -> tuple[int, int]:
    return min(_TELLING, sum(min(map(len, options)) for options in stretch)), -prod(map(len, stretch))


def _words(options: Options) -> tuple[str, ...]:
    return tuple(dict.fromkeys("".join(words) for words in product(*options)))


def _either(options: Sequence[str]) -> str:
    # The longest first, so that what is found is also what is shown.
    return f"(?:{'|'.join(map(re.escape, sorted(options, key=len, reverse=True)))})"
