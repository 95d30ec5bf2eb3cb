from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.analysis.count import Line, count
from service.analysis.question import COMPARED, DIMENSIONS, TIMES, Filter, Question, read, written
from service.analysis.rates import RATES
from service.failures import ServiceError
from tests.snapshots import opened, row

AS_OF = datetime(2026, 4, 1)
# Counted by hand; every figure below can be followed on paper.
HAND = [
    row(1, town="A", sent=[("U", 5)], final="U", contacted=True, resolved="解决", satisfied="满意", caller="a", due_at=datetime(2026, 3, 9),
        closed_at=datetime(2026, 3, 8), tags=["crowd=老年人"], how="auto", suggested_unit="U"),
    row(2, town="A", sent=[("U", 10), ("V", 60)], back=[("U", "属地不符")], final="V", contacted=False, resolved="未解决", satisfied="不满意",
        caller="a", repeat_of=1, due_at=datetime(2026, 3, 9), closed_at=datetime(2026, 3, 10), suggested_unit="U"),
    row(3, town="B", item="080104", sent=[("V", 20)], final="V", contacted=True, resolved="解释说明", satisfied="非诉求性不满意", caller="b",
        tags=["crowd=老年人", "crowd=学生家长"], suggested_unit="V"),
    row(4, "2026-03-31T09:00", town="B", item="080104", sent=[("U", 30), ("V", 40)], back=[("U", "职能交叉"), ("V", "属地不符")], state="disputed",
        due_at=datetime(2026, 4, 9), caller="c"),
    row(5, "2026-02-28T09:00", town="", sent=[("W", 1)], due_at=datetime(2026, 3, 9), resolved="部分解决", satisfied="基本满意"),
    row(6, "2026-02-28T09:00", town="A", caller="d", tags=["risk=劳资"]),
]  # fmt: skip


def ask(rate: str = "count", by: str = "", **values: Any) -> Any:
    pairs = [("rate", rate), ("by", by), *((name, each) for name, found in values.items() for each in ([found] if isinstance(found, str) else found))]
    return count(opened(HAND), read(pairs), AS_OF)


@pytest.mark.parametrize(
    ("rate", "numerator", "denominator", "outside"),
    [
        ("count", 6, 6, 0),
        ("responded", 2, 3, 2),  # 1 and 3 of 1, 2, 3; of 4 and 5 nobody told
        ("resolved", 1, 3, 2),  # 1 of 1, 2, 5; 3 was explained, of 4 nobody told
        ("satisfied", 2, 3, 2),  # 1 and 5 of 1, 2, 5
        ("first_try", 2, 3, 2),  # 1 and 3 of 1, 2, 3; 4 and 5 have no final unit
        ("accuracy", 3, 6, 1),  # dispatches: 1 taken; 2 back, taken; 3 taken; 4 back, back; 5 still open
        ("suggestion", 2, 3, 0),
        ("refused", 3, 7, 0),
        ("repeat", 1, 5, 1),  # of 5 nobody knows the caller
        ("overdue", 2, 4, 0),  # 2 late, 5 open past its day; 1 in time, 4 not due yet
        ("reopened", 0, 0, 5),
        ("auto", 1, 5, 1),
    ],
)
def test_rates_are_those_counted_by_hand(rate: str, numerator: int, denominator: int, outside: int) -> None:
    total = ask(rate).total
    assert tuple(total[2:]) == (numerator, denominator, outside)
    assert total.rate == (numerator / denominator if denominator else None)


def test_refusals_by_unit_and_reason_stand_over_all_dispatches_of_the_unit() -> None:
    assert [(line.keys, line.numerator, line.denominator) for line in ask("refused", "unit").lines] == [
        (("U",), 2, 3), (("V",), 1, 3), (("W",), 0, 1),
    ]  # fmt: skip
    assert [(line.keys, line.numerator, line.denominator) for line in ask("refused", "unit,reason").lines] == [
        (("U", "属地不符"), 1, 3), (("U", "职能交叉"), 1, 3), (("V", "属地不符"), 1, 3),
    ]  # fmt: skip


def test_counts_by_one_and_by_two() -> None:
    assert [(line.keys, line.n) for line in ask(by="town").lines] == [(("A",), 3), (("B",), 2), (("",), 1)]
    assert [(line.keys, line.n) for line in ask(by="month").lines] == [(("2026-02",), 2), (("2026-03",), 4)]
    assert {line.keys: line.n for line in ask(by="town,item_1").lines} == {("A", "07"): 3, ("B", "08"): 2, ("", "07"): 1}
    found = ask(by="tag.crowd")
    assert {line.keys: line.n for line in found.lines} == {("老年人",): 2, ("学生家长",): 1, ("",): 4}
    assert found.several and not ask(by="town").several


