"""What became of dispatches that the engine could make by itself, and the guard that learns from it (``triage.drift``).

An outcome belongs to a decision on a suggestion whose own decision was ``auto``. It is wrong at once where somebody sends the
request elsewhere; otherwise it waits until the unit sends it back (wrong), its final unit is known (right where that is the first
candidate), or it was silent for long enough (right). A request that is closed without a unit says nothing. Callers pass a
connection of ``Database.write``: outcome and event are kept together, and processes agree.
"""

import json
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from service.database import now
from service.store import Choice
from service.tables import auto_outcomes, decisions, guards, suggestions
from triage.decide import EVERYONE
from triage.drift import State, step
from triage.suggest import CLOSELY

AUTO = "auto"
_FIELDS = ("seen", "wrong", "evidence", "recent", "recent_wrong", "stopped")


class Limits(NamedTuple):
    """The largest share of wrong ones that is promised, of what is read fast and closely: each outcome is judged by the reading that
    made the suggestion. What the guard says holds for any order of limits: its evidence is still a nonnegative supermartingale."""

    fast: float
    close: float

    def of(self, model: str) -> float:
        """The one for a suggestion, by the ``model`` in its versions."""
        return self.close if model.endswith(CLOSELY) else self.fast


def decided(connection: sa.Connection, request: int, version: int, choice: Choice, limits: Limits) -> None:
    """After a decision; ``version``: that of the decision."""
    first = first_candidate(connection, request, choice.suggestion)
    if not first or not choice.unit:
        return
    same = first == named(choice.unit, choice.area)
    values = {"request_id": request, "version": version, "unit": first, "made_at": now(), "accepted": None, "told_at": None}
    connection.execute(auto_outcomes.insert().values(values))
    if not same:
        _tell(connection, request, False, limits)


def returned(connection: sa.Connection, request: int, limits: Limits) -> None:
    """After a refusal by the unit."""
    _tell(connection, request, False, limits)


def settled(connection: sa.Connection, request: int, choice: Choice, limits: Limits) -> None:
    """After the final unit became known."""
    _tell(connection, request, None, limits, named(choice.unit, choice.area))


def waits(connection: sa.Connection, before: datetime) -> bool:
    """Whether there are dispatches from before a time of which nothing is known."""
    found = sa.select(auto_outcomes.c.id).where(auto_outcomes.c.accepted.is_(None), auto_outcomes.c.made_at < before).limit(1)
    return connection.execute(found).one_or_none() is not None


def silent(connection: sa.Connection, before: datetime, limits: Limits, most: int = 500) -> int:
    """Takes dispatches that nobody sent back since before a time for accepted, up to ``most`` of them; how many."""
    waiting = sa.select(auto_outcomes.c.request_id).where(auto_outcomes.c.accepted.is_(None), auto_outcomes.c.made_at < before)
    found = connection.execute(waiting.order_by(auto_outcomes.c.id).limit(most)).scalars().all()
    for request in found:
        _tell(connection, request, True, limits)
    return len(found)


def first_candidate(connection: sa.Connection, request: int, suggestion: int | None) -> str:
    """Where a suggestion would go by itself, UNIT or UNIT@town; "" where it would not."""
    chosen = sa.select(suggestions.c.shown).where(suggestions.c.id == suggestion, suggestions.c.request_id == request)
    shown = connection.execute(chosen).scalar_one_or_none() if suggestion is not None else None
    told = json.loads(shown) if shown is not None else {}
    units = told.get("units", [])
    return named(units[0]["code"], units[0]["area"]) if told.get("decision") == AUTO and units else ""


def model_of(connection: sa.Connection, suggestion: int | None) -> str:
    """The model that made a suggestion, with its reading; "" where there is no such suggestion."""
    found: str | None = connection.execute(sa.select(suggestions.c.model).where(suggestions.c.id == suggestion)).scalar_one_or_none()
    return found or ""


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


def _tell(connection: sa.Connection, request: int, accepted: bool | None, limits: Limits, final: str = "") -> None:
    made = sa.and_(decisions.c.request_id == auto_outcomes.c.request_id, decisions.c.version == auto_outcomes.c.version)
    source = auto_outcomes.outerjoin(decisions, made).outerjoin(suggestions, suggestions.c.id == decisions.c.suggestion_id)
    waiting = sa.select(auto_outcomes.c.id, auto_outcomes.c.unit, suggestions.c.model).select_from(source)
    waiting = waiting.where(auto_outcomes.c.request_id == request, auto_outcomes.c.accepted.is_(None))
    for row in connection.execute(waiting).all():
        right = row.unit == final if accepted is None else accepted
        connection.execute(auto_outcomes.update().where(auto_outcomes.c.id == row.id).values(accepted=int(right), told_at=now()))
        for unit in (row.unit, EVERYONE):
            _step(connection, unit, right, limits.of(row.model or ""))


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
