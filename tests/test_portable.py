"""The store's SQL against the dialects of databases that are not here to run it.

openGauss and 达梦 compile with their own dialects where those are installed; Oracle's stands in for what they share with it.
Kingbase speaks PostgreSQL's dialect.
"""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import oracle, postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from service import audit, days, identity, retention, store, views
from service.audit import Who
from service.database import Database, now
from service.once import earlier
from service.store import Choice
from service.tables import metadata
from service.views import Search
from tests.stores import KEYS, OPERATOR, call, make
from triage.records import Refusal


def _gauss() -> Dialect:
    found = pytest.importorskip("opengauss_sqlalchemy.psycopg2", reason="opengauss-sqlalchemy is not installed")
    return found.OpenGaussDialect_psycopg2()  # type: ignore[no-any-return]


def _dameng() -> Dialect:
    found = pytest.importorskip("dmSQLAlchemy.dmpython", reason="dmSQLAlchemy and dmPython are not installed")
    return found.DMDialect_dmPython()  # type: ignore[no-any-return]


DIALECTS: dict[str, Callable[[], Dialect]] = {
    "sqlite": sqlite.dialect, "postgresql, kingbase": postgresql.dialect, "oracle": oracle.dialect, "opengauss": _gauss, "dameng": _dameng,
}  # fmt: skip


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return DIALECTS[request.param]()


def statements(database: Database) -> list[sa.Executable]:
    """Everything that a request's life makes the store say."""
    said: list[sa.Executable] = []
    sa.event.listen(database.engine, "before_execute", lambda _c, clause, *_: said.append(clause))
    number = make(database, contact=identity.Contact(phone="13800138000"))
    with database.write() as connection:
        earlier(connection, call("k"))
        store.decide(connection, OPERATOR, number, 1, "accept", Choice("ZJ"), call())
        store.send_back(connection, OPERATOR, number, 2, Refusal("ZJ"), "", call())
        store.hold(connection, OPERATOR, number, 3, "claim", call())
        store.decide(connection, OPERATOR, number, 4, "choose", Choice("ZJ"), call())
        store.settle(connection, OPERATOR, number, 5, Choice("ZJ"), call())
        identity.reseal(connection, KEYS)
        identity.by_phone(connection, KEYS, "13800138000")
        audit.note(connection, Who("x"), "a")
        views.one(connection, number)
        views.search(connection, Search("new", "a", "b", "c", "d%", now(), now()), 5, 5)
        for name in views.QUEUES:
            views.queue(connection, name, "oper", now() - now(), (-1, 0), 5)
        views.feed(connection, 0, 5)
        days.acts(connection, now(), now(), None, "oper")
        audit.purge(connection, Who("x"), now())
        retention.purge(connection, now())
    return [each for each in said if isinstance(each, sa.ClauseElement)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_statement_can_be_said_in_every_dialect(database: Database, dialect: Dialect) -> None:
    said = statements(database)
    assert len(said) > 50
    for each in said:
        assert str(each.compile(dialect=dialect))  # type: ignore[attr-defined]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_of_one_database_only_is_said(database: Database) -> None:
    for each in statements(database):
        words = str(each).upper()
        assert not any(special in words for special in (" RETURNING ", "ON CONFLICT", "->", "ILIKE", " REGEXP "))


def test_every_table_can_be_made_in_every_dialect(dialect: Dialect) -> None:
    for table in metadata.sorted_tables:
        for made in (CreateTable(table), *(CreateIndex(index) for index in table.indexes)):
            assert str(made.compile(dialect=dialect))


def test_names_are_short_and_keys_that_count_up_say_so() -> None:
    for table in metadata.sorted_tables:
        named = [table, *table.columns, *table.indexes, *(each for each in table.constraints if each.name)]
        assert [str(each.name) for each in named if len(str(each.name).encode()) > 30] == []
        assert all(column.autoincrement in (True, False) for column in table.primary_key.columns if isinstance(column.type, sa.Integer))
