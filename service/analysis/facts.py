"""From the rows of one request to its row of a snapshot. Pure: nothing is read or written here."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from service.moments import registered_at
from service.transitions import CLOSED
from triage.profile import Profile, Tag
from triage.succession import heirs
from triage.tag import MANUAL, Outcome, Subject, Tagger, TagValue

Row = dict[str, Any]
HOW: Mapping[str, str] = {"auto": "auto", "accept": "accepted", "choose": "chosen", "override": "overridden"}
AUTO = "auto"
MACHINES = ("system", AUTO)
"""Authors of a dispatch that no person decided: it counts as ``auto`` whatever the action is called."""
SYNTHETIC = "synthetic"
"""``requests.made_by`` of invented requests."""
_RULES = 3
"""Another number where rows come out otherwise than before: snapshots are made anew."""


@dataclass(frozen=True)
class Story:
    """All that the store holds of one request: its row, its head, and the rows of each kind, oldest first. ``relabels``: of the
    reclassifications that count."""

    request: Any
    head: Any
    events: Sequence[Any] = ()
    decisions: Sequence[Any] = ()
    refusals: Sequence[Any] = ()
    finals: Sequence[Any] = ()
    suggestions: Sequence[Any] = ()
    feedback: Sequence[Any] = ()
    marks: Sequence[Any] = ()
    relabels: Sequence[Any] = ()
    caller: str = ""


@dataclass(frozen=True)
class City:
    """What a row needs of the city: its tables (None: none), its clock, the day whose classification counts, and its tags.

    ``shape`` is another one when anything of it changes that a snapshot rests on.
    """

    profile: Profile | None
    zone: tzinfo
    today: date
    tagger: Tagger | None = None
    shape: str = ""
    _now: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _above: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def above_now(self, item: str) -> tuple[str, ...]:
        """The part of today's path that all successors of an item share: after a split within one group the group is still known."""
        if item not in self._above:
            heir = heirs(self.profile.items, item, self.today) if self.profile is not None and item else ()
            paths = [self.profile.path(each) for each in heir] if self.profile is not None else []
            shared = takewhile(lambda level: len(set(level)) == 1, zip(*paths, strict=False))
            self._above[item] = tuple(level[0] for level in shared)
        return self._above[item]

    def path_now(self, item: str) -> tuple[str, ...]:
        """Codes of today's classification for an item of any day, from the root down; empty where no successor is known, or several."""
        if item not in self._now:
            heir = heirs(self.profile.items, item, self.today) if self.profile is not None and item else ()
            self._now[item] = self.profile.path(heir[0]) if self.profile is not None and len(heir) == 1 else ()
        return self._now[item]


def city(profile: Profile | None, today: date, extra: Sequence[Tag] = ()) -> City:
    """The city of a profile, with tags that analysts have published; without a profile, UTC and no tags."""
    if profile is None:
        return City(None, UTC, today)
    now = {item: heirs(profile.items, item, today) for item in profile.items}  # a planned change holds from its day on, in the same tables
    shape = hashlib.sha256(f"{_RULES}{profile.fingerprint}{extra!r}{now!r}".encode()).hexdigest()[:16]
    return City(profile, ZoneInfo(profile.timezone), today, Tagger(profile, extra), shape)


def unit(code: str, area: str) -> str:
    """A unit in one word: ``code``, or ``code@town`` where it acts for a town."""
    return f"{code}@{area}" if code and area else code


def rows(stories: Sequence[Story], city: City) -> list[Row]:
    """The rows of requests, but for ``repeat_of``, which needs the requests before."""
    found = [_row(each, city) for each in stories]
    computed = (
        city.tagger.tag_many([_subject(each, row, city) for each, row in zip(stories, found, strict=True)]) if city.tagger else [()] * len(found)
    )
    for story, row, values in zip(stories, found, computed, strict=True):
        held = marked(values, story.marks)
        row["tags"] = [f"{each.tag}={each.value}" for each in held]
        row["tag_sources"] = [_source(each) for each in held]
    return found


def marked(computed: Sequence[TagValue], marks: Sequence[Any]) -> list[TagValue]:
    """Computed values and what people said of them: they may add one or take one away, and the last word counts."""
    found = {(each.tag, each.value): each for each in computed}
    for mark in marks:
        key = (mark.tag, mark.value)
        if mark.held:
            found[key] = TagValue(mark.tag, mark.value, MANUAL, mark.made_by, mark.made_at.isoformat(timespec="milliseconds"))
        else:
            found.pop(key, None)
    return list(found.values())


