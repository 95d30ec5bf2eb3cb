from datetime import timedelta

import pytest
import sqlalchemy as sa

from service import accounts, store, views
from service.audit import Who
from service.database import Database, now
from service.failures import ServiceError
from service.store import Choice
from service.tables import events, heads
from service.views import Search
from tests.stores import OPERATOR, VERSIONS, call, make
from triage.records import Refusal, Request

TARGET = timedelta(minutes=10)
NONE = (-1, 0)


def numbers(found: list[views.Json]) -> list[int]:
    return [each["id"] for each in found]


def test_one_request_is_shown_with_its_suggestion_and_history(database: Database) -> None:
    number = make(database, "泮村路灯坏了", request=Request("泮村路灯坏了", title="路灯", id="A-1", channel="电话"))
    with database.write() as connection:
        shown = views.one(connection, number)["suggestion"]["id"]
        store.decide(connection, OPERATOR, number, 1, "override", Choice("GA", "", "070301", ("GL",), "更合适", shown), call())
        found = views.one(connection, number)
    assert (found["ref"], found["text"], found["state"], found["state_name"], found["version"]) == ("A-1", "泮村路灯坏了", "dispatched", "已派单", 2)
    assert found["suggestion"]["shown"]["units"][0]["code"] == "ZJ"
    assert found["suggestion"]["versions"] == {"engine": VERSIONS.engine, "model": VERSIONS.model, "profile": VERSIONS.profile}
    assert [each["action"] for each in found["history"]] == ["create", "override"]
    detail = found["history"][1]["detail"]
    assert detail == {"suggestion_id": shown, "unit": "GA", "area": "", "item": "070301", "co_units": ["GL"], "reason": "更合适"}
    assert (found["has_contact"], found["allowed"]) == (False, ["escalate", "final", "refuse"])


def test_who_did_what_is_told_in_words(database: Database) -> None:
    number = make(database)
    with database.write() as connection:
        accounts.create(connection, "oper", "李红", 24)
        store.hold(connection, Who("token:demo"), number, 1, "claim", call())
        assert [each["owner_name"] for each in views.queue(connection, "open", "oper", TARGET, NONE, 5)] == ["接口 demo"]
        assert [each["owner_name"] for each in views.search(connection, Search(), 0, 5)] == ["接口 demo"]
        with pytest.raises(ServiceError) as caught:
            store.decide(connection, OPERATOR, number, 1, "accept", Choice("ZJ"), call())
        assert caught.value.fields["owner_name"] == "接口 demo"
        store.decide(connection, OPERATOR, number, 2, "accept", Choice("ZJ"), call())
        found = views.one(connection, number)
    assert [(each["made_by"], each["made_by_name"]) for each in found["history"]] == [
        ("oper", "李红"), ("token:demo", "接口 demo"), ("oper", "李红"),
    ]  # fmt: skip
    assert (found["owner_name"], found["made_by_name"]) == ("李红", "李红")


@pytest.mark.parametrize(
    ("words", "hits"), [("路灯", 2), ("路灯 泮村", 1), ("%", 1), ("_", 0), ("\\", 0), ("' OR 1=1 --", 0), ("'; DROP TABLE requests; --", 0)]
)
def test_words_are_searched_for_literally(database: Database, words: str, hits: int) -> None:
    for text in ("泮村路灯坏了", "路灯不亮", "打了9折, 不是100%"):
        make(database, text, request=Request(text))
    with database.read() as connection:
        found = views.search(connection, Search(words=words), 0, 50)
    # The title of every request in these tests is 路灯.
    assert len(found) == (3 if words == "路灯" else hits)


def test_pages_of_a_search_meet_without_gap_or_overlap(database: Database) -> None:
    made = [make(database) for _ in range(7)]
    seen: list[int] = []
    with database.read() as connection:
        while page := views.search(connection, Search(), seen[-1] if seen else 0, 3):
            seen += numbers(page)
    assert seen == made[::-1]


def test_a_search_narrows_by_everything_it_names(database: Database) -> None:
    first, second = make(database, request=Request("a b", id="R1")), make(database)
    with database.write() as connection:
        store.decide(connection, OPERATOR, second, 1, "accept", Choice("ZJ"), call())
    with database.read() as connection:
        for wanted, expected in (
            (Search(ref="R1"), [first]),
            (Search(state="dispatched"), [second]),
            (Search(unit="ZJ", owner="oper"), [second]),
            (Search(since=now() + timedelta(hours=1)), []),
            (Search(until=now() + timedelta(hours=1)), [second, first]),
        ):
            assert numbers(views.search(connection, wanted, 0, 50)) == expected


