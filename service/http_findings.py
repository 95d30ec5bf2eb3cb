"""Calls on further findings: emerging words, repeat callers and group events, seasons, candidates for 每月一题; the requests of one, and a file."""

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response

from service import audit, tag_store
from service.analysis import findings, lists, sheets
from service.analysis.held import Held
from service.analysis.kept import Kept
from service.analysis.sheets import Column, Row, Sheet
from service.failures import refuse
from service.guard import Caller, needs, state_of
from service.http_periods import Since, Until, looked_at
from service.state import State

router = APIRouter(prefix="/api/v1/analysis/findings")
Kind = Annotated[Literal["words", "repeats", "seasons", "candidates"], Path(description="Which search")]
_FORMS = {"csv": (sheets.to_csv, "text/csv; charset=utf-8"),
          "xlsx": (sheets.to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")}  # fmt: skip


@router.get("/{kind}", summary="What a search finds in a period, as tables with what must be known beside them")
def found(kind: Kind, request: Request, who: Annotated[Caller, needs("figures.all")], since: Since = None, until: Until = None) -> dict[str, Any]:
    first, last = looked_at(request, since, until)
    rows, made = _sheets(request, kind, first, last)
    return {"kind": kind, "title": findings.TITLES[kind], "since": first, "until": last, "made_at": made, "sheets": [_told(each) for each in rows]}


@router.get("/{kind}/file", summary="The tables as CSV or XLSX; for outside of the office without single callers and small counts", response_class=Response)  # fmt: skip  # noqa: E501
def file(
    kind: Kind, request: Request, who: Annotated[Caller, needs("export")], since: Since = None, until: Until = None,
    form: Annotated[Literal["csv", "xlsx"], Query()] = "csv", outside: Annotated[bool, Query(description="Whether it leaves the office")] = True,
) -> Response:  # fmt: skip
    state = state_of(request)
    first, last = looked_at(request, since, until)
    rows, _ = _sheets(request, kind, first, last, outside)
    lines = sum(len(each.rows) for each in rows)
    _note(
        state, who, "analysis.export", {"findings": kind, "since": str(first), "until": str(last), "form": form, "outside": outside, "lines": lines}
    )
    make, media = _FORMS[form]
    title = f"{findings.TITLES[kind]} ({first} 至 {last})"
    words = f"发现-{'对外' if outside else '内部'}-{findings.TITLES[kind]}-{first}至{last}.{form}"
    named = f"attachment; filename=\"findings.{form}\"; filename*=UTF-8''{quote(words, safe='')}"
    return Response(make(title, rows), media_type=media, headers={"content-disposition": named, "cache-control": "no-store"})


@router.get("/{kind}/{mark}/requests", summary="The masked requests behind a row")
def behind(
    kind: Kind, mark: Annotated[str, Path(pattern="^[0-9a-f]{16}$")], request: Request, who: Annotated[Caller, needs("figures.all")],
    since: Since = None, until: Until = None, limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> dict[str, Any]:  # fmt: skip
    state = state_of(request)
    first, last = looked_at(request, since, until)
    rows = [row for each in _sheets(request, kind, first, last)[0] for row in each.rows]
    row = next((each for each in rows if each.mark == mark), None)
    if row is None:
        raise refuse("unknown_finding", f"finding {mark}: none from {first} to {last}. Load the page again: new requests move it.")
    with state.store.read() as store:
        seen = tag_store.seen(store, state.profile, who.role, state.adviser.now().date())
    held: Held = request.app.state.facts
    with held.open() as (connection, _):
        listed = lists.listed(connection, state.profile, row.requests[:limit], seen)
    _note(state, who, "analysis.finding", {"findings": kind, "mark": mark, "found": len(listed)})
    return {"requests": listed, "left_out": max(0, len(row.requests) - len(listed))}


def _sheets(request: Request, kind: str, first: date, last: date, outside: bool = False) -> tuple[list[Sheet], str]:
    """The tables, and of when the snapshot is."""
    held: Held = request.app.state.facts
    state, kept = state_of(request), _kept(request)
    today = state.adviser.now().date()
    with held.open() as (connection, manifest):
        key = (manifest.generation, manifest.made_at, state.profile.version if state.profile is not None else "", kind, first, last, today, outside)
        made = kept.get(key, lambda: findings.find(connection, state.profile, kind, first, last, today=today, outside=outside))
        return made, manifest.made_at


def _kept(request: Request) -> Kept[list[Sheet]]:
    found: Kept[list[Sheet]] = request.app.state.__dict__.setdefault("findings", Kept[list[Sheet]]())
    return found


def _told(each: Sheet) -> dict[str, Any]:
    return {"title": each.title, "columns": [_head(column) for column in each.columns], "rows": [_row(row) for row in each.rows],
            "empty": each.empty, "notes": each.notes}  # fmt: skip


def _head(each: Column) -> dict[str, str]:
    return {"title": each.title, "form": each.form}


def _row(each: Row) -> dict[str, Any]:
    return {"mark": each.mark, "cells": each.cells, "under": each.under, "query": each.query, "strong": each.strong, "n": len(each.requests)}


def _note(state: State, who: Caller, action: str, detail: dict[str, object]) -> None:
    with state.store.write() as connection:
        audit.note(connection, who.who, action, detail=detail, algorithm=state.settings.audit_hash)
