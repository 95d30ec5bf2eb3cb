"""How the service stands a whole shift: workbenches that type, operators who decide. A second process on loopback drives a real server.

    python benchmarks/load.py                              # SQLite in a temporary folder, one worker
    python benchmarks/load.py --workers 2 --pace 0.5       # every workbench asks twice a second, without a pause

A typist commits a word of 2 to 4 characters every 0.5 to 1.5 s (what an input method gives out; the page asks 0.25 s later, so at most
two calls/s), listens 1 to 4 s after every fourth word, and looks 3 to 8 s at the end of a text before the next one. ``--pace S``: a
word every S seconds instead, never a pause. Where nothing is typed for 1.2 s after an answer, the page asks for a close reading. A call's time counts from when it was due, so an answer that is late makes the next
one late too. Decisions come at an even rate, with idempotency keys, and are counted in the store afterwards.
"""

import argparse
import asyncio
import contextlib
import csv
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service import accounts, logins, passwords
from service.database import Database
from service.tables import decisions, suggestions

ROOT = Path(__file__).parent.parent
PASSWORD = "Abcdefgh-123"


class Connection:
    """One kept connection that speaks just enough HTTP: a full client would need more of the processor than the server."""

    def __init__(self, port: int, cookie: str, csrf: str) -> None:
        self._port, self._fixed = (
            port,
            f"host: 127.0.0.1\r\ncontent-type: application/json\r\ncookie: triage_login={cookie}\r\nx-csrf-token: {csrf}\r\n",
        )
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: dict[str, Any], key: str = "") -> tuple[int, bytes]:
        told = json.dumps(body, ensure_ascii=False).encode()
        more = f"idempotency-key: {key}\r\n" if key else ""
        call = f"POST /api/v1{path} HTTP/1.1\r\n{self._fixed}{more}content-length: {len(told)}\r\n\r\n".encode() + told
        try:
            head = await self._head(call)
        except (OSError, asyncio.IncompleteReadError):
            # The server ends what was idle for some seconds; a browser then connects again, too.
            self.close()
            head = await self._head(call)
        assert self._streams is not None
        reader = self._streams[0]
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None, head
        return int(head[9:12]), await reader.readexactly(int(length[1]))

    async def _head(self, call: bytes) -> bytes:
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(call)
        return (await reader.readuntil(b"\r\n\r\n")).lower()

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


_LETTERS = re.compile(r"[^\W\d_].*[^\W\d_]")
"""What a typist must have typed before there is anything to suggest."""
REST = 1.2
"""Seconds after an answer until the page asks for a close reading."""
TOWN = "水口镇"
"""Where all requests to decide on are: a decision for the town concerned needs a town."""


class Tally:
    """Times in seconds, and what went wrong."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.errors: list[str] = []

    def told(self, seconds: float) -> dict[str, Any]:
        times = sorted(self.times) or [0.0]
        at = {f"p{share}_ms": round(1000 * times[min(len(times) - 1, len(times) * share // 100)], 1) for share in (50, 95, 99)}
        rate, longest = round(len(self.times) / seconds, 1), round(1000 * times[-1], 1)
        return {"calls": len(self.times), "per_s": rate, **at, "max_ms": longest, "errors": len(self.errors)}


async def typist(line: Connection, texts: list[str], chance: random.Random, pace: float, until: float, tally: Tally, rests: Tally) -> None:
    due = time.perf_counter() + chance.uniform(0, pace or 3)
    while due < until:
        text, at, words = chance.choice(texts), 0, 0
        while at < len(text) and due < until:
            at, words = at + chance.randint(2, 4), words + 1
            due += pace or chance.uniform(0.5, 1.5)
            await asyncio.sleep(max(0, due - time.perf_counter()))
            body, fine = {"text": text[:at]}, () if _LETTERS.search(text[:at]) else (422,)
            await timed(line, "/suggestions", body, due, tally, fine)
            if not pace and (words % 4 == 0 or at >= len(text)):
                rested, looks = due + REST, chance.uniform(3, 8) if at >= len(text) else chance.uniform(1, 4)
                due += looks
                if rested < due:
                    await asyncio.sleep(max(0, rested - time.perf_counter()))
                    await timed(line, "/suggestions?close=true", body, rested, rests, fine)
        due = max(due, time.perf_counter() - 1) if pace else due


async def timed(line: Connection, path: str, body: dict[str, Any], due: float, tally: Tally, fine: tuple[int, ...] = (), key: str = "") -> bool:
    try:
        status, said = await line.post(path, body, key)
    except (OSError, asyncio.IncompleteReadError) as error:
        tally.errors.append(repr(error))
        return False
    if status not in (200, 201, *fine):
        tally.errors.append(f"{status} {said[:200]!r}")
        return False
    tally.times.append(time.perf_counter() - due)
    return True


async def decider(lines: list[Connection], work: list[tuple[int, int]], rate: float, until: float, tally: Tally) -> list[int]:
    """Accepts at an even rate; the numbers of the requests whose decision was acknowledged."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for line in lines:
        free.put_nowait(line)
    done: list[int] = []

    async def accept(request: int, suggestion: int, due: float) -> None:
        line = await free.get()
        body = {"version": 1, "action": "accept", "suggestion": suggestion}
        if await timed(line, f"/requests/{request}/decisions", body, due, tally, key=f"load{request}"):
            done.append(request)
        free.put_nowait(line)

    running, due = [], time.perf_counter()
    for request, suggestion in work:
        due += 1 / rate
        if due > until:
            break
        await asyncio.sleep(max(0, due - time.perf_counter()))
        running.append(asyncio.create_task(accept(request, suggestion, due)))
    await asyncio.gather(*running)
    return done


