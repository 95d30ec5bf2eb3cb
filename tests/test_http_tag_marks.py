from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import tag_store
from service.analysis import keeping
from service.app import create_app
from service.audit import Who
from service.settings import Settings
from service.tables import audit_log
from tests.desks import Desk, Person, code
from triage import Engine

OWED = "工地拖欠工资三个月, 我阿婆看病没钱, 麻烦水口镇处理"


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


@pytest.fixture
def number(desk: Desk) -> int:
    return int(desk.person("operator").post("/requests", {"text": OWED, "contact": {"phone": "13800138000"}}).json()["id"])


def held(who: Person, number: int) -> dict[tuple[str, str], str]:
    return {(each["tag"], each["value"]): each["source"] for each in who.get(f"/requests/{number}/tags").json()["tags"]}


def test_each_value_says_what_set_it_when_and_how_surely(desk: Desk, number: int) -> None:
    found = {each["tag"]: each for each in desk.person("analyst").get(f"/requests/{number}/tags").json()["tags"]}
    assert (found["crowd"]["value"], found["crowd"]["source"], found["crowd"]["p"]) == ("老年人", "rule", 1.0)
    assert found["crowd"]["who"].startswith("tags.csv:")
    assert found["item"]["source"] == "model" and 0 < found["item"]["p"] <= 1 and found["item"]["shown"] != found["item"]["value"]
    assert "risk" not in found


def test_restricted_tags_are_seen_and_set_by_the_supervisor_alone(desk: Desk, number: int) -> None:
    analyst, supervisor = desk.person("analyst"), desk.person("supervisor")
    assert ("risk", "劳资") in held(supervisor, number)
    assert code(analyst.post(f"/requests/{number}/tags", {"tag": "risk", "value": "劳资", "held": False})) == (404, "unknown_tag")
    supervisor.post(f"/requests/{number}/tags", {"tag": "risk", "value": "劳资", "held": False})
    assert ("risk", "劳资") not in held(supervisor, number)
    told = analyst.get(f"/requests/{number}/tags").json()
    assert told["marks"] == [] and "risk" not in {each["code"] for each in told["choices"]}
    assert [each["held"] for each in supervisor.get(f"/requests/{number}/tags").json()["marks"]] == [False]


def test_marks_of_a_tag_that_is_gone_are_counted(desk: Desk, number: int) -> None:
    with desk.state.store.write() as connection:
        tag_store.mark(connection, Who("before"), number, "renamed", "旧值", True)
    told = desk.person("analyst").get(f"/requests/{number}/tags").json()
    assert told["gone"] == 1 and "旧值" not in str(told)


def test_a_person_gives_and_takes_and_the_last_word_counts(desk: Desk, number: int) -> None:
    analyst = desk.person("analyst")
    told = analyst.post(f"/requests/{number}/tags", {"tag": "topic", "value": "欠薪讨薪, 电话13900139000"}).json()
    (given,) = [each for each in told["tags"] if each["tag"] == "topic"]
    assert (given["source"], given["who"], given["p"]) == ("manual", "analyst-1", 1.0) and given["at"]
    assert "13900139000" not in str(told)
    analyst.post(f"/requests/{number}/tags", {"tag": "crowd", "value": "老年人", "held": False})
    assert ("crowd", "老年人") not in held(analyst, number)
    keeping.take(keeping.work(desk.state))
    row = analyst.get("/analysis/requests").json()["requests"][0]
    assert any(each.startswith("topic=") for each in row["tags"]) and "crowd=老年人" not in row["tags"]
    assert ("duplicate", "首次") in held(analyst, number)  # told by the snapshot
    analyst.post(f"/requests/{number}/tags", {"tag": "crowd", "value": "老年人"})
    assert held(analyst, number)[("crowd", "老年人")] == "manual"
    assert len(analyst.get(f"/requests/{number}/tags").json()["marks"]) == 3
    with desk.state.store.read() as connection:
        entries = connection.execute(sa.select(audit_log.c.subject, audit_log.c.detail).where(audit_log.c.action == "request.tag")).all()
    assert len(entries) == 3 and entries[0].subject == f"request:{number}"


@pytest.mark.parametrize(
    ("tag", "value", "refusal"),
    [
        ("nothing", "x", (404, "unknown_tag")), ("crowd", "火星人", (422, "bad_value")), ("item", "070301", (422, "bad_value")),
        ("topic", "a=b", (422, "bad_value")), ("topic", " ", (422, "bad_value")),
    ],
)  # fmt: skip
def test_what_no_person_may_set_is_refused(desk: Desk, number: int, tag: str, value: str, refusal: tuple[int, str]) -> None:
    assert code(desk.person("analyst").post(f"/requests/{number}/tags", {"tag": tag, "value": value})) == refusal


def test_only_those_who_may_see_tags(desk: Desk, number: int) -> None:
    operator = desk.person("operator", "second")
    assert code(operator.get(f"/requests/{number}/tags")) == (403, "no_right")
    assert code(operator.post(f"/requests/{number}/tags", {"tag": "topic", "value": "x"})) == (403, "no_right")
    assert code(desk.person("analyst").get("/requests/99/tags")) == (404, "unknown_request")
    assert code(desk.person("supervisor").post("/requests/99/tags", {"tag": "topic", "value": "x"})) == (404, "unknown_request")
