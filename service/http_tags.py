"""Calls on tags: the list of them, and rules that analysts write as drafts, try on a period, publish and end."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from service import advise, audit, tag_store
from service.analysis.held import Held
from service.analysis.names import label
from service.analysis.question import Filter
from service.analysis.trial import MOST, tried
from service.failures import refuse
from service.forms import RuleIn, TagActIn, TagIn, TrialIn
from service.guard import Caller, needs, state_of
from service.state import State
from triage.profile import Profile, Tag

router = APIRouter(prefix="/api/v1/analysis/tags")
_Code = Annotated[str, Path(min_length=1, max_length=40, pattern="^[a-z][a-z0-9_]*$")]
_TRIED = "a_rule_that_is_tried"


@router.get("", summary="The tags that one may see: of the city's tables, and of analysts with all their versions")
def listed(request: Request, who: Annotated[Caller, needs("figures.all")]) -> dict[str, Any]:
    state = state_of(request)
    today = state.adviser.now().date()
    with state.store.read() as connection:
        seen, known = tag_store.seen(connection, state.profile, who.role, today), tag_store.versions(connection)
    table = [each for each in (state.profile.tags if state.profile is not None else ()) if each.tag in seen]
    rows = {each.tag: [row for row in table if row.tag == each.tag] for each in table}
    return {
        "tags": [*(_of_table(each, today) for each in rows.values()), *(_of_analysts(each) for each in known.values())],
        "conditions": _conditions(state.profile, today),
    }


def _conditions(city: Profile | None, today: date) -> dict[str, Any]:
    """What a rule may name: items of all levels, and towns, of today."""
    if city is None:
        return {"items": [], "towns": []}
    return {
        "items": [{"code": each.code, "path": [city.items[code].name for code in city.path(each.code)]} for each in city.items.values()
                  if today in each.period],
        "towns": [{"code": each.code, "name": each.name} for each in city.towns.values() if today in each.period],
    }  # fmt: skip


@router.post("", status_code=201, summary="Save the draft of a rule tag; nothing changes until it is published")
def save(body: TagIn, request: Request, who: Annotated[Caller, needs("tag.write")]) -> dict[str, Any]:
    state, rule = state_of(request), body.rule.model_dump()
    tag = tag_store.checked(tag_store.tag_of(body.code, advise.hide(body.name), advise.hide(body.definition), rule), _city(state))
    with state.store.write() as connection:
        tag_store.last(connection, body.code, body.version)
        tag_store.keep(connection, who.who, tag, rule, tag_store.DRAFT)
        audit.note(connection, who.who, "tag.draft", f"tag:{body.code}", detail={"version": body.version + 1}, algorithm=state.settings.audit_hash)
        return _of_analysts(tag_store.versions(connection, body.code)[body.code])


@router.post("/trial", summary="Try a rule on a period: matches, near misses, and what its version of before said")
def trial(body: TrialIn, request: Request, who: Annotated[Caller, needs("tag.write")]) -> dict[str, Any]:
    state, city = state_of(request), _city(state_of(request))
    if body.since and body.until and body.until < body.since:
        raise refuse("bad_value", f"until: {body.until} lies before since ({body.since}). Exchange them.")
    tag = tag_store.checked(_tag(body.rule), city)
    with state.store.read() as connection:
        seen = tag_store.seen(connection, city, who.role, state.adviser.now().date())
        before = _before(tag_store.versions(connection, body.code).get(body.code, []))
    held: Held = request.app.state.facts
    with held.open() as (found, manifest):
        told = tried(found, city, tag, before, Filter(body.since, body.until), seen)
    with state.store.write() as connection:
        detail = {"since": str(body.since or ""), "until": str(body.until or ""), "tried": told.tried, "found": told.hits}
        audit.note(connection, who.who, "tag.try", f"tag:{body.code}" if body.code else "", detail=detail, algorithm=state.settings.audit_hash)
    same = label("item", told.same_item, city) if told.same_item else ""
    return {**asdict(told), "share": told.share, "same_item": same, "most": MOST, "made_at": manifest.made_at}


@router.post("/{code}/publish", summary="Publish the draft of a tag, with a reason; requests have it with the next snapshot")
def publish(code: _Code, body: TagActIn, request: Request, who: Annotated[Caller, needs("tag.write")]) -> dict[str, Any]:
    state, city = state_of(request), _city(state_of(request))
    with state.store.write() as connection:
        tag_store.publish(connection, who.who, code, body.version, advise.hide(body.reason), city)
        return _acted(state, connection, who, "tag.publish", code)


@router.post("/{code}/end", summary="End a tag, with a reason; requests lose it with the next snapshot")
def end(code: _Code, body: TagActIn, request: Request, who: Annotated[Caller, needs("tag.write")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        tag_store.end(connection, who.who, code, body.version, advise.hide(body.reason))
        return _acted(state, connection, who, "tag.end", code)


def _acted(state: State, connection: Any, who: Caller, action: str, code: str) -> dict[str, Any]:
    known = tag_store.versions(connection, code)[code]
    detail = {"version": len(known), "reason": known[-1]["reason"]}
    audit.note(connection, who.who, action, f"tag:{code}", detail=detail, algorithm=state.settings.audit_hash)
    return _of_analysts(known)


def _city(state: State) -> Profile:
    if state.profile is None:
        raise refuse("no_such_profile", "without the city's tables there are no tags. Put tables in use first.")
    return state.profile


def _tag(rule: RuleIn) -> Tag:
    return tag_store.tag_of(_TRIED, _TRIED, _TRIED, rule.model_dump())


def _before(known: Sequence[dict[str, Any]]) -> Tag | None:
    """The version that holds now, or held last; None where there never was one."""
    found = tag_store.held(known) if known else None
    return tag_store.read(found) if found is not None and found["state"] != tag_store.DRAFT else None


def _of_table(rows: Sequence[Tag], today: date) -> dict[str, Any]:
    first = rows[0]
    values = [
        {
            "code": each.code, "value": each.value, "row": each.row, "rule": tag_store.rule_of(each) if each.how == "rule" else None,
            "valid_from": _day(each.period.start), "valid_to": _day(each.period.end), "holds": today in each.period,
        }
        for each in rows
    ]  # fmt: skip
    return {
        "code": first.tag, "name": first.name, "dimension": first.dimension, "definition": first.definition, "how": first.how, "source": "table",
        "sensitivity": first.sensitivity, "visible_to": first.visible_to, "state": tag_store.PUBLISHED, "version": 0, "rule": None,
        "values": values, "draft": None, "versions": [],
    }  # fmt: skip


def _of_analysts(known: Sequence[dict[str, Any]]) -> dict[str, Any]:
    now = tag_store.held(known)
    first = tag_store.read(now)
    return {
        "code": now["code"], "name": now["name"], "dimension": tag_store.DIMENSION, "definition": now["definition"], "how": first.how,
        "source": "analyst", "sensitivity": first.sensitivity, "visible_to": first.visible_to, "state": now["state"], "version": len(known),
        "rule": now["rule"], "values": [], "draft": tag_store.draft(known), "versions": list(reversed(known)),
    }  # fmt: skip


def _day(day: date) -> str:
    return "" if day in (date.min, date.max) else day.isoformat()
