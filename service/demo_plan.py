"""When who asks for what in the demo city: hours, weekdays, seasons, holidays, and happenings of ``happenings.csv``.

A happening of kind ``surge`` multiplies some items for some days of each year. ``burst`` is one matter in one town for a few
days, ``topic`` for weeks, ``group`` many people of one firm or estate at once, ``repeat`` one caller again and again; ``dispute``
is what two units have sent back and nobody has decided yet; ``merger`` is a unit that another one takes over
(``demo_profile.py``). What was planted is known afterwards, so that finding it can be measured.
"""

import random
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from pathlib import Path

from service.demo_texts import HAPPENINGS, Example, Teller, seasons
from triage.errors import UsageError
from triage.profile import Profile
from triage.tables import read_rows, split

SURGE, REPEAT, MERGER, DISPUTE = "surge", "repeat", "merger", "dispute"
KINDS = (SURGE, "burst", "topic", "group", REPEAT, DISPUTE, MERGER)
_END = "end-"
"""Begins the start of what is fresh: so many days before the day after the last one."""
_HOURS = (6, 4, 3, 2, 2, 3, 8, 20, 55, 78, 82, 70, 42, 40, 66, 74, 72, 62, 46, 40, 38, 32, 22, 12)
_WEEKDAYS = (1.18, 1.08, 1.04, 1.02, 1.0, 0.68, 0.58)
_HOLIDAY, _NEW_YEAR = 0.6, 0.45
_SEASONS: tuple[tuple[str, tuple[int, ...], float], ...] = (
    ("0301", (4, 5, 6, 7, 8), 2.2), ("0302", (9, 10, 3), 1.5), ("0302", (7, 8), 0.4), ("0303", (7, 8), 2.0), ("0803", (5, 6, 7, 8, 9), 1.4),
    ("0801", (10, 11, 12, 1), 1.5), ("1402", (7, 8), 1.8), ("1401", (7, 8, 9), 1.4), ("1103", (5, 6, 7, 8, 9), 1.6), ("1501", (2, 5, 10), 2.0),
    ("E2", (2, 3), 1.6), ("E4", (1, 5), 1.5), ("1303", (5, 6, 7, 8), 1.5),
)  # fmt: skip
_COMMON: Mapping[str, float] = {
    "0803": 3.5, "0904": 4.0, "0501": 2.5, "0101": 2.5, "1201": 4.0, "0701": 2.5, "0702": 2.0, "0703": 2.0, "0102": 2.0, "1401": 2.0, "1402": 2.0,
    "1605": 1.5, "0204": 1.5, "1001": 1.5, "E": 0.35,
}  # fmt: skip
"""How much commoner than others the items under a code are. A guess: nobody has published a county's own shares."""
_REPEATS, _SAME_CALLER = 0.035, 0.12
_ROW = ("code", "kind", "name", "items", "unit", "type", "urgency", "area", "days", "least", "per_10000", "factor", "start", "words")


