"""What became of dispatches that the engine could make by itself, and the guard that learns from it (``triage.drift``).

An outcome belongs to a decision on a suggestion whose own decision was ``auto``. It is wrong at once where somebody sends the
request elsewhere; otherwise it waits until the unit sends it back (wrong), its final unit is known (right where that is the first
candidate), or it was silent for long enough (right). A request that is closed without a unit says nothing. Callers pass a
connection of ``Database.write``: outcome and event are kept together, and processes agree.
"""

import json
from datetime import datetime

import sqlalchemy as sa

from service.database import now
from service.store import Choice
from service.tables import auto_outcomes, guards, suggestions
from triage.decide import EVERYONE
from triage.drift import State, step

AUTO = "auto"
_FIELDS = ("seen", "wrong", "evidence", "recent", "recent_wrong", "stopped")


def decided(connection: sa.Connection, request: int, version: int, choice: Choice, limit: float) -> None:
    """After a decision; ``version``: that of the decision. ``limit``: the largest share of wrong ones that is promised."""
    first = first_candidate(connection, request, choice.suggestion)
    if not first or not choice.unit:
        return
    same = first == named(choice.unit, choice.area)
    values = {"request_id": request, "version": version, "unit": first, "made_at": now(), "accepted": None, "told_at": None}
    connection.execute(auto_outcomes.insert().values(values))
    if not same:
        _tell(connection, request, False, limit)


def returned(connection: sa.Connection, request: int, limit: float) -> None:
    """After a refusal by the unit."""
    _tell(connection, request, False, limit)


def settled(connection: sa.Connection, request: int, choice: Choice, limit: float) -> None:
    """After the final unit became known."""
    _tell(connection, request, None, limit, named(choice.unit, choice.area))


def silent(connection: sa.Connection, before: datetime, limit: float, most: int = 500) -> int:
    """Takes dispatches that nobody sent back since before a time for accepted, up to ``most`` of them; how many."""
    waiting = sa.select(auto_outcomes.c.request_id).where(auto_outcomes.c.accepted.is_(None), auto_outcomes.c.made_at < before)
    found = connection.execute(waiting.order_by(auto_outcomes.c.id).limit(most)).scalars().all()
    for request in found:
        _tell(connection, request, True, limit)
    return len(found)


def first_candidate(connection: sa.Connection, request: int, suggestion: int | None) -> str:
    """Where a suggestion would go by itself, UNIT or UNIT@town; "" where it would not."""
    chosen = sa.select(suggestions.c.shown).where(suggestions.c.id == suggestion, suggestions.c.request_id == request)
    shown = connection.execute(chosen).scalar_one_or_none() if suggestion is not None else None
    told = json.loads(shown) if shown is not None else {}
    units = told.get("units", [])
    return named(units[0]["code"], units[0]["area"]) if told.get("decision") == AUTO and units else ""


def named(unit: str, area: str) -> str:
    """A unit as ``Engine.suspend`` names it."""
    return f"{unit}@{area}" if area else unit


def states(connection: sa.Connection) -> dict[str, tuple[State, datetime | None]]:
    """What the guard knows of each unit, and since when it is suspended."""
    rows = connection.execute(sa.select(guards).order_by(guards.c.unit))
    return {row.unit: (State(*(getattr(row, name) for name in _FIELDS)), row.stopped_at) for row in rows}


def begin_anew(connection: sa.Connection, unit: str) -> None:
    """Forgets what the guard knew of a unit, or of all together: what lifts a suspension."""
    connection.execute(guards.delete().where(guards.c.unit == unit))


def _tell(connection: sa.Connection, request: int, accepted: bool | None, limit: float, final: str = "") -> None:
    waiting = sa.select(auto_outcomes.c.id, auto_outcomes.c.unit)
    waiting = waiting.where(auto_outcomes.c.request_id == request, auto_outcomes.c.accepted.is_(None))
    for row in connection.execute(waiting).all():
        right = row.unit == final if accepted is None else accepted
        connection.execute(auto_outcomes.update().where(auto_outcomes.c.id == row.id).values(accepted=int(right), told_at=now()))
        for unit in (row.unit, EVERYONE):
            _step(connection, unit, right, limit)


def _step(connection: sa.Connection, unit: str, accepted: bool, limit: float) -> None:
    row = connection.execute(sa.select(guards).where(guards.c.unit == unit)).one_or_none()
    before = State(*(getattr(row, name) for name in _FIELDS)) if row is not None else State()
    after = step(before, accepted, limit)
    values = {name: getattr(after, name) for name in _FIELDS}
    values["stopped_at"] = now() if after.stopped and not before.stopped else row.stopped_at if row is not None else None
    if row is None:
        connection.execute(guards.insert().values(unit=unit, **values))
    else:
        connection.execute(guards.update().where(guards.c.unit == unit).values(values))
