from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import BundleError
from triage.profile import Profile
from triage.records import Place
from triage.route import Router, top

DAY = date(2026, 7, 1)
# Wages (RS everywhere), sweeping (by area), a company's loan.
ITEMS = ("010101", "070101", "E10101")
UNITS = ("CG", "RS")
POOL = {"model": 0.7, "table": 0.5, "company": 3.0, "person": -3.0}
THRESHOLDS = {"suggest": 0.3, "auto": 0.9}
CENTRE, TOWN, PARK = "440783001", "440783117", "440783400"
F32 = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def router(kaiping: Profile) -> Router:
    return Router(kaiping, ITEMS, UNITS, POOL)


def chances(*rows: list[float]) -> F32:
    return np.array(rows, dtype=np.float32)


def best(router: Router, weights: F32) -> list[str]:
    return [router.units[column] for column in weights.argmax(axis=1)]


simplex = st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3).map(lambda row: [each + 1e-3 for each in row])


@given(st.lists(st.tuples(simplex, st.floats(0.01, 0.99), st.sampled_from(["", CENTRE, TOWN, PARK, "unknown"])), min_size=1, max_size=5))
def test_weights_sum_to_one(kaiping: Profile, rows: list[tuple[list[float], float, str]]) -> None:
    items = chances(*([each / sum(row) for each in row] for row, _, _ in rows))
    units = chances(*([p, 1 - p] for _, p, _ in rows))
    towns, days = [town for _, _, town in rows], [DAY] * len(rows)
    both = Router(kaiping, ITEMS, UNITS, POOL).weigh_units(units, items, towns, days)
    table = Router(kaiping, ITEMS, (), POOL).weigh_units(None, items, towns, days)
    model = Router(kaiping, (), UNITS, POOL).weigh_units(units, None, towns, days)
    for weights in (both, table, model):
        assert (weights >= -1e-6).all()
        np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-4)


@pytest.mark.parametrize(("town", "unit"), [("", "CG"), (CENTRE, "CG"), (TOWN, "ZJX"), (PARK, "CSH"), ("unknown", "CG")])
def test_the_place_decides_who_sweeps(router: Router, town: str, unit: str) -> None:
    weights = router.weigh_units(chances([0.9, 0.1]), chances([0.05, 0.9, 0.05]), [town], [DAY])
    assert best(router, weights) == [unit]


def test_the_place_moves_the_share_of_its_items_only(router: Router) -> None:
    units, items = chances([0.5, 0.5]), chances([0.5, 0.5, 0.0])
    anywhere = router.weigh_units(units, items, [""], [DAY])[0]
    town = router.weigh_units(units, items, [TOWN], [DAY])[0]
    of = {unit: index for index, unit in enumerate(router.units)}
    assert town[of["RS"]] == pytest.approx(anywhere[of["RS"]])
    assert town[of["ZJX"]] == pytest.approx(anywhere[of["CG"]] + anywhere[of["ZJX"]], rel=1e-4)
    assert town[of["CG"]] == pytest.approx(0, abs=1e-6)


def test_a_request_is_routed_alike_alone_and_among_others(router: Router) -> None:
    units = chances([0.9, 0.1], [0.2, 0.8], [0.5, 0.5], [0.9, 0.1])
    items = chances([0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.3, 0.3, 0.4], [0.1, 0.8, 0.1])
    towns, days = ["", TOWN, PARK, CENTRE], [DAY, DAY, date(2025, 1, 1), DAY]
    whole = router.weigh_units(units, items, towns, days)
    for row in range(4):
        alone = router.weigh_units(units[[row]], items[[row]], [towns[row]], [days[row]])
        np.testing.assert_allclose(whole[row], alone[0], rtol=1e-5, atol=1e-7)


def test_the_table_alone_gives_its_lead_the_items_share(kaiping: Profile) -> None:
    router = Router(kaiping, ITEMS, (), POOL)
    weights = router.weigh_units(None, chances([0.7, 0.3, 0.0]), [""], [DAY])[0]
    of = {unit: index for index, unit in enumerate(router.units)}
    assert (weights[of["RS"]], weights[of["CG"]]) == (pytest.approx(0.7), pytest.approx(0.3))


