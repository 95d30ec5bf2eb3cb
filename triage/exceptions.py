"""Words that stop a pattern: where they stand, or where they overlap what it found."""

import re
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from triage.phrases import Phrase

HIDDEN = "\x01"
_START = 2


class Exceptions:
    """Exceptions of one pattern, in standard form; false when there are none."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._starts: dict[str, list[tuple[str, re.Pattern[str] | None]]] = {}
        self._always: list[re.Pattern[str]] = []
        for phrase in phrases:
            if min(map(len, phrase.words)) < _START:
                self._always.append(phrase.shape or re.compile("|".join(map(re.escape, phrase.words))))
                continue
            for word in phrase.words:
                self._starts.setdefault(word[:_START], []).append((word, phrase.shape))
        self._heads = re.compile(f"[{''.join(map(re.escape, sorted({start[0] for start in self._starts})))}]" if self._starts else "(?!)")

    def __bool__(self) -> bool:
        return bool(self._starts or self._always)

    def stand(self, text: str) -> bool:
        """Whether any of them stands in the text."""
        return any(self._spans(text))

    def hide(self, sentence: str, clauses: npt.NDArray[np.int32]) -> str:
        """The sentence with every one of them made unreadable, also where they overlap, but not where they span clauses
        (``clauses``: the clause of each character)."""
        left = sentence
        for start, end in self._spans(sentence):
            if clauses[start] == clauses[end - 1]:
                left = left[:start] + HIDDEN * (end - start) + left[end:]
        return left

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        shapes: set[re.Pattern[str]] = set()
        for place in (found.start() for found in self._heads.finditer(text)):
            for word, shape in self._starts.get(text[place : place + _START], ()):
                if text.startswith(word, place):
                    if shape is None:
                        yield place, place + len(word)
                    else:
                        shapes.add(shape)
        for shape in (*self._always, *shapes):
            yield from (found.span() for found in shape.finditer(text))
