"""A close answer that reaches the workbench while somebody reads, picks, types or sends, in a real Chromium."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from service import views
from service.tables import requests
from tests.browsers import ARGUMENTS, Served, chromium, served
from tests.desks import PASSWORD
from triage import Engine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

    Answer = dict[str, Any]

NOISE = "水口镇这边噪音很大，每天晚上都睡不着"
WAGES = "老板拖欠工资三个月, 打电话也不接"
LAMPS = "水口镇泮村的路灯坏了半个月, 晚上走路好黑, 麻烦派人修一下"
CLOSE = re.compile(r"/api/v1/suggestions\?close=true$")
FAST = re.compile(r"/api/v1/suggestions$")
# Presses a key in the very moment in which a place changes.
ON_ITS_WAY = """([id, key]) => {
  const press = () => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const watch = new MutationObserver(() => { watch.disconnect(); press(); });
  watch.observe(document.getElementById(id), { childList: true, subtree: true, characterData: true });
}"""

# Clicks the second row in the moment in which the rows have moved.
CLICKED = """() => {
  const click = () => document.querySelectorAll(".pick")[1].dispatchEvent(new MouseEvent("click", { detail: 1, bubbles: true, cancelable: true }));
  const watch = new MutationObserver(() => { watch.disconnect(); click(); });
  watch.observe(document.getElementById("questions"), { childList: true });
}"""
TYPE = """(words) => {
  const text = document.getElementById("text");
  text.value = words;
  text.dispatchEvent(new Event("input"));
"""
SEND = """document.getElementById("text").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true }));"""
TYPING = """async (long) => {
  for (const end = performance.now() + long; performance.now() < end; await new Promise((go) => setTimeout(go, 50)))
    document.getElementById("text").dispatchEvent(new Event("input"));
}"""
# One answer of this kind arrives when the test says so.
LATE = """() => {
  const real = window.fetch;
  window.fetch = async (url, more) => {
    const answer = await real(url, more);
    if (!url.endsWith("?close=true")) return answer;
    await new Promise((go) => { window.arrives = go; document.body.setAttribute("data-arrived", ""); });
    window.fetch = real;
    return answer;
  };
}"""


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
    with served(engine, tmp_path_factory.mktemp("close")) as running:
        running.person("operator", "lihong")
        yield running


@pytest.fixture
def page(browser: "Browser", service: Served) -> Iterator["Page"]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    found = context.new_page()
    found.set_default_timeout(60_000)
    wrong: list[str] = []
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    found.goto(f"{service.url}/")
    found.wait_for_selector("#account:focus")
    for words in ("lihong", PASSWORD):
        found.keyboard.type(words)
        found.keyboard.press("Enter" if words == PASSWORD else "Tab")
    found.wait_for_selector("#details .empty")  # the scripts are there
    found.wait_for_selector("#text:focus")
    yield found
    context.close()
    assert wrong == []


class Held:
    """Close questions of a page, held until the test answers them."""

    def __init__(self, page: "Page") -> None:
        self._page = page
        self.routes: list[Route] = []
        page.route(CLOSE, lambda route: self.routes.append(route))

    def wait(self) -> None:
        for _ in range(600):
            if self.routes:
                return
            self._page.wait_for_timeout(100)
        raise AssertionError("nobody asked for a close answer")

    def answer(self, change: "Callable[[Answer], None]") -> None:
        """Answers with what was read fast, called close and changed by ``change``."""
        from playwright.sync_api import Error

        self.wait()
        route = self.routes.pop()
        found = route.fetch(url=route.request.url.split("?")[0]).json()
        found["versions"]["model"] += "+close"
        change(found)
        with suppress(Error):  # the page may have given the question up
            route.fulfill(json=found)


def second_first(found: "Answer") -> None:
    found["units"][:2] = found["units"][1::-1]


def without_second(found: "Answer") -> None:
    del found["units"][1]


def write(page: "Page", text: str) -> None:
    page.keyboard.insert_text(text)
    page.wait_for_selector("#send:not([disabled])")
    page.wait_for_selector('#right[aria-busy="false"]')


def names(page: "Page") -> list[str]:
    return page.locator("#candidates .unit").all_inner_texts()


def focused(page: "Page") -> str:
    found: str = page.evaluate("(({ ariaLabel, textContent, tagName }) => `${tagName} ${ariaLabel || textContent}`)(document.activeElement)")
    return found


def last(service: Served) -> dict[str, Any]:
    with service.state.store.read() as connection:
        number = connection.execute(sa.select(sa.func.max(requests.c.id))).scalar_one()
        return views.one(connection, number) if number else {"id": 0, "history": [{"action": ""}]}


def dispatched(page: "Page", unit: str) -> None:
    page.wait_for_selector(f"#toast.shown:has-text('已派单: {unit}')")


def test_the_reading_on_screen_is_named(page: "Page") -> None:
    held = Held(page)
    write(page, NOISE)
    assert page.inner_text("#reading") == "速读"
    held.answer(lambda found: None)
    page.wait_for_selector("#reading:has-text('细读')", state="attached")
    assert page.inner_text("#hint") == ""


def test_the_first_candidate_once_picked_stays_and_the_close_answer_is_a_hint(page: "Page") -> None:
    held = Held(page)
    write(page, NOISE)
    first, second = names(page)[:2]
    page.click("#candidates .pick >> nth=0")
    held.answer(second_first)
    page.wait_for_selector(f"#hint:has-text('细读建议: {second}')")
    assert names(page)[:2] == [second, first]
    assert page.inner_text("#candidates li.chosen .unit") == first
    assert page.inner_text("#send").startswith(f"派给 {first}")
    page.keyboard.press("Enter")
    dispatched(page, first)


def test_a_picked_candidate_that_the_close_answer_lacks_stays_as_a_row(page: "Page", service: Served) -> None:
    held = Held(page)
    write(page, NOISE)
    first, second = names(page)[:2]
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    held.answer(without_second)
    page.wait_for_selector("#reading:has-text('细读')", state="attached")
    assert names(page)[-1] == page.inner_text("#candidates li.chosen .unit") == second
    assert "不在这次的候选里" in page.inner_text("#candidates li.chosen")
    assert page.inner_text("#hint") == f"细读建议: {first}"
    page.keyboard.press("Enter")
    dispatched(page, second)
    assert last(service)["unit"] != ""


def test_a_change_that_nobody_picked_is_marked_and_a_key_on_its_way_sends_nothing(page: "Page", service: Served) -> None:
    held = Held(page)
    before = last(service)["id"]
    write(page, NOISE)
    first, second = names(page)[:2]
    page.keyboard.press("Escape")
    page.evaluate(ON_ITS_WAY, ["hint", "Enter"])
    held.answer(second_first)
    page.wait_for_selector(f"#toast.shown:has-text('细读刚有变化, 现为 {second}, 没有派出')")
    assert page.inner_text("#hint") == f"细读改为 {second} (速读: {first})"
    assert last(service)["id"] == before
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    dispatched(page, second)


def test_the_question_that_has_the_focus_keeps_it(page: "Page", service: Served) -> None:
    held = Held(page)
    before = last(service)["id"]
    write(page, NOISE)
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    page.keyboard.press("Tab")
    words = focused(page)
    held.answer(second_first)
    page.wait_for_selector("#reading:has-text('细读')", state="attached")
    assert focused(page) == words
    with page.expect_request(FAST) as asked:
        page.keyboard.press("Enter")
    assert list((asked.value.post_data_json or {})["answers"]) == ["noise"]
    page.wait_for_selector("#send:focus")
    assert last(service)["id"] == before


def test_enter_sends_nothing_where_the_focused_question_has_gone(page: "Page", service: Served) -> None:
    held = Held(page)
    before = last(service)["id"]
    write(page, NOISE)
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    page.evaluate(ON_ITS_WAY, ["reading", "Enter"])
    held.answer(lambda found: found["questions"].clear())
    page.wait_for_selector("#toast.shown:has-text('没有派出')")
    page.wait_for_selector("#answers:focus")
    assert last(service)["id"] == before


def test_a_picked_candidate_keeps_the_focus_and_enter_sends_to_it(page: "Page") -> None:
    held = Held(page)
    write(page, NOISE)
    second = names(page)[1]
    page.click("#candidates .pick >> nth=1")
    assert second in focused(page)
    held.answer(second_first)
    page.wait_for_selector("#reading:has-text('细读')", state="attached")
    assert second in focused(page)
    page.keyboard.press("Enter")
    dispatched(page, second)


def test_enter_on_a_candidate_picks_it_before_it_sends(page: "Page", service: Served) -> None:
    Held(page)
    before = last(service)["id"]
    write(page, NOISE)
    first = names(page)[0]
    page.focus("#candidates .pick >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector("#candidates [data-picked]:focus")
    assert last(service)["id"] == before
    page.keyboard.press("Enter")
    dispatched(page, first)


def test_a_digit_on_its_way_picks_nobody_else(page: "Page") -> None:
    held = Held(page)
    write(page, NOISE)
    second = names(page)[1]
    page.keyboard.press("Escape")
    page.evaluate(ON_ITS_WAY, ["hint", "2"])
    held.answer(second_first)
    page.wait_for_selector("#toast.shown:has-text('候选刚变, 没有选中')")
    assert page.inner_text("#candidates li.chosen .unit") == second
    page.wait_for_timeout(700)
    page.keyboard.press("2")
    page.wait_for_selector("#hint:empty", state="attached")
    assert page.inner_text("#candidates li.chosen .unit") == names(page)[1] != second


def test_a_click_on_its_way_while_the_rows_move_picks_nobody(page: "Page") -> None:
    held = Held(page)
    write(page, NOISE)
    page.evaluate(CLICKED)
    held.answer(lambda found: found["questions"].clear())
    page.wait_for_selector("#toast.shown:has-text('没有选中: 看过再点')")
    assert page.query_selector("[data-picked]") is None


def test_what_is_sent_before_it_was_read_waits_for_a_look(page: "Page", service: Served) -> None:
    before = last(service)["id"]
    page.evaluate(f"{TYPE}{SEND} }}", LAMPS)
    page.wait_for_selector("#toast.shown:has-text('没有派出: 看过再派')")
    assert last(service)["id"] == before
    page.wait_for_timeout(700)
    page.keyboard.press("Control+Enter")
    dispatched(page, "水口镇")


RULE = {"kind": "manual", "name": "供水抢修", "transfer": "供水抢修 0750-0000", "level": "紧急", "handling": "先转抢修。"}


def test_a_transfer_said_for_one_unit_does_not_hold_for_the_next(page: "Page", service: Served) -> None:
    def urgent(found: "Answer") -> None:
        found["rules"] = [RULE]

    def changed(found: "Answer") -> None:
        urgent(found)
        second_first(found)

    def fast(route: "Route") -> None:
        found = route.fetch().json()
        urgent(found)
        route.fulfill(json=found)

    page.route(FAST, fast)
    held = Held(page)
    before = last(service)["id"]
    write(page, NOISE)
    first, second = names(page)[:2]
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#send:has-text('已转接, 确认派给 {first}')")
    held.answer(changed)
    page.wait_for_selector("#reading:has-text('细读')", state="attached")
    assert page.inner_text("#send").startswith(f"派给 {second}")
    page.evaluate("document.getElementById('toast').classList.remove('shown')")
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    page.wait_for_selector("#toast.shown:has-text('须先处置')")
    page.wait_for_selector(f"#send:has-text('已转接, 确认派给 {second}')")
    assert last(service)["id"] == before
    page.keyboard.press("Enter")
    dispatched(page, second)


def test_a_close_answer_stays_off_the_screen_once_somebody_types_again(page: "Page") -> None:
    held = Held(page)
    write(page, NOISE)
    before = names(page)
    page.evaluate(LATE)
    held.answer(second_first)
    page.wait_for_selector("body[data-arrived]")
    fast: list[Route] = []
    page.route(FAST, lambda route: fast.append(route))
    # Before the 250 ms are over after which the page asks again, and gives the close question up.
    page.evaluate(TYPE + "window.arrives(); }", f"{NOISE}。")
    page.wait_for_timeout(500)
    assert names(page) == before
    assert page.inner_text("#reading") == "速读"


def test_nothing_is_read_closely_while_somebody_types(page: "Page") -> None:
    held = Held(page)
    write(page, NOISE)
    page.evaluate(TYPING, 1800)
    assert held.routes == []
    held.wait()


def test_a_new_call_is_not_read_closely_for_the_one_before(page: "Page") -> None:
    held = Held(page)
    write(page, NOISE)
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.wait_for_timeout(1800)
    assert held.routes == []


def test_a_fast_answer_to_older_words_sends_nothing(page: "Page", service: Served) -> None:
    before = last(service)["id"]
    page.evaluate(LATE.replace("?close=true", "/suggestions"))
    page.evaluate(TYPE + "}", WAGES)
    page.wait_for_selector("body[data-arrived]")
    # The older answer comes, and the key with it, before the newer question is on its way.
    page.evaluate(f"{TYPE} window.arrives(); setTimeout(() => {{ {SEND} }}, 50); }}", LAMPS)
    page.wait_for_selector("#toast.shown:has-text('没有派出')")
    assert last(service)["id"] == before
