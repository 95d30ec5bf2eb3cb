import csv
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference

from tests.workbooks import HEAD, ROWS, cell_of, contents, edit, put, rows_of, small_city, write
from triage.errors import Problem, UsageError
from triage.profile_columns import OPTIONAL, TABLES, TITLES
from triage.profile_load import load
from triage.profile_sheet import bring_in, export, mark
from triage.workbook import Rows

KAIPING = Path(__file__).parent.parent / "data" / "kaiping"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return small_city(tmp_path / "small")


@pytest.fixture
def book(small: Path, tmp_path: Path) -> Path:
    export(small, tmp_path / "small.xlsx")
    return tmp_path / "small.xlsx"


def test_the_columns_are_those_of_the_shipped_tables() -> None:
    for file, columns in TABLES.items():
        if (KAIPING / file).exists() or file not in OPTIONAL:
            header, *rows = rows_of(KAIPING / file)
            assert header == [column.name for column in columns], file
            for place, column in enumerate(columns):
                words = {row[place] for row in rows} - {""}
                assert isinstance(column.values, str) or words <= set(column.values), (file, column)
    assert set(TITLES) == set(TABLES)
    assert set(TABLES) > OPTIONAL


def test_every_column_has_a_meaning_and_a_known_kind_of_values() -> None:
    kinds = {"", "code", "date", "unit", "item", "town", "area", "units", "items", "towns", "types"}
    for column in (column for columns in TABLES.values() for column in columns):
        assert any("\u4e00" <= char <= "\u9fff" for char in column.meaning), column
        assert len(column.meaning) <= 120, column
        assert not isinstance(column.values, str) or column.values in kinds, column
        assert isinstance(column.values, str) or len(",".join(column.values)) <= 255, "Excel holds no longer list"


def test_the_shipped_profile_comes_back_byte_for_byte(profile_copy: Path, tmp_path: Path) -> None:
    (profile_copy / "examples.csv").write_text("untouched", encoding="utf-8")
    before = contents(profile_copy)
    export(profile_copy, tmp_path / "k.xlsx")
    assert bring_in(tmp_path / "k.xlsx", profile_copy) == []
    assert contents(profile_copy) == before
    assert bring_in(tmp_path / "k.xlsx", tmp_path / "new") == []
    assert contents(tmp_path / "new") == {name: data for name, data in before.items() if name != "examples.csv"}


def test_a_small_profile_comes_back_without_the_tables_it_lacks(small: Path, book: Path) -> None:
    before = contents(small)
    (small / "units.csv").chmod(0o664)
    assert bring_in(book, small) == []
    assert contents(small) == before
    assert (small / "units.csv").stat().st_mode & 0o777 == 0o664
    assert load(small).units["007"].keywords == ("=路", "@灯")


TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff") | st.sampled_from("\t\n\r=+-@\"',;0 "))


@settings(max_examples=25)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_any_cell_comes_back(tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]) -> None:
    folder = tmp_path_factory.mktemp("city") / "small"
    shutil.copytree(KAIPING, folder, ignore=lambda _, names: [name for name in names if name not in {*ROWS, "profile.toml"}])
    for file in ("units.csv", "towns.csv", "places.csv", "items.csv", "responsibility.csv", "rules.csv"):
        write(folder / file, [[column.name for column in TABLES[file]]])
    write(folder / "units.csv", [[column.name for column in TABLES["units.csv"]], ["ZJX", "镇街", *[""] * 5, "yes", *[""] * 5]])
    write(folder / "words.csv", [["word", "standard", "note", "mine"], *([f"词{number}", "", *pair] for number, pair in enumerate(cells))])
    before = contents(folder)
    export(folder, folder.parent / "t.xlsx")
    assert bring_in(folder.parent / "t.xlsx", folder) == []
    assert contents(folder) == before


