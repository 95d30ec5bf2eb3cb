"""What a profile must satisfy. Each check yields every breach it finds, with file, row, column and remedy.

Which words a cell may hold is in ``profile_columns.py``; names, patterns, disputes and successions have files of their own.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from triage.deadlines import check_calendar, check_limits
from triage.dispute_check import check_overlaps, check_refusals, check_rules, leaf
from triage.errors import Problem
from triage.lineage_check import backwards, cyclic, followed, lineage, together, within
from triage.name_check import check_places, check_towns, check_words
from triage.profile import ANYWHERE, Duty, Profile
from triage.tag_check import check_tags

HEAD = "profile.toml"
_NEEDED = ("code", "name", "version", "taxonomy", "town_unit")


def check(profile: Profile, failed: Collection[str] = ()) -> list[Problem]:
    """Every breach in the profile, in the order of file and row. What hangs on a file that could not be read (``failed``)
    is not looked at: it would only repeat that."""
    checks = (each for each, files in _CHECKS.items() if not set(files) & set(failed))
    return sorted(problem for each in checks for problem in each(profile))


def _head(profile: Profile) -> Iterator[Problem]:
    for key in _NEEDED:
        if not getattr(profile, key):
            yield Problem(HEAD, 0, key, "is missing", f'Add a line {key} = "…"')
    if not profile.areas:
        yield Problem(HEAD, 0, "areas", "names no area class", 'Add a table [areas], e.g. town = "镇"')
    try:
        ZoneInfo(profile.timezone)
    except (LookupError, ValueError, OSError):
        yield Problem(HEAD, 0, "timezone", f"no time zone {profile.timezone!r}", "Write it like Asia/Shanghai")


def _town_unit(profile: Profile) -> Iterator[Problem]:
    if profile.town_unit and profile.town_unit not in profile.units:
        yield Problem(HEAD, 0, "town_unit", f"no unit {profile.town_unit!r}", "Use a code of units.csv")


def _units(profile: Profile) -> Iterator[Problem]:
    for unit in profile.units.values():
        if not unit.name:
            yield Problem("units.csv", unit.row, "name", "is empty", "Give the unit its official name")
    yield from lineage("units.csv", profile.units)


def _towns(profile: Profile) -> Iterator[Problem]:
    yield from check_towns(profile)
    yield from lineage("towns.csv", profile.towns)


def _areas(profile: Profile) -> Iterator[Problem]:
    for town in profile.towns.values():
        if town.area not in profile.areas:
            known = ", ".join(profile.areas)
            yield Problem("towns.csv", town.row, "area", f"no area class {town.area!r}", f"Use one of profile.toml [areas]: {known}")


def _managements(profile: Profile) -> Iterator[Problem]:
    file = "towns.csv"
    for town in profile.towns.values():
        if town.unit and town.unit not in profile.units:
            yield Problem(file, town.row, "unit", f"no unit {town.unit!r}", "Use a code of units.csv or leave it empty")
        elif town.unit and profile.units[town.unit].accepts == "no":
            yield Problem(file, town.row, "unit", f"{town.unit} accepts no requests (units.csv)", "Name another unit or leave it empty")
        yield from followed(profile, file, town.row, "unit", town.unit, town.period.end)


def _items(profile: Profile) -> Iterator[Problem]:
    file = "items.csv"
    parents = {code: (each.parent,) for code, each in profile.items.items() if each.parent}
    for item in profile.items.values():
        if not item.name:
            yield Problem(file, item.row, "name", "is empty", "Name the item")
        if item.parent and item.parent not in profile.items:
            yield Problem(file, item.row, "parent", f"no item {item.parent!r}", "Add the parent, or leave the cell empty for a root")
        elif cyclic(item.code, parents):
            yield Problem(file, item.row, "parent", f"{item.code} is its own ancestor", "Break the circle")
    yield from lineage(file, profile.items)


def _homes(profile: Profile) -> Iterator[Problem]:
    for place in profile.places:
        if place.town not in profile.towns:
            yield Problem("places.csv", place.row, "town", f"no town {place.town!r}", "Use a code of towns.csv")


def _duties(profile: Profile) -> Iterator[Problem]:
    file, leaves = "responsibility.csv", frozenset(profile.leaves())
    for duty in _all(profile):
        yield from leaf(profile, leaves, file, duty.row, "item", duty.item)
        if duty.item in leaves and not together(duty.period, profile.items[duty.item].period):
            yield Problem(file, duty.row, "valid_to", f"item {duty.item} does not exist in that time", "Correct the dates, or delete the row")
        if duty.unit not in profile.units:
            yield Problem(file, duty.row, "unit", f"no unit {duty.unit!r}", "Use a code of units.csv, or add the unit there")
        elif not within(duty.period, profile.units[duty.unit].period):
            yield Problem(file, duty.row, "valid_to", f"unit {duty.unit} does not exist all that time", "End the row with the unit")
        elif duty.role == "lead" and profile.units[duty.unit].accepts == "no":
            yield Problem(file, duty.row, "unit", f"{duty.unit} accepts no requests (units.csv)", "Name another lead")
        yield from backwards(file, duty.row, duty.period)
        if duty.own and (duty.role == "co" or duty.unit == profile.town_unit):
            yield Problem(file, duty.row, "own", "only a bureau that leads has a duty of its own", "Empty the cell")
    yield from _rivals(profile)


def _rivals(profile: Profile) -> Iterator[Problem]:
    """Rows of one item and area that stand in each other's way."""
    file = "responsibility.csv"
    same: dict[tuple[str, ...], list[Duty]] = defaultdict(list)
    leads: dict[tuple[str, ...], list[Duty]] = defaultdict(list)
    for duty in _all(profile):
        key = (duty.item, duty.area, duty.role, duty.unit if duty.role == "co" else "")
        for other in same[key]:
            if together(duty.period, other.period):
                yield Problem(file, duty.row, "valid_from", f"overlaps row {other.row} in time", "Let one end before the other begins")
        same[key].append(duty)
        if duty.role == "lead":
            leads[duty.item, duty.area, duty.unit].append(duty)
    for duty in _all(profile):
        for other in leads[duty.item, duty.area, duty.unit] if duty.role == "co" else ():
            if within(duty.period, other.period):
                yield Problem(
                    file, duty.row, "unit", f"{duty.unit} leads already (row {other.row})", "Delete the row: a lead is never its own helper"
                )


