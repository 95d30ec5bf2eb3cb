"""Reports over HTTP and by the clock: who may, what is kept, what is noted."""

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from service import audit, synthetic
from service.app import create_app
from service.audit import Who
from service.reports import archive
from service.reports import service as reports
from service.reports.paper import Period
from service.reports.service import due, make_due
from service.settings import Settings
from service.state import State
from service.tables import accounts
from tests.desks import Desk, code
from triage import Engine
from triage.errors import UsageError

REQUEST = {"title": "路灯不亮", "text": "水口镇泮村的路灯坏了半个月, 晚上走路好黑, 麻烦派人修一下", "received_at": "2026-03-05T09:00:00+08:00"}


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


def filled(desk: Desk, requests: int = 6) -> None:
    clerk = desk.person("operator", "clerk")
    for _ in range(requests):
        assert clerk.post("/requests", REQUEST).status_code == 201


def test_an_analyst_makes_lists_and_fetches_a_report(desk: Desk) -> None:
    filled(desk)
    who = desk.person("analyst")
    assert who.get("/reports").json()["reports"] == []
    made = who.post("/reports", {"kind": "monthly", "day": "2026-03-09"})
    assert made.status_code == 200 and made.json()["name"] == "monthly-2026-03"
    with desk.state.store.write() as connection:
        connection.execute(sa.update(accounts).values(shown="陈分析").where(accounts.c.name == "analyst-1"))
    listed = who.get("/reports").json()
    assert [(each["name"], each["made_by_name"]) for each in listed["reports"]] == [("monthly-2026-03", "陈分析")]
    assert listed["scheduled"] == ["日报", "周报", "月报"]
    page = who.get("/reports/monthly-2026-03/html")
    assert "共登记诉求6件" in page.text and "sandbox" in page.headers["content-security-policy"]
    assert "合成" not in page.text
    paper = who.get("/reports/monthly-2026-03/docx")
    assert paper.content[:2] == b"PK" and "attachment" in paper.headers["content-disposition"]
    with desk.state.store.read() as connection:
        noted = [each.action for each in audit.entries(connection, 0, 100, "", "analyst-1")]
    assert noted.count("report.make") == 1 and noted.count("report.fetch") == 2


def test_a_report_made_again_replaces_itself(desk: Desk) -> None:
    filled(desk)
    who = desk.person("analyst")
    for _ in range(2):
        who.post("/reports", {"kind": "monthly", "day": "2026-03-09"})
    assert len(who.get("/reports").json()["reports"]) == 1


def test_reports_of_a_demo_city_are_marked(desk: Desk) -> None:
    filled(desk)
    with desk.state.store.write() as connection:
        synthetic.mark(connection, "test", {})
    who = desk.person("analyst")
    assert who.post("/reports", {"kind": "monthly", "day": "2026-03-09"}).json()["synthetic"] is True
    assert "合成演示数据" in who.get("/reports/monthly-2026-03/html").text


@pytest.mark.parametrize("role", ["operator", "system_admin", "security_admin", "auditor"])
def test_others_may_not(desk: Desk, role: str) -> None:
    who = desk.person(role)
    assert code(who.get("/reports")) == (403, "no_right")
    assert code(who.post("/reports", {"kind": "daily", "day": "2026-03-09"})) == (403, "no_right")
    assert code(who.get("/reports/daily-2026-03-09/html")) == (403, "no_right")


@pytest.mark.parametrize("name", ["..%2F..%2Fkeys", "daily-2026-03-09", "keys.txt"])
def test_a_name_leads_nowhere_else(desk: Desk, name: str) -> None:
    assert desk.person("analyst").get(f"/reports/{name}/html").status_code == 404


def test_wrong_days_and_kinds_are_refused(desk: Desk) -> None:
    who = desk.person("analyst")
    assert code(who.post("/reports", {"kind": "daily", "day": "2999-01-01"})) == (422, "bad_value")
    assert who.post("/reports", {"kind": "yearly", "day": "2026-01-01"}).status_code == 422


def test_a_report_of_a_time_without_requests_says_so(desk: Desk) -> None:
    who = desk.person("analyst")
    assert who.post("/reports", {"kind": "daily", "day": "2025-03-09"}).status_code == 200
    assert "没有数据不等于零件" in who.get("/reports/daily-2025-03-09/html").text


def test_what_is_due_is_made_once_and_not_of_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.reports.service.today", lambda state: date(2026, 4, 6))
    assert make_due(desk.state) == 0
    filled(desk)
    assert [period.key for period in due(desk.state)] == ["2026-04-05", "2026-W14", "2026-03"]
    assert make_due(desk.state) == 1
    assert make_due(desk.state) == 0
    found = desk.person("analyst").get("/reports").json()["reports"]
    assert {each["name"] for each in found} == {"monthly-2026-03"}
    assert {each["made_by"] for each in found} == {"schedule"}


def test_one_report_that_fails_holds_up_neither_the_others_nor_the_schedule(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def made(state: State, period: Period, who: Who) -> archive.Entry:
        if period.kind == "weekly":
            raise duckdb.IOException("no files found that match the pattern")
        return real(state, period, who)

    real = reports.make_now
    monkeypatch.setattr(reports, "today", lambda state: date(2026, 3, 9))
    monkeypatch.setattr(reports, "make_now", made)
    filled(desk)
    clerk = desk.person("operator", "clerk-2")
    assert clerk.post("/requests", REQUEST | {"received_at": "2026-03-08T09:00:00+08:00"}).status_code == 201
    assert make_due(desk.state) == 1
    assert "report weekly-2026-W10 could not be made" in caplog.text


def test_the_schedule_goes_on_whatever_fails(desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    async def some() -> bool:
        task = asyncio.create_task(reports.watch(desk.state))
        while len(rounds) < 3 and not task.done():
            await asyncio.sleep(0.01)
        ended = task.done()
        task.cancel()
        await asyncio.wait([task])
        return ended

    def fails(state: State) -> int:
        rounds.append(1)
        raise duckdb.IOException("no files found that match the pattern")

    rounds: list[int] = []
    monkeypatch.setattr(reports, "due", lambda state: iter(()))
    monkeypatch.setattr(reports, "make_due", fails)
    monkeypatch.setattr(reports, "FIRST", 0.0)
    monkeypatch.setattr(reports, "EVERY", 0.0)
    assert not asyncio.run(some())
    assert "IOException" in caplog.text


def test_a_schedule_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'hourly'"):
        create_app(Settings(data=tmp_path, reports="hourly"))
