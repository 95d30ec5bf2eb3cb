from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from service import accounts, logins, passwords, rights, tokens
from service.accounts import Account
from service.database import Database, now
from service.failures import ServiceError
from service.settings import Settings
from service.tables import accounts as people
from service.tables import audit_log, invitations
from service.tables import logins as opened
from service.tables import tokens as machines

SETTINGS = Settings(lock_failures=3)
PASSWORD = "Abcdefgh-123"
HASHED = passwords.hashed(PASSWORD)


def operator(database: Database, name: str = "oper") -> Account:
    with database.write() as connection:
        account, secret = accounts.create(connection, name, "小王", 24)
        accounts.accept(connection, secret, HASHED)
        return accounts.grant(connection, account.id, "operator")


def login(database: Database, name: str = "oper", password: str = PASSWORD) -> tuple[str, logins.Login]:
    return logins.login(database, SETTINGS, name, password, "10.0.0.7")


def code(call: object, *args: object) -> str:
    with pytest.raises(ServiceError) as caught:
        call(*args)  # type: ignore[operator]
    return caught.value.code


def test_the_first_set_up_makes_the_three_administrators_once(database: Database) -> None:
    with database.write() as connection:
        old = accounts.set_up_link(connection, 24)
        secret = accounts.set_up_link(connection, 24)
    assert old is not None and secret is not None
    three = {"system_admin": ("sys", HASHED), "security_admin": ("sec", HASHED), "auditor": ("aud", HASHED)}
    with database.write() as connection:
        assert code(accounts.set_up, connection, old, three) == "bad_link"
    with database.write() as connection:
        assert {each.role for each in accounts.set_up(connection, secret, three)} == set(three)
        assert accounts.set_up_link(connection, 24) is None
        assert code(accounts.set_up, connection, secret, three) == "bad_link"
    assert login(database, "aud")[1].role == "auditor"


def test_a_set_up_with_other_roles_is_refused(database: Database) -> None:
    with database.write() as connection:
        secret = accounts.set_up_link(connection, 24)
        assert code(accounts.set_up, connection, secret, {"operator": ("x", HASHED)}) == "unknown_role"


def test_a_new_account_can_do_nothing_until_it_has_a_password_and_a_role(database: Database) -> None:
    with database.write() as connection:
        account, secret = accounts.create(connection, "neu", "", 24)
        assert (account.role, account.active) == ("", False)
        assert code(accounts.create, connection, "neu", "", 24) == "name_taken"
    assert code(login, database, "neu", "") == "bad_login"
    with database.write() as connection:
        assert accounts.owner_of(connection, secret).name == "neu"
        accounts.accept(connection, secret, HASHED)
        assert code(accounts.accept, connection, secret, HASHED) == "bad_link"
    assert login(database, "neu")[1].role == ""


def test_an_invitation_ends_and_a_newer_one_voids_it(database: Database) -> None:
    account = operator(database)
    with database.write() as connection:
        first = accounts.invite(connection, account.id, 24)
        second = accounts.invite(connection, account.id, 24)
        assert code(accounts.owner_of, connection, first) == "bad_link"
        assert accounts.owner_of(connection, second).id == account.id
        connection.execute(invitations.update().values(expires_at=now() - timedelta(seconds=1)))
        assert code(accounts.owner_of, connection, second) == "bad_link"
        assert code(accounts.invite, connection, 99, 24) == "unknown_account"


def test_a_login_is_found_by_its_cookie_until_it_ends(database: Database) -> None:
    operator(database)
    secret, found = login(database)
    assert logins.find(database, SETTINGS, secret) == found
    assert (found.name, found.shown, found.role) == ("oper", "小王", "operator")
    assert code(logins.find, database, SETTINGS, secret + "x") == "not_logged_in"
    with database.write() as connection:
        logins.logout(connection, found.mark)
    assert code(logins.find, database, SETTINGS, secret) == "not_logged_in"


@pytest.mark.parametrize("column", ["seen_at", "made_at"])
def test_a_login_ends_by_itself(database: Database, column: str) -> None:
    operator(database)
    secret, _ = login(database)
    ago = {"seen_at": timedelta(minutes=29), "made_at": timedelta(hours=11)}[column]
    with database.write() as connection:
        connection.execute(opened.update().values({column: now() - ago}))
    assert logins.find(database, SETTINGS, secret).name == "oper"
    with database.write() as connection:
        connection.execute(opened.update().values({column: now() - ago - timedelta(hours=1, minutes=2)}))
    assert code(logins.find, database, SETTINGS, secret) == "not_logged_in"


def test_using_a_login_keeps_it(database: Database) -> None:
    operator(database)
    secret, _ = login(database)
    with database.write() as connection:
        connection.execute(opened.update().values(seen_at=now() - timedelta(minutes=20)))
    logins.find(database, SETTINGS, secret)
    with database.read() as connection:
        assert connection.execute(sa.select(opened.c.seen_at)).scalar_one() > now() - timedelta(minutes=1)


