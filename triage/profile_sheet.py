"""A profile as a workbook for clerks: one sheet per table, and back into the folder once it is checked.

Files come back byte for byte when they have the style of the shipped ones (tables: UTF-8 with BOM, CRLF, quotes where needed;
profile.toml: UTF-8, LF); else cell by cell in that style, without empty rows at the end and columns that have neither name nor content.
"""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from triage.errors import Problem, ProfileError, UsageError
from triage.profile_columns import OPTIONAL, TABLES, TITLES
from triage.profile_load import load
from triage.tables import cells_of, check_header, encoding_of
from triage.workbook import Cells, Rows, dress_header, fill, misfit, must_be_workbook, note, offer, opened, read_sheet, save

HEAD = "profile.toml"
_GUIDE, _FAULTS = "说明", "问题"
_MEANING_BY, _FAULT_BY = "triage", "triage 检查"
_RED = PatternFill("solid", fgColor="FFFFC7CE")
_TABLE_OF = {"unit": "units.csv", "item": "items.csv", "town": "towns.csv"}
_HOW = (
    "本工作簿是一个城市的配置。改好后保存为 .xlsx,再用 triage profile import 导入;有错时什么都不会改动。",
    "1. 每页是一张表,第一行是列名:不要改动页名和列名,不要删列。鼠标移到列名上可看到说明。右边可加自己的列,第一行写上列名。",
    "2. 所有单元格都是文本:代码开头的 0 要保留(如 010101),不要改成数字格式,不要写公式。",
    "3. 一格有几个值时用 ; 隔开。",
    "4. 日期写成 2026-07-01。",
    "5. 一行一条:在表尾接着写就是增加,删除整行就是去掉。有下拉箭头的格子请从中选择。",
    "6. profile 页是 profile.toml 的原文,每行一格,都在 A 列。",
    "7. 导入时发现的错误会写进一份带「问题」页的副本:错的格子标红并带批注,改正后导入该副本即可。",
    "各页的内容:",
)


def export(folder: Path, target: Path) -> None:
    """Writes the profile in ``folder`` as a workbook. Optional tables that are not there get no sheet.

    Raises UsageError when ``target`` is no .xlsx, when a table is missing, ragged or undecodable, and for a cell no workbook can hold.
    """
    must_be_workbook(target)
    tables = {file: _read_csv(folder / file) for file in TABLES if file not in OPTIONAL or (folder / file).exists()}
    text = _decoded(folder / HEAD).replace("\r\n", "\n").removesuffix("\n")
    tables[HEAD] = [[line] for line in text.split("\n")]
    for file, rows in tables.items():
        _must_fit(folder / file, rows)
    book = Workbook()
    listed = [f"{_sheet_of(file)}    {TITLES[file]}" for file in tables if file in TITLES]
    fill(book.active, _GUIDE, [[line] for line in (*_HOW, *listed)])
    for table in _TABLE_OF.values():
        book.defined_names[_codes(table)] = DefinedName(_codes(table), attr_text=_code_range(table, tables[table][0]))
    for file, rows in tables.items():
        sheet = fill(book.create_sheet(), _sheet_of(file), rows)
        if file != HEAD:
            dress_header(sheet)
            _explain(sheet, file, rows[0])
    save(book, target)


def bring_in(source: Path, folder: Path) -> list[Problem]:
    """Replaces the tables in ``folder``, each file at once, by those of a workbook if they are sound; else says what is wrong with
    them and changes nothing. An optional table without a sheet stays as it is, and so does every other file.

    Raises UsageError for what is no workbook or a damaged one, and for all sheets and columns together that are missing or unknown.
    """
    base = folder if folder.is_dir() else folder.parent
    if not base.is_dir() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder}: neither a folder nor a place for one. Name a folder like data/kaiping.", "bad_folder")
    cells = _read_book(source)
    tables = _tables(source, folder, cells)
    faults = [problem for file in (*tables, HEAD) for problem in _faults(file, cells[_sheet_of(file)])]
    head = "".join(f"{row[0].text if row else ''}\n" for row in cells[_sheet_of(HEAD)])
    try:
        with tempfile.TemporaryDirectory(dir=base, prefix=".import-") as staged:
            problems = [*faults, *_beside(faults, _problems(folder, Path(staged), tables, head))]
            if not problems:
                _replace(folder, Path(staged), tables)
            return problems
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}). Ask for the right to write there.", "not_writable") from error


