from pathlib import Path

import pytest

from service.app import create_app
from service.hosts import allowed, is_loopback
from service.settings import Settings
from tests.desks import Desk, code
from triage import Engine


@pytest.mark.parametrize(
    ("host", "own"), [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("*", False), ("triage.gov", False), ("::", False)]
)
def test_addresses_of_the_machine_itself(host: str, own: bool) -> None:
    assert is_loopback(host) is own


def test_which_names_are_answered_to() -> None:
    assert allowed(Settings()) == {"localhost"}
    assert allowed(Settings(host="*")) == {"*"}
    assert allowed(Settings(host="0.0.0.0", address="https://triage.city")) == {"*"}
    assert allowed(Settings(address="https://Triage.City:8443/x")) == {"localhost", "triage.city"}
    assert allowed(Settings(host="10.0.0.5", hosts="triage.city, t2 ,", address="https://t3")) == {"triage.city", "t2", "t3", "10.0.0.5"}
    assert "*" in allowed(Settings(hosts="*"))


ON_THIS_MACHINE = {
    "localhost": 200, "LOCALHOST:8000": 200, "127.0.0.1:80": 200, "127.9.9.9": 200, "[::1]:8000": 200, "a.localhost": 200, "localhost.": 200,
    "evil.example": 421, "evil.example:8000": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example": 421, "10.0.0.5": 421, "x\"<b>": 421,
    "[::2]": 421, "localhost:8000:1": 421, "localhost@evil": 421,
}  # fmt: skip


@pytest.mark.parametrize("host", ON_THIS_MACHINE)
def test_a_service_for_this_machine_answers_to_its_own_names_only(toy_engine: Engine, tmp_path: Path, host: str) -> None:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as desk:
        answer = desk.call("GET", "/healthz", headers={"host": host})
        assert answer.status_code == ON_THIS_MACHINE[host]
        if answer.status_code == 421:
            assert code(answer) == (421, "bad_host") and "<b>" not in answer.text
            page = desk.call("GET", "/", headers={"host": host, "accept": "text/html"})
            assert page.status_code == 421 and "TRIAGE_HOSTS" in page.text


@pytest.mark.parametrize(("host", "status"), [("triage.city", 200), ("localhost", 200), ("evil.example", 421)])
def test_names_can_be_added_where_it_listens_wider(toy_engine: Engine, tmp_path: Path, host: str, status: int) -> None:
    settings = Settings(data=tmp_path, reload_seconds=0, host="*", hosts="triage.city")
    with Desk(create_app(settings, load=lambda _: toy_engine)) as desk:
        assert desk.call("GET", "/healthz", headers={"host": host}).status_code == status
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0, host="*"), load=lambda _: toy_engine)) as desk:
        assert desk.call("GET", "/healthz", headers={"host": host}).status_code == 200