@pytest.mark.parametrize(("encoding", "end"), [("gb18030", "\n"), ("utf-16", "\r\n"), ("utf-8", "\n")])
def test_another_style_comes_back_cell_by_cell(small: Path, tmp_path: Path, encoding: str, end: str) -> None:
    before = {}
    for file in ROWS:
        before[file] = rows_of(small / file)
        with (small / file).open("w", encoding=encoding, newline="") as out:
            csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=end).writerows(before[file])
    (small / "profile.toml").write_text(HEAD, encoding="utf-8-sig", newline="\r\n")
    export(small, tmp_path / "t.xlsx")
    assert bring_in(tmp_path / "t.xlsx", small) == []
    assert {file: rows_of(small / file) for file in ROWS} == before
    assert (small / "profile.toml").read_text(encoding="utf-8") == HEAD


def test_what_excel_made_of_cells_is_text_again(small: Path, book: Path) -> None:
    put(book, "units", cell_of("units.csv", "code", 4), 123)
    put(book, "units", cell_of("units.csv", "name", 4), "新局")
    put(book, "units", cell_of("units.csv", "accepts", 4), "yes")
    put(book, "units", cell_of("units.csv", "valid_from", 4), datetime(2026, 7, 1))
    assert bring_in(book, small) == []
    unit = load(small).units["123"]
    assert (unit.name, str(unit.period.start)) == ("新局", "2026-07-01")


def test_a_lost_zero_is_found_and_marked(small: Path, book: Path, tmp_path: Path) -> None:
    before = contents(small)
    cell = cell_of("responsibility.csv", "unit", 2)
    put(book, "responsibility", cell, 7)
    problems = bring_in(book, small)
    assert [(each.file, each.row, each.column) for each in problems] == [("responsibility.csv", 2, "unit")]
    assert contents(small) == before
    mark(book, problems, tmp_path / "marked.xlsx")
    marked = load_workbook(tmp_path / "marked.xlsx")
    assert marked.sheetnames[0] == "问题"
    assert [sheet.title for sheet in marked if sheet.sheet_view.tabSelected] == [marked.active.title] == ["问题"]
    wrong = marked["responsibility"][cell]
    assert wrong.fill.fgColor.rgb == "FFFFC7CE"
    assert problems[0].message in wrong.comment.text
    assert problems[0].remedy in wrong.comment.text
    assert [each.value for each in marked["问题"][2]] == ["responsibility.csv", "2", "unit", problems[0].message, problems[0].remedy]
    assert marked["问题"]["A2"].hyperlink.location == f"'responsibility'!{cell}"
    assert marked["responsibility"]["A2"].fill.fgColor.rgb != "FFFFC7CE"
    put(tmp_path / "marked.xlsx", "responsibility", cell, "007")
    assert bring_in(tmp_path / "marked.xlsx", small) == []
    assert contents(small) == before


def test_new_marks_take_the_place_of_old_ones(book: Path, tmp_path: Path) -> None:
    first, second = (Problem("units.csv", row, "name", f"wrong {row}", "Do it") for row in (2, 3))
    mark(book, [first], tmp_path / "a.xlsx")
    mark(tmp_path / "a.xlsx", [second, Problem("units.csv", 3, "name", "=1+1", "Do that\x01")], tmp_path / "b.xlsx")
    units = load_workbook(tmp_path / "b.xlsx")["units"]
    assert units["B2"].comment is None
    assert units["B2"].fill.fgColor.rgb != "FFFFC7CE"
    assert "wrong 3" in units["B3"].comment.text
    assert "=1+1" in units["B3"].comment.text
    assert units["B1"].comment.text == TABLES["units.csv"][1].meaning
    assert load_workbook(tmp_path / "b.xlsx")["问题"]["D3"].data_type == "s"


def test_marks_keep_the_rest_of_the_workbook(book: Path, small: Path, tmp_path: Path) -> None:
    before = contents(small)
    mark(
        book,
        [Problem("deadlines.csv", 3, "amount", "no sheet to mark", "Do it"), Problem("units.csv", 0, "", "all wrong", "Do it")],
        tmp_path / "a.xlsx",
    )
    marked, plain = load_workbook(tmp_path / "a.xlsx"), load_workbook(book)
    assert len(marked["units"].data_validations.dataValidation) == len(plain["units"].data_validations.dataValidation) > 0
    assert set(marked.defined_names) == {"codes_units", "codes_items", "codes_towns"}
    assert marked["units"].freeze_panes == "A2"
    assert marked["问题"]["A2"].hyperlink is None
    assert marked["问题"]["A3"].hyperlink.location == "'units'!A1"
    assert bring_in(tmp_path / "a.xlsx", small) == []
    assert contents(small) == before


