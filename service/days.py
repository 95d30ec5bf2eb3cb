"""What people decided in a stretch of time, and how long requests had waited for it: one counting for everybody's own day and for the team's."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from service.moments import registered_at
from service.tables import events, requests

_SENT = ("accept", "choose", "override")
_BACK = ("refuse", "escalate")


class Act(NamedTuple):
    """An action of somebody, and the seconds that its request had waited for it: since it came in, or since it was last sent back."""

    action: str
    wait: float


def acts(connection: sa.Connection, since: datetime, until: datetime, zone: ZoneInfo | None = None, me: str = "") -> Mapping[str, Sequence[Act]]:
    """Account → its acts from ``since`` to before ``until``, of ``me`` alone or of everybody. ``zone``: of a time of receipt that names none."""
    kept = requests.c.made_at.label("kept_at")
    chosen = (
        sa.select(events.c.made_by, events.c.request_id, events.c.version, events.c.action, events.c.made_at, requests.c.received_at, kept)
        .join(requests, requests.c.id == events.c.request_id)
        .where(events.c.made_at >= since, events.c.made_at < until, events.c.version > 1)
    )
    rows = connection.execute(chosen.where(events.c.made_by == me) if me else chosen).all()
    returns = _returns(connection, {row.request_id for row in rows if row.action in _SENT})
    found: dict[str, list[Act]] = defaultdict(list)
    for row in rows:
        began = _began(row, returns.get(row.request_id, ()), zone)
        found[row.made_by].append(Act(row.action, max(0.0, (row.made_at - began).total_seconds())))
    return found


def figures(done: Sequence[Act], target: timedelta) -> dict[str, Any]:
    """How often each action, the median wait of what was sent out in seconds (None for nothing), and how many of it within the ``target``."""
    waits = [each.wait for each in done if each.action in _SENT]
    times = {action: sum(each.action == action for each in done) for action in (*_SENT, *_BACK, "close", "final")}
    return {
        "dispatched": len(waits), "accepted": times["accept"], "chosen": times["choose"], "overridden": times["override"], "closed": times["close"],
        "returned": sum(times[action] for action in _BACK), "final": times["final"], "median_seconds": round(median(waits), 3) if waits else None,
        "target_seconds": int(target.total_seconds()), "within_target": sum(wait <= target.total_seconds() for wait in waits),
    }  # fmt: skip


def _returns(connection: sa.Connection, numbers: Set[int]) -> dict[int, list[tuple[int, datetime]]]:
    chosen = sa.select(events.c.request_id, events.c.version, events.c.made_at).where(events.c.action.in_(_BACK))
    found: dict[int, list[tuple[int, datetime]]] = {}
    for row in connection.execute(chosen.where(events.c.request_id.in_(sorted(numbers))).order_by(events.c.version)) if numbers else ():
        found.setdefault(row.request_id, []).append((row.version, row.made_at))
    return found


def _began(row: sa.Row[Any], returns: Sequence[tuple[int, datetime]], zone: ZoneInfo | None) -> datetime:
    """Since when a request waited for the act of ``row``; of a day alone nobody knows since when."""
    back = [moment for version, moment in returns if version < row.version]
    if back:
        return back[-1]
    kept: datetime = row.kept_at
    told, exact = registered_at(row.received_at or "", kept, zone or UTC)
    return told if exact else kept
