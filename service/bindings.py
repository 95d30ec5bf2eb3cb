"""Which account somebody of the identity provider is: its subject there, bound to an account here. Accounts stay local.

The first login by name binds: from then on a name that the provider gives to somebody else opens nothing. Whoever hands out names there could
so become an administrator here; accounts of administrators are therefore bound by a person, unless a setting says otherwise.
"""

import sqlalchemy as sa

from service import rights
from service.accounts import Account, end_logins, get, password_of
from service.database import now
from service.failures import refuse
from service.oidc import Somebody
from service.tables import bindings


def account_of(connection: sa.Connection, who: Somebody, first: str, by: str = "login") -> Account:
    """The account of somebody, bound now where only the name was known and ``first`` (TRIAGE_OIDC_FIRST) allows it.

    Raises ``no_account``: nobody is created silently.
    """
    chosen = sa.select(bindings.c.account_id, bindings.c.made_by).where(bindings.c.issuer == who.issuer, bindings.c.subject == who.subject)
    bound = connection.execute(chosen).one_or_none()
    if bound is not None:
        account = get(connection, bound.account_id)
        if account.disabled:
            raise _none("shut")
        if bound.made_by == by and not _by_name(account, first):  # bound by its name before it became an administrator's
            raise _none("unbound")
        return account
    named = password_of(connection, who.name)[0] if who.name else None
    if named is None:
        raise _none("unknown")
    if subjects(connection, who.issuer).get(named.id):
        raise _none("bound")
    if not named.active:
        raise _none("shut")
    if not _by_name(named, first):
        raise _none("unbound")
    bind(connection, named.id, who.issuer, who.subject, by)
    return named


def subjects(connection: sa.Connection, issuer: str) -> dict[int, str]:
    """Account → its subject, of those that are bound."""
    chosen = sa.select(bindings.c.account_id, bindings.c.subject).where(bindings.c.issuer == issuer)
    return {row.account_id: row.subject for row in connection.execute(chosen)}


def bind(connection: sa.Connection, account: int, issuer: str, subject: str, by: str) -> None:
    """Binds a subject to an account, in place of the one of before; "": none. Raises ``subject_taken`` or ``unknown_account``."""
    get(connection, account)
    other = sa.select(bindings.c.account_id).where(bindings.c.issuer == issuer, bindings.c.subject == subject, bindings.c.account_id != account)
    if subject and connection.execute(other).first() is not None:
        raise refuse("subject_taken", "this subject is bound to another account. Unbind it there first.")
    removed = connection.execute(bindings.delete().where(bindings.c.account_id == account, bindings.c.issuer == issuer)).rowcount
    if removed:
        end_logins(connection, account)
    if subject:
        connection.execute(bindings.insert().values(account_id=account, issuer=issuer, subject=subject, made_at=now(), made_by=by))


def _by_name(account: Account, first: str) -> bool:
    """Whether a name alone may open an account."""
    return first == "all" or (first == "staff" and account.role not in rights.ADMINISTRATORS)


def _none(why: str) -> Exception:
    return refuse("no_account", "no usable account here belongs to this login. Ask the administrators for one.", why=why)
