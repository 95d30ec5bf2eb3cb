"""What the platform sends by itself, what becomes of it, and the engines that hear of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service import automation
from service.app import create_app
from service.audit import Who
from service.automation import UNPROVEN, UNREAD
from service.database import Database
from service.settings import Settings
from service.tables import switches
from tests.desks import Desk, Person, code
from triage import Engine, bundle
from triage.decide import EVERYONE
from triage.profile import Profile
from triage.records import Request, Suggestion

WAGES = {"text": "老板拖欠工资三个月, 打电话也不接"}
BOSS = Who("boss")


@pytest.fixture
def sure(toy: Path, kaiping: Profile) -> Engine:
    """An engine that sends out what another would only suggest."""
    model = bundle.read(toy)
    return Engine(bundle.Bundle({**model.manifest, "thresholds": {**model.manifest["thresholds"], "auto": 0.3}}, model.arrays), kaiping)


@pytest.fixture
def desk(sure: Engine, database_url: str) -> Iterator[Desk]:
    settings = Settings(database=database_url, reload_seconds=0)  # type: ignore[arg-type]
    with Desk(create_app(settings, load=lambda _: sure)) as ready:
        with ready.state.store.write() as connection:
            automation.switch(connection, BOSS, True, "试运行")
        ready.state.read_automation()
        yield ready


def keep(who: Person, body: dict[str, str] = WAGES) -> dict[str, Any]:
    found: dict[str, Any] = who.post("/requests", body).json()
    assert found["suggestion"]["shown"]["decision"] == "auto", found["suggestion"]["shown"]["why"]
    return found


def send(who: Person, found: dict[str, Any], **more: Any) -> Any:
    return who.post(f"/requests/{found['id']}/automatic", {"version": 1, "suggestion": found["suggestion"]["id"]}, **more)


def test_the_platform_tells_what_it_sent_by_itself(desk: Desk) -> None:
    platform = desk.machine()
    found = keep(platform)
    assert send(platform, found, key="k").json() == send(platform, found, key="k").json()
    whole = platform.get(f"/requests/{found['id']}").json()
    assert (whole["state"], whole["unit"], whole["history"][-1]["action"]) == ("dispatched", found["suggestion"]["shown"]["units"][0]["code"], "auto")
    assert code(send(desk.person("operator"), keep(platform))) == (403, "no_right")


def test_a_unit_that_sends_everything_back_is_suspended_everywhere(desk: Desk, toy: Path, kaiping: Profile, sure: Engine, database_url: str) -> None:
    platform = desk.machine()
    waiting = keep(platform)
    unit = waiting["suggestion"]["shown"]["units"][0]
    for _ in range(10):
        found = keep(platform)
        assert send(platform, found).status_code == 200
        assert platform.post(f"/requests/{found['id']}/refusals", {"version": 2, "reason": "属地不符"}).status_code == 200
    assert code(send(platform, waiting)) == (409, "not_automatic")  # suggested before the unit was suspended
    desk.state.read_automation()
    assert {unit["code"], EVERYONE} <= set(desk.state.engine.suspended)
    assert not sure.suspended  # the engine that was handed in stays as it was
    held = platform.post("/requests", WAGES).json()["suggestion"]["shown"]
    assert held["decision"] == "suggest" and "已暂停自动派单" in held["why"]
    desk.state.loaded.engine = None
    desk.state.loaded.start()  # a changed profile or model
    assert {unit["code"], EVERYONE} <= set(desk.state.engine.suspended)
    with Desk(create_app(Settings(database=database_url), load=lambda _: sure)) as other:  # type: ignore[arg-type]
        other.state.read_automation()
        assert {unit["code"], EVERYONE} <= set(other.state.engine.suspended)


def test_what_a_person_switches_off_stays_off(desk: Desk, sure: Engine) -> None:
    platform = desk.machine()
    found = keep(platform)
    with desk.state.store.write() as connection:
        automation.switch(connection, BOSS, False, "节假日停用")
    assert code(send(platform, found)) == (409, "not_automatic")
    desk.state.read_automation()
    shown = platform.post("/requests", WAGES).json()["suggestion"]["shown"]
    assert shown["decision"] == "suggest" and shown["why"].endswith("但全市的自动派单已由人关闭")


def test_what_only_a_person_may_send_is_not_taken(desk: Desk) -> None:
    platform = desk.machine()
    found = platform.post("/requests", {"text": "楼下好大阵煤气味"}).json()
    assert found["suggestion"]["shown"]["decision"] != "auto"
    answer = code(send(platform, found))
    assert answer in ((409, "not_automatic"), (422, "bad_value"))


def test_without_a_store_nothing_goes_out_by_itself(sure: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Desk(create_app(Settings(data=tmp_path / "file", reload_seconds=0), load=lambda _: sure)) as broken:
        assert broken.state.store_problem
        told = broken.call("POST", "/api/v1/suggestions", json=WAGES).json()
        assert told["decision"] == "suggest" and told["why"].endswith(UNREAD)


def test_a_promise_of_one_reading_sends_nothing_out_by_the_other(
    close_toy: Path, kaiping: Profile, tmp_path: Path, examples: list[dict[str, str]]
) -> None:
    engine = half_proven(close_toy, kaiping)
    texts = [each["text"] for each in examples]
    both = zip(texts, *(reading.suggest_many([Request(text) for text in texts]) for reading in engine.readings), strict=True)
    calm = {"text": next(text for text, *told in both if all(isinstance(each, Suggestion) and each.decision == "auto" for each in told))}
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: engine)) as desk:
        assert desk.state.limits == (0.03, 0.2)
        platform, boss = desk.machine(), desk.person("supervisor")
        kept = keep(platform, calm)
        assert "承诺" in kept["suggestion"]["shown"]["why"] and send(platform, kept).status_code == 200
        brought = platform.get(f"/requests/{bring(platform, calm, '1')}").json()
        shown = brought["suggestion"]["shown"]
        assert shown["decision"] == "suggest" and shown["why"].endswith(f"但全市{UNPROVEN}")
        told = boss.get("/automation").json()
        assert [(each["reading"], each["on"], each["proven"]) for each in told["readings"]] == [("fast", False, False), ("close", True, True)]
        assert boss.post("/automation", {"on": True, "reason": "试运行"}).json()["readings"][0]["on"] is True
        fast = platform.get(f"/requests/{bring(platform, calm, '2')}").json()
        assert fast["suggestion"]["shown"]["decision"] == "auto"
        switches_forgotten(desk)  # suggested while a person had turned it on
        assert code(send(platform, fast)) == (409, "not_automatic")
        assert send(platform, keep(platform, calm)).status_code == 200


def half_proven(model: Path, city: Profile) -> Engine:
    """Lines that send much out in both readings, proven for the close one alone."""
    found = bundle.read(model)
    auto = {"thresholds": {**found.manifest["thresholds"], "suggest": 0.05, "auto": 0.1}}
    promise = {"max_error": 0.2, "confidence": 0.95, "coverage": 0.5, "rows": 100, "auto": True, "scheme": "all", "profile": ""}
    close = {**found.manifest["close"], **auto, "promise": promise}
    return Engine(bundle.Bundle({**found.manifest, **auto, "close": close}, found.arrays), city).closely


def bring(platform: Person, body: dict[str, str], number: str) -> int:
    """A request that was imported: its number."""
    found: int = platform.post("/imports", {"requests": [{**body, "id": number}]}).json()["rows"][0]["request"]
    return found


def switches_forgotten(desk: Desk) -> None:
    with desk.state.store.write() as connection:
        connection.execute(switches.delete())
    desk.state.read_automation()


def test_old_dispatches_that_nobody_sent_back_are_accepted(desk: Desk, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = desk.machine()
    send(platform, keep(platform))
    desk.state.take_silence()
    store = Database(database_url)
    with store.read() as connection:
        assert not automation.read(connection).states
    monkeypatch.setattr(desk.state, "settings", desk.state.settings.model_copy(update={"silent_days": -1}))
    desk.state.take_silence()
    with store.read() as connection:
        assert automation.read(connection).states[EVERYONE].seen == 1
    store.close()
