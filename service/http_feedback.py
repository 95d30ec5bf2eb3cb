"""Calls on what became of requests: one report, or up to 200."""

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Request

from service import advise, audit, feedback, hiding
from service.failures import refuse
from service.feedback import Told
from service.forms import FeedbackIn, Key, ManyFeedbackIn, Number
from service.guard import Caller, needs, state_of
from service.moments import in_utc
from service.once import once
from service.state import State
from triage.errors import TriageError

router = APIRouter(prefix="/api/v1")


@router.post("/requests/{number}/feedback", status_code=201, summary="What became of it: contacted, resolved, satisfied")
def report(number: Number, body: FeedbackIn, request: Request, who: Annotated[Caller, needs("request.feedback")], key: Key = "") -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        added = _add(state, connection, who, number, body, key)
        audit.note(connection, who.who, "request.feedback", f"request:{number}", detail={"replay": not added}, algorithm=state.settings.audit_hash)
    return {"request": number, "result": "added" if added else "replayed"}


@router.post("/feedback", summary="The same for up to 200 requests; a bad row fails alone")
def bring_in(body: ManyFeedbackIn, request: Request, who: Annotated[Caller, needs("request.feedback")], key: Key = "") -> dict[str, Any]:
    state = state_of(request)
    rows: list[dict[str, Any]] = []
    with state.store.write() as connection:
        for number, each in enumerate(body.rows):
            try:
                found = each.request or feedback.find(connection, hiding.ref(state.keys, each.id))
                added = _add(state, connection, who, found, each, f"{key}:{number}" if key else "")
                rows.append({"row": number, "request": found, "result": "added" if added else "replayed"})
            except TriageError as error:
                rows.append({"row": number, "id": each.id, "result": "failed", "error": {"code": error.code, "message": str(error)}})
        counts = {name: sum(row["result"] == name for row in rows) for name in ("added", "replayed", "failed")}
        audit.note(connection, who.who, "feedback.import", detail=counts, algorithm=state.settings.audit_hash)
    return {"rows": rows, **counts}


def _add(state: State, connection: sa.Connection, who: Caller, number: int, body: FeedbackIn, key: str) -> bool:
    told = Told(
        body.contacted, _moment(state, "contacted_at", body.contacted_at), _moment(state, "closed_at", body.closed_at), body.resolved,
        body.satisfied, body.reopened, advise.hide(body.note) if body.note else "",
    )  # fmt: skip
    call = once(state.keys, who.name, key and f"feedback:{key}", {"to": "feedback", "request": number, **body.model_dump()})
    return feedback.add(connection, who.who, number, told, call)


def _moment(state: State, name: str, told: str) -> datetime | None:
    """A time of the store; without an offset, the city's time."""
    if not told:
        return None
    found = in_utc(told, state.zone)
    if found is None:
        raise refuse("bad_value", f"{name}: not a time that can be stored. Write it as 2026-11-26T09:30.")
    return found
