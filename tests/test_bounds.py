import zipfile
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from triage import bounds
from triage.bounds import Span, check, spans
from triage.errors import UsageError
from triage.sources import open_file
from triage.workbook import opened


def workbook(path: Path, cells: str, *, before: str = "", name: str = "xl/worksheets/sheet1.xml") -> Path:
    """A workbook whose first sheet holds these cells."""
    empty = path.with_name("empty.xlsx")
    Workbook(str(empty)).close()
    sheet = f'{before}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'
    with zipfile.ZipFile(empty) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for each in source.namelist():
            data = source.read(each).replace(b"worksheets/sheet1.xml", name.removeprefix("xl/").encode())
            target.writestr(name if "sheet1" in each else each, sheet if "sheet1" in each else data)
    return path


def cell(place: str, value: str = "<v>1</v>") -> str:
    return f'<row><c r="{place}">{value}</c></row>'


def code(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        open_file(path)
    return caught.value.code


@pytest.mark.parametrize("last", ["XFD4000", "XFD1048576"])
def test_one_cell_far_out_is_refused_before_a_reader_makes_room_for_all(last: str, tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", cell("A1") + cell(last))
    with pytest.raises(UsageError, match=rf"in\.xlsx: the last cell of .*row {last[3:]}, column 16384.*over {bounds.MOST_CELLS}\. Delete ") as caught:
        open_file(path)
    assert caught.value.code == "too_many_cells"
    with pytest.raises(UsageError, match="spans"), opened(path, read_only=True):
        pass


@pytest.mark.parametrize(
    "how",
    [{"name": "xl/other.bin"}, {"before": '<?xml version="1.0" encoding="utf-8"?><!-- <row r="1"> -->'}],
)
def test_a_sheet_is_known_by_what_it_holds(how: dict[str, str], tmp_path: Path) -> None:
    assert code(workbook(tmp_path / "in.xlsx", cell("A1") + cell("XFD4000"), **how)) == "too_many_cells"


def test_cells_and_rows_without_a_place_count_on(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", '<row r="7"><c r="B7"/><c><v>1</v></c></row><row><c><is><t>x</t></is></c></row>')
    with zipfile.ZipFile(path) as archive:
        assert list(spans(archive)) == [Span("xl/worksheets/sheet1.xml", 8, 3)]


def test_cells_that_have_a_format_only_take_up_nothing(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", '<row r="1"><c r="A1" t="str"><v>内容</v></c></row>' + cell("XFD1048576", ""))
    assert open_file(path).header == ["内容"]


def test_an_open_document_that_repeats_a_cell_is_refused(tmp_path: Path) -> None:
    cells = '<table:table-cell table:number-columns-repeated="16384" office:value-type="string"/>'
    table = f'<table:table><table:table-row table:number-rows-repeated="1048576">{cells}</table:table-row></table:table>'
    with zipfile.ZipFile(tmp_path / "in.ods", "w") as archive:
        archive.writestr("content.xml", f'<office:document-content xmlns:office="o" xmlns:table="t">{table}</office:document-content>')
    assert code(tmp_path / "in.ods") == "too_many_cells"


def test_a_sheet_with_a_prefix_is_none_the_less_one(tmp_path: Path) -> None:
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.xml", '<x:worksheet xmlns:x="x"><x:row r="2"><x:c r="XFD4000"><x:v>1</x:v></x:c></x:row></x:worksheet>')
    with zipfile.ZipFile(path) as archive:
        assert list(spans(archive)) == [Span("a.xml", 4000, 16384)]


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "in.xlsx", cell("A1"))
    monkeypatch.setattr(bounds, "MOST_UNPACKED", 1000)
    assert code(path) == "archive_too_large"


def test_a_length_that_lies_and_a_document_type_are_refused(tmp_path: Path) -> None:
    assert code(workbook(tmp_path / "in.xlsx", cell("A1"), before='<!DOCTYPE x [<!ENTITY a "ha">]>')) == "bad_workbook"
    path = tmp_path / "lies.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", b"<sst>" + b" " * 100_000 + b"</sst>")
    length = (100_011).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(length, (10).to_bytes(4, "little")))
    assert code(path) == "bad_workbook"


def test_what_is_no_archive_passes(tmp_path: Path) -> None:
    (tmp_path / "in.xls").write_bytes(b"\xd0\xcf\x11\xe0old")
    check(tmp_path / "in.xls")


def test_a_full_sheet_of_thirty_columns_is_within_bounds() -> None:
    assert Span("", 1_048_576, 30).cells <= bounds.MOST_CELLS


def test_a_header_of_a_megabyte_is_not_told_whole(tmp_path: Path) -> None:
    long, path = "长" * 30_000, tmp_path / "in.xlsx"
    with Workbook(str(path)) as book:
        book.add_worksheet().write_row(0, 0, [long, long])
    with pytest.raises(UsageError, match="stands twice") as caught:
        open_file(path)
    assert len(str(caught.value)) < 500
