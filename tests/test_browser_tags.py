"""The page of tags in a real Chromium: find one, write a rule, try it, publish it, by keyboard."""

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
from tests.stores import make
from triage import Engine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TEXTS = ("泮村路灯坏了三盏不亮, 老人家晚上出门怕跌倒", "路灯费为什么要村民出", "自来水发黄有异味", "夜宵档吵到凌晨, 影响小孩休息")


def invent(folder: Path) -> None:
    """Forty requests of forty days in four texts."""
    rows = [
        row(number, f"{date(2026, 2, 1) + timedelta(days=number)}T09:00", town="440783117", type=("求助", "投诉")[number % 2],
            item=("070301", "080104")[number % 4 // 2], title=f"诉求{number}", text=TEXTS[number % 4])
        for number in range(1, 41)
    ]  # fmt: skip
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
    data = tmp_path_factory.mktemp("tags")
    invent(data / "snapshot")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_SNAPSHOT_MINUTES", "0")
        with served(toy_engine, data) as running:
            running.person("supervisor", "banzhang")
            for text in TEXTS:
                make(running.state.store, text)
            yield running


@pytest.fixture
def page(browser: "Browser", service: Served) -> Iterator["Page"]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    found = context.new_page()
    found.set_default_timeout(60_000)
    wrong: list[str] = []
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    found.goto(f"{service.url}/tags")
    found.wait_for_selector("#account:focus")
    for words in ("banzhang", PASSWORD):
        found.keyboard.type(words)
        found.keyboard.press("Enter" if words == PASSWORD else "Tab")
    found.wait_for_selector("#list button")
    yield found
    context.close()
    assert wrong == []


def no_barriers(page: "Page") -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page)
    assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []


def test_a_tag_is_found_by_a_word_of_its_rule_and_tried(page: "Page") -> None:
    page.fill("#sought", "阿婆")
    assert page.locator("#list button").count() == 1
    page.focus("#list button")
    page.keyboard.press("Enter")
    assert page.url.endswith("?tag=crowd") and "文中提到的人群" in page.inner_text("#definition")
    no_barriers(page)
    page.click("#rows tr:has-text('老年人') button")
    page.wait_for_selector("#samples .sample")
    assert "老人家" in page.inner_text("#samples section:has-text('命中') mark >> nth=0")
    page.fill("#sought", "没有这个")
    assert "没有这样的标签" in page.inner_text("#list")


def test_a_rule_is_written_tried_published_widened_and_ended_by_keyboard(page: "Page") -> None:
    page.focus("#new")
    page.keyboard.press("Enter")
    page.wait_for_selector("#title:focus")
    page.keyboard.type("夜路照明")
    assert page.input_value("#code") == "own_1" and page.is_disabled("#publish")
    page.focus("#meaning")
    page.keyboard.type("路灯不亮")
    page.focus("[data-add=patterns]")
    page.keyboard.press("Enter")
    page.keyboard.type("路灯+不亮")
    assert page.input_value("#expression") == "词语: 路灯+不亮" and "“路灯” 且 “不亮”" in page.inner_text("#spoken")
    page.fill("#since", "2026-02-01")
    page.focus("#try")
    page.keyboard.press("Enter")
    page.wait_for_selector("#samples .sample")
    told = page.inner_text("#result")
    assert "全部 40 件" in told and "命中 10 件(25.0%)" in told and "近似未中 10 件" in told
    assert page.locator("#samples .sample >> nth=0").locator("li >> nth=0").locator("mark").all_inner_texts() == ["路灯", "不亮"]
    assert "词语不全" in page.inner_text("#samples .sample >> nth=1")
    no_barriers(page)
    page.focus("#save")
    page.keyboard.press("Enter")
    page.wait_for_selector("#publish:focus")
    page.keyboard.press("Enter")
    page.keyboard.type("试算可用")
    page.keyboard.press("Enter")
    page.wait_for_selector("#marks .good")

    assert "banzhang" in page.inner_text("#versions")
    page.fill("#expression", "词语: 无此词语哉")
    page.click("#try")
    page.wait_for_selector("#result:has-text('命中 0 件')")
    page.click("#save")
    page.wait_for_selector("#marks:has-text('有未发布的草稿')")
    page.click("#publish")
    assert "试算命中 0 件" in page.inner_text("#why-words")
    page.keyboard.press("Escape")
    page.fill("#expression", "词语: 路灯\n不含: 路灯费\n镇街: 440783117")
    assert page.locator("[data-kind=unless]").input_value() == "路灯费" and page.is_disabled("#publish")
    page.click("#try")
    page.wait_for_selector("#samples .sample >> nth=3")
    assert "现行版本命中 10 件" in page.inner_text("#result")
    page.click("#save")
    page.wait_for_selector("#marks:has-text('有未发布的草稿')")
    page.wait_for_selector("#versions tr >> nth=3")
    assert page.locator("#versions tr").count() == 4
    page.click("#end")
    page.keyboard.type("与事项重复")
    page.keyboard.press("Enter")
    page.wait_for_selector("#marks:has-text('已停用')")
    assert "与事项重复" in page.inner_text("#versions")
    no_barriers(page)


def test_an_empty_or_wrong_rule_says_in_chinese_what_to_do(page: "Page") -> None:
    page.click("#new")
    page.fill("#title", "空")
    page.fill("#meaning", "空")
    page.click("#save")
    page.wait_for_selector("#problem:not([hidden])")
    assert "还没有条件" in page.inner_text("#problem")
    page.fill("#expression", "词句 路灯")
    assert "每行写成" in page.inner_text("#spoken")
    page.fill("#expression", "事项: 不存在")
    page.click("#save")
    page.wait_for_selector("#problem:has-text('事项不在城市表')")
    page.fill("#until", "2020-01-01")
    page.fill("#since", "2019-01-01")
    page.fill("#expression", "词语: 路灯")
    page.click("#try")
    page.wait_for_selector("#result:has-text('没有数据')")


def test_the_tags_of_one_request_are_shown_given_and_taken(page: "Page", service: Served) -> None:
    page.goto(f"{service.url}/explore?by=type")
    page.click("#foot button:has-text('看工单')")
    page.wait_for_selector("#requests tr")
    page.click("#requests button[aria-label='标签: 1']")
    page.wait_for_selector("#tag-rows tr:has-text('老年人')")
    row = page.inner_text("#tag-rows tr:has-text('老年人')")
    assert "规则: 标签表 tags.csv 第" in row
    page.select_option("#give-tag", "topic")
    page.fill("#give-value", "夜路照明")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tag-rows tr:has-text('夜路照明')")
    assert "人工: banzhang" in page.inner_text("#tag-rows tr:has-text('夜路照明')")
    no_barriers(page)
    page.click("button[aria-label='去掉 人群 老年人']")
    page.wait_for_selector("#tag-marks li >> nth=1")
    assert "老年人" not in page.inner_text("#tag-rows")
    page.select_option("#give-tag", "crowd")
    page.fill("#give-value", "火星人")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tag-problem:has-text('没有这个取值')")
    page.keyboard.press("Escape")
    assert page.is_hidden("#tagging")
