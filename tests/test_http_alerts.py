import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
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
    assert analyst.get("/analysis/alerts", until=str(DAY)).json()["alerts"][0]["muted_until"]
    assert analyst.get("/analysis/requests", **dict(found["query"])).json()["requests"][0]["id"] == 1011
    assert code(desk.person("operator").get("/analysis/alerts")) == (403, "no_right")
    told = analyst.get("/analysis/alerts", until="2026-02-20", days=30).json()
    assert told["alerts"] == [] and told["unlooked"]["days"] == 16  # the first 8 weeks of the snapshot only teach
    late = analyst.get("/analysis/alerts", until="2026-09-20").json()
    assert late["alerts"] == [] and not late["known"] and "没有数据(不是零)" in late["gaps"][0]
    assert analyst.get("/analysis/alerts", until="0001-01-02").json()["alerts"] == []