def test_filters() -> None:
    assert [ask(**values).total.n for values in (
        {"town": "A"}, {"town": ["A", "~"]}, {"item": "07"}, {"item": "0801"}, {"item": "080104"}, {"tag.crowd": "老年人"},
        {"tag.crowd": "~"}, {"reason": "属地不符"}, {"unit": "V"}, {"since": "2026-03-01"}, {"until": "2026-02-28"}, {"words": "没有"},
    )] == [3, 4, 4, 2, 2, 2, 4, 2, 3, 4, 2, 0]  # fmt: skip
    assert ask("refused", unit="U").total[2:4] == (2, 3)


def test_nobody_counted_is_no_rate() -> None:
    found = ask("satisfied", town="nowhere")
    assert (found.total, found.total.rate, found.lines) == (Line((), 0, 0, 0, 0), None, ())


FACTS = st.fixed_dictionaries(
    {
        "town": st.sampled_from(["A", "B", ""]), "item": st.sampled_from(["070301", "070302", "080104"]), "type": st.sampled_from(["求助", "投诉"]),
        "satisfied": st.sampled_from(["", "满意", "不满意"]), "tags": st.lists(st.sampled_from(["crowd=老年人", "risk=劳资"]), unique=True),
        "at": st.sampled_from(["2025-12-31T09:00", "2026-01-01T09:00", "2026-02-28T23:59"]),
        "sent": st.lists(st.tuples(st.sampled_from("UVW"), st.integers(1, 90)), max_size=2), "caller": st.sampled_from(["", "a", "b"]),
    }
)  # fmt: skip
SINGLE = [name for name, each in DIMENSIONS.items() if not each.several]


@given(st.lists(FACTS, min_size=1, max_size=12), st.sampled_from(SINGLE), st.sampled_from(["count", "satisfied", "repeat", "refused"]))
@settings(max_examples=60, deadline=None)
def test_parts_sum_to_the_whole(found: Sequence[dict[str, Any]], by: str, rate: str) -> None:
    table = count(opened([row(number, **each) for number, each in enumerate(found)]), Question(by=(by,), rate=rate), AS_OF)
    assert not table.several
    for place in range(1, 5):
        assert sum(line[place] for line in table.lines) == table.total[place]  # type: ignore[misc]
    assert all(line.numerator <= line.denominator <= line.n for line in table.lines)


@given(st.lists(FACTS, max_size=12), st.permutations([("town", ("A", "")), ("type", ("求助",)), ("tag.crowd", ("老年人",)), ("item", ("07",))]))
@settings(max_examples=40, deadline=None)
def test_filters_commute(found: Sequence[dict[str, Any]], order: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    connection = opened([row(number, **each) for number, each in enumerate(found)])
    told, back = Filter(values=tuple(order)), Filter(values=tuple(reversed(order)))
    assert count(connection, Question(told), AS_OF).total == count(connection, Question(back), AS_OF).total


@given(st.lists(FACTS, min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_what_is_rolled_up_is_the_sum_of_what_is_below(found: Sequence[dict[str, Any]]) -> None:
    connection = opened([row(number, **each) for number, each in enumerate(found)])
    for above, below, cut in (("item_1", "item", 2), ("item_2", "item", 4), ("year", "month", 4), ("year", "day", 4), ("month", "day", 7)):
        parents = {line.keys[0]: line.n for line in count(connection, Question(by=(above,)), AS_OF).lines}
        children: dict[str, int] = {}
        for line in count(connection, Question(by=(below,)), AS_OF).lines:
            children[line.keys[0][:cut]] = children.get(line.keys[0][:cut], 0) + line.n
        assert parents == children


VALUES = st.dictionaries(st.sampled_from(["town", "tag.crowd", "type"]), st.sampled_from([("",), ("A",), ("", "B")]))
FILTERS = st.builds(
    Filter, st.none() | st.just(date(2026, 1, 1)), st.none() | st.just(date(2026, 2, 1)), VALUES.map(lambda found: tuple(sorted(found.items()))),
    st.sampled_from([(), ("路灯",), ("井盖", "路灯")]),
)  # fmt: skip
BY = st.lists(st.sampled_from(sorted(DIMENSIONS)), max_size=2, unique=True).map(tuple)


@given(st.builds(Question, FILTERS, BY, st.sampled_from(sorted(RATES)), st.sampled_from(COMPARED)))
def test_a_question_written_as_an_address_is_the_same_when_read(question: Question) -> None:
    assert read(written(question)) == question


@pytest.mark.parametrize(
    "pairs",
    [
        [("by", "nothing")], [("by", "town,item,type")], [("rate", "best")], [("compare", "never")], [("since", "昨天")], [("tag.x'; DROP", "1")],
        [("since", "2026-02-01"), ("until", "2026-01-01")], [("town", str(each)) for each in range(51)], [("drop table", "x")],
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(ServiceError) as caught:
        read(pairs)
    assert caught.value.code in ("unknown_code", "bad_value")


def test_every_dimension_and_every_rate_can_be_asked() -> None:
    connection = opened(HAND)
    for name in (*DIMENSIONS, "tag.crowd"):
        for rate in RATES:
            count(connection, Question(by=(name,), rate=rate), AS_OF)
    assert set(TIMES) <= set(DIMENSIONS)