def mark(source: Path, problems: Sequence[Problem], target: Path) -> None:
    """Writes a copy of a workbook in which each wrong cell is red and says in a comment what is wrong; the first sheet lists them.

    Marks of an earlier check are taken away. Raises UsageError for what is no workbook or a damaged one.
    """
    must_be_workbook(target)
    with opened(source, read_only=False) as book:
        if _FAULTS in book.sheetnames:
            book.remove(book[_FAULTS])
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        for file in (*TABLES, HEAD):
            if _sheet_of(file) in sheets:
                _unmark(sheets[_sheet_of(file)])
    rows = [[each.file, str(each.row or ""), each.column, each.message, each.remedy] for each in problems]
    listing = fill(book.create_sheet(index=0), _FAULTS, [["文件", "行", "列", "问题", "怎么改"], *rows])
    dress_header(listing)
    for number, problem in enumerate(problems, start=2):
        sheet = sheets.get(_sheet_of(problem.file))
        if sheet is not None:
            cell = _cell_of(sheet, problem)
            if cell is not None:
                _blame(cell, problem)
            link = listing.cell(number, 1)
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{sheet.title}'!{cell.coordinate if cell is not None else 'A1'}")
            link.font = Font(color="FF0563C1", underline="single")
    book.active = 0
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet is listing
    save(book, target)


def _sheet_of(file: str) -> str:
    return Path(file).stem


# Out: folder to workbook


def _decoded(path: Path) -> str:
    if path.is_dir():
        raise UsageError(f"{path}: a folder, not a file. Put the table in its place.", "no_such_file")
    if not path.is_file():
        raise UsageError(f"{path}: no such file. Name a folder like data/kaiping, with all its tables.", "no_such_file")
    try:
        return path.read_bytes().decode(encoding_of(path))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: byte {error.start} cannot be read. Save the file as UTF-8.", "bad_encoding") from error


def _read_csv(path: Path) -> Rows:
    """Header and rows, each as long as the header. An empty line becomes a row of empty cells, so that row numbers stay."""
    rows = list(cells_of(io.StringIO(_decoded(path), newline="")))
    if not rows or not any(rows[0]):
        raise UsageError(f"{path}: the file is empty. It needs a header row.", "empty_file")
    check_header(path, [name.strip() for name in rows[0]])
    width = len(rows[0])
    for number, row in enumerate(rows, start=1):
        if row and len(row) != width:
            raise UsageError(f"{path}:{number}: {len(row)} cells, the header has {width}. Give every row as many as the header.", "ragged_row")
    return [row or [""] * width for row in rows]


def _must_fit(path: Path, rows: Rows) -> None:
    for number, row in enumerate(rows, start=1):
        for name, cell in zip(rows[0], row, strict=True):
            if wrong := misfit(cell):
                column = "" if path.name == HEAD else f" [{name}]"
                raise UsageError(f"{path}:{number}{column}: {wrong}", "bad_cell")


def _explain(sheet: Worksheet, file: str, header: Sequence[str]) -> None:
    """Gives every column its meaning, and a drop-down where its values are known."""
    known = {column.name: column for column in TABLES[file]}
    for place, name in enumerate(header, start=1):
        column = known.get(name.strip())
        if column is None:
            continue
        note(sheet.cell(1, place), column.meaning, _MEANING_BY)
        if not isinstance(column.values, str):
            offer(sheet, get_column_letter(place), f'"{",".join(column.values)}"')
        elif column.values in _TABLE_OF:
            offer(sheet, get_column_letter(place), _codes(_TABLE_OF[column.values]))


def _codes(file: str) -> str:
    """The name under which drop-downs find the codes of a table. Excel keeps names where it may lose references to other sheets."""
    return f"codes_{_sheet_of(file)}"


def _code_range(file: str, header: Sequence[str]) -> str:
    names = [name.strip() for name in header]
    letter = get_column_letter(names.index("code") + 1 if "code" in names else 1)
    sheet = _sheet_of(file)
    return f"OFFSET({sheet}!${letter}$2,0,0,MAX(1,COUNTA({sheet}!${letter}:${letter})-1),1)"


# In: workbook to folder


def _read_book(source: Path) -> dict[str, Cells]:
    """Sheet name → its cells, of the sheets that are tables of a profile."""
    with opened(source, read_only=True) as book:
        wanted = {_sheet_of(file) for file in (*TABLES, HEAD)}
        return {sheet.title: read_sheet(sheet) for sheet in book.worksheets if sheet.title in wanted}


def _tables(source: Path, folder: Path, cells: dict[str, Cells]) -> dict[str, Rows]:
    """File → the rows to write. Raises UsageError that names every sheet and column that is missing or unknown."""
    lost = [file for file in (*TABLES, HEAD) if file not in OPTIONAL and _sheet_of(file) not in cells]
    faults = [UsageError(f"{source}: no sheet {_sheet_of(file)}. Give the sheet of {file} this name again.", "missing_sheet") for file in lost]
    tables = {}
    for file in (file for file in TABLES if _brought(file, cells, folder)):
        try:
            tables[file] = _table(source, file, cells[_sheet_of(file)])
        except UsageError as error:
            faults.append(error)
    if faults:
        raise UsageError("\n  ".join(map(str, faults)), faults[0].code)
    return tables


