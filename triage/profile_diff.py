"""What changes for whom between two states of a city's tables: two profiles, or one profile on two days."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from triage.profile import Duty, Item, Overlap, Profile, Rule, Town, Unit
from triage.succession import heirs

HEIR = "→"
_SILENT = frozenset(("code", "row", "period"))
_Lived = TypeVar("_Lived", Unit, Town, Item)
_Said = TypeVar("_Said", Rule, Overlap)


class Change(NamedTuple):
    """One change. ``what``: unit, town, item, lead, helper, rule or overlap; ``code`` and ``name`` are those of the unit,
    town, rule or disputed duty, for a lead or helper those of the item. ``where``: "" for every place that no more specific
    row speaks for, else an area class or a town.

    ``before`` and ``after``: of a lead the codes of the units, ``;`` between several; of helpers those that stopped and
    those that began; of a rule or disputed duty the cells that differ; else the name. Empty ``before``: it is new. Empty
    ``after``: it ended, without successor; with some, ``after`` is ``→`` and their codes.
    """

    what: str
    code: str
    name: str
    where: str
    before: str
    after: str


class Balance(NamedTuple):
    """What one unit gains and loses of leads and helping, and what becomes of the unit itself."""

    itself: tuple[Change, ...]
    gains: tuple[Change, ...]
    losses: tuple[Change, ...]


class _Side(NamedTuple):
    profile: Profile
    day: date


Moved = tuple[str, str]


def diff(old: Profile, new: Profile, was: date, now: date) -> tuple[Change, ...]:
    """Every change from ``old`` as it stands on ``was`` to ``new`` as it stands on ``now``. An item or a town that succeeds
    another is compared with it, so that a renumbering alone moves no lead."""
    before, after = _Side(old, was), _Side(new, now)
    return (
        *_lives("unit", old.units, new.units, was, now),
        *_lives("town", old.towns, new.towns, was, now),
        *_lives("item", _pathed(old, new), _pathed(new, old), was, now),
        *_duties(before, after),
        *_rows("rule", _rules(before), _rules(after)),
        *_rows("overlap", _overlaps(before), _overlaps(after)),
    )


def by_unit(changes: Iterable[Change]) -> dict[str, Balance]:
    """Unit code → its balance, in the order of the changes."""
    found: dict[str, tuple[list[Change], list[Change], list[Change]]] = defaultdict(lambda: ([], [], []))
    for change in changes:
        if change.what == "unit":
            found[change.code][0].append(change)
        elif change.what in ("lead", "helper"):
            before, after = codes(change.before), codes(change.after)
            for unit in (unit for unit in after if unit not in before):
                found[unit][1].append(change)
            for unit in (unit for unit in before if unit not in after):
                found[unit][2].append(change)
    return {unit: Balance(tuple(itself), tuple(gains), tuple(losses)) for unit, (itself, gains, losses) in found.items()}


def codes(cell: str) -> tuple[str, ...]:
    """The codes in ``before`` or ``after`` of a lead or helper."""
    return tuple(code for code in cell.split(";") if code)


def _lives(what: str, old: Mapping[str, _Lived], new: Mapping[str, _Lived], was: date, now: date) -> Iterator[Change]:
    """Who began, ended or is called otherwise."""
    for code in dict.fromkeys((*old, *new)):
        then = old[code].name if code in old and was in old[code].period else ""
        after = new[code].name if code in new and now in new[code].period else ""
        if then != after:
            heir = ";".join(heirs(new, code, now)) if not after else ""
            yield Change(what, code, then or after, "", then, HEIR + heir if heir else after)


def _pathed(profile: Profile, other: Profile) -> dict[str, Item]:
    """The items; one that hangs elsewhere in the other profile is named with its parent, so that the move shows."""
    return {code: item._replace(name=_path(profile, item)) if _moved(item, other) else item for code, item in profile.items.items()}


def _moved(item: Item, other: Profile) -> bool:
    return item.code in other.items and other.items[item.code].parent != item.parent


def _path(profile: Profile, item: Item) -> str:
    return " / ".join(profile.items[code].name for code in profile.path(item.code))


def _duties(old: _Side, new: _Side) -> Iterator[Change]:
    places = _places(old, new)
    for item, name, sources, targets in _items(old, new):
        leads: dict[str, Moved] = {}
        helpers: dict[str, Moved] = {}
        for place, (there, here) in places.items():
            had, has = _units(old, sources, there), _units(new, targets, here)
            leads[place] = (";".join(had[0]), ";".join(has[0]))
            helpers[place] = (_without(had[1], has[1]), _without(has[1], had[1]))
        area = {code: (new if code in new.profile.towns else old).profile.towns[code].area for code in places if code}
        for what, moved in (("lead", leads), ("helper", helpers)):
            yield from (Change(what, item, name, where, *pair) for where, pair in _gathered(moved, area))


def _items(old: _Side, new: _Side) -> Iterator[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Code, name, the old items and the new items of every comparison: each leaf that stands on the new day with what it
    was before, then each that ended in favour of one that stood already, or of none."""
    before, after = _living(old), _living(new)
    onward = {code: heirs(new.profile.items, code, new.day) for code in before}
    carried: set[str] = set()
    for code in after:
        then = (code,) if code in onward else tuple(each for each in before if code in onward[each])
        carried.update(then)
        yield code, new.profile.items[code].name, then, (code,)
    for code in before:
        if code not in carried:
            yield code, old.profile.items[code].name, (code,), onward[code]


