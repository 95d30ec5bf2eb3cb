import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service import pages, rights, synthetic
from service.app import create_app
from service.settings import Settings
from tests.desks import Desk, Person
from triage import Engine

HTML = {"accept": "text/html"}
STATIC, TEMPLATES = Path(pages.__file__).parent / "static", Path(pages.__file__).parent / "templates"


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


def look(desk: Desk, path: str, who: Person | None = None) -> httpx.Response:
    cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in who.cookies.items())} if who else {}
    return desk.call("GET", path, headers={**HTML, **cookie})


@pytest.mark.parametrize("path", sorted(pages.OPEN))
def test_pages_without_a_login_open_with_a_strict_policy(desk: Desk, path: str) -> None:
    answer = look(desk, path)
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_a_page_leads_to_the_login_and_back(desk: Desk, page: pages.Page) -> None:
    answer = look(desk, f"{page.path}?request=7")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=%2F")
    assert answer.headers["location"].endswith("%3Frequest%3D7")


@pytest.mark.parametrize("role", rights.PEOPLE)
def test_everybody_sees_their_pages_and_no_others(desk: Desk, role: str) -> None:
    who = desk.person(role)
    mine = [page for page in pages.PAGES if page.right in rights.of(role)]
    assert mine
    for page in pages.PAGES:
        answer = look(desk, page.path, who)
        if page in mine:
            assert answer.status_code == 200
            links = re.findall(r'<a href="(/[^"]*)"', answer.text)
            assert links == [each.path for each in mine]
        elif page.path == "/":
            assert (answer.status_code, answer.headers["location"]) == (303, mine[0].path)
        else:
            assert answer.status_code == 403
            assert "没有权限" in answer.text


def test_somebody_without_a_role_waits(desk: Desk) -> None:
    answer = look(desk, "/queue", desk.person(""))
    assert answer.status_code == 403
    assert "等待授权" in answer.text


def test_a_name_is_never_read_as_html(desk: Desk) -> None:
    who = desk.person("operator", '"><script>alert(1)</script>')
    answer = look(desk, "/", who)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_errors_are_pages_for_people_and_json_for_machines(desk: Desk) -> None:
    assert "没有此页" in look(desk, "/nowhere").text
    assert desk.call("GET", "/nowhere").json()["error"]["code"] == "not_found"
    assert look(desk, "/api/v1/nowhere").json()["error"]["code"] == "not_found"


def test_scripts_are_asked_for_again_after_an_update(desk: Desk) -> None:
    answer = desk.call("GET", "/static/workbench.js")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith(("text/javascript", "application/javascript"))


@pytest.mark.parametrize("path", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_templates_hold_no_script_style_or_foreign_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*src=)|<style|\bstyle=|\bon[a-z]+=|https?:", text)


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_scripts_never_make_html_of_text_and_name_no_foreign_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|https?:", text)


def test_a_demo_city_says_so_on_every_page_and_a_real_one_does_not(desk: Desk) -> None:
    who = desk.person("supervisor")
    paths = [*pages.OPEN, "/", "/queue", "/audit"]
    assert not any(synthetic.SHOWN in look(desk, path, who).text for path in paths)
    with desk.state.store.write() as connection:
        synthetic.mark(connection, "test", {"seed": 1})
    assert all(synthetic.SHOWN in look(desk, path, who).text for path in paths)


def test_every_act_of_the_audit_log_has_a_word_on_screen() -> None:
    said = (STATIC / "audit.js").read_text(encoding="utf-8")
    acts: set[str] = set()
    for file in STATIC.parent.rglob("*.py"):
        acts |= set(re.findall(r'note\([^()"]*(?:\([^()]*\)[^()"]*)*"([a-z]+(?:\.[a-z_]+)*)"', file.read_text(encoding="utf-8")))
    assert {"login", "account.bind", "store.seal", "job.create"} <= acts
    assert [each for each in sorted(acts) if f'"{each}": "' not in said and f' {each}: "' not in said] == []
