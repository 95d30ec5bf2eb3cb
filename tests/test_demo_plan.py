"""When the demo city asks, and that what is planted is where it says."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from service.demo_plan import DISPUTE, MERGER, REPEAT, SURGE, Arrival, Happening, Span, arrivals, place, read_happenings
from service.demo_texts import Teller, read_examples
from tests.conftest import KAIPING
from triage.errors import UsageError
from triage.profile import Profile

City = tuple[list[Happening], list[Arrival]]
YEAR = Span(date(2026, 11, 1), 365, 6000)


def city(kaiping: Profile, span: Span, seed: int = 1) -> City:
    chance = random.Random(seed)
    teller = Teller(kaiping, chance)
    placed = place(read_happenings(KAIPING), span, kaiping, teller, chance)
    return placed, arrivals(span, read_examples(KAIPING), placed, kaiping, teller, chance)


@pytest.fixture(scope="module")
def year(kaiping: Profile) -> City:
    return city(kaiping, YEAR)


def test_there_are_as_many_as_asked_in_order_and_in_the_span(year: City) -> None:
    came = year[1]
    assert len(came) == YEAR.requests
    assert [each.at for each in came] == sorted(each.at for each in came)
    assert YEAR.since <= came[0].at.date() and came[-1].at.date() < YEAR.until


def test_the_same_seed_gives_the_same_city_and_another_one_another(kaiping: Profile) -> None:
    span = Span(date(2026, 11, 1), 30, 300)
    assert city(kaiping, span) == city(kaiping, span)
    assert city(kaiping, span)[1] != city(kaiping, span, seed=2)[1]


def test_days_and_nights_and_weekends_differ(year: City) -> None:
    hours = Counter(each.at.hour for each in year[1])
    assert min(hours[9], hours[10], hours[15]) > 5 * max(hours[2], hours[3], hours[4])
    days = Counter(each.at.weekday() for each in year[1] if not each.planted)
    assert days[0] > 1.3 * days[6]


def test_the_new_year_is_quiet(year: City) -> None:
    days = Counter(each.at.date() for each in year[1] if not each.planted)
    quiet = sum(days[date(2026, 2, 17) + timedelta(days=each)] for each in range(4)) / 4
    assert quiet < 0.7 * YEAR.requests / YEAR.days


def test_surges_multiply_their_items(year: City) -> None:
    placed, came = year
    storm = next(each for each in placed if each.code == "typhoon_b")
    inside = [each for each in came if storm.since <= each.at.date() < storm.until]
    share = sum(each.example.item.startswith(storm.items) for each in inside) / len(inside)
    usual = sum(each.example.item.startswith(storm.items) for each in came) / len(came)
    assert share > 4 * usual


def test_what_is_planted_lies_in_its_days_and_town(year: City, kaiping: Profile) -> None:
    placed, came = year
    for happening in (each for each in placed if each.kind != SURGE):
        own = [each for each in came if each.planted == happening.code]
        assert len(own) >= happening.least
        assert all(happening.since <= each.at.date() < happening.until for each in own)
        assert {each.example.town for each in own} == {happening.town} and kaiping.towns[happening.town].area == happening.area
        callers = {each.caller for each in own}
        assert len(callers) == (1 if happening.kind == REPEAT else len(own))
        assert all(kaiping.towns[happening.town].short in each.example.text for each in own)


def test_every_city_has_something_fresh_in_its_last_days(kaiping: Profile) -> None:
    for span in (YEAR, Span(date(2026, 11, 1), 14, 100)):
        placed, came = city(kaiping, span)
        fresh = [each for each in placed if each.start.startswith("end")]
        assert {each.kind for each in fresh} == {"burst", DISPUTE}
        assert all(span.until - timedelta(days=3) == each.since < each.until < span.until for each in fresh)
        assert {each.code for each in fresh} <= {each.planted for each in came}
        assert {each.planted for each in came if each.disputed} == {each.code for each in fresh if each.kind == DISPUTE}


def test_a_start_at_the_end_that_cannot_be_is_named(kaiping: Profile) -> None:
    outage = next(each for each in read_happenings(KAIPING) if each.code == "outage")
    for start in ("end-1", "end-x"):
        with pytest.raises(UsageError, match="outage: start"):
            place([replace(outage, start=start)], YEAR, kaiping, Teller(kaiping, random.Random(1)), random.Random(1))


def test_callers_of_a_happening_are_nobody_else(year: City) -> None:
    planted = {each.caller: each.planted for each in year[1] if each.planted}
    assert all(planted.get(each.caller, each.planted) == each.planted for each in year[1])


def test_the_happenings_name_what_the_city_has(kaiping: Profile) -> None:
    found = read_happenings(KAIPING)
    assert {"burst", "topic", "group", REPEAT, SURGE, MERGER, DISPUTE} == {each.kind for each in found}
    assert len({each.code for each in found}) == len(found)
    for each in found:
        assert not each.unit or each.unit in kaiping.units
        assert all(any(code.startswith(item) for code in kaiping.items) for item in each.items)
        assert not each.area or each.area in {town.area for town in kaiping.towns.values()}
        assert each.kind != MERGER or each.words in kaiping.units


def test_a_city_without_happenings_has_none(tmp_path: Path) -> None:
    assert read_happenings(tmp_path) == []


@pytest.mark.parametrize(("old", "new", "told"), [("water,burst", "water,flood", "kind 'flood'"), (",town,5,", ",town,five,", "as numbers")])
def test_a_wrong_row_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = (KAIPING / "happenings.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "happenings.csv").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=told):
        read_happenings(tmp_path)
