import io
import random
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from triage.errors import UsageError
from triage.workbook import Cells, Found, Rows, fill, misfit, opened, read_sheet, save

TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff") | st.sampled_from("\t\n\r=+-@\"',;_x000D0 "))
ODD = ["=1+1", "=", "+1", "-1", "@x",
       "'x", "007", "1e5", "TRUE", "#N/A", "2026-07-01", " a ", "   ", 'say "x"', "a,b", "a\nb", "a\r\nb", "a\rb", "\ta\t",
       "😀", "\u2028", "\x85", "\ufeff", "_x000D_", "_x005F_x000D_", "_x0041\r", "{=a}", "x" * 32767]  # fmt: skip


def through(rows: Rows, folder: Path) -> Rows:
    book = Workbook()
    fill(book.active, "t", rows)
    save(book, folder / "t.xlsx")
    return [[each.text for each in row] for row in read(folder / "t.xlsx")]


def read(path: Path) -> Cells:
    with opened(path, read_only=True) as book:
        return read_sheet(book["t"])


def written(folder: Path, *values: object, number_format: str = "General") -> Path:
    book = Workbook()
    book.active.title = "t"
    for row, value in enumerate(values, start=1):
        book.active.cell(row, 1, value).number_format = number_format
    book.save(folder / "t.xlsx")
    return folder / "t.xlsx"


def test_odd_cells_come_back(tmp_path: Path) -> None:
    assert through([[text] for text in ODD], tmp_path) == [[text] for text in ODD]


@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=20))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    assert through([texts], tmp_path_factory.mktemp("book")) == [texts]


def test_gaps_stay_and_the_end_is_cut(tmp_path: Path) -> None:
    assert through([["a", "b", ""], ["", "", ""], ["", "c", ""], ["", "", ""]], tmp_path) == [["a", "b"], [], ["", "c"]]


@pytest.mark.parametrize("text", ["\0", "a\x01", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud83d", "x" * 32768, "😀" * 16384, "\r" * 5000])
def test_what_no_cell_can_hold(text: str) -> None:
    assert misfit(text).endswith(("Delete it.", "Shorten it."))


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (10101, "General", "10101"),
        (10101, "000000", "010101"),
        (440783108, "0", "440783108"),
        (3.0, "General", "3"),
        (1.5, "General", "1.5"),
        (1e20, "General", "100000000000000000000"),
        (True, "General", "TRUE"),
        (datetime(2026, 7, 1), "yyyy-mm-dd", "2026-07-01"),
        (datetime(2026, 7, 1, 8, 30), "yyyy-mm-dd hh:mm", "2026-07-01 08:30:00"),
    ],
)
def test_what_a_spreadsheet_makes_of_text_is_text_again(tmp_path: Path, value: object, number_format: str, text: str) -> None:
    assert [[each.text for each in row] for row in read(written(tmp_path, value, number_format=number_format))] == [[text]]


@pytest.mark.parametrize(
    ("value", "fault"),
    [("=A1", "holds a formula"), ("#N/A", "holds the error #N/A"), ("a_x0001_", "holds the character U+0001"), ("_xD83D_", "U+D83D")],
)
def test_what_is_no_value(tmp_path: Path, value: str, fault: str) -> None:
    [[found]] = read(written(tmp_path, value))
    assert fault in found.fault
    assert found.remedy


def test_a_sheet_that_is_larger_than_it_says(tmp_path: Path) -> None:
    with ZipFile(written(tmp_path, "a", "b")) as sound, ZipFile(tmp_path / "small.xlsx", "w") as target:
        for name in sound.namelist():
            target.writestr(name, sound.read(name).replace(b'ref="A1:A2"', b'ref="A1"'))
    assert read(tmp_path / "small.xlsx") == [[Found("a")], [Found("b")]]


def test_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_text("code,name\n", encoding="utf-8")
    (tmp_path / "t.csv").write_text("code,name\n", encoding="utf-8")
    for name, words in (("t.xlsx", "not a readable workbook"), ("t.csv", "not an .xlsx file"), ("u.xlsx", "no such file")):
        with pytest.raises(UsageError, match=words) as caught:
            read(tmp_path / name)
        assert name in str(caught.value)


def test_nowhere_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        save(Workbook(), tmp_path / "missing" / "t.xlsx")


def test_a_damaged_workbook_is_refused_or_read_but_nothing_else(tmp_path: Path) -> None:
    sound = written(tmp_path, *ODD[:12]).read_bytes()
    chance, refused = random.Random(1), 0
    for _ in range(60):
        spoilt = io.BytesIO(sound)
        spoilt.seek(chance.randrange(len(sound)))
        spoilt.write(chance.randbytes(8))
        (tmp_path / "t.xlsx").write_bytes(spoilt.getvalue()[: chance.choice((len(sound), chance.randrange(len(sound))))])
        try:
            read(tmp_path / "t.xlsx")
        except UsageError as error:
            refused += "t.xlsx: not a readable workbook" in str(error)
    assert refused > 30