def _source(each: TagValue) -> Row:
    at = datetime.fromisoformat(each.at) if each.at else None
    return {"tag": f"{each.tag}={each.value}", "source": each.source, "who": each.who, "at": at, "p": each.p}


def _subject(story: Story, row: Row, city: City) -> Subject:
    """What tags look at: the masked text of the store, also of confidential requests, of which only the tags go on."""
    told = _shown(story.suggestions[-1]) if story.suggestions else {}
    first: Row = next(iter(told.get("items", ())), {})
    path = city.profile.path(row["item_now"] or row["item"]) if city.profile is not None else ()
    changed = row["first_unit"] != row["suggested_unit"] if row["first_at"] and row["suggested_unit"] else None
    decided = next((each.item for each in story.decisions if each.action in HOW), "")
    outcome = Outcome(
        row["state"], row["how"], tuple(each["reason"] for each in row["refusals"]), row["resolved"], row["satisfied"], row["contacted"],
        row["reopened"], None, changed, bool(decided and first and decided != first["code"]),
    )  # fmt: skip
    here = row["registered_at"].replace(tzinfo=UTC).astimezone(city.zone)
    return Subject(
        f"{story.request.title}\n{story.request.content}", path, first.get("p", 0.0), row["type"], told.get("type_p", 0.0), row["town"],
        row["urgency"], story.request.caller_kind, row["channel"], row["suggested_p"], here if row["exact"] else None, outcome,
    )  # fmt: skip


def _shown(suggestion: Any) -> Row:
    told: Row = json.loads(suggestion.shown)
    return told


def _row(story: Story, city: City) -> Row:
    told, head = story.request, story.head
    registered, exact = registered_at(told.received_at, told.made_at, city.zone)
    here = registered.replace(tzinfo=UTC).astimezone(city.zone)
    secret = bool(told.confidential)
    sent = _dispatches(story)
    return {
        "id": told.id, "ref": told.ref, "registered_at": registered, "exact": exact, "day": here.date(), "hour": here.hour if exact else None,
        "channel": told.channel, "caller_kind": "" if secret else told.caller_kind, "caller": "" if secret else story.caller,
        "urgency": head.urgency, "confidential": secret, "state": head.state, "due_at": head.due_at,
        **_said(story, sent), **_where(story, city), **_label(story), **_sent(sent), **_ended(story, sent, registered, exact), **_fed_back(story),
        "repeat_of": None, "tags": [], "tag_sources": [], "taxonomy": city.profile.taxonomy if city.profile is not None else "",
        "synthetic": told.made_by == SYNTHETIC, "title": "" if secret else told.title, "text": "" if secret else told.content,
    }  # fmt: skip


def _dispatches(story: Story) -> list[Row]:
    """Every dispatch, oldest first, each with its decision."""
    found = {each.version: each for each in story.decisions}
    return [
        {"unit": unit(found[each.version].unit, found[each.version].area), "how": "auto" if each.made_by in MACHINES else HOW[each.action],
         "at": each.made_at, "suggestion": found[each.version].suggestion_id}
        for each in story.events if each.action in HOW and each.version in found
    ]  # fmt: skip


def _said(story: Story, sent: Sequence[Row]) -> Row:
    """What the engine had said when the request was first sent: the suggestion on screen, else the last one before it."""
    before = [each for each in story.suggestions if not sent or each.made_at <= sent[0]["at"]] or list(story.suggestions[:1])
    shown = next((each for each in story.suggestions if sent and each.id == sent[0]["suggestion"]), before[-1] if before else None)
    told = _shown(shown) if shown is not None else {}
    first: Row = next(iter(told.get("units", ())), {})
    return {
        "type": told.get("type", ""), "suggested_unit": unit(first.get("code", ""), first.get("area", "")), "suggested_p": first.get("p"),
        "suggested": told.get("decision", ""), "engine": getattr(shown, "engine", ""), "model": getattr(shown, "model", ""),
        "profile": getattr(shown, "profile", ""),
    }  # fmt: skip


