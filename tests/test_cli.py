import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from triage.batch import ANSWER
from triage.cli import app, main, pairs
from triage.errors import UsageError


class Shell:
    """Runs the command as a shell would, in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["triage", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = self._capsys.readouterr()
        return int(caught.value.code or 0), out, err


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


def one_line(code: int, out: str, err: str) -> str:
    """The message of a run that could not be done."""
    assert (code, out) == (2, "")
    assert err.startswith("triage: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_suggest_in_words(shell: Shell, toy: Path) -> None:
    code, out, err = shell("suggest", "水口镇有家厂老板拖欠工资", "--model", toy)
    assert (code, err) == (0, "")
    assert "地点  水口镇" in out
    assert "单位1" in out
    assert "开平市人力资源和社会保障局 [RS]" in out
    assert out.splitlines()[-1].startswith("决定")


def test_suggest_as_json(shell: Shell, toy: Path) -> None:
    code, out, _ = shell("suggest", "电话13800001234", "--title", "拖欠工资", "--place", "沙塘", "--caller-kind", "个人", "--model", toy, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["place"]["name"], found["clean"]["text"], found["clean"]["title"]) == ("沙塘镇", "电话〔手机〕", "拖欠工资")
    assert found["units"][0]["reasons"]


def test_suggest_from_standard_input(toy: Path) -> None:
    result = CliRunner().invoke(app, ["suggest", "-", "--model", str(toy), "--json"], input="水口镇路灯坏了\n")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["place"]["name"] == "水口镇"


def test_suggest_without_a_profile(shell: Shell, toy: Path) -> None:
    code, out, _ = shell("suggest", "老板拖欠工资", "--model", toy, "--profile", "none", "--json")
    assert code == 0
    assert json.loads(out)["versions"]["profile"] == "none"


@pytest.mark.parametrize("text", ["", " ", "路", "路" * 60_000, "\udcff\udcff路灯", "路灯\ufffd"])
def test_a_bad_request_is_one_line(shell: Shell, toy: Path, text: str) -> None:
    one_line(*shell("suggest", text, "--model", toy))


def test_a_bad_model_or_profile_is_one_line(shell: Shell, toy: Path, tmp_path: Path) -> None:
    assert "no model here" in one_line(*shell("suggest", "路灯坏了", "--model", tmp_path))
    assert "no profile here" in one_line(*shell("suggest", "路灯坏了", "--model", toy, "--profile", tmp_path))


def test_a_bad_option_is_a_usage_error(shell: Shell) -> None:
    code, _, err = shell("suggest", "路灯坏了", "--colour", "red")
    assert code == 2
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--caller-kind", "外星人"), "--caller-kind '外星人' is not known. Use 个人 or 企业"),
        (("--place", "火星"), "--place '火星' names no town of 开平市"),
        (("--place", "水口镇", "--profile", "none"), "--place '水口镇' names no town of no profile"),
        (("--answer", "noise=noise.site", "--answer", "noise=noise.factory"), "noise stands twice"),
        (("--refused", "CG:两次退单"), "no reason '两次退单'"),
    ],
)
@pytest.mark.parametrize("command", ["suggest", "explain"])
def test_what_says_nothing_is_refused(shell: Shell, toy: Path, command: str, arguments: tuple[str, ...], words: str) -> None:
    assert words in one_line(*shell(command, "路灯坏了没人修", "--model", toy, *arguments))


def test_batch(shell: Shell, toy: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("no,body,town\n7,路边垃圾没人扫,水口\n", encoding="utf-8")
    arguments = ("--text", "body", "--id", "no", "--field", "place=town", "--model", toy, "--with-masked", "--with-reasons")
    code, out, err = shell("batch", source, target, *arguments)
    assert (code, out, err.splitlines()[0]) == (0, "", f"1 rows written to {target}")
    with target.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert list(row) == ["no", *ANSWER, "masked_title", "masked_text", "rules", "why"]
    assert row["why"]
    assert (row["no"], row["town"], row["masked_text"]) == ("7", "440783117", "路边垃圾没人扫")


def test_batch_tells_which_of_two_texts_it_reads(shell: Shell, toy: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,内容,text\n1,路边垃圾没人扫,路灯坏了\n", encoding="utf-8")
    code, _, err = shell("batch", source, tmp_path / "a.csv", "--model", toy)
    assert (code, err.splitlines()[0]) == (0, "the text is read from column text, not from 内容. Name another: --text COLUMN")
    code, _, err = shell("batch", source, tmp_path / "b.csv", "--model", toy, "--text", "内容")
    assert (code, err.splitlines()[0]) == (0, f"1 rows written to {tmp_path / 'b.csv'}")


def test_batch_with_bad_rows_ends_with_3(shell: Shell, toy: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('id,text\n1,路灯坏了\n2,""\n3\n', encoding="utf-8")
    code, _, err = shell("batch", source, target, "--model", toy)
    assert (code, err.splitlines()[0]) == (3, f"3 rows written to {target}, 1 ragged_row, 1 text_empty")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--text", "body"), "no column body; it has id, text"),
        (("--field", "colour=text"), "no such field"),
        (("--field", "place"), "write it as name=COLUMN"),
        (("--field", "place=where"), "no column where"),
    ],
)
def test_batch_that_cannot_be_done_is_one_line(shell: Shell, toy: Path, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,text\n1,路灯坏了\n", encoding="utf-8")
    assert words in one_line(*shell("batch", source, tmp_path / "out.csv", "--model", toy, *arguments))
    assert not (tmp_path / "out.csv").exists()


def test_batch_without_input_or_onto_itself_is_one_line(shell: Shell, toy: Path, tmp_path: Path) -> None:
    assert "no such file" in one_line(*shell("batch", tmp_path / "none.csv", tmp_path / "out.csv", "--model", toy))
    source = tmp_path / "in.csv"
    source.write_text("id,text\n1,路灯坏了\n", encoding="utf-8")
    assert "is the input itself" in one_line(*shell("batch", source, source, "--model", toy))


def test_profile_check(shell: Shell, profile_copy: Path) -> None:
    for path in ("kaiping", profile_copy):
        code, out, err = shell("profile", "check", path)
        assert (code, err) == (0, "")
        assert out.startswith("开平市 (kaiping ")
        assert out.endswith("No errors.\n")


def test_profile_check_tells_every_problem(shell: Shell, profile_copy: Path) -> None:
    for name, line in (("places.csv", "新村,999,village,confirmed,"), ("words.csv", "唔该,谢,")):
        with (profile_copy / name).open("a", encoding="utf-8", newline="") as file:
            file.write(f"{line}\r\n")
    code, out, err = shell("profile", "check", profile_copy)
    assert (code, out) == (2, "")
    first, *problems = err.splitlines()
    assert first == f"triage: profile {profile_copy}: 2 problem(s)"
    assert [problem.split(":")[0].strip() for problem in problems] == ["places.csv", "words.csv"]


def test_commands_of_the_other_packages_are_there(shell: Shell) -> None:
    code, out, _ = shell("--help")
    assert code == 0
    assert all(command in out for command in ("suggest", "batch", "profile", "train", "evaluate", "serve"))


def test_pairs() -> None:
    assert pairs("--field", ["place=where", "channel=a=b"]) == {"place": "where", "channel": "a=b"}
    assert pairs("--field", None) == {}
    for bad in ("place", "=x", "place="):
        with pytest.raises(UsageError, match="write it as name=COLUMN"):
            pairs("--field", [bad])


def test_as_a_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from triage.cli import main; main()", "suggest", "路灯坏了", "--model", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)
    one_line(done.returncode, done.stdout, done.stderr)
