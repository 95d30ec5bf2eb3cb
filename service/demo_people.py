"""The people of a demo city: one of each role, with passwords drawn afresh and told once. Never for a store of real requests."""

import secrets
import string
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from service import accounts, audit, passwords, rights, synthetic
from service.database import Database
from service.demo_lives import OPERATORS, SUPERVISOR
from triage.errors import UsageError

PEOPLE = {
    SUPERVISOR: (rights.SUPERVISOR, "演示班长"), OPERATORS[0]: (rights.OPERATOR, "演示话务员"), "fenxi": (rights.ANALYST, "演示分析员"),
    "xitong": (rights.SYSTEM, "演示系统管理员"), "anquan": (rights.SECURITY, "演示安全管理员"), "shenji": (rights.AUDITOR, "演示审计员"),
}  # fmt: skip
"""Name → role and the name on screen."""
_WORDS = "".join(char for char in string.ascii_lowercase if char not in "ilo")


def give_passwords(folder: Path) -> Iterator[str]:
    """Makes the accounts where they are missing and gives each a fresh password; a line for each. Raises UsageError elsewhere."""
    database = Database(f"sqlite:///{folder / 'triage.db'}")
    try:
        fresh = {name: _password() for name in PEOPLE}
        hashed = {name: passwords.hashed(each) for name, each in fresh.items()}
        with database.write() as connection:
            if synthetic.facts(connection) is None:
                raise UsageError(f"{folder} holds no demo city. Passwords are made up for demo cities only.", "no_demo_city")
            for name, (role, shown) in PEOPLE.items():
                _set(connection, name, shown, role, hashed[name])
            audit.note(connection, audit.Who("demo-city"), "demo.passwords", detail={"accounts": sorted(PEOPLE)})
    finally:
        database.close()
    yield "Log in with a name and its password (made afresh each time):"
    for name, (role, _) in PEOPLE.items():
        yield f"  {name:<10} {fresh[name]}  {rights.SHOWN[role]}"


def _set(connection: sa.Connection, name: str, shown: str, role: str, hashed: str) -> None:
    account, _ = accounts.password_of(connection, name)
    if account is None:
        account, _ = accounts.create(connection, name, shown, 1)
        accounts.grant(connection, account.id, role)
    accounts.set_password(connection, account.id, hashed)


def _password() -> str:
    """Three words of four letters and a digit: easy to type, about 2 to the power of 57 of them."""
    words = ("".join(secrets.choice(_WORDS) for _ in range(4)) for _ in range(3))
    return "-".join(words).capitalize() + secrets.choice("23456789")
