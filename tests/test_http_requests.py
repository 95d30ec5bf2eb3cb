from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.app import create_app
from service.database import now
from service.settings import Settings
from service.tables import audit_log, events, requests
from tests.desks import Desk, Person, code
from triage import Engine

LIGHT = {"title": "路灯不亮", "text": "水口镇泮村的路灯坏了半个月, 我叫王小明, 电话13800138000", "id": "GD-1", "contact": {"phone": "13800138000"}}


@pytest.fixture
def desk(toy_engine: Engine, database_url: str) -> Iterator[Desk]:
    with Desk(create_app(Settings(database=database_url, reload_seconds=0), load=lambda _: toy_engine)) as ready:  # type: ignore[arg-type]
        yield ready


@pytest.fixture
def operator(desk: Desk) -> Person:
    return desk.person("operator")


def count(desk: Desk, table: sa.Table) -> int:
    with desk.state.store.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def keep(who: Person, **more: Any) -> dict[str, Any]:
    answer = who.post("/requests", {**LIGHT, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def decide(who: Person, found: dict[str, Any], **more: Any) -> Any:
    body = {"version": found["version"], "action": "accept", "suggestion": found["suggestion"]["id"], **more}
    return who.post(f"/requests/{found['id']}/decisions", body)


def test_a_request_is_kept_masked_and_goes_its_whole_way(desk: Desk, operator: Person) -> None:
    found = keep(operator)
    assert (found["state"], found["version"], found["ref"], found["has_contact"]) == ("new", 1, "GD-1", True)
    assert "13800138000" not in str(found) and "王小明" not in str(found)
    first = found["suggestion"]["shown"]["units"][0]
    sent = decide(operator, found).json()
    assert sent == {"request": found["id"], "version": 2, "state": "dispatched", "state_name": "已派单"}
    platform = desk.machine()
    back = platform.post(f"/requests/{found['id']}/refusals", {"version": 2, "reason": "属地不符", "note": "找王先生 13800138000"})
    assert back.json()["state"] == "returned"
    again = operator.get(f"/requests/{found['id']}")  # suggested again by itself: nobody is shown the unit that said no
    second = again.json()["suggestion"]["shown"]["units"][0]
    assert (second["code"], second["area"]) != (first["code"], first["area"])
    assert decide(operator, again.json()).json()["version"] == 4
    assert platform.post(f"/requests/{found['id']}/final", {"version": 4}).json()["state"] == "final"
    whole = operator.get(f"/requests/{found['id']}").json()
    assert [each["action"] for each in whole["history"]] == ["create", "accept", "refuse", "accept", "final"]
    assert whole["history"][2]["detail"]["unit"] == first["code"]
    assert "13800138000" not in str(whole) and "王" not in str(whole)
    assert whole["unit"] == second["code"] and len(operator.get(f"/requests/{found['id']}/suggestions").json()["suggestions"]) == 2


def test_a_call_that_comes_again_with_its_key_does_nothing_again(desk: Desk, operator: Person) -> None:
    first, second = operator.post("/requests", LIGHT, key="k1"), operator.post("/requests", LIGHT, key="k1")
    assert (first.status_code, second.status_code, second.headers["idempotent-replay"]) == (201, 200, "true")
    assert first.json()["id"] == second.json()["id"]
    assert code(operator.post("/requests", {**LIGHT, "text": "别的事情"}, key="k1")) == (409, "key_reused")
    assert desk.person("operator", "other").post("/requests", LIGHT, key="k1").status_code == 201  # a key is its caller's own
    assert count(desk, requests) == 2
    url, body = f"/requests/{first.json()['id']}/decisions", {"version": 1, "action": "close", "reason": "重复来电"}
    done = [operator.post(url, body, key="k2") for _ in range(2)]
    assert done[0].json() == done[1].json()
    assert "idempotent-replay" not in done[0].headers and done[1].headers["idempotent-replay"] == "true"
    assert code(operator.post(url, body)) == (409, "conflict")


def test_two_operators_on_one_request_get_one_decision_and_one_conflict(desk: Desk, operator: Person) -> None:
    found = keep(operator)
    other = desk.person("operator", "other")
    assert decide(other, found).status_code == 200
    late = decide(operator, found)
    assert code(late) == (409, "conflict")
    assert late.json()["error"]["fields"] == {"version": 2, "state": "dispatched", "owner": "other", "owner_name": "other"}


def test_what_a_decision_must_say(operator: Person) -> None:
    found = keep(operator)
    units = found["suggestion"]["shown"]["units"]
    second = {"unit": units[1]["code"], "area": units[1]["area"]}
    for more, expected in (
        ({"suggestion": None}, (422, "bad_value")),
        ({"suggestion": 999}, (404, "unknown_suggestion")),
        (second, (422, "bad_value")),
        ({"action": "choose", "unit": "ZFB"}, (422, "bad_value")),
        ({"action": "override", "unit": "ZFB"}, (422, "reason_needed")),
        ({"action": "override", "unit": "ZFB", "reason": "。"}, (422, "reason_needed")),
        ({"action": "override", "unit": "XX", "reason": "应由其办理"}, (422, "unknown_code")),
        ({"action": "override", "unit": "ZFB", "area": "XX", "reason": "应由其办理"}, (422, "unknown_code")),
        ({"action": "override", "unit": "ZFB", "item": "XX", "reason": "应由其办理"}, (422, "unknown_code")),
        ({"action": "close"}, (422, "reason_needed")),
        ({"action": "delete"}, (422, "bad_body")),
        ({"version": 0}, (422, "bad_body")),
    ):
        assert code(decide(operator, found, **more)) == expected, more
    assert operator.get(f"/requests/{found['id']}").json()["version"] == 1
    assert decide(operator, found, action="choose", **second).status_code == 200


def test_nothing_is_sent_to_the_town_unit_without_a_town(operator: Person) -> None:
    found = keep(operator, text="小区地下车库电动车飞线充电, 还有人把电池拎进电梯, 怕起火", title="")
    nowhere = {"action": "override", "unit": "ZJX", "reason": "应由其办理"}
    assert code(decide(operator, found, **nowhere)) == (422, "town_needed")
    assert operator.get(f"/requests/{found['id']}").json()["version"] == 1
    town = found_town(operator)
    assert decide(operator, found, **nowhere, area=town).status_code == 200
    url = f"/requests/{found['id']}/final"
    other = keep(operator)
    decide(operator, other, action="override", unit="ZFB", reason="应由其办理")
    assert code(operator.post(f"/requests/{other['id']}/final", {"version": 2, "unit": "ZJX"})) == (422, "town_needed")
    assert operator.post(url, {"version": 2}).json()["state"] == "final"


def found_town(who: Person) -> str:
    return str(who.get("/profile").json()["towns"][0]["code"])


def test_a_reason_is_kept_without_personal_data(operator: Person) -> None:
    found = keep(operator)
    assert decide(operator, found, action="override", unit="ZFB", reason="王先生13800138000要求").status_code == 200
    detail = operator.get(f"/requests/{found['id']}").json()["history"][1]["detail"]
    assert detail["unit"] == "ZFB" and "138" not in detail["reason"] and "要求" in detail["reason"]


def test_a_dispute_is_for_the_supervisor(desk: Desk, operator: Person) -> None:
    found = keep(operator)
    for version in (1, 3):
        body = {"version": version, "action": "override", "unit": "ZFB" if version == 1 else "GA", "reason": "应由其办理"}
        assert operator.post(f"/requests/{found['id']}/decisions", body).status_code == 200
        assert operator.post(f"/requests/{found['id']}/refusals", {"version": version + 1, "reason": "职能交叉"}).status_code == 200
    body = {"version": 5, "action": "override", "unit": "SF", "reason": "裁定由司法局办"}
    assert code(operator.post(f"/requests/{found['id']}/decisions", body)) == (403, "no_right")
    boss = desk.person("supervisor")
    assert [each["id"] for each in boss.get("/queue", name="disputed").json()["requests"]] == [found["id"]]
    assert boss.post(f"/requests/{found['id']}/decisions", body).json()["state"] == "dispatched"


def test_refusals_need_a_reason_of_the_table_and_a_unit_that_has_it(operator: Person) -> None:
    found = keep(operator)
    url = f"/requests/{found['id']}/refusals"
    assert code(operator.post(url, {"version": 1, "reason": "属地不符"})) == (422, "unknown_code")
    assert code(operator.post(url, {"version": 1, "unit": "GA", "reason": "属地不符"})) == (409, "wrong_state")
    decide(operator, found)
    for reason in ("不想办", "两次退单", ""):
        assert code(operator.post(url, {"version": 2, "reason": reason})) == (422, "unknown_code")


def test_texts_that_cannot_be_read_are_not_kept(desk: Desk, operator: Person) -> None:
    for text, expected in (("", "text_empty"), ("路灯\x00坏了", "nul_byte"), ("路灯\ufffd\ufffd坏了", "mojibake")):
        assert operator.post("/requests", {"text": text}).json()["error"]["code"] == expected
    body = b'{"text": "ludeng huai le", "id": "\\ud800", "channel": "\\u0000"}'
    assert operator._call("POST", "/requests", content=body, headers={"content-type": "application/json"}).status_code in (201, 422)
    assert count(desk, requests) <= 1


def test_an_import_keeps_what_is_good_and_names_what_is_not(desk: Desk) -> None:
    machine = desk.machine()
    rows = [{"id": "A", "text": "路灯坏了没人修"}, {"id": "B", "text": " "}, {"id": "C", "text": "老板拖欠工资不发"}]
    told = machine.post("/imports", {"requests": rows}).json()
    assert [each["result"] for each in told["rows"]] == ["created", "failed", "created"]
    assert told["rows"][1]["error"]["code"] == "text_empty"
    again = machine.post("/imports", {"requests": [*rows[:1], {**rows[2], "text": "别的事情发生了"}, {"text": "没有编号的诉求"}]}).json()
    assert [each["result"] for each in again["rows"]] == ["replayed", "failed", "created"]
    assert again["rows"][1]["error"]["code"] == "key_reused"
    assert (again["created"], again["replayed"], again["failed"], count(desk, requests)) == (1, 1, 1, 3)
    assert code(machine.post("/imports", {"requests": []})) == (422, "bad_body")


def test_claims_show_in_the_queue_and_who_was_late_is_told(desk: Desk, operator: Person) -> None:
    found, other = keep(operator), desk.person("operator", "other")
    assert operator.post(f"/requests/{found['id']}/claim", {"version": 1}).json()["version"] == 2
    assert [each["id"] for each in operator.get("/queue", name="mine").json()["requests"]] == [found["id"]]
    assert other.get("/queue", name="mine").json()["requests"] == []
    assert code(other.post(f"/requests/{found['id']}/claim", {"version": 1})) == (409, "conflict")
    assert operator.post(f"/requests/{found['id']}/release", {"version": 2}).json()["version"] == 3


def test_how_long_a_claim_counts_is_a_setting(toy_engine: Engine, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, reload_seconds=0, claim_minutes=5, urgent_claim_minutes=5)
    with Desk(create_app(settings, load=lambda _: toy_engine)) as desk:
        operator = desk.person("operator")
        found = keep(operator)
        operator.post(f"/requests/{found['id']}/claim", {"version": 1})
        for minutes, lapsed in ((4, False), (6, True)):
            with desk.state.store.write() as connection:
                connection.execute(events.update().values(made_at=now() - timedelta(minutes=minutes)))
            (waiting,) = operator.get("/queue").json()["requests"]
            assert (waiting["lapsed"], operator.get(f"/requests/{found['id']}").json()["lapsed"]) == (lapsed, lapsed)
            assert operator.get("/requests").json()["requests"][0]["lapsed"] is lapsed


def test_everything_that_was_done_is_in_the_audit_log(desk: Desk, operator: Person) -> None:
    found = keep(operator)
    operator.get(f"/requests/{found['id']}")
    operator.get("/requests", words="路灯")
    decide(operator, found)
    with desk.state.store.read() as connection:
        rows = connection.execute(sa.select(audit_log).order_by(audit_log.c.seq)).all()
    seen = [(row.made_by, row.action, row.subject) for row in rows]
    mine = f"request:{found['id']}"
    assert seen[1:] == [("operator-1", f"request.{action}", mine if action != "search" else "") for action in ("create", "view", "search", "decide")]
    assert "路灯" not in str(rows) and all(row.source == "127.0.0.1" for row in rows)


@pytest.mark.parametrize("url", ["/requests/99", "/requests/99/suggestions", "/requests/99/similar", "/requests/99/dispatch"])
def test_a_request_that_is_not_there_is_404(operator: Person, url: str) -> None:
    assert code(operator.get(url)) == (404, "unknown_request")


@pytest.mark.parametrize("url", ["/requests/0", "/requests/x", "/requests/99999999999999999999"])
def test_a_number_that_is_none_is_422(operator: Person, url: str) -> None:
    assert code(operator.get(url)) == (422, "bad_body")
