import asyncio
import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service import job_runner, jobs, versions
from service.reload import Loaded
from service.settings import Settings
from service.state import State
from tests.stores import OPERATOR, make
from triage import Engine, Request


@pytest.fixture
def state(toy_engine: Engine, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    monkeypatch.setattr(job_runner, "_IDLE", 0.1)
    monkeypatch.setattr(job_runner, "_BEAT", 0.1)
    monkeypatch.setenv("TRIAGE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TRIAGE_KEYS", ";".join(f"{name} {base64.b64encode(key * 32).decode()}" for name, key in (("k1", b"1"), ("index", b"i"))))
    held = State(Settings(data=tmp_path / "data", model=str(toy)), Loaded(lambda: toy_engine))
    held.open()
    return held


def upload(state: State, text: str) -> int:
    with state.store.write() as connection:
        number, folder = jobs.create(connection, "li", jobs.UPLOAD, "in.csv", {"suffix": "csv", "source": ".csv"}, 7, 3)
        (jobs.make_folder(state.settings.jobs_folder, folder) / "input.csv").write_text(text, encoding="utf-8")
    return number


def look(state: State, number: int) -> Any:
    with state.store.read() as connection:
        return jobs.one(connection, number, "li")


def until(state: State, good: Callable[[], bool]) -> None:
    """Lets the runner run until something is so, then ends it as a stopping service does."""

    async def go() -> None:
        task = asyncio.create_task(job_runner.run(state))
        for _ in range(1200):
            if good():
                break
            await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(go())
    assert good()


def use(state: State, what: str, target: str) -> None:
    with state.store.write() as connection:
        versions.activate(connection, OPERATOR, what, target, None, "启用")


def rows(count: int) -> str:
    return "id,text\n" + "".join(f"{number},水口镇路灯坏了半个月\n" for number in range(count))


def test_an_uploaded_file_is_answered_and_removed(state: State) -> None:
    number = upload(state, rows(3) + "9,\n")
    until(state, lambda: look(state, number).state == jobs.DONE)
    found = look(state, number)
    assert (found.done, found.total, found.message) == (4, 4, "1 text_empty")
    result = jobs.result(state.settings.jobs_folder, found)
    assert len(result.read_text(encoding="utf-8-sig").splitlines()) == 5
    assert oct(result.stat().st_mode)[-3:] == "600"
    assert not jobs.source(state.settings.jobs_folder, found).exists()


def test_a_file_that_cannot_be_used_fails_in_words(state: State, tmp_path: Path) -> None:
    number = upload(state, "a,b\n1,2\n")
    until(state, lambda: look(state, number).state == jobs.FAILED)
    assert "no column looks like the text" in look(state, number).message
    assert str(tmp_path) not in look(state, number).message
    until(state, lambda: not jobs.source(state.settings.jobs_folder, look(state, number)).exists())


def test_a_job_outlives_a_restart_of_the_service(state: State) -> None:
    number = upload(state, rows(60_000))
    until(state, lambda: look(state, number).done > 0)
    assert look(state, number).state == jobs.WAITING
    before = look(state, number).done
    with state.store.write() as connection:
        assert jobs.move(connection, number, "li", "pause")["state"] == jobs.PAUSED
        jobs.move(connection, number, "li", "resume")
    until(state, lambda: look(state, number).state == jobs.DONE)
    assert look(state, number).total == 60_000 > before
    lines = jobs.result(state.settings.jobs_folder, look(state, number)).read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",", 1)[0] for line in lines[1:]] == [str(each) for each in range(60_000)]


def test_a_period_is_classified_again_and_nothing_changes(state: State) -> None:
    make(state.store, request=Request("水口镇路灯坏了半个月", received_at="2026-03-01"))
    with state.store.write() as connection:
        told = {"suffix": "csv", "since": "2000-01-01", "until": "2999-12-31"}
        number, _ = jobs.create(connection, "li", jobs.PERIOD, "2000", told, 7, 3)
    words = job_runner.command(state, look(state, number))
    assert words[3:9] == ["reclassify", "store", "--since", "2000-01-01", "--until", "2999-12-31"]
    assert "--apply" not in words
    until(state, lambda: look(state, number).state in (jobs.DONE, jobs.FAILED))
    assert (look(state, number).state, look(state, number).message) == (jobs.DONE, "")
    lines = jobs.result(state.settings.jobs_folder, look(state, number)).read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines] == ["old_unit", "ZJ"]


def test_a_job_of_an_earlier_release_takes_what_is_in_use_when_it_starts_and_keeps_it(state: State, toy: Path) -> None:
    second = state.settings.data / "models" / "second"
    shutil.copytree(toy, second)
    number = upload(state, rows(3))
    use(state, versions.MODEL, "second")
    words = job_runner.command(state, look(state, number))
    assert words[words.index("--model") + 1] == str(second)
    use(state, versions.MODEL, versions.SETTINGS)
    assert job_runner.command(state, look(state, number)) == words


def test_a_job_fails_in_words_when_what_is_in_use_is_gone(state: State) -> None:
    use(state, versions.MODEL, "gone")
    number = upload(state, rows(3))
    until(state, lambda: look(state, number).state == jobs.FAILED)
    assert "no such model" in look(state, number).message
