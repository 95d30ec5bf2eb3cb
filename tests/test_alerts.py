from datetime import timedelta

import pytest

from service import alerts
from service.alerts import Standing
from service.audit import Who
from service.database import Database, now
from service.failures import ServiceError
from tests.stores import OPERATOR


def test_an_alert_has_an_owner_and_can_be_muted_for_a_time(database: Database) -> None:
    with database.write() as connection:
        alerts.act(connection, OPERATOR, "a" * 16, "own")
        alerts.act(connection, Who("b"), "a" * 16, "mute", "已派专人", 3)
        found = alerts.standing(connection)["a" * 16]
        assert (found.owner, found.reason, bool(found.muted_until)) == ("oper", "已派专人", True)
        assert alerts.standing(connection, now() + timedelta(days=4))["a" * 16] == Standing("oper")
        alerts.act(connection, Who("b"), "a" * 16, "unmute")
        alerts.act(connection, Who("b"), "a" * 16, "own")
        assert alerts.standing(connection) == {"a" * 16: Standing("b")}


def test_what_is_given_back_has_no_owner_and_stays_muted(database: Database) -> None:
    with database.write() as connection:
        alerts.act(connection, OPERATOR, "a" * 16, "own")
        alerts.act(connection, OPERATOR, "a" * 16, "mute", "已派专人", 3)
        alerts.act(connection, OPERATOR, "a" * 16, "release")
        found = alerts.standing(connection)["a" * 16]
    assert found.owner == "" and found.muted_until and found.reason == "已派专人"


@pytest.mark.parametrize(("action", "code"), [("mute", "reason_needed"), ("close", "bad_value")])
def test_what_lacks_a_reason_or_is_unknown_is_refused(database: Database, action: str, code: str) -> None:
    with database.write() as connection, pytest.raises(ServiceError) as caught:
        alerts.act(connection, OPERATOR, "a" * 16, action, " ")
    assert caught.value.code == code
