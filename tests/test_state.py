from pathlib import Path

import pytest

from service.app import create_app
from service.database import Database
from service.settings import Settings
from service.state import read_keys
from tests.desks import Desk, code
from tests.stores import make
from triage import Engine
from triage.errors import UsageError


def test_without_a_store_suggestions_go_on_and_readiness_says_why(toy_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="ascii")
    with Desk(create_app(Settings(data=tmp_path / "file" / "x", reload_seconds=0), load=lambda _: toy_engine)) as desk:
        assert desk.nobody.post("/suggestions", {"text": "路灯坏了没人修"}).status_code == 200
        ready = desk.nobody.get("/readyz")
        assert ready.status_code == 200 and "store_problem" in ready.json()
        assert code(desk.nobody.post("/login", {"name": "x", "password": "y"})) == (503, "no_store")
        assert "triage_store 0.0" in desk.nobody.get("/metrics").text


def test_a_store_that_comes_back_is_used(toy_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x", encoding="ascii")
    monkeypatch.setattr("service.state._AGAIN", -1.0)
    with Desk(create_app(Settings(data=blocked, reload_seconds=0), load=lambda _: toy_engine)) as desk:
        assert code(desk.nobody.post("/login", {"name": "x", "password": "y"})) == (503, "no_store")
        blocked.unlink()
        assert code(desk.nobody.post("/login", {"name": "x", "password": "y"})) == (401, "bad_login")
        assert "store_problem" not in desk.nobody.get("/readyz").json()


def test_keys_come_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    made = read_keys(settings)
    assert read_keys(settings) == made
    text = ";".join(line for line in settings.key_file.read_text(encoding="ascii").splitlines() if not line.startswith("#"))
    assert read_keys(Settings(data=tmp_path / "other", keys=text)) == made  # type: ignore[arg-type]
    assert not (tmp_path / "other").exists()
    with pytest.raises(UsageError, match="TRIAGE_KEYS:1"):
        read_keys(Settings(keys="k1 x"))  # type: ignore[arg-type]


def test_keys_of_another_store_are_a_problem_of_the_store(toy_engine: Engine, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, reload_seconds=0)
    read_keys(settings)
    database = Database(settings.database_url)
    database.migrate()
    make(database)  # sealed with keys that are not those of the file
    database.close()
    for words in ("these are not the keys of this store", "its keys are not here"):
        with Desk(create_app(settings, load=lambda _: toy_engine)) as desk:
            assert words in desk.nobody.get("/readyz").json()["store_problem"]
            assert code(desk.nobody.post("/login", {"name": "x", "password": "y"})) == (503, "no_store")
        settings.key_file.unlink(missing_ok=True)
    assert not settings.key_file.exists()
