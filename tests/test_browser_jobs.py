"""The page of batch jobs in a real Chromium."""

from pathlib import Path
from typing import TYPE_CHECKING

from tests.browsers import Served
from tests.test_browser import browser, log_in, page, service  # noqa: F401

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_file_is_uploaded_watched_and_downloaded(page: "Page", service: Served, tmp_path: Path) -> None:  # noqa: F811
    source = tmp_path / "工单.csv"
    source.write_text("编号,内容\n" + "".join(f"{number},水口镇泮村的路灯坏了半个月\n" for number in range(50)) + "50,\n", encoding="utf-8")
    log_in(page, service, "banzhang")
    page.goto(f"{service.url}/jobs")
    page.wait_for_selector("text=还没有任务")
    page.set_input_files("#file", str(source))
    page.select_option("#upload-suffix", "csv")
    page.click("#upload button")
    page.wait_for_selector("#rows tr:has-text('工单.csv')")
    page.wait_for_selector("#rows .good:has-text('完成')")
    page.wait_for_selector("#rows:has-text('51 行, 其中 1 行没有正文')")
    with page.expect_download() as told:
        page.click("#rows a:has-text('下载结果')")
    saved = tmp_path / "out.csv"
    told.value.save_as(saved)
    assert len(saved.read_text(encoding="utf-8-sig").splitlines()) == 52
    for width, height in ((1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_wrong_file_is_told(page: "Page", service: Served, tmp_path: Path) -> None:  # noqa: F811
    source = tmp_path / "坏.csv"
    source.write_text("甲,乙\n1,2\n", encoding="utf-8")
    log_in(page, service, "banzhang")
    page.goto(f"{service.url}/jobs")
    page.set_input_files("#file", str(source))
    page.click("#upload button")
    page.wait_for_selector("#rows .bad:has-text('失败')")
    page.wait_for_selector("#rows:has-text('找不到正文列。表中有: 甲, 乙')")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#rows tr:has-text('坏.csv') button:has-text('取消')")
    page.wait_for_selector("#rows tr:has-text('坏.csv') :text('已取消')")
