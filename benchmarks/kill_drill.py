"""Kills the server (kill -9) at random moments while requests are imported and decided, starts it again, and repeats what was not
acknowledged with the same key. In the end everything acknowledged must be there, and nothing twice.

    python benchmarks/kill_drill.py --operations 1000 --kills 20                     # SQLite in a temporary folder
    python benchmarks/kill_drill.py --database postgresql+psycopg://user@host/empty  # an empty database
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from service import accounts, audit, passwords
from service.database import Database
from service.tables import decisions, events, heads, requests

TRIAGE = Path(sys.executable).with_name("triage")
PASSWORD = "Abcdefgh-123"
TEXTS = ("水口镇泮村的路灯坏了半个月", "工地老板拖欠工资不发", "楼下好大阵煤气味", "路边垃圾堆了半个月没人清理")
ROWS = 4


class Server:
    """A served store that is killed and started again, always on the same port."""

    def __init__(self, url: str, folder: Path, model: str) -> None:
        self._command = [str(TRIAGE), "serve", "--model", model, "--port"]
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")}
        self._environment |= {"TRIAGE_DATABASE": url, "TRIAGE_DATA": str(folder), "TRIAGE_LOG_LEVEL": "error", "TRIAGE_HOST": "127.0.0.1"}
        self._port, self.starts = "0", 0
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen([*self._command, self._port], stderr=subprocess.PIPE, text=True, encoding="utf-8", env=self._environment)
        assert process.stderr is not None
        first = process.stderr.readline()
        found = re.search(r":(\d+)$", first.strip())
        assert found is not None, first
        self._port, self.starts = found[1], self.starts + 1
        self._reader = threading.Thread(target=process.stderr.read)
        self._reader.start()
        return process

    def _ended(self, seconds: float | None = None) -> None:
        assert self.process.stderr is not None
        self.process.wait(seconds)
        self._reader.join()
        self.process.stderr.close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def kill(self) -> None:
        self.process.kill()
        self._ended()

    def start(self) -> None:
        self.process = self._start()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self._ended(60)


class Caller:
    """Sends a call until it is acknowledged; a server that is away is waited for."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._http = httpx.Client(timeout=60)
        self.repeated = 0

    def close(self) -> None:
        self._http.close()

    def log_in(self) -> None:
        answer = self.send("/login", {"name": "drill", "password": PASSWORD})
        self._http.headers["x-csrf-token"] = answer["csrf"]

    def send(self, url: str, body: dict[str, Any], key: str = "") -> dict[str, Any]:
        for _ in range(6000):
            try:
                answer = self._http.post(f"{self._server.address}/api/v1{url}", json=body, headers={"idempotency-key": key} if key else {})
            except httpx.TransportError:
                self.repeated += 1
                time.sleep(0.1)
                continue
            assert answer.status_code in (200, 201), answer.text
            told: dict[str, Any] = answer.json()
            return told
        raise AssertionError("the server never came back")


@contextmanager
def killing(server: Server, kills: int, seed: int, longest: float, done: threading.Event) -> Iterator[None]:
    """Kills in the background, after random whiles, as often as was asked for, and starts again each time."""
    chance = random.Random(seed)

    def work() -> None:
        for _ in range(kills):
            if done.wait(chance.uniform(0.05, longest)):
                return
            server.kill()
            server.start()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def drill(
    url: str, folder: Path, model: str = "default", operations: int = 1000, kills: int = 20, longest: float = 3.0, seed: int = 1
) -> dict[str, Any]:
    """Half of the ``operations`` import ``ROWS`` requests each, half decide one. Raises AssertionError for anything lost or twice."""
    database = Database(url)
    database.migrate()
    with database.write() as connection:
        account, secret = accounts.create(connection, "drill", "", 1)
        accounts.accept(connection, secret, passwords.hashed(PASSWORD))
        accounts.grant(connection, account.id, "supervisor")
    server = Server(url, folder, model)
    caller, done, known, acknowledged = Caller(server), threading.Event(), [], {}
    begun = time.perf_counter()
    try:
        caller.log_in()
        with killing(server, kills, seed, longest, done):
            number = 0
            while number < operations or server.starts <= kills:
                if number % 2 == 0:
                    rows = [{"id": f"R{number}-{row}", "text": TEXTS[(number + row) % len(TEXTS)]} for row in range(ROWS)]
                    told = caller.send("/imports", {"requests": rows}, f"import{number}")
                    assert told["failed"] == 0, told
                    acknowledged |= {each["id"]: each["request"] for each in told["rows"]}
                    known += [each["request"] for each in told["rows"]]
                else:
                    target = known[number // 2]
                    body = {"version": 1, "action": "override", "unit": "ZFB", "reason": "演练"}
                    assert caller.send(f"/requests/{target}/decisions", body, f"decide{number}")["version"] == 2
                number += 1
    finally:
        done.set()
        server.stop()
        caller.close()
    found = {"operations": number, "kills": server.starts - 1, "repeated": caller.repeated, "seconds": round(time.perf_counter() - begun, 1)}
    return {**found, **verify(database, acknowledged, number // 2)}


def verify(database: Database, acknowledged: dict[str, int], decided: int) -> dict[str, int]:
    """Every acknowledged row once, under its number; every decision once; heads and audit log whole."""
    with database.read() as connection:
        kept = {row.ref: row.id for row in connection.execute(sa.select(requests.c.ref, requests.c.id))}
        count = connection.execute(sa.select(sa.func.count()).select_from(requests)).scalar_one()
        assert kept == acknowledged and count == len(acknowledged), (count, len(acknowledged))
        rows = connection.execute(sa.select(decisions.c.request_id)).scalars().all()
        assert len(rows) == len(set(rows)) == decided, (len(rows), decided)
        last = sa.select(events.c.request_id, sa.func.max(events.c.version).label("version")).group_by(events.c.request_id).subquery()
        told = sa.select(sa.func.count()).select_from(
            heads.join(last, sa.and_(heads.c.request_id == last.c.request_id, heads.c.version == last.c.version))
        )
        assert connection.execute(told).scalar_one() == count
    report = audit.verify(database)
    assert report.problem == "", report
    database.close()
    return {"requests": count, "decisions": len(rows), "audit_entries": report.entries}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="")
    parser.add_argument("--model", default="default")
    parser.add_argument("--operations", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        print(drill(told.database or f"sqlite:///{place}/triage.db", Path(place), told.model, told.operations, told.kills))
