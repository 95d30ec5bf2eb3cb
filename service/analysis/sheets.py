"""Sheets of findings: tables with what is said beside them, for the screen and as a file."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import xlsxwriter

from service.analysis.export import HIDDEN, Cell, written

TEXT, COUNT, COUNTED, MEAN, DAYS = "text", "count", "counted", "mean", "days"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``form``: text, count (whole), counted (a count in words), mean (one decimal) or days."""

    title: str
    form: str = TEXT


@dataclass(frozen=True, slots=True)
class Row:
    """``cells`` one per column, None where nothing can be said or shown. ``mark`` names it and ``requests`` are behind it, "" and () for none;
    ``under``: masked words under the first cell; ``query``: its address in the statistics; ``strong``: places of cells that stand out."""

    cells: tuple[Cell | None, ...]
    mark: str = ""
    requests: tuple[int, ...] = ()
    under: str = ""
    query: tuple[tuple[str, str], ...] = ()
    strong: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """``empty``: why there is no row; ``notes``: what a reader must know."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str = ""
    notes: tuple[str, ...] = field(default=())


def to_csv(title: str, sheets: Sequence[Sheet]) -> bytes:
    """UTF-8 with a byte order mark: one sheet below the other, each with its notes."""
    return written(_rows(title, sheets))


def to_xlsx(title: str, sheets: Sequence[Sheet]) -> bytes:
    """The same as a workbook of one page."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet("发现")
        mean = book.add_format({"num_format": "0.0"})
        page.set_column(0, 0, 40)
        for number, cells in enumerate(_rows(title, sheets)):
            for place, cell in enumerate(cells):
                page.write(number, place, cell, mean if isinstance(cell, float) else None)
    return out.getvalue()


def _rows(title: str, sheets: Sequence[Sheet]) -> Iterator[Sequence[Cell]]:
    yield [title]
    for each in sheets:
        yield []
        yield [each.title]
        beside = any(row.under for row in each.rows)
        yield [*(column.title for column in each.columns), *(["典型诉求(已脱敏)"] if beside else [])]
        for row in each.rows:
            yield [*(HIDDEN if cell is None else cell for cell in row.cells), *([row.under] if beside else [])]
        if not each.rows:
            yield [each.empty]
        yield from ([note] for note in each.notes)
