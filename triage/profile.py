"""A city's tables, read once and looked up often. A profile is a folder: profile.toml and CSV tables.

Rows with dates hold from ``valid_from`` to ``valid_to``, both days included; an empty date has no end on that side. What
the tables must satisfy, and every breach at once, is in ``profile_check.py``.
"""

import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from triage.errors import Problem, ProfileError, UsageError
from triage.tables import Row, read_table

ANYWHERE = "*"
COLUMNS = {
    "units.csv": "code name short aliases level duties keywords accepts valid_from valid_to successor status source",
    "towns.csv": "code name short area aliases misspellings homonyms valid_from valid_to successor status source",
    "places.csv": "name town kind status source",
    "items.csv": "code parent name kind valid_from valid_to successor status",
    "responsibility.csv": "item area unit role basis valid_from valid_to status source",
    "rules.csv": "code name types items patterns unless urgency decision handling transfer status source",
    "words.csv": "word standard note",
}


class Period(NamedTuple):
    """From one day to another, both included."""

    start: date
    end: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end


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
    """A town, subdistrict or park. ``homonyms`` are longer words that contain its name and mean something else."""

    code: str
    name: str
    short: str
    area: str
    aliases: tuple[str, ...]
    misspellings: tuple[str, ...]
    homonyms: tuple[str, ...]
    period: Period
    successors: tuple[str, ...]
    row: int


class Item(NamedTuple):
    """A node of the classification 事项. ``kind``: public or company."""

    code: str
    parent: str
    name: str
    kind: str
    period: Period
    successors: tuple[str, ...]
    row: int


class Duty(NamedTuple):
    """One row of the responsibility table: in ``area`` (``*``, an area class or a town's code) ``unit`` leads or helps."""

    item: str
    area: str
    unit: str
    role: str
    basis: str
    period: Period
    confirmed: bool
    row: int


class Rule(NamedTuple):
    """A named rule. It fires on a pattern unless an exception stands in the same sentence, or on a type or an item."""

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
    words: Mapping[str, str]
    fingerprint: str

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
                    return duty
        return None

    @lru_cache(maxsize=65536)  # noqa: B019
    def helpers(self, item: str, town: str, day: date) -> tuple[Duty, ...]:
        """The rows of the units that help, in the table's order, each unit once and never the lead."""
        lead = self.lead(item, town, day)
        areas = self._areas_of(town)
        found: dict[str, Duty] = {}
        for duty in self.duties.get(item, ()):
            if duty.role == "co" and day in duty.period and duty.area in areas and (lead is None or duty.unit != lead.unit):
                found.setdefault(duty.unit, duty)
        return tuple(found.values())

    def _areas_of(self, town: str) -> tuple[str, ...]:
        return (town, self.towns[town].area, ANYWHERE) if town in self.towns else (ANYWHERE,)


def load(path: Path) -> Profile:
    """Reads and checks a profile. Raises UsageError when there is none, ProfileError with every problem when it is bad."""
    from triage.profile_check import check

    if not (path / "profile.toml").is_file():
        raise UsageError(f"{path}: no profile here (profile.toml is missing). Name a folder like data/kaiping.", "no_such_profile")
    problems: list[Problem] = []
    profile = _read(path, problems)
    problems += check(profile)
    if problems:
        raise ProfileError(str(path), problems)
    return profile


def _read(path: Path, problems: list[Problem]) -> Profile:
    head = _head(path, problems)
    tables = {name: read_table(path / name, columns.split(), problems) for name, columns in COLUMNS.items()}

    def period(file: str, row: Row) -> Period:
        return Period(_day(file, row, "valid_from", date.min, problems), _day(file, row, "valid_to", date.max, problems))

    def unique(file: str, column: str = "code") -> list[Row]:
        seen: dict[str, int] = {}
        for row in tables[file]:
            if not row[column]:
                problems.append(Problem(file, row.number, column, "is empty", "Give every row its own value"))
            elif row[column] in seen:
                first = seen[row[column]]
                problems.append(Problem(file, row.number, column, f"{row[column]!r} stands in row {first} already", "Keep one of them"))
            seen.setdefault(row[column], row.number)
        return tables[file]

    duties: dict[str, list[Duty]] = defaultdict(list)
    for row in tables["responsibility.csv"]:
        when = period("responsibility.csv", row)
        duties[row["item"]].append(
            Duty(row["item"], row["area"], row["unit"], row["role"], row["basis"], when, row["status"] == "confirmed", row.number)
        )
    return Profile(
        code=str(head.get("code", "")),
        name=str(head.get("name", "")),
        version=str(head.get("version", "")),
        taxonomy=str(head.get("taxonomy", "")),
        timezone=str(head.get("timezone", "Asia/Shanghai")),
        town_unit=str(head.get("town_unit", "")),
        areas={str(key): str(name) for key, name in dict(head.get("areas", {})).items()},
        units={row["code"]: _unit(row, period("units.csv", row)) for row in unique("units.csv")},
        towns={row["code"]: _town(row, period("towns.csv", row)) for row in unique("towns.csv")},
        items={row["code"]: _item(row, period("items.csv", row)) for row in unique("items.csv")},
        duties={item: tuple(rows) for item, rows in duties.items()},
        rules=tuple(_rule(row) for row in unique("rules.csv")),
        places=tuple(Place(row["name"], row["town"], row.number) for row in unique("places.csv", "name")),
        words={row["word"]: row["standard"] for row in unique("words.csv", "word")},
        fingerprint=_fingerprint(path),
    )


def _head(path: Path, problems: list[Problem]) -> dict[str, Any]:
    try:
        return tomllib.loads((path / "profile.toml").read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(Problem("profile.toml", 0, "", f"not valid TOML: {error}", "Repair the line it names"))
        return {}


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    for name in ("profile.toml", *COLUMNS):
        if (path / name).is_file():
            digest.update(name.encode() + b"\0" + (path / name).read_bytes())
    return digest.hexdigest()[:16]


def _day(file: str, row: Row, column: str, empty: date, problems: list[Problem]) -> date:
    if not row[column]:
        return empty
    try:
        return date.fromisoformat(row[column].replace("/", "-"))
    except ValueError:
        problems.append(Problem(file, row.number, column, f"{row[column]!r} is not a date", "Write it as 2026-07-01"))
        return empty


def split(cell: str) -> tuple[str, ...]:
    """The values of a cell that holds several, separated by ; or its full-width form."""
    return tuple(value.strip() for value in cell.replace("；", ";").split(";") if value.strip())


def _unit(row: Row, period: Period) -> Unit:
    return Unit(
        row["code"], row["name"], row["short"] or row["name"], split(row["aliases"]), row["level"], split(row["duties"]),
        split(row["keywords"]), row["accepts"], period, split(row["successor"]), row["status"] == "confirmed", row.number,
    )  # fmt: skip


def _town(row: Row, period: Period) -> Town:
    return Town(
        row["code"], row["name"], row["short"] or row["name"], row["area"], split(row["aliases"]), split(row["misspellings"]),
        split(row["homonyms"]), period, split(row["successor"]), row.number,
    )  # fmt: skip


def _item(row: Row, period: Period) -> Item:
    return Item(row["code"], row["parent"], row["name"], row["kind"], period, split(row["successor"]), row.number)


def _rule(row: Row) -> Rule:
    patterns = tuple(tuple(part.strip() for part in way.split("+") if part.strip()) for way in split(row["patterns"]))
    return Rule(
        row["code"], row["name"], split(row["types"]), split(row["items"]), patterns, split(row["unless"]), row["urgency"],
        row["decision"], row["handling"], row["transfer"], row.number,
    )  # fmt: skip
