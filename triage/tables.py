"""Reads CSV tables the way offices write them: UTF-8 with or without BOM, GB18030, Big5 or UTF-16, ragged rows."""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from triage.errors import Problem, UsageError

LONGEST = 1 << 22
"""Characters of a line that are read; what a longer one holds beyond is passed over, and its row carries an error."""
csv.field_size_limit(LONGEST)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_COMMON = frozenset("的一是不了在有人我他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事")
_SAMPLE = 1 << 20
_SHOWN = 40  # columns that a message names, and characters of each
TOO_LONG = "\x00"
"""Stands for the cells of a line that was cut."""
OPEN_QUOTE = '\x00"'
"""Begins what stands for the cells of a row that an open quotation mark made of several; the numbers of its lines follow."""
_OPEN = "unexpected end of data"
_SEPARATOR = re.compile("sep=([,;|\t])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. ``number`` counts as a spreadsheet does: the header is row 1. ``kind`` is the stable code of ``error``."""

    number: int
    cells: dict[str, str]
    error: str = ""
    kind: str = "ragged_row"

    def __reduce__(self) -> tuple[type["Row"], tuple[int, dict[str, str], str, str]]:
        """How it goes to another process: twice as quick as what a frozen class has by itself."""
        return Row, (self.number, self.cells, self.error, self.kind)

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def encoding_of(path: Path, *, mixed: bool = False) -> str:
    """The encoding of a text file: its BOM, else strict UTF-8, else GB18030 or Big5, whichever reads more like Chinese.

    Where most lines are UTF-8 and some are not, they are damaged: GB18030 would read nearly everything, and the others wrong.

    Raises UsageError when no encoding fits; with ``mixed``, only when none fits 19 of 20 lines, nor UTF-8 two of three. Judges by the
    first MiB.
    """
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    whole = len(head) < _SAMPLE
    best, best_score = "", -1.0
    damaged = _damaged_line(head, whole)
    for name in ("utf-8", "gb18030", "big5"):
        try:
            text = codecs.getincrementaldecoder(name)().decode(head, final=whole)
        except UnicodeDecodeError:
            continue
        if name == "utf-8":
            return name
        if damaged:
            break
        score = _likeness(text)
        if score > best_score:
            best, best_score = name, score
    if damaged and not mixed:
        raise UsageError(f"{path}:{damaged}: this line is not UTF-8, as most others are. Repair it, or save the file as CSV UTF-8.", "bad_encoding")
    if not best and mixed:
        best = "utf-8" if damaged else _fitting_most(head)
    if not best:
        raise UsageError(f"{path}: neither UTF-8 nor GB18030 nor Big5 nor UTF-16. Save it as CSV UTF-8.", "bad_encoding")
    return best


def _damaged_line(head: bytes, whole: bool) -> int:
    """The first line that is not UTF-8, from 1 on, where over two of three that hold more than ASCII are; else 0."""
    lines = head.split(b"\n")
    good, bad = 0, []
    for number, line in enumerate(lines if whole else lines[:-1], start=1):
        try:
            # Three bytes at least for a character, as Chinese has them: a line of GB18030 hardly ever looks like that.
            good += max(line.decode("utf-8"), default="") >= "\u0800"
        except UnicodeDecodeError:
            bad.append(number)
    return bad[0] if bad and good > 2 * len(bad) else 0


def _fitting_most(head: bytes) -> str:
    """The encoding that reads nearly all lines, or ""."""
    lines = [line for line in head.split(b"\n")[:-1] if not line.isascii()]
    bad = {name: sum("\ufffd" in line.decode(name, "replace") for line in lines) for name in ("utf-8", "gb18030", "big5")}
    best = min(bad, key=lambda name: bad[name])
    return best if bad[best] * 20 <= len(lines) else ""


def _likeness(text: str) -> float:
    from triage.normalize import simplify

    wide = [char for char in simplify(text[:20000]) if char > "\x7f"]
    return sum(char in _COMMON for char in wide) / len(wide) if wide else 0.0


def read_rows(path: Path, *, required: Sequence[str] = (), mixed: bool = False) -> tuple[list[str], Iterator[Row]]:
    """The header of a CSV file and its rows, lazily. A row with too many or too few cells carries ``error``. ``mixed``: a few lines may
    be in another encoding; what cannot be read of them is U+FFFD.

    Raises UsageError when the file is missing, empty, undecodable, or lacks a required column or names one twice.
    """
    if path.is_dir():
        raise UsageError(f"{path}: a folder, not a file. Put the table in its place.", "no_such_file")
    if not path.is_file():
        raise UsageError(f"{path}: no such file. Check the path.", "no_such_file")
    if path.suffix.lower() in (".xlsx", ".xls", ".ods"):
        raise UsageError(f"{path}: a workbook, not a CSV file. Save the sheet as CSV UTF-8.", "bad_encoding")
    encoding = encoding_of(path, mixed=mixed)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        header = [name.strip() for name in next(cells_of(file), [])]
    if not header:
        raise UsageError(f"{path}: the file is empty. It needs a header row.", "empty_file")
    check_header(path, header)
    missing = [name for name in required if name not in header]
    if missing:
        raise UsageError(f"{path}:1: no column {', '.join(missing)}; it has {listed(header)}.", "missing_column")
    return header, _rows(path, encoding, header)


def cells_of(file: TextIO) -> Iterator[list[str]]:
    """The cells of every line of a CSV file that stands at its beginning. Separated by commas, or by tabs where the header has
    no comma, or by what a first line ``sep=;`` names, as Excel writes it. A second byte order mark is passed over."""
    start = file.tell()
    first = file.readline()
    named = _SEPARATOR.fullmatch(first.lstrip("\ufeff").rstrip("\r\n"))
    if not named:
        file.seek(start)
    separator = named[1] if named else "\t" if "\t" in first and "," not in first else ","
    lines = Lines(file)
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=separator)):
            taken, lines.taken = lines.taken, []
            if lines.cut:
                lines.cut, cells = False, [*cells[:1], TOO_LONG]
            elif fault := _fault(taken, separator):
                if fault == _OPEN:
                    raise csv.Error(f"a quote in line {lines.number - len(taken) + 1} is still open at the end of the file")
                cells = [*cells[:1], f"{OPEN_QUOTE}{lines.number - len(taken) + 1} to {lines.number}"]
            yield [cells[0].lstrip("\ufeff"), *cells[1:]] if not number and cells else cells
    except csv.Error as error:
        where = getattr(file, "name", "the table")
        told = f"{where}: near line {lines.number}: {error}. A quote there is probably never closed; delete it."
        raise UsageError(told, "bad_csv") from None


