"""Removes what may no longer be kept. The only deletion there is; a tombstone stays."""

from datetime import datetime

import sqlalchemy as sa

from service.database import now
from service.tables import (
    auto_outcomes,
    decisions,
    events,
    finals,
    heads,
    identities,
    originals,
    phone_marks,
    refusals,
    requests,
    suggestions,
    tombstones,
)
from service.transitions import CLOSED, FINAL

_PARTS = (auto_outcomes, decisions, refusals, finals, suggestions, events, phone_marks, originals, identities, heads)


def purge(connection: sa.Connection, before: datetime, limit: int = 500) -> list[int]:
    """Removes up to ``limit`` requests that ended before a time, everything that belongs to them included; their numbers.

    Open requests are never removed, however old.
    """
    ended = sa.select(heads, requests.c.made_at).join(requests, requests.c.id == heads.c.request_id)
    ended = ended.where(heads.c.state.in_((FINAL, CLOSED)), heads.c.changed_at < before).order_by(heads.c.request_id).limit(limit)
    rows = connection.execute(ended).all()
    numbers = [row.request_id for row in rows]
    for row in rows:
        values = {"request_id": row.request_id, "state": row.state, "unit": row.unit, "versions": row.version}
        connection.execute(tombstones.insert().values(values | {"made_at": row.made_at, "purged_at": now()}))
    if numbers:
        for table in _PARTS:
            connection.execute(table.delete().where(table.c.request_id.in_(numbers)))
        connection.execute(requests.delete().where(requests.c.id.in_(numbers)))
    return numbers