def test_the_most_urgent_wait_in_front_and_pages_meet(database: Database) -> None:
    made = [make(database, urgency=urgency) for urgency in ("一般", "特急", "紧急", "特急", "一般")]
    seen: list[int] = []
    after = NONE
    with database.read() as connection:
        while page := views.queue(connection, "open", "oper", TARGET, after, 2):
            seen += numbers(page)
            last = connection.execute(sa.select(heads.c.urgent).where(heads.c.request_id == seen[-1])).scalar_one()
            after = (last, seen[-1])
    assert seen == [made[1], made[3], made[2], made[0], made[4]]


def test_queues_hold_what_their_names_say(database: Database) -> None:
    new, mine, back, sent, late = [make(database) for _ in range(5)]
    with database.write() as connection:
        store.hold(connection, OPERATOR, mine, 1, "claim", call())
        store.decide(connection, OPERATOR, back, 1, "accept", Choice("ZJ"), call())
        store.send_back(connection, OPERATOR, back, 2, Refusal("ZJ"), "", call())
        store.decide(connection, OPERATOR, sent, 1, "accept", Choice("ZJ"), call())
        connection.execute(heads.update().where(heads.c.request_id == late).values(changed_at=now() - timedelta(minutes=11)))
    with database.read() as connection:
        for name, expected in {
            "open": [new, mine, back, late], "new": [new, mine, late], "mine": [mine], "returned": [back], "disputed": [], "overdue": [late]
        }.items():  # fmt: skip
            found = views.queue(connection, name, "oper", TARGET, NONE, 50)
            assert numbers(found) == expected
            assert {each["id"] for each in found if each["overdue"]} == {late} & set(expected)
            assert views.counts(connection, "oper", TARGET)[name] == len(expected)
        with pytest.raises(ServiceError) as caught:
            views.queue(connection, "all", "oper", TARGET, NONE, 50)
    assert caught.value.code == "unknown_code"


def test_a_claim_counts_for_so_long_and_shorter_where_it_is_urgent(database: Database) -> None:
    urgent, plain, sent = (make(database, urgency=each) for each in ("特急", "一般", "特急"))
    with database.write() as connection:
        for number in (urgent, plain, sent):
            store.hold(connection, OPERATOR, number, 1, "claim", call())
        store.decide(connection, OPERATOR, sent, 2, "accept", Choice("ZJ"), call())

    def lapsed(minutes: int) -> tuple[list[int], list[int]]:
        with database.write() as connection:
            connection.execute(events.update().values(made_at=now() - timedelta(minutes=minutes)))
            waiting = views.queue(connection, "open", "other", TARGET, NONE, 50)
            found = numbers(views.queue(connection, "lapsed", "other", TARGET, NONE, 50))
            assert views.counts(connection, "other", TARGET)["lapsed"] == len(found)
            assert [each["lapsed"] for each in waiting] == [views.one(connection, each["id"])["lapsed"] for each in waiting]
            assert all(each["claimed_at"] for each in waiting) and not views.one(connection, sent)["claimed_at"]
            return [each["id"] for each in waiting if each["lapsed"]], found

    assert lapsed(9) == ([], [])
    assert lapsed(11) == ([urgent], [urgent])
    assert lapsed(31) == ([urgent, plain], [urgent])
    with database.write() as connection:
        store.hold(connection, Who("other"), urgent, 2, "claim", call())
        assert views.one(connection, urgent)["lapsed"] is False
        assert views.one(connection, plain, views.Claims(timedelta(hours=1), timedelta(hours=1)))["lapsed"] is False


def test_the_feed_gives_every_event_once_in_order(database: Database) -> None:
    number = make(database, request=Request("a b", id="H-9"))
    with database.write() as connection:
        store.decide(connection, OPERATOR, number, 1, "accept", Choice("ZJ"), call())
    other = make(database)
    seen: list[views.Json] = []
    with database.read() as connection:
        while page := views.feed(connection, seen[-1]["cursor"] if seen else 0, 2):
            seen += page
    assert [(each["request"], each["version"], each["ref"]) for each in seen] == [(number, 1, "H-9"), (number, 2, "H-9"), (other, 1, "")]
    assert seen[1]["detail"]["unit"] == "ZJ"