def _known_areas(profile: Profile) -> Iterator[Problem]:
    known = {ANYWHERE, *profile.areas, *profile.towns}
    for duty in _all(profile):
        if duty.area not in known:
            remedy = "Use *, an area class of profile.toml or a town's code"
            yield Problem("responsibility.csv", duty.row, "area", f"no area {duty.area!r}", remedy)


def _all(profile: Profile) -> Iterable[Duty]:
    return (duty for duties in profile.duties.values() for duty in duties)


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


def _limits(profile: Profile) -> Iterator[Problem]:
    return check_limits(profile.limits)


def _calendar(profile: Profile) -> Iterator[Problem]:
    return check_calendar(profile.special_days)


# Which files each check needs.
_CHECKS: Mapping[Callable[[Profile], Iterator[Problem]], tuple[str, ...]] = {
    _head: (HEAD,),
    _town_unit: (HEAD, "units.csv"),
    _units: ("units.csv",),
    _towns: ("towns.csv",),
    _areas: (HEAD, "towns.csv"),
    _managements: ("towns.csv", "units.csv"),
    _items: ("items.csv",),
    check_places: ("places.csv", "towns.csv"),
    _homes: ("places.csv", "towns.csv"),
    _duties: (HEAD, "items.csv", "responsibility.csv", "units.csv"),
    _known_areas: (HEAD, "responsibility.csv", "towns.csv"),
    _leads: ("items.csv", "responsibility.csv"),
    check_rules: ("items.csv", "rules.csv", "units.csv", "words.csv"),
    check_overlaps: ("items.csv", "overlaps.csv", "units.csv", "words.csv"),
    check_refusals: ("refusals.csv",),
    _limits: ("deadlines.csv",),
    _calendar: ("calendar.csv",),
    check_words: ("words.csv",),
    check_tags: ("items.csv", "tags.csv", "towns.csv", "words.csv"),
}
