"""What is written of requests. Nothing is changed: every act adds an event, and the current state is the last one.

Callers pass a connection of ``Database.write``; what they do in one transaction is kept whole or not at all.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from service import hiding, identity, people
from service.audit import Who
from service.database import now
from service.failures import refuse
from service.identity import Contact, Original
from service.keys import Keys
from service.once import Once
from service.tables import decisions, events, finals, heads, refusals, requests, suggestions, tombstones
from service.transitions import ESCALATING, NEW, after
from triage.deadlines import read_time
from triage.records import Refusal, Request, Suggestion

URGENT: Mapping[str, int] = {"特急": 0, "紧急": 1}
LAST = len(URGENT)
"""Place in the queue of what is not urgent."""


@dataclass(frozen=True)
class Draft:
    """A request that is to be kept: the engine's own form, who called, and whether the caller must not become known."""

    request: Request
    contact: Contact = field(default_factory=Contact)
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a request goes: unit, town and item by code. ``reason`` is masked already. ``suggestion``: what was on screen."""

    unit: str = ""
    area: str = ""
    item: str = ""
    co_units: tuple[str, ...] = ()
    reason: str = ""
    suggestion: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What an act led to."""

    request: int
    version: int
    state: str


def create(connection: sa.Connection, keys: Keys, who: Who, draft: Draft, found: Suggestion, call: Once) -> Done:
    """Keeps a request, the text as received apart and sealed, and what the engine said of it."""
    told, moment = hiding.request(keys, draft.request, draft.contact.name), now()
    row = connection.execute(
        requests.insert().values(
            ref=told.id, title=found.clean.title, content=found.clean.text, spans=json.dumps([asdict(each) for each in found.clean.spans]),
            caller_kind=told.caller_kind, place=told.place, channel=told.channel, received_at=told.received_at,
            confidential=int(draft.confidential), made_at=moment, made_by=who.name,
        )
    )  # fmt: skip
    key = row.inserted_primary_key
    assert key is not None
    number = int(key[0])
    identity.keep(connection, keys, number, _original(draft.request, told), draft.contact)
    _add_event(connection, who, Done(number, 1, NEW), "create", "", call)
    connection.execute(
        heads.insert().values(request_id=number, version=1, state=NEW, owner="", unit="", urgency="", urgent=LAST, changed_at=moment, due_at=None)
    )
    suggest(connection, who, number, told.answers, replace(found, id=told.id))
    return Done(number, 1, NEW)


def suggest(connection: sa.Connection, who: Who, request: int, answers: Mapping[str, str], found: Suggestion) -> int:
    """Keeps what the engine said, wording and versions included; its number. The queue follows its urgency and deadline."""
    told, kept = asdict(found), {hiding.words(issue): hiding.words(each) for issue, each in answers.items()}
    row = connection.execute(
        suggestions.insert().values(
            request_id=request, answers=_json(kept), shown=_json(told), engine=found.versions.engine, model=found.versions.model,
            profile=found.versions.profile, made_at=now(), made_by=who.name,
        )
    )  # fmt: skip
    due = next((each.due for each in found.deadlines if each.due), "")
    values = {"urgency": found.urgency, "urgent": URGENT.get(found.urgency, LAST), "due_at": _utc(due)}
    connection.execute(heads.update().where(heads.c.request_id == request).values(values))
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def as_received(connection: sa.Connection, keys: Keys, row: sa.Row[Any], answers: Mapping[str, str], place: str = "") -> Request:
    """A row of ``requests`` as the engine read it at first, with what is known by now; masked where the original is gone."""
    told = identity.original(connection, keys, row.id) or Original(row.title, row.content)
    return Request(
        told.text, told.title, row.ref, told.caller_kind or row.caller_kind, place or told.place or row.place, told.channel or row.channel,
        told.received_at or row.received_at, answers, refused(connection, row.id),
    )  # fmt: skip


def decide(connection: sa.Connection, who: Who, request: int, version: int, action: str, choice: Choice, call: Once) -> Done:
    """accept, choose, override or close. Raises ``conflict``, ``wrong_state``, ``unknown_request`` or ``purged``."""
    done = _act(connection, who, request, version, action, call, owner=who.name, unit=choice.unit)
    connection.execute(
        decisions.insert().values(
            request_id=request, version=done.version, action=action, suggestion_id=choice.suggestion, unit=choice.unit, area=choice.area,
            item=choice.item, co_units=_json(choice.co_units), reason=choice.reason,
        )
    )  # fmt: skip
    return done


