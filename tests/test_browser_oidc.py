"""The login by the identity provider in a real Chromium: two sites, cookies as a browser keeps them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browsers import ARGUMENTS, Served, chromium, served
from tests.idps import CLIENT, SECRET, Idp
from triage import Engine

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def idp() -> Iterator[Idp]:
    with Idp("localhost").running() as running:  # another site than 127.0.0.1
        yield running


@pytest.fixture(scope="module")
def service(browser: "Browser", toy_engine: Engine, idp: Idp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    told = {"oidc_issuer": idp.issuer, "oidc_client": CLIENT, "oidc_secret": SECRET}
    with served(toy_engine, tmp_path_factory.mktemp("oidc"), **told) as running:
        for role, name in (("operator", "xiaoli"), ("security_admin", "anquan")):
            running.person(role, name)
        yield running


def test_a_click_logs_in_and_opens_the_page_that_was_asked_for(browser: "Browser", service: Served, idp: Idp) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{service.url}/queue?name=mine")
    page.wait_for_selector("#account:focus")
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "统一身份认证登录"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{service.url}/queue?name=mine")
    assert "xiaoli" in page.inner_text("header .who")
    idp.sub, idp.name = "u-2", "stranger"
    page.click("#logout")
    page.wait_for_url(f"{service.url}/login")
    page.click("text=统一身份认证登录")
    page.wait_for_selector("text=没有与您对应的可用账号")
    page.goto(f"{service.url}/queue")
    page.wait_for_selector("#account:focus")
    context.close()


def test_the_security_administrator_unbinds_and_binds_by_keyboard(browser: "Browser", service: Served) -> None:
    from tests.desks import PASSWORD

    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page.goto(f"{service.url}/accounts")
    page.wait_for_selector("#account:focus")
    page.keyboard.type("anquan")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.click("[aria-label='解除绑定 xiaoli']")
    page.wait_for_selector("[aria-label='绑定 xiaoli']")
    page.click("[aria-label='绑定 xiaoli']")
    page.wait_for_selector("#ask-words:focus")
    page.keyboard.type("u-2")
    page.keyboard.press("Enter")
    page.wait_for_selector("[aria-label='解除绑定 xiaoli']")
    assert page.get_attribute("tr:has-text('xiaoli') [title]", "title") == "u-2"
    page.close()
