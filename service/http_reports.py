"""Calls on reports: which there are, make one, fetch one."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service import audit, people
from service.failures import refuse
from service.guard import Caller, needs, state_of
from service.reports import archive, charts
from service.reports.paper import KINDS, period_of
from service.reports.service import make_now, today, wanted

router = APIRouter(prefix="/api/v1")
_HEADERS = {
    # A city may edit the template: whatever it holds, nothing in the page runs.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


class ReportIn(BaseModel):
    """Which report to make."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "monthly", "day": "2026-10-31"}]})

    kind: Literal["daily", "weekly", "monthly"]
    day: date = Field(description="Any day of the period")


@router.get("/reports", summary="The reports that were made, and which are made by themselves")
def reports(request: Request, who: Annotated[Caller, needs("figures.all")]) -> dict[str, Any]:
    state = state_of(request)
    settings, found = state.settings, archive.entries(state.settings.reports_folder)
    with state.store.read() as connection:
        names = people.shown(connection, (each.made_by for each in found))
    return {
        "reports": [{**asdict(each), "kind_name": KINDS.get(each.kind, each.kind), "made_by_name": names[each.made_by]} for each in found],
        "scheduled": [KINDS[kind] for kind in wanted(settings.reports)], "pictures": charts.chinese_font(),
    }  # fmt: skip


@router.post("/reports", summary="Make a report, in place of an earlier one of the same period")
def make(request: Request, body: ReportIn, who: Annotated[Caller, needs("export")]) -> dict[str, Any]:
    state = state_of(request)
    if not date(2000, 1, 1) <= body.day <= today(state):
        raise refuse("bad_value", f"day: {body.day} lies in the future, or before 2000. Name a day of a period that has begun.")
    return asdict(make_now(state, period_of(body.kind, body.day), who.who))


@router.get(
    "/reports/{name}/{form}", summary="A report as HTML or DOCX", response_class=Response,
    responses={200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in archive.FORMS.values()}}},
)  # fmt: skip
def fetch(request: Request, name: str, form: Literal["html", "docx"], who: Annotated[Caller, needs("export")]) -> Response:
    state = state_of(request)
    path = archive.file(state.settings.reports_folder, name, form)
    with state.store.write() as connection:
        audit.note(connection, who.who, "report.fetch", path.name, algorithm=state.settings.audit_hash)
    told = "inline" if form == "html" else "attachment"
    return Response(path.read_bytes(), media_type=archive.FORMS[form], headers={**_HEADERS, "content-disposition": f'{told}; filename="{path.name}"'})
