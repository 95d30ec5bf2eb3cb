import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from xlsxwriter import Workbook

from triage.errors import UsageError
from triage.sources import as_text, open_file

COLUMNS = {"编号": ["0017", "2"], "内容": ["路灯坏了\n半个月", "😀"], "数": [3.0, None], "时间": [datetime(2026, 7, 1), datetime(2026, 7, 1, 9, 30)]}
EXPECTED = [
    {"编号": "0017", "内容": "路灯坏了\n半个月", "数": "3", "时间": "2026-07-01"},
    {"编号": "2", "内容": "😀", "数": "", "时间": "2026-07-01 09:30:00"},
]


def workbook(path: Path) -> Path:
    with Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(COLUMNS))
        for place, values in enumerate(COLUMNS.values()):
            for number, value in enumerate(values, start=1):
                if isinstance(value, str):
                    sheet.write_string(number, place, value)
                elif value is not None:
                    sheet.write(number, place, value)
    return path


def parquet(path: Path) -> Path:
    pq.write_table(pa.table(COLUMNS), path)
    return path


def lines(path: Path) -> Path:
    rows: list[dict[str, Any]] = [{"编号": "0017", "内容": "路灯坏了\n半个月", "数": 3}, {"编号": "2", "内容": "😀", "时间": "2026-07-01 09:30:00"}]
    rows[0]["时间"] = "2026-07-01"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("make", "name", "first"), [(workbook, "in.xlsx", 2), (parquet, "in.parquet", 2), (lines, "in.jsonl", 1)])
def test_every_kind_of_table_says_the_same(make: Any, name: str, first: int, tmp_path: Path) -> None:
    source = open_file(make(tmp_path / name))
    for _ in range(2):
        rows = list(source.rows())
        assert [row.cells for row in rows] == EXPECTED
        assert [row.number for row in rows] == [first, first + 1]
        assert {row.error for row in rows} == {""}
    assert list(source.header) == list(COLUMNS)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "TRUE"), (2.0, "2"), (2.5, "2.5"), (float("nan"), ""), (float("inf"), "inf"), (Decimal("3.00"), "3"), (17, "17"),
     (date(2026, 7, 1), "2026-07-01"), (b"\xe8\xb7\xaf", "路"), ({"a": "路"}, '{"a": "路"}')],
)  # fmt: skip
def test_a_cell_as_text(value: object, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize("name", ["in.xlsx", "in.parquet"])
def test_a_damaged_file(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 not what it says")
    with pytest.raises(UsageError, match=r"not a readable .* again"):
        open_file(tmp_path / name)


def test_a_workbook_whose_sheet_is_torn_says_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(workbook(tmp_path / "whole.xlsx")) as source, zipfile.ZipFile(tmp_path / "torn.xlsx", "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data[: data.index(b"<c r=") + 4] if "sheet1" in name else data)
    with pytest.raises(UsageError, match=r"torn\.xlsx: not a readable workbook \([^)]{4,}\)\. Save it again"):
        open_file(tmp_path / "torn.xlsx")


@pytest.mark.parametrize("name", ["in.xlsx", "in.parquet", "in.jsonl", "in.csv"])
def test_a_missing_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        open_file(tmp_path / name)
    assert caught.value.code == "no_such_file"


def test_an_empty_sheet(tmp_path: Path) -> None:
    Workbook(str(tmp_path / "in.xlsx")).close()
    with pytest.raises(UsageError) as caught:
        open_file(tmp_path / "in.xlsx")
    assert caught.value.code == "empty_file"


def test_a_table_below_empty_rows_keeps_its_numbers(tmp_path: Path) -> None:
    with Workbook(str(tmp_path / "in.xlsx")) as book:
        sheet = book.add_worksheet()
        for number, text in ((2, "内容"), (3, "路灯坏了"), (6, "没人扫")):
            sheet.write_string(number, 1, text)
    rows = list(open_file(tmp_path / "in.xlsx").rows())
    assert [(row.number, "".join(row.cells.values())) for row in rows] == [(4, "路灯坏了"), (7, "没人扫")]


def test_lines_that_are_no_objects_fail_alone(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text":"路灯"}\n[1]\n{"text":\n{"text":null,"more":1}\n', encoding="utf-8")
    rows = list(open_file(path).rows())
    assert [(row.number, row.cells["text"], row.kind if row.error else "") for row in rows] == [
        (1, "路灯", ""), (2, "", "bad_json"), (3, "", "bad_json"), (4, "", ""),
    ]  # fmt: skip


def test_a_column_twice(tmp_path: Path) -> None:
    with Workbook(str(tmp_path / "in.xlsx")) as book:
        book.add_worksheet().write_row(0, 0, ["内容", "内容"])
    with pytest.raises(UsageError, match="stands twice"):
        open_file(tmp_path / "in.xlsx")
