"""Calls on requests: keep, read, suggest again, decide, send back, settle, hold."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response

from service import advise, audit, intake, outcomes, store, views
from service.forms import AnswersIn, AutoIn, DecisionIn, FinalIn, HoldIn, ImportIn, KeptIn, Key, Number, RefusalStoredIn
from service.guard import Caller, needs, require, state_of
from service.once import Once, earlier, once
from service.state import State
from service.store import Done
from service.tables import events
from service.tables import suggestions as suggested
from service.transitions import DISPUTED, SHOWN
from triage.errors import TriageError
from triage.records import Request as Record
from triage.records import Suggestion

router = APIRouter(prefix="/api/v1")
REPLAY = "Idempotent-Replay"
Act = Callable[[sa.Connection, Once], Done]


@router.post("/requests", status_code=201, summary="Keep a request, with a suggestion")
def create(body: KeptIn, request: Request, response: Response, who: Annotated[Caller, needs("request.create")], key: Key = "") -> dict[str, Any]:
    state = state_of(request)
    draft, found = advise.draft(state, body)
    call = once(state.keys, who.name, key, {"to": "create", **body.model_dump(exclude={"reading"})})
    with state.store.write() as connection:
        before = earlier(connection, call)
        done = (
            Done(before.request_id, before.version, "") if before is not None else store.create(connection, state.keys, who.who, draft, found, call)
        )
        _note(state, connection, who, "request.create", done.request, {"replay": before is not None})
        told = views.one(connection, done.request, state.claims)
    if before is not None:
        response.status_code, response.headers[REPLAY] = 200, "true"
    return told


@router.post("/imports", summary="Keep up to 200 requests; a bad one fails alone")
def bring_in(body: ImportIn, request: Request, who: Annotated[Caller, needs("request.import")], key: Key = "") -> dict[str, Any]:
    state = state_of(request)
    now = state.adviser.now().isoformat(timespec="seconds")
    records = [each.record(now) for each in body.requests]
    answers = state.adviser.fast.suggest_many(records, thorough=True)
    # Reasons are found before the store is locked: nobody else can write meanwhile.
    drafts = [intake.ready(state, intake.Entry(number, *each)) for number, each in enumerate(zip(body.requests, records, answers, strict=True))]
    rows: list[dict[str, Any]] = []
    with state.store.write() as connection:
        for number, (each, draft) in enumerate(zip(body.requests, drafts, strict=True)):
            name = f"{key}:{number}" if key else f"import:{each.id}" if each.id else ""
            call = once(state.keys, who.name, name, {"to": "create", **each.model_dump()})
            rows.append({"row": number, "id": each.id, **intake.keep(state, connection, who.who, draft, call)})
        counts = {name: sum(row["result"] == name for row in rows) for name in ("created", "replayed", "failed")}
        audit.note(connection, who.who, "request.import", "", detail=counts, algorithm=state.settings.audit_hash)
    return {"rows": rows, **counts}


@router.get("/requests/{number}", summary="A request with its last suggestion and its history, masked")
def read(number: Number, request: Request, who: Annotated[Caller, needs("request.read")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        found = views.one(connection, number, state.claims)
        _note(state, connection, who, "request.view", number)
    return found


@router.get("/requests/{number}/suggestions", summary="Every suggestion that was made of it")
def suggestions(number: Number, request: Request, who: Annotated[Caller, needs("request.read")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        found = views.all_suggestions(connection, number)
        _note(state, connection, who, "suggestion.view", number)
    return {"suggestions": found}


@router.post("/requests/{number}/suggestions", status_code=201, summary="Suggest again, with what is known by now")
def suggest(number: Number, body: AnswersIn, request: Request, who: Annotated[Caller, needs("request.decide")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.read() as connection:
        record = advise.again(state, connection, number, body.answers, body.place)
    found = state.adviser.suggest(record)
    with state.store.write() as connection:
        store.head(connection, number)
        store.suggest(connection, who.who, number, body.answers, found)
        _note(state, connection, who, "request.suggest", number)
        return views.one(connection, number, state.claims)


@router.post("/requests/{number}/decisions", summary="Accept, choose, override or close")
def decide(
    number: Number, body: DecisionIn, request: Request, response: Response, who: Annotated[Caller, needs("request.decide")], key: Key = ""
) -> dict[str, Any]:
    state = state_of(request)

    def act(connection: sa.Connection, call: Once) -> Done:
        chosen = advise.choice(state, connection, number, body)
        done = store.decide(connection, who.who, number, body.version, body.action, chosen, call)
        outcomes.decided(connection, number, done.version, chosen, state.limits)
        return done

    with state.store.read() as connection:
        disputed = store.head(connection, number).state == DISPUTED
    if disputed:
        require(state, who, "request.dispute", f"request:{number}")
    return _once(state, who, number, "decide", key, body.model_dump(), response, act, {"action": body.action, "unit": body.unit})


@router.post("/requests/{number}/automatic", summary="The platform sent it to the first candidate by itself")
def automatic(
    number: Number, body: AutoIn, request: Request, response: Response, who: Annotated[Caller, needs("request.auto")], key: Key = ""
) -> dict[str, Any]:
    state = state_of(request)

    def act(connection: sa.Connection, call: Once) -> Done:
        chosen = advise.automatic(state, connection, number, body)
        done = store.decide(connection, who.who, number, body.version, "auto", chosen, call)
        outcomes.decided(connection, number, done.version, chosen, state.limits)
        return done

    return _once(state, who, number, "auto", key, body.model_dump(), response, act, {"suggestion": body.suggestion})


@router.post("/requests/{number}/refusals", summary="The unit sends it back 退单")
def send_back(
    number: Number, body: RefusalStoredIn, request: Request, response: Response, who: Annotated[Caller, needs("request.refuse")], key: Key = ""
) -> dict[str, Any]:
    state = state_of(request)

    ahead = _ahead(state, number, body)

    def act(connection: sa.Connection, call: Once) -> Done:
        refusal, note = advise.refusal(state, connection, number, body)
        done = store.send_back(connection, who.who, number, body.version, refusal, note, call)
        outcomes.returned(connection, number, state.limits)
        _without_them(state, connection, who, number, ahead)
        return done

    return _once(state, who, number, "refuse", key, body.model_dump(), response, act, {"reason": advise.hide(body.reason), "unit": body.unit})


@router.post("/requests/{number}/final", summary="The unit that accepted it in the end")
def settle(
    number: Number, body: FinalIn, request: Request, response: Response, who: Annotated[Caller, needs("request.final")], key: Key = ""
) -> dict[str, Any]:
    state = state_of(request)

    def act(connection: sa.Connection, call: Once) -> Done:
        final = advise.final(state, connection, number, body)
        done = store.settle(connection, who.who, number, body.version, final, call)
        outcomes.settled(connection, number, final, state.limits)
        return done

    return _once(state, who, number, "final", key, body.model_dump(), response, act, {"unit": body.unit})


@router.post("/requests/{number}/claim", summary="Work on it oneself")
def claim(
    number: Number, body: HoldIn, request: Request, response: Response, who: Annotated[Caller, needs("request.decide")], key: Key = ""
) -> dict[str, Any]:
    return _hold("claim", number, body, request, response, who, key)


@router.post("/requests/{number}/release", summary="Leave it to others")
def release(
    number: Number, body: HoldIn, request: Request, response: Response, who: Annotated[Caller, needs("request.decide")], key: Key = ""
) -> dict[str, Any]:
    return _hold("release", number, body, request, response, who, key)


def _hold(action: str, number: int, body: HoldIn, request: Request, response: Response, who: Caller, key: str) -> dict[str, Any]:
    def act(connection: sa.Connection, call: Once) -> Done:
        return store.hold(connection, who.who, number, body.version, action, call)

    return _once(state_of(request), who, number, action, key, body.model_dump(), response, act, {})


def _once(
    state: State, who: Caller, number: int, action: str, key: str, body: dict[str, Any], response: Response, act: Act, detail: dict[str, object]
) -> dict[str, Any]:
    """Acts in one transaction, or gives the answer of the first time; the audit log says which."""
    call = once(state.keys, who.name, key, {"to": action, "request": number, **body})
    with state.store.write() as connection:
        before = earlier(connection, call)
        done = act(connection, call) if before is None else _before(connection, before.request_id, before.version)
        told = {**detail, "version": done.version, "replay": before is not None}
        _note(state, connection, who, f"request.{action}", done.request, told)
    if before is not None:
        response.headers[REPLAY] = "true"
    return {"request": done.request, "version": done.version, "state": done.state, "state_name": SHOWN[done.state]}


def _ahead(state: State, number: int, body: RefusalStoredIn) -> tuple[Record, Suggestion] | None:
    """What will be suggested once a unit said no, worked out before the store is locked; None where that cannot be told: what is wrong
    is told inside."""
    with suppress(TriageError):
        with state.store.read() as connection:
            refusal, _ = advise.refusal(state, connection, number, body)
            record = advise.again(state, connection, number, _answers(connection, number), "")
        record = replace(record, refused=(*record.refused, refusal))
        return record, state.adviser.suggest(record)
    return None


def _without_them(state: State, connection: sa.Connection, who: Caller, number: int, ahead: tuple[Record, Suggestion] | None) -> None:
    """Suggests again once a unit said no, in the same transaction: nobody may be shown that unit as the first again. Where the request
    changed since ``ahead`` was made it is read fast, for everybody waits."""
    answers = _answers(connection, number)
    with suppress(TriageError):  # the tables may no longer know what was answered: the refusal holds all the same
        record = advise.again(state, connection, number, answers, "")
        found = ahead[1] if ahead is not None and ahead[0] == record else state.adviser.fast.suggest(record)
        store.suggest(connection, who.who, number, answers, found)


def _answers(connection: sa.Connection, number: int) -> dict[str, str]:
    chosen = sa.select(suggested.c.answers).where(suggested.c.request_id == number).order_by(suggested.c.id.desc()).limit(1)
    found: dict[str, str] = json.loads(connection.execute(chosen).scalar_one_or_none() or "{}")
    return found


def _before(connection: sa.Connection, request: int, version: int) -> Done:
    state = connection.execute(sa.select(events.c.state).where(events.c.request_id == request, events.c.version == version)).scalar_one()
    return Done(request, version, state)


def _note(state: State, connection: sa.Connection, who: Caller, action: str, number: int, detail: dict[str, object] | None = None) -> None:
    audit.note(connection, who.who, action, f"request:{number}", detail=detail, algorithm=state.settings.audit_hash)
