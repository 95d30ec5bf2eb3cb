from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.app import create_app
from service.settings import Settings
from service.tables import audit_log
from tests.desks import Desk, Person, code
from triage import Engine

CALLER = {"name": "王小明", "phone": "138 0013 8000", "address": "泮村12号"}
TOLD = {"text": "水口镇泮村的路灯坏了半个月, 我叫王小明, 电话13800138000", "title": "路灯", "contact": CALLER}


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


@pytest.fixture
def operator(desk: Desk) -> Person:
    return desk.person("operator")


def keep(who: Person, **more: Any) -> int:
    return int(who.post("/requests", {**TOLD, **more}).json()["id"])


def last_entries(desk: Desk, action: str) -> list[Any]:
    with desk.state.store.read() as connection:
        return list(connection.execute(sa.select(audit_log).where(audit_log.c.action == action)))


def test_unmasking_needs_a_reason_and_is_logged(desk: Desk, operator: Person) -> None:
    number = keep(operator)
    url = f"/requests/{number}/unmask"
    assert code(operator.post(url, {"what": ["text"], "reason": " "})) == (422, "reason_needed")
    assert code(operator.post(url, {"what": [], "reason": "回访"})) == (422, "bad_body")
    told = operator.post(url, {"what": ["text", "contact"], "reason": "回访13800138000"}).json()
    assert told["text"] == TOLD["text"] and told["title"] == "路灯"
    assert told["contact"] == {**CALLER, "note": ""}
    (entry,) = last_entries(desk, "request.unmask")
    assert (entry.made_by, entry.subject) == ("operator-1", f"request:{number}")
    assert "回访" in entry.detail and "138" not in entry.detail
    assert "contact" not in operator.post(url, {"what": ["text"], "reason": "核实地点"}).json()


def test_the_right_to_unmask_is_not_everybodys(desk: Desk, operator: Person) -> None:
    number = keep(operator)
    for role in ("analyst", "auditor", "system_admin", "security_admin"):
        assert code(desk.person(role).post(f"/requests/{number}/unmask", {"what": ["text"], "reason": "想看看"})) == (403, "no_right")
    assert code(desk.machine().post(f"/requests/{number}/unmask", {"what": ["text"], "reason": "想看看"})) == (403, "no_right")
    assert len(last_entries(desk, "access")) == 5


def test_a_reporter_is_seen_by_the_supervisor_alone(desk: Desk, operator: Person) -> None:
    number = keep(operator, confidential=True)
    body = {"what": ["contact"], "reason": "核实举报"}
    assert code(operator.post(f"/requests/{number}/unmask", body)) == (403, "no_right")
    boss = desk.person("supervisor")
    assert boss.post(f"/requests/{number}/unmask", body).json()["contact"]["name"] == "王小明"
    search = {"phone": "13800138000", "reason": "来电查询"}
    assert operator.post("/phone-searches", search).json()["requests"] == []
    assert [each["id"] for each in boss.post("/phone-searches", search).json()["requests"]] == [number]


def test_a_caller_is_found_by_number_with_a_reason(desk: Desk, operator: Person) -> None:
    number = keep(operator)
    keep(operator, contact={"phone": "13900139000"})
    assert code(operator.post("/phone-searches", {"phone": "13800138000", "reason": ""})) == (422, "reason_needed")
    found = operator.post("/phone-searches", {"phone": "+86-138-0013-8000", "reason": "来电查询进度"})
    assert [each["id"] for each in found.json()["requests"]] == [number]
    assert "13800138000" not in found.text
    (entry,) = last_entries(desk, "request.phone")
    assert "138" not in entry.detail and str(number) in entry.detail


def test_a_copy_for_the_unit_never_has_the_caller(desk: Desk, operator: Person) -> None:
    for confidential in (False, True):
        number = keep(operator, confidential=confidential)
        assert code(operator.get(f"/requests/{number}/dispatch")) == (409, "wrong_state")
        body = {"version": 1, "action": "override", "unit": "ZJX", "area": "440783117", "item": "070301", "reason": "属地办理"}
        assert operator.post(f"/requests/{number}/decisions", body).status_code == 200
        copy = operator.get(f"/requests/{number}/dispatch")
        told = copy.json()
        assert (told["unit"], told["unit_name"], told["item_path"][-1]) == ("ZJX", "水口镇", "路灯")
        assert not any(secret in copy.text for secret in ("王小明", "8000", "12号"))
        assert "泮村" in told["text"]


def test_a_report_is_confidential_without_being_told(desk: Desk, operator: Person, toy_engine: Engine) -> None:
    from dataclasses import replace

    from service import advise
    from service.forms import KeptIn

    body = KeptIn(text="举报某公司偷排污水到河里")
    draft, found = advise.draft(desk.state, body)
    assert advise.drafted(body, draft.request, replace(found, type="举报"))[0].confidential
    assert not advise.drafted(body, draft.request, replace(found, type="求助"))[0].confidential
