"""A small city as a folder of tables, and hands that change its workbook."""

import csv
from collections.abc import Callable
from pathlib import Path

from openpyxl import Workbook, load_workbook

from triage.profile_columns import TABLES
from triage.workbook import Rows

HEAD = """# 小城 "x" = 1
code = "small"
name = "小城"
version = "1"
taxonomy = "1"
town_unit = "ZJX"

[areas]
town = "镇"
"""
ROWS: dict[str, list[dict[str, str]]] = {
    "units.csv": [{"code": "ZJX", "name": "镇街", "accepts": "yes"}, {"code": "007", "name": "某局", "accepts": "yes", "keywords": "=路;@灯"}],
    "towns.csv": [{"code": "01", "name": "东镇", "short": "东镇", "area": "town"}],
    "places.csv": [],
    "items.csv": [{"code": "01", "name": "路灯", "kind": "public"}, {"code": "02", "name": "噪声", "kind": "public", "valid_from": "2026-07-01"}],
    "responsibility.csv": [
        {"item": "01", "area": "*", "unit": "007", "role": "lead", "basis": ' 一, "二"\n三 '},
        {"item": "02", "area": "*", "unit": "ZJX", "role": "lead", "status": "confirmed"},
    ],
    "rules.csv": [],
    "words.csv": [{"word": "东镇", "note": "+1"}],
}


def write(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def rows_of(path: Path, encoding: str = "utf-8-sig") -> Rows:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def edit(path: Path, change: Callable[[Workbook], object]) -> None:
    book = load_workbook(path)
    change(book)
    book.save(path)


def put(path: Path, sheet: str, cell: str, value: object) -> None:
    def change(book: Workbook) -> None:
        book[sheet][cell].number_format = "General"
        book[sheet][cell] = value

    edit(path, change)


def cell_of(file: str, column: str, row: int) -> str:
    return f"{chr(ord('A') + [each.name for each in TABLES[file]].index(column))}{row}"


def small_city(folder: Path) -> Path:
    """The folder of a city with two items and no optional table."""
    folder.mkdir()
    (folder / "profile.toml").write_text(HEAD, encoding="utf-8", newline="\n")
    for file, rows in ROWS.items():
        names = [column.name for column in TABLES[file]]
        write(folder / file, [names, *([row.get(name, "") for name in names] for row in rows)])
    return folder
