from pathlib import Path

import pytest
from openpyxl import Workbook

from service.failures import ServiceError
from service.tabular import read


def test_both_kinds_of_file_give_the_same_rows_without_empty_ones(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("甲,乙\n1,2\n,\n3,4,5\n", encoding="utf-8")
    book = Workbook()
    assert book.active is not None
    for cells in (["甲", "乙"], ["1", "2"], [], ["3", "4", "5"]):
        book.active.append(cells)
    book.save(tmp_path / "a.xlsx")
    for name in ("a.csv", "a.xlsx"):
        header, rows = read(tmp_path / name)
        assert header == ["甲", "乙"] and rows[0].cells == {"甲": "1", "乙": "2"}
        assert [(row.number, bool(row.error)) for row in rows] == [(2, False), (4, True)]


def test_too_many_rows_and_an_empty_workbook_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("甲\n1\n2\n3\n", encoding="utf-8")
    Workbook().save(tmp_path / "b.xlsx")
    for name, code in (("a.csv", "too_many_rows"), ("b.xlsx", "empty_file")):
        with pytest.raises(ServiceError) as caught:
            read(tmp_path / name, 2)
        assert caught.value.code == code
