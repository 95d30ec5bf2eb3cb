"""Accounts of people. The system administrator makes them, the security administrator grants each its one role, and a one-time
link lets its owner choose the password: no administrator ever knows one, and none is set from the start."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service import passwords, rights
from service.database import iso, now
from service.failures import refuse
from service.tables import accounts, invitations, logins


@dataclass(frozen=True, slots=True)
class Account:
    """``role`` is "" until it was granted. ``active``: a password was chosen and nobody disabled it."""

    id: int
    name: str
    shown: str
    role: str
    active: bool
    disabled: bool
    locked_until: datetime | None

    def told(self) -> dict[str, Any]:
        """As the API tells it."""
        return {
            "id": self.id, "name": self.name, "shown": self.shown, "role": self.role, "role_name": rights.SHOWN.get(self.role, ""),
            "active": self.active, "disabled": self.disabled, "locked_until": iso(self.locked_until),
        }  # fmt: skip


RESERVED = frozenset({"auto", "demo-city", "feedback", "login", "oidc", "platform", "schedule", "set-up", "shell", "synthetic", "system", "unknown"})
"""What the service signs by itself: a person of that name would be taken for it, in the audit log and in the statistics."""


def mark(secret: str) -> str:
    """What is kept of a secret: its SHA-256. Secrets are random and long, so that needs no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def everyone(connection: sa.Connection) -> list[Account]:
    """All accounts, by name."""
    return [_account(row) for row in connection.execute(sa.select(accounts).order_by(accounts.c.name))]


def get(connection: sa.Connection, number: int) -> Account:
    """An account. Raises ``unknown_account``."""
    row = connection.execute(sa.select(accounts).where(accounts.c.id == number)).one_or_none()
    if row is None:
        raise refuse("unknown_account", f"there is no account {number}. See the list of accounts.")
    return _account(row)


def are_there(connection: sa.Connection) -> bool:
    """Whether the first set-up was done."""
    return connection.execute(sa.select(accounts.c.id).limit(1)).first() is not None


def set_up_link(connection: sa.Connection, hours: int) -> str | None:
    """A fresh secret for the first set-up, the older ones void; None once there are accounts."""
    if are_there(connection):
        return None
    connection.execute(invitations.update().where(invitations.c.used_at.is_(None)).values(used_at=now()))
    return _link(connection, None, hours)


def set_up(connection: sa.Connection, secret: str, administrators: Mapping[str, tuple[str, str]]) -> list[Account]:
    """Makes the three administrators: role → name and password hash. Raises ``bad_link``, ``name_taken`` or ``unknown_role``."""
    _use(connection, secret, first=True)
    if set(administrators) != set(rights.ADMINISTRATORS):
        raise refuse("unknown_role", f"the first set-up names exactly {', '.join(rights.ADMINISTRATORS)}.")
    return [get(connection, _add(connection, name, "", role, hashed)) for role, (name, hashed) in administrators.items()]


def create(connection: sa.Connection, name: str, shown: str, hours: int) -> tuple[Account, str]:
    """An account without role and password, and the secret of its invitation. Raises ``name_taken``."""
    number = _add(connection, name, shown, "", "")
    return get(connection, number), _link(connection, number, hours)


def invite(connection: sa.Connection, number: int, hours: int) -> str:
    """A new secret with which the owner chooses a new password; older ones are void."""
    get(connection, number)
    connection.execute(invitations.update().where(invitations.c.account_id == number, invitations.c.used_at.is_(None)).values(used_at=now()))
    return _link(connection, number, hours)


def owner_of(connection: sa.Connection, secret: str) -> Account:
    """Whose invitation a secret is. Raises ``bad_link``."""
    return get(connection, _valid(connection, secret, first=False).account_id)


def accept(connection: sa.Connection, secret: str, hashed: str) -> Account:
    """The owner's password, by invitation; the account is open again. Raises ``bad_link``."""
    number = _use(connection, secret, first=False)
    assert number is not None
    set_password(connection, number, hashed)
    return get(connection, number)


def set_password(connection: sa.Connection, number: int, hashed: str) -> None:
    """Keeps a new password and ends all logins of the account."""
    connection.execute(accounts.update().where(accounts.c.id == number).values(password=hashed, failures=0, locked_until=None))
    end_logins(connection, number)


