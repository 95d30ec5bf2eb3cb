"""What is read of requests: one with its history, pages of a search, the queue, the feed of events."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service import people, store
from service.database import iso, now
from service.failures import refuse
from service.tables import decisions, events, finals, heads, identities, refusals, requests, suggestions
from service.transitions import DISPATCHED, DISPUTED, NEW, OPEN, RETURNED, SHOWN, TRANSITIONS

Json = dict[str, Any]
QUEUES = ("open", "new", "mine", "returned", "disputed", "overdue", "lapsed")
_ESCAPE = "\\"


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; what is empty does not narrow. ``words``: all of them, anywhere in the masked title or text."""

    state: str = ""
    unit: str = ""
    owner: str = ""
    ref: str = ""
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """For how long a claim keeps a request from others: of any request, and of an urgent one."""

    plain: timedelta = timedelta(minutes=30)
    urgent: timedelta = timedelta(minutes=10)


CLAIMS = Claims()


def one(connection: sa.Connection, request: int, claims: Claims = CLAIMS) -> Json:
    """A request with its masked text, its last suggestion and all that happened. Raises ``unknown_request`` or ``purged``."""
    head = store.head(connection, request)
    row = connection.execute(sa.select(requests).where(requests.c.id == request)).one()
    last = sa.select(suggestions).where(suggestions.c.request_id == request).order_by(suggestions.c.id.desc()).limit(1)
    shown = connection.execute(last).one_or_none()
    who = connection.execute(sa.select(identities.c.request_id).where(identities.c.request_id == request)).one_or_none()
    happened = history(connection, request)
    names = people.shown(connection, (head.owner, row.made_by))
    last_at = connection.execute(sa.select(events.c.made_at).where(events.c.request_id == request, events.c.version == head.version)).scalar_one()
    return {
        **_summary(row, head, last_at, claims, names), "made_by_name": names[row.made_by],
        "text": row.content, "spans": json.loads(row.spans), "place": row.place, "has_contact": who is not None,
        "allowed": sorted(TRANSITIONS[head.state]), "suggestion": suggestion(shown) if shown is not None else None,
        "history": happened,
    }  # fmt: skip


def suggestion(row: sa.Row[Any]) -> Json:
    """A suggestion as it was shown."""
    return {
        "id": row.id, "made_at": iso(row.made_at), "made_by": row.made_by, "answers": json.loads(row.answers), "shown": json.loads(row.shown),
        "versions": {"engine": row.engine, "model": row.model, "profile": row.profile},
    }  # fmt: skip


def all_suggestions(connection: sa.Connection, request: int) -> list[Json]:
    """Every suggestion that was made of a request, oldest first. Raises ``unknown_request`` or ``purged``."""
    store.head(connection, request)
    chosen = sa.select(suggestions).where(suggestions.c.request_id == request).order_by(suggestions.c.id)
    return [suggestion(row) for row in connection.execute(chosen)]


def history(connection: sa.Connection, request: int) -> list[Json]:
    """What happened to a request, oldest first, each with its detail and who did it, also in words."""
    rows = connection.execute(sa.select(events).where(events.c.request_id == request).order_by(events.c.version)).all()
    names = people.shown(connection, {each for row in rows for each in (row.made_by, row.owner)})
    return [
        {**told, "made_by_name": names[row.made_by], "owner_name": names[row.owner]}
        for row, told in zip(rows, _with_details(connection, rows), strict=True)
    ]


def feed(connection: sa.Connection, after: int, limit: int) -> list[Json]:
    """Events behind ``after`` in the order in which they came to be, each with its detail and the hotline's own number."""
    chosen = sa.select(events, requests.c.ref).join(requests, requests.c.id == events.c.request_id)
    rows = connection.execute(chosen.where(events.c.id > after).order_by(events.c.id).limit(limit)).all()
    return [{"cursor": row.id, "ref": row.ref, **told} for row, told in zip(rows, _with_details(connection, rows), strict=True)]


def search(connection: sa.Connection, wanted: Search, before: int, limit: int, claims: Claims = CLAIMS) -> list[Json]:
    """Summaries, newest first, with numbers below ``before`` (0: from the newest)."""
    chosen = _joined()
    for column, value in ((heads.c.state, wanted.state), (heads.c.unit, wanted.unit), (heads.c.owner, wanted.owner), (requests.c.ref, wanted.ref)):
        if value:
            chosen = chosen.where(column == value)
    for word in wanted.words.split():
        like = f"%{_literal(word)}%"
        chosen = chosen.where(sa.or_(requests.c.title.like(like, escape=_ESCAPE), requests.c.content.like(like, escape=_ESCAPE)))
    if wanted.since is not None:
        chosen = chosen.where(requests.c.made_at >= wanted.since)
    if wanted.until is not None:
        chosen = chosen.where(requests.c.made_at < wanted.until)
    if before:
        chosen = chosen.where(requests.c.id < before)
    rows = connection.execute(chosen.order_by(requests.c.id.desc()).limit(limit)).all()
    names = people.shown(connection, {row.owner for row in rows})
    return [_summary(row, row, row.last_at, claims, names) for row in rows]


