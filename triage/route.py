"""Item × place × responsibility table, together with the learnt unit model, to who leads and who helps.

Two axes. Function: the table's lead for each likely item and the model's opinion of the text are multiplied as powers
fitted on held-out data (a log-linear pool; Genest and Zidek 1986). Area: the model cannot know the city's map, so where
the table names another lead for the town of the request than for an unknown place, the item's share of the probability
moves from the one to the other. A duty that has moved since the model learnt moves the share in the same way.

What was learnt outlives a reorganisation: probability of a unit or an item that has ended goes to its successors, of a
split one to whichever successor the table gives the likely items.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from triage.classify import Probabilities, softmax
from triage.errors import BundleError
from triage.profile import Duty, Profile
from triage.records import PLACE, CoUnit, Option, Place, Question, UnitCandidate
from triage.succession import heirs, relatives

Key = TypeVar("Key", bound=Hashable)
LEAD = "主办"
_FLOOR = 1e-4
_PROBABLE = 0.5
_INSISTS = 0.9
_COMPANY = {"企业": "company", "个人": "person"}


class Table(NamedTuple):
    """The lead of every item in one town on one day: ``lead[i]`` indexes the router's units; -1: none."""

    lead: npt.NDArray[np.int64]
    matrix: npt.NDArray[np.float32]


