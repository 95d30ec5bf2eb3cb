from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.analysis import keeping
from service.app import create_app
from service.settings import Settings
from service.tables import accounts, audit_log
from tests.desks import Desk, Person, code
from triage import Engine

DARK = {"version": 0, "code": "dark", "name": "夜路照明", "definition": "路灯不亮", "rule": {"patterns": "路灯+不亮"}}
TEXTS = ("水口镇泮村的路灯坏了不亮, 电话13800138000", "水口镇泮村的路灯费太贵了, 谁来管一下", "自来水很黄, 有异味, 麻烦处理")


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


def fill(desk: Desk, texts: tuple[str, ...] = TEXTS, **more: Any) -> list[int]:
    operator = desk.person("operator")
    numbers = [int(operator.post("/requests", {"text": text, **more}).json()["id"]) for text in texts]
    keeping.take(keeping.work(desk.state))
    return numbers


def tag(who: Person, name: str) -> dict[str, Any]:
    (found,) = [each for each in who.get("/analysis/tags").json()["tags"] if each["code"] == name]
    return dict(found)


def test_tags_of_the_table_with_source_state_and_who_may_see_them(desk: Desk) -> None:
    analyst, supervisor = desk.person("analyst"), desk.person("supervisor")
    crowd = tag(analyst, "crowd")
    assert (crowd["source"], crowd["how"], crowd["visible_to"], crowd["state"]) == ("table", "rule", ["analyst", "supervisor"], "published")
    assert "阿婆" in crowd["values"][0]["rule"]["patterns"].split(";")
    assert "risk" not in {each["code"] for each in analyst.get("/analysis/tags").json()["tags"]}
    assert tag(supervisor, "risk")["sensitivity"] == "restricted"
    assert code(desk.person("operator").get("/analysis/tags")) == (403, "no_right")


def test_a_version_and_a_mark_name_people_as_they_are_called(desk: Desk) -> None:
    analyst, (lamp, *_) = desk.person("analyst"), fill(desk)
    with desk.state.store.write() as connection:
        connection.execute(sa.update(accounts).values(shown="陈分析").where(accounts.c.name == "analyst-1"))
    (version,) = analyst.post("/analysis/tags", DARK).json()["versions"]
    assert (version["made_by"], version["made_by_name"]) == ("analyst-1", "陈分析")
    told = analyst.post(f"/requests/{lamp}/tags", {"tag": "topic", "value": "欠薪"}).json()
    assert [each["who_name"] for each in told["tags"] if each["tag"] == "topic"] == ["陈分析"]


def test_a_draft_is_tried_published_changed_and_ended(desk: Desk) -> None:
    analyst, (lamp, fee, _) = desk.person("analyst"), fill(desk)
    told = analyst.post("/analysis/tags/trial", {"rule": DARK["rule"]}).json()
    assert (told["period"], told["tried"], told["hits"], told["near"], told["before"]) == (3, 3, 1, 1, None)
    assert [each["id"] for each in told["samples"]["hits"]] == [lamp] and "13800138000" not in str(told)
    (near,) = told["samples"]["near"]
    assert (near["id"], near["lacks"]) == (fee, ["patterns"])
    first = analyst.post("/analysis/tags", DARK)
    assert first.status_code == 201 and (first.json()["state"], first.json()["version"]) == ("draft", 1)
    keeping.take(keeping.work(desk.state))
    assert code(analyst.get("/analysis/answer", by="tag.dark")) == (403, "no_right")  # a draft counts nowhere
    assert code(analyst.post("/analysis/tags/dark/publish", {"version": 1, "reason": " "})) == (422, "reason_needed")
    assert analyst.post("/analysis/tags/dark/publish", {"version": 1, "reason": "试算可用"}).json()["state"] == "published"
    keeping.take(keeping.work(desk.state))
    lines = analyst.get("/analysis/answer", by="tag.dark").json()["lines"]
    assert {tuple(each["labels"]): each["n"] for each in lines} == {("是",): 1, ("无",): 2}

    wider = {**DARK, "version": 2, "rule": {"patterns": "路灯"}}
    assert analyst.post("/analysis/tags", wider).json()["draft"]["rule"]["patterns"] == "路灯"
    assert tag(analyst, "dark")["rule"]["patterns"] == "路灯+不亮"  # what is published holds on
    keeping.take(keeping.work(desk.state))
    assert {each["n"] for each in analyst.get("/analysis/answer", by="tag.dark").json()["lines"]} == {1, 2}
    compared = analyst.post("/analysis/tags/trial", {"rule": wider["rule"], "code": "dark"}).json()
    assert (compared["hits"], compared["before"], compared["added"], compared["lost"]) == (2, 1, 1, 0)
    assert [each["id"] for each in compared["samples"]["added"]] == [fee]
    ended = analyst.post("/analysis/tags/dark/end", {"version": 3, "reason": "与事项重复"}).json()
    assert (ended["state"], ended["draft"]) == ("ended", None)
    assert [(each["version"], each["state"], each["reason"]) for each in ended["versions"]] == [
        (4, "ended", "与事项重复"), (3, "draft", ""), (2, "published", "试算可用"), (1, "draft", "")
    ]  # fmt: skip
    assert code(analyst.post("/analysis/tags/dark/end", {"version": 4, "reason": "再次"})) == (409, "wrong_state")


