"""Calls on what the service works with: the city's tables, the model, the audit log."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from service import audit
from service.forms import BIGGEST, Cursor, Limit
from service.guard import Caller, needs, state_of
from service.initials import initials
from triage.profile import Profile

router = APIRouter(prefix="/api/v1")
_Words = Annotated[str, Query(max_length=100)]


@router.get("/profile", summary="The city's units, towns, items and refusal reasons of today")
def profile(request: Request, who: Annotated[Caller, needs("profile.read")]) -> dict[str, Any]:
    state = state_of(request)
    city = state.profile
    if city is None:
        return {
            "code": "none",
            "name": "",
            "version": "",
            "fingerprint": "",
            "units": [],
            "towns": [],
            "items": [],
            "refusal_reasons": [],
            "former": {},
        }
    return {
        "code": city.code,
        "name": city.name,
        "version": city.version,
        "fingerprint": city.fingerprint,
        **_tables(city, state.adviser.now().date()),
    }


@router.get("/model", summary="The model in use, and the words of its card")
def model(request: Request, who: Annotated[Caller, needs("profile.read")]) -> dict[str, Any]:
    state = state_of(request)
    engine = state.engine
    manifest = engine.numbers
    return {
        "versions": {"engine": engine.versions.engine, "model": engine.versions.model, "profile": engine.versions.profile},
        "thresholds": manifest["thresholds"], "tasks": {task: len(engine.labels(task)) for task in ("unit", "item", "type", "urgency")},
        "profile_problem": state.loaded.failure,
    }  # fmt: skip


@router.get("/audit", summary="The audit log, in order")
def entries(
    request: Request, who: Annotated[Caller, needs("audit.read")], after: Cursor = 0, limit: Limit = 100, action: _Words = "", made_by: _Words = "",
    before: Annotated[int | None, Query(ge=0, le=BIGGEST, description="Newest first, from below this number; 0: from the end")] = None,
) -> dict[str, Any]:  # fmt: skip
    state = state_of(request)
    with state.store.write() as connection:
        found = audit.entries(connection, after, limit, action, made_by, before)
        audit.note(
            connection, who.who, "audit.view", detail={"after": after, "before": before, "entries": len(found)}, algorithm=state.settings.audit_hash
        )
    return {"entries": [each._asdict() for each in found], "cursor": found[-1].seq if found else after}


@router.post("/audit/verify", summary="Whether the whole audit log is as it was written")
def verify(request: Request, who: Annotated[Caller, needs("audit.read")]) -> dict[str, Any]:
    state = state_of(request)
    report = audit.verify(state.store)
    with state.store.write() as connection:
        detail = {"entries": report.entries, "problem": report.problem}
        audit.note(connection, who.who, "audit.verify", detail=detail, algorithm=state.settings.audit_hash)
    return report._asdict()


def _tables(city: Profile, today: Any) -> dict[str, Any]:
    leaves = set(city.leaves())
    return {
        "units": [
            {"code": unit.code, "name": unit.name, "short": unit.short, "initials": initials(unit.short or unit.name), "accepts": unit.accepts}
            for unit in city.units.values()
            if today in unit.period
        ],
        "towns": [
            {"code": town.code, "name": town.name, "short": town.short, "initials": initials(town.name)}
            for town in city.towns.values()
            if today in town.period
        ],
        # Old requests still name units that have ended.
        "former": {unit.code: f"{unit.name} (已撤并)" for unit in city.units.values() if unit.period.end < today},
        "items": [
            {"code": item.code, "path": [city.items[code].name for code in city.path(item.code)], "initials": initials(item.name)}
            for item in city.items.values()
            if item.code in leaves and today in item.period
        ],
        "refusal_reasons": [{"reason": row.reason, "handling": row.handling} for row in city.refusals.values() if row.move != "escalate"],
        "town_unit": city.town_unit,
    }