def grant(connection: sa.Connection, number: int, role: str) -> Account:
    """The one role of an account; its logins end. Raises ``unknown_role``, ``unknown_account`` or ``last_administrator``."""
    if role != get(connection, number).role:
        _not_the_last(connection, number)
    connection.execute(accounts.update().where(accounts.c.id == number).values(role=rights.known(role, people=True)))
    end_logins(connection, number)
    return get(connection, number)


def disable(connection: sa.Connection, number: int, disabled: bool) -> Account:
    """Shuts an account and ends its logins, or opens it again. Raises ``unknown_account`` or ``last_administrator``."""
    if disabled:
        _not_the_last(connection, number)
    connection.execute(accounts.update().where(accounts.c.id == number).values(disabled=int(disabled)))
    if disabled:
        end_logins(connection, number)
    return get(connection, number)


def unlock(connection: sa.Connection, number: int) -> Account:
    """Opens an account that wrong passwords locked."""
    get(connection, number)
    connection.execute(accounts.update().where(accounts.c.id == number).values(failures=0, locked_until=None))
    return get(connection, number)


def password_of(connection: sa.Connection, name: str) -> tuple[Account | None, str]:
    """An account by name with its password hash; None and "" for an unknown name."""
    row = connection.execute(sa.select(accounts).where(accounts.c.name == name)).one_or_none()
    return (_account(row), row.password) if row is not None else (None, "")


def count_failure(connection: sa.Connection, number: int, most: int, minutes: int) -> bool:
    """One more wrong password; whether the account is locked by it."""
    failures = connection.execute(sa.select(accounts.c.failures).where(accounts.c.id == number)).scalar_one() + 1
    locked = failures >= most
    values = {"failures": 0 if locked else failures, "locked_until": now() + timedelta(minutes=minutes) if locked else None}
    connection.execute(accounts.update().where(accounts.c.id == number).values(values))
    return bool(locked)


def _account(row: sa.Row[Any]) -> Account:
    return Account(row.id, row.name, row.shown, row.role, bool(row.password) and not row.disabled, bool(row.disabled), row.locked_until)


def _add(connection: sa.Connection, name: str, shown: str, role: str, hashed: str) -> int:
    if _plain(name) in RESERVED:
        raise refuse("name_taken", f"the service itself signs as {name!r}. Choose another name.")
    if _plain(name) in map(_plain, connection.execute(sa.select(accounts.c.name)).scalars()):
        raise refuse("name_taken", f"there is an account {name!r} already, or one that looks like it. Choose another name.")
    values = {"name": name, "shown": shown, "role": role, "password": hashed, "failures": 0, "disabled": 0, "made_at": now()}
    key = connection.execute(accounts.insert().values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _not_the_last(connection: sa.Connection, number: int) -> None:
    """Raises ``last_administrator`` where nobody else could do what an administrator's account does."""
    account = get(connection, number)
    if account.role not in rights.ADMINISTRATORS or not account.active:
        return
    others = sa.select(accounts).where(accounts.c.role == account.role, accounts.c.id != number)
    if not any(_account(row).active for row in connection.execute(others)):
        raise refuse("last_administrator", f"{account.name} is the last {account.role}. Make another account, and grant it this role first.")


def _plain(name: str) -> str:
    """A name as it looks: without case and width."""
    return unicodedata.normalize("NFKC", name).casefold()


def _link(connection: sa.Connection, number: int | None, hours: int) -> str:
    fresh = passwords.secret()
    values = {"mark": mark(fresh), "account_id": number, "expires_at": now() + timedelta(hours=hours), "used_at": None}
    connection.execute(invitations.insert().values(values))
    return fresh


def _valid(connection: sa.Connection, secret: str, *, first: bool) -> sa.Row[Any]:
    row = connection.execute(sa.select(invitations).where(invitations.c.mark == mark(secret))).one_or_none()
    if row is None or row.used_at is not None or row.expires_at < now() or (row.account_id is None) != first:
        raise refuse("bad_link", "this link was used, is too old, or never was. Ask for a new one; for the first set-up, restart the service.")
    return row


def _use(connection: sa.Connection, secret: str, *, first: bool) -> int | None:
    row = _valid(connection, secret, first=first)
    connection.execute(invitations.update().where(invitations.c.mark == row.mark).values(used_at=now()))
    number: int | None = row.account_id
    return number


def end_logins(connection: sa.Connection, number: int) -> None:
    """Ends all logins of an account."""
    connection.execute(logins.update().where(logins.c.account_id == number, logins.c.ended_at.is_(None)).values(ended_at=now()))
