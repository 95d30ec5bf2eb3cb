"""Tables to read row by row: CSV, XLSX, Parquet and JSON lines; database tables by the entry point ``triage.databases``.

Every row comes out as text, in the order of its source, and can be read again from the beginning. Memory does not grow with the
rows, except for a workbook: its sheet is unpacked at once, within ``triage.bounds``.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from triage.bounds import check
from triage.errors import UsageError
from triage.tables import LONGEST, Row, check_header, read_rows

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".et")
LINES = (".jsonl", ".ndjson")
PARQUET = (".parquet", ".pq")
_BATCH = 1024
_MOST_KEYS = 1000
_TELLING = 3  # characters of a reason; of a torn sheet the reader says "t"


@dataclass(frozen=True, slots=True)
class Source:
    """A table: its ``name`` in messages (never a password), the names of its columns, and its rows from the first one on, at each call."""

    name: str
    header: Sequence[str]
    rows: Callable[[], Iterator[Row]]


def open_file(path: Path) -> Source:
    """A table by its suffix; CSV for every other one. Raises UsageError when it is missing, empty, damaged, or names a column twice."""
    suffix = path.suffix.lower()
    if suffix not in (*SHEETS, *LINES, *PARQUET):
        header, _ = read_rows(path, mixed=True)
        return Source(str(path), header, lambda: read_rows(path, mixed=True)[1])
    if not path.is_file():
        raise UsageError(f"{path}: no such file. Check the path.", "no_such_file")
    source = _sheet(path) if suffix in SHEETS else _parquet(path) if suffix in PARQUET else _lines(path)
    if not source.header:
        raise UsageError(f"{path}: the table is empty. It needs a header row.", "empty_file")
    check_header(path, source.header)
    return source


def open_database(url: str, table: str, order_by: str = "") -> Source:
    """A table or view of a database. Raises UsageError when it cannot be read, or has no order of its own and none is told."""
    found: Source = database().open_table(url, table, order_by)
    return found


def database() -> Any:
    """What reads and writes tables of databases. Raises UsageError where it is not installed."""
    for point in entry_points(group="triage.databases"):
        return point.load()
    raise UsageError("this installation reads no databases. Install the whole package, or export the table as Parquet or CSV.", "no_databases")


def as_text(value: object) -> str:
    """A cell of a typed table as the clerk would write it: 2026-07-01 for a date, no .0 behind a whole number, "" for nothing."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float | Decimal):
        return "" if value != value else str(int(value)) if value == value // 1 else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() and value.tzinfo is None else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)


def _sheet(path: Path) -> Source:
    from python_calamine import CalamineWorkbook

    check(path)
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        top, first = next(((number, row) for number, row in enumerate(sheet.iter_rows(), start=1) if any(cell != "" for cell in row)), (0, []))
    except Exception as error:  # of whatever kind: it means that the file is damaged or protected
        why = str(error) if len(str(error)) > _TELLING else "its sheet is damaged"
        raise UsageError(f"{path}: not a readable workbook ({why}). Save it again as XLSX or CSV.", "bad_workbook") from None
    header = [as_text(cell).strip() for cell in first]

    def rows() -> Iterator[Row]:
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            if number > top and any(cell != "" for cell in cells):
                yield Row(number, dict(zip(header, map(as_text, cells), strict=False)))

    return Source(str(path), header, rows)


def _parquet(path: Path) -> Source:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            header = list(file.schema_arrow.names)
    except (ArrowException, OSError) as error:
        raise UsageError(f"{path}: not a readable Parquet file ({error}). Export it again.", "bad_parquet") from None

    def rows() -> Iterator[Row]:
        number = 1
        with ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH):
                for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield Row(number, dict(zip(header, map(as_text, cells), strict=True)))

    return Source(str(path), header, rows)


def _lines(path: Path) -> Source:
    """One JSON object per line. Its columns are all keys that any line has, in the order in which they first appear."""
    header: dict[str, None] = {}
    for _, told, _ in _objects(path):
        header.update(dict.fromkeys(told))
        if len(header) > _MOST_KEYS:
            raise UsageError(f"{path}: more than {_MOST_KEYS} different keys. Give every line the same few.", "too_many_columns")

    def rows() -> Iterator[Row]:
        for number, told, error in _objects(path):
            yield Row(number, {name: as_text(told.get(name)) for name in header}, error, "bad_json")

    return Source(str(path), list(header), rows)


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any], str]]:
    """Number, object and error of every line that is not blank. Lines count from 1: there is no header."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST * 2):
            number += 1
            while not line.endswith(b"\n") and len(line) >= LONGEST * 2 and (rest := file.readline(LONGEST * 2)):
                if rest.endswith(b"\n"):
                    break
            if not line.strip():
                continue
            try:
                told = json.loads(line.decode("utf-8-sig", "replace"))
            except (ValueError, RecursionError):
                told = None
            wrong = "" if isinstance(told, dict) else f"line {number} is not a JSON object, or too long. Write one object per line."
            yield number, told if isinstance(told, dict) else {}, wrong
