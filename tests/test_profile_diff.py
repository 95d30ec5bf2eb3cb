from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from triage.profile import Duty, Overlap, Profile
from triage.profile_diff import Change, by_unit, diff
from triage.succession import Period

DAY, LAST = date(2026, 7, 1), date(2026, 6, 30)
OLD, NEW = Period(date.min, LAST), Period(DAY, date.max)
LAMPS, WAGES = "070301", "010101"
TOWN, PARK, CENTRE = "440783117", "440783400", "440783001"


def with_lead(profile: Profile, item: str, unit: str, area: str = "*") -> Profile:
    rows = tuple(duty._replace(unit=unit) if (duty.role, duty.area) == ("lead", area) else duty for duty in profile.duties[item])
    return replace(profile, duties={**profile.duties, item: rows})


def added(profile: Profile, *duties: Duty) -> Profile:
    found = dict(profile.duties)
    for duty in duties:
        found[duty.item] = (*found[duty.item], duty)
    return replace(profile, duties=found)


def changes(old: Profile, new: Profile) -> tuple[Change, ...]:
    return diff(old, new, DAY, DAY)


def test_a_profile_does_not_differ_from_itself(kaiping: Profile) -> None:
    assert changes(kaiping, kaiping) == ()


def test_one_row_is_one_line(kaiping: Profile) -> None:
    assert changes(kaiping, with_lead(kaiping, WAGES, "GA")) == (Change("lead", WAGES, "拖欠工资(非工程)", "", "RS", "GA"),)


def test_a_row_of_a_class_is_one_line_for_the_class(kaiping: Profile) -> None:
    found = changes(kaiping, with_lead(kaiping, LAMPS, "RS", "town"))
    assert found == (Change("lead", LAMPS, "路灯", "town", "ZJX", "RS"), Change("helper", LAMPS, "路灯", "town", "", "ZJX"))


def test_a_row_of_a_town_is_one_line_for_the_town(kaiping: Profile) -> None:
    new = added(kaiping, Duty(WAGES, TOWN, "GA", "lead", "", Period(date.min, date.max), True, 999))
    assert changes(kaiping, new)[0] == Change("lead", WAGES, "拖欠工资(非工程)", TOWN, "RS", "GA")


def test_helpers_that_begin_and_stop(kaiping: Profile) -> None:
    rows = tuple(duty._replace(unit="GA") if duty.unit == "GH" else duty for duty in kaiping.duties[WAGES])
    new = replace(kaiping, duties={**kaiping.duties, WAGES: rows})
    assert changes(kaiping, new) == (Change("helper", WAGES, "拖欠工资(非工程)", "", "GH", "GA"),)


@given(st.sampled_from([WAGES, LAMPS, "070101", "010102"]), st.sampled_from(["RS", "GA", "ZJX", "CG"]))
def test_swapping_the_sides_swaps_gain_and_loss(kaiping: Profile, item: str, unit: str) -> None:
    new = with_lead(kaiping, item, unit)
    there, back = changes(kaiping, new), changes(new, kaiping)
    assert [(change.before, change.after) for change in there] == [(change.after, change.before) for change in back]
    forth, again = by_unit(there), by_unit(back)
    assert {code: (len(each.gains), len(each.losses)) for code, each in forth.items()} == {
        code: (len(each.losses), len(each.gains)) for code, each in again.items()
    }


def test_two_days_of_one_profile(kaiping: Profile) -> None:
    rows = [duty._replace(period=OLD) for duty in kaiping.duties[WAGES] if duty.role == "lead"]
    new = replace(kaiping, duties={**kaiping.duties, WAGES: (*rows, rows[0]._replace(unit="GA", period=NEW))})
    assert diff(new, new, LAST, LAST) == ()
    assert [(change.before, change.after) for change in diff(new, new, LAST, DAY)] == [("RS", "GA")]


def test_units_that_begin_end_and_change_their_name(kaiping: Profile) -> None:
    units = dict(kaiping.units)
    units["RS"] = units["RS"]._replace(name="人社厅")
    units["GH"] = units["GH"]._replace(period=OLD, successors=("GHX",))
    units["FL"] = units["FL"]._replace(period=OLD)
    units["GHX"] = units["GH"]._replace(code="GHX", name="新总工会", period=NEW, successors=())
    found = [change for change in changes(kaiping, replace(kaiping, units=units)) if change.what == "unit"]
    assert [(change.code, change.before, change.after) for change in found] == [
        ("RS", "开平市人力资源和社会保障局", "人社厅"),
        ("GH", "开平市总工会", "→GHX"),
        ("FL", "开平市妇女联合会", ""),
        ("GHX", "", "新总工会"),
    ]


