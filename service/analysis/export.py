"""An answer as a file: CSV that Excel opens, or XLSX. What is too small to leave the office is a dash, never a number."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import xlsxwriter

from service.analysis.answer import Answer
from service.analysis.hiding import Shown
from service.analysis.rates import RATES

HIDDEN = "—"
Cell = str | int | float
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDE = str.maketrans("＝＋－＠", "=+-@")


def to_csv(answer: Answer) -> bytes:
    """UTF-8 with a byte order mark, the notes below the table."""
    return written(_rows(answer))


def written(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as CSV in UTF-8 with a byte order mark; no cell is read as a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for cells in rows:
        writer.writerow([_safe(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(answer: Answer) -> bytes:
    """One sheet: title, table, notes. Rates are numbers shown as percentages."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("统计")
        bold, percent = book.add_format({"bold": True}), book.add_format({"num_format": "0.0%"})
        sheet.set_column(0, 1, 24)
        for number, cells in enumerate(_rows(answer)):
            for place, cell in enumerate(cells):
                form = bold if number in (0, 2) else percent if isinstance(cell, float) else None
                sheet.write(number, place, cell, form)
    return out.getvalue()


def _rows(answer: Answer) -> Iterator[Sequence[Cell]]:
    counted = RATES[answer.question.rate].numerator != ""
    yield [answer.title]
    yield []
    compared = answer.question.compare and any(each.before for each in answer.lines)
    yield [
        *answer.heads,
        "件数",
        *(["分子", "分母", "未计入", RATES[answer.question.rate].title] if counted else []),
        *([_compared(answer)] if compared else []),
    ]
    for each in answer.lines:
        yield [*each.labels, *_figures(each, counted, bool(compared))]
    for gap in answer.gaps:
        yield [gap, "无数据"]
    yield [*(["合计"] if answer.heads else []), *[""] * (len(answer.heads) - 1), *_figures(answer.total, counted, bool(compared), answer.known)]
    yield []
    yield from ([note] for note in answer.notes)


def _compared(answer: Answer) -> str:
    since, until = answer.compared or ("", "")
    return f"比较期件数 ({since} 至 {until})"


def _figures(each: Shown, counted: bool, compared: bool, known: bool = True) -> list[Cell]:
    if each.hidden or not known:
        return [HIDDEN if known else "无数据"] * (1 + 4 * counted + compared)
    line = each.line
    rate: list[Cell] = [line.numerator, line.denominator, line.outside, line.rate if line.rate is not None else HIDDEN] if counted else []
    return [line.n, *rate, *([each.before.n if each.before is not None else HIDDEN] if compared else [])]


def _safe(cell: Cell) -> Cell:
    """No cell that a spreadsheet would take for a formula."""
    if isinstance(cell, float):
        return f"{cell:.4f}"
    read = cell.lstrip(" \n\v\f\u3000\ufeff").translate(_WIDE) if isinstance(cell, str) else ""
    return f"'{cell}" if read.startswith(_FORMULA) else cell
