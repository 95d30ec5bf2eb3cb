import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service import accounts, audit
from service.app import create_app
from service.guard import COOKIE
from service.http_oidc import ATTEMPT, inside
from service.settings import Settings
from tests.desks import Desk, Person, code
from tests.idps import CLIENT, SECRET, Idp
from triage import Engine


@pytest.fixture(scope="module")
def idp() -> Iterator[Idp]:
    with Idp().running() as running:
        yield running


@pytest.fixture(scope="module")
def desk(toy_engine: Engine, idp: Idp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    told = {"oidc_issuer": idp.issuer, "oidc_client": CLIENT, "oidc_secret": SECRET, "address": "http://triage"}
    settings = Settings(data=tmp_path_factory.mktemp("oidc"), reload_seconds=0, **told)  # type: ignore[arg-type]
    with Desk(create_app(settings, load=lambda _: toy_engine)) as ready:
        yield ready


@pytest.fixture(autouse=True)
def honest(idp: Idp) -> None:
    idp.sub, idp.name, idp.spoil = "u-1", "xiaoli", lambda claims: None


def log_in(desk: Desk, idp: Idp, query: str = "") -> httpx.Response:
    """The whole way of a browser; the last answer."""
    off = desk.call("GET", f"/oidc/login{query}")
    assert off.status_code == 303 and off.headers["location"].startswith(idp.issuer)
    kept = off.headers["set-cookie"]
    assert "HttpOnly" in kept and "SameSite=lax" in kept and "Path=/oidc" in kept
    return desk.call("GET", "/oidc/back", params=idp.authorize(off.headers["location"]), headers={"cookie": f"{ATTEMPT}={off.cookies[ATTEMPT]}"})


def last(desk: Desk) -> tuple[str, str, dict[str, str]]:
    with desk.state.store.read() as connection:
        (found,) = audit.entries(connection, limit=1, before=0)
    assert found.action == "login"
    return found.made_by, found.result, json.loads(found.detail)


def test_somebody_with_an_account_gets_in_and_is_noted(desk: Desk, idp: Idp) -> None:
    desk.person("operator", "xiaoli")
    answer = log_in(desk, idp, "?next=/queue%3Fstate%3Dnew")
    assert answer.status_code == 200 and 'content="0; url=/queue?state=new"' in answer.text
    who = Person(desk)
    who.cookies = {COOKIE: answer.cookies[COOKIE]}
    assert (who.get("/me").json()["name"], who.get("/me").json()["role"]) == ("xiaoli", "operator")
    assert last(desk) == ("xiaoli", "ok", {"by": "oidc", "subject": "u-1"})
    assert any(each.startswith(f"{COOKIE}=") and "SameSite=strict" in each and "HttpOnly" in each for each in answer.headers.get_list("set-cookie"))


def test_nobody_is_made_silently(desk: Desk, idp: Idp) -> None:
    idp.sub, idp.name = "u-7", "stranger"
    answer = log_in(desk, idp)
    assert answer.status_code == 403 and COOKIE not in answer.cookies and "没有与您对应的可用账号" in answer.text
    assert last(desk) == ("stranger", "refused", {"by": "oidc", "subject": "u-7", "code": "no_account", "why": "unknown"})
    with desk.state.store.read() as connection:
        assert accounts.password_of(connection, "stranger")[0] is None


def test_wrong_passwords_do_not_lock_the_way_by_the_provider(desk: Desk, idp: Idp) -> None:
    who = desk.person("operator", "locked")
    for _ in range(5):
        who.login("locked", "wrong")
    assert code(who.login("locked")) == (429, "locked_out")
    idp.sub, idp.name = "u-8", "locked"
    assert COOKIE in log_in(desk, idp).cookies
    assert code(who.login("locked")) == (429, "locked_out")


def test_an_administrator_is_not_found_by_name(desk: Desk, idp: Idp) -> None:
    desk.person("auditor", "shenji")
    idp.sub, idp.name = "u-9", "shenji"
    answer = log_in(desk, idp)
    assert answer.status_code == 403 and COOKIE not in answer.cookies and "还没有绑定" in answer.text
    assert last(desk)[2]["why"] == "unbound"


def test_a_token_that_does_not_hold_is_refused_and_noted(desk: Desk, idp: Idp) -> None:
    idp.spoil = lambda claims: claims.update(nonce="another")
    answer = log_in(desk, idp)
    assert answer.status_code == 401 and COOKIE not in answer.cookies and "无法核实" in answer.text
    assert last(desk) == ("oidc", "refused", {"by": "oidc", "code": "bad_oidc", "why": "InvalidClaimError"})


def test_a_login_that_this_browser_did_not_begin_is_refused(desk: Desk, idp: Idp) -> None:
    off = desk.call("GET", "/oidc/login")
    brought = idp.authorize(off.headers["location"])
    other = desk.call("GET", "/oidc/login").cookies[ATTEMPT]
    for cookie in ({}, {"cookie": f"{ATTEMPT}=x"}, {"cookie": f"{ATTEMPT}={other}"}):
        answer = desk.call("GET", "/oidc/back", params=brought, headers=cookie)
        assert answer.status_code == 401 and COOKIE not in answer.cookies
        assert last(desk)[2]["why"] in ("attempt", "state")


def test_the_security_administrator_binds_and_unbinds(desk: Desk, idp: Idp) -> None:
    security, system = desk.person("security_admin"), desk.person("system_admin")
    clerk = desk.person("operator", "gonghao-17")
    url = f"/accounts/{clerk.number}/subject"
    idp.sub, idp.name = "u-17", "wang.fang"
    assert log_in(desk, idp).status_code == 403
    assert code(system.post(url, {"subject": "u-17"})) == (403, "no_right")
    assert security.post(url, {"subject": " u-17 "}).json()["subject"] == "u-17"
    assert log_in(desk, idp).status_code == 200
    assert clerk.get("/me").status_code == 200
    shown = {each["name"]: each["subject"] for each in security.get("/accounts").json()["accounts"]}
    assert shown["gonghao-17"] == "u-17" and security.get("/accounts").json()["provider"] is True
    assert code(security.post(f"/accounts/{system.number}/subject", {"subject": "u-17"})) == (409, "subject_taken")
    assert code(security.post(f"/accounts/{security.number}/subject", {"subject": "u-1"})) == (409, "own_account")
    assert security.post(url, {}).json()["subject"] == ""
    assert code(clerk.get("/me")) == (401, "not_logged_in")
    assert log_in(desk, idp).status_code == 403


def test_without_the_setting_there_is_no_trace_of_it(toy_engine: Engine, desk: Desk, tmp_path: Path) -> None:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as plain:
        assert "统一身份认证" not in plain.call("GET", "/login").text
        for url in ("/oidc/login", "/oidc/back"):
            assert plain.call("GET", url).status_code == 404
        security, clerk = plain.person("security_admin"), plain.person("operator")
        assert code(security.post(f"/accounts/{clerk.number}/subject", {"subject": "u"})) == (422, "bad_value")
        assert security.get("/accounts").json()["provider"] is False
    page = desk.call("GET", "/login?next=/queue%3Fa%3D1%26b").text
    assert "统一身份认证登录</a>" in page and 'href="/oidc/login?next=/queue%3Fa%3D1%26b"' in page


@pytest.mark.parametrize("told", ["", "//evil", "/\\evil", "https://evil", "/login", "/oidc/login", "/a\nb", "javascript:1", "/" + "a" * 2000])
def test_nobody_is_sent_elsewhere(told: str) -> None:
    assert inside(told) == "/"


def test_the_page_to_go_on_to_is_kept() -> None:
    assert inside("/explore?by=town&x=%E8%B7%AF'\";") == "/explore?by=town&x=%E8%B7%AF%27%22%3B"
