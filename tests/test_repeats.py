"""Repeat callers counted by hand; topics that are group events."""

from dataclasses import replace
from datetime import date, timedelta

from service.analysis.repeats import GROUP_PEOPLE, Repeat, between, is_group
from service.analysis.topics import Told, Topic
from tests.snapshots import opened, row

DAY = date(2026, 3, 2)


def test_one_caller_about_one_item() -> None:
    rows = [row(number, f"2026-03-0{number}T09:00", caller="a", sent=[("CG", 5)], final="CG" if number == 1 else "") for number in (1, 2, 3)]
    rows += [row(4, caller="a", item="080104"), row(5, caller="b"), row(6, caller="b"), *(row(10 + number) for number in range(5))]
    rows += [row(20 + number, caller="z", confidential=True) for number in range(5)]
    connection = opened(rows)
    assert between(connection, date(2026, 3, 1), date(2026, 3, 31)) == [
        Repeat("a", "070301", 3, 2, date(2026, 3, 1), date(2026, 3, 3), ("CG",), (1, 2, 3))
    ]
    assert between(connection, date(2026, 3, 2), date(2026, 3, 31)) == []
    assert [each.caller for each in between(connection, date(2026, 3, 1), date(2026, 3, 31), least=2)] == ["a", "b"]
    connection.close()


def test_an_item_without_a_crosswalk_keeps_its_old_code() -> None:
    connection = opened([row(number, caller="a", item="gone", item_now="") for number in range(3)])
    assert [each.item for each in between(connection, DAY, DAY)] == ["!gone"]
    connection.close()


def test_many_callers_within_days_are_a_group() -> None:
    topic = Topic((), 12, GROUP_PEOPLE, 0, DAY, DAY + timedelta(days=6), (), "", "", Told(1, DAY, ""), (1,), 0.5)
    assert is_group(topic)
    assert not is_group(replace(topic, last=DAY + timedelta(days=7))) and not is_group(replace(topic, people=GROUP_PEOPLE - 1, unknown=9))
