import json
import logging
import sys
from pathlib import Path

import pytest

from service.app import create_app
from service.logs import JsonLines
from service.settings import Settings
from tests.desks import Desk
from triage import Engine

SECRET = "泮村路灯坏了13800138000"


def test_every_call_is_one_line_without_what_was_said(toy_engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as desk:
        operator = desk.person("operator")
        with caplog.at_level("INFO", logger="triage"):
            caplog.clear()
            operator.post("/requests", {"text": SECRET, "contact": {"phone": "13800138000"}}, key=SECRET.encode().hex())
            operator.get("/requests", words="泮村")
            operator.get("/requests/7")
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records if record.name == "triage.calls"]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/api/v1/requests", 201), ("GET", "/api/v1/requests", 200), ("GET", "/api/v1/requests/{number}", 404)
    ]  # fmt: skip
    assert all(line["ms"] >= 0 and line["level"] == "info" for line in lines)
    assert not any(secret in str(lines) + caplog.text for secret in ("泮村", "13800138000", "/requests/7", "operator-1"))


def test_an_exception_is_named_without_its_words() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", None, sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert line["error"] == "ValueError" and "test_logs.py" in line["place"]
    assert SECRET not in str(line)
