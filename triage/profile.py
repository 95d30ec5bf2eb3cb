"""A city's tables as records, and the look-ups on them. How they are read is in ``profile_load.py``.

Rows with dates hold from ``valid_from`` to ``valid_to``, both days included; an empty date has no end on that side. What
the tables must satisfy, and every breach at once, is in ``profile_check.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from triage.deadlines import Limit, SpecialDay
from triage.succession import Period, heirs

ANYWHERE = "*"
# Before an exception of a rule: it counts anywhere in the clause.
CLAUSE = "~"


class Unit(NamedTuple):
    """A unit 承办单位. ``accepts``: yes, limited, refer (explains and refers) or no (never a lead)."""

    code: str
    name: str
    short: str
    aliases: tuple[str, ...]
    level: str
    duties: tuple[str, ...]
    keywords: tuple[str, ...]
    accepts: str
    period: Period
    successors: tuple[str, ...]
    confirmed: bool
    row: int


class Town(NamedTuple):
    """A town, subdistrict or park. ``unit`` acts there in place of the profile's town unit (a park's own management);
    empty: the town unit itself. ``homonyms`` are longer words that contain its name and mean something else."""

    code: str
    name: str
    short: str
    area: str
    unit: str
    aliases: tuple[str, ...]
    misspellings: tuple[str, ...]
    homonyms: tuple[str, ...]
    period: Period
    successors: tuple[str, ...]
    row: int


class Item(NamedTuple):
    """A node of the classification 事项. ``keywords``: how people speak of it. ``kind``: public or company."""

    code: str
    parent: str
    name: str
    keywords: tuple[str, ...]
    kind: str
    period: Period
    successors: tuple[str, ...]
    row: int


class Duty(NamedTuple):
    """One row of the responsibility table: in ``area`` (``*``, an area class or a town's code) ``unit`` leads or helps.
    ``own``: a bureau's own duty, which must not be handed down to a town (国办函〔2025〕66号)."""

    item: str
    area: str
    unit: str
    role: str
    basis: str
    period: Period
    confirmed: bool
    row: int
    own: bool = False
    confirmed_by: str = ""


class Rule(NamedTuple):
    """A named rule. It fires on a pattern unless an exception (``unless``) overlaps it, or stands in the same clause if marked
    with ``CLAUSE``; or on a type or an item. ``homophones``: also where the pattern is mistyped or hidden. ``lead``: the unit
    that it puts first, or empty."""

    code: str
    name: str
    types: tuple[str, ...]
    items: tuple[str, ...]
    patterns: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]
    urgency: str
    decision: str
    handling: str
    transfer: str
    row: int
    homophones: bool = False
    lead: str = ""


class Overlap(NamedTuple):
    """One answer to the question that settles a disputed duty 职能交叉: then ``lead`` leads and ``helpers`` help. Rows of one
    ``issue`` exclude each other. ``topic`` words say that a text is about the issue at all; the text itself gives the answer
    where ``clues`` stand without ``unless``."""

    code: str
    issue: str
    question: str
    topic: tuple[tuple[str, ...], ...]
    answer: str
    items: tuple[str, ...]
    clues: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]
    lead: str
    helpers: tuple[str, ...]
    basis: str
    period: Period
    confirmed: bool
    row: int


class Tag(NamedTuple):
    """A row of ``tags.csv``: one value of an analysis tag, or a tag whose values come from elsewhere. ``how``: rule, model, field, derived or
    manual; a rule holds where every condition it has does. ``row`` 0: published by an analyst, in no table."""

    code: str
    tag: str
    dimension: str
    name: str
    definition: str
    value: str
    how: str
    patterns: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]
    items: tuple[str, ...]
    types: tuple[str, ...]
    towns: tuple[str, ...]
    sensitivity: str
    visible_to: tuple[str, ...]
    period: Period
    row: int


class RefusalReason(NamedTuple):
    """A coded reason for which a unit sends a request back 退单. ``move`` says what changes for the others: none, area,
    consult, overlap, ask, merge, close; the row with ``escalate`` is what a second refusal means."""

    reason: str
    move: str
    handling: str
    row: int


class Word(NamedTuple):
    """A word of the city's own; ``standard`` is the form that rules read a dialect word as, or empty."""

    word: str
    standard: str
    row: int


class Place(NamedTuple):
    """A village, road or spot, and the town it lies in."""

    name: str
    town: str
    row: int


@dataclass(frozen=True, eq=False)
class Profile:
    """A city. All mappings keep the order of the tables."""

    code: str
    name: str
    version: str
    taxonomy: str
    timezone: str
    town_unit: str
    areas: Mapping[str, str]
    units: Mapping[str, Unit]
    towns: Mapping[str, Town]
    items: Mapping[str, Item]
    duties: Mapping[str, tuple[Duty, ...]]
    rules: tuple[Rule, ...]
    places: tuple[Place, ...]
    words: Mapping[str, Word]
    fingerprint: str
    overlaps: tuple[Overlap, ...] = ()
    refusals: Mapping[str, RefusalReason] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    tags: tuple[Tag, ...] = ()

    def leaves(self) -> tuple[str, ...]:
        """Codes of the items that no item has as its parent."""
        parents = {item.parent for item in self.items.values()}
        return tuple(code for code in self.items if code not in parents)

    @lru_cache(maxsize=4096)  # noqa: B019 - a profile lives as long as its process
    def path(self, item: str) -> tuple[str, ...]:
        """Codes from the root down to ``item``; empty for an unknown one."""
        path: list[str] = []
        while item in self.items and item not in path:
            path.insert(0, item)
            item = self.items[item].parent
        return tuple(path)

    @lru_cache(maxsize=65536)  # noqa: B019
    def lead(self, item: str, town: str, day: date) -> Duty | None:
        """The row that says who leads ``item`` in ``town`` on ``day``; the most specific area wins. None: no such row."""
        rows = [duty for duty in self.duties.get(item, ()) if duty.role == "lead" and day in duty.period]
        for area in self._areas_of(town):
            for duty in rows:
                if duty.area == area:
                    return duty._replace(unit=self.acting(duty.unit, town, day))
        return None

    @lru_cache(maxsize=65536)  # noqa: B019
    def helpers(self, item: str, town: str, day: date) -> tuple[Duty, ...]:
        """The rows of the units that help, in the table's order, each unit once and never the lead."""
        lead = self.lead(item, town, day)
        areas = self._areas_of(town)
        found: dict[str, Duty] = {}
        for duty in self.duties.get(item, ()):
            if duty.role == "co" and day in duty.period and duty.area in areas:
                unit = self.acting(duty.unit, town, day)
                found.setdefault(unit, duty._replace(unit=unit))
        return tuple(duty for unit, duty in found.items() if lead is None or unit != lead.unit)

    def acting(self, unit: str, town: str, day: date) -> str:
        """Who acts for ``unit`` in ``town``: a park's own management in place of the town unit, else the unit itself."""
        own = self.towns[town].unit if town in self.towns and unit == self.town_unit else ""
        after = heirs(self.units, own, day) if own else ()
        return after[0] if len(after) == 1 else unit

    def _areas_of(self, town: str) -> tuple[str, ...]:
        return (town, self.towns[town].area, ANYWHERE) if town in self.towns else (ANYWHERE,)
