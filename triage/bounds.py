"""What a workbook would take to read, told before a reader has it: sheets are unpacked as rows times columns, however few cells are filled.

The parts of the ZIP are read as a stream, to the end: so what its directory says of their length is proven too. A sheet is known by
what it begins with, not by its name. Old workbooks (.xls) hold 65,536 rows of 256 columns at most and need no check.
"""

import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from triage.errors import UsageError

MOST_CELLS = 1 << 25
"""Rows times columns of a sheet: 32 columns for each row that a workbook can have, about 1 GiB in the reader; its
texts come on top, a shared one once for every cell that names it: that is not bounded here."""
MOST_UNPACKED = 2 << 30
"""Bytes of all parts, unpacked."""
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What ``zipfile`` raises for archives that are damaged or locked."""
_BLOCK = 1 << 20
_DIGITS = "0123456789"
_ROWS, _COLUMNS = "table:number-rows-repeated", "table:number-columns-repeated"


class Span(NamedTuple):
    """A sheet: the name of its part, its last row and column that hold anything, from 1 on (0: none)."""

    part: str
    rows: int
    columns: int

    @property
    def cells(self) -> int:
        """Rows times columns: what a reader makes room for."""
        return self.rows * self.columns


def check(path: Path, most: int = MOST_CELLS) -> None:
    """Raises UsageError ``too_many_cells`` or ``archive_too_large`` for a workbook that would take too much memory, ``bad_workbook`` for
    one that is damaged. What is no ZIP passes."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(each.file_size for each in archive.infolist())
            if size > MOST_UNPACKED:
                told = f"{path}: unpacked it is {size} bytes, over {MOST_UNPACKED}. Split it, or save the sheet as CSV."
                raise UsageError(told, "archive_too_large")
            for span in spans(archive):
                if span.cells > most:
                    raise UsageError(f"{path}: {_far(span, most)}", "too_many_cells")
    except (*BROKEN, expat.ExpatError) as error:
        raise UsageError(f"{path}: not a readable workbook ({error}). Save it again as XLSX or CSV.", "bad_workbook") from None


def _far(span: Span, most: int) -> str:
    where = f"the last cell of {span.part} is in row {span.rows}, column {span.columns}, so that the sheet spans {span.cells} cells"
    return f"{where}, over {most}. Delete what stands far outside of the table, or save the sheet as CSV."


def spans(archive: zipfile.ZipFile) -> Iterator[Span]:
    """Of every sheet of a workbook, XLSX or ODS. Raises what ``BROKEN`` lists, and ExpatError for a damaged sheet or a document type."""
    for each in archive.infolist():
        if not each.file_size or each.is_dir():
            continue
        found = _Sheet()
        with archive.open(each) as file:
            while block := file.read(_BLOCK):
                found.feed(block)
        if found.end(must=each.filename.endswith(".xml")):
            yield Span(each.filename, found.rows, found.columns)


class _Sheet:
    """How far a sheet reaches: fed with the bytes of a part, which need not be one."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._row = self._column = 0
        self._line = ""
        self._root = ""
        self._fault: Exception | None = None
        self._parser: expat.XMLParserType | None = expat.ParserCreate()
        self._parser.StartElementHandler = self._begin
        self._parser.StartDoctypeDeclHandler = _no_document_type

    def feed(self, block: bytes, *, last: bool = False) -> None:
        """Raises ExpatError or ValueError for a sheet that is damaged."""
        if self._parser is None:
            return
        try:
            self._parser.Parse(block, last)
        except expat.ExpatError as error:
            if self._root:
                raise
            self._parser, self._fault = None, error
        if self._root and self._root not in ("worksheet", "document-content"):
            self._parser = None

    def end(self, *, must: bool) -> bool:
        """Whether it was a sheet. ``must``: it should have been XML; raises ExpatError where it was not."""
        self.feed(b"", last=True)
        if must and self._fault is not None:
            raise self._fault
        return self._root in ("worksheet", "document-content")

    def _begin(self, name: str, _: dict[str, str]) -> None:
        assert self._parser is not None
        self._root = name.rpartition(":")[2]
        self._parser.StartElementHandler = {"worksheet": self._excel, "document-content": self._open}.get(self._root)

    def _excel(self, name: str, told: dict[str, str]) -> None:
        if name == "c":
            self._cell(told.get("r", ""))
        elif name in ("v", "is"):
            # a cell that has a format only takes up nothing
            if self._row > self.rows:
                self.rows = self._row
            if self._column > self.columns:
                self.columns = self._column
        elif ":" in name:
            self._excel(name.rpartition(":")[2], told)
        elif name == "row":
            self._row, self._column, self._line = int(told.get("r", self._row + 1)), 0, ""

    def _cell(self, place: str) -> None:
        letters = place.rstrip(_DIGITS)
        self._column = _number(letters) if letters else self._column + 1
        if letters and (line := place[len(letters) :]) != self._line:
            self._row, self._line = int(line), line

    def _open(self, name: str, told: dict[str, str]) -> None:
        """Of an OpenDocument: there cells and rows say how often they are repeated."""
        if name == "table:table":
            self._row = 0
        elif name == "table:table-row":
            self._row, self._column = self._row + int(told.get(_ROWS, 1)), 0
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._column += int(told.get(_COLUMNS, 1))
            if "office:value-type" in told or "table:formula" in told:
                self.rows, self.columns = max(self.rows, self._row), max(self.columns, self._column)


@lru_cache(maxsize=1 << 15)
def _number(letters: str) -> int:
    """1 for A, 28 for AB. Raises ValueError for what is no column."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter) + 1
    return number


def _no_document_type(*_: object) -> None:
    """No office program writes one; entities that stand for entities fill a memory from a few bytes."""
    raise ValueError("it holds a document type, which no spreadsheet writes")
