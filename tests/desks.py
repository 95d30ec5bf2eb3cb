"""A running service for tests: an application in this process, with people and machines that call it."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

from service import accounts, passwords, tokens
from service.guard import CSRF
from service.state import State

PASSWORD = "Abcdefgh-123"
_HASHED: list[str] = []


class Desk:
    """Starts and ends an application, and calls it as somebody."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def __enter__(self) -> "Desk":
        self._runner = asyncio.Runner()
        self._lifespan = self.app.router.lifespan_context(self.app)
        self._runner.run(self._lifespan.__aenter__())
        self.nobody = Person(self)
        return self

    def __exit__(self, *args: object) -> None:
        self._runner.run(self._lifespan.__aexit__(None, None, None))
        self._runner.close()

    @property
    def state(self) -> State:
        found: State = self.app.state.held
        return found

    def person(self, role: str, name: str = "") -> "Person":
        """Somebody new with a role, logged in."""
        name = name or f"{role}-1"
        _HASHED[:] = _HASHED or [passwords.hashed(PASSWORD)]
        with self.state.store.write() as connection:
            account, secret = accounts.create(connection, name, name, 24)
            accounts.accept(connection, secret, _HASHED[0])
            if role:
                accounts.grant(connection, account.id, role)
        found = Person(self)
        assert found.login(name).status_code == 200
        found.number = account.id
        return found

    def machine(self, name: str = "hotline", role: str = "platform") -> "Person":
        """A machine with a token."""
        with self.state.store.write() as connection:
            _, secret = tokens.create(connection, name, role, "sec", 30)
        found = Person(self)
        found.headers["authorization"] = f"Bearer {secret}"
        return found

    def call(self, method: str, url: str, **more: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://localhost") as client:
                return await client.request(method, url, **more)

        return self._runner.run(go())


class Person:
    """Keeps its cookie and csrf as a browser and a page do."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.headers: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        self.number = 0

    def get(self, url: str, **params: Any) -> httpx.Response:
        return self._call("GET", url, params=params)

    def post(self, url: str, body: Any = None, key: str = "", **more: Any) -> httpx.Response:
        headers = {**self.headers, **({"idempotency-key": key} if key else {}), **more.pop("headers", {})}
        return self._call("POST", url, json={} if body is None else body, headers=headers, **more)

    def login(self, name: str, password: str = PASSWORD) -> httpx.Response:
        answer = self.post("/login", {"name": name, "password": password})
        if answer.status_code == 200:
            self.cookies = dict(answer.cookies)
            self.headers[CSRF] = answer.json()["csrf"]
        return answer

    def _call(self, method: str, url: str, **more: Any) -> httpx.Response:
        cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        headers = {**self.headers, **cookie, **more.pop("headers", {})}
        return self._desk.call(method, url if url.startswith(("/metrics", "/readyz")) else f"/api/v1{url}", headers=headers, **more)


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and stable code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]
