"""Logins of people, kept on the server: the cookie holds a random secret, the store its SHA-256. They end by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from service import accounts, audit, bindings, passwords
from service.accounts import Account
from service.audit import REFUSED, Who
from service.database import Database, now
from service.failures import ServiceError, refuse
from service.oidc import Somebody
from service.settings import Settings
from service.tables import accounts as people
from service.tables import logins

UNKNOWN = "unknown"
_FRESH, _OIDC = timedelta(seconds=60), "oidc"


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who is logged in. ``csrf`` must come back with every call that changes something."""

    mark: str
    account: int
    name: str
    shown: str
    role: str
    csrf: str
    seen_at: datetime


def login(database: Database, settings: Settings, name: str, password: str, source: str) -> tuple[str, Login]:
    """The cookie's secret and the login. Raises ``bad_login`` or ``locked_out``; both are in the audit log."""
    with database.read() as connection:
        account, kept = accounts.password_of(connection, name)
    right = passwords.matches(password, kept)  # always computed: an unknown name must take as long
    refusal: ServiceError | None = None
    with database.write() as connection:
        # Of an unknown name nothing is kept: it may be a password in the wrong field.
        who = Who(account.name if account is not None else UNKNOWN, source)
        if account is not None:
            account = accounts.get(connection, account.id)  # as it is now, behind all who tried at the same time
        if account is not None and account.locked_until is not None and account.locked_until > now():
            refusal = _locked(account.locked_until)
        elif account is None or not right or not account.active:
            if account is not None and accounts.count_failure(connection, account.id, settings.lock_failures, settings.lock_minutes):
                audit.note(connection, who, "account.locked", f"account:{account.id}", algorithm=settings.audit_hash)
            refusal = refuse("bad_login", "name or password is wrong, or the account is shut. Try again, or ask the security administrator.")
        if refusal is not None or account is None:
            audit.note(connection, who, "login", "", REFUSED, {"code": refusal.code if refusal else ""}, settings.audit_hash)
        else:
            accounts.unlock(connection, account.id)
            opened = _open(connection, account)
            audit.note(connection, who, "login", f"account:{account.id}", algorithm=settings.audit_hash)
    if refusal is not None:
        raise refusal
    return opened


def by_provider(database: Database, settings: Settings, person: Somebody, source: str) -> tuple[str, Login]:
    """The same for somebody whom the identity provider knows. Raises ``no_account``, which is in the audit log.

    Wrong passwords do not lock this way: they say nothing of who stands at the provider.
    """
    told = {"by": _OIDC, "subject": person.subject}
    with database.write() as connection:
        try:
            account = bindings.account_of(connection, person, settings.oidc_first)
        except ServiceError as error:
            refusal = error
        else:
            opened = _open(connection, account)
            audit.note(connection, Who(account.name, source), "login", f"account:{account.id}", detail=told, algorithm=settings.audit_hash)
            return opened
        refuse_provider(connection, settings, Who(person.name or _OIDC, source), refusal, told)
    raise refusal


def refuse_provider(connection: sa.Connection, settings: Settings, who: Who, refusal: ServiceError, told: Mapping[str, object] | None = None) -> None:
    """Notes a login by the identity provider that was refused."""
    detail = {"by": _OIDC, **(told or {}), "code": refusal.code, "why": refusal.fields.get("why", "")}
    audit.note(connection, who, "login", "", REFUSED, detail, settings.audit_hash)


def find(database: Database, settings: Settings, secret: str) -> Login:
    """Who has the cookie. Raises ``not_logged_in`` once it has ended, was idle too long, or its account was shut."""
    chosen = sa.select(logins, people.c.name, people.c.shown, people.c.role, people.c.disabled)
    with database.read() as connection:
        mark = accounts.mark(secret)
        row = connection.execute(chosen.join(people, people.c.id == logins.c.account_id).where(logins.c.mark == mark)).one_or_none()
    moment = now()
    idle, whole = timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.login_hours)
    if row is None or row.ended_at is not None or row.disabled or row.seen_at < moment - idle or row.made_at < moment - whole:
        raise refuse("not_logged_in", "the login has ended. Log in again; a draft is not lost.")
    if row.seen_at < moment - _fresh(mark):
        with database.write() as connection:
            connection.execute(logins.update().where(logins.c.mark == mark).values(seen_at=moment))
    return Login(row.mark, row.account_id, row.name, row.shown, row.role, row.csrf, row.seen_at)


def _fresh(mark: str) -> timedelta:
    """How long a login counts as just seen: a time of its own, so that a shift that logs in together does not write together ever after."""
    return _FRESH * (1 + int(mark[:2], 16) / 255) / 2


def logout(connection: sa.Connection, mark: str) -> None:
    """Ends a login."""
    connection.execute(logins.update().where(logins.c.mark == mark).values(ended_at=now()))


def _open(connection: sa.Connection, account: Account) -> tuple[str, Login]:
    secret, csrf, moment = passwords.secret(), passwords.secret(), now()
    mark = accounts.mark(secret)
    connection.execute(logins.insert().values(mark=mark, account_id=account.id, csrf=csrf, made_at=moment, seen_at=moment, ended_at=None))
    return secret, Login(mark, account.id, account.name, account.shown, account.role, csrf, moment)


def _locked(until: datetime) -> ServiceError:
    seconds = max(1, int((until - now()).total_seconds()))
    return refuse(
        "locked_out", f"too many wrong passwords: locked for another {seconds} s. Wait, or ask the security administrator.", seconds=seconds
    )