def test_the_model_alone_keeps_its_opinion(kaiping: Profile) -> None:
    router = Router(kaiping, (), UNITS, POOL)
    assert not router.has_table
    np.testing.assert_allclose(router.weigh_units(chances([0.2, 0.8]), None, [TOWN], [DAY])[0, :2], [0.2, 0.8])


def test_without_a_profile_the_labels_are_the_units() -> None:
    router = Router(None, ITEMS, ("甲", "乙"), POOL)
    assert router.units == ("甲", "乙")
    assert not router.has_table
    weights = router.weigh_units(chances([0.2, 0.8]), chances([0.1, 0.1, 0.8]), [""], [DAY])
    np.testing.assert_allclose(weights, [[0.2, 0.8]])
    assert [(unit.code, unit.name, unit.area) for unit in router.candidates(weights, [Place()])[0]] == [("乙", "乙", ""), ("甲", "甲", "")]


def test_without_any_opinion_all_units_are_equal(kaiping: Profile) -> None:
    weights = Router(kaiping, (), (), POOL).weigh_units(None, None, [""], [DAY])
    assert len(set(weights[0].tolist())) == 1
    assert float(weights.sum()) == pytest.approx(1, rel=1e-4)


def test_the_day_decides_between_dated_rows(kaiping: Profile) -> None:
    row = kaiping.duties["010101"][0]
    until, since = row.period._replace(end=date(2026, 6, 30)), row.period._replace(start=DAY)
    duties = {**kaiping.duties, "010101": (row._replace(period=until), row._replace(unit="GA", period=since))}
    router = Router(replace(kaiping, duties=duties), ITEMS, (), POOL)
    items = chances([1.0, 0.0, 0.0], [1.0, 0.0, 0.0])
    assert best(router, router.weigh_units(None, items, ["", ""], [date(2026, 6, 30), DAY])) == ["RS", "GA"]


@given(simplex, st.sampled_from(["企业", "个人", "", "其他"]))
def test_item_weights_sum_to_one_for_every_caller(kaiping: Profile, row: list[float], caller: str) -> None:
    items = chances([each / sum(row) for each in row])
    weighed = Router(kaiping, ITEMS, UNITS, POOL).weigh_items(items, [caller], [DAY])
    np.testing.assert_allclose(weighed.sum(axis=1), 1, rtol=1e-4)


def test_the_caller_shifts_company_items_by_the_fitted_odds(router: Router) -> None:
    items = chances([0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.4, 0.4, 0.2])
    weighed = router.weigh_items(items, ["企业", "个人", "", "公司"], [DAY] * 4)
    odds = weighed[:, 2] / weighed[:, :2].sum(axis=1)
    np.testing.assert_allclose(odds, [0.25 * np.exp(3), 0.25 * np.exp(-3), 0.25, 0.25], rtol=1e-4)


def test_units_that_accept_nothing_are_no_candidates(kaiping: Profile) -> None:
    closed = {**kaiping.units, "XX": kaiping.units["RS"]._replace(code="XX", accepts="no")}
    assert "XX" not in Router(replace(kaiping, units=closed), ITEMS, UNITS, POOL).units


@pytest.mark.parametrize(("items", "units", "words"), [(ITEMS, ("CG", "火星局"), "1 unit.*火星局"), (("999999",), UNITS, "1 item.*999999")])
def test_labels_the_profile_lacks_are_refused(kaiping: Profile, items: tuple[str, ...], units: tuple[str, ...], words: str) -> None:
    with pytest.raises(BundleError, match=words):
        Router(kaiping, items, units, POOL)


