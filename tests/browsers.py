"""A real Chromium for the tests of pages, and a service in a thread of its own that it talks to."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from service import accounts, passwords
from service.app import create_app
from service.settings import Settings
from service.state import State
from tests.desks import PASSWORD
from tests.stores import missing
from triage import Engine

ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]


def chromium() -> str:
    """The path of Chromium. Skips, or fails where TRIAGE_REQUIRE asks for chromium."""
    found = os.environ.get("TRIAGE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    wrong = "" if found else "no chromium: apt-get install chromium fonts-noto-cjk, or set TRIAGE_CHROMIUM"
    try:
        import playwright  # noqa: F401
    except ImportError:
        wrong = "no playwright: pip install playwright"
    if wrong or found is None:
        missing(wrong, "chromium")
    return found


class Served:
    """A running service, its address, and its state."""

    def __init__(self, engine: Engine | None, data: Path, model: str = "default", **more: Any) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        settings = Settings(data=data, model=model, reload_seconds=0, **({"address": self.url} | more if more else {}))
        self._app = create_app(settings, load=(lambda _: engine) if engine is not None else None)

    @property
    def state(self) -> State:
        found: State = self._app.state.held
        return found

    def person(self, role: str, name: str) -> None:
        """Somebody with a role and the usual password."""
        with self.state.store.write() as connection:
            account, secret = accounts.create(connection, name, name, 24)
            accounts.accept(connection, secret, passwords.hashed(PASSWORD))
            if role:
                accounts.grant(connection, account.id, role)

    def start(self) -> None:
        self._server = uvicorn.Server(uvicorn.Config(self._app, host="127.0.0.1", port=self.port, log_config=None, timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        for _ in range(400):
            if self._server.started:
                return
            time.sleep(0.05)
        raise AssertionError("the service did not start")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)


@contextmanager
def served(engine: Engine | None, data: Path, model: str = "default", **more: Any) -> Iterator[Served]:
    """``engine``: the one that is always used; None: whatever is activated, at first ``model``. ``more``: settings."""
    running = Served(engine, data, model, **more)
    running.start()
    try:
        yield running
    finally:
        running.stop()
