"""What must hold of rules, of disputed duties and of the reasons for sending a request back."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date

from triage.errors import Problem
from triage.lineage_check import backwards, followed, together
from triage.pattern_check import wrong_exceptions, wrong_ways
from triage.profile import CLAUSE, Overlap, Profile, Rule
from triage.profile_columns import DANGER, MOVES
from triage.records import PLACE

_SHOWN = 5


def check_rules(profile: Profile) -> Iterator[Problem]:
    """Rules that can never fire, or that name what is not there."""
    file, leaves = "rules.csv", frozenset(profile.leaves())
    for rule in profile.rules:
        yield from _patterns(profile, rule)
        for code in rule.items:
            yield from leaf(profile, leaves, file, rule.row, "items", code)
        if rule.lead and (rule.lead not in profile.units or profile.units[rule.lead].accepts == "no"):
            yield Problem(file, rule.row, "lead", f"no unit {rule.lead!r} that accepts requests", "Use a code of units.csv or nothing")
        yield from followed(profile, file, rule.row, "lead", rule.lead, date.max)


def _patterns(profile: Profile, rule: Rule) -> Iterator[Problem]:
    file = "rules.csv"
    if not (rule.patterns or rule.types or rule.items):
        yield Problem(file, rule.row, "patterns", f"{rule.code} can never fire", "Fill in patterns, types or items")
    yield from wrong_ways(file, rule.row, "patterns", rule.patterns)
    yield from wrong_exceptions(file, rule.row, rule.patterns, rule.unless, profile.words.values())
    if rule.urgency == DANGER and any(word.startswith(CLAUSE) for word in rule.unless):
        yield Problem(file, rule.row, "unless", f"a rule of {DANGER} must not hang on what else is said", f"Drop the {CLAUSE}")


def leaf(profile: Profile, leaves: Collection[str], file: str, row: int, column: str, code: str) -> Iterator[Problem]:
    """An item that is not there, or that has others below it: requests are told by leaves only."""
    if code not in profile.items:
        yield Problem(file, row, column, f"no item {code!r}", "Use a code of items.csv")
    elif code not in leaves:
        below = [each for each in leaves if code in profile.path(each)]
        several = f"{', '.join(sorted(below)[:_SHOWN])}{' …' if len(below) > _SHOWN else ''}"
        yield Problem(file, row, column, f"{code} {profile.items[code].name} has items below it", f"Name those that are meant: {several}")


def check_overlaps(profile: Profile) -> Iterator[Problem]:
    """Disputed duties whose answers, leads, clues or questions do not hold together."""
    issues: dict[str, list[Overlap]] = defaultdict(list)
    leaves = frozenset(profile.leaves())
    for row in profile.overlaps:
        issues[row.issue].append(row)
        yield from _answer(profile, leaves, row)
        yield from _clues(profile, row)
    for issue, rows in issues.items():
        yield from _issue(issue, rows)


def _answer(profile: Profile, leaves: Collection[str], row: Overlap) -> Iterator[Problem]:
    file = "overlaps.csv"
    for code in row.items:
        yield from leaf(profile, leaves, file, row.row, "items", code)
    for column, codes in (("lead", (row.lead,)), ("co", row.helpers)):
        for code in codes:
            if code not in profile.units:
                yield Problem(file, row.row, column, f"no unit {code!r}", "Use a code of units.csv")
    if row.lead in profile.units and profile.units[row.lead].accepts == "no":
        yield Problem(file, row.row, "lead", f"{row.lead} accepts no requests (units.csv)", "Name another lead")
    if row.lead in row.helpers:
        yield Problem(file, row.row, "co", f"{row.lead} leads already", "Take it out")
    yield from followed(profile, file, row.row, "lead", row.lead, row.period.end)
    for column, value, remedy in (
        ("issue", row.issue, "Give the dispute a code, the same in all its rows"),
        ("answer", row.answer, "Say what the caller would answer"),
    ):
        if not value:
            yield Problem(file, row.row, column, "is empty", remedy)
    if not row.items:
        yield Problem(file, row.row, "items", "names no item", "Name the items this answer stands for")
    yield from backwards(file, row.row, row.period)


def _clues(profile: Profile, row: Overlap) -> Iterator[Problem]:
    file = "overlaps.csv"
    yield from wrong_ways(file, row.row, "topic", row.topic)
    yield from wrong_ways(file, row.row, "clues", row.clues)
    yield from wrong_exceptions(file, row.row, row.clues, row.unless, profile.words.values())


def _issue(issue: str, rows: Sequence[Overlap]) -> Iterator[Problem]:
    file, first = "overlaps.csv", rows[0]
    if issue == PLACE:
        yield Problem(file, first.row, "issue", f"{PLACE!r} is the question for the town", "Name the issue otherwise")
    if len(rows) > 1 and not first.question:
        yield Problem(file, first.row, "question", f"{issue} has {len(rows)} answers and no question", "Say what to ask the caller")
    for index, row in enumerate(rows):
        if row.question != first.question:
            yield Problem(
                file, row.row, "question", f"{row.question!r} is not the question of row {first.row}", "Ask the same in all rows of an issue"
            )
        if row.topic != first.topic:
            yield Problem(file, row.row, "topic", f"is not that of row {first.row}", "Give all rows of an issue the same topic")
        for other in rows[:index]:
            if row.answer == other.answer and together(row.period, other.period):
                yield Problem(file, row.row, "answer", f"stands in row {other.row} for the same time", "Keep one, or end one before the other begins")


def check_refusals(profile: Profile) -> Iterator[Problem]:
    """Just one row says what a second refusal means."""
    escalating = [each for each in profile.refusals.values() if each.move == "escalate"]
    # A row with a word that is not allowed may be meant to be it.
    if profile.refusals and not escalating and all(each.move in MOVES for each in profile.refusals.values()):
        yield Problem("refusals.csv", 0, "move", "no row with escalate says what a second refusal means", "Add one, e.g. 两次退单,escalate,…")
    for each in escalating[1:]:
        yield Problem("refusals.csv", each.row, "move", f"escalate stands in row {escalating[0].row} already", "Keep one of them")
