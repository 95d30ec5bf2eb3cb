"""The pages in a real Chromium, by keyboard."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from service import accounts, views
from service.tables import requests
from service.transitions import DISPATCHED
from tests.browsers import ARGUMENTS, Served, chromium, served
from tests.desks import PASSWORD
from triage import Engine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

LAMPS = "水口镇泮村的路灯坏了半个月, 晚上走路好黑, 麻烦派人修一下"
NOISE = "水口镇这边噪音很大，每天晚上都睡不着"
GAS = "楼下好大阵煤气味，叫咗物业冇人理"
NOWHERE = "小区地下车库电动车飞线充电,还有人把电池拎进电梯,怕起火"
TWO = "水口镇泮村的路灯坏了半个月, 晚上走路好黑。另外长沙街道幕涌市场门口占道经营很多年没人管，还有我的养老金这个月没有发"
SIZES = ((1366, 768), (1920, 1080))


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def service(browser: "Browser", engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(engine, tmp_path_factory.mktemp("pages")) as running:
        for role, name in (("operator", "lihong"), ("operator", "wangjun"), ("supervisor", "banzhang"), ("system_admin", "xitong"),
                           ("security_admin", "anquan"), ("auditor", "shenji"), ("", "xinren")):  # fmt: skip
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


def log_in(page: "Page", service: Served, name: str, path: str = "/") -> None:
    page.goto(f"{service.url}{path}")
    page.wait_for_selector("#account:focus")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def write(page: "Page", text: str) -> None:
    page.wait_for_selector("#text:focus")
    page.keyboard.insert_text(text)
    page.wait_for_selector("#send:not([disabled])")
    page.wait_for_selector('#right[aria-busy="false"]')


def sent(page: "Page") -> str:
    """Waits until the service acknowledged; the toast's words."""
    page.wait_for_selector("#toast.shown:has-text('已派单')")
    words = page.inner_text("#toast")
    page.evaluate("document.getElementById('toast').classList.remove('shown')")
    return words


def last(service: Served) -> dict[str, object]:
    with service.state.store.read() as connection:
        number = connection.execute(sa.select(sa.func.max(requests.c.id))).scalar_one()
        return views.one(connection, number) if number else {"id": 0}  # tests run in any order


def test_a_whole_shift_by_keyboard_alone(page: "Page", service: Served) -> None:
    log_in(page, service, "lihong")
    # A plain one: typed, accepted from within the text.
    write(page, LAMPS)
    assert page.inner_text("#candidates li.chosen .unit") == "水口镇"
    page.keyboard.press("Control+Enter")
    assert "水口镇" in sent(page)
    assert (last(service)["state"], last(service)["history"][-1]["action"]) == (DISPATCHED, "accept")
    # One with a question: Q, an answer, Enter.
    write(page, NOISE)
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#questions:not(:has(button))", state="attached")
    page.wait_for_selector("#send:focus")
    page.keyboard.press("Enter")
    assert "住房和城乡建设局" in sent(page)
    assert last(service)["suggestion"]["answers"] == {"noise": "noise.site"}
    # The second candidate.
    write(page, NOISE)
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    sent(page)
    assert last(service)["history"][-1]["action"] == "choose"
    # Danger: the number to transfer to, which must be confirmed by name; Enter again and again sends nothing.
    write(page, GAS)
    assert "119" in page.inner_text("#danger")
    page.keyboard.press("Escape")
    for _ in range(3):
        page.keyboard.press("Enter")
    page.wait_for_selector("#ask-choice")
    assert "119" in page.inner_text("#dialog-title")
    page.focus("#ask-choice")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    sent(page)
    assert "已转接" in last(service)["history"][-1]["detail"]["reason"]
    # Another unit, found by the initials of its pinyin, with a reason.
    write(page, LAMPS)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("ccz")
    page.wait_for_selector("#options li[aria-selected=true]:has-text('苍城镇')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ask-words:focus")
    page.keyboard.insert_text("来电人更正地点")
    page.keyboard.press("Enter")
    sent(page)
    assert last(service)["history"][-1]["action"] == "override"
    # It comes back twice, and is settled by the supervisor later.
    number = last(service)["id"]
    page.goto(f"{service.url}/?request={number}")
    page.wait_for_selector("#tags:has-text('已派单')")
    page.keyboard.press("r")
    page.wait_for_selector("#ask-choice:focus")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#dialog .bad:has-text('请选择')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tags:has-text('已退单')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#mode:has-text('新来电')")
    # Several matters: split, sent one by one.
    write(page, TWO)
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.wait_for_selector("#held:has-text('挂起 1 件')")
    page.wait_for_selector("#send:not([disabled])")
    page.keyboard.press("Control+Enter")
    sent(page)
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_selector("#send:not([disabled])")
    assert page.input_value("#text").startswith("另外长沙街道")
    page.keyboard.press("Control+Enter")
    sent(page)
    assert "派出 8" in page.inner_text("#today") or page.wait_for_selector("#today:has-text('派出 8')")


