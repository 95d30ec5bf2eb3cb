"""Old labels carried over merges and splits: the units and items of a history as they are called on a day.

A merge or a renumbering has one heir and is carried. A split is decided by the table where it can be: the unit that leads
the row's item in the row's town. What cannot be decided is left empty and said, never guessed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from triage.errors import UsageError
from triage.locate import Gazetteer
from triage.output import cell, whole
from triage.profile import Item, Profile, Unit
from triage.succession import heirs
from triage.tables import read_rows

NOTE, NOW = "note", "_now"


class Labels(NamedTuple):
    """The columns of a history that hold codes of units and of items, and the place (a code, a name or an address); ""
    for none."""

    unit: str
    item: str = ""
    town: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """How many rows kept their labels, had one carried, or have one that could not be decided; of these, how many by old
    code and reason."""

    unchanged: int
    carried: int
    undecided: int
    reasons: dict[tuple[str, str], int]


class Carried(NamedTuple):
    """The labels of one row on the day, "" where undecided, and why: (old code, reason)."""

    unit: str
    item: str
    why: tuple[tuple[str, str], ...]


_RAGGED = Carried("", "", (("", "本行格数与表头不符, 请先改正原表"),))


def relabel_file(profile: Profile, source: Path, target: Path, columns: Labels, day: date) -> Report:
    """Writes every row of ``source``, in order, with its labels as of ``day`` in further columns. The target appears whole
    or not at all. Raises UsageError when the source or its columns cannot be used, or the target cannot be written."""
    given = [column for column in columns if column]
    header, rows = read_rows(source, required=given)
    added = [f"{column}{NOW}" for column in (columns.unit, columns.item) if column] + [NOTE]
    taken = [column for column in added if column in header]
    if taken:
        raise UsageError(f"{source}:1: column {', '.join(taken)} stands there already. Rename or drop it.", "duplicate_column")
    carry = Carrier(profile, day)
    counts: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    with whole(target, source) as write:
        write([*header, *added])
        for row in rows:
            old = [row[column].strip() if column else "" for column in columns]
            found = _RAGGED if row.error else carry(*old)
            counts["undecided" if found.why else "carried" if [found.unit, found.item] != old[:2] else "unchanged"] += 1
            reasons.update(found.why)
            now = [found.unit, found.item][: len(added) - 1]
            note = "; ".join(f"{code}: {why}" if code else why for code, why in found.why)
            write([*(row[column] for column in header), *map(cell, (*now, note))])
    return Report(counts["unchanged"], counts["carried"], counts["undecided"], dict(reasons))


class Carrier:
    """Carries the labels of one row at a time to a day."""

    def __init__(self, profile: Profile, day: date) -> None:
        self._profile, self._day = profile, day
        self._gazetteer = Gazetteer(profile)
        self._living = tuple(code for code, town in profile.towns.items() if day in town.period)

    @lru_cache(maxsize=65536)  # noqa: B019 - a carrier lives as long as its file
    def __call__(self, unit: str, item: str, place: str) -> Carried:
        """The labels as of the day. An empty label stays empty."""
        towns = self._towns(place)
        units = heirs(self._profile.units, unit, self._day)
        items = heirs(self._profile.items, item, self._day)
        if len(items) > 1:
            led = tuple(each for each in items if self._leads((each,), towns) & set(units))
            items = led if len(led) == 1 else items
        why = []
        if item and len(items) != 1:
            why.append((item, self._why_item(item, items)))
        if len(units) > 1 and items:
            leads = self._leads(items, towns)
            units = tuple(each for each in units if each in leads) or units
        if unit and len(units) != 1:
            why.append((unit, self._why_unit(unit, units, items, towns)))
        return Carried(units[0] if len(units) == 1 else "", items[0] if len(items) == 1 else "", tuple(why))

    def _towns(self, place: str) -> tuple[str, ...]:
        """Where the row's place lies on the day. All places when that is not known: what holds in each is certain."""
        known = self._gazetteer.locate([place], [""])[0].town if place else ""
        return heirs(self._profile.towns, known, self._day) or ("", *self._living)

    def _leads(self, items: Sequence[str], towns: Sequence[str]) -> set[str]:
        found = (self._profile.lead(item, town, self._day) for item in items for town in towns)
        return {duty.unit for duty in found if duty is not None}

    def _why_item(self, item: str, items: Sequence[str]) -> str:
        if items:
            return f"该事项分为 {self._named(items, self._profile.items)}, 无法判定归哪一项"
        return self._why_none(item in self._profile.items, "事项")

    def _why_unit(self, unit: str, units: Sequence[str], items: Sequence[str], towns: Sequence[str]) -> str:
        if not units:
            return self._why_none(unit in self._profile.units, "单位")
        split = f"该单位分为 {self._named(units, self._profile.units)}, "
        if not items:
            return f"{split}事项不明, 无法判定由谁承接"
        leads = self._leads(items, towns)
        if not leads & set(units):
            return f"{split}职责表中该事项由 {self._named(sorted(leads), self._profile.units)} 主办, 无法判定由谁承接"
        return f"{split}{'事项' if len(items) > 1 else '地点'}不明, 无法判定由谁承接"

    def _why_none(self, known: bool, what: str) -> str:
        return f"该{what}在 {self._day} 不存在, 也无承接{what}" if known else f"城市表中没有这个{what}代码"

    def _named(self, codes: Sequence[str], table: Mapping[str, Unit] | Mapping[str, Item]) -> str:
        return "、".join(f"{table[code].name}[{code}]" for code in codes)
