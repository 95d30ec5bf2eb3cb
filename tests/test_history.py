import csv
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.history import Source, parse_time, read_history, read_requests_of
from triage.columns import Columns
from triage.errors import TrainingError, UsageError
from triage.records import Request

UNIT = Source(Columns(), {"unit": "单位"})


def write(path: Path, *rows: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def workbook(path: Path, *rows: Sequence[str | float]) -> Path:
    """The smallest XLSX that a spreadsheet program opens."""
    cells = [
        "".join(f"<c><v>{cell}</v></c>" if not isinstance(cell, str) else f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row)
        for row in rows
    ]
    main, office = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(f"<row>{row}</row>" for row in cells)}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-05 14:07:09", datetime.fromisoformat("2026-03-05 14:07:09")),
        ("2026/3/5 14:07:09", datetime.fromisoformat("2026-03-05 14:07:09")),
        ("2026-03-05 14:07", datetime.fromisoformat("2026-03-05 14:07")),
        ("2026/03/05 14:07", datetime.fromisoformat("2026-03-05 14:07")),
        ("2026-3-5", datetime.fromisoformat("2026-03-05")),
        ("2026/3/5", datetime.fromisoformat("2026-03-05")),
        ("20260305", datetime.fromisoformat("2026-03-05")),
        ("2026.03.05 14:07", datetime.fromisoformat("2026-03-05 14:07")),
        ("2026年3月5日 14:07", datetime.fromisoformat("2026-03-05 14:07")),
        ("46086", datetime.fromisoformat("2026-03-05")),
        ("2026年3月5日", datetime.fromisoformat("2026-03-05")),
        (" 2026-03-05T14:07:09+08:00 ", datetime.fromisoformat("2026-03-05 14:07:09")),
    ],
)
def test_the_usual_forms_of_a_time_are_read(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize("text", ["", "昨天", "2026-13-01", "2026-02-30", "3月5日", "12345"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text) is None


@given(st.datetimes(min_value=datetime.fromisoformat("1000-01-01")))
def test_iso_times_come_back_as_they_went(moment: datetime) -> None:
    assert parse_time(moment.isoformat()) == moment


@given(st.text(max_size=20))
def test_any_cell_is_a_time_or_none(text: str) -> None:
    assert parse_time(text) is None or isinstance(parse_time(text), datetime)


def test_rows_become_records_with_their_place(tmp_path: Path) -> None:
    path = write(
        tmp_path / "h.csv", ["编号", "内容", "单位", "时间", "计"], ["a", "路灯坏了", " 城管局 ", "2026/1/2", "0.5"], ["b", "要路灯", "", "", "1"]
    )
    first, second = read_history([path], Source(Columns(), {"unit": "单位"}, "时间", "计"))
    assert first.request == Request("路灯坏了", id="a", received_at="2026/1/2")
    assert (first.labels, first.time, first.weight, first.source) == ({"unit": "城管局"}, datetime.fromisoformat("2026-01-02"), 0.5, "h.csv:2")
    assert (second.labels, second.time, second.weight, second.source) == ({"unit": ""}, None, 1.0, "h.csv:3")


def test_without_time_and_weight_columns_rows_count_fully_and_are_undated(tmp_path: Path) -> None:
    (record,) = read_history([write(tmp_path / "h.csv", ["内容", "单位", "时间"], ["路灯坏了", "城管局", "2026/1/2"])], UNIT)
    assert (record.time, record.weight) == (None, 1.0)


def test_histories_follow_one_another(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.csv", ["内容", "单位"], [f"{name}路灯坏了", "城管局"]) for name in "乙甲"]
    assert [record.source for record in read_history(paths, UNIT)] == ["乙.csv:2", "甲.csv:2"]


def test_a_workbook_is_read_as_the_same_table_in_csv(tmp_path: Path) -> None:
    rows = [["编号", "内容", "单位"], ["7", "路灯 <坏> 了", "城管局"], ["8", "拖欠工资", "人社局"]]
    told = read_history([write(tmp_path / "h.csv", *rows)], UNIT)
    found = read_history([workbook(tmp_path / "h.xlsx", rows[0], [7.0, *rows[1][1:]], [8, *rows[2][1:]])], UNIT)
    assert [(each.request, each.labels) for each in found] == [(each.request, each.labels) for each in told]
    assert found[0].source == "h.xlsx:2"


@pytest.mark.parametrize(
    ("mapping", "name"),
    [
        (Source(Columns(), {"unit": "部门"}), "部门"),
        (Source(Columns(), {"unit": "单位"}, time="何时"), "何时"),
        (Source(Columns(text="正文"), {"unit": "单位"}), "正文"),
    ],
)
def test_a_missing_column_is_named_beside_those_there_are(tmp_path: Path, mapping: Source, name: str) -> None:
    path = write(tmp_path / "h.csv", ["内容", "单位"], ["路灯坏了", "城管局"])
    with pytest.raises(UsageError, match=f"h.csv:1: no column {name}; it has 内容, 单位") as caught:
        read_history([path], mapping)
    assert caught.value.code == "missing_column"


def test_a_weight_column_that_no_history_has_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv", ["内容", "单位"], ["路灯坏了", "城管局"])
    with pytest.raises(UsageError, match="no history has a column 权重") as caught:
        read_history([path], Source(Columns(), {"unit": "单位"}, weight="权重"))
    assert caught.value.code == "missing_column"


@pytest.mark.parametrize("name", ["none.csv", "none.xlsx"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"{name}: no such file") as caught:
        read_history([tmp_path / name], UNIT)
    assert caught.value.code == "no_such_file"


def test_what_only_claims_to_be_a_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "h.xlsx"
    path.write_text("内容,单位\n路灯坏了,城管局\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"h.xlsx: not a readable workbook") as caught:
        read_history([path], UNIT)
    assert caught.value.code == "bad_workbook"


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="first sheet is empty") as caught:
        read_history([workbook(tmp_path / "h.xlsx")], UNIT)
    assert caught.value.code == "empty_file"


def test_a_history_without_any_label_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="carries a label"):
        read_history([write(tmp_path / "h.csv", ["内容", "单位"], ["路灯坏了", " "])], UNIT)


@pytest.mark.parametrize("weight", ["", "-0.1", "1.01", "nan", "很多"])
def test_a_weight_outside_0_to_1_is_refused_with_its_place(tmp_path: Path, weight: str) -> None:
    path = write(tmp_path / "h.csv", ["内容", "单位", "计"], ["路灯坏了", "城管局", "1"], ["路灯又坏了", "城管局", weight])
    with pytest.raises(UsageError, match=r"h.csv:3 \[计\]") as caught:
        read_history([path], Source(Columns(), {"unit": "单位"}, weight="计"))
    assert caught.value.code == "bad_weight"


def test_a_ragged_row_teaches_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv", ["内容", "单位"], ["路灯坏了", "城管局"], ["路灯坏了", " 请尽快修", "城管局"])
    assert {record.labels["unit"] for record in read_history([path], UNIT)} <= {"城管局", ""}


def test_a_column_that_stands_twice_is_refused_in_a_workbook(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stands twice"):
        read_history([workbook(tmp_path / "h.xlsx", ["内容", "单位", "单位"], ["路灯坏了", "城管局", "住建局"])], UNIT)


def test_the_requests_of_a_file_need_no_label(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ["诉求内容", "标题"], ["路灯坏了", "路灯"], ["欠薪"])
    assert read_requests_of(path, Columns("别处的列", "标题")) == [Request("路灯坏了", "路灯"), Request("")]