def _fault(lines: Sequence[str], separator: str) -> str:
    """What a strict reader says of a row of several lines, or of one that ends in an open quote; "" for nothing. Where a quote
    was never closed, the next one, which was to open another cell, stands before a letter."""
    if len(lines) == 1 and lines[0].count('"') % 2 == 0:
        return ""
    try:
        list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        return str(error) if len(lines) > 1 or str(error) == _OPEN else ""
    return ""


class Lines:
    """The lines of a text file, none longer than ``LONGEST``. ``cut``: one was cut since it was last set to False. ``taken``: the
    lines that were read since it was last emptied."""

    def __init__(self, file: TextIO) -> None:
        self._file, self.cut, self.number = file, False, 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(LONGEST - 2):
            self.number += 1
            if len(line) == LONGEST - 2 and not line.endswith("\n"):
                self.cut = True
                # Closed, so that the lines behind it are still lines of their own.
                line = line + ('"' if line.count('"') % 2 else "") + "\n"
                while (rest := self._file.readline(LONGEST)) and not rest.endswith("\n"):
                    pass
            self.taken.append(line)
            yield line


def check_header(path: Path, header: Sequence[str]) -> None:
    """Raises UsageError when a column stands twice."""
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise UsageError(f"{path}:1: column {listed(twice)} stands twice. Rename one.", "duplicate_column")


def listed(names: Sequence[str]) -> str:
    """Names of columns for a message: a damaged header may hold a megabyte in one of them, or thousands of them."""
    shown = [name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…" for name in names[:_SHOWN]]
    return ", ".join(shown) + (f" … {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _rows(path: Path, encoding: str, header: list[str]) -> Iterator[Row]:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        reader = cells_of(file)
        next(reader)
        for number, cells in enumerate(reader, start=2):
            if not cells:
                if len(header) > 1:
                    continue
                cells = [""]
            if cells[-1] is TOO_LONG:
                yield Row(number, {}, f"row {number} is a line of more than {LONGEST} characters. Shorten or repair it.", "line_too_long")
                continue
            if cells[-1].startswith(OPEN_QUOTE):
                told = f"row {number} takes up lines {cells[-1].removeprefix(OPEN_QUOTE)}: a quote in it is never closed. Delete or double it."
                yield Row(number, {}, told, "open_quote")
                continue
            error = "" if len(cells) == len(header) else f"row {number} has {len(cells)} cells, the header {len(header)}"
            yield Row(number, dict(zip(header, cells, strict=False)), error)


def read_table(path: Path, columns: Sequence[str], problems: list[Problem]) -> list[Row]:
    """All rows of a profile table, cells stripped; what is wrong with its form goes to ``problems``."""
    try:
        _, rows = read_rows(path, required=columns)
    except UsageError as error:
        message = str(error).removeprefix(f"{path}:1: ").removeprefix(f"{path}: ").rstrip(".")
        problems.append(Problem(path.name, 0, "", message, "Repair the file first: what follows may come of it"))
        return []
    kept = []
    for row in rows:
        if row.error:
            problems.append(Problem(path.name, row.number, "", row.error, "Give every row as many cells as the header"))
        elif any(row.cells.values()):
            kept.append(Row(row.number, {name: cell.strip() for name, cell in row.cells.items()}))
    return kept


def split(cell: str) -> tuple[str, ...]:
    """The values of a cell that holds several, separated by ; or its full-width form."""
    return tuple(value.strip() for value in cell.replace("；", ";").split(";") if value.strip())
