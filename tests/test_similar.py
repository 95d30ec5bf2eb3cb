from hypothesis import given
from hypothesis import strategies as st

from service import similar, store
from service.database import Database
from service.similar import Recent, pairs
from service.store import Choice
from tests.stores import OPERATOR, call, make

LAMPS = "水口镇泮村的路灯坏了半个月晚上走路好黑"


@given(st.lists(st.text(alphabet="路灯坏了没人修水口镇", min_size=2, max_size=30), max_size=10), st.text(alphabet="路灯坏了水口镇", max_size=30))
def test_likeness_lies_between_0_and_1_and_is_1_for_the_same(texts: list[str], asked: str) -> None:
    recent = Recent()
    for number, text in enumerate(texts):
        recent._add(number, pairs(text))
    near, cases = recent.like(asked, 100)
    assert all(0 <= each.likeness <= 1 + 1e-9 for each in (*near, *cases))
    assert {number for number, text in enumerate(texts) if pairs(asked) and pairs(text) == pairs(asked)} <= {each.id for each in near}


def test_only_the_newest_are_kept() -> None:
    recent = Recent(most=3)
    for number in range(10):
        recent._add(number, pairs(f"路灯坏了{number}"))
    assert list(recent._pairs) == [7, 8, 9]
    assert {number for held in recent._holders.values() for number in held} == {7, 8, 9}
    recent.forget([7, 8, 9, 10])
    assert not recent._holders


def test_what_is_like_it_is_found_and_what_was_returned_is_no_case(database: Database) -> None:
    first, second, other = make(database, LAMPS), make(database, LAMPS + "谢谢"), make(database, "工地老板拖欠工资不发")
    recent = Recent()
    with database.write() as connection:
        for number in (first, second, other):
            store.decide(connection, OPERATOR, number, 1, "accept", Choice("ZJX", "440783117"), call())
    found = similar.look(database, recent, f"路灯\n{LAMPS}", 5)
    assert [each["id"] for each in found["duplicates"]] == [first, second]
    assert [each["id"] for each in found["cases"]][:2] == [first, second]
    assert [(each["unit"], each["area"]) for each in found["cases"]][:2] == [("ZJX", "440783117")] * 2
    assert similar.look(database, recent, f"路灯\n{LAMPS}", 5, but=first)["duplicates"][0]["id"] == second
    with database.write() as connection:
        from triage.records import Refusal

        store.send_back(connection, OPERATOR, first, 2, Refusal("ZJX"), "", call())
    assert first not in [each["id"] for each in similar.look(database, recent, LAMPS, 5)["cases"]]
    third = make(database, LAMPS)
    assert third in [each["id"] for each in similar.look(database, recent, f"路灯\n{LAMPS}", 5)["duplicates"]]