def test_nobody_gets_a_request_whose_town_is_not_known(page: "Page", service: Served) -> None:
    log_in(page, service, "lihong")
    write(page, NOWHERE)
    before = last(service)["id"]
    while "待问清" not in page.inner_text("#candidates li.chosen .unit"):
        page.keyboard.press("Alt+2")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#toast.shown:has-text('哪个镇街')")
    assert last(service)["id"] == before
    assert page.evaluate("document.activeElement.matches('#questions button, #other')")


def test_a_danger_comes_before_questions_and_deadlines(page: "Page", service: Served) -> None:
    log_in(page, service, "lihong")
    write(page, f"{NOISE}, 我真的不想活了, 我站在天台上")
    assert page.inner_text("#candidates li.chosen .unit") == "开平市公安局"
    assert page.query_selector("#questions [data-issue=noise]") is None
    assert page.inner_text("#details dt >> nth=0") in ("协办", "立即处置")
    assert "立即处置" in page.inner_text("#details") and "时限" not in page.inner_text("#details dl dt >> nth=1")
    page.fill("#text", NOISE)
    page.wait_for_selector("#questions [data-issue=noise]")
    page.fill("#text", "")


def test_what_is_typed_before_the_page_is_ready_is_kept(page: "Page", service: Served) -> None:
    log_in(page, service, "lihong")
    page.route("**/static/elements.js*", lambda route: (page.wait_for_timeout(1500), route.continue_()))
    page.goto(f"{service.url}/", wait_until="commit")
    page.wait_for_selector("#text:focus")
    page.keyboard.insert_text(LAMPS)
    page.wait_for_selector("#candidates .unit:has-text('水口镇')")
    assert page.input_value("#text") == LAMPS


def test_a_draft_outlives_a_lost_connection_and_is_sent_once(page: "Page", service: Served) -> None:
    log_in(page, service, "lihong")
    write(page, LAMPS)
    before = last(service)["id"]
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#outbox:has-text('1 件派单待发出')")
    page.wait_for_selector("#text:focus")
    page.keyboard.insert_text("离线时又来一个电话")
    page.wait_for_selector("#net:has-text('离线')")
    page.context.set_offline(False)
    sent(page)
    page.wait_for_selector("#outbox", state="hidden")
    assert last(service)["id"] == before + 1
    page.reload()
    page.wait_for_function("document.getElementById('text').value === '离线时又来一个电话'")


def test_two_operators_on_one_request_get_a_conflict_not_two_decisions(page: "Page", browser: "Browser", service: Served) -> None:
    log_in(page, service, "lihong")
    number = page.evaluate(
        """async (text) => { const api = await import('/static/api.js'); return (await api.post('/requests', {text})).id; }""", LAMPS
    )
    page.goto(f"{service.url}/?request={number}")
    page.wait_for_selector("#send:focus")
    version = page.evaluate("async (n) => (await (await import('/static/api.js')).get(`/requests/${n}`)).version", number)
    other = browser.new_context()
    second = other.new_page()
    log_in(second, service, "wangjun")
    second.evaluate("async ([n, version]) => (await import('/static/api.js')).post(`/requests/${n}/claim`, {version})", [number, version])
    page.keyboard.press("Enter")
    page.wait_for_selector("#notice:has-text('他人已先处理')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tags:has-text('wangjun 正在处理')")
    page.wait_for_selector("#send:focus")
    page.keyboard.press("Enter")  # what somebody else is at is sent out by nobody by accident
    page.wait_for_selector("#notice:has-text('wangjun 正在处理。按 T 接手, 再派单')")
    assert second.evaluate("async (n) => (await (await import('/static/api.js')).get(`/requests/${n}`)).state", number) == "new"
    page.keyboard.press("t")
    page.wait_for_selector("#tags:not(:has-text('正在处理'))")
    other.close()