def _living(side: _Side) -> tuple[str, ...]:
    return tuple(leaf for leaf in side.profile.leaves() if side.day in side.profile.items[leaf].period)


def _places(old: _Side, new: _Side) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Place → the towns to look it up in before and after; "" for an unknown place. A town that ended is looked up in its
    heirs, a new one that nobody preceded as an unknown place."""
    found: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {"": (("",), ("",))}
    for code, town in old.profile.towns.items():
        if old.day in town.period:
            found[code] = ((code,), heirs(new.profile.towns, code, new.day) or ("",))
    reached = {heir for _, here in found.values() for heir in here}
    for code, town in new.profile.towns.items():
        if new.day in town.period and code not in reached:
            found[code] = (("",), (code,))
    return found


def _units(side: _Side, items: Sequence[str], towns: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who leads and who helps any of the items in any of the towns, each once, in order."""
    rows = [(side.profile.lead(item, town, side.day), side.profile.helpers(item, town, side.day)) for item in items for town in towns]
    leads = [lead for lead, _ in rows if lead is not None]
    return _codes(leads), _codes(duty for _, helpers in rows for duty in helpers)


def _codes(duties: Iterable[Duty]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(duty.unit for duty in duties))


def _without(units: Sequence[str], others: Sequence[str]) -> str:
    return ";".join(unit for unit in units if unit not in others)


def _gathered(moved: Mapping[str, Moved], area: Mapping[str, str]) -> Iterator[tuple[str, Moved]]:
    """The changes with as few lines as say the same: of an unknown place, of whole area classes that differ from it, of
    towns that differ from their class."""
    anywhere = moved[""]
    if anywhere[0] != anywhere[1]:
        yield "", anywhere
    classes: dict[str, list[str]] = defaultdict(list)
    for town, code in area.items():
        classes[code].append(town)
    for code, towns in classes.items():
        differing = [town for town in towns if moved[town] != anywhere and moved[town][0] != moved[town][1]]
        if len(towns) > 1 and len(differing) == len(towns) and len({moved[town] for town in towns}) == 1:
            yield code, moved[towns[0]]
        else:
            yield from ((town, moved[town]) for town in differing)


def _rules(side: _Side) -> dict[str, Rule]:
    return {rule.code: rule._replace(lead=_lead(side, rule.lead)) for rule in side.profile.rules}


def _overlaps(side: _Side) -> dict[str, Overlap]:
    return {row.code: row._replace(lead=_lead(side, row.lead)) for row in side.profile.overlaps if side.day in row.period}


def _lead(side: _Side, unit: str) -> str:
    return ";".join(heirs(side.profile.units, unit, side.day))


def _rows(what: str, old: Mapping[str, _Said], new: Mapping[str, _Said]) -> Iterator[Change]:
    for code in dict.fromkeys((*old, *new)):
        then, after = old.get(code), new.get(code)
        if then is None or after is None:
            yield Change(what, code, _title(then or after), "", _title(then), _title(after))
            continue
        cells = [(column, getattr(then, column), getattr(after, column)) for column in then._fields if column not in _SILENT]
        differing = [cell for cell in cells if cell[1] != cell[2]]
        if differing:
            before = ", ".join(f"{column}={_cell(had, has)}" for column, had, has in differing)
            yield Change(what, code, _title(after), "", before, ", ".join(f"{column}={_cell(has, had)}" for column, had, has in differing))


def _title(row: Rule | Overlap | None) -> str:
    if row is None:
        return ""
    return row.name if isinstance(row, Rule) else f"{row.question} {row.answer}".strip()


def _cell(value: object, other: object) -> str:
    """A cell as text; of one with several values only those that the other lacks."""
    if isinstance(value, tuple) and isinstance(other, tuple):
        return ";".join("+".join(each) if isinstance(each, tuple) else str(each) for each in value if each not in other)
    return ("yes" if value else "") if isinstance(value, bool) else str(value)
