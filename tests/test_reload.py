import asyncio
import shutil
from pathlib import Path

import pytest

from service.reload import Loaded
from triage import Engine
from triage.profile_load import stamp


@pytest.fixture
def loaded(toy: Path, profile_copy: Path) -> Loaded:
    found = Loaded(lambda: Engine.load(profile_copy, toy))
    found.start()
    return found


def rename(folder: Path, name: str) -> None:
    path = folder / "units.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace("开平市人力资源和社会保障局", name), encoding="utf-8")


def name_of(loaded: Loaded) -> str:
    assert loaded.engine is not None
    assert loaded.engine.profile is not None
    return loaded.engine.profile.units["RS"].name


def test_a_changed_table_is_taken_up(loaded: Loaded, profile_copy: Path) -> None:
    before = loaded.engine
    loaded.refresh()
    assert loaded.engine is before
    rename(profile_copy, "开平市人社局")
    loaded.refresh()
    assert name_of(loaded) == "开平市人社局"
    assert loaded.failure == ""


def test_a_profile_with_errors_changes_nothing(loaded: Loaded, profile_copy: Path) -> None:
    before = loaded.engine
    rules = (profile_copy / "rules.csv").read_bytes()
    (profile_copy / "rules.csv").write_text("code,name\n", encoding="utf-8")
    loaded.refresh()
    assert loaded.engine is before
    assert "rules.csv" in loaded.failure
    (profile_copy / "rules.csv").write_bytes(rules)
    loaded.refresh()
    assert loaded.failure == ""
    assert loaded.engine is not before


def test_a_profile_that_vanishes_for_a_moment_changes_nothing(loaded: Loaded, profile_copy: Path) -> None:
    before = loaded.engine
    shutil.move(profile_copy, profile_copy.with_name("away"))
    loaded.refresh()
    assert loaded.engine is before
    shutil.move(profile_copy.with_name("away"), profile_copy)
    loaded.refresh()
    assert loaded.engine is not None
    assert loaded.failure == ""


def test_a_table_saved_while_the_engine_is_made_is_taken_up(toy: Path, profile_copy: Path) -> None:
    names = iter(("开平市人社局", "开平市人力社保局"))

    def load() -> Engine:
        engine = Engine.load(profile_copy, toy)
        rename(profile_copy, next(names, "开平市人社局"))
        return engine

    found = Loaded(load)
    found.start()
    assert name_of(found) == "开平市人力资源和社会保障局"
    found.refresh()
    assert name_of(found) == "开平市人社局"


@pytest.mark.parametrize("error", [ValueError("tuple.index"), RecursionError("too deep"), AssertionError("no empty words"), OSError("half a file")])
def test_whatever_goes_wrong_the_last_good_one_stays(toy_engine: Engine, profile_copy: Path, error: Exception) -> None:
    answers: list[Engine | Exception] = [toy_engine, error, toy_engine]

    def load() -> Engine:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        found.folder, found.stamp = profile_copy, stamp(profile_copy)
        return found

    loaded = Loaded(load)
    loaded.start()
    rename(profile_copy, "开平市人社局")

    async def watched() -> bool:
        task = asyncio.create_task(loaded.watch(0))
        while len(answers) > 1:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        alive = not task.done()
        task.cancel()
        return alive

    assert asyncio.run(watched())
    assert loaded.engine is toy_engine
    assert str(error) in loaded.failure
    assert type(error).__name__ in loaded.failure
    (profile_copy / "units.csv").touch()
    loaded.refresh()
    assert loaded.failure == ""


def test_a_folder_that_may_not_be_read_is_said(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(folder: Path) -> object:
        raise PermissionError(13, "Permission denied")

    before = loaded.engine
    with monkeypatch.context() as context:
        context.setattr("service.reload.stamp", forbidden)
        loaded.refresh()
    assert loaded.engine is before
    assert "cannot be looked at (Permission denied)" in loaded.failure
    loaded.refresh()
    assert loaded.failure == ""


def test_without_a_profile_there_is_nothing_to_watch(toy: Path) -> None:
    found = Loaded(lambda: Engine.load("none", toy))
    found.start()
    before = found.engine
    assert before is not None
    found.refresh()
    assert found.engine is before
    assert found.failure == ""


def test_before_an_engine_could_be_loaded_there_is_nothing_to_watch(tmp_path: Path) -> None:
    found = Loaded(lambda: Engine.load(model=tmp_path))
    found.start()
    found.refresh()
    assert found.engine is None
    assert "no model here" in found.failure
