import gzip
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import audit, backup, identity, store
from service.database import Database
from service.identity import Contact
from service.store import Choice
from service.tables import audit_chain, audit_log, metadata
from tests.stores import KEYS, OPERATOR, call, make
from triage.errors import UsageError

CALLER = Contact("王小明", "13800138000")


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    kept = [table for table in metadata.sorted_tables if table not in (audit_log, audit_chain)]
    with database.read() as connection:
        return {table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=str) for table in kept}


def filled(database: Database) -> int:
    number = make(database, contact=CALLER)
    with database.write() as connection:
        store.decide(connection, OPERATOR, number, 1, "accept", Choice("ZJ"), call())
        audit.note(connection, OPERATOR, "request.decide")
    return number


@pytest.mark.parametrize("other", ["sqlite", "postgresql"])
def test_a_backup_fills_an_empty_store_of_either_kind(database: Database, tmp_path: Path, other: str, request: pytest.FixtureRequest) -> None:
    from tests.stores import fresh_database

    number = filled(database)
    count = backup.backup(database, tmp_path / "a.backup")
    whole = rows(database)

    def restored(url: str) -> None:
        empty = Database(url)
        assert backup.restore(empty, tmp_path / "a.backup") == count
        assert rows(empty) == whole
        assert audit.verify(empty).problem == ""
        with empty.read() as connection:
            assert identity.contact(connection, KEYS, number) == CALLER
        assert make(empty) > number  # counting goes on
        with pytest.raises(UsageError, match="not empty"):
            backup.restore(empty, tmp_path / "a.backup")
        empty.close()

    if other == "sqlite":
        restored(f"sqlite:///{tmp_path / 'other.db'}")
    else:
        with fresh_database(request.getfixturevalue("postgres")) as url:
            restored(url)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("spoil", ["cut", "edit", "none", "other"])
def test_a_damaged_backup_restores_nothing(database: Database, tmp_path: Path, spoil: str) -> None:
    filled(database)
    path = tmp_path / "a.backup"
    backup.backup(database, path)
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    spoilt = {"cut": lines[:-1], "edit": [lines[0], lines[1].replace(b"1", b"2", 1), *lines[2:]], "none": [], "other": [b"{}\n"]}[spoil]
    path.write_bytes(gzip.compress(b"".join(spoilt)))
    empty = Database(f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(UsageError, match="damaged"):
        backup.restore(empty, path)
    with empty.read() as connection:
        assert connection.execute(sa.select(audit_chain.c.seq)).scalar_one() == 0
    empty.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_never_overwrites_and_leaves_no_parts(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    backup.backup(database, folder / "a")
    with pytest.raises(UsageError, match="there already"):
        backup.backup(database, folder / "a")
    assert [each.name for each in folder.iterdir()] == ["a"]
    assert (folder / "a").stat().st_mode & 0o077 == 0
