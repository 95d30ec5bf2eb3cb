"""Named rules of the profile: urgency, and what must never go out automatically.

A pattern is a word, or several that must stand in one sentence; a rule does not fire where one of its exceptions stands in
the same clause. Blanks and hyphens inside words are passed over, and dialect words are read as their standard form
(words.csv) on both sides, so a rule needs no second spelling.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product

from triage.find import Finder, Hit
from triage.profile import Profile, Rule
from triage.records import Match

RANK = {"一般": 0, "紧急": 1, "特急": 2}
_STOPS = "。!?;\n…"
_CUT = re.compile("[。!?;\n…,、:]")


class Rules:
    """The rules of a profile, ready to match."""

    def __init__(self, profile: Profile | None) -> None:
        self._rules = profile.rules if profile else ()
        standard = {word.word: word.standard for word in (profile.words.values() if profile else ()) if len(word.word) == len(word.standard) == 1}
        self._standard = str.maketrans(standard)
        self._dialect = re.compile(f"[{''.join(standard)}]" if standard else r"(?!)")
        spellings: dict[str, list[str]] = defaultdict(list)
        for word, form in standard.items():
            spellings[form].append(word)
        self._ways: dict[str, list[tuple[Rule, tuple[str, ...]]]] = defaultdict(list)
        for rule in self._rules:
            for way in rule.patterns:
                parts = tuple(self._plain(part) for part in way)
                for anchor in _spelt(max(parts, key=len), spellings):
                    self._ways[anchor].append((rule, parts))
        self._unless = {rule.code: tuple(self._plain(word) for word in rule.unless) for rule in self._rules}
        self._finder = Finder(list(self._ways), overlapping=True)
        self._by_type = _index(self._rules, "types")
        self._by_item = _index(self._rules, "items")

    def match(self, texts: Sequence[str]) -> dict[int, dict[str, str]]:
        """Text index → code of each rule whose pattern fired → the words it fired on."""
        fired = {}
        texts = [text.replace(" ", "").replace("-", "") for text in texts]
        for index, hits in self._finder.find(texts).items():
            found = self._fired(texts[index], hits)
            if found:
                fired[index] = found
        return fired

    def matches(self, fired: Mapping[str, str], types: Sequence[str], item: str) -> tuple[Match, ...]:
        """All rules that hold for a request, in the profile's order: by pattern, by a type it may be, by its likeliest
        item."""
        held = dict(fired)
        for name in types:
            for rule in self._by_type.get(name, ()):
                held.setdefault(rule.code, f"类型: {name}")
        for rule in self._by_item.get(item, ()):
            held.setdefault(rule.code, f"事项: {item}")
        if not held:
            return ()
        return tuple(
            Match(rule.code, rule.name, rule.decision, rule.urgency, held[rule.code], rule.handling, rule.transfer)
            for rule in self._rules
            if rule.code in held
        )

    def _plain(self, text: str) -> str:
        return text.translate(self._standard) if self._dialect.search(text) else text

    def _fired(self, text: str, hits: Sequence[Hit]) -> dict[str, str]:
        fired: dict[str, str] = {}
        seen: set[tuple[int, int]] = set()
        cuts = [found.span() for found in _CUT.finditer(text)]
        begins = [0, *(end for _, end in cuts)]
        ends = [*(start for start, _ in cuts), len(text)]
        stops = [index for index, (start, _) in enumerate(cuts) if text[start] in _STOPS]
        held, whole = -1, ""
        for hit in hits:
            clause = bisect_right(begins, hit.start) - 1
            if (clause, hit.word) in seen:
                continue
            seen.add((clause, hit.word))
            sentence = bisect_left(stops, clause)
            first = stops[sentence - 1] + 1 if sentence else 0
            last = stops[sentence] if sentence < len(stops) else len(cuts)
            if first != held:
                held, whole = first, self._plain(text[begins[first] : ends[last]])
            part = self._plain(text[begins[clause] : ends[clause]])
            for rule, parts in self._ways[self._finder.words[hit.word]]:
                if rule.code in fired or not all(each in whole for each in parts):
                    continue
                if not any(word in part for word in self._unless[rule.code]):
                    fired[rule.code] = "+".join(parts)
        return fired


def _spelt(word: str, spellings: Mapping[str, Sequence[str]]) -> list[str]:
    """The word in its standard form and in every dialect spelling."""
    return ["".join(chars) for chars in product(*([char, *spellings.get(char, ())] for char in word))]


def _index(rules: Sequence[Rule], field: str) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        for key in getattr(rule, field):
            found[key].append(rule)
    return found
