"""What became of the automatic dispatches of the demo city, as the service would have kept it (``service.outcomes``): both pages tell the same."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.demo_lives import AUTO, Step
from service.outcomes import named
from service.store import Choice
from service.tables import auto_outcomes, guards
from triage.decide import EVERYONE
from triage.drift import State, step

_SILENT = timedelta(days=10)
_LIMIT = 0.2
"""Above the share of wrong ones that is invented: the guard of the demo has its figures and stops nobody before somebody looks."""


def put(connection: sa.Connection, happened: Iterable[tuple[datetime, int, Step]], now: datetime) -> None:
    """Keeps outcomes and what the guard knows. ``happened``: all steps in order of time, with the number of their request; ``now``: UTC."""
    rows: list[dict[str, Any]] = []
    waiting: dict[int, dict[str, Any]] = {}
    for at, number, each in happened:
        detail = each.detail
        if each.made_by == AUTO and isinstance(detail, Choice):
            made = {"request_id": number, "version": each.version, "unit": named(detail.unit, detail.area), "made_at": at}
            rows.append(made | {"accepted": None, "told_at": None})
            waiting[number] = rows[-1]
        elif number in waiting and each.action in ("refuse", "escalate"):
            waiting.pop(number).update(accepted=0, told_at=at)
        elif number in waiting and each.action == "final" and isinstance(detail, Choice):
            row = waiting.pop(number)
            row.update(accepted=int(named(detail.unit, detail.area) == row["unit"]), told_at=at)
    for row in waiting.values():
        if row["made_at"] < now - _SILENT:
            row.update(accepted=1, told_at=row["made_at"] + _SILENT)
    if rows:
        connection.execute(auto_outcomes.insert(), rows)
        connection.execute(guards.insert(), _guards(rows))


def _guards(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    states: dict[str, State] = {EVERYONE: State()}
    for row in sorted((row for row in rows if row["told_at"] is not None), key=lambda row: (row["told_at"], row["request_id"])):
        for unit in (row["unit"], EVERYONE):
            states[unit] = step(states.get(unit, State()), bool(row["accepted"]), _LIMIT)
    names = ("seen", "wrong", "evidence", "recent", "recent_wrong", "stopped")
    return [{"unit": unit, **{name: getattr(state, name) for name in names}, "stopped_at": None} for unit, state in states.items()]
