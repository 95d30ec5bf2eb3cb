"""Analysis tags: what a request is, seen by people who count requests. Independent of routing, and computed again at any time.

The table is ``tags.csv`` of a profile: one row per value of a rule tag, one row for a tag whose values come from elsewhere. Pure:
(request, suggestion, outcome) in, values out, each with what set it and with how much confidence.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from triage.deadlines import Clock, read_time
from triage.errors import CalendarError
from triage.patterns import Pattern, Patterns
from triage.profile import Profile, Tag
from triage.profile_columns import TAG_FIELDS
from triage.records import Request, Suggestion
from triage.rules import exceptions

YES = "是"
FIRST, REPEATED = "首次", "同人同事重复"
MODEL, RULE, FIELD, DERIVED, MANUAL = "model", "rule", "field", "derived", "manual"
_NIGHT, _MORNING, _OFFICE = 22, 6, (8, 18)
_FIRST_REPEAT = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request, as far as it is known."""

    state: str = ""
    how: str = ""
    refused: tuple[str, ...] = ()
    resolved: str = ""
    satisfied: str = ""
    contacted: bool | None = None
    reopened: bool | None = None
    repeats: bool | None = None
    unit_changed: bool | None = None
    item_changed: bool | None = None


class Subject(NamedTuple):
    """What tags look at. ``text`` is masked; ``path``: the item's codes from the root down; ``at``: the city's own time."""

    text: str
    path: tuple[str, ...] = ()
    item_p: float = 0.0
    type: str = ""
    type_p: float = 0.0
    town: str = ""
    urgency: str = ""
    caller_kind: str = ""
    channel: str = ""
    suggested_p: float | None = None
    at: datetime | None = None
    outcome: Outcome = Outcome()


class TagValue(NamedTuple):
    """``source``: rule, model, field, derived or manual; ``who``: the row (file:row), the published rule or the person that set it; ``at``:
    when, ISO 8601, "" for computed ones, which hold as of the moment they are asked for; ``p`` in [0, 1]."""

    tag: str
    value: str
    source: str
    who: str
    at: str = ""
    p: float = 1.0


def subject(request: Request, suggestion: Suggestion, outcome: Outcome, profile: Profile) -> Subject:
    """What tags look at, of a request as the engine knows it."""
    item = suggestion.items[0] if suggestion.items else None
    unit = suggestion.units[0].p if suggestion.units else None
    return Subject(
        f"{suggestion.clean.title}\n{suggestion.clean.text}", profile.path(item.code) if item else (), item.p if item else 0.0, suggestion.type,
        suggestion.type_p, suggestion.place.town, suggestion.urgency, request.caller_kind, request.channel, unit,
        read_time(request.received_at) if request.received_at else None, outcome,
    )  # fmt: skip


class Tagger:
    """The tags of a profile, with rules that analysts have published, ready to be asked."""

    def __init__(self, profile: Profile, extra: Iterable[Tag] = ()) -> None:
        self._profile = profile
        self._tags = (*profile.tags, *extra)
        self._clock = Clock(profile.special_days, profile.timezone)
        worded = [each for each in self._tags if each.patterns]
        self._patterns = Patterns([Pattern(each.code, each.patterns, *exceptions(each.unless)) for each in worded], profile.words.values())

    def tag_many(self, subjects: Sequence[Subject]) -> list[tuple[TagValue, ...]]:
        """The values of each, in the order of the table; a tag may have several values, each once."""
        fired = self._patterns.match([each.text for each in subjects])
        return [tuple(self._values(each, fired.get(number, {}))) for number, each in enumerate(subjects)]

    def _values(self, found: Subject, fired: Mapping[str, str]) -> Iterator[TagValue]:
        day = found.at.date() if found.at is not None else None
        seen: set[tuple[str, str]] = set()
        for each in self._tags:
            if day is not None and day not in each.period:
                continue
            for value in self._of(each, found, fired):
                if (value.tag, value.value) not in seen:
                    seen.add((value.tag, value.value))
                    yield value

    def _of(self, each: Tag, found: Subject, fired: Mapping[str, str]) -> Iterator[TagValue]:
        place = f"tags.csv:{each.row}" if each.row else each.code
        if each.how == RULE:
            if not lacking(each, found, each.code in fired):
                yield TagValue(each.tag, each.value or YES, RULE, place)
        elif each.how != MANUAL:
            for value, p in _FIELDS[each.tag](found, self._clock, self._profile):
                yield TagValue(each.tag, value, each.how, place, p=p)


def lacking(each: Tag, found: Subject, words: bool) -> tuple[str, ...]:
    """The conditions of a rule, by their columns, that a request does not meet; none where the rule holds. ``words``: whether its patterns do."""
    met = (
        ("patterns", not each.patterns or words),
        ("items", not each.items or any(code in found.path for code in each.items)),
        ("types", not each.types or found.type in each.types),
        ("towns", not each.towns or found.town in each.towns),
    )
    return tuple(name for name, held in met if not held)


