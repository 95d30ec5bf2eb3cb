"""What rows are written to: CSV, JSON lines, XLSX, Parquet, or a table of a database; each by its suffix.

Rows are first added to a file of lines that survives a crash (``lines``). For CSV and JSON lines that file is the output itself; the others
are made of it once it is complete (``finish``). The same rows give the same bytes.
"""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from triage.answers import NUMBERS, Cell, Cells
from triage.errors import UsageError
from triage.output import FORMULA, cell, check_target
from triage.sources import LINES, PARQUET, database

_GROUP = 16_384
_SHEET_ROWS = 1_048_576
_SHEET_CHARS = 32_767
_MADE = datetime(2020, 1, 1, tzinfo=UTC)
_CUT = "…(全文超过 Excel 单元格上限, 已截断)"

Lines = Callable[[Sequence[Cells]], bytes]


class Form(NamedTuple):
    """A kind of output: the bytes before the first row, rows as lines, and what makes the output of the file of lines: it takes that
    file, the columns and a folder to work in, and returns the finished file."""

    name: str
    head: Callable[[Sequence[str]], bytes]
    lines: Lines
    finish: Callable[[Path, Sequence[str], Path], Path]


def form_of(target: Path) -> Form:
    """The form that a file's suffix asks for. Raises UsageError for one that cannot be written."""
    suffix = target.suffix.lower()
    if suffix in (".xls", ".ods", ".et", ".xlsm"):
        raise UsageError(f"{target}: {suffix} is only read, not written. Name an .xlsx file.", "bad_suffix")
    if suffix in LINES:
        return FORMS["jsonl"]
    return FORMS["xlsx" if suffix == ".xlsx" else "parquet" if suffix in PARQUET else "csv"]


def to_database(url: str, table: str, *, fresh: bool = True) -> Form:
    """Into a new table of a database, whole or not at all. ``fresh``: look now whether it is there already, not only at the end."""
    if fresh:
        database().must_be_free(url, table)

    def finish(spool: Path, header: Sequence[str], folder: Path) -> Path:
        database().write_table(url, table, header, [name in NUMBERS for name in header], _rows(spool))
        return spool

    return FORMS["parquet"]._replace(name="database", finish=finish)


@contextmanager
def table(target: Path, header: Sequence[str]) -> Iterator[Callable[[Cells], object]]:
    """Yields what writes a row to a file of the form that its suffix asks for. The file appears whole or not at all.

    Raises UsageError when it is there already or cannot be written there.
    """
    form = form_of(target)
    check_target(target)
    if target.exists():
        raise UsageError(f"{target} is there already. Name another output.", "output_exists")
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.resolve().parent) as folder:
        lines = object_lines(header) if form.name == "jsonl" else form.lines
        spool = Path(folder) / "rows"
        with spool.open("wb") as file:
            file.write(form.head(header))
            yield lambda row: file.write(lines([row]))
        form.finish(spool, header, Path(folder)).replace(target)


def csv_lines(rows: Sequence[Cells]) -> bytes:
    """Rows as lines of CSV; text that a spreadsheet would take for a formula gets a quote in front."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([_guarded(each) for each in row] for row in rows)
    return out.getvalue().encode("utf-8", "replace")


def _guarded(value: Cell) -> str:
    if isinstance(value, str):
        return value if value[:1] not in FORMULA or value.lstrip("-").isdigit() else cell(value)
    return "" if value is None else f"{value:.4f}"


def json_lines(rows: Sequence[Cells]) -> bytes:
    """Rows as JSON arrays, one a line."""
    return "".join(f"{_json(row)}\n" for row in rows).encode("utf-8", "replace")


def object_lines(header: Sequence[str]) -> Lines:
    """What writes rows as JSON objects, one a line."""
    return lambda rows: "".join(f"{_json(dict(zip(header, row, strict=True)))}\n" for row in rows).encode("utf-8", "replace")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _rows(spool: Path) -> Iterator[Cells]:
    with spool.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line)


def _itself(spool: Path, header: Sequence[str], folder: Path) -> Path:
    return spool


def _parquet(spool: Path, header: Sequence[str], folder: Path) -> Path:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = pa.schema([(name, pa.float64() if name in NUMBERS else pa.string()) for name in header])
    rows, draft = _rows(spool), folder / "draft.parquet"
    with ParquetWriter(draft, schema, compression="zstd") as writer:
        while group := list(islice(rows, _GROUP)):
            values = zip(zip(*group, strict=True), schema.types, strict=True)
            writer.write_table(pa.Table.from_arrays([pa.array(each, kind) for each, kind in values], schema=schema))
    return draft


def _workbook(spool: Path, header: Sequence[str], folder: Path) -> Path:
    """Row by row, never the whole in memory. What does not fit on a sheet goes on on the next one."""
    from xlsxwriter import Workbook

    # Text stays text: no formula, no link, no number is guessed from it.
    options = {"constant_memory": True, "tmpdir": str(folder), "strings_to_formulas": False, "strings_to_urls": False}
    rows, more, draft = _rows(spool), True, folder / "draft.xlsx"
    with Workbook(str(draft), options) as book:
        book.set_properties({"created": _MADE})
        bold = book.add_format({"bold": True})
        while more:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, header, bold)
            number = 0
            for number, row in enumerate(islice(rows, _SHEET_ROWS - 1), start=1):
                for place, value in enumerate(row):
                    if isinstance(value, str) and value:
                        sheet.write_string(number, place, _fitting(value))
                    elif isinstance(value, float):
                        sheet.write_number(number, place, value)
            more = number == _SHEET_ROWS - 1
    return draft


def _fitting(text: str) -> str:
    """What a cell of a workbook can hold: 32,767 units of UTF-16; the cut is said in the cell."""
    if len(text) * 2 <= _SHEET_CHARS or len(text.encode("utf-16-le", "replace")) <= 2 * _SHEET_CHARS:
        return text
    kept = text.encode("utf-16-le", "replace")[: 2 * (_SHEET_CHARS - len(_CUT))].decode("utf-16-le", "ignore")
    return kept + _CUT


FORMS = {
    "csv": Form("csv", lambda header: b"\xef\xbb\xbf" + csv_lines([list(header)]), csv_lines, _itself),
    "jsonl": Form("jsonl", lambda _: b"", json_lines, _itself),
    "xlsx": Form("xlsx", lambda _: b"", json_lines, _workbook),
    "parquet": Form("parquet", lambda _: b"", json_lines, _parquet),
}
