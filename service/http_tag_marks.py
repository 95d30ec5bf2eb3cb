"""Calls on the tags of one request: each value with what set it, when and with what confidence; and to give or take one by hand."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Request

from service import advise, audit, people, store, tag_store
from service.analysis import facts, snapshot
from service.analysis.held import Held
from service.analysis.names import label
from service.database import iso
from service.forms import MarkIn, Number
from service.guard import Caller, needs, state_of
from service.state import State
from triage.profile import Tag
from triage.tag import MANUAL, YES

router = APIRouter(prefix="/api/v1/requests")
_REPEATS = "duplicate"
"""The tag that only the snapshot can tell: it needs the requests before."""


@router.get("/{number}/tags", summary="The tags of a request that one may see: source, who, when, confidence; and what people said of them")
def tags(number: Number, request: Request, who: Annotated[Caller, needs("figures.all")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.read() as connection:
        store.head(connection, number)
        return _told(state, connection, who, number, request.app.state.facts)


@router.post("/{number}/tags", status_code=201, summary="Give a value of a tag to a request, or take it away; the last word counts")
def mark(number: Number, body: MarkIn, request: Request, who: Annotated[Caller, needs("tag.mark")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        rows = [each for each in _rows(state, connection, who) if each.tag == body.tag]
        value = tag_store.settable(rows, body.tag, advise.hide(body.value))
        tag_store.mark(connection, who.who, number, body.tag, value, body.held)
        detail = {"tag": body.tag, "held": body.held}
        audit.note(connection, who.who, "request.tag", f"request:{number}", detail=detail, algorithm=state.settings.audit_hash)
        return _told(state, connection, who, number, request.app.state.facts)


def _rows(state: State, connection: sa.Connection, who: Caller) -> list[Tag]:
    """The rows of all tags that somebody may see, of the table and of analysts, today."""
    today = state.adviser.now().date()
    seen = tag_store.seen(connection, state.profile, who.role, today)
    table = state.profile.tags if state.profile is not None else ()
    return [each for each in (*table, *tag_store.published(connection)) if each.tag in seen and today in each.period]


def _told(state: State, connection: sa.Connection, who: Caller, number: int, held: Held) -> dict[str, Any]:
    rows = _rows(state, connection, who)
    names = {each.tag: each for each in rows}
    city = facts.city(state.profile, state.adviser.now().date(), tag_store.published(connection))
    sources = [each for row in facts.rows(list(snapshot.stories(connection, state.keys, [number])), city) for each in row["tag_sources"]]
    sources += _repeats(held, number)
    known = {each.tag for each in (state.profile.tags if state.profile is not None else ())} | {each["code"] for each in tag_store.rules(connection)}
    said = tag_store.marks(connection, number)
    called = people.shown(connection, {each["who"] for each in sources if each["source"] == MANUAL})
    values: dict[str, list[str]] = {}
    for each in rows:
        values.setdefault(each.tag, []).extend([each.value or YES] if each.how == "rule" else [])
    return {
        "request": number,
        "tags": [{**_value(state, names[tag], value, each), "who_name": called.get(each["who"], each["who"])}
                 for each in sources for tag, _, value in [each["tag"].partition("=")] if tag in names],
        "marks": [{**each, "name": names[each["tag"]].name} for each in said if each["tag"] in names],
        # Only how many: what a tag that is gone meant, and who might see it, nobody knows any more.
        "gone": sum(each["tag"] not in known for each in said),
        "choices": [{"code": tag, "name": each.name, "dimension": each.dimension, "values": values[tag]}
                    for tag, each in names.items() if each.how in ("rule", "manual")],
    }  # fmt: skip


def _value(state: State, row: Tag, value: str, source: dict[str, Any]) -> dict[str, Any]:
    return {
        "tag": row.tag, "name": row.name, "dimension": row.dimension, "value": value,
        "shown": label(f"tag.{row.tag}", value, state.profile),
        "source": source["source"], "who": source["who"], "at": iso(source["at"]) if source["at"] else "", "p": source["p"],
        "sensitivity": row.sensitivity,
    }  # fmt: skip


def _repeats(held: Held, number: int) -> list[dict[str, Any]]:
    with held.open() as (found, _):
        row = found.execute("SELECT tag_sources FROM facts WHERE id = ?", [number]).fetchone()
    return [each for each in (row[0] if row else ()) if each["tag"].startswith(f"{_REPEATS}=")]
