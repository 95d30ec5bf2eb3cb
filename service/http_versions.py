"""Calls on versions of the city's tables and on models: send, check, compare, activate now or later, roll back."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request, Response

from service import active, advise, audit, models, profiles, versions
from service.database import iso, now
from service.failures import refuse
from service.forms import BIGGEST, ActivationIn, Number, ReasonIn
from service.guard import Caller, needs, require, state_of
from service.sent import FILE, sent
from service.state import State
from service.versions import MODEL, PROFILE, SETTINGS, Activation
from triage.deadlines import read_time
from triage.errors import ProfileError
from triage.profile import Profile
from triage.profile_load import load

router = APIRouter(prefix="/api/v1")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Version = Annotated[int, Query(ge=0, le=BIGGEST, description="Number of a version; 0: the tables that the settings name")]
_Model = Annotated[str, Query(max_length=200, description="Folder of a model; empty: the one that the settings name")]


@router.get("/profiles", summary="Versions of the city's tables: which is in use, which will be, which was")
def every(request: Request, who: Annotated[Caller, needs("version.read")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.read() as connection:
        found, told = versions.every(connection), versions.history(connection, PROFILE)
    city = state.profile
    loaded = {"code": city.code, "name": city.name, "version": city.version, "fingerprint": city.fingerprint, **_counts(city)} if city else None
    return {
        "versions": [_told(each) for each in found], "activations": [_told(each) for each in told], "in_use": _in_use(told), "loaded": loaded,
        "problem": state.loaded.failure, "reload_seconds": state.settings.reload_seconds,
    }  # fmt: skip


@router.post("/profiles/check", summary="Check tables without keeping them: everything that is wrong, or what would change", openapi_extra=FILE)
def check(request: Request, who: Annotated[Caller, needs("profile.write")], data: Annotated[bytes, Depends(sent)]) -> dict[str, Any]:
    state = state_of(request)
    found = profiles.check(data)
    problems = [_told(each) for each in found.problems]
    if found.city is None:
        return {"sound": False, "problems": problems, "ignored": list(found.ignored)}
    same = state.profile is not None and state.profile.fingerprint == found.city.fingerprint
    return {
        "sound": True,
        "problems": [],
        "ignored": list(found.ignored),
        **_head(found.city),
        "same": same,
        "diff": _against_active(state, found.city),
    }


@router.post("/profiles", status_code=201, summary="Keep a version of the tables; nothing is in use yet", openapi_extra=FILE)
def keep(
    request: Request, response: Response, who: Annotated[Caller, needs("profile.write")], data: Annotated[bytes, Depends(sent)],
    note: Annotated[str, Query(max_length=500)] = "",
) -> dict[str, Any]:  # fmt: skip
    state = state_of(request)
    found = profiles.check(data)
    if found.city is None:
        raise ProfileError("as it was sent", found.problems)
    city = found.city
    with state.store.write() as connection:
        made, fresh = versions.add(connection, who.who, (city.code, city.version, city.fingerprint), found.content, advise.hide(note))
        _note(state, connection, who, "profile.upload", f"profile:{made.id}", {"fingerprint": made.fingerprint, "new": fresh})
    if not fresh:
        response.status_code = 200
    return {**_told(made), "new": fresh, "ignored": list(found.ignored)}


@router.get("/profiles/diff", summary="What a version changes for whom, against another or the tables in use")
def differ(
    request: Request, who: Annotated[Caller, needs("version.read")], version: _Version, against: Annotated[int | None, Query(ge=0, le=BIGGEST)] = None
) -> dict[str, Any]:
    state = state_of(request)
    new = _tables(state, version)
    if against is None:
        return {**_head(new), "diff": _against_active(state, new)}
    return {**_head(new), "diff": profiles.differ(_tables(state, against), new)}


@router.get("/profiles/workbook", summary="A version as a workbook to edit and send again", response_class=Response,
            responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}})  # fmt: skip
def workbook(request: Request, who: Annotated[Caller, needs("version.read")], version: _Version) -> Response:
    state = state_of(request)
    if version:
        with state.store.read() as connection:
            name, content = versions.version_of(connection, version), versions.content(connection, version)
        with profiles.folder_of(content) as folder:
            data, title = profiles.workbook(folder), f"{name.city}-{name.words}-{name.fingerprint[:8]}"
    else:
        data, title = profiles.workbook(profiles.tables_of(state.settings.profile, _trained(state))), "tables"
    with state.store.write() as connection:
        _note(state, connection, who, "profile.download", f"profile:{version}")
    return Response(data, media_type=XLSX, headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(title)}.xlsx"})


@router.post("/profiles/activate", summary="Put a version of the tables in use, now or at a time")
def activate_profile(
    body: ActivationIn, request: Request, who: Annotated[Caller, needs("profile.write")], version: _Version
) -> dict[str, Any]:  # fmt: skip
    return _activate(state_of(request), who, PROFILE, str(version) if version else SETTINGS, body)


@router.get("/models", summary="Models that can be put in use: which is, which will be, which was")
def every_model(request: Request, who: Annotated[Caller, needs("version.read")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.read() as connection:
        told = versions.history(connection, MODEL)
    engine = state.loaded.engine
    return {
        "models": models.every(state.settings), "activations": [_told(each) for each in told], "in_use": _in_use(told),
        "loaded": {"model": engine.versions.model, "profile": engine.versions.profile, "engine": engine.versions.engine} if engine else None,
        "problem": state.loaded.failure, "reload_seconds": state.settings.reload_seconds,
    }  # fmt: skip


@router.get("/models/card", summary="The card of a model: what it learnt from, how well it does, what it is not for")
def card(request: Request, who: Annotated[Caller, needs("version.read")], model: _Model = "") -> dict[str, Any]:
    state = state_of(request)
    return {**models.told(state.settings, model), "card": models.card(state.settings, model)}


@router.post("/models/activate", summary="Put a model in use, now or at a time")
def activate_model(body: ActivationIn, request: Request, who: Annotated[Caller, needs("model.write")], model: _Model = "") -> dict[str, Any]:
    return _activate(state_of(request), who, MODEL, model, body)


@router.post("/activations/{number}/cancel", summary="Take back what is planned")
def cancel(number: Number, body: ReasonIn, request: Request, who: Annotated[Caller, needs("version.read")]) -> dict[str, Any]:
    state = state_of(request)
    advise.need_reason(body.reason)
    with state.store.read() as connection:
        found = next((each for what in (PROFILE, MODEL) for each in versions.history(connection, what) if each.id == number), None)
    require(state, who, f"{found.what if found else PROFILE}.write", f"activation:{number}")
    with state.store.write() as connection:
        done = versions.cancel(connection, who.who, number, advise.hide(body.reason))
        _note(state, connection, who, f"{done.what}.cancel", f"activation:{number}", {"reason": advise.hide(body.reason)})
    return _told(done)


def _activate(state: State, who: Caller, what: str, target: str, body: ActivationIn) -> dict[str, Any]:
    """Tried out first, as a whole: what does not load is never put in use. This worker loads it at once, the others when they look."""
    advise.need_reason(body.reason)
    starts_at = _moment(state, body.at)
    seen = active.try_out(state, what, target)
    reason = advise.hide(body.reason)
    with state.store.write() as connection:
        done = versions.activate(connection, who.who, what, target, starts_at, reason)
        detail: dict[str, object] = {"target": target, "starts_at": done.starts_at, "reason": reason, **seen}
        _note(state, connection, who, f"{what}.activate", f"activation:{done.id}", detail)
    if starts_at is None:
        state.loaded.refresh()
    return {**_told(done), "versions": seen, "problem": state.loaded.failure}


def _moment(state: State, told: str) -> datetime | None:
    """None: at once. A day means its first minute in the city. Raises ``bad_value`` for what is no time, or is over."""
    if not told:
        return None
    moment = read_time(told)
    if moment is None:
        raise refuse("bad_value", f"at: {told[:40]!r} is not a time. Write it as 2026-12-01 or 2026-12-01T08:00.")
    try:
        there = moment if moment.tzinfo else (moment.replace(tzinfo=state.zone) if state.zone else moment.astimezone())
        found = there.astimezone(UTC).replace(tzinfo=None)
    except (OverflowError, ValueError) as error:
        raise refuse("bad_value", "at: that year is too far away. Name a nearer one.") from error
    if found <= now():
        raise refuse("bad_value", f"at: {iso(found)} is over. Name a later time, or leave it empty for now.")
    return found


def _tables(state: State, version: int) -> Profile:
    if not version:
        return load(profiles.tables_of(state.settings.profile, _trained(state)))
    with state.store.read() as connection:
        content = versions.content(connection, version)
    with profiles.folder_of(content) as folder:
        return load(folder)


def _trained(state: State) -> str:
    return str(models.told(state.settings, SETTINGS).get("profile", {}).get("code", ""))


def _against_active(state: State, new: Profile) -> dict[str, object] | None:
    return profiles.differ(state.profile, new) if state.profile is not None else None


def _in_use(told: list[Activation]) -> str:
    return next((each.target for each in told if each.state == "active"), SETTINGS)


def _head(city: Profile) -> dict[str, Any]:
    return {"code": city.code, "name": city.name, "version": city.version, "fingerprint": city.fingerprint, "counts": _counts(city)}


def _counts(city: Profile) -> dict[str, int]:
    return {
        "units": len(city.units), "towns": len(city.towns), "items": len(city.leaves()), "duties": sum(map(len, city.duties.values())),
        "rules": len(city.rules), "overlaps": len(city.overlaps),
    }  # fmt: skip


def _told(record: Any) -> dict[str, Any]:
    return asdict(record)


def _note(state: State, connection: sa.Connection, who: Caller, action: str, subject: str, detail: dict[str, object] | None = None) -> None:
    audit.note(connection, who.who, action, subject, detail=detail, algorithm=state.settings.audit_hash)
