import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.app import create_app
from service.settings import Settings
from triage import Engine, Request
from triage.errors import BundleError

URL = "/api/v1/suggestions"
LIGHT = {"text": "水口镇泮村的路灯坏了半个月, 晚上走路好黑, 麻烦派人修一下", "id": "a1"}
_MOST = 1_000_000


class Client:
    """Calls an application in this process, its start and end included."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")

    def __enter__(self) -> "Client":
        self._runner = asyncio.Runner()
        self._lifespan = self._app.router.lifespan_context(self._app)
        self._runner.run(self._lifespan.__aenter__())
        return self

    def __exit__(self, *args: object) -> None:
        self._runner.run(self._lifespan.__aexit__(None, None, None))
        self._runner.run(self._http.aclose())
        self._runner.close()

    def get(self, url: str) -> httpx.Response:
        return self._runner.run(self._http.get(url))

    def head(self, url: str) -> httpx.Response:
        return self._runner.run(self._http.head(url))

    def post(self, **body: Any) -> httpx.Response:
        return self._runner.run(self._http.post(URL, **body))


@pytest.fixture(scope="module")
def client(toy_engine: Engine) -> Iterator[Client]:
    with Client(create_app(Settings(max_body=_MOST), load=lambda _: toy_engine)) as ready:
        yield ready


@pytest.fixture(scope="module")
def broken() -> Iterator[Client]:
    def load(settings: Settings) -> Engine:
        raise BundleError("models/default/matrix.npy is damaged. Copy it again from its source.")

    with Client(create_app(Settings(), load=load)) as lame:
        yield lame


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_one_request_gets_the_engines_whole_suggestion(client: Client, toy_engine: Engine) -> None:
    answer = client.post(json=LIGHT)
    assert answer.status_code == 200
    told = asdict(toy_engine.suggest(Request(**LIGHT)))
    assert answer.json() == httpx.Response(200, json=told).json()
    assert answer.json()["units"][0]["reasons"]


def test_many_requests_get_one_answer_each_in_order(client: Client, toy_engine: Engine) -> None:
    texts = [LIGHT["text"], "。", "老板拖欠工资不发"]
    answer = client.post(json={"requests": [{"text": text, "id": str(number)} for number, text in enumerate(texts)]})
    assert answer.status_code == 200
    first, second, third = answer.json()["suggestions"]
    assert (first["id"], third["id"]) == ("0", "2")
    assert third["units"][0]["code"] == "RS"
    alone = asdict(toy_engine.suggest(Request(LIGHT["text"], id="0")))
    assert first == httpx.Response(200, json=alone).json()
    assert second["error"]["code"] == "text_empty"


def test_up_to_200_requests_go_at_once(client: Client) -> None:
    assert len(client.post(json={"requests": [LIGHT] * 200}).json()["suggestions"]) == 200
    refused = client.post(json={"requests": [LIGHT] * 201})
    assert code(refused) == (422, "bad_body")
    assert refused.json()["error"]["place"] == "body.requests"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (422, "text_empty")),
        (" \n\t　", (422, "text_empty")),
        ("路", (422, "text_empty")),
        ("路灯" * 100_000, (413, "text_too_long")),
        ("路灯\x00坏了", (422, "nul_byte")),
        ("路灯\ufffd\ufffd坏了", (422, "mojibake")),
        ("鐨勬槸鍦ㄤ簡涓嶆湁", (422, "mojibake")),
    ],
)
def test_texts_that_cannot_be_read_are_refused(client: Client, text: str, expected: tuple[int, str]) -> None:
    assert code(client.post(json={"text": text})) == expected


@pytest.mark.parametrize("field", ["text", "title"])
def test_half_a_surrogate_pair_is_refused(client: Client, field: str) -> None:
    body = f'{{"text": "ludeng", "{field}": "\\ud800 ludeng"}}'.encode()
    assert code(client.post(content=body, headers={"content-type": "application/json"})) == (422, "lone_surrogate")


def test_markup_alone_is_no_text(client: Client) -> None:
    assert code(client.post(json={"text": "<b></b><br/>"})) == (422, "text_empty")


@pytest.mark.parametrize("text", ["<p>水口镇的路灯<b>坏了</b></p>", '=HYPERLINK("http://a","路灯坏了")', "路灯坏了😭\u202e"])
def test_odd_texts_are_still_read(client: Client, text: str) -> None:
    assert client.post(json={"text": text}).status_code == 200


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"texts": "路灯坏了"}, "body.texts"),
        ({"text": 5}, "body.text"),
        ({"text": None}, "body.text"),
        ({"text": "路灯坏了", "id": "x" * 501}, "body.id"),
        ({"requests": []}, "body.requests"),
        ({"requests": "路灯坏了"}, "body.requests"),
        ({"requests": [LIGHT, {"text": 3}]}, "body.requests.1.text"),
        ({"requests": [LIGHT], "text": "路灯坏了"}, "body.requests"),
        ([LIGHT], "body"),
        ("路灯坏了", "body"),
        (None, "body"),
    ],
)
def test_bodies_of_another_form_are_refused_with_the_place(client: Client, body: Any, place: str) -> None:
    answer = client.post(json=body)
    assert code(answer) == (422, "bad_body")
    assert answer.json()["error"]["place"] == place
    assert "路灯坏了" not in answer.text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (422, "bad_body")),
        (b'{"text": "', (422, "bad_body")),
        (b"\xff\xfe", (422, "bad_body")),
        (b'{"text": "\xc2\xb7\xb5\xc6"}', (422, "bad_body")),  # GB18030
        (b"[" * 50_000, (422, "bad_body")),
    ],
)
def test_bodies_that_are_no_json_are_refused(client: Client, content: bytes, expected: tuple[int, str]) -> None:
    assert code(client.post(content=content, headers={"content-type": "application/json"})) == expected


def test_a_body_over_the_limit_is_refused_when_announced(client: Client) -> None:
    assert code(client.post(content=b" " * (_MOST + 1))) == (413, "body_too_large")


def test_a_body_at_the_limit_is_read(client: Client) -> None:
    body = b'{"text": "ludeng huai le"}'
    assert client.post(content=body.ljust(_MOST), headers={"content-type": "application/json"}).status_code == 200


def test_a_body_over_the_limit_is_refused_when_it_comes_in_pieces(client: Client) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 65536

    assert code(client.post(content=pieces(), headers={"content-type": "application/json"})) == (413, "body_too_large")


def test_a_working_service_is_alive_and_ready_and_says_with_what(client: Client, toy_engine: Engine) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready", **asdict(toy_engine.versions)}


def test_a_balancer_may_ask_without_wanting_an_answer(client: Client, broken: Client) -> None:
    assert [client.head(url).status_code for url in ("/healthz", "/readyz")] == [200, 200]
    assert [broken.head(url).status_code for url in ("/healthz", "/readyz")] == [200, 503]
    assert client.head("/healthz").content == b""


def test_a_time_outside_of_the_calendar_is_answered(client: Client) -> None:
    for when in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        assert client.post(json={"text": "路灯坏了没人修", "received_at": when}).status_code == 200


def test_without_a_model_it_is_alive_but_not_ready(broken: Client) -> None:
    assert broken.get("/healthz").status_code == 200
    for answer in (broken.get("/readyz"), broken.post(json=LIGHT)):
        assert code(answer) == (503, "not_ready")
        assert "matrix.npy is damaged. Copy it again" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("url", "expected"), [(URL, (405, "method_not_allowed")), ("/nowhere", (404, "not_found"))])
def test_wrong_addresses_and_methods_have_codes_too(client: Client, url: str, expected: tuple[int, str]) -> None:
    assert code(client.get(url)) == expected


def test_the_root_leads_to_the_login(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2F")


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_the_documentation_needs_no_other_server(client: Client, page: str) -> None:
    html = client.get(page).text
    assert re.findall(r"""(?:src|href)=["']\s*(?:https?:)?//""", html) == []
    parts = re.findall(r"""(?:src|href)=["'](/[^"']+)""", html)
    assert parts
    assert {part: client.get(part).status_code for part in parts} == dict.fromkeys(parts, 200)


