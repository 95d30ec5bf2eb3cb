"""Calls on files of requests: look at one, keep its rows, see what was imported."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request, Response

from service import advise, audit, intake, people
from service.database import iso, now
from service.guard import Caller, needs, state_of
from service.intake import Entry, Table
from service.once import once
from service.sent import FILE, sent
from service.state import State
from service.tables import imports
from triage.errors import TriageError

router = APIRouter(prefix="/api/v1")
REPLAY = "Idempotent-Replay"
_SHOWN, _TOLD, _START = 20, 500, 120
_Name = Annotated[str, Query(max_length=200, description="The file's name, to be found again by")]
_Text = Annotated[str, Query(max_length=500, description="The column of the text, where it is not found by its name")]


@router.post("/imports/check", summary="Look at a file of requests: columns, the first rows, what is wrong; nothing is kept", openapi_extra=FILE)
def check(
    request: Request, who: Annotated[Caller, needs("request.import")], data: Annotated[bytes, Depends(sent)], name: _Name = "", text: _Text = ""
) -> dict[str, Any]:
    state = state_of(request)
    table = intake.read(data, name)
    columns, contact = intake.columns_of(table, name, text)
    found = intake.entries(state, table, (columns, contact))
    with state.store.read() as connection:
        kept = intake.known(connection, state.keys, [each.body.id for each in found if each.body is not None and each.body.id])
        before = _before(connection, table)
    told = {
        "text": columns.text,
        "title": columns.title,
        "id": columns.id,
        **columns.fields,
        **{f"contact.{key}": each for key, each in contact.items()},
    }
    errors = _errors(found)
    return {
        "digest": table.digest, "encoding": table.encoding, "columns": {key: each for key, each in told.items() if each}, "header": table.header,
        "rows": len(found), "failed": len(errors), "known": sum(each.body is not None and each.body.id in kept for each in found),
        "errors": errors[:_TOLD], "preview": [_preview(each) for each in found[:_SHOWN]], "before": before,
    }  # fmt: skip


@router.post("/imports/files", summary="Keep the rows of a file; the same file again does nothing again", openapi_extra=FILE)
def bring_in(
    request: Request, response: Response, who: Annotated[Caller, needs("request.import")], data: Annotated[bytes, Depends(sent)],
    name: _Name = "", text: _Text = "",
) -> dict[str, Any]:  # fmt: skip
    state = state_of(request)
    table = intake.read(data, name)
    with state.store.read() as connection:
        before = _before(connection, table)
    if before is None:
        found = intake.entries(state, table, intake.columns_of(table, name, text))
        drafts = [(each, intake.ready(state, each)) for each in found]
        with state.store.write() as connection:
            before = _before(connection, table)  # somebody may have been faster
            if before is None:
                return _keep(state, connection, who, table, name, drafts)
    response.headers[REPLAY] = "true"
    return {**before, "replay": True}


@router.get("/imports", summary="Files that were imported, newest first")
def every(request: Request, who: Annotated[Caller, needs("request.import")]) -> dict[str, Any]:
    with state_of(request).store.read() as connection:
        rows = connection.execute(sa.select(imports).order_by(imports.c.id.desc()).limit(50)).all()
        names = people.shown(connection, {row.made_by for row in rows})
    return {"imports": [_told(row, names) for row in rows]}


def _keep(state: State, connection: sa.Connection, who: Caller, table: Table, name: str, drafts: list[tuple[Entry, Any]]) -> dict[str, Any]:
    kept = intake.known(connection, state.keys, [each.body.id for each, _ in drafts if each.body is not None and each.body.id])
    rows: list[dict[str, Any]] = []
    for each, draft in drafts:
        if each.body is not None and each.body.id in kept:
            rows.append({"row": each.row, "result": "replayed", "request": kept[each.body.id]})
            continue
        key = f"import:{each.body.id}" if each.body is not None and each.body.id else f"file:{table.digest}:{each.row}"
        call = once(state.keys, who.name, key, {"to": "create", **(each.body.model_dump() if each.body is not None else {})})
        rows.append({"row": each.row, **intake.keep(state, connection, who.who, draft, call)})
    counts = {result: sum(row["result"] == result for row in rows) for result in ("created", "replayed", "failed")}
    errors = [{"row": row["row"], **row["error"]} for row in rows if row["result"] == "failed"][:_TOLD]
    values = {
        "digest": table.digest,
        "name": advise.hide(name)[:200],
        "result": json.dumps({"rows": len(rows), **counts, "errors": errors}, ensure_ascii=False),
    }
    connection.execute(imports.insert().values(**values, made_at=now(), made_by=who.name))
    detail = {**counts, "sha256": table.digest}
    audit.note(connection, who.who, "request.import", "file", detail=detail, algorithm=state.settings.audit_hash)
    made = _before(connection, table)
    assert made is not None
    return {**made, "replay": False}


def _before(connection: sa.Connection, table: Table) -> dict[str, Any] | None:
    row = connection.execute(sa.select(imports).where(imports.c.digest == table.digest)).one_or_none()
    return _told(row, people.shown(connection, (row.made_by,))) if row is not None else None


def _told(row: sa.Row[Any], names: Mapping[str, str]) -> dict[str, Any]:
    by = {"made_by": row.made_by, "made_by_name": names[row.made_by]}
    return {"id": row.id, "name": row.name, "digest": row.digest, "made_at": iso(row.made_at), **by, **json.loads(row.result)}


def _errors(found: list[Entry]) -> list[dict[str, Any]]:
    return [{"row": each.row, "code": each.answer.code, "message": str(each.answer)} for each in found if isinstance(each.answer, TriageError)]


def _preview(entry: Entry) -> dict[str, Any]:
    """A row as it would be seen: masked."""
    if isinstance(entry.answer, TriageError):
        return {"row": entry.row, "id": entry.body.id if entry.body is not None else "", "error": entry.answer.code}
    told, clean = entry.answer, entry.answer.clean
    first = told.units[0] if told.units else None
    return {
        "row": entry.row, "id": told.id, "title": clean.title[:_START], "text": clean.text[:_START], "urgency": told.urgency,
        "unit": first.name if first is not None else "", "p": first.p if first is not None else 0.0, "error": "",
    }  # fmt: skip
