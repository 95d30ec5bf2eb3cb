"""Calls on automatic dispatch: what holds now, and the switch of all units or of one."""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from service import advise, automation
from service.automation import Automation, Suspension
from service.database import iso
from service.failures import refuse
from service.forms import SwitchIn
from service.guard import Caller, needs, state_of
from service.state import State
from triage.decide import EVERYONE
from triage.drift import State as Known
from triage.profile import Profile
from triage.promise import Lines, percent, sentence
from triage.suggest import Engine

router = APIRouter(prefix="/api/v1")


@router.get("/automation", summary="Whether anything goes out by itself, what is promised of it, and which units are suspended, since when and why")
def now(request: Request, who: Annotated[Caller, needs("figures.all")]) -> dict[str, Any]:
    return _told(state_of(request))


@router.post("/automation", summary="Turn automatic dispatch on or off, of all units or of one; on also lifts what the guard suspended")
def turn(body: SwitchIn, request: Request, who: Annotated[Caller, needs("switch.write")]) -> dict[str, Any]:
    state = state_of(request)
    advise.need_reason(body.reason)
    _check(state, body.unit)
    with state.store.write() as connection:
        automation.switch(connection, who.who, body.on, advise.hide(body.reason), body.unit, state.settings.audit_hash)
    state.read_automation()  # the other workers read it within seconds
    return _told(state)


def _told(state: State) -> dict[str, Any]:
    with state.store.read() as connection:
        found = automation.read(connection)
    engine = state.loaded.engine
    readings = [_reading(each, found) for each in engine.readings] if engine is not None else []
    everyone = found.states.get(EVERYONE, Known())
    return {
        "on": any(each["on"] for each in readings) if readings else found.of(None).on, "able": any(each["able"] for each in readings),
        "sentence": _sentence(engine), "promise": _promise(engine), "readings": readings,
        "seen": everyone.seen, "wrong": everyone.wrong, "last": _who(found.last, state.profile) if found.last is not None else None,
        "suspended": [_who(each, state.profile) for each in found.suspended],
        "units": [
            {"unit": unit, "name": _name(state.profile, unit), "seen": each.seen, "wrong": each.wrong, "stopped": bool(each.stopped)}
            for unit, each in sorted(found.states.items()) if unit != EVERYONE
        ],
    }  # fmt: skip


def _reading(engine: Engine, found: Automation) -> dict[str, Any]:
    """What holds of one reading. ``proven``: whether anything goes out by its promise."""
    return {
        "reading": "close" if engine.encoder is not None else "fast", "on": found.of(engine.promised).on, "able": _lines(engine).any,
        "proven": engine.promised is not None, "sentence": _sentence(engine), "promise": _promise(engine),
    }  # fmt: skip


def _promise(engine: Engine | None) -> dict[str, Any] | None:
    promise = engine.numbers.get("promise") if engine is not None else None
    return {name: promise.get(name) for name in ("max_error", "confidence", "coverage", "rows", "auto", "scheme")} if promise else None


def _sentence(engine: Engine | None) -> str:
    """What the city may rely on."""
    if engine is None:
        return "没有装上模型: 不会自动派出任何诉求。"
    promise, lines = engine.numbers.get("promise"), _lines(engine)
    if promise:
        return sentence(promise)
    if not lines.any:
        return "这个模型没有自动派单线: 不会自动派出任何诉求。"
    line = percent(round(lines.common, 4))
    return f"自动派单线 {line} 是训练时拟合的, 没有证明过, 这不是承诺: 没有人打开就不派。请系统管理员用 triage calibrate 证明。"


def _lines(engine: Engine) -> Lines:
    return Lines.of(engine.numbers, engine.versions.profile)


def _who(each: Suspension, city: Profile | None) -> dict[str, str]:
    return {"unit": each.unit, "name": _name(city, each.unit), "why": each.why, "since": iso(each.since), "reason": each.reason, "by": each.by}


def _name(city: Profile | None, unit: str) -> str:
    code, _, area = unit.partition("@")
    if unit == EVERYONE:
        return "全市"
    if city is None:
        return unit
    return city.towns[area].name if area in city.towns else city.units[code].name if code in city.units else unit


def _check(state: State, unit: str) -> None:
    """Raises ``unknown_code`` for a unit or town that is not there today."""
    if unit == EVERYONE:
        return
    code, _, area = unit.partition("@")
    advise.check_unit(state, code)
    advise.check_area(state, area)
    if state.loaded.engine is not None and code not in state.loaded.engine.labels("unit"):
        raise refuse("unknown_code", "unit: nothing ever goes there by itself. Use a unit that the model knows.")