def test_the_description_has_an_example_that_works(client: Client) -> None:
    described = client.get("/openapi.json").json()
    (example,) = described["components"]["schemas"]["RequestIn"]["examples"]
    assert client.post(json=example).status_code == 200
    assert {"413", "422", "503"} < set(described["paths"][URL]["post"]["responses"])


def test_no_text_is_logged(client: Client, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(0):
        client.post(json=LIGHT)
        client.post(json={"text": LIGHT["text"], "extra": 1})
    printed = capsys.readouterr()
    assert "泮村" not in caplog.text + printed.out + printed.err


def test_readiness_names_the_problem_and_the_service_goes_on(toy: Path, profile_copy: Path) -> None:
    app = create_app(Settings(profile=str(profile_copy), model=str(toy), reload_seconds=0))
    with Client(app) as client:
        assert "profile_problem" not in client.get("/readyz").json()
        (profile_copy / "rules.csv").write_text("code,name\n", encoding="utf-8")
        app.state.loaded.refresh()
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert "rules.csv" in ready.json()["profile_problem"]
        assert client.post(json=LIGHT).status_code == 200


def test_answers_and_refusals_go_in_and_questions_come_out(client: Client) -> None:
    asked = client.post(json={"text": "路边垃圾堆了半个月没人清理"}).json()
    assert all({"issue", "text", "options"} == question.keys() for question in asked["questions"])
    told = client.post(json={"text": "路边垃圾堆了半个月没人清理", "answers": {"place": "440783117"}}).json()
    assert told["place"]["name"] == "水口镇"
    first = told["units"][0]["code"]
    again = client.post(json={"text": "路边垃圾堆了半个月没人清理", "refused": [{"unit": first, "reason": "其他"}]}).json()
    assert first not in [unit["code"] for unit in again["units"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [({"answers": {"noise": "x"}}, "unknown_answer"), ({"answers": {"x": "y"}}, "unknown_question"), ({"refused": [{"unit": "XX"}]}, "unknown_unit")],
)
def test_unknown_answers_and_refusals_are_422(client: Client, body: dict[str, Any], code: str) -> None:
    refused = client.post(json={"text": "路灯坏了没人修", **body})
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == code
