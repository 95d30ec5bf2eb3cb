from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.app import create_app
from service.settings import Settings
from service.tables import audit_log
from tests.desks import Desk
from triage import Engine
from triage.succession import Period


@pytest.fixture(scope="module")
def desk(toy_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("info")
    with Desk(create_app(Settings(data=folder, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


def test_the_profile_can_be_searched_by_initials(desk: Desk) -> None:
    told = desk.person("operator").get("/profile").json()
    assert told["code"] == "kaiping"
    assert next(unit["initials"] for unit in told["units"] if unit["code"] == "RS") == "rsj"
    assert next(town["initials"] for town in told["towns"] if town["name"] == "水口镇") == "skz"
    assert any(item["path"][-1] == "路灯" and item["initials"] == "ld" for item in told["items"])
    assert "两次退单" not in [each["reason"] for each in told["refusal_reasons"]]


def test_units_that_ended_keep_their_names(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    who, city = desk.person("supervisor", "named"), desk.state.profile
    assert city is not None
    ended = city.units["RS"]._replace(period=Period(date(2000, 1, 1), date(2020, 1, 1)))
    monkeypatch.setattr(desk.state.loaded.engine, "profile", replace(city, units={**city.units, "RS": ended}))
    told = who.get("/profile").json()
    assert told["former"]["RS"] == f"{ended.name} (已撤并)" and "RS" not in [each["code"] for each in told["units"]]
    assert set(told["former"]).isdisjoint(each["code"] for each in told["units"])


def test_the_model_says_what_it_is(desk: Desk, toy_engine: Engine) -> None:
    told = desk.person("supervisor").get("/model").json()
    assert told["versions"]["model"] == toy_engine.versions.model
    assert told["tasks"]["unit"] > 1 and "auto" in told["thresholds"]


def test_the_auditor_reads_and_verifies_and_that_is_noted_too(desk: Desk) -> None:
    auditor = desk.person("auditor")
    told = auditor.get("/audit", action="login").json()
    assert told["entries"] and {each["action"] for each in told["entries"]} == {"login"}
    assert auditor.get("/audit", after=told["cursor"], made_by="nobody").json() == {"entries": [], "cursor": told["cursor"]}
    newest = auditor.get("/audit", before=0, limit=1).json()["entries"][0]
    assert newest["action"] == "audit.view"
    assert auditor.get("/audit", before=newest["seq"], limit=1).json()["entries"][0]["seq"] == newest["seq"] - 1
    assert auditor.post("/audit/verify").json()["problem"] == ""
    with desk.state.store.write() as connection:
        connection.execute(audit_log.update().where(audit_log.c.seq == 1).values(made_by="x"))
    assert "entry 1 " in auditor.post("/audit/verify").json()["problem"]
    with desk.state.store.read() as connection:
        noted = connection.execute(sa.select(audit_log.c.action).where(audit_log.c.made_by == "auditor-1")).scalars().all()
    assert noted == ["login", *["audit.view"] * 4, "audit.verify", "audit.verify"]


def test_metrics_count_calls_by_pattern(desk: Desk) -> None:
    operator = desk.person("operator", "counted")
    operator.get("/requests/12345")
    operator.get("/nowhere/12345")
    figures = operator.get("/metrics").text
    assert 'triage_calls_total{method="GET",route="/api/v1/requests/{number}",status="404"} 1.0' in figures
    assert 'route="(unknown)",status="404"' in figures
    assert 'triage_waiting{queue="open"}' in figures and "triage_ready 1.0" in figures and "triage_store 1.0" in figures
    assert "12345" not in figures and "counted" not in figures
