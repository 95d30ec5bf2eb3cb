"""Which reading the service uses for what."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.app import create_app
from service.settings import Settings
from service.together import Together
from tests.desks import Desk
from triage import Engine

WAGES = {"text": "老板拖欠工资三个月, 打电话也不接"}


@pytest.fixture
def desk(close_toy: Path, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(model=str(close_toy), data=tmp_path, reload_seconds=0))) as ready:
        yield ready


def closely(suggestion: dict[str, Any]) -> bool:
    return str(suggestion["versions"]["model"]).endswith("+close")


def test_what_is_typed_is_read_fast_and_closely_once_it_rests(desk: Desk) -> None:
    operator = desk.person("operator")
    assert not closely(operator.post("/suggestions", WAGES).json())
    assert closely(operator.post("/suggestions?close=true", WAGES).json())
    many = operator.post("/suggestions?close=true", {"requests": [WAGES] * 2}).json()["suggestions"]
    assert [closely(each) for each in many] == [True, True]


def test_what_is_kept_is_read_closely_and_imports_fast(desk: Desk) -> None:
    kept = desk.person("operator").post("/requests", WAGES).json()
    assert closely(kept["suggestion"]["shown"])
    brought = desk.machine().post("/imports", {"requests": [{**WAGES, "id": "1"}]}).json()
    found = desk.person("supervisor").get(f"/requests/{brought['rows'][0]['request']}").json()
    assert not closely(found["suggestion"]["shown"])


def test_a_crowd_is_read_fast(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Together, "full", property(lambda _: True))
    assert not closely(desk.person("operator").post("/suggestions?close=true", WAGES).json())


def test_a_small_machine_never_reads_closely(close_toy: Path, tmp_path: Path) -> None:
    with Desk(create_app(Settings(model=str(close_toy), data=tmp_path, reload_seconds=0, fast_only=True))) as ready:
        assert not closely(ready.person("operator").post("/suggestions?close=true", WAGES).json())
        assert not closely(ready.person("operator", "two").post("/requests", WAGES).json()["suggestion"]["shown"])


def test_a_model_without_close_reading_answers_fast(toy: Path, tmp_path: Path) -> None:
    with Desk(create_app(Settings(model=str(toy), data=tmp_path, reload_seconds=0))) as ready:
        assert not closely(ready.person("operator").post("/suggestions?close=true", WAGES).json())


def test_the_engine_in_use_is_the_one_that_reads_closely(desk: Desk) -> None:
    assert isinstance(desk.state.adviser, Engine)
    assert desk.state.adviser.encoder is not None and desk.state.adviser.fast.encoder is None
