import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.app import create_app
from service.limits import BodyLimit
from service.settings import Settings
from service.tables import requests
from tests.desks import Desk
from triage import Engine

MEGABYTE = 1024 * 1024


async def reads_all(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers once it has the whole body, with its length."""
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


def call(pieces: list[bytes | float], most: int = MEGABYTE, seconds: float = 5) -> tuple[int, bytes, int]:
    """Status, body, and how many pieces were asked for; a number among ``pieces`` is a pause in seconds."""
    asked, said = 0, list[Any]()

    async def receive() -> Any:
        nonlocal asked
        while asked < len(pieces) and isinstance(pause := pieces[asked], float):
            asked += 1
            await asyncio.sleep(pause)
        asked += 1
        assert asked <= len(pieces), "read behind the end"
        return {"type": "http.request", "body": pieces[asked - 1], "more_body": asked < len(pieces)}

    async def send(message: Any) -> None:
        said.append(message)

    limit = BodyLimit(reads_all, most, seconds)
    asyncio.run(limit({"type": "http", "headers": []}, receive, send))
    return said[0]["status"], said[1]["body"], asked


def test_a_body_within_size_and_time_passes() -> None:
    assert call([b"ab", 0.01, b"c"]) == (200, b"3", 3)


def test_an_endless_body_is_not_read_on() -> None:
    status, body, asked = call([b"x" * MEGABYTE] * 100, most=2 * MEGABYTE)
    assert (status, json.loads(body)["error"]["code"], asked) == (413, "body_too_large", 3)


def test_a_body_that_trickles_is_given_up() -> None:
    status, body, _ = call([b"x", 0.05] * 1000 + [b"x"], seconds=0.2)
    assert (status, json.loads(body)["error"]["code"]) == (408, "body_too_slow")


def test_the_answer_may_take_longer_than_the_body() -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.sleep(0.1)
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.start", "status": 200, "headers": []})

    messages, said = iter([{"type": "http.request", "body": b"x"}, {"type": "http.disconnect"}]), list[Any]()

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        said.append(message["status"])

    asyncio.run(BodyLimit(slow, 10, 0.05)({"type": "http", "headers": []}, receive, send))
    assert said == [200]


@pytest.mark.parametrize("path", ["/requests", "/imports", "/similar", "/login", "/suggestions", "/requests/1/decisions"])
def test_a_hundred_megabytes_are_refused_by_every_call_and_nothing_is_kept(toy_engine: Engine, tmp_path: Path, path: str) -> None:
    async def flood() -> AsyncIterator[bytes]:
        yield b'{"text": "'
        for _ in range(100):
            yield b"x" * MEGABYTE
        yield b'"}'

    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0, max_body=MEGABYTE), load=lambda _: toy_engine)) as desk:
        who = desk.person("supervisor")
        cookie = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
        headers = {**who.headers, "cookie": cookie, "content-type": "application/json"}
        answer = desk.call("POST", f"/api/v1{path}", content=flood(), headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
        with desk.state.store.read() as connection:
            assert connection.execute(sa.select(sa.func.count()).select_from(requests)).scalar_one() == 0
