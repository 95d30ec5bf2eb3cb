from datetime import datetime, timedelta

import pytest

from service import versions
from service.database import Database, now
from service.failures import ServiceError
from service.versions import PROFILE, SETTINGS
from tests.stores import OPERATOR

TABLES = ("kaiping", "2026.11", "0123456789abcdef")


def test_the_same_tables_are_kept_once(database: Database) -> None:
    with database.write() as connection:
        first, fresh = versions.add(connection, OPERATOR, TABLES, b"zip", "首版")
        again, twice = versions.add(connection, OPERATOR, TABLES, b"zip", "再传")
        assert (fresh, twice, again) == (True, False, first)
        assert versions.content(connection, first.id) == b"zip"
        assert versions.every(connection) == [first]
        with pytest.raises(ServiceError) as caught:
            versions.content(connection, first.id + 1)
    assert caught.value.code == "unknown_version"


def test_in_use_is_what_began_last_and_was_not_taken_back(database: Database) -> None:
    with database.write() as connection:
        assert versions.in_use(connection, PROFILE) is None
        versions.activate(connection, OPERATOR, PROFILE, "1", None, "启用")
        later = versions.activate(connection, OPERATOR, PROFILE, "2", now() + timedelta(days=1), "元旦起")
        assert (versions.in_use(connection, PROFILE), later.state) == ("1", "planned")
        versions.activate(connection, OPERATOR, PROFILE, SETTINGS, None, "退回")
        assert versions.in_use(connection, PROFILE) == SETTINGS
        assert [(each.target, each.state) for each in versions.history(connection, PROFILE)] == [
            ("2", "planned"), (SETTINGS, "active"), ("1", "over"),
        ]  # fmt: skip
        assert versions.history(connection, "model") == []


def test_a_plan_is_taken_back_once_and_only_before_it_begins(database: Database) -> None:
    with database.write() as connection:
        begun = versions.activate(connection, OPERATOR, PROFILE, "1", None, "启用")
        plan = versions.activate(connection, OPERATOR, PROFILE, "2", now() + timedelta(days=1), "元旦起")
        assert versions.cancel(connection, OPERATOR, plan.id, "改期").state == "cancelled"
        for number, code in ((plan.id, "wrong_state"), (begun.id, "wrong_state"), (plan.id + 9, "unknown_version")):
            with pytest.raises(ServiceError) as caught:
                versions.cancel(connection, OPERATOR, number, "改期")
            assert caught.value.code == code
        assert versions.in_use(connection, PROFILE) == "1"


def test_a_plan_takes_over_when_its_time_comes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.write() as connection:
        versions.activate(connection, OPERATOR, PROFILE, "1", None, "启用")
        versions.activate(connection, OPERATOR, PROFILE, "2", now() + timedelta(days=1), "元旦起")
        tomorrow = now() + timedelta(days=1, seconds=1)
        monkeypatch.setattr(versions, "now", lambda: tomorrow)
        assert versions.in_use(connection, PROFILE) == "2"


def test_a_clock_that_is_set_back_turns_no_activation_round(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    start, told = datetime(2026, 3, 1, 9), [0]
    monkeypatch.setattr(versions, "now", lambda: start + timedelta(minutes=told[0]))

    def in_use(minutes: int) -> str | None:
        told[0] = minutes
        return versions.in_use(connection, PROFILE)

    with database.write() as connection:
        versions.activate(connection, OPERATOR, PROFILE, "0", None, "首版")
        told[0] = 30
        versions.activate(connection, OPERATOR, PROFILE, "A", None, "启用")
        assert in_use(20) == "A"
        versions.activate(connection, OPERATOR, PROFILE, "B", None, "退回")
        assert [in_use(minutes) for minutes in (20, 29, 30, 31, 60)] == ["B"] * 5
        told[0] = 25
        versions.activate(connection, OPERATOR, PROFILE, "C", None, "再换")
        versions.activate(connection, OPERATOR, PROFILE, "P", start + timedelta(minutes=40), "之后")
        assert [in_use(minutes) for minutes in (25, 30, 39, 40, 60)] == ["C", "C", "C", "P", "P"]
        told[0] = 45
        versions.activate(connection, OPERATOR, "model", "M", None, "别的")
        versions.activate(connection, OPERATOR, PROFILE, "Q", None, "立即")
        assert [in_use(minutes) for minutes in (35, 40, 60)] == ["Q", "Q", "Q"]
