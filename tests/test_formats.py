from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from triage import formats
from triage.answers import Cells
from triage.errors import UsageError
from triage.formats import FORMS, form_of, object_lines
from triage.sources import open_file

HEADER = ["id", "text", "unit_1_p"]
TRICKY = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "http://a.b",
    "一行\n两行",
    "😀👨‍👩‍👧",
    "_x0041_",
    "0017",
    " 前后有空 ",
    'a,b"c"',
    "路" * 32767,
    "\t制表",
    "http://" + "x" * 3000,
]


def made(name: str, rows: list[Cells], folder: Path) -> Path:
    form = FORMS[name]
    spool = folder / f"rows.{name}"
    lines = object_lines(HEADER) if name == "jsonl" else form.lines
    spool.write_bytes(form.head(HEADER) + b"".join(lines([row]) for row in rows))
    return form.finish(spool, HEADER, folder)


@pytest.mark.parametrize("name", ["jsonl", "xlsx", "parquet"])
def test_texts_survive_the_way_out_and_in(name: str, tmp_path: Path) -> None:
    rows: list[Cells] = [[str(number), text, 0.1234] for number, text in enumerate(TRICKY)]
    source = open_file(made(name, rows, tmp_path))
    assert [list(row.cells.values()) for row in source.rows()] == [[str(row[0]), row[1], "0.1234"] for row in rows]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=40), min_size=1, max_size=5))
def test_any_text_survives_csv(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("csv")
    source = open_file(made("csv", [[str(number), text, None] for number, text in enumerate(texts)], folder))
    found = [row.cells["text"] for row in source.rows()]
    assert [text.removeprefix("'") for text in found] == [text.removeprefix("'") for text in texts]


def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    book = load_workbook(made("xlsx", [[str(number), text, None] for number, text in enumerate(TRICKY)], tmp_path))
    cells = [cell for row in book.active.iter_rows(min_row=2, max_col=2) for cell in row]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell for cell in cells if cell.hyperlink] == []


def test_no_cell_of_a_csv_file_is_a_formula(tmp_path: Path) -> None:
    text = made("csv", [["1", "=1+1", 0.5], ["-7", "@a", None]], tmp_path).read_text(encoding="utf-8-sig")
    assert text.splitlines() == ["id,text,unit_1_p", "1,'=1+1,0.5000", "-7,'@a,"]


def test_a_text_too_long_for_a_cell_says_so(tmp_path: Path) -> None:
    (row,) = open_file(made("xlsx", [["1", "😀" * 20000, None]], tmp_path)).rows()
    assert row.cells["text"].startswith("😀" * 16000)
    assert row.cells["text"].endswith("已截断)")
    assert len(row.cells["text"].encode("utf-16-le")) <= 2 * 32767


def test_rows_go_on_on_the_next_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_SHEET_ROWS", 4)
    book = load_workbook(made("xlsx", [[str(number), "", None] for number in range(7)], tmp_path))
    assert [[row[0].value for row in sheet.iter_rows(min_row=2, max_col=1)] for sheet in book] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_types_of_parquet(tmp_path: Path) -> None:
    table = pq.read_table(made("parquet", [["1", "路灯", 0.5], ["2", "", None]], tmp_path))
    assert [str(kind) for kind in table.schema.types] == ["string", "string", "double"]
    assert table.to_pylist()[1] == {"id": "2", "text": "", "unit_1_p": None}


def test_no_rows(tmp_path: Path) -> None:
    for name in ("xlsx", "parquet"):
        assert list(open_file(made(name, [], tmp_path)).header) == HEADER


@pytest.mark.parametrize(("name", "form"), [("a.csv", "csv"), ("a.txt", "csv"), ("a.XLSX", "xlsx"), ("a.jsonl", "jsonl"), ("a.parquet", "parquet")])
def test_the_suffix_says_the_form(name: str, form: str) -> None:
    assert form_of(Path(name)).name == form


def test_what_is_only_read() -> None:
    with pytest.raises(UsageError, match=r"\.xls is only read"):
        form_of(Path("a.xls"))
