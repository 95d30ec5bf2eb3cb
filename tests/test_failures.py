import ast
import re
from pathlib import Path

import pytest

from service.failures import STATUS, refuse, status_of
from triage.errors import RequestError, TriageError

SERVICE = Path(__file__).parent.parent / "service"


def test_every_code_that_is_used_has_a_status() -> None:
    used = {
        node.args[0].value
        for file in SERVICE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "refuse" and isinstance(node.args[0], ast.Constant)
    }
    assert len(used) > 10
    assert used <= set(STATUS)


def test_every_code_stands_in_the_manual() -> None:
    manual = (SERVICE.parent / "docs" / "api.md").read_text(encoding="utf-8")
    assert [code for code in STATUS if f"`{code}`" not in manual] == []


def test_other_errors_have_a_status_by_their_kind() -> None:
    assert (status_of(RequestError("x")), status_of(TriageError("x")), status_of(refuse("conflict", "x"))) == (422, 400, 409)


def test_an_unknown_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        refuse("no_such_code", "x")


def test_every_code_has_words_on_screen() -> None:
    script = Path(__file__).parent.parent / "service" / "static" / "api.js"
    told = script.read_text(encoding="utf-8").partition("const WORDS = {")[2].partition("\n};")[0]
    assert set(STATUS) - set(re.findall(r"(\w+): \"", told)) == set()
