"""Hot topics over HTTP: told, drilled down to, refused."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.analysis.columns import SCHEMA
from service.analysis.snapshot import MANIFEST, Manifest
from service.app import create_app
from service.settings import Settings
from tests.desks import Desk, code
from tests.snapshots import row
from tests.test_topics import OTHERS, WATER
from triage import Engine

DAY = date(2026, 3, 2)
PERIOD = {"since": "2026-02-20", "until": "2026-03-10"}


def invent(folder: Path) -> None:
    """Twenty-four requests of many matters and six of one."""
    rows = [
        row(number, f"{DAY}T09:00", text=f"{OTHERS[number % 12]}第{number}号{number * 7919 % 1000}室", caller=f"u{number}") for number in range(1, 25)
    ]
    rows += [
        row(100 + number, f"{DAY + timedelta(days=number)}T09:00", text=WATER[number % 3], caller=f"c{number}", town="440783117", item="140102")
        for number in range(6)
    ]
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / "facts-x.parquet")
    manifest = Manifest("2026-03-12T12:00:00+00:00", len(rows), 1, {"x": "facts-x.parquet"})
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest)), encoding="utf-8")


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    invent(tmp_path / "snapshot")
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


def test_a_topic_is_told_and_its_requests_are_listed(desk: Desk) -> None:
    analyst = desk.person("analyst")
    told = analyst.get("/analysis/topics", **PERIOD).json()
    (found,) = [each for each in told["topics"] if each["item"] == "水质"]
    assert (found["n"], found["people"], found["unknown"], found["towns"]) == (6, 6, 0, [{"name": "水口镇", "n": 6}])
    assert (found["first"], found["last"], told["read"]) == ("2026-03-02", "2026-03-07", 30)
    assert any("自来水" in each for each in found["phrases"]) and "自来水" in found["typical"]
    behind = analyst.get(f"/analysis/topics/{found['mark']}/requests", **PERIOD, limit=4).json()
    assert (len(behind["requests"]), behind["left_out"]) == (4, 2)
    assert {each["id"] for each in behind["requests"]} < set(range(100, 106))


def test_a_topic_is_owned_and_muted_and_stays_so_in_another_period(desk: Desk) -> None:
    analyst = desk.person("analyst")
    (found,) = [each for each in analyst.get("/analysis/topics", **PERIOD).json()["topics"] if each["item"] == "水质"]
    address = f"/analysis/topics/{found['mark']}?since={PERIOD['since']}&until={PERIOD['until']}"
    assert found["owner"] == "" and analyst.post(address, {"action": "own"}).json()["owner"] == "analyst-1"
    assert code(analyst.post(address, {"action": "mute"})) == (422, "reason_needed")
    assert analyst.post(address, {"action": "mute", "reason": "供水公司13800138000在修"}).json()["muted_until"]
    (again,) = [each for each in analyst.get("/analysis/topics", since="2026-03-02", until="2026-03-06").json()["topics"] if each["item"] == "水质"]
    assert (again["n"], again["owner"]) == (5, "analyst-1") and again["reason"].startswith("供水公司〔")
    assert code(analyst.post("/analysis/topics/0123456789abcdef", {"action": "own"})) == (404, "unknown_topic")
    assert code(desk.person("operator").post(address, {"action": "own"})) == (403, "no_right")


def test_who_names_no_day_sees_the_days_up_to_the_last_one_that_is_held(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(desk.state.adviser), "now", lambda _: datetime(2026, 3, 12, 9, tzinfo=UTC))
    told = desk.person("analyst").get("/analysis/topics").json()
    assert (told["since"], told["until"]) == ("2026-02-06", "2026-03-07") and told["topics"]


def test_who_may_not_and_what_is_wrong_is_refused(desk: Desk) -> None:
    analyst = desk.person("analyst")
    assert code(desk.person("operator").get("/analysis/topics")) == (403, "no_right")
    assert code(analyst.get("/analysis/topics", since="2026-03-10", until="2026-03-02")) == (422, "bad_value")
    assert code(analyst.get("/analysis/topics", since="2020-03-10", until="2026-03-02")) == (422, "bad_value")
    assert code(analyst.get("/analysis/topics/0123456789abcdef/requests", **PERIOD)) == (404, "unknown_topic")
    assert analyst.get("/analysis/topics", until="0001-01-02").json()["topics"] == []
