from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service import audit, automation, outcomes, retention, store
from service.audit import Who
from service.automation import GUARD, PERSON, SHUT, UNPROVEN, UNREAD, Automation, Suspension
from service.database import Database, now
from service.failures import ServiceError
from service.outcomes import Limits
from service.store import Choice, Draft
from service.tables import auto_outcomes, suggestions
from tests.stores import KEYS, OPERATOR, call, suggestion
from triage import Engine
from triage.decide import EVERYONE, RISEN
from triage.drift import PATIENCE, State, step
from triage.records import Refusal, Request

LIMITS = Limits(0.03, 0.03)
BOSS = Who("boss")
ENOUGH = 10
"""Wrong dispatches in a row after which a unit is suspended for certain."""


def dispatch(database: Database, unit: str = "ZJ", decision: str = "auto", sent: str = "", area: str = "") -> tuple[int, int]:
    """A request whose suggestion may go out by itself, decided upon; its number and version."""
    found = suggestion(unit=unit)
    found = replace(found, decision=decision, units=(replace(found.units[0], area=area), *found.units[1:]))
    with database.write() as connection:
        number = store.create(connection, KEYS, OPERATOR, Draft(Request("路灯坏了")), found, call()).request
        shown = connection.execute(sa.select(suggestions.c.id).where(suggestions.c.request_id == number)).scalar_one()
        choice = Choice(sent or unit, area, suggestion=shown)
        done = store.decide(connection, OPERATOR, number, 1, "override" if sent else "accept", choice, call())
        outcomes.decided(connection, number, done.version, choice, LIMITS)
    return number, done.version


def send_back(database: Database, number: int, version: int) -> None:
    with database.write() as connection:
        store.send_back(connection, OPERATOR, number, version, Refusal("ZJ"), "", call())
        outcomes.returned(connection, number, LIMITS)


def settle(database: Database, number: int, version: int, unit: str = "ZJ") -> None:
    with database.write() as connection:
        store.settle(connection, OPERATOR, number, version, Choice(unit), call())
        outcomes.settled(connection, number, Choice(unit), LIMITS)


def told(database: Database) -> list[tuple[str, int | None]]:
    with database.read() as connection:
        rows = connection.execute(sa.select(auto_outcomes.c.unit, auto_outcomes.c.accepted).order_by(auto_outcomes.c.id)).all()
    return [tuple(row) for row in rows]


def state(database: Database) -> automation.Automation:
    with database.read() as connection:
        return automation.read(connection)


def test_what_became_of_a_dispatch_is_known_once_and_counted_once(database: Database) -> None:
    sent = [dispatch(database), dispatch(database), dispatch(database), dispatch(database, sent="GA"), dispatch(database, decision="suggest")]
    assert told(database) == [("ZJ", None), ("ZJ", None), ("ZJ", None), ("ZJ", 0)]
    settle(database, *sent[0])
    send_back(database, *sent[1])
    settle(database, *sent[2], unit="GA")
    settle(database, *sent[3], unit="GA")
    assert told(database) == [("ZJ", 1), ("ZJ", 0), ("ZJ", 0), ("ZJ", 0)]
    known = state(database).states
    assert (known["ZJ"].seen, known["ZJ"].wrong) == (known[EVERYONE].seen, known[EVERYONE].wrong) == (4, 3)


def test_a_town_counts_by_itself(database: Database) -> None:
    dispatch(database, "ZJX", area="440783117", sent="GA")
    assert set(state(database).states) == {"ZJX@440783117", EVERYONE}


def test_silence_is_acceptance_after_a_time(database: Database) -> None:
    number, version = dispatch(database)
    with database.write() as connection:
        assert outcomes.silent(connection, now() - timedelta(days=1), LIMITS) == 0
        assert outcomes.silent(connection, now() + timedelta(days=1), LIMITS) == 1
        assert outcomes.silent(connection, now() + timedelta(days=1), LIMITS) == 0
    send_back(database, number, version)
    assert told(database) == [("ZJ", 1)]


def test_the_guard_suspends_a_unit_and_a_person_lifts_it(database: Database) -> None:
    for _ in range(ENOUGH):
        send_back(database, *dispatch(database))
    found = state(database)
    assert [(each.unit, each.why) for each in found.suspended if each.unit == "ZJ"] == [("ZJ", GUARD)]
    assert found.on and found.held["ZJ"] == RISEN and not found.may("ZJ", "")
    with database.write() as connection:
        for unit in ("ZJ", EVERYONE):
            automation.switch(connection, BOSS, True, "已查明原因并修正职责表", unit)
    assert state(database).suspended == () and state(database).may("ZJ", "")
    assert PATIENCE  # the arithmetic itself is that of tests/test_drift.py


def test_switches_of_people(database: Database) -> None:
    assert (state(database).on, state(database).last) == (True, None)
    with database.write() as connection:
        automation.switch(connection, BOSS, False, "重组期间停用", EVERYONE)
        automation.switch(connection, BOSS, False, "该镇系统维护", "ZJX@440783117")
    found = state(database)
    assert not found.on and found.last is not None and (found.last.by, found.last.reason) == ("boss", "重组期间停用")
    assert [(each.unit, each.why) for each in found.suspended] == [("ZJX@440783117", PERSON)]
    assert found.held == {EVERYONE: SHUT, "ZJX@440783117": SHUT} and not found.may("RS", "")
    with database.write() as connection:
        automation.switch(connection, BOSS, True, "重组结束", EVERYONE)
    found = state(database)
    assert found.on and found.may("RS", "") and not found.may("ZJX", "440783117") and found.may("ZJX", "440783118")
    with database.read() as connection:
        logged = audit.entries(connection, action="automation.switch")
    assert [(each.made_by, each.subject) for each in logged] == [("boss", "*"), ("boss", "ZJX@440783117"), ("boss", "*")]


def test_a_switch_needs_a_reason(database: Database) -> None:
    with pytest.raises(ServiceError) as caught, database.write() as connection:
        automation.switch(connection, BOSS, False, "。")
    assert caught.value.code == "reason_needed"


def test_only_units_that_an_engine_knows_are_handed_to_it(toy_engine: Engine) -> None:
    known = toy_engine.labels("unit")[0]
    turned, stopped = Suspension(EVERYONE, PERSON, now(), "重组"), tuple(Suspension(unit, GUARD, now(), "") for unit in (known, "XX"))
    automation.apply(toy_engine, Automation(False, turned, stopped))
    assert toy_engine.suspended == {known: RISEN, EVERYONE: SHUT}
    automation.apply(toy_engine, Automation(True, turned))
    assert not toy_engine.suspended
    automation.apply(toy_engine, Automation())
    assert toy_engine.suspended == {EVERYONE: UNPROVEN}
    automation.apply(toy_engine, None)
    assert toy_engine.suspended == {EVERYONE: UNREAD}
    toy_engine.suspend(set())


@pytest.mark.parametrize(("model", "limit"), [("m1", 0.03), ("m1+close", 0.3)])
def test_an_outcome_is_judged_by_the_reading_that_made_the_suggestion(database: Database, model: str, limit: float) -> None:
    number, _ = dispatch(database)
    with database.write() as connection:
        connection.execute(suggestions.update().values(model=model))
        outcomes.returned(connection, number, Limits(0.03, 0.3))
    assert state(database).states["ZJ"] == step(State(), False, limit)


def test_retention_removes_outcomes_too(database: Database) -> None:
    number, version = dispatch(database)
    settle(database, number, version)
    with database.write() as connection:
        assert retention.purge(connection, now() + timedelta(days=1)) == [number]
    assert told(database) == []
