import pytest

from service import accounts, bindings, passwords, rights
from service.database import Database
from service.failures import ServiceError
from service.oidc import Somebody
from tests.desks import PASSWORD

ISSUER = "https://idp.city"
LI = Somebody(ISSUER, "u-1", "xiaoli")


def account(database: Database, name: str, active: bool = True, role: str = "") -> int:
    with database.write() as connection:
        made, secret = accounts.create(connection, name, "", 24)
        if active:
            accounts.accept(connection, secret, passwords.hashed(PASSWORD))
        if role:
            accounts.grant(connection, made.id, role)
    return made.id


def find(database: Database, who: Somebody, first: str = "staff") -> int | str:
    try:
        with database.write() as connection:
            return bindings.account_of(connection, who, first).id
    except ServiceError as error:
        return f"{error.code} {error.fields['why']}"


def test_the_first_login_by_name_binds(database: Database) -> None:
    number, other = account(database, "xiaoli"), account(database, "xiaowang")
    assert find(database, LI) == number
    assert find(database, Somebody(ISSUER, "u-1", "renamed")) == number
    assert find(database, Somebody(ISSUER, "u-2", "xiaoli")) == "no_account bound"
    assert find(database, Somebody(ISSUER, "u-2", "xiaowang")) == other
    assert find(database, Somebody("https://other.city", "u-9", "xiaoli")) == number


@pytest.mark.parametrize("role", rights.ADMINISTRATORS)
def test_a_name_alone_opens_no_administrator(database: Database, role: str) -> None:
    number = account(database, "boss", role=role)
    who = Somebody(ISSUER, "u-1", "boss")
    assert find(database, who) == find(database, who, "none") == "no_account unbound"
    with database.write() as connection:
        bindings.bind(connection, number, ISSUER, "u-2", "sec")
    assert find(database, Somebody(ISSUER, "u-2", "")) == number
    with database.write() as connection:
        bindings.bind(connection, number, ISSUER, "", "sec")
    assert find(database, who, "all") == number


def test_who_was_bound_by_name_and_then_became_an_administrator_is_bound_anew(database: Database) -> None:
    number = account(database, "boss")
    who = Somebody(ISSUER, "u-1", "boss")
    assert find(database, who) == number
    with database.write() as connection:
        accounts.grant(connection, number, rights.SECURITY)
    assert find(database, who) == "no_account unbound"
    with database.write() as connection:
        bindings.bind(connection, number, ISSUER, "u-1", "sec")
    assert find(database, who) == number


def test_names_may_open_nothing_at_all(database: Database) -> None:
    account(database, "xiaoli", role=rights.OPERATOR)
    assert find(database, LI, "none") == "no_account unbound"


def test_nobody_is_created_and_only_open_accounts_are_found(database: Database) -> None:
    invited, shut = account(database, "invited", active=False), account(database, "shut")
    with database.write() as connection:
        accounts.disable(connection, shut, True)
    assert find(database, LI) == "no_account unknown"
    assert find(database, Somebody(ISSUER, "u-1", "")) == "no_account unknown"
    assert find(database, Somebody(ISSUER, "u-3", "invited")) == "no_account shut"
    assert find(database, Somebody(ISSUER, "u-4", "shut")) == "no_account shut"
    with database.write() as connection:
        assert [each.name for each in accounts.everyone(connection)] == ["invited", "shut"]
        assert bindings.subjects(connection, ISSUER) == {}
        bindings.bind(connection, invited, ISSUER, "u-3", "sec")
        bindings.bind(connection, shut, ISSUER, "u-4", "sec")
    assert find(database, Somebody(ISSUER, "u-3", "")) == invited  # bound by a person: a password is not needed
    assert find(database, Somebody(ISSUER, "u-4", "")) == "no_account shut"


def test_a_subject_belongs_to_one_account(database: Database) -> None:
    first, second = account(database, "a"), account(database, "b")
    with database.write() as connection:
        bindings.bind(connection, first, ISSUER, "u-1", "sec")
        bindings.bind(connection, first, ISSUER, "u-1", "sec")
        with pytest.raises(ServiceError) as caught:
            bindings.bind(connection, second, ISSUER, "u-1", "sec")
        assert caught.value.code == "subject_taken"
        bindings.bind(connection, first, ISSUER, "", "sec")
        bindings.bind(connection, second, ISSUER, "u-1", "sec")
        assert bindings.subjects(connection, ISSUER) == {second: "u-1"}
        with pytest.raises(ServiceError):
            bindings.bind(connection, 999, ISSUER, "u-9", "sec")
