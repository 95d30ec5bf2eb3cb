"""Named rules of the profile: urgency, what must never go out automatically, and who takes what no model may decide."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from triage.patterns import Pattern, Patterns
from triage.profile import CLAUSE, Profile, Rule
from triage.profile_columns import DANGER
from triage.records import Match

RANK = {"一般": 0, "紧急": 1, "特急": 2}


class Rules:
    """The rules of a profile, ready to match."""

    def __init__(self, profile: Profile | None) -> None:
        self._rules = profile.rules if profile else ()
        patterns = [Pattern(rule.code, rule.patterns, *exceptions(rule.unless), rule.homophones) for rule in self._rules]
        self._patterns = Patterns(patterns, profile.words.values() if profile else ())
        self._by_type = _index(self._rules, "types")
        self._by_item = _index(self._rules, "items")
        self._leads = {rule.code: rule.lead for rule in self._rules if rule.lead}

    def match(self, texts: Sequence[str]) -> dict[int, dict[str, str]]:
        """Text index → code of each rule whose pattern fired → the words it fired on."""
        return self._patterns.match(texts)

    def lead(self, fired: Mapping[str, str]) -> str:
        """The unit that a fired rule puts first, the first rule of the table winning; "" when none does."""
        return next((unit for code, unit in self._leads.items() if code in fired), "")

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


def soften(matches: Sequence[Match]) -> tuple[Match, ...]:
    """What the rules ask for where the danger they speak of is over: a person confirms, nobody is alarmed."""
    return tuple(replace(match, kind="suggest", level="") if match.level == DANGER else match for match in matches)


def exceptions(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that count anywhere in the clause (marked ``~``), and those that count where they overlap what was found."""
    return tuple(word[1:] for word in words if word.startswith(CLAUSE)), tuple(word for word in words if not word.startswith(CLAUSE))


def _index(rules: Sequence[Rule], field: str) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        for key in getattr(rule, field):
            found[key].append(rule)
    return found
