from dataclasses import replace
from datetime import date

from triage.profile import Duty, Profile
from triage.succession import Period

DAY = date(2026, 7, 1)
ALWAYS = Period(date.min, date.max)
# Sweeping is the city's in the centre and unknown places, the town's in towns, the park's own in the park.
SWEEPING = "070101"
CENTRE, TOWN, PARK = "440783001", "440783117", "440783400"


def with_duties(profile: Profile, *duties: Duty) -> Profile:
    return replace(profile, duties={"010101": duties})


def duty(unit: str, *, area: str = "*", role: str = "lead", period: Period = ALWAYS) -> Duty:
    return Duty("010101", area, unit, role, "", period, True, 2)


def unit_of(found: Duty | None) -> str:
    return found.unit if found else ""


def test_period_includes_both_ends() -> None:
    period = Period(date(2026, 1, 1), date(2026, 1, 31))
    assert [day in period for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1))] == [False, True, True, False]
    assert "2026-01-01" not in period


def test_leaves_have_no_children(kaiping: Profile) -> None:
    leaves = kaiping.leaves()
    assert "010101" in leaves
    assert not {"01", "0101"} & set(leaves)
    assert all(item.parent not in leaves for item in kaiping.items.values())


def test_path_runs_from_the_root_down(kaiping: Profile) -> None:
    assert kaiping.path("010101") == ("01", "0101", "010101")
    assert kaiping.path("E10101") == ("E1", "E10101")
    assert kaiping.path("nothing") == ()


def test_the_most_specific_area_leads(kaiping: Profile) -> None:
    assert [unit_of(kaiping.lead(SWEEPING, town, DAY)) for town in ("", CENTRE, TOWN, PARK, "unknown")] == ["CG", "CG", "ZJX", "CSH", "CG"]


def test_a_row_for_the_town_beats_its_class_and_anywhere(kaiping: Profile) -> None:
    profile = with_duties(kaiping, duty("RS"), duty("CG", area="town"), duty("GA", area=TOWN))
    assert [unit_of(profile.lead("010101", town, DAY)) for town in ("", "440783103", TOWN)] == ["RS", "CG", "GA"]


def test_rows_hold_in_their_time_only(kaiping: Profile) -> None:
    before, after = Period(date.min, date(2026, 6, 30)), Period(date(2026, 7, 1), date.max)
    profile = with_duties(kaiping, duty("RS", period=before), duty("GA", period=after))
    assert [unit_of(profile.lead("010101", "", day)) for day in (date(2026, 6, 30), DAY)] == ["RS", "GA"]


def test_a_lapsed_row_of_a_town_gives_way_to_anywhere(kaiping: Profile) -> None:
    profile = with_duties(kaiping, duty("RS"), duty("GA", area=TOWN, period=Period(date.min, date(2025, 12, 31))))
    assert unit_of(profile.lead("010101", TOWN, DAY)) == "RS"


def test_nobody_leads_what_is_not_in_the_table(kaiping: Profile) -> None:
    assert kaiping.lead("nothing", TOWN, DAY) is None
    assert kaiping.helpers("nothing", TOWN, DAY) == ()


def test_the_park_acts_for_the_town_unit(kaiping: Profile) -> None:
    profile = with_duties(kaiping, duty("ZJX"), duty("ZJX", role="co"))
    assert [unit_of(profile.lead("010101", town, DAY)) for town in ("", TOWN, PARK)] == ["ZJX", "ZJX", "CSH"]


def test_helpers_come_once_in_order_and_without_the_lead(kaiping: Profile) -> None:
    helpers = [duty(unit, role="co", area=area) for unit, area in (("GH", "*"), ("RS", "*"), ("GA", "town"), ("GH", "town"), ("CG", "centre"))]
    profile = with_duties(kaiping, duty("RS"), *helpers)
    assert [each.unit for each in profile.helpers("010101", TOWN, DAY)] == ["GH", "GA"]
    assert [each.unit for each in profile.helpers("010101", "", DAY)] == ["GH"]


def test_every_leaf_has_a_lead_in_every_town(kaiping: Profile) -> None:
    missing = [(leaf, town) for leaf in kaiping.leaves() for town in ("", *kaiping.towns) if kaiping.lead(leaf, town, date.today()) is None]
    assert missing == []


def test_the_examples_name_units_items_and_towns_of_the_profile(kaiping: Profile, examples: list[dict[str, str]]) -> None:
    leaves = set(kaiping.leaves())
    wrong = [
        row["id"]
        for row in examples
        if row["item"] not in leaves or row["unit"] not in kaiping.units or (row["town"] and row["town"] not in kaiping.towns)
    ]
    assert wrong == []