def test_two_analysts_do_not_overwrite_each_other(desk: Desk) -> None:
    one, other = desk.person("analyst"), desk.person("supervisor")
    assert one.post("/analysis/tags", DARK).status_code == 201
    assert code(other.post("/analysis/tags", DARK)) == (409, "conflict")
    assert code(other.post("/analysis/tags/dark/publish", {"version": 2, "reason": "可用"})) == (409, "conflict")
    assert code(other.post("/analysis/tags/none/publish", {"version": 2, "reason": "可用"})) == (404, "unknown_tag")
    assert code(other.post("/analysis/tags/none/end", {"version": 0, "reason": "可用"})) == (409, "wrong_state")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"code": "crowd"}, "name_taken"), ({"rule": {}}, "bad_value"), ({"rule": {"items": ["nowhere"]}}, "bad_value"),
        ({"rule": {"towns": ["1"]}}, "bad_value"), ({"rule": {"patterns": "路灯++"}}, "bad_value"), ({"code": "夜"}, "bad_body"),
        ({"rule": {"types": ["骂"]}}, "bad_body"),
    ],
)  # fmt: skip
def test_rules_that_can_never_hold_are_refused(desk: Desk, change: dict[str, Any], refusal: str) -> None:
    assert code(desk.person("analyst").post("/analysis/tags", {**DARK, **change})) == (422 if refusal != "name_taken" else 409, refusal)


def test_only_those_who_see_all_figures_write_tags(desk: Desk) -> None:
    for role in ("operator", "system_admin", "auditor"):
        who = desk.person(role)
        assert code(who.post("/analysis/tags", DARK)) == (403, "no_right")
        assert code(who.post("/analysis/tags/trial", {"rule": DARK["rule"]})) == (403, "no_right")


def test_confidential_requests_are_told_and_a_rule_without_an_item_finds_its_like(desk: Desk) -> None:
    analyst = desk.person("analyst")
    fill(desk, TEXTS[:1], confidential=True)
    told = analyst.post("/analysis/tags/trial", {"rule": DARK["rule"], "since": "2020-01-01"}).json()
    assert (told["secret"], told["hits"]) == (1, 0)
    assert code(analyst.post("/analysis/tags/trial", {"rule": DARK["rule"], "since": "2026-01-02", "until": "2026-01-01"})) == (422, "bad_value")
    empty = analyst.post("/analysis/tags/trial", {"rule": DARK["rule"], "until": "2020-01-01"}).json()
    assert (empty["period"], empty["share"]) == (0, None)


def test_every_act_is_in_the_audit_log_without_words_of_texts(desk: Desk) -> None:
    analyst = desk.person("analyst")
    analyst.post("/analysis/tags", DARK)
    analyst.post("/analysis/tags/trial", {"rule": DARK["rule"], "code": "dark"})
    analyst.post("/analysis/tags/dark/publish", {"version": 1, "reason": "试算可用, 问 13800138000"})
    with desk.state.store.read() as connection:
        rows = connection.execute(sa.select(audit_log.c.action, audit_log.c.detail).where(audit_log.c.action.like("tag.%"))).all()
    assert [row.action for row in rows] == ["tag.draft", "tag.try", "tag.publish"]
    assert "13800138000" not in str(rows) and "路灯" not in str(rows)


def test_a_rule_finds_no_persons(desk: Desk) -> None:
    rule = DARK["rule"] | {"patterns": "路灯;13912345678"}
    answer = desk.person("analyst").post("/analysis/tags", DARK | {"rule": rule})
    assert code(answer) == (422, "bad_value") and "13912345678" not in answer.text
