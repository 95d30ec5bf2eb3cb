"""The pages of statistics in a real Chromium: from a filter to the requests behind a figure to a file."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.analysis.columns import SCHEMA
from service.analysis.snapshot import MANIFEST, Manifest
from tests.browsers import ARGUMENTS, Served, chromium, served
from tests.desks import PASSWORD
from tests.snapshots import row
from tests.test_topics import OTHERS, WATER
from triage import Engine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

TOWNS = ("440783117", "440783108", "")


def invent(folder: Path) -> None:
    """A small snapshot: forty requests of three months, two items, two towns and no town."""
    rows = [
        row(number, f"{date(2026, 1, 5) + timedelta(days=number * 2)}T09:00", town=TOWNS[number % 3], item=("070301", "080104")[number % 2],
            type=("求助", "投诉")[number % 2], title=f"诉求{number}", text="路灯坏了", sent=[("ZJ", 5 + number % 7)],
            final="ZJ" if number % 4 else "")
        for number in range(40)
    ]  # fmt: skip
    rows += [
        row(100 + number, f"2026-05-0{1 + number}T09:00", town=TOWNS[0], item="140102", caller=f"c{number}", text=WATER[number % 3], sent=[("GS", 5)])
        for number in range(6)
    ]
    rows += [row(200 + number, "2026-05-03T09:00", caller=f"u{number}", text=OTHERS[number]) for number in range(12)]
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / "facts-x.parquet")
    manifest = Manifest("2026-04-01T00:00:00+00:00", len(rows), 1, {"x": "facts-x.parquet"})
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest)), encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def service(browser: "Browser", toy_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("figures")
    invent(data / "snapshot")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_SNAPSHOT_MINUTES", "0")
        with served(toy_engine, data) as running:
            running.person("analyst", "fenxi")
            yield running


@pytest.fixture
def page(browser: "Browser", service: Served) -> Iterator["Page"]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="America/New_York", accept_downloads=True)
    found = context.new_page()
    found.set_default_timeout(60_000)
    wrong: list[str] = []
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    found.goto(f"{service.url}/explore?by=town&since=2026-01-01&until=2026-03-31")
    found.wait_for_selector("#account:focus")
    for words in ("fenxi", PASSWORD):
        found.keyboard.type(words)
        found.keyboard.press("Enter" if words == PASSWORD else "Tab")
    found.wait_for_selector("#rows tr")
    yield found
    context.close()
    assert wrong == []


def no_barriers(page: "Page") -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page)
    assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []


def test_filter_then_drill_then_export(page: "Page") -> None:
    page.wait_for_selector("#chart svg")
    assert page.locator("#rows tr").count() == 3 and "不明" in page.inner_text("#rows")
    assert "快照 2026/04/01 08:00:00" in page.inner_text("#state")  # the city's clock, not the browser's
    page.click("#add")
    page.select_option("#dimension", "type")
    page.check("#values label:has-text('投诉') input")
    page.keyboard.press("Enter")
    page.wait_for_selector(".chip")
    assert "type=" in page.url and "投诉" in page.inner_text("#chips")
    page.wait_for_selector("#foot td.num:text-is('20')")
    no_barriers(page)
    page.click("#rows tr:has-text('水口镇') button:has-text('看工单')")
    page.wait_for_selector("#requests tr")
    assert page.inner_text("#behind-title").startswith("工单: 水口镇") and page.evaluate("document.activeElement.id") == "behind-title"
    assert page.locator("#requests button >> nth=0").evaluate("each => getComputedStyle(each).whiteSpace") == "nowrap"
    no_barriers(page)
    assert page.locator("#requests tr").count() == int(page.inner_text("#rows tr:has-text('水口镇') td.num"))
    page.uncheck("#outside")
    with page.expect_download() as waiting:
        page.click("#csv")
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert "水口镇" in text and "诉求类型 投诉" in text
    page.reload()  # the question stands in the address
    page.wait_for_selector(".chip")
    assert "投诉" in page.inner_text("#chips")


def test_what_is_not_known_is_no_zero_and_a_renamed_tag_is_said(page: "Page", service: Served) -> None:
    page.goto(f"{service.url}/explore?since=2020-01-01&until=2020-01-31&by=town")
    page.wait_for_selector("#foot:has-text('无数据')")
    assert "没有数据(不是零)" in page.inner_text("#notes") and "没有数据" in page.inner_text("#empty")
    page.goto(f"{service.url}/explore?by=tag.renamed")
    page.wait_for_selector("#problem:has-text('没有这个标签')")
    assert page.locator("#foot tr").count() == 0 and page.is_hidden("#empty") and page.input_value("#by1") == "tag.renamed"
    page.select_option("#by1", "town")
    page.wait_for_selector("#rows tr")
    page.goto(f"{service.url}/speed?since=2020-01-01&until=2020-01-31")
    page.wait_for_selector("#period:has-text('没有数据(不是零)')")
    assert page.inner_text("#ways tr td") == "—"


def test_a_period_that_ends_before_it_begins_is_told_as_such(page: "Page", service: Served) -> None:
    for address in ("explore", "speed"):
        page.goto(f"{service.url}/{address}?since=2026-03-31&until=2026-03-01")
        page.wait_for_selector("#problem:has-text('结束日期 2026-03-01 早于开始日期 2026-03-31')")


def test_the_parts_of_a_rate_make_the_count(page: "Page", service: Served) -> None:
    page.goto(f"{service.url}/explore?by=town&rate=first_try")
    page.wait_for_selector("#head th:text-is('未派单')")
    heads, cells = page.locator("#head th").all_inner_texts(), page.locator("#foot td").all_inner_texts()
    told = dict(zip(heads[1:], cells, strict=False))
    assert int(told["分母"]) + int(told["未计入"]) + int(told["未派单"]) == int(told["件数"]) and int(told["未派单"]) > 0


def test_a_filter_on_what_has_ended_offers_its_successor(page: "Page", service: Served) -> None:
    told = {"name": "unit", "key": "GL", "words": "公路事务中心已并入 交通局(至 2025-12-31 止)", "heirs": [["JT", "交通局"]]}

    def ending(route: "Route") -> None:
        found = route.fetch().json()
        route.fulfill(json={**found, "ended": [] if "unit=JT" in route.request.url else [told]})

    page.route("**/analysis/answer?*unit=GL*", ending)
    page.goto(f"{service.url}/explore?unit=GL&by=town")
    page.wait_for_selector("#ended li:has-text('已并入 交通局')")
    no_barriers(page)
    page.click("#ended button:has-text('加上 交通局')")
    page.wait_for_selector("#chips button:has-text('交通局')")
    assert "unit=GL" in page.url and "unit=JT" in page.url
    page.wait_for_selector("#ended li", state="detached")


def test_speed_and_alerts_can_be_read_by_everybody(page: "Page", service: Served) -> None:
    page.goto(f"{service.url}/speed?since=2026-01-01&until=2026-03-31")
    page.wait_for_selector(".big")
    assert "分钟" in page.inner_text("#first") and "未设基线期" in page.inner_text("#first")
    no_barriers(page)
    alert = {"mark": "0" * 16, "day": "2026-05-03", "town": "水口镇", "item": "路灯", "n": 9, "people": 9, "expected": 1.0, "query": [], "owner": "",
             "owner_name": "", "muted_until": "", "reason": ""}  # fmt: skip

    def alarming(route: "Route") -> None:
        route.fulfill(json={**route.fetch().json(), "alerts": [alert]})

    page.route("**/analysis/alerts", alarming)
    page.goto(f"{service.url}/alerts")
    page.click("#rows button:text-is('静音')")
    assert page.inner_text("#muting-title") == "静音: 2026-05-03 水口镇 路灯" and "只静音这一天" in page.inner_text("#muting")
    no_barriers(page)
    page.unroute("**/analysis/alerts")
    page.goto(f"{service.url}/alerts")
    page.wait_for_selector("#notes li")
    assert "没有数据, 不能判断" in page.inner_text("#empty")  # the snapshot ends months ago
    no_barriers(page)


def test_speed_blames_the_chosen_period_where_it_is_the_one_without_data(
    page: "Page", service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(service.state, "settings", service.state.settings.model_copy(update={"baseline": "2026-01-01/2026-01-31"}))
    page.goto(f"{service.url}/speed?since=2020-01-01&until=2020-01-31")
    page.wait_for_selector(".judged")
    assert page.inner_text(".judged >> nth=0") == "所选期间没有数据"
    assert "TRIAGE_" not in page.inner_text("main") and "联系系统管理员" in page.inner_text("#notes")
    assert page.locator("th:text-is('首派九成在…以内')").count() == 2 and page.locator("th:text-is('派对九成在…以内')").count() == 1
    page.goto(f"{service.url}/speed?since=2026-02-01&until=2026-02-28")
    page.wait_for_selector(".judged:has-text('基线')")


def test_topics_are_told_and_drilled_down_to(page: "Page", service: Served) -> None:
    page.goto(f"{service.url}/topics?since=2026-04-20&until=2026-05-10")
    page.wait_for_selector("#rows tr")
    assert page.locator("#rows tr").count() == 1 and "自来水" in page.inner_text("#rows") and "水口镇 6" in page.inner_text("#rows")
    no_barriers(page)
    page.click("#rows button:has-text('看工单')")
    page.wait_for_selector("#requests tr")
    assert page.locator("#requests tr").count() == 6 and "6 件" in page.inner_text("#behind-title")
    no_barriers(page)
    page.click("#rows button:has-text('认领')")
    page.wait_for_selector("#rows td:has-text('fenxi')")
    assert page.locator("#rows button:text-is('认领')").count() == 0
    page.click("#rows button:text-is('交还')")
    page.wait_for_selector("#rows td:has-text('无人')")
    page.click("#rows button:text-is('静音')")
    page.keyboard.type("供水公司在修")
    page.keyboard.press("Enter")
    page.wait_for_selector("#empty:has-text('都已静音')")
    page.check("#muted")
    assert "供水公司在修" in page.inner_text("#rows")
    no_barriers(page)
    page.fill("#since", "2020-01-01")
    page.fill("#until", "2020-01-05")
    page.keyboard.press("Enter")
    page.wait_for_selector("#empty:has-text('没有数据')")
    page.fill("#until", "2026-01-05")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem:not([hidden])")


def grouped(route: "Route") -> None:
    """A group event, with the columns that the service told."""
    found = route.fetch().json()
    sheet = next(each for each in found["sheets"] if "群体诉求" in each["title"])
    cells = {"件数": 12, "人数": "12 (另 2 件不明)"}
    sheet["rows"] = [
        {"cells": [cells.get(each["title"], "停水") for each in sheet["columns"]], "strong": [], "query": [], "under": "", "mark": "", "n": 12}
    ]
    route.fulfill(json={**found, "sheets": [sheet]})


def test_findings_from_a_period_to_the_requests_to_a_file(page: "Page", service: Served) -> None:
    page.goto(f"{service.url}/findings?since=2026-05-01&until=2026-05-10")
    page.wait_for_selector("#sheets tbody tr:has-text('自来水')")
    assert page.get_attribute("[data-kind=words]", "aria-pressed") == "true"
    no_barriers(page)
    page.locator("#sheets tr:has-text('自来水') button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#requests tr")
    assert page.locator("#requests tr").count() == 6 and page.evaluate("document.activeElement.id") == "behind-title"
    no_barriers(page)
    with page.expect_download() as waiting:
        page.click("#csv")
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert "自来水" in text and "平常预计" not in text and "对外" in text
    page.click("[data-kind=repeats]")
    page.wait_for_selector("#sheets h2:has-text('群体诉求')")
    assert "kind=repeats" in page.url and "since=2026-05-01" in page.url and page.locator("#sheets .empty").count() == 2
    no_barriers(page)
    page.route("**/findings/repeats?*", grouped)
    page.reload()
    page.wait_for_selector("#sheets td:has-text('12 (另')")
    assert page.locator("#sheets td.num").all_inner_texts() == ["12", "12 (另 2 件不明)"] and page.locator("#sheets th.num").count() == 2
    page.unroute("**/findings/repeats?*")
    page.click("[data-kind=seasons]")
    page.wait_for_selector("#sheets:has-text('完整的只有 0 年')")
    page.go_back()
    page.wait_for_selector("#sheets h2:has-text('群体诉求')")
    page.fill("#since", "2020-01-01")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem:has-text('1 至 92 天')")