def queue(
    connection: sa.Connection, name: str, me: str, target: timedelta, after: tuple[int, int], limit: int, claims: Claims = CLAIMS
) -> list[Json]:
    """Summaries of what waits for a decision: the most urgent first, then the oldest. ``after``: urgency and number of the last one
    seen. ``target``: how long a decision may take."""
    last_urgent, last = after
    chosen = _joined().where(*_in_queue(name, me, target, claims))
    chosen = chosen.where(sa.or_(heads.c.urgent > last_urgent, sa.and_(heads.c.urgent == last_urgent, heads.c.request_id > last)))
    rows = connection.execute(chosen.order_by(heads.c.urgent, heads.c.request_id).limit(limit)).all()
    names = people.shown(connection, {row.owner for row in rows})
    return [{**_summary(row, row, row.last_at, claims, names), "overdue": _overdue(row, target)} for row in rows]


def counts(connection: sa.Connection, me: str, target: timedelta, claims: Claims = CLAIMS) -> Json:
    """How many wait in each queue."""
    count = sa.select(sa.func.count()).select_from(heads)
    return {name: connection.execute(count.where(*_in_queue(name, me, target, claims))).scalar_one() for name in QUEUES}


def _joined() -> sa.Select[Any]:
    """Requests with their heads, and when the last event was."""
    chosen = sa.select(requests, *(column for column in heads.c if column.name != "request_id"), events.c.made_at.label("last_at"))
    last = sa.and_(events.c.request_id == heads.c.request_id, events.c.version == heads.c.version)
    return chosen.select_from(requests.join(heads, heads.c.request_id == requests.c.id).join(events, last))


def _summary(row: sa.Row[Any], head: sa.Row[Any], last_at: datetime, claims: Claims, names: Mapping[str, str]) -> Json:
    # While it is open, whoever owns it took it up by the last event.
    claimed = bool(head.owner) and head.state in OPEN
    lapsed = claimed and last_at < now() - (claims.urgent if head.urgent < store.LAST else claims.plain)
    return {
        "id": row.id, "ref": row.ref, "title": row.title, "start": row.content[:80], "caller_kind": row.caller_kind, "channel": row.channel,
        "received_at": row.received_at, "confidential": bool(row.confidential), "made_at": iso(row.made_at), "made_by": row.made_by,
        "version": head.version, "state": head.state, "state_name": SHOWN[head.state], "owner": head.owner, "owner_name": names[head.owner],
        "unit": head.unit, "urgency": head.urgency, "urgent": head.urgent, "due_at": iso(head.due_at), "changed_at": iso(head.changed_at),
        "claimed_at": iso(last_at) if claimed else "", "lapsed": lapsed,
    }  # fmt: skip


def _in_queue(name: str, me: str, target: timedelta, claims: Claims) -> list[sa.ColumnElement[bool]]:
    waiting = heads.c.state.in_(OPEN)
    taken = sa.and_(events.c.request_id == heads.c.request_id, events.c.version == heads.c.version, events.c.made_at < now() - claims.urgent)
    late = now() - target
    filters: Mapping[str, list[sa.ColumnElement[bool]]] = {
        "open": [waiting],
        "new": [heads.c.state == NEW],
        "mine": [heads.c.owner == me, waiting],
        "returned": [heads.c.state == RETURNED],
        "disputed": [heads.c.state == DISPUTED],
        "overdue": [sa.or_(sa.and_(waiting, heads.c.changed_at < late), sa.and_(heads.c.state.in_((*OPEN, DISPATCHED)), heads.c.due_at < now()))],
        "lapsed": [waiting, heads.c.owner != "", heads.c.urgent < store.LAST, sa.select(events.c.id).where(taken).correlate(heads).exists()],
    }
    if name not in filters:
        raise refuse("unknown_code", f"no queue {name!r}. Use one of {', '.join(QUEUES)}.")
    return filters[name]


def _overdue(row: sa.Row[Any], target: timedelta) -> bool:
    waits = row.state in OPEN and row.changed_at < now() - target
    return waits or (row.due_at is not None and row.due_at < now())


def _with_details(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[Json]:
    """Each event with the decision, refusal or final unit of its version."""
    wanted = sorted({row.request_id for row in rows})
    found: dict[tuple[int, int], Json] = {}
    for table in (decisions, refusals, finals):
        for detail in connection.execute(sa.select(table).where(table.c.request_id.in_(wanted))) if wanted else ():
            fields = {name: value for name, value in detail._mapping.items() if name not in ("id", "request_id", "version", "action")}
            if "co_units" in fields:
                fields["co_units"] = json.loads(fields["co_units"])
            found[detail.request_id, detail.version] = {str(name): value for name, value in fields.items()}
    return [
        {
            "request": row.request_id, "version": row.version, "action": row.action, "state": row.state, "state_name": SHOWN[row.state],
            "owner": row.owner, "made_at": iso(row.made_at), "made_by": row.made_by, "detail": found.get((row.request_id, row.version), {}),
        }
        for row in rows
    ]  # fmt: skip


def _literal(word: str) -> str:
    return "".join(f"{_ESCAPE}{char}" if char in ("%", "_", _ESCAPE) else char for char in word)
