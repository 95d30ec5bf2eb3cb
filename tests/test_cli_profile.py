import csv
import shutil
import sys
from pathlib import Path

import pytest

from triage.cli import main
from triage.profile_report import MOVED


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


@pytest.fixture
def moved(profile_copy: Path) -> Path:
    """A profile in which wages moved to the police."""
    path = profile_copy / "responsibility.csv"
    text = path.read_text(encoding="utf-8-sig")
    assert "010101,*,RS,lead,," in text
    path.write_text(text.replace("010101,*,RS,lead,,", "010101,*,GA,lead,,"), encoding="utf-8-sig", newline="")
    return profile_copy


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_diff(shell: Shell, moved: Path, tmp_path: Path) -> None:
    code, out, err = shell("profile", "diff", "kaiping", moved, "--csv", tmp_path / "changes.csv")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "公安局[GA]: 新增主办 1 项",
        "  新增主办: 010101 拖欠工资(非工程) 原人社局[RS]",
        "人社局[RS]: 移出主办 1 项",
        "  移出主办: 010101 拖欠工资(非工程) 改公安局[GA]",
    ]
    (row,) = read(tmp_path / "changes.csv")
    assert list(row.values()) == ["lead", "010101", "拖欠工资(非工程)", "", "RS", "GA"]


def test_diff_of_equals(shell: Shell) -> None:
    assert shell("profile", "diff", "kaiping", "kaiping", "--was", "2020-01-01", "--now", "2030-01-01") == (0, "没有变化。\n", "")


def test_diff_of_units_towns_and_rules(shell: Shell, profile_copy: Path) -> None:
    for name, old, new in (
        ("units.csv", "GH,开平市总工会,", "GH,新总工会,"),
        ("towns.csv", "440783117,水口镇,", "440783117,水口新镇,"),
        ("rules.csv", "FIRE,火灾爆炸,", "FIRE,火情,"),
    ):
        path = profile_copy / name
        text = path.read_text(encoding="utf-8-sig")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8-sig", newline="")
    assert shell("profile", "diff", "kaiping", profile_copy)[1].splitlines() == [
        "总工会[GH]: 开平市总工会 改为 新总工会",
        "镇街: 1 处变动",
        "  水口镇 [440783117]: 水口镇 改为 水口新镇",
        "规则: 1 处变动",
        "  火情 [FIRE]: name=火灾爆炸 改为 name=火情",
    ]


def test_relabel(shell: Shell, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    arguments = ("profile", "relabel", source, target, "--profile", "kaiping", "--as-of", "2026-07-01", "--unit", "unit", "--item", "item")
    source.write_text("unit,item\nRS,010101\n", encoding="utf-8")
    assert shell(*arguments) == (0, "", f"{target}: 1 rows unchanged, 0 carried, 0 undecided\n")
    source.write_text("unit,item\nRS,010101\nQQ,010101\n", encoding="utf-8")
    code, out, _ = shell(*arguments)
    assert (code, out) == (3, "1 rows: QQ: 城市表中没有这个单位代码\n")
    assert [row["unit_now"] for row in read(target)] == ["RS", ""]


def test_try(shell: Shell, toy: Path, moved: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "moved.csv"
    source.write_text("id,text\n1,工厂老板拖欠工资三个月不发\n2,水口镇泮村路灯坏了\n", encoding="utf-8")
    code, said, err = shell("profile", "try", "kaiping", moved, source, "--model", toy, "--as-of", "2026-07-01", "--out", out)
    assert (code, err) == (0, "")
    assert said.startswith("共 2 件\n主办改变 ")
    assert "工资" not in said
    assert list(read(out)[0]) == ["id", *MOVED]
    assert [row["id"] for row in read(out)] == ["1"]
    code, said, _ = shell("profile", "try", "kaiping", "kaiping", source, "--model", toy)
    assert (code, said) == (0, "共 2 件\n主办改变 0 件, 协办改变 0 件, 决定改变 0 件\n")


def test_export_and_import(shell: Shell, profile_copy: Path, tmp_path: Path) -> None:
    book, folder = tmp_path / "book.xlsx", tmp_path / "again"
    assert shell("profile", "export", profile_copy, book)[0] == 0
    folder.mkdir()
    assert shell("profile", "import", book, folder)[0] == 0
    assert shell("profile", "diff", profile_copy, folder) == (0, "没有变化。\n", "")


def test_import_of_a_bad_workbook_marks_a_copy(shell: Shell, profile_copy: Path, tmp_path: Path) -> None:
    book, folder = tmp_path / "book.xlsx", Path(shutil.copytree(profile_copy, tmp_path / "kept"))
    with (profile_copy / "places.csv").open("a", encoding="utf-8", newline="") as file:
        file.write("新村,999,village,confirmed,\r\n")
    assert shell("profile", "export", profile_copy, book)[0] == 0
    code, _, err = shell("profile", "import", book, folder)
    assert code == 2
    assert "no town '999'" in err
    assert (tmp_path / "book-问题.xlsx").is_file()
    assert shell("profile", "diff", "kaiping", folder)[1] == "没有变化。\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("profile", "diff", "kaiping", "kaiping", "--now", "soon"), "--now 'soon' is not a date"),
        (("profile", "diff", "kaiping", "mars"), "no profile here"),
        (("profile", "relabel", "none.csv", "out.csv", "--profile", "kaiping", "--as-of", "2026-07-01", "--unit", "u"), "no such file"),
        (("profile", "try", "kaiping", "kaiping", "none.csv"), "no such file"),
        (("route", "070301", "--as-of", "soon"), "--as-of 'soon' is not a date"),
        (("route", "路灯"), "070301 路灯"),
        (("route", "070301", "--place", "火星"), "names no town"),
        (("suggest", "路灯坏了", "--as-of", "soon"), "--as-of 'soon' is not a date"),
    ],
)
def test_what_cannot_be_done_is_one_line(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = shell(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("triage: ")
    assert err.count("\n") == 1
    assert words in err


def test_route(shell: Shell) -> None:
    code, out, err = shell("route", "070301", "--place", "水口", "--as-of", "2026-07-01")
    assert (code, err) == (0, "")
    assert "主办  水口镇 [ZJX]" in out


def test_suggest_as_of_a_day(shell: Shell, toy: Path) -> None:
    code, out, _ = shell("suggest", "水口镇有家厂老板拖欠工资", "--model", toy, "--as-of", "2026-07-01")
    assert code == 0
    assert "人力资源和社会保障局" in out
