"""Whether anything may go out by itself: the switch of all units and of each one, and the units that the guard suspended.

The switches are rows that are only added, the last of a name counts; without any, a reading of the engine is on where the model holds a
promise of it, and off where its line was never proven: then a person turns it on, with a reason. A promise of the close reading says
nothing about the fast one. Every process reads the state every few seconds and hands it to its engine, and to each engine that it loads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from service import audit, outcomes
from service.audit import Who
from service.database import now
from service.failures import refuse
from service.tables import switches
from triage.decide import EVERYONE, RISEN
from triage.drift import State
from triage.suggest import Engine

GUARD, PERSON = "guard", "person"
SHUT = "的自动派单已由人关闭"
UNPROVEN = "的自动派单线没有证明过, 也没有人打开"
UNREAD = "的自动派单状态读不到, 暂由人确认"
_PREFIX = "automation:"
_SHORTEST_REASON = 2


@dataclass(frozen=True, slots=True)
class Suspension:
    """``unit``: UNIT, UNIT@town or ``EVERYONE``. ``why``: guard or person. ``reason``: the person's words, or the guard's figures.
    ``since``: UTC. ``by``: the account, "" for the guard."""

    unit: str
    why: str
    since: datetime
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Automation:
    """``on``: the switch of all units; ``last``: who turned it when and why, None when nobody ever did. ``suspended``: units that get
    nothing by themselves although it is on, the newest first. ``states``: what the guard knows of each unit."""

    on: bool = True
    last: Suspension | None = None
    suspended: tuple[Suspension, ...] = ()
    states: Mapping[str, State] = field(default_factory=dict)

    @property
    def held(self) -> dict[str, str]:
        """What to hand to ``Engine.suspend``: unit → why, in words."""
        told = {each.unit: RISEN if each.why == GUARD else SHUT for each in reversed(self.suspended)}
        return told if self.on else {**told, EVERYONE: SHUT if self.last is not None else UNPROVEN}

    def may(self, unit: str, area: str) -> bool:
        """Whether something may go to a unit by itself."""
        return not {EVERYONE, unit, outcomes.named(unit, area)} & set(self.held)

    def of(self, promised: float | None) -> "Automation":
        """The state of a reading, by what is ``promised`` of it: where nobody ever turned all units, it is off where that is nothing."""
        return replace(self, on=promised is not None) if self.last is None else self


def read(connection: sa.Connection) -> Automation:
    """The state now, before what is promised of a reading (``Automation.of``)."""
    newest = sa.select(sa.func.max(switches.c.id)).where(switches.c.name.like(f"{_PREFIX}%")).group_by(switches.c.name)
    rows = connection.execute(sa.select(switches).where(switches.c.id.in_(newest)).order_by(switches.c.id)).all()
    turned = {
        row.name.removeprefix(_PREFIX): Suspension(row.name.removeprefix(_PREFIX), PERSON, row.made_at, row.reason, row.made_by) for row in rows
    }
    shut = {row.name.removeprefix(_PREFIX) for row in rows if row.value == "off"}
    known = outcomes.states(connection)
    by_guard = [Suspension(unit, GUARD, since or now(), _figures(state)) for unit, (state, since) in known.items() if state.stopped]
    by_people = [turned[unit] for unit in shut if unit != EVERYONE]
    order = sorted([*by_guard, *by_people], key=lambda each: (each.since, each.unit), reverse=True)
    return Automation(EVERYONE not in shut, turned.get(EVERYONE), tuple(order), {unit: state for unit, (state, _) in known.items()})


def switch(connection: sa.Connection, who: Who, on: bool, reason: str, unit: str = EVERYONE, algorithm: str = audit.SHA256) -> None:
    """Turns automatic dispatch on or off, of all units or of one (UNIT or UNIT@town); on also lifts the guard's suspension, which
    then begins to count anew. ``reason`` is masked already. Raises ``reason_needed``."""
    if sum(char.isalnum() for char in reason) < _SHORTEST_REASON:
        raise refuse("reason_needed", "reason: say why, in a few words.")
    values = {"name": f"{_PREFIX}{unit}"[:200], "value": "on" if on else "off", "reason": reason, "made_at": now(), "made_by": who.name}
    connection.execute(switches.insert().values(values))
    if on:
        outcomes.begin_anew(connection, unit)
    audit.note(connection, who, "automation.switch", unit, detail={"on": on, "reason": reason}, algorithm=algorithm)


def apply(engine: Engine, found: Automation | None) -> None:
    """Hands each reading of an engine what is suspended in it, everything where nothing could be read yet; units that it does not know
    get nothing anyhow."""
    known = set(engine.labels("unit"))
    for reading in engine.readings:
        held = found.of(reading.promised).held if found is not None else {EVERYONE: UNREAD}
        wanted = {unit: why for unit, why in held.items() if unit == EVERYONE or unit.partition("@")[0] in known}
        if wanted != reading.suspended:
            reading.suspend(wanted, alone=True)


def _figures(state: State) -> str:
    return f"到第 {state.stopped} 件为止, 最近 {state.recent} 件退改 {state.recent_wrong} 件"
