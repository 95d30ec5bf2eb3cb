"""Results of return visits from a file: kept once, masked, and every bad row told where it stands."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from openpyxl import Workbook
from typer.testing import CliRunner

from service import feedback_file
from service.audit import SYSTEM
from service.database import Database
from service.feedback_file import keep, read
from service.tables import feedback
from tests.stores import KEYS, make, write_keys
from triage.errors import UsageError
from triage.records import Request

ZONE = ZoneInfo("Asia/Shanghai")
HEAD = "工单编号,是否按时联系,办结时间,解决情况,满意度,备注,回访员\n"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    found = Database(f"sqlite:///{tmp_path / 'triage.db'}")
    found.migrate()
    for number in range(1, 4):
        make(found, request=Request("路灯不亮", id=f"GD{number}", received_at="2024-11-26 09:00"))
    return found


def put(database: Database, path: Path, **named: str) -> tuple[dict[str, int], list[str]]:
    told: list[str] = []
    return keep(database, KEYS, SYSTEM, read(path, named), ZONE, told.append), told


def rows(database: Database) -> list[sa.Row[tuple[object, ...]]]:
    with database.read() as connection:
        return list(connection.execute(sa.select(feedback).order_by(feedback.c.id)))


def test_good_rows_are_kept_and_bad_ones_told_where_they_stand(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "回访.csv"
    file.write_text(
        HEAD + "GD1,是,2024-11-26 18:00,解决,满意,已联系13800138000,甲\nGD2,也许,,,,,甲\nGD3,否,昨天,,,,甲\nGD9,是,,,,,甲\n"
        "GD2,,,,非常满意,,甲\n,是,,,,,甲\nGD3,,,,,,甲\nGD3,否,,是,,,甲\nGD3,否,,是,,,甲,多\n",
        encoding="gb18030",
    )
    counts, told = put(database, file)
    assert counts == {"added": 2, "same": 0, "open": 1, "bad": 6}
    assert [each.partition(": ")[0] for each in told] == [
        "回访.csv:3 [是否按时联系]", "回访.csv:4 [办结时间]", "回访.csv:5 [工单编号]", "回访.csv:6 [满意度]", "回访.csv:7 [工单编号]", "回访.csv:10",
    ]  # fmt: skip
    assert all(any(word in each for word in ("Use ", "Write ", "Fill ", "Name ", "header")) for each in told)
    first, second = rows(database)
    assert (first.contacted, first.closed_at, first.resolved, first.satisfied) == (1, datetime(2024, 11, 26, 10), "解决", "满意")
    assert "13800138000" not in first.note and (second.contacted, second.resolved) == (0, "解决")


def test_the_same_file_again_adds_nothing_also_after_newer_words(database: Database, tmp_path: Path) -> None:
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(HEAD + "GD1,,,未解决,,,\nGD1,,,部分解决,,,\n", encoding="utf-8")
    new.write_text(HEAD + "GD1,,,解决,,,\n", encoding="utf-8")
    assert [put(database, file)[0]["added"] for file in (old, new, old, new)] == [2, 1, 0, 0]
    assert [each.resolved for each in rows(database)] == ["未解决", "部分解决", "解决"]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("2024-11-25 23:59", "2024-11-25 lies before the day when the request was registered, 2024-11-26"),
        ("2924-11-26", "2924-11-26 lies in the future"),
        ("46352", "'46352' is a number, as Excel keeps a day. Format the cell as a date"),
        ("46352.5", "Format the cell as a date"),
    ],
)
def test_a_time_that_cannot_be_is_told(database: Database, tmp_path: Path, cell: str, words: str) -> None:
    (tmp_path / "a.csv").write_text(f"{HEAD}GD1,是,{cell},解决,,,\nGD2,是,2024-11-26,解决,,,\n", encoding="utf-8")
    counts, told = put(database, tmp_path / "a.csv")
    assert (counts["added"], counts["bad"]) == (1, 1)
    assert told[0].startswith("a.csv:2 [办结时间]: ") and words in told[0]


def test_all_bad_cells_of_a_row_are_told_at_once_and_numbers_say_yes_and_no(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + "GD1,也许,昨天,,好,,\nGD2,1.0,,,,,\nGD3,0.0,,,,,\n", encoding="utf-8")
    counts, told = put(database, tmp_path / "a.csv")
    assert (counts["added"], counts["bad"], len(told)) == (2, 1, 1)
    assert told[0].startswith("a.csv:2 [是否按时联系, 办结时间, 满意度]: ") and all(word in told[0] for word in ("也许", "昨天", "好"))
    assert [each.contacted for each in rows(database)] == [1, 0]


def test_a_workbook_with_other_names(database: Database, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in (["系统编号", "结果"], [1, "解释说明"], ["x", "解决"], ["=1+1", "解决"], [99, "解决"]):
        sheet.append(cells)
    book.save(tmp_path / "a.xlsx")
    counts, told = put(database, tmp_path / "a.xlsx", resolved="结果")
    assert (counts["added"], counts["bad"]) == (1, 3) and "a.xlsx:5 [系统编号]: " in told[-1]
    assert rows(database)[0].resolved == "解释说明"


def test_many_rows_are_kept_in_parts(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text(HEAD + "GD1,是,,,,,\n" * (2 * feedback_file._CHUNK + 1), encoding="utf-8")
    assert put(database, file)[0]["added"] == 2 * feedback_file._CHUNK + 1


@pytest.mark.parametrize(
    ("head", "named", "code"),
    [
        ("姓名,解决情况\n", {}, "missing_column"),
        ("工单编号,姓名\n", {}, "missing_column"),
        ("工单编号,解决情况\n", {"resolved": "结果"}, "missing_column"),
        ("工单编号,解决情况\n", {"text": "解决情况"}, "bad_option"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, head: str, named: dict[str, str], code: str) -> None:
    (tmp_path / "a.csv").write_text(head, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "a.csv", named)
    assert caught.value.code == code
    with pytest.raises(UsageError):
        read(tmp_path / "none.csv", {})


def test_the_command_says_what_it_read_and_ends_with_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import typer

    from service.cli_feedback import feedback as command
    from service.settings import Settings

    monkeypatch.setenv("TRIAGE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TRIAGE_PROFILE", "kaiping")
    write_keys(Settings().key_file)
    found = Database(Settings().database_url)
    found.migrate()
    make(found, request=Request("路灯不亮", id="GD1"))
    (tmp_path / "a.csv").write_text(HEAD + "GD1,是,,,,,甲\nGD8,是,,,,,甲\n", encoding="utf-8")
    app = typer.Typer()
    app.command()(command)
    done = CliRunner().invoke(app, [str(tmp_path / "a.csv")])
    assert done.exit_code == 3
    assert "id=工单编号" in done.output and "not read: 回访员" in done.output
    assert "triage: a.csv:3 [工单编号]" in done.output and "2 rows: 1 added, 0 known already, 0 without a result yet, 1 bad" in done.output