def send_back(connection: sa.Connection, who: Who, request: int, version: int, refusal: Refusal, note: str, call: Once) -> Done:
    """A refusal 退单 by the unit that had it; the second one makes a dispute of it. Raises as ``decide``."""
    before = connection.execute(sa.select(sa.func.count()).select_from(refusals).where(refusals.c.request_id == request)).scalar_one()
    action = "escalate" if before + 1 >= ESCALATING else "refuse"
    done = _act(connection, who, request, version, action, call, owner="", unit="")
    connection.execute(
        refusals.insert().values(
            request_id=request, version=done.version, unit=refusal.unit, area=refusal.area, reason=refusal.reason, note=note
        )
    )  # fmt: skip
    return done


def settle(connection: sa.Connection, who: Who, request: int, version: int, choice: Choice, call: Once) -> Done:
    """The unit that accepted it in the end. Raises as ``decide``."""
    done = _act(connection, who, request, version, "final", call, owner="", unit=choice.unit)
    values = {"request_id": request, "version": done.version, "unit": choice.unit, "area": choice.area, "item": choice.item}
    connection.execute(finals.insert().values(values))
    return done


def hold(connection: sa.Connection, who: Who, request: int, version: int, action: str, call: Once) -> Done:
    """claim or release: who works on it; it goes on waiting meanwhile. Raises as ``decide``."""
    return _act(connection, who, request, version, action, call, owner=who.name if action == "claim" else "", unit="", waits=True)


def refused(connection: sa.Connection, request: int) -> tuple[Refusal, ...]:
    """Who sent it back, in order."""
    rows = connection.execute(sa.select(refusals).where(refusals.c.request_id == request).order_by(refusals.c.version))
    return tuple(Refusal(row.unit, row.reason, row.area) for row in rows)


def head(connection: sa.Connection, request: int) -> sa.Row[Any]:
    """Version, state and owner of a request. Raises ``unknown_request`` or ``purged``."""
    found = connection.execute(sa.select(heads).where(heads.c.request_id == request)).one_or_none()
    if found is not None:
        return found
    gone = connection.execute(sa.select(tombstones.c.purged_at).where(tombstones.c.request_id == request)).scalar_one_or_none()
    if gone is not None:
        raise refuse("purged", f"request {request} was removed on {gone.date()}, when its time was over. Only its number is left.")
    raise refuse("unknown_request", f"there is no request {request}. Check the number.")


def current(connection: sa.Connection, request: int) -> tuple[int, str, str]:
    """Version, state and owner by the last event: what ``heads`` must repeat."""
    last = sa.select(events.c.version, events.c.state, events.c.owner).where(events.c.request_id == request)
    row = connection.execute(last.order_by(events.c.version.desc()).limit(1)).one()
    return row.version, row.state, row.owner


def _act(
    connection: sa.Connection, who: Who, request: int, version: int, action: str, call: Once, *, owner: str, unit: str, waits: bool = False
) -> Done:  # fmt: skip
    seen = head(connection, request)
    if seen.version != version:
        raise refuse(
            "conflict", f"request {request} is at version {seen.version}, not {version}: somebody was faster. Read it again, then decide.",
            version=seen.version, state=seen.state, owner=seen.owner, owner_name=people.shown(connection, (seen.owner,))[seen.owner],
        )  # fmt: skip
    done = Done(request, version + 1, after(seen.state, action))
    _add_event(connection, who, done, action, owner, call)
    values = {"version": done.version, "state": done.state, "owner": owner, "unit": unit, **({} if waits else {"changed_at": now()})}
    moved = connection.execute(heads.update().where(heads.c.request_id == request, heads.c.version == version).values(values))
    if moved.rowcount != 1:
        raise refuse("conflict", f"request {request} was changed at the same moment. Read it again, then decide.")
    return done


def _add_event(connection: sa.Connection, who: Who, done: Done, action: str, owner: str, call: Once) -> None:
    connection.execute(
        events.insert().values(
            request_id=done.request, version=done.version, action=action, state=done.state, owner=owner, once=call.mark, once_body=call.body,
            made_at=now(), made_by=who.name,
        )
    )  # fmt: skip


def _original(told: Request, kept: Request) -> Original:
    """What is sealed: title and text, and of the other fields those that may not be kept as they were told."""
    names = ("place", "caller_kind", "channel", "received_at")
    more = {name: getattr(told, name) for name in names if getattr(told, name) != getattr(kept, name)}
    return Original(told.title, told.text, ref=told.id if told.id != kept.id else "", **more)


def _json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _utc(told: str) -> datetime | None:
    moment = read_time(told) if told else None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment is not None and moment.tzinfo else None