def _where(story: Story, city: City) -> Row:
    """Item and town: as finally held, else as a person decided last, else as classified again, else as dispatched or suggested last."""
    people = _people(story)
    again = [] if any(each.unit for each in people) else story.relabels[-1:]
    acts = [*people, *again, *(each for each in reversed(story.decisions) if each.action == AUTO)]
    told = _shown(story.suggestions[-1]) if story.suggestions else {}
    said: Row = next(iter(told.get("items", ())), {})
    item = next((each.item for each in acts if each.item), said.get("code", ""))
    path, above = city.path_now(item), city.above_now(item)
    return {
        "item": item, "item_now": path[-1] if path else "", "item_1": above[0] if above else "", "item_2": above[1] if len(above) > 1 else "",
        "town": next((area for area in map(_area, acts) if area), (told.get("place") or {}).get("town", "")),
    }  # fmt: skip


def _people(story: Story) -> list[Any]:
    """What people held of a request, the last word first."""
    return [*story.finals[-1:], *(each for each in reversed(story.decisions) if each.action in HOW and each.action != AUTO)]


def _area(act: Any) -> str:
    """The town of a unit; in a reclassification it stands behind the unit."""
    return str(act.area if hasattr(act, "area") else act.unit.partition("@")[2])


def _label(story: Story) -> Row:
    """The unit that holds, as ``relabels.label`` says it, where that comes from, and by which tables it was made."""
    acts = [each for each in _people(story) if each.unit]
    last = story.suggestions[-1] if story.suggestions else None
    first: Row = next(iter(_shown(last).get("units", ())), {}) if last is not None else {}
    found = {"label_unit": "", "label_from": "", "label_batch": None, "label_model": "", "label_profile": "", "label_taxonomy": ""}
    if acts:
        return found | {"label_unit": unit(acts[0].unit, acts[0].area), "label_from": "decided"}
    if story.relabels:
        again = story.relabels[-1]
        stamp = {"label_batch": again.batch_id, "label_model": again.model, "label_profile": again.profile, "label_taxonomy": again.taxonomy}
        return found | {"label_unit": again.unit, "label_from": "relabelled"} | stamp
    if last is not None and first:
        stamp = {"label_model": last.model, "label_profile": last.profile}
        return found | {"label_unit": unit(first["code"], first["area"]), "label_from": "suggested"} | stamp
    return found


def _sent(sent: Sequence[Row]) -> Row:
    first, last = (sent[0], sent[-1]) if sent else (Row(), Row())
    return {
        "first_unit": first.get("unit", ""), "first_at": first.get("at"), "how": first.get("how", ""),
        "last_unit": last.get("unit", ""), "last_at": last.get("at"),
        "dispatches": [{name: each[name] for name in ("unit", "how", "at")} for each in sent],
    }  # fmt: skip


def _ended(story: Story, sent: Sequence[Row], registered: datetime, exact: bool) -> Row:
    """Refusals, the final unit, and how long it took to send the request first and for good."""
    at = {each.version: each.made_at for each in story.events}
    final = story.finals[-1] if story.finals else None
    taken = unit(final.unit, final.area) if final is not None else ""
    return {
        "refusals": [{"unit": unit(each.unit, each.area), "reason": each.reason, "at": at.get(each.version)} for each in story.refusals],
        "refused": len(story.refusals), "final_unit": taken, "final_at": at.get(final.version) if final is not None else None,
        "first_s": _seconds(registered, sent[0]["at"]) if sent and exact else None,
        "final_s": _seconds(registered, sent[-1]["at"]) if sent and exact and final is not None else None,
    }  # fmt: skip


def _fed_back(story: Story) -> Row:
    """Of each field, what was told last."""
    names = ("contacted", "contacted_at", "closed_at", "resolved", "satisfied", "reopened")
    told = {name: next((getattr(each, name) for each in reversed(story.feedback) if getattr(each, name) not in (None, "")), None) for name in names}
    shut = next((each.made_at for each in story.events if each.state == CLOSED), None)
    return {
        **told, "closed_at": told["closed_at"] or shut, "resolved": told["resolved"] or "", "satisfied": told["satisfied"] or "",
        **{name: None if told[name] is None else bool(told[name]) for name in ("contacted", "reopened")},
    }  # fmt: skip


def _seconds(start: datetime, end: datetime) -> float | None:
    """None where the end lies before the start: two clocks disagree."""
    gone = (end - start).total_seconds()
    return gone if gone >= 0 else None
