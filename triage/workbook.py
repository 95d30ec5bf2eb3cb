"""Workbooks whose cells are text: written, read and given comments and drop-downs.

Text survives as it is. What a spreadsheet turned into a number or a date all the same is read as its digits or as 2026-07-01.
Carriage returns are written as Excel does it, ``_x000D_``. The package openpyxl is used here and in ``profile_sheet.py`` only.
"""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from triage.bounds import check
from triage.errors import TriageError, UsageError

Rows = list[list[str]]
_TEXT, _LONGEST, _LAST_ROW, _WIDEST = "@", 32767, 1048576, 60
_MOST_CELLS = 1 << 23  # rows times columns that are held as objects: about 1 GiB
# What XML 1.0 cannot hold, and Excel's own way to write what it could not hold otherwise.
_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}[_\r])")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class Found(NamedTuple):
    """A cell as text, and what is wrong with it and what to do, or two empty words."""

    text: str
    fault: str = ""
    remedy: str = ""


Cells = list[list[Found]]


def must_be_workbook(path: Path) -> None:
    """Raises UsageError for a name that does not end in .xlsx."""
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"{path}: not an .xlsx file. Name a workbook that ends in .xlsx.", "bad_workbook")


def save(book: Workbook, target: Path) -> None:
    """Writes the workbook. Raises UsageError when that is not possible."""
    try:
        book.save(target)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written ({error.strerror}). Name a file in a folder where you may write.", "not_writable") from error
    except Exception as error:
        # What openpyxl has read of charts and pictures it cannot always write.
        raise UsageError(f"{target}: cannot be written ({error}). Take charts and pictures out of the workbook.", "bad_workbook") from error


def misfit(text: str) -> str:
    """Why a cell cannot hold the text, and what to do; empty when it can."""
    if found := _ILLEGAL.search(text):
        return f"a workbook cannot hold the character {_named(found[0])}. Delete it."
    if len(_escape(text).encode("utf-16-le")) > 2 * _LONGEST:
        return f"{len(text)} characters, a workbook holds {_LONGEST} in a cell. Shorten it."
    return ""


def _named(char: str) -> str:
    return f"U+{ord(char):04X}"


def _escape(text: str) -> str:
    """As Excel does: XML would read a carriage return as a line feed."""
    return _LOOKS_ESCAPED.sub("_x005F_", text).replace("\r", "_x000D_")


def fill(sheet: Worksheet, title: str, rows: Rows) -> Worksheet:
    """Names the sheet and writes the rows, text only: new cells of a column take its format, so codes typed there keep their zeros too."""
    sheet.title = title
    for place in range(len(rows[0])):
        column = sheet.column_dimensions[get_column_letter(place + 1)]
        column.number_format = _TEXT
        column.width = min(_WIDEST, 3 + max(max(map(_width, row[place].split("\n"))) for row in rows))
    for number, row in enumerate(rows, start=1):
        for place, text in enumerate(row, start=1):
            if text:
                _put(sheet.cell(number, place), text)
    return sheet


def _width(text: str) -> int:
    return sum(1 + (char > "\u2e7f") for char in text)


def _put(cell: Cell, text: str) -> None:
    cell.value = _escape(_ILLEGAL.sub("\ufffd", text))
    cell.data_type = "s"
    cell.number_format = _TEXT


def dress_header(sheet: Worksheet) -> None:
    """Row 1 is bold and stays in view."""
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)


def note(cell: Cell, text: str, author: str) -> None:
    """Gives the cell a comment, in place of the one it has."""
    cell.comment = Comment(_ILLEGAL.sub("\ufffd", text), author, height=120, width=300)


def offer(sheet: Worksheet, letter: str, values: str) -> None:
    """A drop-down that warns of other values and forbids none: a table may be filled in before the one it refers to."""
    error = "不在下拉列表中,请核对。"
    choice = DataValidation("list", formula1=values, allow_blank=True, showErrorMessage=True, errorStyle="warning", errorTitle="请核对", error=error)
    choice.add(f"{letter}2:{letter}{_LAST_ROW}")
    sheet.add_data_validation(choice)


@contextmanager
def opened(path: Path, *, read_only: bool) -> Iterator[Workbook]:
    """A workbook to read. Raises UsageError for what is none; whatever goes wrong in reading it means that it is damaged."""
    must_be_workbook(path)
    if not path.is_file():
        raise UsageError(f"{path}: no such file. Check the path.", "no_such_file")
    check(path, _MOST_CELLS)
    with warnings.catch_warnings():
        # of extensions that openpyxl does not keep, and of dates out of range
        warnings.simplefilter("ignore", UserWarning)
        try:
            yield load_workbook(io.BytesIO(path.read_bytes()), read_only=read_only)
        except TriageError:
            raise
        except Exception as error:
            raise UsageError(f"{path}: not a readable workbook ({error}). Save it again as .xlsx.", "bad_workbook") from error


def read_sheet(sheet: Any) -> Cells:
    """Its rows up to the last one that is not empty, of different lengths."""
    sheet.reset_dimensions()  # some programs write them wrong, and what lies outside would be lost
    rows: Cells = []
    empty = 0
    for cells in sheet.iter_rows():
        row = [_found(cell) for cell in cells]
        while row and row[-1] == Found(""):
            row.pop()
        if row:
            rows += [[] for _ in range(empty)]
            rows.append(row)
            empty = 0
        else:
            empty += 1
    return rows


def _found(cell: Any) -> Found:
    if cell.data_type == "f":
        return Found("", "holds a formula", "Write the value itself")
    if cell.data_type == "e":
        return Found("", f"holds the error {cell.value}", "Write the value itself")
    text = _text(cell)
    if found := _ILLEGAL.search(text):
        return Found(text, f"holds the character {_named(found[0])}", "Delete it")
    return Found(text)


def _text(cell: Any) -> str:
    """What the clerk meant: a number shown with leading zeros has them."""
    value = cell.value
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float) and value == value // 1:
        digits = str(int(value))
        return digits.zfill(len(cell.number_format)) if re.fullmatch("0+", cell.number_format) else digits
    return "" if value is None else str(value)
