"""Free words that earlier versions kept in clear, brought into the form of today: hidden where everybody reads, and sealed as they were told.

It can be broken off and begun again, and runs while the service runs: what is in today's form is left alone.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from service import hiding, identity
from service.database import Database
from service.identity import Original
from service.keys import Keys
from service.tables import imports, jobs, metadata, requests, saved_views, suggestions
from triage.records import Request

CHUNK = 200
_FIELDS = ("ref", "place", "caller_kind", "channel", "received_at")
_NAMED = (imports, jobs, saved_views)


class Done(NamedTuple):
    """How many requests, suggestions, and names of files, jobs and views were changed; ``last``: the last request looked at, 0 for the end."""

    requests: int
    suggestions: int
    names: int
    last: int


def seal(connection: sa.Connection, keys: Keys, after: int = 0, limit: int = CHUNK) -> Done:
    """The next requests behind ``after``, within one transaction that writes."""
    rows = connection.execute(sa.select(requests).where(requests.c.id > after).order_by(requests.c.id).limit(limit)).all()
    sealed = said = 0
    for row in rows:
        who = identity.contact(connection, keys, row.id)
        name = who.name if who is not None else ""
        kept = _hidden(keys, row, name)
        if kept:
            _keep(connection, keys, row, kept)
        sealed += bool(kept)
        said += _suggestions(connection, keys, row.id, kept.get("ref", row.ref), name)
    return Done(sealed, said, 0, rows[-1].id if rows else 0)


def names(connection: sa.Connection) -> int:
    """Names that people gave to files, jobs and views; how many were changed."""
    changed = 0
    for table in _NAMED:
        for row in connection.execute(sa.select(table.c.id, table.c.name)).all():
            kept = hiding.hide(row.name)[:200]
            if kept != row.name:
                connection.execute(table.update().where(table.c.id == row.id).values(name=kept))
                changed += 1
    return changed


def wipe(database: Database) -> bool:
    """Lets go of the places where the old words stood. False where the database has to do it itself (see the manual)."""
    if not database.is_sqlite:
        return False
    raw = database.engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM")
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()
    return True


def tables() -> str:
    """The tables that held clear words, for a database that is wiped by hand."""
    return ", ".join(each.name for each in metadata.sorted_tables if each in (requests, suggestions, *_NAMED))


def _hidden(keys: Keys, row: sa.Row[Any], name: str) -> dict[str, str]:
    """The fields that may not stay as they are, as they may be kept."""
    told = Request("", "", row.ref, row.caller_kind, row.place, row.channel, row.received_at)
    kept = hiding.request(keys, told, name)
    found = {"ref": kept.id, "place": kept.place, "caller_kind": kept.caller_kind, "channel": kept.channel, "received_at": kept.received_at}
    return {each: words for each, words in found.items() if words != getattr(row, each)}


def _keep(connection: sa.Connection, keys: Keys, row: sa.Row[Any], kept: Mapping[str, str]) -> None:
    before = identity.original(connection, keys, row.id) or Original(row.title, row.content)
    # What is sealed already is what was told; what stands in clear beside it is not.
    told = {each: getattr(row, each) for each in _FIELDS if each in kept and not asdict(before)[each]}
    identity.replace_original(connection, keys, row.id, replace(before, **told))
    connection.execute(requests.update().where(requests.c.id == row.id).values(**kept))


def _suggestions(connection: sa.Connection, keys: Keys, request: int, ref: str, name: str) -> int:
    changed = 0
    for row in connection.execute(sa.select(suggestions).where(suggestions.c.request_id == request)).all():
        answers, shown = json.loads(row.answers), json.loads(row.shown)
        hidden = {hiding.words(issue): hiding.words(each, name) for issue, each in answers.items()}
        # Suggestions after the first told the number as the row then had it.
        number = ref if hiding.ref(keys, shown.get("id", "")) != shown.get("id", "") else shown.get("id", "")
        if hidden != answers or number != shown.get("id", ""):
            values = {"answers": _json(hidden), "shown": _json({**shown, "id": number})}
            connection.execute(suggestions.update().where(suggestions.c.id == row.id).values(values))
            changed += 1
    return changed


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
