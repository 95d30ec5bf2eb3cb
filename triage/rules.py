"""Named rules of the profile: urgency, and what must never go out automatically.

A pattern is a word, or several that must stand in one sentence; a rule does not fire on a sentence that holds one of its
exceptions. Dialect words are read as their standard form (words.csv) on both sides, so a rule needs no second spelling.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from triage.find import Finder, Hit
from triage.profile import Profile, Rule
from triage.records import Match

RANK = {"一般": 0, "紧急": 1, "特急": 2}
_SENTENCE = re.compile(r"[。!?;\n…]+")


class Rules:
    """The rules of a profile, ready to match."""

    def __init__(self, profile: Profile | None) -> None:
        self._rules = profile.rules if profile else ()
        standard = {word: form for word, form in (profile.words.items() if profile else ()) if len(form) == len(word)}
        self._standard = str.maketrans({word: form for word, form in standard.items() if len(word) == 1 and form})
        words = {self._plain(word) for rule in self._rules for word in (*rule.unless, *(part for way in rule.patterns for part in way))}
        self._finder = Finder(sorted(words), overlapping=True)
        self._first: dict[str, list[tuple[Rule, tuple[str, ...]]]] = defaultdict(list)
        for rule in self._rules:
            for way in rule.patterns:
                parts = tuple(self._plain(part) for part in way)
                self._first[parts[0]].append((rule, parts))
        self._unless = {rule.code: frozenset(self._plain(word) for word in rule.unless) for rule in self._rules}
        self._by_type = _index(self._rules, "types")
        self._by_item = _index(self._rules, "items")

    def match(self, texts: Sequence[str]) -> dict[int, dict[str, str]]:
        """Text index → code of each rule whose pattern fired → the words it fired on."""
        plain = [text.translate(self._standard) for text in texts] if self._standard else texts
        fired = {}
        for index, hits in self._finder.find(plain).items():
            found = self._fired(plain[index], hits)
            if found:
                fired[index] = found
        return fired

    def matches(self, fired: Mapping[str, str], request_type: str, item: str) -> tuple[Match, ...]:
        """All rules that hold for a request, in the profile's order: by pattern, by its type, by its likeliest item."""
        held = dict(fired)
        for rule in self._by_type.get(request_type, ()):
            held.setdefault(rule.code, f"类型: {request_type}")
        for rule in self._by_item.get(item, ()):
            held.setdefault(rule.code, f"事项: {item}")
        if not held:
            return ()
        return tuple(
            Match(rule.code, rule.name, rule.decision, rule.urgency, held[rule.code], rule.handling, rule.transfer)
            for rule in self._rules
            if rule.code in held
        )

    def _plain(self, word: str) -> str:
        return word.translate(self._standard)

    def _fired(self, text: str, hits: Sequence[Hit]) -> dict[str, str]:
        words = self._finder.words
        breaks = [found.start() for found in _SENTENCE.finditer(text)]
        sentences: dict[int, set[str]] = defaultdict(set)
        for hit in hits:
            sentences[sum(place < hit.start for place in breaks)].add(words[hit.word])
        fired: dict[str, str] = {}
        for present in sentences.values():
            for word in present:
                for rule, parts in self._first.get(word, ()):
                    if present.issuperset(parts) and self._unless[rule.code].isdisjoint(present):
                        fired.setdefault(rule.code, "+".join(parts))
        return fired


def _index(rules: Sequence[Rule], field: str) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        for key in getattr(rule, field):
            found[key].append(rule)
    return found
