import ast
from pathlib import Path

import pytest

from service.settings import Settings

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_operations_manual(name: str) -> None:
    assert f"TRIAGE_{name.upper()}" in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_a_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_PORT", "9")
    monkeypatch.setenv("TRIAGE_MODEL", "city")
    assert (Settings().port, Settings().model, Settings().host) == (9, "city", "localhost")


def test_only_one_file_reads_the_environment() -> None:
    readers = {
        str(file.relative_to(ROOT))
        for package in ("triage", "training", "service")
        for file in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if {"environ", "environb", "getenv", "BaseSettings"} & {getattr(node, "attr", ""), getattr(node, "id", ""), getattr(node, "name", "")}
    }
    # workers.py only writes: it tells libraries to start no threads of their own.
    assert readers == {"service/settings.py", "triage/workers.py"}
