import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from service.analysis.columns import SCHEMA
from service.analysis.snapshot import MANIFEST, Manifest
from service.app import create_app
from service.reports import make
from service.reports.paper import period_of
from service.settings import Settings
from service.tables import accounts
from tests.desks import Desk, code
from tests.snapshots import row
from triage import Engine

DAY = date(2026, 3, 2)


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    rows = [row(number, f"{DAY - timedelta(days=number)}T09:00", town="440783117") for number in range(80)]
    rows += [row(1000 + number, f"{DAY}T09:00", town="440783117", caller=f"c{number}") for number in range(12)]
    (tmp_path / "snapshot").mkdir()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), tmp_path / "snapshot" / "facts-x.parquet")
    manifest = Manifest("2026-03-02T12:00:00+00:00", len(rows), 1, {"x": "facts-x.parquet"})
    (tmp_path / "snapshot" / MANIFEST).write_text(json.dumps(asdict(manifest)), encoding="utf-8")
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


def test_a_burst_is_told_owned_and_muted(desk: Desk) -> None:
    analyst = desk.person("analyst")
    (found,) = analyst.get("/analysis/alerts", until=str(DAY), days=5).json()["alerts"]
    assert (found["town"], found["item"], found["n"], found["people"], found["owner"]) == ("水口镇", "路灯", 13, 12, "")
    assert analyst.post(f"/analysis/alerts/{found['mark']}", {"action": "own"}).json()["owner"] == "analyst-1"
    assert code(analyst.post(f"/analysis/alerts/{found['mark']}", {"action": "mute"})) == (422, "reason_needed")
    assert analyst.post(f"/analysis/alerts/{found['mark']}", {"action": "mute", "reason": "台风停电"}).json()["reason"] == "台风停电"
    with desk.state.store.write() as connection:
        connection.execute(sa.update(accounts).values(shown="陈分析").where(accounts.c.name == "analyst-1"))
    assert analyst.get("/analysis/alerts", until=str(DAY)).json()["alerts"][0]["owner_name"] == "陈分析"
    assert analyst.get("/analysis/alerts", until=str(DAY)).json()["alerts"][0]["muted_until"]
    assert analyst.get("/analysis/requests", **dict(found["query"])).json()["requests"][0]["id"] == 1011
    assert code(desk.person("operator").get("/analysis/alerts")) == (403, "no_right")
    told = analyst.get("/analysis/alerts", until="2026-02-20", days=30).json()
    assert told["alerts"] == [] and told["unlooked"]["days"] == 16  # the first 8 weeks of the snapshot only teach
    late = analyst.get("/analysis/alerts", until="2026-09-20").json()
    assert late["alerts"] == [] and not late["known"] and "没有数据(不是零)" in late["gaps"][0]
    assert analyst.get("/analysis/alerts", until="0001-01-02").json()["alerts"] == []


def test_nobody_owns_an_alert_that_is_not_there(desk: Desk) -> None:
    analyst = desk.person("analyst")
    assert code(analyst.post(f"/analysis/alerts/{'f' * 16}", {"action": "own"})) == (404, "unknown_alert")


def test_who_names_no_day_sees_the_days_up_to_the_last_one_that_is_held(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(desk.state.adviser), "now", lambda _: datetime(2026, 3, 6, 9, tzinfo=UTC))
    told = desk.person("analyst").get("/analysis/alerts").json()
    assert (told["until"], told["gaps"], len(told["alerts"])) == (str(DAY), [], 1)


def test_a_report_tells_no_burst_that_is_muted(desk: Desk) -> None:
    analyst = desk.person("analyst")
    source = make.Source(desk.state.store, desk.state.settings.snapshot_folder, desk.state.profile, UTC, 10)
    period = period_of("weekly", DAY)
    assert any("突增“水口镇" in words and "13件" in words for words in make.paper(source, period).sections[1].paragraphs)
    (found,) = analyst.get("/analysis/alerts", until=str(DAY)).json()["alerts"]
    assert analyst.post(f"/analysis/alerts/{found['mark']}", {"action": "mute", "reason": "台风停电"}).status_code == 200
    paper = make.paper(source, period)
    assert not any("突增" in words for words in paper.sections[1].paragraphs) and "已由人静音的1项不列" in "".join(paper.notes)
