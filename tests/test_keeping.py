"""Snapshots that are taken apart from a running service."""

import asyncio
import fcntl
import multiprocessing
import signal
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from service.analysis import keeping
from service.analysis.snapshot import connect, read_manifest
from service.database import Database
from tests.stores import KEYS, make
from triage.errors import TriageError
from triage.profile import Profile


def work(database: Database, profile: Profile, folder: Path) -> keeping.Work:
    return keeping.Work(database.url.render_as_string(hide_password=False), KEYS, profile, date(2026, 11, 26), (), folder)


def test_a_process_of_its_own_takes_the_same_snapshot(database: Database, kaiping: Profile, tmp_path: Path) -> None:
    make(database)
    asyncio.run(keeping.take_apart(work(database, kaiping, tmp_path / "apart")))
    keeping.take(work(database, kaiping, tmp_path / "here"))
    apart, here = (connect(tmp_path / name).sql("SELECT * FROM facts").fetchall() for name in ("apart", "here"))
    assert len(apart) == 1 and apart == here
    assert read_manifest(tmp_path / "apart").city == read_manifest(tmp_path / "here").city != ""


def test_where_it_fails_nothing_is_kept_and_it_is_told(
    database: Database, kaiping: Profile, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    told = work(database, kaiping, tmp_path / "apart")._replace(database=f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(OSError, match="ended with 1"):
        asyncio.run(keeping.take_apart(told))
    assert read_manifest(tmp_path / "apart").rows == 0
    assert "the database cannot be used" in capfd.readouterr().err


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """The folder of a snapshot that another process is at for 20 seconds: whoever takes one waits."""
    folder = tmp_path / "apart"
    folder.mkdir()
    with (folder / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        let_go = threading.Timer(20, fcntl.flock, (lock, fcntl.LOCK_UN))
        let_go.start()
        yield folder
        let_go.cancel()


def test_the_process_ends_with_the_service(database: Database, kaiping: Profile, held: Path) -> None:
    async def broken_off() -> None:
        taking = asyncio.create_task(keeping.take_apart(work(database, kaiping, held)))
        while not multiprocessing.active_children():
            await asyncio.sleep(0.01)
        taking.cancel()
        await asyncio.wait([taking])
        assert taking.cancelled()

    make(database)
    asyncio.run(broken_off())
    assert not multiprocessing.active_children()
    assert read_manifest(held).rows == 0  # it did not go on until it was its turn


def test_a_process_that_hangs_is_ended_and_told(database: Database, kaiping: Profile, held: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_MOST", 0.5)
    make(database)
    with pytest.raises(OSError, match="ended with -15"):
        asyncio.run(keeping.take_apart(work(database, kaiping, held)))
    assert read_manifest(held).rows == 0


def deaf(told: keeping.Work) -> None:
    """Takes no snapshot, and does not go when it is asked to."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (told.folder / "deaf").touch()
    time.sleep(60)


def test_a_process_that_does_not_go_is_killed(database: Database, kaiping: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken_off() -> int | None:
        taking = asyncio.create_task(keeping.take_apart(work(database, kaiping, tmp_path)))
        while not (tmp_path / "deaf").exists():
            await asyncio.sleep(0.01)
        (child,) = multiprocessing.active_children()
        taking.cancel()
        await asyncio.wait([taking])
        return child.exitcode

    monkeypatch.setattr(keeping, "_take", deaf)
    monkeypatch.setattr(keeping, "_LEAVE", 0.3)
    assert asyncio.run(broken_off()) == -signal.SIGKILL
    assert not multiprocessing.active_children()


def test_it_is_taken_at_low_priority(database: Database, kaiping: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: list[int] = []
    monkeypatch.setattr(keeping.os, "nice", lowered.append)
    make(database)
    keeping._take(work(database, kaiping, tmp_path / "apart"))
    assert lowered == [10] and read_manifest(tmp_path / "apart").rows == 1


@pytest.mark.parametrize("error", [None, OSError("no space"), TriageError("the store", "x"), duckdb.IOException("damaged")])
def test_snapshots_go_on_whatever_fails_and_the_charts_are_made_ready(
    error: Exception | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def take(told: object) -> None:
        rounds.append(told)
        if error is not None:
            raise error

    async def some() -> bool:
        task = asyncio.create_task(keeping.keep(SimpleNamespace(settings=SimpleNamespace(data=tmp_path)), 0))  # type: ignore[arg-type]
        while len(rounds) < 3 and not task.done():
            await asyncio.sleep(0.01)
        ended = task.done()
        task.cancel()
        await asyncio.wait([task])
        return ended

    rounds: list[object] = []
    drawn: list[Path] = []
    monkeypatch.setattr(keeping, "_FIRST", 0.0)
    monkeypatch.setattr(keeping, "work", lambda state: "work")
    monkeypatch.setattr(keeping, "take_apart", take)
    monkeypatch.setattr(keeping.drawing, "bundle", drawn.append)
    assert not asyncio.run(some())
    assert bool(drawn) is (error is None) and ("could be taken" in caplog.text) is (error is not None)
