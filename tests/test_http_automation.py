from collections.abc import Iterator
from pathlib import Path

import pytest

from service import outcomes
from service.app import create_app
from service.automation import UNPROVEN
from service.settings import Settings
from service.tables import guards
from tests.desks import Desk, Person, code
from triage import Engine
from triage.decide import EVERYONE
from triage.drift import PATIENCE


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready
    toy_engine.suspend(set())


@pytest.fixture
def boss(desk: Desk) -> Person:
    return desk.person("supervisor")


def suspend(desk: Desk, unit: str) -> None:
    with desk.state.store.write() as connection:
        for _ in range(PATIENCE):
            outcomes._step(connection, unit, False, 0.05)
            if outcomes.states(connection)[unit][0].stopped:
                break


def test_everything_is_turned_off_and_on_with_a_reason(desk: Desk, boss: Person) -> None:
    told = boss.get("/automation").json()
    assert (told["on"], told["last"], told["suspended"], told["promise"]) == (False, None, [], None)  # nothing was proven, nobody turned it on
    assert desk.state.engine.suspended == {EVERYONE: UNPROVEN}
    assert "不是承诺" in told["sentence"] or "不会自动派出" in told["sentence"]
    off = boss.post("/automation", {"on": False, "reason": "台风期间"}).json()
    assert (off["on"], off["last"]["by"], off["last"]["reason"]) == (False, "supervisor-1", "台风期间")
    assert desk.state.engine.suspended and EVERYONE in desk.state.engine.suspended
    assert boss.post("/automation", {"on": True, "reason": "台风过去"}).json()["on"] is True
    assert not desk.state.engine.suspended
    log = desk.person("auditor").get("/audit", action="automation.switch").json()["entries"]
    assert [each["subject"] for each in log] == [EVERYONE, EVERYONE]


def test_what_the_guard_suspended_is_told_and_lifted(desk: Desk, boss: Person) -> None:
    suspend(desk, "RS")
    (told,) = boss.get("/automation").json()["suspended"]
    assert (told["unit"], told["name"], told["why"], told["by"]) == ("RS", "开平市人力资源和社会保障局", "guard", "")
    assert told["since"] and "退改" in told["reason"]
    assert boss.post("/automation", {"on": True, "unit": "RS", "reason": "已查明原因"}).json()["suspended"] == []
    with desk.state.store.read() as connection:
        assert connection.execute(guards.select().where(guards.c.unit == "RS")).one_or_none() is None


def test_one_unit_is_suspended_by_hand(boss: Person) -> None:
    (told,) = boss.post("/automation", {"on": False, "unit": "ZJX@440783117", "reason": "该镇换系统"}).json()["suspended"]
    assert (told["name"], told["why"], told["by"], told["reason"]) == ("水口镇", "person", "supervisor-1", "该镇换系统")


def test_what_a_switch_must_say(desk: Desk, boss: Person) -> None:
    assert code(boss.post("/automation", {"on": False, "reason": "。"})) == (422, "reason_needed")
    assert code(boss.post("/automation", {"on": False, "unit": "XX", "reason": "试试"})) == (422, "unknown_code")
    assert code(boss.post("/automation", {"on": False, "unit": "ZJX@1", "reason": "试试"})) == (422, "unknown_code")
    assert code(boss.post("/automation", {"on": "maybe", "reason": "试试"})) == (422, "bad_body")
    assert code(desk.person("operator").get("/automation")) == (403, "no_right")
    assert code(desk.person("analyst").post("/automation", {"on": False, "reason": "试试"})) == (403, "no_right")
    assert boss.get("/automation").json()["last"] is None