@dataclass(frozen=True, slots=True)
class Happening:
    """A row of ``happenings.csv``, and where and when it is put: ``since`` included, ``until`` excluded, in city time."""

    code: str
    kind: str
    name: str
    items: tuple[str, ...]
    unit: str
    type: str
    urgency: str
    area: str
    days: int
    least: int
    per_10000: float
    factor: float
    start: str
    words: str
    town: str = ""
    since: date = date.min
    until: date = date.min


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that comes in at a moment in city time, by a caller (a number). ``planted``: code of the happening, or "". ``disputed``: two units
    send it back, and nobody decides."""

    at: datetime
    example: Example
    caller: int
    planted: str = ""
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """How much life: so many requests in so many days before ``until`` (excluded)."""

    until: date
    days: int
    requests: int

    @property
    def since(self) -> date:
        """The first day."""
        return self.until - timedelta(days=self.days)

    @property
    def dates(self) -> list[date]:
        """All days in order."""
        return [self.since + timedelta(days=each) for each in range(self.days)]


def read_happenings(folder: Path) -> list[Happening]:
    """The happenings of a city; none where it has no such table. Raises UsageError naming the row that is wrong."""
    path = folder / HAPPENINGS
    if not path.exists():
        return []
    found = []
    for row in read_rows(path, required=_ROW)[1]:
        try:
            code, kind, name, items, unit, sort, urgency, area, days, least, share, factor, start, words = (row[each].strip() for each in _ROW)
            numbers = int(days or 0), int(least or 0), float(share or 0), float(factor or 0)
        except ValueError as error:
            raise UsageError(f"{path}:{row.number}: {error}. Write days, least, per_10000 and factor as numbers.", "bad_table") from None
        if kind not in KINDS:
            raise UsageError(f"{path}:{row.number}: kind {kind!r}. Use one of {', '.join(KINDS)}.", "bad_table")
        found.append(Happening(code, kind, name, split(items), unit, sort, urgency, area, *numbers, start, words))
    return found


def place(happenings: Sequence[Happening], span: Span, profile: Profile, teller: Teller, chance: random.Random) -> list[Happening]:
    """Each happening where and when it is put in this city. A surge comes once in each year of the span, the others once; one that
    needs more days than there are is shortened to a third of them. One with a start at the end is put there, so that every city has something
    fresh; raises UsageError for such a start that cannot be read."""
    placed = []
    for each in (each for each in happenings if each.kind != MERGER):
        if each.kind == SURGE:
            starts = (_start(each.start, year, profile) for year in range(span.since.year, span.until.year + 1))
            placed += [replace(each, since=day, until=day + timedelta(days=each.days)) for day in starts if day and span.since <= day < span.until]
            continue
        if each.start.startswith(_END):
            since = span.until - timedelta(days=_before(each))
            placed.append(replace(each, since=since, until=since + timedelta(days=each.days), town=teller.town(each.area)))
            continue
        days = min(each.days, max(2, span.days // 3))
        since = span.since + timedelta(days=round((span.days - days) * chance.uniform(0.08, 1.0)))
        placed.append(replace(each, days=days, since=since, until=since + timedelta(days=days), town=teller.town(each.area)))
    return placed


def _before(each: Happening) -> int:
    words = each.start.removeprefix(_END)
    if not (words.isascii() and words.isdigit() and int(words) >= each.days):
        told = f"{HAPPENINGS}: {each.code}: start {each.start!r}. Write end-3 for three days before the end, at least as many as it has days."
        raise UsageError(told, "bad_table")
    return int(words)


def arrivals(span: Span, examples: Sequence[Example], placed: Sequence[Happening], profile: Profile, teller: Teller, chance: random.Random) -> list[Arrival]:  # fmt: skip  # noqa: E501
    """All requests in the order in which they come in: exactly ``span.requests``."""
    fresh_last = sorted((each for each in placed if each.kind != SURGE), key=lambda each: each.start.startswith(_END))
    planted = [each for happening in fresh_last for each in _plant(happening, span, teller, chance)]
    planted = planted[: span.requests // 2]
    decks = _Decks(examples, placed, chance)
    rest = span.requests - len(planted)
    wanted = chance.choices(span.dates, cum_weights=list(accumulate(_weights(span, placed, profile))), k=rest)
    usual = _callers(sorted(_moment(day, chance) for day in wanted), decks, teller, chance)
    return sorted([*planted, *usual], key=lambda each: (each.at, each.caller))


def _start(words: str, year: int, profile: Profile) -> date | None:
    """``07-22``, or the first holiday of a name and so many days more or less: ``春节-40``."""
    if words[:1].isdigit():
        month, _, day = words.partition("-")
        return date(year, int(month), int(day))
    name, sign, days = words.partition("-") if "-" in words else words.partition("+")
    first = min((each.day for each in profile.special_days if each.name == name and each.kind == "holiday" and each.day.year == year), default=None)
    return first + timedelta(days=int(sign + days) if days else 0) if first is not None else None


def _weights(span: Span, placed: Sequence[Happening], profile: Profile) -> list[float]:
    special = {each.day: each for each in profile.special_days}
    found = []
    for day in span.dates:
        off = special.get(day)
        weight = _WEEKDAYS[0] if off is not None and off.kind == "workday" else _WEEKDAYS[day.weekday()]
        if off is not None and off.kind == "holiday":
            weight = _NEW_YEAR if off.name == "春节" else _HOLIDAY
        surges = [each for each in placed if each.kind == SURGE and each.since <= day < each.until]
        found.append(weight * (1 + 0.05 * sum(each.factor for each in surges)))
    return found


def _moment(day: date, chance: random.Random) -> datetime:
    hour = chance.choices(range(24), weights=_HOURS)[0]
    return datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)))


class _Decks:
    """Deals examples by item, none twice before all of its item were dealt, and what is of a season in its season only."""

    def __init__(self, examples: Sequence[Example], placed: Sequence[Happening], chance: random.Random) -> None:
        self._chance, self._surges = chance, [each for each in placed if each.kind == SURGE]
        self._of: dict[str, list[Example]] = {}
        for example in examples:
            self._of.setdefault(example.item, []).append(example)
        self._items = sorted(self._of)
        self._months = {example.id: seasons(example.title + example.text) for example in examples}
        self._left: dict[str, list[Example]] = {}
        self._base = [_factor(_COMMON, item) * chance.lognormvariate(0, 0.5) for item in self._items]
        self._scales: dict[date, list[float]] = {}

    def deal(self, day: date) -> Example:
        scale = self._scales.get(day)
        if scale is None:
            scale = self._scales[day] = list(accumulate(self._weight(number, item, day) for number, item in enumerate(self._items)))
        item = self._items[bisect(scale, self._chance.random() * scale[-1])]
        deck = self._left.get(item)
        if not deck:
            deck = self._left[item] = self._chance.sample(self._of[item], len(self._of[item]))
        for place in range(len(deck) - 1, -1, -1):
            months = self._months[deck[place].id]
            if not months or day.month in months:
                return deck.pop(place)
        self._left[item] = []
        return self._chance.choice(self._of[item])

    def _weight(self, number: int, item: str, day: date) -> float:
        weight = self._base[number]
        for code, months, factor in _SEASONS:
            if item.startswith(code) and day.month in months:
                weight *= factor
        for surge in self._surges:
            if surge.since <= day < surge.until and item.startswith(surge.items):
                weight *= surge.factor
        return weight


def _factor(table: Mapping[str, float], item: str) -> float:
    return next((table[item[:length]] for length in range(len(item), 0, -1) if item[:length] in table), 1.0)


def _callers(moments: Sequence[datetime], decks: _Decks, teller: Teller, chance: random.Random) -> Iterator[Arrival]:
    """Most call once; some come again with something else, some with the same because nothing has happened."""
    recent: list[Arrival] = []
    count = 0
    for at in moments:
        recent = recent[-4000:]
        sort = chance.random()
        if sort < _REPEATS and len(recent) > 50:
            before = recent[-chance.randrange(1, min(len(recent), 2000))]
            yield Arrival(at, teller.again(before.example), before.caller)
            continue
        count += 1
        caller = recent[chance.randrange(len(recent))].caller if recent and sort > 1 - _SAME_CALLER else count
        dealt = Arrival(at, decks.deal(at.date()), caller)
        recent.append(dealt)
        yield replace(dealt, example=teller.vary(dealt.example))


def _plant(happening: Happening, span: Span, teller: Teller, chance: random.Random) -> Iterator[Arrival]:
    """The requests of one happening. Callers have numbers below zero, so that they are nobody else."""
    wanted = max(happening.least, round(happening.per_10000 * span.requests / 10_000))
    wanted = min(wanted, max(4, span.requests // 40))
    base = -1000 * (1 + sum(map(ord, happening.code)) % 100_000)
    for number in range(wanted):
        # Most in the first half: a matter flares up, then dies down.
        day = happening.since + timedelta(days=min(happening.days - 1, int(happening.days * chance.betavariate(1.3, 2.2))))
        if happening.kind == REPEAT:
            day = happening.since + timedelta(days=int(happening.days * number / wanted))
        caller = base if happening.kind == REPEAT else base - number
        kind = "企业" if happening.items[0].startswith("E") else "个人"
        text = teller.compose(happening.words, happening.town)
        channel = chance.choice(("电话", "电话", "电话", "微信", "网站"))
        told = Example(happening.code, happening.items[0], happening.unit, happening.town, happening.type, happening.urgency, channel, kind, "", text)
        yield Arrival(_moment(day, chance), told, caller, happening.code, happening.kind == DISPUTE)
