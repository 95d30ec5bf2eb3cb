"""A city's history: any CSV or XLSX with a column mapping, texts as received, labels as decided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from triage.bounds import check
from triage.columns import Columns, find_columns
from triage.deadlines import read_time
from triage.errors import TrainingError, UsageError
from triage.records import Request
from triage.tables import check_header, read_rows

TASKS = ("unit", "item", "type", "urgency")


@dataclass(frozen=True, slots=True)
class Record:
    """One past request: as received, what was decided of it (task → label, "" unknown), what a careful colleague could
    have decided instead, when, how much it counts, and why it cannot be read at all (``error``): its cells do not fit the header.
    ``when``: the cell of the time as it stands."""

    request: Request
    labels: Mapping[str, str] = field(default_factory=dict)
    alternates: Mapping[str, str] = field(default_factory=dict)
    time: datetime | None = None
    weight: float = 1.0
    source: str = ""
    error: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Which column holds what. ``labels``: task → column. ``weight``: a column of numbers from 0 to 1, and ``alternates``:
    task → column of a second label, in any of the files; in a file without them every row counts 1 and has none."""

    columns: Columns
    labels: Mapping[str, str]
    time: str = ""
    weight: str = ""
    alternates: Mapping[str, str] = field(default_factory=dict)


def read_history(paths: Sequence[Path], mapping: Source) -> list[Record]:
    """All rows of all files. Raises UsageError for a missing file or column, TrainingError when no row carries a label."""
    for option, column in (("--weight", mapping.weight), *(("--alternate", column) for column in mapping.alternates.values())):
        if column and not any(column in _rows(path)[0] for path in paths):
            raise UsageError(f"no history has a column {column}. Name another, or leave {option} out.", "missing_column")
    records = [record for path in paths for record in _file(path, mapping)]
    if not any(label for record in records for label in record.labels.values()):
        raise TrainingError(f"no row of {', '.join(map(str, paths))} carries a label. Name the label columns: --label unit=COLUMN.")
    return records


def read_requests_of(path: Path, told: Columns) -> list[Request]:
    """All requests of a file, whatever else it holds; a row whose cells do not fit the header is an empty request. Columns that
    ``told`` names and this file lacks are looked for by their usual names. Raises UsageError for a missing file or text column."""
    header, rows = _rows(path)
    here = Columns(told.text if told.text in header else "", told.title if told.title in header else "")
    named = find_columns(header, here, str(path))
    return [named.request(cells) if cells else Request("") for _, cells in rows]


def parse_time(text: str) -> datetime | None:
    """A date or time in any of the forms of ``triage.deadlines.read_time``, without its offset; None when it is none of them."""
    moment = read_time(text)
    return moment.replace(tzinfo=None) if moment is not None else None


def _file(path: Path, mapping: Source) -> Iterator[Record]:
    header, rows = _rows(path)
    named = find_columns(header, mapping.columns, str(path))
    for column in (*mapping.labels.values(), mapping.time):
        if column and column not in header:
            raise UsageError(f"{path}:1: no column {column}; it has {', '.join(header)}.", "missing_column")
    for number, cells in rows:
        if not cells:
            yield Record(Request(""), dict.fromkeys(mapping.labels, ""), source=f"{path.name}:{number}", error="ragged_row")
            continue
        labels = {task: cells.get(column, "").strip() for task, column in mapping.labels.items()}
        others = {task: cells.get(column, "").strip() for task, column in mapping.alternates.items()}
        weight = _weight(path, number, mapping.weight, cells.get(mapping.weight, "")) if mapping.weight in header else 1.0
        when = cells.get(mapping.time, "") if mapping.time else ""
        yield Record(named.request(cells), labels, others, parse_time(when), weight, f"{path.name}:{number}", when=when)


def _rows(path: Path) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    if path.suffix.lower() in (".xlsx", ".xls", ".ods"):
        return _sheet(path)
    header, rows = read_rows(path)
    return header, ((row.number, {} if row.error else row.cells) for row in rows)


def _sheet(path: Path) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    if not path.is_file():
        raise UsageError(f"{path}: no such file. Check the path.", "no_such_file")
    check(path)
    try:
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except CalamineError as error:
        raise UsageError(f"{path}: not a readable workbook ({error}). Save it again as XLSX or CSV.", "bad_workbook") from None
    if not rows:
        raise UsageError(f"{path}: the first sheet is empty. It needs a header row.", "empty_file")
    header = [str(cell).strip() for cell in rows[0]]
    check_header(path, header)
    return header, ((number, dict(zip(header, map(_cell, row), strict=False))) for number, row in enumerate(rows[1:], start=2))


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _weight(path: Path, number: int, column: str, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= 1:
        raise UsageError(f"{path}:{number} [{column}]: {text!r} is not a weight. Use a number from 0 to 1.", "bad_weight")
    return weight
