"""Files that people send: opened only within bounds. Nothing is written from here, and no name of a file is ever used as a path.

A ZIP says in its directory how long each file is; Python's zipfile gives no more than that, whatever is packed. So the sum of what it
says bounds what comes out, and is checked before anything is unpacked.
"""

import io
import re
import stat
import zipfile
from collections.abc import Collection
from pathlib import PurePosixPath
from xml.parsers.expat import ExpatError

from service.failures import ServiceError, refuse
from triage.bounds import BROKEN, spans

MOST_FILES, MOST_BYTES = 2_000, 64 * 1024 * 1024
MOST_CELLS = 1_000_000
"""Rows times columns of all sheets of a workbook: what a reader may have to hold, however few cells are filled."""

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def is_zip(data: bytes) -> bool:
    """Whether it begins as a ZIP, which an XLSX workbook also is. Raises ``wrong_type`` for an old workbook (.xls)."""
    if data.startswith(_OLD_EXCEL):
        raise refuse("wrong_type", "an old Excel file (.xls). Save it as .xlsx.")
    return data.startswith(_ZIP)


def opened(data: bytes) -> zipfile.ZipFile:
    """A ZIP within bounds. Raises ``bad_archive``, ``bad_path`` or ``archive_too_large``."""
    try:
        found = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN as error:
        raise refuse("bad_archive", "the ZIP cannot be read: damaged or cut off. Send it again.") from error
    files = found.infolist()
    if len(files) > MOST_FILES or sum(each.file_size for each in files) > MOST_BYTES:
        raise refuse("archive_too_large", f"unpacked it is over {MOST_BYTES} bytes or {MOST_FILES} files. Send the tables only.")
    for each in files:
        _must_stay(each)
    return found


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether a ZIP is an XLSX workbook. Raises ``archive_too_large`` for one that would need too much memory to read,
    and ``bad_archive`` for one with a document type."""
    names = [each.filename for each in archive.infolist()]
    if "xl/workbook.xml" not in names:
        return False
    for name in names:
        # No office program writes a DTD; entities that stand for entities fill a memory from a few bytes.
        if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in read(archive, name):
            raise refuse("bad_archive", "the workbook holds a document type, which no spreadsheet writes. Save it again as .xlsx.")
    try:
        cells = sum(each.cells for each in spans(archive))
    except (*BROKEN, ExpatError) as error:
        raise refuse("bad_archive", f"a sheet of the workbook cannot be read ({error}). Save it again as .xlsx.") from error
    if cells > MOST_CELLS:
        raise refuse("archive_too_large", f"the sheets span over {MOST_CELLS} cells. Delete empty rows and columns, or split it.")
    return True


def take(archive: zipfile.ZipFile, wanted: Collection[str]) -> tuple[dict[str, bytes], list[str]]:
    """The files of the wanted names, wherever in the ZIP they lie, and the names of the others. Raises ``bad_archive`` for one that
    stands in two folders."""
    found: dict[str, bytes] = {}
    others = []
    for each in archive.infolist():
        name = PurePosixPath(each.filename).name
        if each.is_dir() or "__MACOSX" in each.filename:
            continue
        if name not in wanted:
            others.append(name)
            continue
        if name in found:
            raise refuse("bad_archive", f"{name} stands twice in the ZIP. Send one folder of tables.")
        found[name] = read(archive, each.filename)
    return found, others


def read(archive: zipfile.ZipFile, name: str) -> bytes:
    """One file. Raises ``bad_archive``."""
    try:
        return archive.read(name)
    except (*BROKEN, KeyError) as error:
        raise refuse("bad_archive", "a file in the ZIP cannot be read: damaged, or locked by a password. Send it again.") from error


def _must_stay(each: zipfile.ZipInfo) -> None:
    """Refuses what would lie outside of the folder. The names are not used as paths; who sends such a ZIP should still be told."""
    name = each.filename
    parts = PurePosixPath(name).parts
    if name.startswith("/") or "\\" in name or "\0" in name or ".." in parts or re.match("[A-Za-z]:", name):
        raise _leaves()
    if stat.S_ISLNK(each.external_attr >> 16):
        raise _leaves()


def _leaves() -> ServiceError:
    return refuse("bad_path", "a file in the ZIP points out of its folder. Pack the folder of tables again.")
