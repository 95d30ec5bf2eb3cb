"""What somebody did about a topic stays with its matter when new requests move it."""

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service import topic_acts
from service.alerts import Standing
from service.audit import Who
from service.database import Database, now
from service.failures import ServiceError
from service.tables import topic_acts as acts
from tests.stores import OPERATOR, make

OLD, NEW, OTHER = "a" * 16, "b" * 16, "c" * 16


def test_the_same_matter_keeps_its_owner_and_its_mute(database: Database) -> None:
    with database.write() as connection:
        topic_acts.act(connection, OPERATOR, OLD, [1, 2, 3, 4, 5, 6], "own")
        topic_acts.act(connection, Who("b"), OLD, [1, 2, 3, 4, 5, 6, 7], "mute", "已派专人", 3)
        # Two old requests have left the period, five new ones have come; another topic shares one.
        found = topic_acts.standing(connection, {NEW: [9, 8, 3, 4, 5, 6, 7, 10, 11, 12], OTHER: [1, 20, 21, 22, 23]})
        assert found.keys() == {NEW}
        assert (found[NEW].owner, found[NEW].reason, bool(found[NEW].muted_until)) == ("oper", "已派专人", True)
        assert topic_acts.standing(connection, {NEW: [3, 4, 5]}, now() + timedelta(days=4)) == {NEW: Standing("oper")}
        topic_acts.act(connection, Who("b"), NEW, [9, 3, 4, 5], "unmute")
        assert topic_acts.standing(connection, {NEW: [3, 4, 5]}) == {NEW: Standing("oper")}
        assert topic_acts.standing(connection, {}) == {}


def test_what_was_done_before_the_first_request_was_there_is_not_read(database: Database) -> None:
    with database.write() as connection:
        topic_acts.act(connection, OPERATOR, OLD, [1, 2], "own")
        assert topic_acts.standing(connection, {NEW: [1, 2]}) == {NEW: Standing("oper")}
    time.sleep(0.01)
    first, second = make(database), make(database)
    with database.write() as connection:
        topic_acts.act(connection, Who("b"), OLD, [second], "own")
        assert (first, second) == (1, 2)  # which nobody could have known before
        assert topic_acts.standing(connection, {NEW: [first, second]}) == {NEW: Standing("b")}
        connection.execute(sa.delete(acts).where(acts.c.made_by == "b"))
        assert topic_acts.standing(connection, {NEW: [first, second]}) == {}


def test_a_mute_needs_a_reason(database: Database) -> None:
    for action, code in (("mute", "reason_needed"), ("forget", "bad_value")):
        with database.write() as connection, pytest.raises(ServiceError) as caught:
            topic_acts.act(connection, OPERATOR, OLD, [1], action, " ")
        assert caught.value.code == code


def test_a_mute_holds_for_what_was_muted_in_any_period(database: Database) -> None:
    with database.write() as connection:
        topic_acts.act(connection, OPERATOR, OLD, range(1, 241), "own")
        topic_acts.act(connection, OPERATOR, OLD, range(1, 241), "mute", "已派专人")
        week, grown, far = list(range(1, 41)), list(range(121, 361)), list(range(1, 482))
        found = topic_acts.standing(connection, {NEW: week})[NEW]
        assert found.muted_until and found.owner == "oper"
        assert topic_acts.standing(connection, {NEW: grown})[NEW].muted_until  # half of it
        assert topic_acts.standing(connection, {NEW: far}) == {NEW: Standing("oper")}  # of most of it nobody has said anything


@pytest.mark.parametrize("size", [900, 1001, 5000])
def test_a_mute_of_a_large_topic_holds(database: Database, size: int) -> None:
    with database.write() as connection:
        topic_acts.act(connection, OPERATOR, OLD, range(1, size + 1), "mute", "已派专人")
        assert topic_acts.standing(connection, {OLD: range(1, size + 1)})[OLD].muted_until
        moved = [*range(size // 8, size + 1), *range(90_001, 90_001 + size // 8)]  # most of it is the same
        assert topic_acts.standing(connection, {NEW: moved})[NEW].muted_until


def test_what_was_done_before_the_last_request_came_counts(database: Database) -> None:
    first = make(database)
    with database.write() as connection:
        topic_acts.act(connection, OPERATOR, OLD, [first], "own")
    time.sleep(0.01)
    second = make(database)
    with database.write() as connection:
        assert topic_acts.standing(connection, {NEW: [first, second]}) == {NEW: Standing("oper")}
