from pathlib import Path

import pytest

from triage.errors import UsageError
from triage.output import cell, check_target, whole


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell(f"路灯{text}") == f"路灯{text}"
    assert cell("") == ""


def test_a_file_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    with whole(tmp_path / "out.csv") as write:
        write(["甲", "a,b"])
        assert not (tmp_path / "out.csv").exists()
    assert (tmp_path / "out.csv").read_bytes() == '\ufeff甲,"a,b"\r\n'.encode()


def interrupted(target: Path) -> None:
    with whole(target) as write:
        write(["甲"])
        raise KeyError("broken")


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(KeyError):
        interrupted(target)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("out.csv", "old")]


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("x", encoding="utf-8")
    for target, words in ((source, "is the input itself"), (tmp_path, "is not a file"), (tmp_path / "none" / "out.csv", "no such folder")):
        with pytest.raises(UsageError, match=words), whole(target, source):
            pass
        with pytest.raises(UsageError, match=words):
            check_target(target, source)
    assert source.read_text(encoding="utf-8") == "x"
