"""Who works at the desk: what each holds open, what each did on a day, and when they were last there."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.database import iso
from service.rights import OPERATOR, SHOWN, SUPERVISOR
from service.tables import accounts, events, heads, logins
from service.transitions import OPEN

DESK = (OPERATOR, SUPERVISOR)
_SENT = ("accept", "choose", "override")


def day(connection: sa.Connection, since: datetime, until: datetime, target: timedelta) -> list[dict[str, Any]]:
    """One row per account of the desk, those with most work first. ``seen_at``: the last call of a login that has not ended, "" for none."""
    people = connection.execute(sa.select(accounts).where(accounts.c.role.in_(DESK), accounts.c.disabled == 0)).all()
    held, seen = _held(connection), _seen(connection)
    acts = _acts(connection, since, until)
    rows = [
        {
            "name": each.name, "shown": each.shown, "role": each.role, "role_name": SHOWN[each.role], "open": held.get(each.name, 0),
            "seen_at": iso(seen.get(each.id)), **_figures(acts[each.name], target),
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


def _acts(connection: sa.Connection, since: datetime, until: datetime) -> dict[str, list[tuple[str, float]]]:
    """Account → action and seconds since the request was kept, of each act of the time."""
    first = events.alias("first")
    chosen = (
        sa.select(events.c.made_by, events.c.action, events.c.made_at, first.c.made_at.label("kept_at"))
        .join(first, sa.and_(first.c.request_id == events.c.request_id, first.c.version == 1))
        .where(events.c.made_at >= since, events.c.made_at < until, events.c.version > 1)
    )
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in connection.execute(chosen):
        found[row.made_by].append((row.action, (row.made_at - row.kept_at).total_seconds()))
    return found


def _figures(acts: list[tuple[str, float]], target: timedelta) -> dict[str, Any]:
    waits = sorted(wait for action, wait in acts if action in _SENT)
    counted = {action: sum(each == action for each, _ in acts) for action in _SENT}
    return {
        "dispatched": len(waits), "accepted": counted["accept"], "chosen": counted["choose"], "overridden": counted["override"],
        "median_seconds": round(waits[len(waits) // 2], 3) if waits else None, "within_target": sum(wait <= target.total_seconds() for wait in waits),
    }  # fmt: skip
