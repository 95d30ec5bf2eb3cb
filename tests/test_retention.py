from datetime import timedelta

import pytest
import sqlalchemy as sa

from service import retention, store
from service.database import Database, now
from service.failures import ServiceError
from service.identity import Contact
from service.store import Choice
from service.tables import metadata, requests, tombstones
from tests.stores import OPERATOR, call, make
from triage.records import Refusal


def test_what_ended_long_ago_goes_whole_and_leaves_a_tombstone(database: Database) -> None:
    old, waiting = make(database, contact=Contact(phone="13800138000")), make(database)
    with database.write() as connection:
        store.decide(connection, OPERATOR, old, 1, "accept", Choice("ZJ"), call())
        store.send_back(connection, OPERATOR, old, 2, Refusal("ZJ"), "", call())
        store.decide(connection, OPERATOR, old, 3, "accept", Choice("GA"), call())
        store.settle(connection, OPERATOR, old, 4, Choice("GA"), call())
    with database.write() as connection:
        assert retention.purge(connection, now() - timedelta(days=1)) == []
        assert retention.purge(connection, now() + timedelta(days=1)) == [old]
    with database.read() as connection:
        grave = connection.execute(sa.select(tombstones)).one()
        assert (grave.request_id, grave.state, grave.unit, grave.versions) == (old, "final", "GA", 5)
        for table in metadata.sorted_tables:
            if "request_id" in table.c and table.name != "tombstones":
                assert old not in connection.execute(sa.select(table.c.request_id)).scalars().all()
        assert connection.execute(sa.select(requests.c.id)).scalars().all() == [waiting]
        with pytest.raises(ServiceError) as caught:
            store.head(connection, old)
    assert caught.value.code == "purged"


def test_the_number_of_a_purged_request_is_never_given_again(database: Database) -> None:
    number = make(database)
    with database.write() as connection:
        store.decide(connection, OPERATOR, number, 1, "close", Choice(), call())
        assert retention.purge(connection, now() + timedelta(days=1)) == [number]
    assert make(database) > number
