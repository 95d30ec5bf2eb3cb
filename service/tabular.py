"""Tables in files: CSV in any usual encoding, or a workbook's first sheet, as rows that carry what is wrong with them."""

from pathlib import Path

from service.failures import refuse
from triage.tables import Row, check_header, read_rows
from triage.workbook import opened, read_sheet


def read(path: Path, most: int | None = None) -> tuple[list[str], list[Row]]:
    """Header and rows, empty ones left out. Raises ServiceError ``empty_file``, ``too_many_rows`` (over ``most``), or UsageError."""
    return _workbook(path, most) if path.suffix.lower() == ".xlsx" else _csv(path, most)


def _csv(path: Path, most: int | None) -> tuple[list[str], list[Row]]:
    header, rows = read_rows(path)
    kept: list[Row] = []
    for row in rows:
        if row.error or any(cell.strip() for cell in row.cells.values()):
            kept.append(row)
        _must_fit(len(kept), most)
    return header, kept


def _workbook(path: Path, most: int | None) -> tuple[list[str], list[Row]]:
    with opened(path, read_only=True) as book:
        cells = next((found for found in map(read_sheet, book.worksheets) if found), [])
    if not cells:
        raise refuse("empty_file", "the workbook is empty. Send a table with a header row.")
    _must_fit(len(cells) - 1, most)
    header = [cell.text.strip() for cell in cells[0]]
    check_header(path, header)
    rows = []
    for number, row in enumerate(cells[1:], start=2):
        fault = next((f"column {header[at]} {cell.fault}. {cell.remedy}" for at, cell in enumerate(row[: len(header)]) if cell.fault), "")
        error = fault or (f"row {number} has {len(row)} cells, the header {len(header)}" if len(row) > len(header) else "")
        if row:
            rows.append(Row(number, dict(zip(header, [*(cell.text for cell in row), *[""] * len(header)], strict=False)), error))
    return header, rows


def _must_fit(rows: int, most: int | None) -> None:
    if most is not None and rows > most:
        raise refuse("too_many_rows", f"over {most} rows. Split the file, or use the API or triage batch for large amounts.")
