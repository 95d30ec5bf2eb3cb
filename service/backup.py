"""The whole store in one file, whatever database it is in: made while the service runs, restored into an empty store, also one
of the other kind. The keys are not in it: keep the key file apart.

The file is gzip of JSON lines: a header (format, form of the tables), one line per row ([table, row]), and an end with the number of rows
and a SHA-256 over all lines before it. It appears whole or not at all.
"""

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service import audit
from service.audit import Who
from service.database import Database
from service.tables import audit_chain, metadata
from triage.errors import UsageError

FORMAT = 1
_CHUNK = 1000
_SHELL = Who("shell")


def backup(database: Database, target: Path) -> int:
    """Writes the file; how many rows. Raises UsageError when it is there already."""
    if target.exists():
        raise UsageError(f"{target} is there already. Name a new file: backups are not overwritten.", "file_exists")
    with database.write() as connection:
        audit.note(connection, _SHELL, "store.backup", target.name)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    digest, rows = hashlib.sha256(), 0
    write = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(write, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
            for line in _lines(database):
                digest.update(line)
                file.write(line)
                rows += 1
            file.write(_line({"rows": rows - 1, "sha256": digest.hexdigest()}))
            file.flush()
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return rows - 1


def restore(database: Database, source: Path) -> int:
    """Fills an empty store; how many rows. Raises UsageError for a file that is damaged or of another form, or a store that is not empty."""
    database.migrate()
    header = check(source)
    if header["form"] != database.revision():
        raise UsageError(f"{source} has form {header['form']}, this version makes {database.revision()}. Restore with the version that made it.")
    with database.write() as connection:
        if connection.execute(sa.select(audit_chain.c.seq)).scalar_one():
            raise UsageError("the store is not empty. Restore into a new one (TRIAGE_DATABASE, TRIAGE_DATA).", "not_empty")
        connection.execute(audit_chain.delete())
        rows = sum(_fill(connection, name, chunk) for name, chunk in _chunks(source))
        _count_on(connection)
        audit.note(connection, _SHELL, "store.restore", source.name, detail={"rows": rows})
    return rows


def check(source: Path) -> dict[str, Any]:
    """The header of a backup that is whole. Raises UsageError for one that is not."""
    digest, rows, header, end = hashlib.sha256(), -1, b"", b""
    try:
        with gzip.open(source, "rb") as file:
            for line in file:
                if end:
                    digest.update(end)
                    rows += 1
                header, end = header or line, line
        told, last = json.loads(header), json.loads(end)
        whole = last == {"rows": rows, "sha256": digest.hexdigest()} and told["format"] == FORMAT
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        whole, told = False, {}
    if not whole:
        raise UsageError(f"{source} is damaged or no backup of this format. Use another one.", "bad_backup")
    found: dict[str, Any] = told
    return found


def _lines(database: Database) -> Iterator[bytes]:
    yield _line({"format": FORMAT, "form": database.revision()})
    options = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with database.engine.connect().execution_options(stream_results=True, **options) as connection, connection.begin():
        for table in metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                yield _line([table.name, {name: _told(value) for name, value in row._mapping.items()}])


def _chunks(source: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    name = ""
    chunk: list[dict[str, Any]] = []
    with gzip.open(source, "rb") as file:
        next(file)
        for line in file:
            told = json.loads(line)
            if not isinstance(told, list):
                break
            if told[0] != name or len(chunk) == _CHUNK:
                if chunk:
                    yield name, chunk
                name, chunk = told[0], []
            chunk.append(told[1])
    if chunk:
        yield name, chunk


def _fill(connection: sa.Connection, name: str, rows: list[dict[str, Any]]) -> int:
    table = metadata.tables[name]
    kinds = {column.name: column.type for column in table.columns}
    connection.execute(table.insert(), [{key: _meant(value, kinds[key]) for key, value in row.items()} for row in rows])
    return len(rows)


def _count_on(connection: sa.Connection) -> None:
    """PostgreSQL counts up by itself only where it gave the number itself: tell it where to go on."""
    if connection.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            last = connection.execute(sa.select(sa.func.max(column))).scalar_one()
            if last is not None:
                connection.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table.name, column.name), last)))


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def _meant(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, sa.DateTime):
        return datetime.fromisoformat(value)
    return base64.b64decode(value) if isinstance(kind, sa.LargeBinary) else value


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