class Router:
    """Routes for one profile and one bundle's labels. Either may be missing: no profile, or no items, or no units.

    ``pool`` holds the fitted powers ``model`` and ``table`` and the log-weights ``company`` and ``person`` that a known
    kind of caller gives to company items. ``taught`` is the table as it stood when the model learnt: item → lead for an
    unknown place; empty: as it stands. ``habits``: item → unit → share of the item's history that another unit than this lead led.
    """

    def __init__(
        self,
        profile: Profile | None,
        items: Sequence[str],
        units: Sequence[str],
        pool: Mapping[str, float],
        taught: Mapping[str, str] | None = None,
        habits: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        self.profile, self.pool, self._taught, self._habits = profile, pool, taught or {}, habits or {}
        # What a label became, or was before, needs a column too.
        self.items = (*items, *sorted(relatives(profile.items, items) - set(items))) if profile else tuple(items)
        self._model_items = len(items)
        known = [unit.code for unit in profile.units.values() if unit.accepts != "no"] if profile else []
        self.units = tuple(dict.fromkeys((*units, *known)))
        self._index = {unit: index for index, unit in enumerate(self.units)}
        self._model_units = len(units)
        self._names = {code: unit.name for code, unit in profile.units.items()} if profile else {}
        self._town_unit = profile.town_unit if profile else ""
        self._asked = f"{profile.units[profile.town_unit].short}(待问清)" if profile else ""
        if profile:
            _must_know(profile, "unit", units, profile.units)
            _must_know(profile, "item", items, profile.items)
        self._company = np.array([profile is not None and profile.items[item].kind == "company" for item in self.items], dtype=np.bool_)

    def column(self, unit: str) -> int:
        """The column of a unit. Raises KeyError for one that is in neither profile nor model."""
        return self._index[unit]

    @property
    def has_table(self) -> bool:
        """Whether the responsibility table takes part."""
        return self.profile is not None and bool(self.items)

    def weigh_items(self, items: Probabilities, callers: Sequence[str], days: Sequence[date]) -> Probabilities:
        """(n, items) probabilities given who calls (企业, 个人 or not known), of the items that exist on the day."""
        if self._model_items < len(self.items):
            items = np.hstack([items, np.zeros((len(items), len(self.items) - self._model_items), dtype=np.float32)])
        for day, rows in _groups(days).items():
            ended = self._ended_items(day)
            if ended:
                items[rows] = _inherit(items[rows], ended, None)
        shift = np.array([self.pool.get(_COMPANY.get(caller, ""), 0.0) for caller in callers], dtype=np.float32)
        if not shift.any() or not self._company.any():
            return items
        return softmax(np.log(np.maximum(items, 1e-9)) + shift[:, None] * self._company[None, :].astype(np.float32))

    def weigh_units(self, units: Probabilities | None, items: Probabilities | None, towns: Sequence[str], days: Sequence[date]) -> Probabilities:
        """(n, units) probabilities that a unit leads."""
        n = len(towns)
        model = None
        if units is not None:
            model = np.zeros((n, len(self.units)), dtype=np.float32)
            model[:, : self._model_units] = units
        if items is None or not self.has_table:
            return model if model is not None else np.full((n, len(self.units)), 1.0 / max(1, len(self.units)), dtype=np.float32)
        pooled = np.empty((n, len(self.units)), dtype=np.float32)
        for (town, day), rows in _groups(list(zip(towns, days, strict=True))).items():
            chosen = slice(None) if len(rows) == n else rows
            there = items[chosen]
            before, now = self._table_then(day), self.table(town, day)
            base = there @ before.matrix
            learnt = model[chosen] if model is not None else None
            ended = self._ended_units(day)
            if learnt is not None and ended:
                learnt = _inherit(learnt, ended, base)
            mixed = self._pool(learnt, base)
            if ended:
                mixed[:, list(ended)] = 0.0
                mixed /= np.maximum(mixed.sum(axis=1, keepdims=True), _FLOOR)
            pooled[chosen] = self._kept_by_bureaus(_move(mixed, base, there, before.lead, now.lead), there, now, day)
        return pooled

    def _kept_by_bureaus(self, units: Probabilities, items: Probabilities, now: Table, day: date) -> Probabilities:
        """What a bureau must not hand down to a town stays with it, whatever history says: the town concerned gets no more
        than the items that are nobody's own duty."""
        own = self._own(day)
        if not own.any() or self._town_unit not in self._index:
            return units
        town = self._index[self._town_unit]
        kept = items * own
        excess = np.maximum(0.0, units[:, town] - (1 - kept.sum(axis=1)))
        leads = kept @ now.matrix
        units[:, town] -= excess
        units += (excess / np.maximum(leads.sum(axis=1), 1e-9))[:, None] * leads
        return units

    @lru_cache(maxsize=1024)  # noqa: B019
    def _own(self, day: date) -> npt.NDArray[np.float32]:
        """(items,) 1 where the lead for an unknown place leads as its own duty."""
        assert self.profile is not None
        duties = [self.profile.lead(item, "", day) for item in self.items]
        return np.array([duty is not None and duty.own for duty in duties], dtype=np.float32)

    @lru_cache(maxsize=1024)  # noqa: B019
    def _table_then(self, day: date) -> Table:
        """Who led each item where the place is unknown when the model learnt, by the table and by habit, or whoever stands for that
        unit on ``day``."""
        now = self.table("", day)
        lead = now.lead.copy()
        matrix = np.zeros_like(now.matrix)
        for index, item in enumerate(self.items):
            lead[index] = self._standing(self._taught.get(item, ""), day, lead[index])
            for unit, share in self._habits.get(item, {}).items():
                if (column := self._standing(unit, day, lead[index])) >= 0:
                    matrix[index, column] += share
            if lead[index] >= 0:
                matrix[index, lead[index]] += max(0.0, 1.0 - float(matrix[index].sum()))
        return Table(lead, matrix)

    def _standing(self, unit: str, day: date, otherwise: int) -> int:
        """The column of the one unit that stands for ``unit`` on the day."""
        after = heirs(self.profile.units, unit, day) if self.profile else ()
        return self._index[after[0]] if len(after) == 1 and after[0] in self._index else otherwise

    @lru_cache(maxsize=1024)  # noqa: B019
    def _ended_units(self, day: date) -> dict[int, list[int]]:
        """Column of each unit that does not exist on ``day`` → columns of those that stand for it."""
        units = self.profile.units if self.profile else {}
        gone = [unit for unit in self.units if unit in units and day not in units[unit].period]
        return {self._index[unit]: [self._index[heir] for heir in heirs(units, unit, day) if heir in self._index] for unit in gone}

    @lru_cache(maxsize=1024)  # noqa: B019
    def _ended_items(self, day: date) -> dict[int, list[int]]:
        items = self.profile.items if self.profile else {}
        index = {item: column for column, item in enumerate(self.items)}
        gone = [item for item in self.items if item in items and day not in items[item].period]
        return {index[item]: [index[heir] for heir in heirs(items, item, day) if heir in index] for item in gone}

    def _pool(self, model: Probabilities | None, table: Probabilities) -> Probabilities:
        if model is None:
            return np.asarray(table / np.maximum(table.sum(axis=1, keepdims=True), _FLOOR))
        return softmax(self.pool["model"] * np.log(model + _FLOOR) + self.pool["table"] * np.log(table + _FLOOR))

    @lru_cache(maxsize=1024)  # noqa: B019 - a router lives as long as its process
    def table(self, town: str, day: date) -> Table:
        """The responsibility table of one town ("" for an unknown place) on one day."""
        assert self.profile is not None
        lead = np.full(len(self.items), -1, dtype=np.int64)
        matrix = np.zeros((len(self.items), len(self.units)), dtype=np.float32)
        for index, item in enumerate(self.items):
            duty = self.profile.lead(item, town, day)
            if duty is not None:
                lead[index] = self._index[duty.unit]
                matrix[index, lead[index]] = 1.0
        return Table(lead, matrix)

    def insist(self, units: npt.NDArray[np.float32], lead: str, day: date) -> npt.NDArray[np.float32]:
        """(units,) probabilities with the unit first that a rule names, or its only heir on the day; else unchanged."""
        after = heirs(self.profile.units, lead, day) if self.profile else ()
        if len(after) != 1 or after[0] not in self._index:
            return units
        units = units * np.float32(1 - _INSISTS)
        units[self._index[after[0]]] += _INSISTS
        return units

    def standing(self, place: Place, day: date) -> Place:
        """The place on that day: a town that ended is the one that took it over; nowhere, when it was split."""
        towns = self.profile.towns if self.profile else {}
        if not place.town or day in towns[place.town].period:
            return place
        after = heirs(towns, place.town, day)
        return Place(after[0], towns[after[0]].name, towns[after[0]].area, place.evidence) if len(after) == 1 else Place()

    def leads(self, item: str, town: str, day: date) -> str:
        """Who leads an item in a town, by the table; "" when it names nobody."""
        duty = self.profile.lead(item, town, day) if self.profile else None
        return duty.unit if duty else ""

    def candidates(self, weights: Probabilities, places: Sequence[Place]) -> list[tuple[UnitCandidate, ...]]:
        """The three likeliest leads of each request; ``weights`` (n, units)."""
        best = top(weights, 3)
        chances = rounded(np.take_along_axis(weights, best, axis=1))
        return [
            tuple(
                UnitCandidate(self.units[column], *self._name(self.units[column], place), p) for column, p in zip(columns, row, strict=True) if p > 0
            )
            for columns, row, place in zip(best.tolist(), chances, places, strict=True)
        ]

    def duty(self, unit: str, items: Sequence[str], place: Place, day: date) -> Duty | None:
        """The table row of the first of ``items`` that this unit leads there; None when the table gives it none."""
        for item in items if self.profile is not None else ():
            found = self.profile.lead(item, place.town, day) if self.profile else None
            if found is not None and found.unit == unit:
                return found
        return None

    def helpers(self, lead: str, items: Sequence[str], place: Place, day: date, first: Sequence[tuple[str, str]] = ()) -> tuple[CoUnit, ...]:
        """Who helps ``lead``: the units of ``first`` (unit and row), then by the table's rows for the first of ``items`` that it
        leads, else for the first of all."""
        if self.profile is None or not items:
            return ()
        duty = self.duty(lead, items, place, day)
        item = duty.item if duty else items[0]
        table = [(duty.unit, f"responsibility.csv:{duty.row}") for duty in self.profile.helpers(item, place.town, day)]
        found = {unit: row for unit, row in reversed([*first, *table]) if unit != lead}
        return tuple(CoUnit(unit, self._name(unit, place)[0], self._name(unit, place)[2], found[unit]) for unit in reversed(found))

    def _name(self, code: str, place: Place) -> tuple[str, str, str]:
        if code == self._town_unit:
            return (place.name, LEAD, place.town) if place.town else (self._asked, LEAD, "")
        return self._names.get(code, code), LEAD, ""

    def wheres(self, items: Probabilities, units: Probabilities, places: Sequence[Place], days: Sequence[date]) -> dict[int, Question]:
        """Row → the question for the town, where it is unknown and decides who leads."""
        if self.profile is None:
            return {}
        best, first, sure = units.argmax(axis=1).tolist(), items.argmax(axis=1).tolist(), (items.max(axis=1) >= _PROBABLE).tolist()
        asked = {}
        for row, place in enumerate(places):
            if not place.town and units[row, best[row]] > 0:
                unit, question = self.units[best[row]], self._where(self.items[first[row]], days[row])
                leads = {option.unit for option in question.options}
                if unit == self.profile.town_unit or (sure[row] and unit in leads and len(leads) > 1):
                    asked[row] = question
        return asked

    @lru_cache(maxsize=4096)  # noqa: B019
    def _where(self, item: str, day: date) -> Question:
        """Who leads an item in each town, as a question."""
        towns = [town for town in self.profile.towns.values() if day in town.period] if self.profile else []
        leads = [(town, self.leads(item, town.code, day)) for town in towns]
        options = [Option(town.code, town.name, unit, self._name(unit, self._at(town.code))[0]) for town, unit in leads]
        return Question(PLACE, "事发地在哪个镇街?", tuple(options))

    def _at(self, town: str) -> Place:
        assert self.profile is not None
        return Place(town, self.profile.towns[town].name, self.profile.towns[town].area)


def _groups(keys: Sequence[Key]) -> dict[Key, list[int]]:
    groups: dict[Key, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        groups[key].append(index)
    return groups


def _move(
    mixed: Probabilities, base: Probabilities, items: Probabilities, before: npt.NDArray[np.int64], now: npt.NDArray[np.int64]
) -> Probabilities:
    """Moves each item's share from the lead that model and table were weighed with to the one that holds here and now."""
    pairs: dict[tuple[int, int], list[int]] = defaultdict(list)
    for item in np.flatnonzero((now != before) & (now >= 0) & (before >= 0)):
        pairs[int(before[item]), int(now[item])].append(int(item))
    if not pairs:
        return mixed
    moved = mixed.copy()
    for (source, target), which in pairs.items():
        share = mixed[:, source] * np.minimum(1.0, items[:, which].sum(axis=1) / np.maximum(base[:, source], 1e-6))
        moved[:, source] -= share
        moved[:, target] += share
    return moved


def _inherit(weights: Probabilities, ended: Mapping[int, Sequence[int]], share: Probabilities | None) -> Probabilities:
    """The rows with every ended column's probability on its heirs: as ``share`` has them among themselves, else alike."""
    weights = weights.copy()
    for column, targets in ended.items():
        mass = weights[:, column].copy()
        weights[:, column] = 0.0
        if targets:
            among = share[:, targets] + 1e-6 if share is not None else np.ones((len(weights), len(targets)), dtype=np.float32)
            weights[:, targets] += mass[:, None] * among / among.sum(axis=1, keepdims=True)
    return weights


def top(weights: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.int64]:
    """(n, count) columns of the largest weights of each row, largest first, of equal ones the first; fewer when there are
    fewer columns."""
    # For a few columns several passes for the largest are quicker than a partition.
    left, every = weights.copy(), np.arange(len(weights))
    best = np.empty((len(weights), min(count, weights.shape[1])), dtype=np.int64)
    for place in range(best.shape[1]):
        best[:, place] = left.argmax(axis=1)
        left[every, best[:, place]] = -np.inf
    return best


def rounded(weights: npt.NDArray[np.float32]) -> Any:
    """Nested lists of probabilities with four digits."""
    return weights.astype(np.float64).round(4).tolist()


def _must_know(profile: Profile, what: str, labels: Sequence[str], known: Mapping[str, object]) -> None:
    unknown = [label for label in labels if label not in known]
    if unknown:
        raise BundleError(
            f"the model knows {len(unknown)} {what}(s) that profile {profile.code} does not, e.g. {unknown[0]!r}. "
            "Name the profile it was trained with, --profile none, or train it again."
        )
