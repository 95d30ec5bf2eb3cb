"""Topics of hand-made requests, and those planted in a demo city."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from service.analysis.topics import LEAST, PEOPLE, Told, between, find, told
from service.demo_plan import DISPUTE, REPEAT, SURGE, Span, arrivals, place, read_happenings
from service.demo_texts import Teller, read_examples
from tests.snapshots import opened, row
from triage.locations import shipped
from triage.profile import Profile

DAY = date(2026, 3, 2)
WATER = ("水口自来水发黄，放了十几分钟还是黄的", "我们这条街自来水发黄，过滤网一天变黑", "自来水发黄，过滤网都变黑了，水口整条街一样")
OTHERS = (
    "路灯坏了半个月没有修", "公交车等了很久都没来", "小学报名需要什么材料", "楼上装修从早敲到晚", "医保卡丢了怎样补办", "想问下居住证怎么办理",
    "河边垃圾没人清理", "门口有人违章停车", "租房押金不退给我", "退休金这个月少发了", "物业不开电梯", "驾驶证过期怎样换证",
)  # fmt: skip


def requests(callers: Sequence[str], start: int = 100) -> list[Told]:
    usual = [Told(number, DAY, OTHERS[number % len(OTHERS)] + f"第{number}号楼{number * 7919 % 1000}室", caller=f"u{number}") for number in range(24)]
    water = [
        Told(start + number, DAY + timedelta(days=number), WATER[number % 3], "", caller, "T1", "140102", "GS")
        for number, caller in enumerate(callers)
    ]
    return [*usual, *water]


def water(callers: Sequence[str]) -> list[int]:
    """The size of each topic about the water."""
    return [each.n for each in find(requests(callers)) if each.item == "140102"]


def test_a_matter_is_told_with_who_when_where_and_in_which_words() -> None:
    (found,) = [each for each in find(requests(["a", "b", "c", "a", "", "d"])) if each.item == "140102"]
    assert (found.n, found.people, found.unknown, found.persons) == (6, 4, 1, 5)
    assert (found.first, found.last) == (DAY, DAY + timedelta(days=5))
    assert (found.towns, found.unit) == ((("T1", 6),), "GS")
    assert any("自来水" in phrase for phrase in found.phrases)
    assert found.typical.id == found.requests[0] and set(found.requests) == set(range(100, 106))
    assert len(found.mark) == 16


def test_requests_without_a_town_are_counted_as_such() -> None:
    rows = [replace(each, town="") if each.id >= 104 else each for each in requests(list("abcdef"))]
    (found,) = [each for each in find(rows) if each.item == "140102"]
    assert (found.towns, found.nowhere) == ((("T1", 4),), 2)


def test_a_few_callers_are_no_topic_however_often_they_call() -> None:
    assert water(["a"] * 9) == [] and water(["a", "b"] * 4) == []
    assert water(["a", "b", "c"] * 2) == [6] and PEOPLE == 3
    assert water([""] * (LEAST - 1)) == []


def test_the_same_requests_give_the_same_topics() -> None:
    assert find(requests(list("abcdef"))) == find(requests(list("abcdef")))
    assert find([]) == []


def test_no_name_of_a_person_is_a_phrase() -> None:
    named = [Told(500 + number, DAY, f"村里的陈志强占了公共晒场，陈志强不让大家晒谷{number}", caller=f"n{number}") for number in range(6)]
    topics = [each for each in find([*requests([]), *named]) if each.requests[0] >= 500]
    assert topics and not any("陈志强" in phrase or "志强" in phrase for each in topics for phrase in each.phrases)


def test_confidential_requests_and_other_days_are_not_read() -> None:
    rows = [row(1, text="甲"), row(2, text="乙", confidential=True), row(3, text=""), row(4, "2026-04-01T09:00", text="丁"), row(5, text="戊")]
    connection = opened(rows)
    assert [each.id for each in told(connection, DAY, DAY)] == [1, 5]
    assert [each.id for each in told(connection, DAY, DAY, most=1)] == [5]
    assert between(connection, DAY, DAY) == []
    connection.close()


def test_what_a_demo_city_planted_is_found(kaiping: Profile) -> None:
    chance = random.Random(7)
    folder, span, teller = shipped("data", "kaiping"), Span(date(2026, 11, 1), 60, 2000), Teller(kaiping, chance)
    placed = place(read_happenings(folder), span, kaiping, teller, chance)
    came = arrivals(span, read_examples(folder), placed, kaiping, teller, chance)
    given = [
        Told(number, each.at.date(), each.example.text, each.example.title, str(each.caller), each.example.town, each.example.item)
        for number, each in enumerate(came)
    ]
    groups = [set(each.requests) for each in find(given)]
    wanted = [each.code for each in placed if each.kind not in (SURGE, REPEAT, DISPUTE)]
    for code in wanted:
        own = {number for number, each in enumerate(came) if each.planted == code}
        best = max(groups, key=lambda group: len(group & own))
        assert len(best & own) >= 0.7 * len(own) and len(best & own) >= 0.7 * len(best), code
    repeated = {number for number, each in enumerate(came) if each.planted == "caller"}
    assert not any(len(group & repeated) > len(group) / 2 for group in groups)
