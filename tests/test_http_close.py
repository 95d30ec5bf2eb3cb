"""Which reading the service uses for what."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.app import create_app
from service.database import Database
from service.settings import Settings
from service.together import MOST_CLOSELY, Together
from tests.desks import Desk, code
from triage import Engine, Request
from triage.records import Suggestion

WAGES = {"text": "老板拖欠工资三个月, 打电话也不接"}


@pytest.fixture
def desk(close_toy: Path, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(model=str(close_toy), data=tmp_path, reload_seconds=0))) as ready:
        yield ready


def closely(suggestion: dict[str, Any]) -> bool:
    return str(suggestion["versions"]["model"]).endswith("+close")


def test_what_is_typed_is_read_fast_and_closely_once_it_rests(desk: Desk) -> None:
    operator = desk.person("operator")
    assert not closely(operator.post("/suggestions", WAGES).json())
    assert closely(operator.post("/suggestions?close=true", WAGES).json())
    many = operator.post("/suggestions?close=true", {"requests": [WAGES] * 2}).json()["suggestions"]
    assert [closely(each) for each in many] == [True, True]


def test_what_is_kept_is_read_closely_and_imports_fast(desk: Desk) -> None:
    kept = desk.person("operator").post("/requests", WAGES).json()
    assert closely(kept["suggestion"]["shown"])
    brought = desk.machine().post("/imports", {"requests": [{**WAGES, "id": "1"}]}).json()
    found = desk.person("supervisor").get(f"/requests/{brought['rows'][0]['request']}").json()
    assert not closely(found["suggestion"]["shown"])


def test_a_crowd_is_read_fast(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Together, "full", property(lambda _: True))
    assert not closely(desk.person("operator").post("/suggestions?close=true", WAGES).json())


def test_a_small_machine_never_reads_closely(close_toy: Path, tmp_path: Path) -> None:
    with Desk(create_app(Settings(model=str(close_toy), data=tmp_path, reload_seconds=0, fast_only=True))) as ready:
        assert not closely(ready.person("operator").post("/suggestions?close=true", WAGES).json())
        assert not closely(ready.person("operator", "two").post("/requests", WAGES).json()["suggestion"]["shown"])


def test_a_model_without_close_reading_answers_fast(toy: Path, tmp_path: Path) -> None:
    with Desk(create_app(Settings(model=str(toy), data=tmp_path, reload_seconds=0))) as ready:
        assert not closely(ready.person("operator").post("/suggestions?close=true", WAGES).json())


def test_the_engine_in_use_is_the_one_that_reads_closely(desk: Desk) -> None:
    assert isinstance(desk.state.adviser, Engine)
    assert desk.state.adviser.encoder is not None and desk.state.adviser.fast.encoder is None


def test_each_reading_has_a_queue_of_its_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[bool, bool]] = []
    suggest = Together.suggest

    async def noted(self: Together, engine: Any, request: Any) -> bytes:
        asked.append((self is desk.state.closely, engine.encoder is not None))
        return await suggest(self, engine, request)

    monkeypatch.setattr(Together, "suggest", noted)
    operator = desk.person("operator")
    for url in ("/suggestions", "/suggestions?close=true"):
        assert operator.post(url, WAGES).status_code == 200
    assert asked == [(False, False), (True, True)]
    asked.clear()
    assert operator.post("/suggestions?close=true", {"requests": [WAGES] * MOST_CLOSELY}).status_code == 200
    assert asked == [(True, True)] * MOST_CLOSELY


def test_a_long_list_is_not_read_closely(desk: Desk) -> None:
    operator = desk.person("operator")
    many = {"requests": [WAGES] * (MOST_CLOSELY + 1)}
    answer = operator.post("/suggestions?close=true", many)
    assert code(answer) == (413, "too_many_closely") and f"at most {MOST_CLOSELY}" in answer.json()["error"]["message"]
    assert operator.post("/suggestions", many).status_code == 200


def test_one_of_a_list_fails_alone(desk: Desk) -> None:
    told = desk.person("operator").post("/suggestions?close=true", {"requests": [WAGES, {"text": " "}]}).json()["suggestions"]
    assert closely(told[0]) and told[1]["error"]["code"] == "text_empty"


def test_what_was_on_screen_is_what_is_kept(desk: Desk) -> None:
    operator = desk.person("operator")
    seen = operator.post("/suggestions", WAGES).json()
    kept = operator.post("/requests", {**WAGES, "reading": "fast"}, key="k").json()
    assert not closely(kept["suggestion"]["shown"])
    assert [each["code"] for each in kept["suggestion"]["shown"]["units"]] == [each["code"] for each in seen["units"]]
    assert closely(operator.post("/requests", {**WAGES, "reading": "close"}).json()["suggestion"]["shown"])
    again = operator.post("/requests", {**WAGES, "reading": "close"}, key="k")
    assert (again.status_code, again.json()["id"]) == (200, kept["id"])
    assert code(operator.post("/requests", {**WAGES, "reading": "slow"})) == (422, "bad_body")


def test_files_are_read_fast(desk: Desk) -> None:
    boss = desk.person("supervisor")
    made = boss.post("/imports/files?name=a.csv", None, content="text\n老板拖欠工资三个月不发\n".encode())
    assert made.status_code == 200, made.text
    assert made.json()["created"] == 1, made.text
    assert not closely(boss.get("/requests/1").json()["suggestion"]["shown"])


def test_nothing_is_read_closely_while_the_store_is_locked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = desk.machine()
    kept = platform.post("/requests", WAGES).json()
    unit = kept["suggestion"]["shown"]["units"][0]
    chosen = {"version": 1, "action": "accept", "suggestion": kept["suggestion"]["id"], "unit": unit["code"], "area": unit["area"]}
    assert desk.person("operator").post(f"/requests/{kept['id']}/decisions", chosen).status_code == 200
    locked: list[bool] = []
    write, suggest = Database.write, Engine.suggest

    @contextmanager
    def writing(self: Database) -> Iterator[sa.Connection]:
        with write(self) as connection:
            locked.append(True)
            yield connection
        locked.clear()

    def noted(self: Engine, request: Request) -> Suggestion:
        assert not (locked and self.encoder is not None)
        return suggest(self, request)

    monkeypatch.setattr(Database, "write", writing)
    monkeypatch.setattr(Engine, "suggest", noted)
    assert platform.post(f"/requests/{kept['id']}/refusals", {"version": 2, "reason": "属地不符"}).status_code == 200
    shown = platform.get(f"/requests/{kept['id']}").json()["suggestion"]["shown"]
    assert closely(shown) and (unit["code"], unit["area"]) not in [(each["code"], each["area"]) for each in shown["units"]]


def test_an_encoder_that_cannot_be_used_is_told(
    close_toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("triage.encoder.ENCODER", str(tmp_path / "none"))
    with (
        caplog.at_level(logging.WARNING, "triage.service"),
        Desk(create_app(Settings(model=str(close_toy), data=tmp_path, reload_seconds=0))) as ready,
    ):
        told = ready.nobody.get("/readyz")
        assert told.status_code == 200 and told.json()["status"] == "ready" and "which is not in" in told.json()["close_problem"]
        assert not closely(ready.person("operator").post("/suggestions?close=true", WAGES).json())
    assert [each.levelname for each in caplog.records if "everything is read fast" in each.message] == ["WARNING"]


def test_no_close_reading_is_no_problem_where_none_was_made(toy: Path, tmp_path: Path) -> None:
    with Desk(create_app(Settings(model=str(toy), data=tmp_path, reload_seconds=0))) as ready:
        assert "close_problem" not in ready.nobody.get("/readyz").json()
