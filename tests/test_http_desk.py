from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.app import create_app
from service.settings import Settings
from tests.desks import Desk, Person, code
from triage import Engine

LAMPS = "水口镇泮村的路灯坏了半个月, 晚上走路好黑, 麻烦派人修一下"
WAGES = "工地老板拖欠我们三个月工资一直不发, 打电话也不接"


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


@pytest.fixture
def operator(desk: Desk) -> Person:
    return desk.person("operator")


def keep(who: Person, text: str = LAMPS, **more: Any) -> int:
    return int(who.post("/requests", {"text": text, **more}).json()["id"])


def send(who: Person, number: int, version: int = 1) -> None:
    found = who.get(f"/requests/{number}").json()
    body = {"version": version, "action": "accept", "suggestion": found["suggestion"]["id"]}
    assert who.post(f"/requests/{number}/decisions", body).status_code == 200


def ids(answer: Any) -> list[int]:
    return [each["id"] for each in answer.json()["requests"]]


def test_pages_of_search_and_queue_meet(operator: Person) -> None:
    made = [keep(operator) for _ in range(5)]
    for url, expected in (("/requests", made[::-1]), ("/queue", made)):
        seen: list[int] = []
        cursor: Any = None
        for _ in range(4):
            page = operator.get(url, limit=2, **({"cursor": cursor} if cursor is not None else {}))
            seen += ids(page)
            cursor = page.json()["cursor"]
            if cursor is None:
                break
        assert seen == expected
    assert operator.get("/queue").json()["counts"]["open"] == 5


@pytest.mark.parametrize(
    ("url", "params", "expected"),
    [
        ("/queue", {"cursor": "x"}, "bad_cursor"),
        ("/queue", {"cursor": "3.1"}, "bad_cursor"),
        ("/queue", {"cursor": "0." + "9" * 17}, "bad_cursor"),
        ("/queue", {"name": "all"}, "unknown_code"),
        ("/queue", {"limit": 0}, "bad_body"),
        ("/requests", {"since": "gestern"}, "bad_value"),
        ("/requests", {"since": "0001-01-01T00:00"}, "bad_value"),
        ("/requests", {"cursor": -1}, "bad_body"),
        ("/figures/day", {"day": "2026-13-01"}, "bad_value"),
    ],
)
def test_questions_that_make_no_sense_are_422(operator: Person, url: str, params: dict[str, Any], expected: str) -> None:
    assert code(operator.get(url, **params)) == (422, expected)


def test_a_search_finds_by_words_number_and_time(operator: Person) -> None:
    first, second = keep(operator, id="GD-7"), keep(operator, WAGES)
    assert ids(operator.get("/requests", words="路灯")) == [first]
    assert ids(operator.get("/requests", words="工资 老板")) == [second]
    assert ids(operator.get("/requests", ref="GD-7")) == [first]
    assert ids(operator.get("/requests", since="2026-01-01", until="2020-01-01")) == []
    assert ids(operator.get("/requests", since="2026-01-01T00:00:00+08:00")) == [second, first]


def test_the_feed_goes_on_where_it_was_left(desk: Desk, operator: Person) -> None:
    machine = desk.machine()
    number = keep(operator, id="GD-8")
    first = machine.get("/events").json()
    assert [(each["request"], each["ref"], each["action"]) for each in first["events"]] == [(number, "GD-8", "create")]
    assert machine.get("/events", after=first["cursor"]).json() == {"events": [], "cursor": first["cursor"]}
    send(operator, number)
    second = machine.get("/events", after=first["cursor"]).json()
    assert [each["action"] for each in second["events"]] == ["accept"] and second["events"][0]["detail"]["unit"]
    assert code(operator.get("/events")) == (403, "no_right")


def test_a_day_is_ones_own_unless_one_may_see_all(desk: Desk, operator: Person) -> None:
    send(operator, keep(operator))
    own = operator.get("/figures/day").json()
    assert (own["account"], own["accepted"], own["dispatched"], own["within_target"]) == ("operator-1", 1, 1, 1)
    assert operator.get("/figures/day", day="2020-01-01").json()["dispatched"] == 0
    assert code(operator.get("/figures/day", account="other")) == (403, "no_right")
    assert desk.person("supervisor").get("/figures/day", account="operator-1").json()["accepted"] == 1


def test_the_team_is_for_those_who_may_see_all_figures(desk: Desk, operator: Person) -> None:
    send(operator, keep(operator))
    told = desk.person("supervisor").get("/figures/team").json()
    assert [(each["name"], each["dispatched"]) for each in told["people"]] == [("operator-1", 1), ("supervisor-1", 0)]
    assert told["people"][0]["seen_at"] and told["counts"]["open"] == 0
    assert code(operator.get("/figures/team")) == (403, "no_right")


def test_duplicates_and_similar_cases_are_shown_with_their_unit(operator: Person) -> None:
    first, second = keep(operator), keep(operator, WAGES)
    send(operator, first)
    again = keep(operator, LAMPS + "谢谢")
    found = operator.get(f"/requests/{again}/similar").json()
    assert [each["id"] for each in found["duplicates"]] == [first]
    assert found["cases"][0]["id"] == first and found["cases"][0]["unit"]
    assert second not in [each["id"] for each in found["cases"]]
    typed = operator.post("/similar", {"text": "老板拖欠三个月工资不发, 工地电话不接"}).json()
    assert typed["cases"] == [] or typed["cases"][0]["id"] != second  # nobody decided that one yet
    assert operator.post("/similar", {}).json()["duplicates"] == []
