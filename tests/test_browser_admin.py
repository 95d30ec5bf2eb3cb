"""The pages of administrators and supervisors in a real Chromium, by keyboard; files are handed to the page, as a person's dialog would."""

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service import profiles, views
from service.database import now
from service.tables import events, heads
from tests.browsers import ARGUMENTS, Served, chromium, served
from tests.desks import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Page

KAIPING = Path(__file__).parent.parent / "data" / "kaiping"
OLD, NEW = "开平市人力资源和社会保障局", "开平市人社局"
SIZES = ((1366, 768), (1920, 1080))
LAMPS = "水口镇泮村的路灯坏了半个月, 晚上走路好黑, 麻烦派人修一下"


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def service(browser: "Browser", toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(None, tmp_path_factory.mktemp("admin"), str(toy)) as running:
        for role, name in (("supervisor", "banzhang"), ("operator", "lihong"), ("system_admin", "xitong"), ("auditor", "shenji")):
            running.person(role, name)
        yield running


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    found = context.new_page()
    found.set_default_timeout(60_000)
    wrong: list[str] = []
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield found
    context.close()
    assert wrong == []


def log_in(page: "Page", service: Served, name: str, path: str) -> None:
    page.goto(f"{service.url}{path}")
    page.wait_for_selector("#account:focus")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def press(page: "Page", selector: str, keys: str = "Enter") -> None:
    """Goes to something by the keyboard's focus and presses a key there."""
    page.wait_for_selector(selector)
    page.focus(selector)
    page.keyboard.press(keys)


def say(page: "Page", words: str) -> None:
    """Answers the dialog that asks why."""
    page.wait_for_selector("#ask-words:focus")
    page.keyboard.insert_text(words)
    page.keyboard.press("Enter")
    page.wait_for_selector("#dialog", state="hidden")


def packed(file: str, old: str, new: str) -> "FilePayload":
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in profiles.FILES:
            data = (KAIPING / name).read_bytes()
            archive.writestr(name, data.replace(old.encode(), new.encode()) if name == file else data)
    return {"name": "tables.zip", "mimeType": "application/zip", "buffer": made.getvalue()}


def name_of(service: Served) -> str:
    assert service.state.profile is not None
    return service.state.profile.units["RS"].name


def test_the_administrator_sends_tables_puts_them_in_use_and_rolls_back(page: "Page", service: Served) -> None:
    log_in(page, service, "xitong", "/system")
    # What is wrong is listed with file, row and column, and nothing is kept.
    page.set_input_files("#file", packed("responsibility.csv", "RS", "XX"))
    page.wait_for_selector("#outcome:focus")
    assert "处问题, 没有保存" in page.inner_text("#outcome h2")
    assert page.inner_text("#outcome tbody tr:first-child td:first-child") == "responsibility.csv"
    assert "没有单位 XX" in page.inner_text("#outcome tbody")
    # What would change is shown; kept, it is not yet in use.
    page.set_input_files("#file", packed("units.csv", OLD, NEW))
    page.wait_for_selector("#outcome:has-text('没有错')")
    assert f"{OLD} 改为 {NEW}" in page.inner_text("#outcome pre")
    page.focus("#note")
    page.keyboard.insert_text("机构改名")
    page.keyboard.press("Enter")
    page.wait_for_selector("#checked:has-text('已存为第 1 版')")
    assert name_of(service) == OLD
    # Put in use, with a reason.
    press(page, "#versions tr:first-child button:has-text('启用')")
    say(page, "三定方案")
    page.wait_for_selector("#versions tr:first-child .tag:has-text('在用')")
    assert name_of(service) == NEW
    # One step back leads to what came with the system already after the first activation.
    assert page.is_visible("#back")
    # Planned, and taken back.
    press(page, "#versions tr:last-child button:has-text('启用')")
    page.wait_for_selector("#ask-words:focus")
    page.fill("#ask-when", "2099-01-01T08:00")
    page.focus("#ask-words")
    say(page, "改名推迟")
    page.wait_for_selector("#activated .tag:has-text('计划中')")
    assert name_of(service) == NEW
    press(page, "#activated button:has-text('取消计划')")
    say(page, "不推迟")
    page.wait_for_selector("#activated .tag:has-text('已取消')")
    # Rolled back to what the settings name.
    press(page, "#versions tr:last-child button:has-text('启用')")
    say(page, "退回")
    page.wait_for_selector("#versions tr:last-child .tag:has-text('在用')")
    assert name_of(service) == OLD
    press(page, "#back")
    say(page, "再启用")
    page.wait_for_selector("#versions tr:first-child .tag:has-text('在用')")
    assert name_of(service) == NEW


def test_a_time_that_is_over_is_refused_with_words(page: "Page", service: Served) -> None:
    log_in(page, service, "xitong", "/system")
    press(page, "#to-models")
    press(page, "#models button:has-text('模型卡')")
    page.wait_for_selector("#card:focus")
    assert "首选命中" in page.inner_text("#card")
    press(page, "#to-profiles")
    page.set_input_files("#file", packed("units.csv", OLD, "开平市人社局 (试)"))
    press(page, "#note")
    page.wait_for_selector("#checked:has-text('已存为')")
    press(page, "#versions tr:first-child button:has-text('启用')")
    page.wait_for_selector("#ask-words:focus")
    page.fill("#ask-when", "2020-01-01T08:00")
    page.focus("#ask-words")
    say(page, "太早")
    page.wait_for_selector("#problem:not([hidden])")


def test_the_auditor_sees_versions_and_changes_nothing(page: "Page", service: Served) -> None:
    log_in(page, service, "shenji", "/system")
    page.wait_for_selector("#versions tr")
    assert page.query_selector("#file") is None
    assert page.query_selector("#versions button:has-text('启用')") is None
    press(page, "#versions button:has-text('对比')")
    page.wait_for_selector("#outcome:focus")


def test_the_supervisor_looks_at_a_file_and_imports_it_once(page: "Page", service: Served) -> None:
    rows = f'编号,话\nGD-1,"{LAMPS}"\nGD-2,我的电话 13800138000 老板拖欠工资\nGD-3,。\n'
    file: FilePayload = {"name": "诉求.csv", "mimeType": "text/csv", "buffer": rows.encode("gb18030")}
    log_in(page, service, "banzhang", "/import")
    page.set_input_files("#file", file)
    page.wait_for_selector("#column:focus")
    page.select_option("#column", "话")
    page.wait_for_selector("#keep:focus")
    assert "3 行, 可入库 2" in page.inner_text("#seen h2")
    assert "13800138000" not in page.inner_text("#seen")
    assert "没有可读的文字" in page.inner_text("#seen")
    page.keyboard.press("Enter")
    page.wait_for_selector("#done:focus")
    assert "入库 2 件" in page.inner_text("#done")
    page.wait_for_selector("#before td:has-text('诉求.csv')")
    page.set_input_files("#file", file)
    page.wait_for_selector("#column:focus")
    page.select_option("#column", "话")
    page.wait_for_selector("#seen .notice:has-text('不会再次入库')")
    assert page.is_disabled("#keep")


def test_an_old_claim_of_an_urgent_request_is_put_back(page: "Page", service: Served) -> None:
    log_in(page, service, "banzhang", "/supervise")
    assert page.is_hidden("#lapsed-card")
    number = page.evaluate(
        """async (text) => {
             const { post } = await import('/static/api.js');
             const made = await post('/requests', { text });
             await post(`/requests/${made.id}/claim`, { version: 1 });
             return made.id;
           }""",
        LAMPS,
    )
    with service.state.store.write() as connection:
        connection.execute(heads.update().where(heads.c.request_id == number).values(urgent=0, urgency="特急"))
        connection.execute(events.update().where(events.c.request_id == number).values(made_at=now() - timedelta(minutes=25)))
    page.reload()
    page.wait_for_selector(f"#lapsed a[href^='/?request={number}&']")
    assert "banzhang 认领 25 分钟" in page.inner_text("#lapsed")
    press(page, "#lapsed button")
    page.wait_for_selector("#lapsed-card", state="hidden")
    with service.state.store.write() as connection:
        assert views.one(connection, number)["owner"] == ""


def test_the_supervisor_sees_disputes_and_the_team_and_holds_automatic_dispatch(page: "Page", service: Served) -> None:
    log_in(page, service, "banzhang", "/supervise")
    number = page.evaluate(
        """async (text) => {
             const { get, post } = await import('/static/api.js');
             const made = await post('/requests', { text });
             for (const unit of ['CG', 'GL']) {
               const now = await get(`/requests/${made.id}`);
               await post(`/requests/${made.id}/decisions`, { version: now.version, action: 'override', unit, reason: '试派' });
               await post(`/requests/${made.id}/refusals`, { version: now.version + 1, reason: '职能交叉', note: '不归我们' });
             }
             return made.id;
           }""",
        LAMPS,
    )
    page.reload()
    page.wait_for_selector(f"#disputes a[href^='/?request={number}&']")
    assert page.locator("#disputes li").count() == 2
    assert "不归我们" in page.inner_text("#disputes")
    page.wait_for_selector("#people tr:has-text('banzhang') .tag:has-text('在岗')")
    # All off and on again, each with a reason.
    assert page.inner_text("#state") == "关 (没有证明过, 没有人打开)"
    press(page, "#turn:has-text('打开')")
    say(page, "试运行")
    press(page, "#turn:has-text('关闭')")
    say(page, "台风期间")
    page.wait_for_selector("#promise:has-text('台风期间')")
    assert page.inner_text("#state") == "关"
    press(page, "#turn:has-text('打开')")
    say(page, "台风过去")
    page.wait_for_selector("#turn:has-text('关闭')")
    # One unit suspended by hand, and resumed.
    page.select_option("#suspended select", "RS")
    press(page, "#suspended button:has-text('暂停它')")
    say(page, "近期退单多")
    page.wait_for_selector("#suspended td:has-text('人工暂停')")
    press(page, "#suspended button:has-text('恢复')")
    say(page, "已查明")
    page.wait_for_selector("#suspended p:has-text('没有')")


def test_the_old_address_of_disputes_leads_on(page: "Page", service: Served) -> None:
    log_in(page, service, "banzhang", "/disputes")
    page.wait_for_url("**/supervise")


PLACES = [
    ("banzhang", "/supervise"),
    ("banzhang", "/import"),
    ("xitong", "/system"),
    ("xitong", "/system#models"),
    ("shenji", "/system"),
    ("shenji", "/audit"),
]


@pytest.mark.parametrize(("name", "path"), PLACES)
def test_every_page_is_accessible_and_fits(page: "Page", service: Served, name: str, path: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install axe-playwright-python")
    log_in(page, service, name, "/")
    page.goto(f"{service.url}{path}")
    page.wait_for_timeout(1000)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 120))])")
    assert found == []
