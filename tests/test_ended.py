from dataclasses import replace
from datetime import date

import pytest

from service.analysis.ended import ended
from service.analysis.question import Filter
from triage.profile import Profile
from triage.succession import Period

LAST, TODAY = date(2025, 12, 31), date(2026, 3, 1)


@pytest.fixture
def changed(kaiping: Profile) -> Profile:
    """GL merged into JT; GA became one that began when it ended; ZJ was split in two."""
    units = dict(kaiping.units)
    new = [("N1", "新局"), ("N2", "甲局"), ("N3", "乙局")]
    for code, name in new:
        units[code] = units["GA"]._replace(code=code, short=name, period=Period(date(2026, 1, 1), date.max))
    for code, heirs in (("GL", ("JT",)), ("GA", ("N1",)), ("ZJ", ("N2", "N3"))):
        units[code] = units[code]._replace(period=Period(date.min, LAST), successors=heirs)
    return replace(kaiping, units=units)


@pytest.mark.parametrize(
    ("unit", "words", "heirs"),
    [("GL", "已并入", ("JT",)), ("GA", "已改为 新局(至 2025-12-31 止)", ("N1",)), ("ZJ", "已分为 甲局、乙局", ("N2", "N3"))],
)  # fmt: skip
def test_who_took_over_is_told(changed: Profile, unit: str, words: str, heirs: tuple[str, ...]) -> None:
    (found,) = ended(Filter(values=(("first_unit", (unit,)),)), changed, TODAY)
    assert words in found.words and found.words.startswith(changed.units[unit].short)
    assert tuple(key for key, _ in found.heirs) == heirs and (found.name, found.key) == ("first_unit", unit)


def test_nothing_is_said_where_it_stood_or_its_successor_is_named_too(changed: Profile) -> None:
    assert ended(Filter(until=LAST, values=(("unit", ("GL",)),)), changed, TODAY) == ()
    assert ended(Filter(values=(("unit", ("GL", "JT")),)), changed, TODAY) == ()
    assert ended(Filter(values=(("unit", ("JT", "")), ("channel", ("GL",)))), changed, TODAY) == ()
    assert ended(Filter(values=(("unit", ("GL",)),)), None, TODAY) == ()


def test_items_and_towns_have_successors_too(kaiping: Profile) -> None:
    items = dict(kaiping.items)
    items["080104"] = items["080104"]._replace(period=Period(date.min, LAST), successors=("070301",))
    (found,) = ended(Filter(values=(("item", ("080104",)),)), replace(kaiping, items=items), TODAY)
    assert found.heirs == (("070301", "路灯"),) and "已并入 路灯" in found.words
