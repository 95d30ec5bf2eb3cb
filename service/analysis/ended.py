"""Units, towns and items in a filter that have ended since: who took over, in words, so that their requests are not missed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from service.analysis.names import UNITS, label
from service.analysis.question import ITEMS, Filter
from triage.profile import Item, Profile, Town, Unit
from triage.succession import heirs


@dataclass(frozen=True, slots=True)
class Ended:
    """A value of a filter that has ended; ``words``: what became of it; ``heirs``: key and name of each successor that the filter lacks."""

    name: str
    key: str
    words: str
    heirs: tuple[tuple[str, str], ...]


def ended(told: Filter, profile: Profile | None, today: date) -> tuple[Ended, ...]:
    """The values of a filter that have ended by the last day asked for, and whose successors it does not name."""
    if profile is None:
        return ()
    day = min(told.until or today, today)
    return tuple(each for name, values in told.values for each in _ended(name, values, profile, day))


def _ended(name: str, values: tuple[str, ...], profile: Profile, day: date) -> Iterator[Ended]:
    table = _table(name, profile)
    for value in values:
        code, at, area = value.partition("@")
        each = table.get(code)
        if each is None or each.period.end >= day:
            continue
        keys = [f"{heir}{at}{area}" for heir in heirs(table, code, day)]
        missing = tuple((key, label(name, key, profile)) for key in keys if key not in values)
        if missing:
            names = "、".join(label(name, key, profile) for key in keys)
            how = "分为" if len(keys) > 1 else "改为" if _renamed(table, code, keys[0].partition("@")[0]) else "并入"
            yield Ended(name, value, f"{label(name, value, profile)}已{how} {names}(至 {each.period.end} 止)", missing)


def _table(name: str, profile: Profile) -> Mapping[str, Unit | Town | Item]:
    if name in UNITS:
        return profile.units
    if name in ITEMS:
        return profile.items
    return profile.towns if name == "town" else {}


def _renamed(table: Mapping[str, Unit | Town | Item], code: str, heir: str) -> bool:
    """Whether the successor began only when it ended, and took over nobody else."""
    forerunners = [old for old, each in table.items() if heir in each.successors]
    return forerunners == [code] and table[heir].period.start > table[code].period.end