def test_the_line_of_a_key_is_marked(small: Path, book: Path, tmp_path: Path) -> None:
    put(book, "profile", "A6", 'town_unit = "XX"')
    problems = bring_in(book, small)
    assert [(each.file, each.column) for each in problems] == [("profile.toml", "town_unit")]
    mark(book, problems, tmp_path / "marked.xlsx")
    assert "'XX'" in load_workbook(tmp_path / "marked.xlsx")["profile"]["A6"].comment.text


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "place", "words"),
    [
        ("units", "B3", "=A1", ("units.csv", 3, "name"), "holds a formula"),
        ("units", "B3", "#REF!", ("units.csv", 3, "name"), "holds the error #REF!"),
        ("units", "B3", "a_x0007_", ("units.csv", 3, "name"), "U+0007"),
        ("profile", "A3", "=A1", ("profile.toml", 3, ""), "holds a formula"),
        ("profile", "B3", "town", ("profile.toml", 3, ""), "stands in column B"),
        ("profile", "A3", "name = 小城", ("profile.toml", 0, ""), "not valid TOML"),
    ],
)
def test_cells_without_a_value_are_refused(
    small: Path, book: Path, tmp_path: Path, sheet: str, cell: str, value: str, place: tuple[str, int, str], words: str
) -> None:
    before = contents(small)
    put(book, sheet, cell, value)
    problem = bring_in(book, small)[0]
    assert (problem.file, problem.row, problem.column) == place
    assert words in problem.message
    assert contents(small) == before
    mark(book, [problem], tmp_path / "marked.xlsx")
    assert load_workbook(tmp_path / "marked.xlsx")["问题"]["D2"].value == problem.message


def test_a_bad_workbook_makes_no_folder(book: Path, tmp_path: Path) -> None:
    put(book, "towns", cell_of("towns.csv", "area", 2), "moon")
    before = set(tmp_path.iterdir())
    assert [each.file for each in bring_in(book, tmp_path / "new")] == ["towns.csv"]
    assert set(tmp_path.iterdir()) == before
    with pytest.raises(UsageError, match="neither a folder nor a place for one"):
        bring_in(book, tmp_path / "no" / "such" / "place")
    with pytest.raises(UsageError, match="neither a folder"):
        bring_in(book, book)


def test_optional_tables(small: Path, book: Path) -> None:
    edit(book, lambda each: each.create_sheet("refusals").append([column.name for column in TABLES["refusals.csv"]]))
    assert bring_in(book, small) == []
    assert not (small / "refusals.csv").exists()
    put(book, "refusals", "A2", "两次退单")
    put(book, "refusals", "B2", "escalate")
    assert bring_in(book, small) == []
    assert rows_of(small / "refusals.csv")[1][:2] == ["两次退单", "escalate"]
    edit(book, lambda each: each.remove(each["refusals"]))
    before = contents(small)
    assert bring_in(book, small) == []
    assert contents(small) == before, "a table without a sheet stays"


def test_a_kept_table_is_checked_too(profile_copy: Path, tmp_path: Path) -> None:
    export(profile_copy, tmp_path / "t.xlsx")
    edit(tmp_path / "t.xlsx", lambda book: book.remove(book["refusals"]))
    write(profile_copy / "refusals.csv", [[column.name for column in TABLES["refusals.csv"]], ["其他", "walk", "", "", ""]])
    before = contents(profile_copy)
    assert [(each.file, each.row) for each in bring_in(tmp_path / "t.xlsx", profile_copy)] == [("refusals.csv", 2)]
    assert contents(profile_copy) == before