def test_candidates_are_the_three_likeliest_and_named_by_place(router: Router) -> None:
    weights = np.zeros((2, len(router.units)), np.float32)
    of = {unit: index for index, unit in enumerate(router.units)}
    for unit, p in (("ZJX", 0.5), ("RS", 0.3), ("CG", 0.15), ("GA", 0.05)):
        weights[:, of[unit]] = p
    town, nowhere = router.candidates(weights, [Place(TOWN, "水口镇", "town"), Place()])
    assert [(unit.code, unit.area, round(unit.p, 4)) for unit in town] == [("ZJX", TOWN, 0.5), ("RS", "", 0.3), ("CG", "", 0.15)]
    assert (town[0].name, town[0].role) == ("水口镇", "主办")
    assert nowhere[0].name == "镇街(待问清)"


def test_helpers_are_those_of_the_item_that_the_lead_leads(router: Router) -> None:
    place = Place(TOWN, "水口镇", "town")
    assert [(unit.code, unit.name) for unit in router.helpers("RS", ["010101"], place, DAY)] == [("ZJX", "水口镇"), ("GH", "开平市总工会")]
    assert router.helpers("RS", ["070101", "010101"], place, DAY) == router.helpers("RS", ["010101"], place, DAY)
    assert router.helpers("RS", [], place, DAY) == ()


def test_helpers_never_repeat_the_lead(router: Router) -> None:
    assert [unit.code for unit in router.helpers("ZJX", ["010101"], Place(TOWN, "水口镇", "town"), DAY)] == ["GH"]


def test_the_duty_behind_a_candidate(router: Router) -> None:
    found = router.duty("RS", ["070101", "010101"], Place(), DAY)
    assert found is not None
    assert (found.item, found.unit) == ("010101", "RS")
    assert router.duty("GA", ["070101", "010101"], Place(), DAY) is None


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=8), st.integers(1, 4))
def test_top_holds_the_largest_in_order(row: list[float], count: int) -> None:
    columns = top(np.array([row], np.float32), count)[0]
    assert [row[column] for column in columns] == sorted(row, reverse=True)[:count]
    assert len(set(columns.tolist())) == min(count, len(row))


def test_a_bureaus_own_duty_is_not_handed_down(kaiping: Profile) -> None:
    """History that gave street lights to towns does not count where the table says that they are the bureau's own."""
    duties = {item: tuple(duty._replace(own=True) if duty.role == "lead" else duty for duty in rows) for item, rows in kaiping.duties.items()}
    sweeping, units = chances([0.05, 0.9, 0.05]), chances([0.0, 0.0, 1.0])
    free = Router(kaiping, ITEMS, (*UNITS, "ZJX"), POOL).weigh_units(units, sweeping, [""], [DAY])
    bound_router = Router(replace(kaiping, duties=duties), ITEMS, (*UNITS, "ZJX"), POOL)
    bound = bound_router.weigh_units(units, sweeping, [""], [DAY])
    town = bound_router.column("ZJX")
    assert free[0, town] > 0.3
    assert bound[0, town] == pytest.approx(0, abs=1e-4)
    assert bound.sum() == pytest.approx(1, abs=1e-4)


def test_a_habit_counts_beside_the_table(kaiping: Profile) -> None:
    def shares(profile: Profile, taught: dict[str, str]) -> dict[str, float]:
        weights = Router(profile, ITEMS, (), POOL, taught, {"010101": {"WJ": 0.4, "YJ": 0.1}}).weigh_units(None, sure, [""], [DAY])[0]
        return {unit: round(float(weights[router.column(unit)]), 3) for unit in ("RS", "WJ", "YJ", "GA")}

    router, sure = Router(kaiping, ITEMS, (), POOL), chances([float(item == "010101") for item in ITEMS])
    assert shares(kaiping, {}) == {"RS": 0.5, "WJ": 0.4, "YJ": 0.1, "GA": 0.0}
    # The table has changed since: the new lead takes over what was the old one's, others keep theirs.
    led_by_another = tuple(duty._replace(unit="GA") if duty.role == "lead" else duty for duty in kaiping.duties["010101"])
    changed = replace(kaiping, duties={**kaiping.duties, "010101": led_by_another})
    assert shares(changed, {"010101": "RS"}) == {"RS": 0.0, "WJ": 0.4, "YJ": 0.1, "GA": 0.5}
