"""One rule tag, asked of many requests: where it holds and by which words, and where it nearly does. Pure, as the tags themselves."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from triage.patterns import Pattern, Patterns
from triage.profile import Tag, Word
from triage.rules import exceptions
from triage.tag import Subject, lacking

_WHOLE, _BARE, _PART = "whole", "bare", "part"
UNLESS = "unless"


class Look(NamedTuple):
    """``holds``: the rule does. ``words``: by which words, or, where it does not hold, one of its words that is there; "" for none.
    ``lacks``: the columns of the conditions that are not met; ``unless`` where only an exception stands against the words.
    ``near``: it does not hold, though one of its words is there or the request has one of its items."""

    holds: bool
    words: str
    lacks: tuple[str, ...]
    near: bool


class Trial:
    """A rule ready to be asked. ``words``: the city's own words, as ``Profile.words`` has them."""

    def __init__(self, tag: Tag, words: Iterable[Word]) -> None:
        self._tag = tag
        parts = tuple(dict.fromkeys((part,) for way in tag.patterns for part in way))
        asked = [Pattern(_WHOLE, tag.patterns, *exceptions(tag.unless)), Pattern(_BARE, tag.patterns), Pattern(_PART, parts)]
        self._patterns = Patterns(asked if tag.patterns else [], words)

    def look(self, subjects: Sequence[Subject]) -> list[Look]:
        """One answer per request, in order."""
        fired = self._patterns.match([each.text for each in subjects]) if self._tag.patterns else {}
        return [self._look(each, fired.get(number, {})) for number, each in enumerate(subjects)]

    def _look(self, found: Subject, fired: dict[str, str]) -> Look:
        missing = lacking(self._tag, found, _WHOLE in fired)
        if not missing:
            return Look(True, fired.get(_WHOLE, ""), (), False)
        told = tuple(UNLESS if name == "patterns" and _BARE in fired else name for name in missing)
        by_item = bool(self._tag.items) and "items" not in missing
        return Look(False, fired.get(_BARE) or fired.get(_PART, ""), told, _PART in fired or by_item)