@contextmanager
def served(url: str, folder: Path, workers: int, model: str) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """A server of its own on a free port."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")}
    environment |= {"TRIAGE_DATABASE": url, "TRIAGE_DATA": str(folder), "TRIAGE_HOST": "127.0.0.1", "TRIAGE_LOG_LEVEL": "error"}
    environment |= {"TRIAGE_OPEN_SUGGESTIONS": "never"}
    command = [str(Path(sys.executable).with_name("triage")), "serve", "--port", "0", "--workers", str(workers), "--model", model]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment)
    assert process.stderr is not None
    found = re.search(r":(\d+)$", process.stderr.readline().strip())
    assert found is not None
    reader = threading.Thread(target=process.stderr.read, daemon=True)
    reader.start()
    try:
        while process.poll() is None and not _answers(int(found[1])):
            time.sleep(0.2)
        yield int(found[1]), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        reader.join()
        process.stderr.close()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def cpu(process: "subprocess.Popen[str]") -> float:
    """Seconds of the processor that the server and its workers have used."""
    found, waiting = 0.0, [process.pid]
    while waiting:
        pid = waiting.pop()
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        found += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        waiting += [int(each) for task in Path(f"/proc/{pid}/task").iterdir() for each in (task / "children").read_text().split()]
    return found


def people(database: Database, count: int) -> list[tuple[str, str]]:
    """Operators who are logged in: cookie and csrf of each. One password for all: making it costs more than the rest."""
    hashed, found = passwords.hashed(PASSWORD), []
    with database.write() as connection:
        for number in range(count):
            account, secret = accounts.create(connection, f"load{number}", "", 1)
            accounts.accept(connection, secret, hashed)
            accounts.grant(connection, account.id, "supervisor" if number == 0 else "operator")
            cookie, login = logins._open(connection, accounts.get(connection, account.id))
            found.append((cookie, login.csrf))
    return found


async def stock(line: Connection, texts: list[str], count: int) -> None:
    """Imports requests to decide on."""
    for start in range(0, count, 100):
        rows = [{"text": texts[row % len(texts)], "id": f"L{row}", "place": TOWN} for row in range(start, min(start + 100, count))]
        status, said = await line.post("/imports", {"requests": rows}, f"stock{start}")
        assert status == 200, said


async def drive(told: argparse.Namespace, port: int, process: "subprocess.Popen[str]", database: Database) -> dict[str, Any]:
    with (ROOT / "data" / "kaiping" / "examples.csv").open(encoding="utf-8-sig", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file) if 30 <= len(row["text"]) <= 150]
    lines = [Connection(port, *each) for each in people(database, max(2, told.workbenches))]
    await stock(lines[0], texts, int(told.rate * told.seconds) + 1)
    with database.read() as connection:
        work = [tuple(row) for row in connection.execute(sa.select(suggestions.c.request_id, suggestions.c.id).order_by(suggestions.c.id))]
    typing, resting, deciding, warm = Tally(), Tally(), Tally(), Tally()
    await asyncio.gather(*(typist(each, texts, random.Random(n), 0, time.perf_counter() + 5, warm, warm) for n, each in enumerate(lines)))
    deciders = [Connection(port, *each) for each in people_again(lines)] if told.rate else []
    before, begun = cpu(process), time.perf_counter()
    until = begun + told.seconds
    typists = [typist(each, texts, random.Random(n), told.pace, until, typing, resting) for n, each in enumerate(lines[: told.workbenches])]
    decided, *_ = await asyncio.gather(decider(deciders, work, told.rate or 1, until if told.rate else 0, deciding), *typists)
    seconds = time.perf_counter() - begun
    used = cpu(process) - before
    for each in (*lines, *deciders):
        each.close()
    with database.read() as connection:
        kept = set(connection.execute(sa.select(decisions.c.request_id)).scalars())
    assert len(kept) == len(decided) and kept == set(decided), "a decision was lost, or made twice"
    return {
        "workers": told.workers, "workbenches": told.workbenches, "seconds": round(seconds, 1), "suggestions": typing.told(seconds),
        "at_rest": resting.told(seconds),
        "decisions": {**deciding.told(seconds), "in_store": len(kept)}, "server_cpu_cores": round(used / seconds, 2),
        "load_average": os.getloadavg()[0], "first_errors": (typing.errors + resting.errors + deciding.errors)[:3],
    }  # fmt: skip


def people_again(lines: list[Connection]) -> list[tuple[str, str]]:
    """The logins of the first few lines, for connections of their own."""
    found = [re.search(r"triage_login=(\S+)\r\nx-csrf-token: (\S+)", line._fixed) for line in lines[:16]]
    return [(each[1], each[2]) for each in found if each is not None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workbenches", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50, help="decisions per second; 0: none")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pace", type=float, default=0, help="seconds between the words of every typist, without pauses; 0: as a person types")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--model", default="default")
    parser.add_argument("--database", default="", help="an empty database; empty: SQLite in a temporary folder")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        url = told.database or f"sqlite:///{place}/triage.db"
        database = Database(url)
        database.migrate()
        with served(url, Path(place), told.workers, told.model) as (port, process):
            print(json.dumps(asyncio.run(drive(told, port, process, database)), ensure_ascii=False, indent=1))
        database.close()


if __name__ == "__main__":
    main()