@pytest.mark.parametrize(
    ("change", "words", "code"),
    [
        (lambda book: book.remove(book["items"]), "no sheet items", "missing_sheet"),
        (lambda book: book.remove(book["profile"]), "no sheet profile", "missing_sheet"),
        (lambda book: setattr(book["items"], "title", "Items"), "no sheet items", "missing_sheet"),
        (lambda book: book["units"].delete_cols(2), "sheet units has no column name", "missing_column"),
        (lambda book: book["units"].delete_rows(1, 9), "sheet units has no column code", "missing_column"),
        (lambda book: book["words"].__setitem__("E2", "x"), "sheet words, column E: unknown column ''", "unknown_column"),
        (lambda book: book["words"].__setitem__("D1", "note"), "sheet words:1: column note stands twice", "duplicate_column"),
    ],
)
def test_sheets_and_columns_that_are_missing_or_unknown(small: Path, book: Path, change: Callable[[Workbook], object], words: str, code: str) -> None:
    before = contents(small)
    edit(book, change)
    with pytest.raises(UsageError, match=words) as caught:
        bring_in(book, small)
    assert caught.value.code == code
    assert contents(small) == before


def test_columns_of_the_clerk_s_own_are_kept(small: Path, tmp_path: Path) -> None:
    write(small / "words.csv", [["note", "mine", "word", "standard"], ["1", "2", "东镇", ""], ["", "", "", ""], ["", "=3", "西镇", ""]])
    before = contents(small)
    export(small, tmp_path / "t.xlsx")
    assert bring_in(tmp_path / "t.xlsx", small) == []
    assert contents(small) == before
    assert bring_in(tmp_path / "t.xlsx", tmp_path / "new") == []
    assert contents(tmp_path / "new") == before


def test_a_clerk_may_add_a_column_of_notes_in_the_workbook(small: Path, book: Path) -> None:
    put(book, "words", "D1", "mine")
    put(book, "words", "D2", "looked up")
    assert bring_in(book, small) == []
    assert rows_of(small / "words.csv") == [["word", "standard", "note", "mine"], ["东镇", "", "+1", "looked up"]]


def test_everything_wrong_is_told_together(small: Path, book: Path) -> None:
    """A formula once hid the rest."""
    put(book, "units", "B3", "=A1")
    put(book, "towns", cell_of("towns.csv", "area", 2), "moon")
    put(book, "profile", "B3", "town")
    before = contents(small)
    found = [(each.file, each.row, each.column) for each in bring_in(book, small)]
    assert found == [("units.csv", 3, "name"), ("profile.toml", 3, ""), ("towns.csv", 2, "area")]
    assert contents(small) == before


def test_all_missing_sheets_and_columns_are_told_together(small: Path, book: Path) -> None:
    def change(each: Workbook) -> None:
        each.remove(each["items"])
        each.remove(each["profile"])
        each["units"].delete_cols(2, 2)
        each["words"]["E2"] = "x"

    edit(book, change)
    with pytest.raises(UsageError) as caught:
        bring_in(book, small)
    lines = str(caught.value).splitlines()
    assert [line.partition(": ")[2].partition(".")[0] for line in lines] == [
        "no sheet items",
        "no sheet profile",
        "sheet units has no column name, short",
        "sheet words, column E: unknown column ''",
    ]


def test_a_chart_sheet_is_passed_over(small: Path, book: Path, tmp_path: Path) -> None:
    def change(each: Workbook) -> None:
        chart = BarChart()
        chart.add_data(Reference(each["units"], min_col=1, min_row=1, max_row=3))
        each.create_chartsheet("图表").add_chart(chart)

    edit(book, change)
    before = contents(small)
    assert bring_in(book, small) == []
    assert contents(small) == before
    mark(book, [Problem("units.csv", 3, "name", "wrong", "Do it")], tmp_path / "marked.xlsx")
    assert load_workbook(tmp_path / "marked.xlsx").sheetnames[0] == "问题"
    edit(book, lambda each: each.create_chartsheet("空"))
    with pytest.raises(UsageError, match="not a readable workbook"):
        mark(book, [], tmp_path / "marked.xlsx")


