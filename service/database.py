"""The database: opened by one setting, brought to the newest form, read and written in whole transactions.

Every writing transaction first takes the one row of ``audit_chain``: writers of all processes go one after the other, so an
id that is seen means that all smaller ones are seen (what the feed of events relies on), checks made inside hold until the
commit, and the audit log is one chain. SQLite would make writers wait in any case.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.failures import refuse
from service.tables import audit_chain
from triage.errors import UsageError

_BUSY_MS = 15_000
_SQLITE = "sqlite"


def now() -> datetime:
    """The present in UTC, without offset: the form of every time in the store."""
    return datetime.now(UTC).replace(tzinfo=None)


def iso(moment: datetime | None) -> str:
    """A time of the store as ISO 8601 with offset; "" for none."""
    return moment.replace(tzinfo=UTC).isoformat(timespec="milliseconds") if moment is not None else ""


def address(url: str) -> sa.URL:
    """The address as SQLAlchemy reads it; the short forms ``postgresql://`` and ``postgres://`` mean the driver that is installed here.

    Raises UsageError ``bad_address`` for one that cannot be read.
    """
    try:
        found = sa.make_url(url)
        if found.drivername in ("postgresql", "postgres"):
            found = found.set(drivername="postgresql+psycopg")
        found.get_dialect().import_dbapi()
    except (sa.exc.ArgumentError, ImportError, ValueError):
        words = "the address of the database cannot be read. Write sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME."
        raise UsageError(words, "bad_address") from None  # without the address: it may hold a password
    return found


class Database:
    """``url`` as SQLAlchemy writes it. Connects when first used; safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.url = address(url)
        self._turn = threading.Lock()
        self.engine = _engine(self.url)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite."""
        return self.url.get_backend_name() == _SQLITE

    @property
    def place(self) -> str:
        """Where it is, without its password."""
        return self.url.render_as_string(hide_password=True)

    def must_exist(self) -> None:
        """Raises ServiceError ``no_store`` where nobody made a store yet; makes nothing."""
        name = self.url.database or ""
        made = Path(name).exists() if self.is_sqlite and name not in ("", ":memory:") else True
        if made:
            with _unreachable():
                made = bool(self.revision())
        if not made:
            raise refuse("no_store", f"there is no store at {self.place}. Correct TRIAGE_DATA or TRIAGE_DATABASE; triage serve makes a new one.")

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that writes nothing. Raises ServiceError ``no_store`` when the database cannot be reached."""
        with _unreachable(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the store's lock; all of it is kept, or nothing. Raises ServiceError ``no_store`` or ``busy``."""
        with _unreachable(), self._turn, self.engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                connection.execute(sa.select(audit_chain.c.seq).where(audit_chain.c.id == 1).with_for_update()).one()
                yield connection

    def migrate(self) -> None:
        """Brings the tables to the newest form; processes of one machine wait for each other.

        Raises ServiceError ``no_store`` when the database cannot be reached or was made by a newer version.
        """
        with _unreachable(), _one_at_a_time(self.url):
            if self.revision() in self.revisions()[:1]:
                return
            with self.engine.connect() as connection:
                connection = connection.execution_options(writes=True)
                with connection.begin():
                    command.upgrade(_alembic(connection), "head")

    def revision(self) -> str:
        """The form that the tables have; "" before the first migration. Raises ServiceError ``no_store`` for one not known here."""
        with self.engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision() or ""
        if found and found not in self.revisions():
            raise refuse("no_store", f"the database has form {found}, which this version does not know. Install the newer version again.")
        return found

    @staticmethod
    def revisions() -> list[str]:
        """All forms, newest first."""
        return [each.revision for each in ScriptDirectory.from_config(_alembic(None)).walk_revisions()]

    def close(self) -> None:
        """Closes all connections; with SQLite, brings the log into the file."""
        if self.is_sqlite:
            with suppress(sa.exc.SQLAlchemyError), self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
        self.engine.dispose()


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != _SQLITE:
        return sa.create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10, pool_timeout=30)
    engine = sa.create_engine(url, pool_size=10, max_overflow=30, connect_args={"check_same_thread": False, "timeout": _BUSY_MS / 1000})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below: pysqlite would say it too late
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine


@contextmanager
def _unreachable() -> Iterator[None]:
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise refuse("busy", "the store has too much to do. Try again in a moment.") from error
    except (sa.exc.OperationalError, sa.exc.InterfaceError, OSError) as error:
        if "locked" in str(getattr(error, "orig", "")):
            raise refuse("busy", "the store has too much to do. Try again in a moment.") from error
        # The driver's own words may repeat what was to be stored.
        raise refuse("no_store", f"the database cannot be used ({type(error).__name__}). See TRIAGE_DATABASE and its server.") from error
    except (sa.exc.DataError, UnicodeEncodeError, OverflowError) as error:
        raise refuse("bad_value", "a value cannot be stored: a NUL character, half a character, or too long. Correct it.") from error
    except sa.exc.ProgrammingError as error:
        raise refuse("no_store", "the database lacks a table. Run: triage store upgrade") from error


@contextmanager
def _one_at_a_time(url: sa.URL) -> Iterator[None]:
    """Holds a file beside the SQLite file, or in the place for temporary files for other databases."""
    if url.get_backend_name() == _SQLITE and (not url.database or url.database == ":memory:"):
        yield
        return
    import tempfile

    place = Path(f"{url.database}.lock") if url.get_backend_name() == _SQLITE else Path(tempfile.gettempdir()) / "triage-migrate.lock"
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with place.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _alembic(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("service") / "migrations"))
    config.attributes["connection"] = connection
    return config
