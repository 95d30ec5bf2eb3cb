import shutil
from pathlib import Path

import pytest

from service.reload import Loaded
from triage import Engine


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


def test_without_a_profile_there_is_nothing_to_watch() -> None:
    found = Loaded(lambda: Engine.load("none", "default"))
    found.refresh()
    assert found.engine is None