Values = Iterator[tuple[str, float]]
Reader = Callable[[Subject, Clock, Profile], Values]


def _one(get: Callable[[Subject], str | None]) -> Reader:
    def read(found: Subject, _clock: Clock, _profile: Profile) -> Values:
        value = get(found)
        if value:
            yield value, 1.0

    return read


def _item(found: Subject, _clock: Clock, _profile: Profile) -> Values:
    if found.path:
        yield found.path[-1], found.item_p


def _type(found: Subject, _clock: Clock, _profile: Profile) -> Values:
    if found.type:
        yield found.type, found.type_p


def _urban(found: Subject, _clock: Clock, profile: Profile) -> Values:
    if found.town in profile.towns:
        yield profile.areas.get(profile.towns[found.town].area, ""), 1.0


def _slot(found: Subject, clock: Clock, _profile: Profile) -> Values:
    """A time of midnight sharp is a day without a time: it says only whether offices worked."""
    if found.at is None:
        return
    try:
        works = clock.works(found.at.date())
    except CalendarError:
        return
    if found.at.hour >= _NIGHT or found.at.hour < _MORNING:
        yield "夜间", 1.0
    elif not works:
        yield "休息日", 1.0
    else:
        yield "工作时间" if _OFFICE[0] <= found.at.hour < _OFFICE[1] else "工作日早晚", 1.0


SEASONS = (
    ("汛期", (4, 15), (10, 15)),
    ("开学", (8, 25), (9, 15)),
    ("开学", (2, 15), (3, 10)),
    ("中高考", (6, 1), (6, 30)),
    ("三伏", (7, 11), (8, 20)),
)
"""Name, first and last day, of every year."""


def _season(found: Subject, _clock: Clock, _profile: Profile) -> Values:
    if found.at is not None:
        here = (found.at.month, found.at.day)
        yield from ((name, 1.0) for name, first, last in SEASONS if first <= here <= last)


def _missing(found: Subject, _clock: Clock, _profile: Profile) -> Values:
    if not found.town:
        yield "地点", 1.0


def _repeat(found: Subject, _clock: Clock, _profile: Profile) -> Values:
    value = _flag(found.outcome.repeats, REPEATED, FIRST)
    if value:
        yield value, 1.0


def _reasons(found: Subject, _clock: Clock, _profile: Profile) -> Values:
    yield from ((reason, 1.0) for reason in found.outcome.refused if reason)


def _changes(found: Subject, _clock: Clock, _profile: Profile) -> Values:
    told = found.outcome
    if told.unit_changed is not None:
        named = (("改单位", told.unit_changed), ("改事项", bool(told.item_changed)))
        changed = [name for name, held in named if held]
        yield from ((name, 1.0) for name in changed or ("照建议",))


def _company(found: Subject, _clock: Clock, profile: Profile) -> Values:
    if found.path and profile.items[found.path[-1]].kind == "company":
        yield YES, 1.0


def _times(found: Subject) -> str:
    times = len(found.outcome.refused)
    return f"{times}次" if times < _FIRST_REPEAT else f"{_FIRST_REPEAT}次及以上"


def _sureness(found: Subject) -> str | None:
    p = found.suggested_p
    return None if p is None else next(word for least, word in _SURENESS if p >= least)


_SURENESS = ((0.9, "高"), (0.5, "中"), (0.0, "低"))


def _flag(value: bool | None, yes: str, no: str) -> str | None:
    return None if value is None else yes if value else no


_FIELDS: Mapping[str, Reader] = {
    "item": _item, "req_type": _type, "urban_rural": _urban, "time_slot": _slot, "season": _season, "missing": _missing, "duplicate": _repeat,
    "bounce_reason": _reasons, "corrected": _changes, "biz_env": _company,
    "town": _one(lambda found: found.town), "caller_kind": _one(lambda found: found.caller_kind), "urgency": _one(lambda found: found.urgency),
    "channel": _one(lambda found: found.channel), "state": _one(lambda found: found.outcome.state),
    "dispatch_mode": _one(lambda found: found.outcome.how),
    "bounce_count": _one(_times),
    "responded": _one(lambda found: _flag(found.outcome.contacted, "按时联系", "未按时联系")),
    "solved": _one(lambda found: found.outcome.resolved), "satisfied": _one(lambda found: found.outcome.satisfied),
    "reopened": _one(lambda found: YES if found.outcome.reopened else None),
    "conf": _one(_sureness),
}  # fmt: skip
assert set(_FIELDS) == set(TAG_FIELDS)


def visible(tags: Iterable[Tag], role: str, day: date) -> frozenset[str]:
    """Codes of the tags that a role may see on a day. A tag whose rows differ is seen only where all may be."""
    rows = [each for each in tags if day in each.period]
    return frozenset(each.tag for each in rows) - {each.tag for each in rows if role not in each.visible_to}
