from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from service import audit
from service.analysis import keeping
from service.analysis.snapshot import connect
from service.app import create_app
from service.settings import Settings
from service.tables import audit_log, requests
from tests.desks import Desk, Person, code
from triage import Engine

LAMPS = "水口镇泮村的路灯坏了半个月, 晚上走路好黑, 我阿婆跌倒了, 麻烦派人修一下"


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    settings = Settings(data=tmp_path, reload_seconds=0, baseline="2025-01-01/2025-12-31")
    with Desk(create_app(settings, load=lambda _: toy_engine)) as ready:
        yield ready


def keep(who: Person, text: str = LAMPS, accept: bool = True) -> int:
    found = who.post("/requests", {"text": text, "contact": {"phone": "13800138000"}}).json()
    if accept:
        body = {"version": 1, "action": "accept", "suggestion": found["suggestion"]["id"]}
        assert who.post(f"/requests/{found['id']}/decisions", body).status_code == 200
    return int(found["id"])


def test_from_a_request_to_a_figure_to_the_request(desk: Desk) -> None:
    operator, analyst = desk.person("operator"), desk.person("analyst")
    numbers = [keep(operator), keep(operator, accept=False)]
    assert analyst.get("/analysis/answer", by="town").json()["total"]["n"] == 0  # no snapshot yet
    keeping.take(keeping.work(desk.state))
    told = analyst.get("/analysis/answer", by="town").json()
    assert [(each["labels"], each["n"]) for each in told["lines"]] == [(["水口镇"], 2)]
    assert told["spec"]["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    (line,) = told["lines"]
    rows = analyst.get("/analysis/requests", **dict(line["drill"])).json()["requests"]
    assert [each["id"] for each in rows] == numbers[::-1]
    assert "crowd=老年人" in rows[0]["tags"] and "13800138000" not in str(rows)


def test_what_is_not_known_is_no_zero(desk: Desk) -> None:
    keep(desk.person("operator"))
    keeping.take(keeping.work(desk.state))
    analyst = desk.person("analyst")
    told = analyst.get("/analysis/answer", since="2020-01-01", until="2020-01-31").json()
    assert not told["known"] and any("没有数据(不是零)" in each for each in told["notes"])
    speed = analyst.get("/analysis/speed", since="2020-01-01", until="2020-01-31").json()
    assert not speed["known"] and "没有数据(不是零)" in speed["gaps"][0]
    assert code(analyst.get("/analysis/answer", by="tag.renamed")) == (404, "unknown_tag")
    assert code(analyst.get("/analysis/requests", **{"tag.renamed": "x"})) == (404, "unknown_tag")


def test_only_analysts_and_supervisors_see_figures(desk: Desk) -> None:
    for role in ("operator", "system_admin", "auditor"):
        assert code(desk.person(role).get("/analysis/answer")) == (403, "no_right")
    assert code(desk.nobody.get("/analysis/speed")) == (401, "not_logged_in")


def test_restricted_tags_are_for_the_supervisor(desk: Desk) -> None:
    analyst, supervisor = desk.person("analyst"), desk.person("supervisor")
    assert code(analyst.get("/analysis/answer", by="tag.risk")) == (403, "no_right")
    assert code(analyst.get("/analysis/requests", **{"tag.risk": "劳资"})) == (403, "no_right")
    assert supervisor.get("/analysis/answer", by="tag.risk").status_code == 200
    seen = {each["code"] for each in analyst.get("/analysis/options").json()["tags"]}
    assert "crowd" in seen and not seen & {"risk", "threat", "sensitive_id", "state_secret"}


def test_a_file_for_outside_hides_small_cells_unless_told_otherwise_and_is_noted(desk: Desk) -> None:
    operator, analyst = desk.person("operator"), desk.person("analyst")
    keep(operator)
    keeping.take(keeping.work(desk.state))
    told = analyst.get("/analysis/file", by="town").content.decode("utf-8-sig").splitlines()
    assert told[3:5] == ["合计,—", ""] and "水口镇" not in "".join(told)  # a line alone tells that there is somebody
    assert "水口镇,1" in analyst.get("/analysis/file", by="town", outside="false").content.decode("utf-8-sig")
    assert analyst.get("/analysis/file", by="town", form="xlsx").content.startswith(b"PK")
    named = analyst.get("/analysis/file", by="town", form="xlsx").headers["content-disposition"]
    day = desk.state.adviser.now().date()
    assert named == f"attachment; filename=\"statistics.xlsx\"; filename*=UTF-8''{quote(f'统计-对外-各镇街件数-{day}至{day}.xlsx')}"
    assert analyst.get("/analysis/speed").json()["city_minutes"] == 10
    assert code(analyst.get("/analysis/file", form="pdf")) == (422, "unknown_code")
    assert code(operator.get("/analysis/file")) == (403, "no_right")
    with desk.state.store.read() as connection:
        entries = connection.execute(sa.select(audit_log.c.detail).where(audit_log.c.action == "analysis.export")).scalars().all()
    assert len(entries) == 4 and '"outside": false' in entries[1]


def test_no_small_count_follows_from_three_files_for_outside(desk: Desk) -> None:
    operator, analyst = desk.person("operator"), desk.person("analyst")
    for town, channel, n in (("水口镇", "电话", 12), ("水口镇", "微信", 3), ("塘口镇", "微信", 6)):
        for _ in range(n):
            assert operator.post("/requests", {"text": f"{town}的路灯坏了", "channel": channel}).status_code == 201
    keeping.take(keeping.work(desk.state))
    files = {by: analyst.get("/analysis/file", by=by).content.decode("utf-8-sig").splitlines() for by in ("town", "channel", "town,channel")}
    assert files["town"][3:6] == ["水口镇,15", "塘口镇,6", "合计,21"] and files["channel"][3:6] == ["电话,12", "微信,9", "合计,21"]
    assert files["town,channel"][2:4] == ["镇街,渠道,件数", "合计,,21"]  # 3 to 9 of 水口镇 by 微信, and nobody knows whether 塘口镇 has any by 电话
    assert "没有列出的组合" in str(files["town,channel"]) and "隐去" not in str(files["town,channel"])
    inside = analyst.get("/analysis/file", by="town,channel", outside="false").content.decode("utf-8-sig").splitlines()
    assert inside[3:7] == ["水口镇,电话,12", "塘口镇,微信,6", "水口镇,微信,3", "合计,,21"]


def test_what_is_no_question_is_refused(desk: Desk) -> None:
    analyst = desk.person("analyst")
    for told in ({"by": "nothing"}, {"rate": "best"}, {"since": "昨天"}, {"town'; --": "x"}):
        assert analyst.get("/analysis/answer", **told).status_code == 422


@pytest.mark.parametrize("told", ["abc", "0", "9", "-1", "²", "~"])
def test_a_weekday_that_there_is_not_is_refused(desk: Desk, told: str) -> None:
    analyst = desk.person("analyst")
    assert code(analyst.get("/analysis/answer", weekday=told)) == (422, "bad_value")
    assert code(analyst.get("/analysis/file", weekday=told)) == (422, "bad_value")
    assert analyst.get("/analysis/answer", weekday="7").status_code == 200


def test_so_many_words_are_refused(desk: Desk) -> None:
    analyst = desk.person("analyst")
    assert code(analyst.get("/analysis/file", words=" ".join(f"w{n}" for n in range(51)))) == (422, "bad_value")
    assert analyst.get("/analysis/answer", words=" ".join(f"w{n}" for n in range(50))).status_code == 200


@pytest.mark.parametrize("told", ["0001-01-02", "0001-03-02T09:00", "1899-12-31", "2200-01-01"])
def test_a_year_far_away_is_refused_and_one_that_is_there_breaks_nothing(desk: Desk, told: str) -> None:
    clerk, analyst = desk.person("operator"), desk.person("analyst")
    refused = clerk.post("/requests", {"text": LAMPS, "received_at": told})
    assert refused.status_code == 422 and "1900" in refused.text
    keep(clerk)
    with desk.state.store.write() as connection:
        connection.execute(sa.update(requests).values(received_at=told))
    keeping.take(keeping.work(desk.state))
    for by in ("month", "quarter", "year"):
        assert analyst.get("/analysis/answer", by=by).json()["total"]["n"] == 1
    assert analyst.get("/analysis/findings/seasons").status_code == 200


@pytest.mark.parametrize(
    "path", ["/analysis/requests", "/analysis/topics/0123456789abcdef/requests", "/analysis/findings/repeats/0123456789abcdef/requests"]
)
def test_the_requests_behind_figures_are_for_those_who_see_the_figures(desk: Desk, path: str) -> None:
    for who in (desk.person("operator"), desk.machine()):
        assert code(who.get(path)) == (403, "no_right")


def test_words_that_were_looked_for_stay_out_of_the_audit_log(desk: Desk) -> None:
    analyst = desk.person("analyst")
    analyst.get("/analysis/requests", words="某人的名字")
    with desk.state.store.read() as connection:
        details = connection.execute(sa.select(audit_log.c.detail).where(audit_log.c.action == "analysis.requests")).scalars().all()
    assert details and "某人的名字" not in "".join(details)


def test_views_are_saved_by_name_for_oneself(desk: Desk) -> None:
    analyst, other = desk.person("analyst"), desk.person("supervisor")
    analyst.post("/analysis/views", {"name": "本月", "query": "by=town"})
    assert analyst.post("/analysis/views", {"name": "本月", "query": "by=item"}).json()["views"] == [{"name": "本月", "query": "by=item"}]
    assert other.get("/analysis/options").json()["views"] == []
    assert analyst.post("/analysis/views", {"name": "本月"}).json()["views"] == []


def test_speed_says_what_it_is_measured_against(desk: Desk) -> None:
    keep(desk.person("operator"))
    keeping.take(keeping.work(desk.state))
    told = desk.person("analyst").get("/analysis/speed").json()
    assert (told["ways"][0]["sent"], told["required"], told["target_minutes"]) == (1, 0.2, 0)
    assert told["first"] == {"gain": None, "met_gain": None, "met_target": None}
    assert told["baseline"]["period"] == ["2025-01-01", "2025-12-31"]


def test_the_program_that_draws_comes_from_the_service_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import vl_convert

    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda snippet: f"// {snippet}")
    answer = desk.call("GET", "/charts/vega.js")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert "vegaEmbed" in answer.text


def test_a_day_of_receipt_is_no_midnight(desk: Desk) -> None:
    operator = desk.person("operator")
    for day in ("2026-01-05", "2026年1月5日", "2026-01-05 00:00"):
        assert operator.post("/requests", {"text": "水口镇的路灯坏了", "received_at": day}).status_code == 201
    keeping.take(keeping.work(desk.state))
    with connect(desk.state.settings.snapshot_folder) as found:
        rows = found.execute("SELECT exact, hour FROM facts ORDER BY id").fetchall()
    assert rows == [(False, None), (False, None), (True, 0)]


def test_what_was_asked_by_a_number_is_kept_without_it(desk: Desk) -> None:
    analyst = desk.person("analyst")
    analyst.get("/analysis/requests", town="13912345678")
    analyst.get("/requests", owner="13912345678", unit="13912345678")
    assert code(analyst.post("/analysis/views", {"name": "某人", "query": "words=13912345678"})) == (422, "bad_value")
    with desk.state.store.read() as connection:
        told = [each.detail for each in audit.entries(connection, limit=9, before=0) if each.action in ("analysis.requests", "request.search")]
    assert len(told) == 2 and all("〔手机〕" in each and "139" not in each for each in told)
