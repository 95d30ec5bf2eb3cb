"""Further findings over HTTP: told, drilled down to, exported, refused."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from service.analysis.columns import SCHEMA
from service.analysis.snapshot import MANIFEST, Manifest
from service.app import create_app
from service.settings import Settings
from service.tables import audit_log
from tests.desks import Desk, code
from tests.test_findings import city
from triage import Engine

PERIOD = {"since": "2026-05-02", "until": "2026-05-31"}


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "snapshot"
    folder.mkdir()
    rows = city()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / "facts-x.parquet")
    (folder / MANIFEST).write_text(json.dumps(asdict(Manifest("2026-06-01T00:00:00+00:00", len(rows), 1, {"x": "facts-x.parquet"}))), "utf-8")
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0, snapshot_minutes=0), load=lambda _: toy_engine)) as ready:
        yield ready


def test_a_word_leads_to_its_requests_and_into_a_file(desk: Desk) -> None:
    analyst = desk.person("analyst")
    (sheet,) = analyst.get("/analysis/findings/words", **PERIOD).json()["sheets"]
    water = next(each for each in sheet["rows"] if "自来水" in each["cells"][0])
    told = analyst.get(f"/analysis/findings/words/{water['mark']}/requests", **PERIOD, limit=4).json()
    assert (len(told["requests"]), told["left_out"]) == (4, water["n"] - 4)
    answer = analyst.get("/analysis/findings/words/file", **PERIOD, form="csv", outside=False)
    assert "自来水" in answer.content.decode("utf-8-sig") and "平常预计" in answer.content.decode("utf-8-sig")
    assert "平常预计" not in analyst.get("/analysis/findings/words/file", **PERIOD).content.decode("utf-8-sig")
    assert analyst.get("/analysis/findings/words/file", **PERIOD, form="xlsx").content.startswith(b"PK")
    with desk.state.store.read() as connection:
        actions = connection.execute(sa.select(audit_log.c.action)).scalars().all()
    assert "analysis.finding" in actions and actions.count("analysis.export") == 3


def test_groups_seasons_and_candidates_are_told(desk: Desk) -> None:
    analyst = desk.person("analyst")
    groups = analyst.get("/analysis/findings/repeats", **PERIOD).json()["sheets"][1]
    assert [each["cells"][1] for each in groups["rows"]] == [12] and groups["rows"][0]["cells"][4] == "水口镇 12"
    assert "完整的只有 0 年" in analyst.get("/analysis/findings/seasons").json()["sheets"][0]["empty"]
    assert analyst.get("/analysis/findings/candidates", **PERIOD).json()["sheets"][0]["rows"] == []


def test_who_may_not_and_what_is_wrong_is_refused(desk: Desk) -> None:
    analyst, operator = desk.person("analyst"), desk.person("operator")
    assert code(operator.get("/analysis/findings/words")) == (403, "no_right")
    assert code(operator.get("/analysis/findings/words/file")) == (403, "no_right")
    assert code(analyst.get("/analysis/findings/words", since="2026-03-10", until="2026-03-02")) == (422, "bad_value")
    assert code(analyst.get("/analysis/findings/words", since="2020-03-10", until="2026-03-02")) == (422, "bad_value")
    assert code(analyst.get("/analysis/findings/words/0123456789abcdef/requests", **PERIOD)) == (404, "unknown_finding")
    assert analyst.get("/analysis/findings/other").status_code == 422
    for kind in ("words", "repeats", "seasons", "candidates"):
        assert analyst.get(f"/analysis/findings/{kind}", until="0001-01-02").json()["sheets"][0]["rows"] == []
