"""The page of reports in a real Chromium: by keyboard, with axe."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service import synthetic
from tests.browsers import ARGUMENTS, Served, chromium, served
from tests.desks import PASSWORD
from tests.stores import make
from triage import Engine
from triage.records import Request

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def service(toy_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    chromium()
    with served(toy_engine, tmp_path_factory.mktemp("reports")) as running:
        running.person("analyst", "fenxi")
        with running.state.store.write() as connection:
            synthetic.mark(connection, "test", {})
        for day in range(1, 9):
            make(running.state.store, request=Request("路灯坏了", title="路灯", received_at=f"2026-03-{day:02}T09:00:00+08:00"))
        yield running


@pytest.fixture
def page(service: Served) -> Iterator["Page"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        found = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
        found.set_default_timeout(60_000)
        found.goto(f"{service.url}/login?next=%2Freports")
        found.fill("#account", "fenxi")
        found.fill("#password", PASSWORD)
        found.keyboard.press("Enter")
        found.wait_for_url("**/reports")
        yield found
        browser.close()


def test_a_report_is_made_opened_and_fetched_by_keyboard(service: Served, page: "Page", tmp_path: Path) -> None:
    page.wait_for_selector("text=还没有报告")
    page.fill("#day", "2026-03-09")
    page.focus("#day")
    page.keyboard.press("Enter")
    page.wait_for_selector("#told:has-text('已生成')")
    assert "2026年3月" in page.inner_text("#monthly-2026-03")
    assert "合成" in page.inner_text("#monthly-2026-03")
    assert page.is_visible("header >> text=合成演示数据")
    with page.expect_download() as waiting:
        page.click("#monthly-2026-03 >> text=Word")
    waiting.value.save_as(tmp_path / "report.docx")
    assert (tmp_path / "report.docx").read_bytes()[:2] == b"PK"
    with page.context.expect_page() as opening:
        page.click("#monthly-2026-03 >> text=网页")
    paper = opening.value
    paper.wait_for_selector("h1")
    assert "共登记诉求8件" in paper.inner_text("main")
    assert accessible(page) == []


def test_a_wrong_day_is_told_in_place(page: "Page") -> None:
    page.fill("#day", "2099-01-01")
    page.click("text=生成 >> visible=true")
    page.wait_for_selector("#problem:not([hidden])")
    assert "2099-01-01" in page.inner_text("#problem")
    page.evaluate("document.getElementById('told').hidden = false")  # as after a report that was made
    page.keyboard.press("Enter")
    page.wait_for_selector("#told", state="hidden")
    assert page.is_visible("#problem")
    assert accessible(page) == []


def test_a_report_itself_is_accessible(service: Served, page: "Page") -> None:
    page.fill("#day", "2026-03-09")
    page.focus("#day")
    page.keyboard.press("Enter")
    page.wait_for_selector("#told:has-text('已生成')")
    written = (service.state.settings.reports_folder / "monthly-2026-03.html").read_text(encoding="utf-8")
    page.set_content(written.replace("default-src 'none'; style-src 'unsafe-inline'", ""))
    assert accessible(page) == []


def accessible(page: "Page") -> list[object]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install axe-playwright-python")
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    found: list[object] = page.evaluate("async () => (await axe.run()).violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 120))])")
    return found
