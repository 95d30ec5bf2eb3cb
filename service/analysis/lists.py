"""The masked requests behind a figure, newest first, and the views that somebody has saved."""

from collections.abc import Sequence
from typing import Any

import duckdb
import sqlalchemy as sa

from service.analysis.count import where
from service.analysis.names import label
from service.analysis.question import UNMATCHED, Filter
from service.audit import Who
from service.database import now
from service.tables import saved_views
from service.transitions import SHOWN
from triage.profile import Profile

MOST_VIEWS = 50
_START = 120
COLUMNS = "id, ref, day, title, text, confidential, town, item, item_now, type, urgency, state, suggested_unit, final_unit, last_unit, refused, tags"


def requests(
    connection: duckdb.DuckDBPyConnection, profile: Profile | None, filter: Filter, seen: frozenset[str], before: int, limit: int
) -> list[dict[str, Any]]:  # fmt: skip
    """Requests of a filter with numbers below ``before`` (0: from the newest); of their tags those that may be seen."""
    condition, values = where(filter)
    query = f"SELECT {COLUMNS} FROM facts WHERE {condition} AND (? = 0 OR id < ?) ORDER BY id DESC LIMIT ?"  # noqa: S608
    found = connection.execute(query, [*values, before, before, limit])
    names = [each[0] for each in found.description or ()]
    return [shown(dict(zip(names, row, strict=True)), profile, seen) for row in found.fetchall()]


def listed(connection: duckdb.DuckDBPyConnection, profile: Profile | None, numbers: Sequence[int], seen: frozenset[str]) -> list[dict[str, Any]]:
    """Requests by their numbers, in that order; those that the snapshot no longer holds are left out."""
    query = f"SELECT {COLUMNS} FROM facts WHERE id IN (SELECT unnest(?::BIGINT[]))"  # noqa: S608
    found = connection.execute(query, [list(numbers)])
    names = [each[0] for each in found.description or ()]
    rows = {row[0]: shown(dict(zip(names, row, strict=True)), profile, seen) for row in found.fetchall()}
    return [rows[number] for number in numbers if number in rows]


def shown(row: dict[str, Any], profile: Profile | None, seen: frozenset[str]) -> dict[str, Any]:
    """A row of ``COLUMNS`` in words, masked; of its tags those that may be seen."""
    return {
        "id": row["id"], "ref": row["ref"], "day": row["day"].isoformat(), "title": row["title"], "start": row["text"][:_START],
        "confidential": row["confidential"], "town": label("town", row["town"], profile),
        "item": label("item", _item(row), profile), "type": row["type"], "urgency": row["urgency"],
        "state": SHOWN.get(row["state"], row["state"]), "unit": label("unit", row["final_unit"] or row["last_unit"], profile),
        "suggested_unit": label("suggested_unit", row["suggested_unit"], profile), "refused": row["refused"],
        "tags": [each for each in row["tags"] if each.partition("=")[0] in seen],
    }  # fmt: skip


def _item(row: dict[str, Any]) -> str:
    """The key of a request's item, as the dimension has it."""
    return row["item_now"] or (f"{UNMATCHED}{row['item']}" if row["item"] else "")


def views(connection: sa.Connection, owner: str) -> list[dict[str, str]]:
    """Somebody's saved views by name; the last row of a name counts, an empty one removed it."""
    rows = connection.execute(sa.select(saved_views.c.name, saved_views.c.query).where(saved_views.c.made_by == owner).order_by(saved_views.c.id))
    last = {row.name: row.query for row in rows}
    return [{"name": name, "query": query} for name, query in sorted(last.items()) if query]


def save_view(connection: sa.Connection, who: Who, name: str, query: str) -> None:
    """Saves a view under a name, or removes it with an empty query."""
    connection.execute(saved_views.insert().values(name=name, query=query, made_at=now(), made_by=who.name))
