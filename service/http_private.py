"""Calls on personal data: unmask one request, find a caller's requests by number; and the copy that leaves for the unit, without any."""

from dataclasses import asdict
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Request

from service import advise, audit, identity, views
from service.audit import Who
from service.failures import refuse
from service.forms import Number, PhoneIn, UnmaskIn
from service.guard import Caller, needs, require, state_of
from service.identity import Contact, Original
from service.state import State
from service.transitions import DISPATCHED, FINAL

router = APIRouter(prefix="/api/v1")
_REPORTER = "request.reporter"


@router.post("/requests/{number}/unmask", summary="Text or caller of one request in clear; needs a reason, and is logged")
def unmask(number: Number, body: UnmaskIn, request: Request, who: Annotated[Caller, needs("request.unmask")]) -> dict[str, Any]:
    state = state_of(request)
    advise.need_reason(body.reason)
    with state.store.read() as connection:
        confidential = views.one(connection, number)["confidential"]
    if confidential:
        require(state, who, _REPORTER, f"request:{number}")
    with state.store.write() as connection:
        told: dict[str, Any] = {"request": number}
        if "text" in body.what:
            original = identity.original(connection, state.keys, number)
            told |= _as_received(original)
        if "contact" in body.what:
            found = identity.contact(connection, state.keys, number) or Contact()
            told["contact"] = {"name": found.name, "phone": found.phone, "address": found.address, "note": found.note}
        detail = {"what": sorted(set(body.what)), "reason": advise.hide(body.reason), "confidential": confidential}
        _note(state, connection, who.who, "request.unmask", f"request:{number}", detail)
    return told


@router.post("/phone-searches", summary="Requests of a caller, by number; needs a reason, and is logged")
def by_phone(body: PhoneIn, request: Request, who: Annotated[Caller, needs("request.phone")]) -> dict[str, Any]:
    state = state_of(request)
    advise.need_reason(body.reason)
    with state.store.write() as connection:
        numbers = identity.by_phone(connection, state.keys, body.phone)
        found = [views.one(connection, number) for number in numbers]
        # Who reported something must not come out by way of their number.
        found = [each for each in found if not each["confidential"] or _REPORTER in who.rights]
        detail = {"reason": advise.hide(body.reason), "found": [each["id"] for each in found]}
        _note(state, connection, who.who, "request.phone", "", detail)
    kept = ("id", "ref", "title", "start", "made_at", "state", "state_name", "unit", "urgency", "version")
    return {"requests": [{name: each[name] for name in kept} for each in found]}


@router.get("/requests/{number}/dispatch", summary="The copy for the unit: masked, and never with the caller")
def dispatch(number: Number, request: Request, who: Annotated[Caller, needs("request.read")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        found = views.one(connection, number)
        if found["state"] not in (DISPATCHED, FINAL):
            raise refuse("wrong_state", f"request {number} is {found['state']!r}: there is no unit to send it to. Decide first.")
        _note(state, connection, who.who, "request.dispatch", f"request:{number}")
    last = next(each["detail"] for each in reversed(found["history"]) if "item" in each["detail"])
    helpers: list[str] = next((each["detail"]["co_units"] for each in reversed(found["history"]) if "co_units" in each["detail"]), [])
    shown = found["suggestion"]["shown"] if found["suggestion"] else {"deadlines": []}
    kept = ("id", "ref", "title", "text", "caller_kind", "place", "channel", "received_at", "confidential", "urgency", "due_at")
    if found["confidential"]:
        found["caller_kind"] = ""
    return {
        **{name: found[name] for name in kept},
        "unit": last["unit"], "unit_name": _unit_name(state, last["unit"], last["area"]), "area": last["area"], "item": last["item"],
        "item_path": _path(state, last["item"]), "co_units": [{"code": code, "name": _unit_name(state, code, "")} for code in helpers],
        "deadlines": shown["deadlines"],
    }  # fmt: skip


def _as_received(told: Original | None) -> dict[str, Any]:
    """Title and text; and other free words where they are shown otherwise."""
    found = asdict(told) if told is not None else {"title": "", "text": ""}
    return {name: each for name, each in found.items() if each or name in ("title", "text")}


def _unit_name(state: State, unit: str, area: str) -> str:
    city = state.profile
    if city is None or unit not in city.units:
        return unit
    return city.towns[area].name if unit == city.town_unit and area in city.towns else city.units[unit].name


def _path(state: State, item: str) -> list[str]:
    return [state.profile.items[code].name for code in state.profile.path(item)] if state.profile is not None else []


def _note(state: State, connection: sa.Connection, who: Who, action: str, subject: str, detail: dict[str, Any] | None = None) -> None:
    audit.note(connection, who, action, subject, detail=detail, algorithm=state.settings.audit_hash)
