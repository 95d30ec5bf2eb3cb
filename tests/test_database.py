import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from service.database import Database
from service.failures import ServiceError
from service.tables import audit_chain, metadata, switches
from triage.errors import UsageError


def test_migrating_makes_the_tables_that_are_described(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.migrate()
    assert database.revision() == database.revisions()[0]


def test_what_fails_leaves_nothing(database: Database) -> None:
    row = {"name": "x", "value": "1", "reason": "", "made_by": "x", "made_at": sa.func.current_timestamp()}
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute(switches.insert().values(row))
        raise ZeroDivisionError
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(switches)).scalar_one() == 0


def test_writers_go_one_after_the_other(database_url: str, database: Database) -> None:
    other = Database(database_url)  # as another process has it: its own lock and connections

    def count(store: Database) -> None:
        for _ in range(20):
            with store.write() as connection:
                seen = connection.execute(sa.select(audit_chain.c.base_seq)).scalar_one()
                connection.execute(audit_chain.update().values(base_seq=seen + 1))

    threads = [threading.Thread(target=count, args=(store,)) for store in (database, other, database, other)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    other.close()
    with database.read() as connection:
        assert connection.execute(sa.select(audit_chain.c.base_seq)).scalar_one() == 80


def test_sqlite_is_set_up_for_several_processes(tmp_path: Path) -> None:
    store = Database(f"sqlite:///{tmp_path / 'x.db'}")
    store.migrate()
    with store.read() as connection:
        told = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "foreign_keys", "busy_timeout")}
    store.close()
    assert told == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 15000}


def test_several_processes_may_start_at_once(database_url: str) -> None:
    stores = [Database(database_url) for _ in range(4)]
    threads = [threading.Thread(target=store.migrate) for store in stores]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert {store.revision() for store in stores} == {stores[0].revisions()[0]}
    for store in stores:
        store.close()


@pytest.mark.parametrize("url", ["sqlite:////proc/nowhere/x.db", "postgresql+psycopg://127.0.0.1:9/none?connect_timeout=1"])
def test_a_database_that_cannot_be_used_is_an_error_without_its_address(url: str) -> None:
    store = Database(url)
    for attempt in (store.migrate, store.read().__enter__, store.write().__enter__):
        with pytest.raises(ServiceError) as caught:
            attempt()
        assert caught.value.code == "no_store"
        assert "proc" not in str(caught.value) and "127.0.0.1" not in str(caught.value)


def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ServiceError, match="9999"):
        database.migrate()


def test_a_database_without_tables_names_the_remedy(database_url: str) -> None:
    store = Database(database_url)
    with pytest.raises(ServiceError) as caught, store.write():
        pass
    assert caught.value.code == "no_store"
    store.close()


@pytest.mark.parametrize("short", ["postgresql", "postgres"])
def test_short_addresses_of_postgresql_mean_the_driver_that_is_here(short: str) -> None:
    store = Database(f"{short}://u:p@127.0.0.1:9/none?connect_timeout=1")
    assert store.url.drivername == "postgresql+psycopg" and ":***@" in store.place
    with pytest.raises(ServiceError, match="cannot be used"):
        store.migrate()


@pytest.mark.parametrize("url", ["nonsense", "nosuch://u:secret@h/x", "postgresql+psycopg2://u:secret@h/x", "postgresql://u:secret@h:x/n"])
def test_an_address_that_cannot_be_read_is_told_without_its_password(url: str) -> None:
    with pytest.raises(UsageError, match="cannot be read") as caught:
        Database(url)
    assert "secret" not in str(caught.value)