def test_stale_answers_are_dropped(page: "Page", service: Served) -> None:
    from playwright.sync_api import Error

    log_in(page, service, "lihong")
    page.wait_for_selector("#text:focus")
    held: list[Route] = []

    def gate(route: "Route") -> None:
        if route.request.post_data_json["text"] == NOISE:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/suggestions", gate)
    with page.expect_request("**/api/v1/suggestions"):
        page.fill("#text", NOISE)
    page.fill("#text", LAMPS)
    page.wait_for_selector("#candidates .unit:has-text('水口镇')")
    assert len(held) == 1
    with suppress(Error):  # the page may have given the older question up by itself
        held[0].continue_()
    page.wait_for_timeout(500)
    assert page.inner_text("#candidates li.chosen .unit") == "水口镇"
    assert not page.query_selector("#questions button")


def test_text_from_outside_is_never_run(page: "Page", service: Served) -> None:
    log_in(page, service, "lihong")
    # Tags go from every field before it is kept.
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    number = page.evaluate(
        "async ([text, place]) => (await (await import('/static/api.js')).post('/requests', {text, place, channel: place, id: place})).id",
        [LAMPS, f"{evil}桥头"],
    )
    page.goto(f"{service.url}/?request={number}")
    page.wait_for_selector("#stored:has-text('桥头')")
    assert "owned" not in page.title()
    assert page.query_selector("main img, main script") is None
    page.goto(f"{service.url}/queue")
    page.wait_for_selector("#rows a")
    assert "owned" not in page.title()
    assert page.query_selector("#rows img, #rows script") is None


def test_a_login_leads_nowhere_else(page: "Page", service: Served) -> None:
    log_in(page, service, "lihong", "/login?next=//example.org/x")
    assert page.url == f"{service.url}/"


def test_the_invited_choose_their_password(page: "Page", service: Served) -> None:
    with service.state.store.write() as connection:
        _, secret = accounts.create(connection, "yaoqing", "受邀人", 24)
    page.goto(f"{service.url}/invitation#{secret}")
    page.wait_for_selector("#password:focus")
    assert secret not in page.url
    for keys in ("short", "short"):
        page.keyboard.type(keys)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem:has-text('密码不符合规则')")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")
    log_in(page, service, "yaoqing")
    assert "等待授权" in page.inner_text("main")


def test_the_auditor_verifies(page: "Page", service: Served) -> None:
    log_in(page, service, "shenji")
    page.goto(f"{service.url}/audit")
    page.click("#verify")
    page.wait_for_selector("#result:has-text('没有缺失')")


PLACES = [("lihong", "/"), ("lihong", "/queue"), ("lihong", "/day"), ("banzhang", "/supervise"), ("banzhang", "/jobs"),
          ("anquan", "/accounts"), ("xitong", "/accounts"),
          ("xitong", "/system"), ("shenji", "/audit"), ("", "/login"), ("", "/setup"), ("", "/invitation")]  # fmt: skip


@pytest.mark.parametrize(("name", "path"), PLACES)
def test_every_page_is_accessible_and_fits(page: "Page", service: Served, name: str, path: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install axe-playwright-python")
    if name:
        log_in(page, service, name)
    page.goto(f"{service.url}{path}")
    if path == "/":
        write(page, GAS)
        page.wait_for_selector("#danger:not([hidden])")
    page.wait_for_timeout(500)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if path == "/":
            assert page.evaluate("document.documentElement.scrollHeight") <= height
    # axe is put in by the test's own hand: the page's policy would refuse it, as it must.
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 120))])")
    assert found == []
