"""Tokens of machines. Shown once when made; the store keeps their SHA-256. Each has a role and an end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service import passwords, rights
from service.accounts import mark
from service.database import Database, iso, now
from service.failures import refuse
from service.tables import tokens

PREFIX = "triage_"


@dataclass(frozen=True, slots=True)
class Token:
    """A machine's token, without its secret."""

    id: int
    name: str
    role: str
    made_by: str
    expires_at: datetime
    ended_at: datetime | None

    def told(self) -> dict[str, Any]:
        """As the API tells it."""
        return {
            "id": self.id, "name": self.name, "role": self.role, "made_by": self.made_by, "expires_at": iso(self.expires_at),
            "ended_at": iso(self.ended_at),
        }  # fmt: skip


def create(connection: sa.Connection, name: str, role: str, by: str, days: int) -> tuple[Token, str]:
    """A token and its secret. Raises ``unknown_role`` for a role that is for people."""
    secret = PREFIX + passwords.secret()
    values = {"mark": mark(secret), "name": name, "role": rights.known(role, people=False), "made_by": by, "made_at": now()}
    key = connection.execute(tokens.insert().values(values | {"expires_at": now() + timedelta(days=days), "ended_at": None})).inserted_primary_key
    assert key is not None
    return _get(connection, tokens.c.id == key[0]), secret


def every(connection: sa.Connection) -> list[Token]:
    """All tokens, newest first, ended ones too."""
    return [_token(row) for row in connection.execute(sa.select(tokens).order_by(tokens.c.id.desc()))]


def end(connection: sa.Connection, number: int) -> Token:
    """Ends a token at once. Raises ``unknown_token``."""
    _get(connection, tokens.c.id == number)
    connection.execute(tokens.update().where(tokens.c.id == number, tokens.c.ended_at.is_(None)).values(ended_at=now()))
    return _get(connection, tokens.c.id == number)


def find(database: Database, secret: str) -> Token:
    """Whose token it is. Raises ``not_logged_in`` for one that is unknown, ended or too old."""
    with database.read() as connection:
        row = connection.execute(sa.select(tokens).where(tokens.c.mark == mark(secret))).one_or_none()
    if row is None or row.ended_at is not None or row.expires_at < now():
        raise refuse("not_logged_in", "the token is unknown, too old or was ended. Ask the security administrator for a new one.")
    return _token(row)


def _get(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Token:
    row = connection.execute(sa.select(tokens).where(which)).one_or_none()
    if row is None:
        raise refuse("unknown_token", "there is no such token. See the list of tokens.")
    return _token(row)


def _token(row: sa.Row[Any]) -> Token:
    return Token(row.id, row.name, row.role, row.made_by, row.expires_at, row.ended_at)
