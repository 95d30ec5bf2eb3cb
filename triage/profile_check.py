"""What a profile must satisfy. Each check yields every breach it finds, with file, row, column and remedy."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from triage.deadlines import TYPES, check_calendar, check_limits
from triage.errors import Problem
from triage.normalize import normalize
from triage.phrases import GAP, fault, read
from triage.profile import ANYWHERE, CLAUSE, Duty, Item, Overlap, Profile, Town, Unit
from triage.records import PLACE
from triage.succession import Period, heirs

URGENCIES = ("一般", "紧急", "特急")
DANGER = "特急"
MOVES = ("none", "area", "consult", "overlap", "ask", "merge", "close", "escalate")
_HEAD = ("code", "name", "version", "taxonomy", "town_unit")


def check(profile: Profile) -> list[Problem]:
    """Every breach in the profile, in the order of file and row."""
    checks = (_head, _units, _towns, _items, _places, _duties, _leads, _rules, _overlaps, _refusals, _times, _words)
    return sorted(problem for each in checks for problem in each(profile))


def _head(profile: Profile) -> Iterator[Problem]:
    for key in _HEAD:
        if not getattr(profile, key):
            yield Problem("profile.toml", 0, key, "is missing", f'Add a line {key} = "…"')
    if not profile.areas:
        yield Problem("profile.toml", 0, "areas", "names no area class", 'Add a table [areas], e.g. town = "镇"')
    if profile.town_unit and profile.town_unit not in profile.units:
        yield Problem("profile.toml", 0, "town_unit", f"no unit {profile.town_unit!r}", "Use a code of units.csv")


def _units(profile: Profile) -> Iterator[Problem]:
    file = "units.csv"
    for unit in profile.units.values():
        if not unit.name:
            yield Problem(file, unit.row, "name", "is empty", "Give the unit its official name")
        if unit.accepts not in ("yes", "limited", "refer", "no"):
            yield Problem(file, unit.row, "accepts", f"{unit.accepts!r} is not allowed", "Use yes, limited, refer or no")
    yield from _lineage(file, profile.units)


def _towns(profile: Profile) -> Iterator[Problem]:
    file = "towns.csv"
    owner: dict[str, Town] = {}
    for town in profile.towns.values():
        if town.area not in profile.areas:
            known = ", ".join(profile.areas)
            yield Problem(file, town.row, "area", f"no area class {town.area!r}", f"Use one of profile.toml [areas]: {known}")
        if town.unit and town.unit not in profile.units:
            yield Problem(file, town.row, "unit", f"no unit {town.unit!r}", "Use a code of units.csv or leave it empty")
        elif town.unit and profile.units[town.unit].accepts == "no":
            yield Problem(file, town.row, "unit", f"{town.unit} accepts no requests (units.csv)", "Name another unit or leave it empty")
        yield from _followed(profile, file, town.row, "unit", town.unit, town.period.end)
        for name in dict.fromkeys((town.name, town.short, *town.aliases, *town.misspellings)):
            other = owner.setdefault(name, town)
            if other is not town:
                yield Problem(file, town.row, "aliases", f"{name!r} also means {other.name} (row {other.row})", "Keep it in one town")
    yield from _lineage(file, profile.towns)


def _items(profile: Profile) -> Iterator[Problem]:
    file = "items.csv"
    for item in profile.items.values():
        if not item.name:
            yield Problem(file, item.row, "name", "is empty", "Name the item")
        if item.kind not in ("public", "company"):
            yield Problem(file, item.row, "kind", f"{item.kind!r} is not allowed", "Use public or company")
        if item.parent and item.parent not in profile.items:
            yield Problem(file, item.row, "parent", f"no item {item.parent!r}", "Add the parent, or leave the cell empty for a root")
        elif _cyclic(item.code, {code: (each.parent,) for code, each in profile.items.items() if each.parent}):
            yield Problem(file, item.row, "parent", f"{item.code} is its own ancestor", "Break the circle")
    yield from _lineage(file, profile.items)


def _places(profile: Profile) -> Iterator[Problem]:
    names = {name: town for town in profile.towns.values() for name in (town.name, town.short, *town.aliases, *town.misspellings)}
    for place in profile.places:
        if place.name in names and names[place.name].code != place.town:
            yield Problem("places.csv", place.row, "name", f"{place.name!r} also means {names[place.name].name}", "Keep it in one town")
        if place.town not in profile.towns:
            yield Problem("places.csv", place.row, "town", f"no town {place.town!r}", "Use a code of towns.csv")


def _lineage(file: str, table: Mapping[str, Unit] | Mapping[str, Town] | Mapping[str, Item]) -> Iterator[Problem]:
    edges = {code: each.successors for code, each in table.items()}
    for code, each in table.items():
        if each.period.start > each.period.end:
            yield Problem(file, each.row, "valid_to", "lies before valid_from", "Swap or correct the dates")
        for successor in each.successors:
            if successor not in table:
                yield Problem(file, each.row, "successor", f"no {successor!r} in this table", "Use a code of this table")
        if each.successors and each.period.end == date.max:
            yield Problem(file, each.row, "successor", f"{code} has a successor but no end", "Fill in valid_to")
        if _cyclic(code, edges):
            yield Problem(file, each.row, "successor", f"{code} succeeds itself", "Break the circle")


def _cyclic(code: str, edges: Mapping[str, tuple[str, ...]]) -> bool:
    seen: set[str] = set()
    todo = list(edges.get(code, ()))
    while todo:
        current = todo.pop()
        if current == code:
            return True
        if current not in seen:
            seen.add(current)
            todo += edges.get(current, ())
    return False


def _duties(profile: Profile) -> Iterator[Problem]:
    file = "responsibility.csv"
    areas = {ANYWHERE, *profile.areas, *profile.towns}
    same: dict[tuple[str, ...], list[Duty]] = defaultdict(list)
    for duty in (duty for duties in profile.duties.values() for duty in duties):
        if duty.item not in profile.items:
            yield Problem(file, duty.row, "item", f"no item {duty.item!r}", "Use a code of items.csv")
        if duty.unit not in profile.units:
            yield Problem(file, duty.row, "unit", f"no unit {duty.unit!r}", "Use a code of units.csv, or add the unit there")
        elif not _within(duty.period, profile.units[duty.unit].period):
            yield Problem(file, duty.row, "valid_to", f"unit {duty.unit} does not exist all that time", "End the row with the unit")
        elif duty.role == "lead" and profile.units[duty.unit].accepts == "no":
            yield Problem(file, duty.row, "unit", f"{duty.unit} accepts no requests (units.csv)", "Name another lead")
        if duty.area not in areas:
            yield Problem(file, duty.row, "area", f"no area {duty.area!r}", "Use *, an area class of profile.toml or a town's code")
        if duty.role not in ("lead", "co"):
            yield Problem(file, duty.row, "role", f"{duty.role!r} is not allowed", "Use lead or co")
        if duty.period.start > duty.period.end:
            yield Problem(file, duty.row, "valid_to", "lies before valid_from", "Swap or correct the dates")
        if duty.own and (duty.role == "co" or duty.unit == profile.town_unit):
            yield Problem(file, duty.row, "own", "only a bureau that leads has a duty of its own", "Empty the cell")
        key = (duty.item, duty.area, duty.role, duty.unit if duty.role == "co" else "")
        for other in same[key]:
            if duty.period.start <= other.period.end and other.period.start <= duty.period.end:
                yield Problem(file, duty.row, "valid_from", f"overlaps row {other.row} in time", "Let one end before the other begins")
        same[key].append(duty)


def _within(inner: Period, outer: Period) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _leads(profile: Profile) -> Iterator[Problem]:
    """Every leaf has a lead everywhere on every day of its life: look at each day on which a row begins or ends."""
    for code in profile.leaves():
        item = profile.items[code]
        rows = [duty for duty in profile.duties.get(code, ()) if duty.role == "lead"]
        ends = [duty.period.end for duty in rows if duty.period.end < date.max]
        days = {item.period.start, *(duty.period.start for duty in rows), *(end + timedelta(days=1) for end in ends)}
        for day in sorted(day for day in days if day in item.period):
            if not any(duty.area == ANYWHERE and day in duty.period for duty in rows):
                since = "" if day == date.min else f" from {day}"
                remedy = f"Add a row {code},*,<unit>,lead to responsibility.csv for that time"
                yield Problem("items.csv", item.row, "code", f"{code} {item.name} has no lead everywhere (area *){since}", remedy)
                break


def _rules(profile: Profile) -> Iterator[Problem]:
    file = "rules.csv"
    for rule in profile.rules:
        if not (rule.patterns or rule.types or rule.items):
            yield Problem(file, rule.row, "patterns", f"{rule.code} can never fire", "Fill in patterns, types or items")
        yield from _wordings(file, rule.row, "patterns", rule.patterns)
        yield from _exceptions(file, rule.row, rule.patterns, rule.unless)
        if rule.urgency == DANGER and any(word.startswith(CLAUSE) for word in rule.unless):
            yield Problem(file, rule.row, "unless", f"a rule of {DANGER} must not hang on what else is said", f"Drop the {CLAUSE}")
        if rule.urgency not in ("", *URGENCIES):
            yield Problem(file, rule.row, "urgency", f"{rule.urgency!r} is not allowed", f"Use {', '.join(URGENCIES)} or nothing")
        if rule.decision not in ("", "suggest", "manual"):
            yield Problem(file, rule.row, "decision", f"{rule.decision!r} is not allowed", "Use suggest, manual or nothing")
        for name in rule.types:
            if name not in TYPES:
                yield Problem(file, rule.row, "types", f"no request type {name!r}", f"Use {', '.join(TYPES)}")
        for code in rule.items:
            if code not in profile.items:
                yield Problem(file, rule.row, "items", f"no item {code!r}", "Use a code of items.csv")

        if rule.lead and (rule.lead not in profile.units or profile.units[rule.lead].accepts == "no"):
            yield Problem(file, rule.row, "lead", f"no unit {rule.lead!r} that accepts requests", "Use a code of units.csv or nothing")
        yield from _followed(profile, file, rule.row, "lead", rule.lead, date.max)


def _followed(profile: Profile, file: str, row: int, column: str, code: str, until: date) -> Iterator[Problem]:
    """A unit that ends before the row does must have one successor, so that the row still names somebody."""
    unit = profile.units.get(code)
    if unit is not None and unit.period.end < until and len(heirs(profile.units, code, unit.period.end + timedelta(days=1))) != 1:
        yield Problem(file, row, column, f"{code} ends on {unit.period.end} without one successor", "End this row too, or name another unit")


def _wordings(file: str, row: int, column: str, ways: Iterable[Sequence[str]]) -> Iterator[Problem]:
    for way in ways:
        if not way:
            yield Problem(file, row, column, "an alternative is empty", "Write word+word;word")
        for part in way:
            if (wrong := fault(part)) is not None:
                yield Problem(file, row, column, *wrong)


def _exceptions(file: str, row: int, ways: Iterable[Sequence[str]], unless: Sequence[str]) -> Iterator[Problem]:
    """Exceptions that are badly written, or stand inside a word of a part, which they then always stop."""
    words = [word for way in ways for part in way if fault(part) is None and (told := read(part)).shape is None for word in told.words]
    for each in unless:
        exception = each.removeprefix(CLAUSE)
        wrong = ("an exception has no gap", f"Write words without {GAP}") if GAP in exception else fault(exception)
        if wrong is not None:
            yield Problem(file, row, "unless", *wrong)
        elif (shorter := read(exception)).shape is None:
            for word in (word for word in words if any(other in word for other in shorter.words)):
                yield Problem(file, row, "unless", f"{each!r} stands inside the pattern {word!r}, which can never fire", "Make it longer")


def _overlaps(profile: Profile) -> Iterator[Problem]:
    file = "overlaps.csv"
    issues: dict[str, list[Overlap]] = defaultdict(list)
    for row in profile.overlaps:
        issues[row.issue].append(row)
        for column, codes, table in (("items", row.items, profile.items), ("lead", (row.lead,), profile.units), ("co", row.helpers, profile.units)):
            for code in codes:
                if code not in table:
                    yield Problem(file, row.row, column, f"no {code!r}", "Use a code of items.csv or units.csv")
        if row.lead in profile.units and profile.units[row.lead].accepts == "no":
            yield Problem(file, row.row, "lead", f"{row.lead} accepts no requests (units.csv)", "Name another lead")
        yield from _followed(profile, file, row.row, "lead", row.lead, row.period.end)
        if not row.items:
            yield Problem(file, row.row, "items", "names no item", "Name the items this answer stands for")
        if not row.answer:
            yield Problem(file, row.row, "answer", "is empty", "Say what the caller would answer")
        yield from _wordings(file, row.row, "clues", row.clues)
        yield from _wordings(file, row.row, "topic", row.topic)
        yield from _exceptions(file, row.row, row.clues, row.unless)
        if row.period.start > row.period.end:
            yield Problem(file, row.row, "valid_to", "lies before valid_from", "Swap or correct the dates")
    for issue, rows in issues.items():
        if issue == PLACE:
            yield Problem(file, rows[0].row, "issue", f"{PLACE!r} is the question for the town", "Name the issue otherwise")
        if len(rows) > 1 and not all(row.question for row in rows):
            yield Problem(file, rows[0].row, "question", f"{issue} has {len(rows)} answers and no question", "Say what to ask the caller")
        for row, other in ((row, other) for index, row in enumerate(rows) for other in rows[:index]):
            if row.answer == other.answer and row.period.start <= other.period.end and other.period.start <= row.period.end:
                yield Problem(file, row.row, "answer", f"stands in row {other.row} for the same time", "Keep one, or end one before the other begins")


def _refusals(profile: Profile) -> Iterator[Problem]:
    for each in profile.refusals.values():
        if each.move not in MOVES:
            yield Problem("refusals.csv", each.row, "move", f"{each.move!r} is not allowed", f"Use {', '.join(MOVES)}")


def _times(profile: Profile) -> Iterator[Problem]:
    yield from check_limits(profile.limits)
    yield from check_calendar(profile.special_days)
    try:
        ZoneInfo(profile.timezone)
    except (LookupError, ValueError, OSError):
        yield Problem("profile.toml", 0, "timezone", f"no time zone {profile.timezone!r}", "Write it like Asia/Shanghai")


def _words(profile: Profile) -> Iterator[Problem]:
    for word in profile.words.values():
        if word.standard and len(word.standard) != len(word.word):
            yield Problem("words.csv", word.row, "standard", f"{word.standard!r} is not as long as {word.word!r}", "Use a word of equal length")
        if normalize([word.word]) != [word.word]:
            yield Problem("words.csv", word.row, "word", f"{word.word!r} is read as {normalize([word.word])[0]!r}", "Write it in that form")
