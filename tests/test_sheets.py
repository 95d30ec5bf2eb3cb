import csv
import io

from openpyxl import load_workbook

from service.analysis.sheets import COUNT, MEAN, Column, Row, Sheet, to_csv, to_xlsx

SHEETS = [
    Sheet(
        "新词",
        (Column("词"), Column("件数", COUNT), Column("预计", MEAN)),
        (Row(("=危险", 7, 0.5), under="一件"), Row(("积水", 5, None))),
        "",
        ("注一",),
    ),
    Sheet("空", (Column("事项"),), (), "没有数据"),
]


def test_a_file_holds_every_sheet_with_its_notes_and_no_formula() -> None:
    rows = list(csv.reader(io.StringIO(to_csv("题", SHEETS).decode("utf-8-sig"))))
    assert rows == [
        ["题"], [], ["新词"], ["词", "件数", "预计", "典型诉求(已脱敏)"], ["'=危险", "7", "0.5000", "一件"], ["积水", "5", "—", ""], ["注一"],
        [], ["空"], ["事项"], ["没有数据"],
    ]  # fmt: skip


def test_a_workbook_holds_numbers_as_numbers() -> None:
    page = load_workbook(io.BytesIO(to_xlsx("题", SHEETS))).active
    assert page is not None
    assert [cell.value for cell in page[5]] == ["=危险", 7, 0.5, "一件"] and page["A5"].data_type == "s"
