"""Tables of databases as input and output of a batch: SQLite, PostgreSQL, or whatever SQLAlchemy has a dialect for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

import sqlalchemy as sa

from triage.errors import UsageError
from triage.sources import Source, as_text
from triage.tables import Row

_BATCH = 1024


def open_table(url: str, table: str, order_by: str = "") -> Source:
    """A table or view, in the order of ``order_by``, else of its primary key.

    Raises UsageError when it cannot be read, or has no primary key and no order is told: its rows could come in any order.
    """
    with _engine(url) as engine:
        found = _reflect(engine, table)
        name = f"{engine.url.render_as_string(hide_password=True)} {table}"
    header = [column.name for column in found.columns]
    if order_by and order_by not in header:
        raise UsageError(f"{name}: no column {order_by}; it has {', '.join(header)}.", "missing_column")
    order = [found.columns[order_by]] if order_by else list(found.primary_key.columns)
    if not order:
        raise UsageError(f"{name} has no primary key, so its rows have no order. Name a column that gives them one: --order-by COLUMN.", "no_order")

    def rows() -> Iterator[Row]:
        with _engine(url) as engine, engine.connect() as connection:
            read = connection.execution_options(stream_results=True, yield_per=_BATCH).execute(sa.select(found).order_by(*order))
            for number, values in enumerate(read, start=1):
                yield Row(number, dict(zip(header, map(as_text, values), strict=True)))

    return Source(name, header, rows)


def write_table(url: str, table: str, header: Sequence[str], numbers: Sequence[bool], rows: Iterator[Sequence[Any]]) -> None:
    """Makes a table of the rows, numbered in the column ``row_number``, in one transaction: whole or not at all.

    Raises UsageError when a table of that name is there, or the database refuses.
    """
    must_be_free(url, table)
    schema, _, name = table.rpartition(".")
    key = next(each for each in ("row_number", "row_number_", "row_number__") if each not in header)
    columns = [sa.Column(each, sa.Float() if number else sa.Text()) for each, number in zip(header, numbers, strict=True)]
    made = sa.Table(name, sa.MetaData(), sa.Column(key, sa.BigInteger(), primary_key=True, autoincrement=False), *columns, schema=schema or None)
    names = [column.name for column in made.columns]
    numbered = enumerate(rows, start=1)
    with _engine(url) as engine, engine.connect() as connection, _whole(connection):
        made.create(connection)
        while chunk := list(islice(numbered, _BATCH)):
            told = [dict(zip(names, chain([number], map(_plain, row)), strict=True)) for number, row in chunk]
            connection.execute(made.insert(), told)


def must_be_free(url: str, table: str) -> None:
    """Raises UsageError when the table is there already."""
    schema, _, name = table.rpartition(".")
    with _engine(url) as engine:
        if sa.inspect(engine).has_table(name, schema=schema or None):
            raise UsageError(f"table {table} is there already. Name another one: --to-table NAME.", "output_exists")


def _plain(value: Any) -> Any:
    # PostgreSQL holds no NUL; what is left of it is told as mojibake is.
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value


@contextmanager
def _whole(connection: sa.Connection) -> Iterator[None]:
    if connection.dialect.name == "sqlite":
        # The driver commits before it makes a table unless it is told not to open transactions by itself.
        connection.connection.dbapi_connection.isolation_level = None  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    yield
    connection.commit()


def _reflect(engine: sa.Engine, table: str) -> sa.Table:
    schema, _, name = table.rpartition(".")
    try:
        return sa.Table(name, sa.MetaData(), autoload_with=engine, schema=schema or None, resolve_fks=False)
    except sa.exc.NoSuchTableError:
        names = sorted(sa.inspect(engine).get_table_names(schema=schema or None))
        raise UsageError(f"no table {table}; there are {', '.join(names[:20]) or 'none'}. Correct --table.", "no_such_table") from None


@contextmanager
def _engine(url: str) -> Iterator[sa.Engine]:
    """An engine, closed at the end. What the driver says of a database that cannot be used is told without its address and password."""
    try:
        address = sa.make_url(url)
        if address.drivername in ("postgresql", "postgres"):
            address = address.set(drivername="postgresql+psycopg")
        if address.get_backend_name() == "sqlite" and address.database:
            address = _must_exist(address)
        engine = sa.create_engine(address, poolclass=sa.pool.NullPool)
    except (sa.exc.ArgumentError, ImportError):
        raise UsageError("the address of the database cannot be read. Write sqlite:///FILE or postgresql://HOST/NAME.", "bad_address") from None
    try:
        yield engine
    except sa.exc.SQLAlchemyError as error:
        words = " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())[:300]
        raise UsageError(f"the database refused: {words}. See its address, and what the account may do.", "bad_database") from None
    finally:
        engine.dispose()


def _must_exist(address: sa.URL) -> sa.URL:
    """SQLite makes what it does not find; only in a folder that is there."""
    from pathlib import Path

    if not Path(str(address.database)).parent.is_dir():
        raise UsageError(f"{address.database}: no such folder. Correct the address.", "no_such_folder")
    return address
