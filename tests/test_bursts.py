import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.bursts import ALARM, LEAST, Unlooked, between, expected, on, tail, unlooked
from tests.snapshots import opened, row

DAY = date(2026, 3, 2)


def city(days: int = 90, mean: float = 0.5, pairs: int = 20, seed: int = 1) -> list[dict[str, Any]]:
    """Requests at random, evenly over days, towns and items."""
    dice, found = random.Random(seed), []
    for number in range(int(days * mean * pairs)):
        day = DAY - timedelta(days=dice.randrange(days))
        found.append(row(number, f"{day}T09:00", town=f"T{dice.randrange(pairs // 4)}", item=f"07030{dice.randrange(4)}", caller=f"c{number}"))
    return found


def test_a_planted_burst_is_found_with_its_people_and_the_quiet_ones_are_not() -> None:
    planted = [row(90000 + number, f"{DAY}T10:00", town="T1", item="070302", caller=f"p{number % 9}") for number in range(12)]
    (found,) = on(opened(city() + planted), DAY)
    assert (found.town, found.item, found.n >= 12, found.people >= 9) == ("T1", "070302", True, True)
    assert found.expected < 2 and found.p < 1e-6
    assert found.mark == on(opened(city() + planted), DAY)[0].mark


def test_false_alarms_stay_within_what_is_stated() -> None:
    alarms = sum(len(list(between(opened(city(seed=seed)), DAY - timedelta(days=29), DAY))) for seed in range(3))
    assert alarms <= 3 * 30 * ALARM + 2  # three months at one a month, and chance


def test_a_few_are_no_burst_however_rare() -> None:
    few = [row(90000 + number, f"{DAY}T10:00", town="T9", item="999999") for number in range(LEAST - 1)]
    assert on(opened(city() + few), DAY) == []


def test_what_was_not_looked_at_is_counted() -> None:
    rows = [row(1, f"{DAY - timedelta(days=58)}T09:00"), *(row(10 + number, f"{DAY}T10:00", town="") for number in range(3))]
    rows += [row(20, f"{DAY}T10:00", town="T1", item="", item_now=""), row(21, f"{DAY - timedelta(days=9)}T10:00", town="")]
    assert unlooked(opened(rows), DAY - timedelta(days=9), DAY) == Unlooked(7, 4)
    assert unlooked(opened(rows), DAY - timedelta(days=30), DAY - timedelta(days=20)) == Unlooked(11, 0)
    assert unlooked(opened([]), DAY, DAY) == Unlooked(1, 0) and unlooked(opened(rows), date.min, date.min) == Unlooked(1, 0)


def test_an_item_without_a_crosswalk_bursts_under_its_old_code() -> None:
    old = {"item": "gone", "item_now": "", "item_1": "", "item_2": ""}
    planted = [row(90000 + number, f"{DAY}T10:00", town="T1", caller=f"p{number}", **old) for number in range(12)]
    (found,) = on(opened(city() + planted), DAY)
    assert (found.item, found.n) == ("!gone", 12)


def test_without_the_weeks_before_nothing_is_expected() -> None:
    planted = [row(90000 + number, f"{DAY}T10:00", town="T1") for number in range(50)]
    assert on(opened(city(days=20) + planted), DAY) == []
    assert on(opened([]), DAY) == []


@pytest.mark.parametrize(("n", "mean", "p"), [(0, 3.0, 1.0), (1, 1.0, 0.6321205588285577), (3, 1.0, 0.08030139707139418), (10, 2.0, 4.6498e-05)])
def test_the_tail_of_poisson(n: int, mean: float, p: float) -> None:
    assert tail(n, mean) == pytest.approx(p, rel=1e-4)


@given(st.integers(1, 60), st.floats(0.01, 40))
def test_more_is_less_likely(n: int, mean: float) -> None:
    assert 0 <= tail(n + 1, mean) <= tail(n, mean) <= 1


@given(st.integers(0, 500), st.integers(0, 100))
def test_who_came_more_often_is_expected_more(past: int, same: int) -> None:
    assert 0 < expected(past, min(same, past)) < expected(past + 1, min(same, past))
