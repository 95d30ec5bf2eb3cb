"""Snapshots that are taken apart from a running service."""

import asyncio
import multiprocessing
from datetime import date
from pathlib import Path

import pytest

from service.analysis import keeping
from service.analysis.snapshot import connect, read_manifest
from service.database import Database
from tests.stores import KEYS, make
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


def test_the_process_ends_with_the_service(database: Database, kaiping: Profile, tmp_path: Path) -> None:
    async def broken_off() -> None:
        taking = asyncio.create_task(keeping.take_apart(work(database, kaiping, tmp_path / "apart")))
        while not multiprocessing.active_children():
            await asyncio.sleep(0.01)
        taking.cancel()
        await asyncio.wait([taking])
        assert taking.cancelled()

    asyncio.run(broken_off())
    assert not multiprocessing.active_children()
