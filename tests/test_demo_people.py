"""Passwords of the demo city's people: fresh each time, and nowhere else."""

from pathlib import Path

import pytest

from service import accounts, passwords, rights, synthetic
from service.database import Database
from service.demo_people import PEOPLE, give_passwords
from triage.errors import UsageError


@pytest.fixture
def demo(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'triage.db'}")
    database.migrate()
    yield database
    database.close()


def told(folder: Path) -> dict[str, str]:
    return {line.split()[0]: line.split()[1] for line in list(give_passwords(folder))[1:]}


def test_each_role_of_a_person_has_somebody_who_can_log_in(demo: Database, tmp_path: Path) -> None:
    with demo.write() as connection:
        synthetic.mark(connection, "test", {})
    first = told(tmp_path)
    second = told(tmp_path)
    assert {role for role, _ in PEOPLE.values()} == set(rights.PEOPLE)
    assert not set(first.values()) & set(second.values())
    with demo.read() as connection:
        for name, (role, _) in PEOPLE.items():
            account, kept = accounts.password_of(connection, name)
            assert account is not None and account.role == role and account.active
            assert passwords.matches(second[name], kept) and not passwords.matches(first[name], kept)
            passwords.check(second[name], name, 12)


def test_a_store_of_real_requests_gets_none(demo: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no demo city"):
        list(give_passwords(tmp_path))
    with demo.read() as connection:
        assert accounts.everyone(connection) == []
