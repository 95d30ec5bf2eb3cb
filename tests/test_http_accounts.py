from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from service import http_accounts, http_desk, http_info, http_private, http_requests, rights
from service.app import create_app
from service.guard import COOKIE, CSRF
from service.settings import Settings
from tests.desks import PASSWORD, Desk, Person, code
from triage import Engine

PUBLIC = {"/api/v1/setup", "/api/v1/invitations", "/api/v1/login"}


@pytest.fixture(scope="module")
def desk(toy_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("accounts")
    with Desk(create_app(Settings(data=folder, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


@pytest.fixture(scope="module")
def people(desk: Desk) -> dict[str, Person]:
    return {**{role: desk.person(role) for role in rights.PEOPLE}, "platform": desk.machine()}


ROUTES = [
    (route.path, method)
    for module in (http_accounts, http_desk, http_info, http_private, http_requests)
    for route in module.router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
]


@pytest.mark.parametrize(("path", "method"), [each for each in ROUTES if each[0] not in PUBLIC])
def test_without_a_login_nothing_is_told(desk: Desk, path: str, method: str) -> None:
    url = path.replace("{number}", "1")
    for headers in ({}, {"authorization": "Bearer triage_x"}, {"authorization": "Basic eDp5"}, {"cookie": f"{COOKIE}=x"}):
        assert code(desk.call(method, url, headers=headers, json={} if method == "POST" else None)) == (401, "not_logged_in")


def test_every_role_gets_exactly_what_the_table_gives(people: dict[str, Person]) -> None:
    for url, right in (
        ("/queue", "request.read"), ("/figures/day", "figures.own"), ("/events", "feed.read"), ("/accounts", "account.read"),
        ("/tokens", "token.write"), ("/audit", "audit.read"), ("/profile", "profile.read"),
    ):  # fmt: skip
        for role, who in people.items():
            answer = who.get(url)
            expected = 200 if right in rights.of(role) else 403
            assert answer.status_code == expected, (url, role, answer.text)


def test_the_whole_way_of_an_account(desk: Desk, people: dict[str, Person]) -> None:
    system, security = people["system_admin"], people["security_admin"]
    made = system.post("/accounts", {"name": "xiaoli", "shown": "小李"})
    assert made.status_code == 201 and made.json()["account"]["active"] is False
    number = made.json()["account"]["id"]
    assert code(system.post(f"/accounts/{number}/role", {"role": "operator"})) == (403, "no_right")
    assert code(security.post("/accounts", {"name": "x"})) == (403, "no_right")
    new = Person(desk)
    assert code(new.post("/invitations", {"secret": made.json()["secret"], "password": "short"})) == (422, "weak_password")
    assert new.post("/invitations", {"secret": made.json()["secret"], "password": PASSWORD}).status_code == 200
    assert code(new.post("/invitations", {"secret": made.json()["secret"], "password": PASSWORD})) == (403, "bad_link")
    assert new.login("xiaoli").json()["rights"] == []
    assert code(new.get("/queue")) == (403, "no_right")
    assert security.post(f"/accounts/{number}/role", {"role": "operator"}).json()["role_name"] == "话务员"
    assert code(new.get("/me")) == (401, "not_logged_in")
    assert "request.decide" in new.login("xiaoli").json()["rights"]
    assert new.get("/queue").status_code == 200
    assert security.post(f"/accounts/{number}/disabled", {"disabled": True}).json()["disabled"] is True
    assert code(new.get("/me")) == (401, "not_logged_in")
    assert code(new.login("xiaoli")) == (401, "bad_login")
    assert security.post(f"/accounts/{number}/disabled", {"disabled": False}).json()["active"] is True


def test_nobody_changes_their_own_rights(people: dict[str, Person]) -> None:
    security = people["security_admin"]
    for url, body in (("role", {"role": "auditor"}), ("disabled", {"disabled": True}), ("invitation", {})):
        assert code(security.post(f"/accounts/{security.number}/{url}", body)) == (409, "own_account")


def test_the_cookie_is_for_the_browser_alone(desk: Desk) -> None:
    desk.person("operator", "cookie")
    kept = Person(desk).login("cookie").headers["set-cookie"]
    assert "HttpOnly" in kept and "SameSite=strict" in kept and "Secure" not in kept


@pytest.mark.parametrize("header", [{}, {CSRF: "x"}, {CSRF: "\u00e9"}])
def test_a_change_without_the_csrf_of_the_login_is_refused(desk: Desk, people: dict[str, Person], header: dict[str, str]) -> None:
    who = people["operator"]
    bare = Person(desk)
    bare.cookies = who.cookies
    encoded = {name: value.encode("latin-1") for name, value in header.items()}
    assert code(bare.post("/requests", {"text": "路灯坏了没人修"}, headers=encoded)) == (403, "bad_csrf")
    assert bare.get("/queue").status_code == 200


def test_logging_out_ends_the_login(desk: Desk) -> None:
    who = desk.person("operator", "leaving")
    assert who.get("/me").json()["name"] == "leaving"
    assert who.post("/logout").status_code == 200
    assert code(who.get("/me")) == (401, "not_logged_in")


def test_a_password_is_changed_by_who_knows_the_old_one(desk: Desk) -> None:
    who = desk.person("operator", "changing")
    assert code(who.post("/password", {"old": "wrong", "new": "Another-Pass-1"})) == (401, "bad_login")
    assert code(who.post("/password", {"old": PASSWORD, "new": "weak"})) == (422, "weak_password")
    assert who.post("/password", {"old": PASSWORD, "new": "Another-Pass-1"}).status_code == 200
    assert code(who.get("/me")) == (401, "not_logged_in")
    assert code(who.login("changing")) == (401, "bad_login")
    assert who.login("changing", "Another-Pass-1").status_code == 200


def test_too_many_wrong_passwords_lock_and_say_for_how_long(desk: Desk, people: dict[str, Person]) -> None:
    who = desk.person("operator", "locked")
    for _ in range(5):
        assert code(who.login("locked", "wrong")) == (401, "bad_login")
    answer = who.login("locked")
    assert code(answer) == (429, "locked_out") and int(answer.headers["retry-after"]) > 800
    assert people["security_admin"].post(f"/accounts/{who.number}/unlock").status_code == 200
    assert who.login("locked").status_code == 200


def test_tokens_are_made_used_and_ended(desk: Desk, people: dict[str, Person]) -> None:
    security = people["security_admin"]
    made = security.post("/tokens", {"name": "平台"})
    assert made.status_code == 201
    machine = Person(desk)
    machine.headers["authorization"] = f"Bearer {made.json()['secret']}"
    assert machine.get("/events").status_code == 200
    assert code(machine.post("/password", {"old": "x", "new": "Another-Pass-1"}))[1] == "no_right"
    assert made.json()["secret"] not in security.get("/tokens").text
    assert security.post(f"/tokens/{made.json()['token']['id']}/end").json()["ended_at"]
    assert code(machine.get("/events")) == (401, "not_logged_in")


def test_the_first_set_up_over_http(toy_engine: Engine, tmp_path: object) -> None:
    from service import accounts

    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as desk:  # type: ignore[arg-type]
        with desk.state.store.write() as connection:
            secret = accounts.set_up_link(connection, 24)
        three = {role: {"name": f"{role}.1", "password": PASSWORD} for role in rights.ADMINISTRATORS}
        assert code(desk.nobody.post("/setup", {"secret": "x", **three})) == (403, "bad_link")
        assert desk.nobody.post("/setup", {"secret": secret, **three}).status_code == 200
        assert code(desk.nobody.post("/setup", {"secret": secret, **three})) == (403, "bad_link")
        assert Person(desk).login("auditor.1").json()["role_name"] == "审计员"


@pytest.mark.parametrize(
    ("host", "openness", "headers", "status"),
    [
        ("localhost", "loopback", {}, 200),
        ("::1", "loopback", {}, 200),
        ("localhost", "loopback", {"x-forwarded-for": "10.0.0.9"}, 401),
        ("localhost", "loopback", {"x-forwarded-proto": "https"}, 401),
        ("localhost", "loopback", {"via": "1.1 gateway"}, 401),
        ("*", "loopback", {}, 401),
        ("0.0.0.0", "loopback", {}, 401),
        ("*", "always", {}, 200),
        ("localhost", "never", {}, 401),
    ],
)
def test_who_may_ask_without_a_login(toy_engine: Engine, tmp_path: object, host: str, openness: str, headers: dict[str, str], status: int) -> None:
    settings = Settings(data=tmp_path, host=host, open_suggestions=openness, open_metrics=openness, reload_seconds=0)  # type: ignore[arg-type]
    with Desk(create_app(settings, load=lambda _: toy_engine)) as desk:
        assert desk.nobody.post("/suggestions", {"text": "路灯坏了没人修"}, headers=headers).status_code == status
        assert desk.nobody._call("GET", "/metrics", headers=headers).status_code == status
        if status == 401:
            assert desk.machine().post("/suggestions", {"text": "路灯坏了没人修"}).status_code == 200