@pytest.mark.parametrize("change", ["disable", "grant", "password"])
def test_what_changes_an_account_ends_its_logins(database: Database, change: str) -> None:
    account = operator(database)
    secret, _ = login(database)
    with database.write() as connection:
        if change == "disable":
            assert not accounts.disable(connection, account.id, True).active
        elif change == "grant":
            accounts.grant(connection, account.id, "supervisor")
        else:
            accounts.set_password(connection, account.id, HASHED)
    assert code(logins.find, database, SETTINGS, secret) == "not_logged_in"


def test_wrong_passwords_lock_an_account_for_a_while(database: Database) -> None:
    account = operator(database)
    for _ in range(2):
        assert code(login, database, "oper", "wrong") == "bad_login"
    login(database)  # a right one starts the count anew
    for _ in range(3):
        assert code(login, database, "oper", "wrong") == "bad_login"
    assert code(login, database) == "locked_out"
    with database.write() as connection:
        connection.execute(people.update().values(locked_until=now() - timedelta(seconds=1)))
    login(database)
    for _ in range(3):
        code(login, database, "oper", "wrong")
    with database.write() as connection:
        accounts.unlock(connection, account.id)
    login(database)


def test_every_attempt_is_in_the_audit_log_without_the_password(database: Database) -> None:
    operator(database)
    login(database)
    code(login, database, "oper", "secret-Word-9")
    code(login, database, "nobody", "x")
    with database.read() as connection:
        rows = connection.execute(sa.select(audit_log).order_by(audit_log.c.seq)).all()
    assert [(row.made_by, row.action, row.result, row.source) for row in rows] == [
        ("oper", "login", "ok", "10.0.0.7"), ("oper", "login", "refused", "10.0.0.7"), ("unknown", "login", "refused", "10.0.0.7")
    ]  # fmt: skip
    assert "secret-Word-9" not in str(rows)


def test_no_secret_is_kept_in_clear(database: Database) -> None:
    operator(database)
    secret, _ = login(database)
    with database.write() as connection:
        _, token = tokens.create(connection, "platform", "platform", "sec", 30)
    with database.read() as connection:
        kept = str([connection.execute(sa.select(table)).all() for table in (people, opened, machines, invitations)])
    assert secret not in kept and token not in kept and PASSWORD not in kept


def test_a_token_is_for_machines_and_ends(database: Database) -> None:
    with database.write() as connection:
        made, secret = tokens.create(connection, "热线平台", "platform", "sec", 30)
        assert code(tokens.create, connection, "x", "supervisor", "sec", 30) == "unknown_role"
        assert code(tokens.end, connection, 99) == "unknown_token"
    assert tokens.find(database, secret) == made
    assert code(tokens.find, database, "triage_x") == "not_logged_in"
    with database.write() as connection:
        connection.execute(machines.update().values(expires_at=now() - timedelta(seconds=1)))
    assert code(tokens.find, database, secret) == "not_logged_in"
    with database.write() as connection:
        connection.execute(machines.update().values(expires_at=now() + timedelta(days=1)))
        assert tokens.end(connection, made.id).ended_at is not None
        assert [each.id for each in tokens.every(connection)] == [made.id]
    assert code(tokens.find, database, secret) == "not_logged_in"


@pytest.mark.parametrize("role", rights.ADMINISTRATORS)
def test_the_last_administrator_of_a_kind_stays_one(database: Database, role: str) -> None:
    with database.write() as connection:
        numbers = []
        for name in ("first", "second"):
            account, secret = accounts.create(connection, name, "", 24)
            accounts.grant(connection, account.id, role)
            numbers.append((account.id, secret))
        (first, secret), (_, later) = numbers
        accounts.accept(connection, secret, passwords.hashed(PASSWORD))
        for change in (partial(accounts.grant, connection, first, rights.OPERATOR), partial(accounts.disable, connection, first, True)):
            with pytest.raises(ServiceError, match="last") as caught:
                change()
            assert caught.value.code == "last_administrator"
        accounts.grant(connection, first, role)  # no change
        accounts.accept(connection, later, passwords.hashed(PASSWORD))
        assert accounts.grant(connection, first, rights.OPERATOR).role == rights.OPERATOR


@pytest.mark.parametrize("name", ["system", "AUTO", "ｓｃｈｅｄｕｌｅ", "unknown", "LiHong", "ｌｉｈｏｎｇ"])
def test_no_account_is_called_as_the_service_signs_or_looks_like_another(database: Database, name: str) -> None:
    with database.write() as connection:
        accounts.create(connection, "lihong", "", 24)
        with pytest.raises(ServiceError) as caught:
            accounts.create(connection, name, "", 24)
    assert caught.value.code == "name_taken"