def test_a_column_that_a_table_lacks_must_be_added(small: Path, tmp_path: Path) -> None:
    write(small / "words.csv", [["word", "standard"], ["东镇", ""]])
    export(small, tmp_path / "t.xlsx")
    assert [cell.value for cell in load_workbook(tmp_path / "t.xlsx")["words"][1]] == ["word", "standard"]
    with pytest.raises(UsageError, match="sheet words has no column note. Add it"):
        bring_in(tmp_path / "t.xlsx", small)


def test_the_workbook_helps_the_clerk(book: Path) -> None:
    made = load_workbook(book)
    assert made.sheetnames == ["说明", *(Path(file).stem for file in ROWS), "profile"]
    assert any("010101" in str(row[0].value) for row in made["说明"].rows)
    sheet = made["responsibility"]
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.bold and cell.comment.text for cell in sheet[1])
    assert sheet[cell_of("responsibility.csv", "item", 2)].value == "01"
    assert {cell.number_format for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"@"}
    assert all(sheet.column_dimensions[cell.column_letter].number_format == "@" for cell in sheet[1])
    offers = {str(each.sqref).partition("2:")[0]: each for each in sheet.data_validations.dataValidation}
    role, unit = (offers[cell_of("responsibility.csv", name, 2)[0]] for name in ("role", "unit"))
    assert (role.formula1, role.allow_blank, role.errorStyle) == ('"lead,co"', True, "warning")
    assert unit.formula1 == "codes_units"
    assert made.defined_names["codes_units"].attr_text == "OFFSET(units!$A$2,0,0,MAX(1,COUNTA(units!$A:$A)-1),1)"
    assert cell_of("responsibility.csv", "area", 2)[0] not in offers


@pytest.mark.parametrize(
    ("file", "rows", "words"),
    [
        ("words.csv", [["word", "standard", "note"], ["东镇", "", "a\x07"]], r"words.csv:2 \[note\]: a workbook cannot hold the character U\+0007"),
        ("words.csv", [["word", "standard", "note"], ["东镇", "", "x" * 40000]], r"words.csv:2 \[note\]: 40000 characters"),
        ("words.csv", [["word", "standard", "note"], ["东镇", ""]], r"words.csv:2: 2 cells, the header has 3"),
        ("words.csv", [["word", "standard", "word"]], r"words.csv:1: column word stands twice"),
        ("words.csv", [], r"words.csv: the file is empty"),
    ],
)
def test_what_no_workbook_can_hold(small: Path, tmp_path: Path, file: str, rows: Rows, words: str) -> None:
    write(small / file, rows)
    with pytest.raises(UsageError, match=words):
        export(small, tmp_path / "t.xlsx")
    assert not (tmp_path / "t.xlsx").exists()


def test_nothing_to_export(small: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"small.csv: not an .xlsx file"):
        export(small, tmp_path / "small.csv")
    (small / "items.csv").write_bytes("编号".encode() + b"\xff\xff\xff")
    with pytest.raises(UsageError, match="items.csv"):
        export(small, tmp_path / "small.xlsx")
    (small / "items.csv").unlink()
    with pytest.raises(UsageError, match="items.csv: no such file"):
        export(small, tmp_path / "small.xlsx")
    with pytest.raises(UsageError, match="no such file"):
        bring_in(tmp_path / "lost.xlsx", small)
    with pytest.raises(UsageError, match="no such file"):
        mark(tmp_path / "lost.xlsx", [], tmp_path / "marked.xlsx")


def test_merged_cells_come_apart(small: Path, book: Path, tmp_path: Path) -> None:
    edit(book, lambda each: each["units"].merge_cells("B2:B3"))
    problems = bring_in(book, small)
    assert [(each.row, each.column) for each in problems] == [(3, "name")]
    mark(book, problems, tmp_path / "marked.xlsx")
    assert "is empty" in load_workbook(tmp_path / "marked.xlsx")["units"]["B3"].comment.text