def _brought(file: str, cells: dict[str, Cells], folder: Path) -> bool:
    """Whether the workbook has the table. The header alone of an optional one makes no file where there is none."""
    rows = cells.get(_sheet_of(file))
    return rows is not None and (file not in OPTIONAL or len(rows) > 1 or (folder / file).exists())


def _table(source: Path, file: str, cells: Cells) -> Rows:
    """The rows to write, header first. Columns of the city's own are kept."""
    width = max(map(len, cells), default=0)
    rows = [[each.text for each in row] + [""] * (width - len(row)) for row in cells]
    names = [name.strip() for name in rows[0]] if rows else []
    sheet = _sheet_of(file)
    check_header(source.with_name(f"{source.name}, sheet {sheet}"), names)
    missing = [column.name for column in TABLES[file] if column.name not in names]
    if missing:
        raise UsageError(f"{source}: sheet {sheet} has no column {', '.join(missing)}. Add it to row 1.", "missing_column")
    kept = [place for place, name in enumerate(names) if name or any(row[place] for row in rows)]
    nameless = [get_column_letter(place + 1) for place in kept if not names[place]]
    if nameless:
        remedy = "Name it in row 1, or delete the column."
        raise UsageError(f"{source}: sheet {sheet}, column {', '.join(nameless)}: unknown column ''. {remedy}", "unknown_column")
    return [[row[place] for place in kept] for row in (names, *rows[1:])]


def _faults(file: str, cells: Cells) -> Iterator[Problem]:
    for number, row in enumerate(cells, start=1):
        for place, each in enumerate(row):
            name = cells[0][place].text.strip() if file != HEAD and place < len(cells[0]) else ""
            if each.fault:
                yield Problem(file, number, name, each.fault, each.remedy)
            elif file == HEAD and place and each.text:
                yield Problem(file, number, "", f"{each.text!r} stands in column {get_column_letter(place + 1)}", "Write it in column A")


def _beside(faults: Sequence[Problem], problems: Sequence[Problem]) -> list[Problem]:
    """The problems that are not those of a faulty cell, which was read as empty, or of a head with one."""
    places = {(each.file, each.row, each.column) for each in faults}
    bad_head = any(each.file == HEAD for each in faults)
    return [each for each in problems if (each.file, each.row, each.column) not in places and not (bad_head and each.file == HEAD)]


def _problems(folder: Path, staged: Path, tables: dict[str, Rows], head: str) -> Sequence[Problem]:
    """Writes the tables into ``staged``, beside those of the folder that have no sheet, and says what is wrong with them together."""
    (staged / HEAD).write_text(head, encoding="utf-8", newline="\n")
    for file, rows in tables.items():
        with (staged / file).open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows(rows)
    for file in TABLES:
        if file not in tables and (folder / file).exists():
            shutil.copy(folder / file, staged / file)
    try:
        load(staged)
    except ProfileError as error:
        return error.problems
    return ()


def _replace(folder: Path, staged: Path, tables: dict[str, Rows]) -> None:
    folder.mkdir(exist_ok=True)
    for file in (*tables, HEAD):
        if (folder / file).exists():
            shutil.copymode(folder / file, staged / file)
        (staged / file).replace(folder / file)


# Back: problems into the workbook


def _unmark(sheet: Worksheet) -> None:
    """Takes away the marks of an earlier check. Cells merged by accident come apart: all but the first are empty, and may be wrong."""
    for area in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(area))
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment is not None and cell.comment.author == _FAULT_BY:
                cell.comment = None
                cell.fill = PatternFill()


def _cell_of(sheet: Worksheet, problem: Problem) -> Cell | None:
    """The wrong cell; None when it is the whole sheet. In profile.toml it is the line of a key."""
    if problem.file == HEAD:
        keys = (number for number, cell in enumerate(sheet["A"], start=1) if str(cell.value).partition("=")[0].strip(" []") == problem.column)
        row = problem.row or next(keys, 0)
        return sheet.cell(row, 1) if row else None
    names = [str(cell.value).strip() for cell in sheet[1]]
    place = names.index(problem.column) + 1 if problem.column in names else 1
    return sheet.cell(problem.row, place) if problem.row else None


def _blame(cell: Cell, problem: Problem) -> None:
    said = f"{cell.comment.text}\n" if cell.comment is not None else ""
    cell.fill = _RED
    note(cell, f"{said}{problem.message}. {problem.remedy}", _FAULT_BY)
