"""Holds what was found against what was planted in a demo city: recall, how soon, and false alarms per month."""

import json
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

AFTER = timedelta(days=3)
"""So long after a happening an alarm still is about it."""
SHARE = 0.5
"""At least this share of the requests of a group must be planted ones for the group to be about the happening."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A happening; ``items`` are beginnings of codes, ``town`` "" means every town."""

    code: str
    kind: str
    name: str
    items: tuple[str, ...]
    town: str
    since: date
    until: date
    requests: frozenset[int]


@dataclass(frozen=True, slots=True)
class Alarm:
    """That something is too many: on a day, in a town ("" for the city), of an item or what is above it."""

    day: date
    town: str
    item: str


@dataclass(frozen=True, slots=True)
class Score:
    """``found``: codes, with the days from the beginning to the first alarm. ``false``: alarms about nothing that was planted, an unbroken
    run of days of one town and item once. ``months``: how long was looked."""

    found: dict[str, int]
    missed: tuple[str, ...]
    false: int
    months: float

    @property
    def recall(self) -> float | None:
        """None where nothing was planted."""
        whole = len(self.found) + len(self.missed)
        return len(self.found) / whole if whole else None


def read_planted(path: Path) -> tuple[list[Planted], date, date]:
    """The happenings of ``planted.json``, and the first and last day of the city (the last excluded)."""
    told = json.loads(path.read_text(encoding="utf-8"))
    until = date.fromisoformat(told["until"])
    found = [
        Planted(
            each["code"], each["kind"], each["name"], tuple(each["items"]), each["town"], date.fromisoformat(each["since"]),
            date.fromisoformat(each["until"]), frozenset(each["requests"]),
        )
        for each in told["planted"]
    ]  # fmt: skip
    return found, until - timedelta(days=told["days"]), until


def score_alarms(alarms: Iterable[Alarm], planted: Sequence[Planted], kinds: Set[str], since: date, until: date) -> Score:
    """An alarm is about a happening in its town, of its item, from its first day to some days after its last. Surges explain
    alarms of their items anywhere, and other happenings theirs, but only those of ``kinds`` have to be found."""
    wanted = [each for each in planted if each.kind in kinds]
    found: dict[str, int] = {}
    false: set[tuple[str, str, date]] = set()
    for alarm in sorted(alarms, key=lambda each: each.day):
        about = [each for each in planted if _about(alarm, each)]
        for each in about:
            if each in wanted:
                found.setdefault(each.code, (alarm.day - each.since).days)
        if not about:
            false.add((alarm.town, alarm.item, alarm.day))
    runs = sum((town, item, day - timedelta(days=1)) not in false for town, item, day in false)
    return Score(found, tuple(each.code for each in wanted if each.code not in found), runs, (until - since).days / 30.4)


def score_groups(groups: Iterable[Set[int]], planted: Sequence[Planted], kinds: Set[str], since: date, until: date) -> Score:
    """A group of requests is about the happening that most of it comes from; a group about none is false."""
    wanted = [each for each in planted if each.kind in kinds]
    found: dict[str, int] = {}
    false = 0
    for group in groups:
        about = [each for each in planted if each.requests and len(group & each.requests) >= SHARE * len(group)]
        for each in about:
            if each in wanted:
                found.setdefault(each.code, 0)
        false += not about
    return Score(found, tuple(each.code for each in wanted if each.code not in found), false, (until - since).days / 30.4)


def _about(alarm: Alarm, each: Planted) -> bool:
    near = any(alarm.item.startswith(item) or item.startswith(alarm.item) for item in each.items)
    return near and each.town in ("", alarm.town) and each.since <= alarm.day < each.until + AFTER