def test_an_item_that_is_renumbered_moves_no_lead(kaiping: Profile) -> None:
    items, duties = dict(kaiping.items), dict(kaiping.duties)
    items[WAGES] = items[WAGES]._replace(period=OLD, successors=("010199",))
    items["010199"] = items[WAGES]._replace(code="010199", period=NEW, successors=())
    duties["010199"] = tuple(duty._replace(item="010199") for duty in duties[WAGES])
    found = changes(kaiping, replace(kaiping, items=items, duties=duties))
    assert [(change.what, change.code, change.after) for change in found] == [("item", WAGES, "→010199"), ("item", "010199", "拖欠工资(非工程)")]


def test_an_item_merged_into_one_that_another_unit_leads(kaiping: Profile) -> None:
    items = {**kaiping.items, WAGES: kaiping.items[WAGES]._replace(period=OLD, successors=(LAMPS,))}
    leads = [change for change in changes(kaiping, replace(kaiping, items=items)) if change.what == "lead"]
    assert {(change.code, change.where, change.before, change.after) for change in leads} == {
        (WAGES, "", "RS", "CG"), (WAGES, "town", "RS", "ZJX"), (WAGES, PARK, "RS", "CSH"),
    }  # fmt: skip


def test_an_item_that_moves_in_the_tree(kaiping: Profile) -> None:
    items = {**kaiping.items, WAGES: kaiping.items[WAGES]._replace(parent="0102")}
    (found,) = changes(kaiping, replace(kaiping, items=items))
    assert found[-2:] == ("劳动和社会保障 / 劳动关系 / 拖欠工资(非工程)", "劳动和社会保障 / 社会保险 / 拖欠工资(非工程)")


def test_a_town_that_ended_is_seen_with_its_heir(kaiping: Profile) -> None:
    towns = {**kaiping.towns, TOWN: kaiping.towns[TOWN]._replace(period=OLD, successors=(CENTRE,))}
    found = changes(kaiping, replace(kaiping, towns=towns))
    assert found[0] == Change("town", TOWN, "水口镇", "", "水口镇", f"→{CENTRE}")
    assert {change.where for change in found[1:]} == {TOWN}
    assert Change("lead", LAMPS, "路灯", TOWN, "ZJX", "CG") in found


def test_rules_and_disputed_duties(kaiping: Profile) -> None:
    first = kaiping.rules[0]
    always = Period(date.min, date.max)
    row = Overlap("q.a", "q", "哪里?", (), "甲", (WAGES,), (), (), "RS", (), "", always, False, 2)
    old = replace(kaiping, overlaps=(row, row._replace(code="q.b", answer="乙")))
    new = replace(
        kaiping, rules=(first._replace(urgency="一般", row=99), *kaiping.rules[2:]), overlaps=(row._replace(lead="GA"), row._replace(code="q.c"))
    )
    found = changes(old, new)
    assert found[0] == Change("rule", first.code, first.name, "", f"urgency={first.urgency}", "urgency=一般")
    assert (found[1].code, found[1].after) == (kaiping.rules[1].code, "")
    assert [(change.code, change.before, change.after) for change in found[2:]] == [
        ("q.a", "lead=RS", "lead=GA"),
        ("q.b", "哪里? 乙", ""),
        ("q.c", "", "哪里? 甲"),
    ]


def test_the_lead_of_a_disputed_duty_follows_its_heir(kaiping: Profile) -> None:
    units = dict(kaiping.units)
    units["RS"] = units["RS"]._replace(period=OLD, successors=("RSX",))
    units["RSX"] = units["RS"]._replace(code="RSX", period=NEW, successors=())
    row = Overlap("q.a", "q", "哪里?", (), "甲", (WAGES,), (), (), "RS", (), "", Period(date.min, date.max), False, 2)
    new = replace(kaiping, units=units, overlaps=(row,))
    assert [(change.before, change.after) for change in diff(new, new, LAST, DAY) if change.what == "overlap"] == [("lead=RS", "lead=RSX")]


def test_by_unit_says_who_gains_and_who_loses(kaiping: Profile) -> None:
    found = by_unit(changes(kaiping, with_lead(kaiping, WAGES, "GA")))
    assert {code: (len(each.itself), len(each.gains), len(each.losses)) for code, each in found.items()} == {"GA": (0, 1, 0), "RS": (0, 0, 1)}
