import pytest
import sqlalchemy as sa

from service import feedback
from service.database import Database
from service.failures import ServiceError
from service.feedback import Told
from service.tables import events
from service.tables import feedback as table
from tests.stores import OPERATOR, call, make
from triage.records import Request


def test_reports_are_added_beside_the_events(database: Database) -> None:
    number = make(database)
    with database.write() as connection:
        assert feedback.add(connection, OPERATOR, number, Told(contacted=False), call())
        assert feedback.add(connection, OPERATOR, number, Told(contacted=True, resolved="解决"), call())
        found = connection.execute(sa.select(table.c.contacted, table.c.resolved).order_by(table.c.id)).all()
        assert connection.execute(sa.select(sa.func.count()).select_from(events)).scalar_one() == 1
    assert [tuple(row) for row in found] == [(0, ""), (1, "解决")]


def test_a_call_that_comes_again_does_nothing_again(database: Database) -> None:
    number = make(database)
    with database.write() as connection:
        assert feedback.add(connection, OPERATOR, number, Told(resolved="解决"), call("k", "b"))
        assert not feedback.add(connection, OPERATOR, number, Told(resolved="解决"), call("k", "b"))
        with pytest.raises(ServiceError) as caught:
            feedback.add(connection, OPERATOR, number, Told(resolved="未解决"), call("k", "c"))
    assert caught.value.code == "key_reused"


def test_what_says_nothing_or_names_nobody_is_refused(database: Database) -> None:
    number = make(database)
    for request, told, code in ((number, Told(), "bad_value"), (999, Told(resolved="解决"), "unknown_request")):
        with database.write() as connection, pytest.raises(ServiceError) as caught:
            feedback.add(connection, OPERATOR, request, told, call())
        assert caught.value.code == code


def test_the_hotlines_own_number_finds_a_request_only_where_it_is_the_only_one(database: Database) -> None:
    number = make(database, request=Request("路灯", id="GD1"))
    with database.read() as connection:
        assert feedback.find(connection, "GD1") == number
    make(database, request=Request("路灯", id="GD1"))
    with database.read() as connection:
        for ref in ("GD1", "GD2", ""):
            with pytest.raises(ServiceError) as caught:
                feedback.find(connection, ref)
            assert caught.value.code == "unknown_request"
