"""Calls of the desk: queues, search, the day's figures, similar cases, and the feed for the hotline platform."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from service import audit, days, hiding, similar, team, views
from service.failures import refuse
from service.forms import Cursor, Limit, Number, TextIn
from service.guard import Caller, needs, require, state_of
from service.state import State
from service.store import LAST
from service.views import Search
from triage import mask, normalize
from triage.deadlines import read_time

router = APIRouter(prefix="/api/v1")
_START = (-1, 0)
_Words = Annotated[str, Query(max_length=100)]


@router.get("/requests", summary="Search requests, newest first")
def search(
    request: Request,
    who: Annotated[Caller, needs("request.read")],
    state: _Words = "",
    unit: _Words = "",
    owner: _Words = "",
    ref: Annotated[str, Query(max_length=500)] = "",
    words: _Words = "",
    since: _Words = "",
    until: _Words = "",
    cursor: Cursor = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    held = state_of(request)
    wanted = Search(state, unit, owner, hiding.ref(held.keys, ref), words, _moment(held, "since", since), _moment(held, "until", until))
    with held.store.write() as connection:
        found = views.search(connection, wanted, cursor, limit, held.claims)
        asked = {
            "state": hiding.words(state),
            "unit": hiding.words(unit),
            "owner": hiding.words(owner),
            "words": len(words.split()),
            "ref": bool(ref),
            "found": len(found),
        }
        audit.note(connection, who.who, "request.search", detail=asked, algorithm=held.settings.audit_hash)
    return {"requests": found, "cursor": found[-1]["id"] if len(found) == limit else None}


@router.get("/queue", summary="What waits, the most urgent first")
def queue(
    request: Request,
    who: Annotated[Caller, needs("request.read")],
    name: Annotated[str, Query(max_length=20, description="open, new, mine, returned, disputed, overdue or lapsed")] = "open",
    cursor: Annotated[str, Query(max_length=40, description="As the last page gave it")] = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    held = state_of(request)
    after, target = _place(cursor), _target(held)
    with held.store.read() as connection:
        found = views.queue(connection, name, who.name, target, after, limit, held.claims)
        counts = views.counts(connection, who.name, target, held.claims)
    last = f"{found[-1]['urgent']}.{found[-1]['id']}" if len(found) == limit else None
    return {"requests": found, "cursor": last, "counts": counts}


@router.get("/figures/day", summary="What somebody decided on a day, and how fast")
def my_day(
    request: Request,
    who: Annotated[Caller, needs("figures.own")],
    day: Annotated[str, Query(max_length=10, description="2026-11-26; empty: today, in the city")] = "",
    account: Annotated[str, Query(max_length=200, description="Empty: oneself; somebody else needs figures.all")] = "",
) -> dict[str, Any]:
    held = state_of(request)
    if account not in ("", who.name):
        require(held, who, "figures.all")
    first = _moment(held, "day", day or held.adviser.now().date().isoformat())
    assert first is not None
    with held.store.read() as connection:
        done = days.acts(connection, first, first + timedelta(days=1), held.zone, account or who.name)
    return {"account": account or who.name, **days.figures(done.get(account or who.name, ()), _target(held))}


@router.get("/figures/team", summary="Who works at the desk: what each holds open, and did on a day")
def team_day(
    request: Request,
    who: Annotated[Caller, needs("figures.all")],
    day: Annotated[str, Query(max_length=10, description="2026-11-26; empty: today, in the city")] = "",
) -> dict[str, Any]:
    held = state_of(request)
    first = _moment(held, "day", day or held.adviser.now().date().isoformat())
    assert first is not None
    with held.store.read() as connection:
        people = team.day(connection, first, first + timedelta(days=1), _target(held), held.zone)
        counts = views.counts(connection, who.name, _target(held), held.claims)
    return {"people": people, "counts": counts, "target_seconds": int(_target(held).total_seconds())}


@router.get("/requests/{number}/similar", summary="Near-duplicates of it, and similar cases with the unit that took them")
def similar_of(number: Number, request: Request, who: Annotated[Caller, needs("request.read")], limit: Limit = 5) -> dict[str, Any]:
    held = state_of(request)
    with held.store.read() as connection:
        found = views.one(connection, number)
    return similar.look(held.store, held.recent, f"{found['title']}\n{found['text']}", limit, number)


@router.post("/similar", summary="The same for a text that is not stored yet")
def similar_to(body: TextIn, request: Request, who: Annotated[Caller, needs("request.create")], limit: Limit = 5) -> dict[str, Any]:
    held = state_of(request)
    plain = normalize.normalize([f"{body.title}\n{body.text}"])
    return similar.look(held.store, held.recent, mask.mask(plain[0], mask.find(plain)[0]), limit)


@router.get("/events", summary="What happened since, for the hotline platform")
def feed(request: Request, who: Annotated[Caller, needs("feed.read")], after: Cursor = 0, limit: Limit = 100) -> dict[str, Any]:
    held = state_of(request)
    with held.store.read() as connection:
        found = views.feed(connection, after, limit)
    if found:
        with held.store.write() as connection:
            detail = {"after": after, "events": len(found)}
            audit.note(connection, who.who, "feed.read", detail=detail, algorithm=held.settings.audit_hash)
    return {"events": found, "cursor": found[-1]["cursor"] if found else after}


def _target(held: State) -> timedelta:
    return timedelta(minutes=held.settings.dispatch_minutes)


def _place(cursor: str) -> tuple[int, int]:
    if not cursor:
        return _START
    urgent, dot, number = cursor.partition(".")
    if not (dot and urgent.isascii() and urgent.isdigit() and number.isascii() and number.isdigit() and int(urgent) <= LAST and len(number) < 17):
        raise refuse("bad_cursor", "cursor: not one that a page gave. Begin without a cursor.")
    return int(urgent), int(number)


def _moment(held: State, name: str, told: str) -> datetime | None:
    """A time of the store from a day or time in the city."""
    if not told:
        return None
    found = read_time(told)
    if found is None:
        raise refuse("bad_value", f"{name}: not a date. Write it as 2026-11-26 or 2026-11-26T09:30.")
    try:
        there = found if found.tzinfo else (found.replace(tzinfo=held.zone) if held.zone else found.astimezone())
        return there.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise refuse("bad_value", f"{name}: no such time can be stored.") from None
