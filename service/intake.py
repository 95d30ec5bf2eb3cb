"""Requests in a file: CSV in any usual encoding, or a workbook's first sheet; columns are found as ``triage batch`` finds them.

Everything is worked out before the store's lock is taken: inside it, rows are only written, all of them or none.
"""

import csv
import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import ValidationError

from service import advise, hiding, store, tabular, uploads
from service.audit import Who
from service.failures import refuse
from service.forms import StoredIn
from service.keys import Keys
from service.once import Once, earlier
from service.state import State
from service.tables import requests
from triage.columns import Columns, find_columns
from triage.errors import RequestError, TriageError
from triage.normalize import simplify
from triage.records import Request, Suggestion
from triage.tables import Row, encoding_of

MOST_ROWS = 1_000
"""They are written in one transaction, and every decision waits for it: some milliseconds a row."""

CONTACT: Mapping[str, tuple[str, ...]] = {
    "name": ("contact_name", "联系人", "来电人", "诉求人", "姓名", "称呼"),
    "phone": ("phone", "联系电话", "来电号码", "手机号码", "电话", "联系方式"),
    "address": ("address", "联系地址", "住址"),
}
"""Columns of who called, beside those that the engine reads."""

_FIELDS = ("caller_kind", "place", "channel", "received_at")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Table:
    """A file as it was read. ``encoding``: of a CSV file; xlsx for a workbook."""

    digest: str
    encoding: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


class Entry(NamedTuple):
    """One row: what would be kept and what the engine says of it, or why it cannot be kept."""

    row: int
    body: StoredIn | None
    record: Request | None
    answer: Suggestion | TriageError


def read(data: bytes, name: str) -> Table:
    """Raises ServiceError or UsageError for what is no table, is not within bounds, or has more than ``MOST_ROWS`` rows."""
    digest = hashlib.sha256(data).hexdigest()
    if not data.strip():
        raise refuse("empty_file", "the file is empty. Send a table with a header row.")
    zipped = uploads.is_zip(data)
    if zipped and not uploads.is_workbook(uploads.opened(data)):
        raise refuse("wrong_type", "a ZIP, not a table. Send a .csv or .xlsx file.")
    if not zipped and b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse("wrong_type", "not a table. Send a .csv or .xlsx file.")
    with tempfile.TemporaryDirectory(prefix="triage-import-") as folder:
        path = Path(folder) / ("table.xlsx" if zipped else "table.csv")
        path.write_bytes(data)
        try:
            header, rows = tabular.read(path, MOST_ROWS)
            encoding = "xlsx" if zipped else encoding_of(path)
        except csv.Error as error:
            raise refuse("wrong_type", f"not a table ({error}). Send a .csv or .xlsx file.") from error
        except TriageError as error:
            raise type(error)(str(error).replace(str(path), name or path.name), error.code) from None
    return Table(digest, encoding, tuple(header), tuple(rows))


def columns_of(table: Table, name: str, text: str = "") -> tuple[Columns, dict[str, str]]:
    """Which column holds what, and which who called. Raises ServiceError ``missing_column``, with the ``columns`` there are, where none
    looks like the text."""
    try:
        found = find_columns(table.header, Columns(text=text), name)
    except TriageError as error:
        raise refuse("missing_column", str(error), columns="\t".join(table.header)) from error
    taken = {found.text, found.title, found.id, *found.fields.values()}
    free = {simplify(each.lower()): each for each in reversed(table.header) if each not in taken}
    contact = {field: next((free[name] for name in names if name in free), "") for field, names in CONTACT.items()}
    return found, {field: column for field, column in contact.items() if column}


def entries(state: State, table: Table, columns: tuple[Columns, dict[str, str]]) -> list[Entry]:
    """Every row with its suggestion, in order; without reasons. Read fast: somebody waits for all of them."""
    now = state.adviser.now().isoformat(timespec="seconds")
    drafts: list[tuple[Row, StoredIn | TriageError]] = [(row, _draft(row, *columns)) for row in table.rows]
    records = [body.record(now) if isinstance(body, StoredIn) else None for _, body in drafts]
    answers = iter(state.adviser.fast.suggest_many([record for record in records if record is not None], thorough=True))
    found = []
    for (row, body), record in zip(drafts, records, strict=True):
        if isinstance(body, TriageError):
            found.append(Entry(row.number, None, None, body))
        else:
            found.append(Entry(row.number, body, record, next(answers)))
    return found


def known(connection: sa.Connection, keys: Keys, refs: Sequence[str]) -> dict[str, int]:
    """Of the hotline's own numbers those that are kept already, with the number of the request."""
    found: dict[str, int] = {}
    kept = {each: hiding.ref(keys, each) for each in refs}
    every = list(kept.values())
    for start in range(0, len(every), _CHUNK):
        chosen = sa.select(requests.c.ref, sa.func.min(requests.c.id).label("id")).where(requests.c.ref.in_(every[start : start + _CHUNK]))
        found |= {row.ref: row.id for row in connection.execute(chosen.group_by(requests.c.ref))}
    return {each: found[ref] for each, ref in kept.items() if ref in found}


def ready(state: State, entry: Entry) -> tuple[store.Draft, Suggestion] | TriageError:
    """What is to be kept of a row, with reasons."""
    if isinstance(entry.answer, TriageError) or entry.body is None or entry.record is None:
        return entry.answer if isinstance(entry.answer, TriageError) else RequestError("the row is empty.", "text_empty")
    return advise.drafted(entry.body, entry.record, state.adviser.explain(entry.answer, entry.record))


def keep(
    state: State, connection: sa.Connection, who: Who, found: tuple[store.Draft, Suggestion] | TriageError, call: Once
) -> dict[str, Any]:  # fmt: skip
    """Keeps one, unless the same call kept it before: ``created``, ``replayed`` or ``failed``."""
    if isinstance(found, TriageError):
        return failed(found)
    try:
        before = earlier(connection, call)
    except TriageError as error:
        return failed(error)
    if before is not None:
        return {"result": "replayed", "request": before.request_id}
    return {"result": "created", "request": store.create(connection, state.keys, who, *found, call).request}


def failed(error: TriageError) -> dict[str, Any]:
    """A row that cannot be kept."""
    return {"result": "failed", "error": {"code": error.code, "message": str(error)}}


def _draft(row: Row, columns: Columns, contact: Mapping[str, str]) -> StoredIn | TriageError:
    if row.error:
        return RequestError(row.error, "ragged_row")
    told = columns.request(row.cells)
    more = {name: getattr(told, name) for name in _FIELDS}
    who = {field: row[column].strip() for field, column in contact.items()}
    try:
        return StoredIn.model_validate({"text": told.text, "title": told.title, "id": told.id.strip(), "contact": who, **more})
    except ValidationError as error:
        first = error.errors()[0]
        return RequestError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.", "bad_body")
