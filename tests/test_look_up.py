from dataclasses import replace
from datetime import date

import pytest

from triage.errors import UsageError
from triage.look_up import table_route
from triage.profile import Profile
from triage.succession import Period

LAST, DAY = date(2026, 6, 30), date(2026, 7, 1)
LAMPS, WAGES, TOWN, CENTRE = "070301", "010101", "440783117", "440783001"


def said(text: str) -> dict[str, str]:
    return {line[:2]: line[4:] for line in text.splitlines()}


@pytest.mark.parametrize("place", [TOWN, "水口", "开平市水口镇泮村"])
def test_the_row_of_a_town(kaiping: Profile, place: str) -> None:
    lead = kaiping.lead(LAMPS, TOWN, DAY)
    assert lead is not None
    found = said(table_route(kaiping, LAMPS, place, DAY))
    assert found["事项"] == "城市管理 / 市政设施 / 路灯 [070301]"
    assert found["地点"] == f"水口镇 [{TOWN}]   日期  2026-07-01"
    assert found["主办"] == "水口镇 [ZJX]"
    assert found["出处"] == f"responsibility.csv:{lead.row} (适用镇), 长期有效, 待市确认"
    assert [part.split("[")[1][:2] for part in found["协办"].split("、")] == ["GL", "CG"]


def test_an_unknown_place_and_a_park(kaiping: Profile) -> None:
    assert said(table_route(kaiping, LAMPS, "", DAY))["主办"].endswith("[CG]")
    assert said(table_route(kaiping, LAMPS, "翠山湖", DAY))["主办"].endswith("[CSH]")


def test_a_confirmed_row_of_its_own_with_dates(kaiping: Profile) -> None:
    row = kaiping.duties[WAGES][0]
    rows = (
        row._replace(period=Period(date.min, LAST)),
        row._replace(unit="GA", own=True, confirmed=True, confirmed_by="编办", period=Period(DAY, date.max)),
    )
    profile = replace(kaiping, duties={WAGES: rows})
    before, after = said(table_route(profile, WAGES, "", LAST)), said(table_route(profile, WAGES, "", DAY))
    assert before["出处"].endswith("(适用全市), 至 2026-06-30, 待市确认")
    assert after["出处"].endswith("(适用全市), 自 2026-07-01 起, 已确认, 确认人 编办")
    assert "性质" not in before
    assert after["性质"] == "部门本级职责, 不下派镇街"
    assert after["协办"] == "无"


def test_disputed_duties_are_named(kaiping: Profile) -> None:
    row = kaiping.overlaps[0]
    assert f"overlaps.csv:{row.row}" in table_route(kaiping, row.items[0], "", DAY)


@pytest.mark.parametrize(
    ("item", "place", "words"),
    [
        ("路灯", "", "no item '路灯'.*070301 路灯"),
        ("999999", "", "no item '999999'.*Use a code of items.csv"),
        ("0703", "", "has items below it. Use one of 070301"),
        (LAMPS, "火星", "'火星' names no town"),
    ],
)
def test_what_there_is_not(kaiping: Profile, item: str, place: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        table_route(kaiping, item, place, DAY)


def test_items_and_towns_that_ended(kaiping: Profile) -> None:
    ended = Period(date.min, LAST)
    items = {**kaiping.items, WAGES: kaiping.items[WAGES]._replace(period=ended, successors=(LAMPS,))}
    with pytest.raises(UsageError, match="does not exist on 2026-07-01. Use 070301"):
        table_route(replace(kaiping, items=items), WAGES, "", DAY)
    town = kaiping.towns[TOWN]
    merged = replace(kaiping, towns={**kaiping.towns, TOWN: town._replace(period=ended, successors=(CENTRE,))})
    assert said(table_route(merged, LAMPS, "水口镇", DAY))["地点"].startswith("三埠街道")
    gone = replace(kaiping, towns={**kaiping.towns, TOWN: town._replace(period=ended)})
    with pytest.raises(UsageError, match="水口镇 does not exist on 2026-07-01"):
        table_route(gone, LAMPS, "水口镇", DAY)
