"""Who works at the desk: what each holds open, what each did on a day, and when they were last there."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from service import days
from service.database import iso
from service.rights import OPERATOR, SHOWN, SUPERVISOR
from service.tables import accounts, heads, logins
from service.transitions import OPEN

DESK = (OPERATOR, SUPERVISOR)


def day(connection: sa.Connection, since: datetime, until: datetime, target: timedelta, zone: ZoneInfo | None = None) -> list[dict[str, Any]]:
    """One row per account of the desk, those with most work first. ``seen_at``: the last call of a login that has not ended, "" for none."""
    people = connection.execute(sa.select(accounts).where(accounts.c.role.in_(DESK), accounts.c.disabled == 0)).all()
    held, seen = _held(connection), _seen(connection)
    done = days.acts(connection, since, until, zone)
    rows = [
        {
            "name": each.name, "shown": each.shown, "role": each.role, "role_name": SHOWN[each.role], "open": held.get(each.name, 0),
            "seen_at": iso(seen.get(each.id)), **days.figures(done.get(each.name, ()), target),
        }
        for each in people
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["dispatched"], row["name"]))


def _held(connection: sa.Connection) -> dict[str, int]:
    chosen = sa.select(heads.c.owner, sa.func.count().label("held")).where(heads.c.state.in_(OPEN), heads.c.owner != "").group_by(heads.c.owner)
    return {row.owner: row.held for row in connection.execute(chosen)}


def _seen(connection: sa.Connection) -> dict[int, datetime]:
    chosen = sa.select(logins.c.account_id, sa.func.max(logins.c.seen_at).label("seen")).where(logins.c.ended_at.is_(None))
    return {row.account_id: row.seen for row in connection.execute(chosen.group_by(logins.c.account_id))}
