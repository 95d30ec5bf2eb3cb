import threading
from typing import Any

import pytest
import sqlalchemy as sa

from service import store
from service.audit import Who
from service.database import Database
from service.failures import ServiceError
from service.once import earlier
from service.store import Choice, Done
from service.tables import decisions, events, heads, refusals, requests, suggestions
from service.transitions import CLOSED, DISPATCHED, DISPUTED, FINAL, NEW, RETURNED
from tests.stores import OPERATOR, call, make
from triage.records import Refusal

OTHER = Who("other")


def decide(database: Database, number: int, version: int, action: str = "accept", who: Who = OPERATOR, **choice: Any) -> Done:
    with database.write() as connection:
        return store.decide(connection, who, number, version, action, Choice(**{"unit": "ZJ", **choice}), call())


def refuse(database: Database, number: int, version: int, unit: str = "ZJ") -> Done:
    with database.write() as connection:
        return store.send_back(connection, OPERATOR, number, version, Refusal(unit, "属地不符"), "", call())


def count(database: Database, table: sa.Table) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_a_request_goes_its_way_and_every_step_stays(database: Database) -> None:
    number = make(database)
    assert decide(database, number, 1) == Done(number, 2, DISPATCHED)
    assert refuse(database, number, 2) == Done(number, 3, RETURNED)
    assert decide(database, number, 3, "choose", unit="GA") == Done(number, 4, DISPATCHED)
    assert refuse(database, number, 4, "GA") == Done(number, 5, DISPUTED)
    assert decide(database, number, 5, "override", unit="SC", reason="裁定") == Done(number, 6, DISPATCHED)
    with database.write() as connection:
        assert store.settle(connection, OPERATOR, number, 6, Choice("SC"), call()) == Done(number, 7, FINAL)
        assert [each.unit for each in store.refused(connection, number)] == ["ZJ", "GA"]
        assert store.current(connection, number) == (7, FINAL, "")
        steps = connection.execute(sa.select(events.c.version, events.c.action).order_by(events.c.version)).all()
    assert [tuple(step) for step in steps] == list(enumerate(["create", "accept", "refuse", "choose", "escalate", "override", "final"], start=1))
    assert (count(database, decisions), count(database, refusals)) == (3, 2)


def test_a_stale_version_is_a_conflict_that_says_what_is_true_now(database: Database) -> None:
    number = make(database)
    decide(database, number, 1)
    with pytest.raises(ServiceError, match="version 2, not 1") as caught:
        decide(database, number, 1, who=OTHER)
    assert (caught.value.code, caught.value.fields) == ("conflict", {"version": 2, "state": DISPATCHED, "owner": "oper", "owner_name": "oper"})
    assert count(database, decisions) == 1


def test_of_many_who_decide_at_once_one_wins(database_url: str, database: Database) -> None:
    number = make(database)
    other = Database(database_url)
    won, lost = [], []

    def attempt(source: Database, name: str) -> None:
        try:
            won.append(decide(source, number, 1, who=Who(name)))
        except ServiceError as error:
            lost.append(error.code)

    threads = [threading.Thread(target=attempt, args=(source, f"n{each}")) for each in range(6) for source in (database, other)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    other.close()
    assert (len(won), lost) == (1, ["conflict"] * 11)
    assert count(database, decisions) == 1


def test_what_the_table_forbids_changes_nothing(database: Database) -> None:
    number = make(database)
    assert decide(database, number, 1, "close", unit="", reason="已进入诉讼").state == CLOSED
    for version, action in ((2, "accept"), (2, "close")):
        with pytest.raises(ServiceError) as caught:
            decide(database, number, version, action)
        assert caught.value.code == "wrong_state"
    with pytest.raises(ServiceError), database.write() as connection:
        store.send_back(connection, OPERATOR, number, 2, Refusal("ZJ"), "", call())
    assert (count(database, events), count(database, refusals)) == (2, 0)


def test_an_unknown_request_is_named(database: Database) -> None:
    with pytest.raises(ServiceError, match="77") as caught:
        decide(database, 77, 1)
    assert caught.value.code == "unknown_request"


def test_claiming_and_releasing_say_who_works_on_it(database: Database) -> None:
    number = make(database)
    with database.write() as connection:
        assert store.hold(connection, OPERATOR, number, 1, "claim", call()) == Done(number, 2, NEW)
        assert store.head(connection, number).owner == "oper"
        store.hold(connection, OPERATOR, number, 2, "release", call())
        assert store.head(connection, number).owner == ""


def test_who_takes_it_up_does_not_make_it_wait_less(database: Database) -> None:
    number = make(database)
    with database.write() as connection:
        since = store.head(connection, number).changed_at
        store.hold(connection, OPERATOR, number, 1, "claim", call())
        store.hold(connection, OPERATOR, number, 2, "release", call())
        assert store.head(connection, number).changed_at == since
        store.decide(connection, OPERATOR, number, 3, "accept", Choice("ZJ"), call())
        assert store.head(connection, number).changed_at > since


def test_a_call_is_known_again_by_its_key(database: Database) -> None:
    number = make(database, key="once")
    first = call("dec", "b")
    with database.write() as connection:
        store.decide(connection, OPERATOR, number, 1, "accept", Choice("ZJ"), first)
    with database.read() as connection:
        found = earlier(connection, first)
        assert found is not None and tuple(found)[:2] == (number, 2)
        assert earlier(connection, call("other")) is None
        assert earlier(connection, call()) is None
        with pytest.raises(ServiceError) as caught:
            earlier(connection, call("dec", "c"))
    assert caught.value.code == "key_reused"


def test_the_database_itself_refuses_a_second_row_for_one_key_or_version(database: Database) -> None:
    number = make(database)
    for values in ({"version": 1, "once": None}, {"version": 2, "once": "m"}, {"version": 3, "once": "m"}):
        row = {"request_id": number, "action": "x", "state": NEW, "owner": "", "once_body": "", "made_by": "", "made_at": sa.func.current_timestamp()}
        if values == {"version": 2, "once": "m"}:
            with database.write() as connection:
                connection.execute(events.insert().values(row | values))
        else:
            with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
                connection.execute(events.insert().values(row | values))


def test_a_later_suggestion_is_added_and_moves_the_request_in_the_queue(database: Database) -> None:
    from tests.stores import suggestion

    number = make(database)
    with database.write() as connection:
        store.suggest(connection, OPERATOR, number, {"noise": "noise.site"}, suggestion(urgency="特急", due="2026-12-01T09:00:00+08:00"))
        found = store.head(connection, number)
    assert (found.version, found.urgent, found.due_at.isoformat()) == (1, 0, "2026-12-01T01:00:00")
    assert count(database, suggestions) == 2


def test_heads_repeat_the_last_events(database: Database) -> None:
    numbers = [make(database) for _ in range(4)]
    decide(database, numbers[0], 1)
    refuse(database, numbers[0], 2)
    decide(database, numbers[1], 1)
    with database.read() as connection:
        for row in connection.execute(sa.select(heads)):
            assert (row.version, row.state, row.owner) == store.current(connection, row.request_id)
        assert connection.execute(sa.select(sa.func.count()).select_from(requests)).scalar_one() == 4
