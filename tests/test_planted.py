"""Recall and false alarms, counted by hand."""

from datetime import date
from pathlib import Path

import pytest

from benchmarks.planted import Alarm, Planted, read_planted, score_alarms, score_groups

SINCE, UNTIL = date(2026, 1, 1), date(2026, 3, 2)
WATER = Planted("water", "burst", "水", ("140102",), "A", date(2026, 1, 10), date(2026, 1, 15), frozenset(range(1, 11)))
SMELL = Planted("smell", "topic", "臭", ("080101",), "B", date(2026, 2, 1), date(2026, 2, 20), frozenset(range(11, 21)))
STORM = Planted("storm", "surge", "台风", ("1103",), "", date(2026, 2, 1), date(2026, 2, 5), frozenset())
ALL = [WATER, SMELL, STORM]


def scored(*alarms: tuple[int, int, str, str]) -> tuple[dict[str, int], tuple[str, ...], int]:
    found = score_alarms([Alarm(date(2026, month, day), town, item) for month, day, town, item in alarms], ALL, {"burst"}, SINCE, UNTIL)
    return found.found, found.missed, found.false


def test_an_alarm_counts_in_its_town_of_its_item_in_its_days() -> None:
    assert scored((1, 12, "A", "140102")) == ({"water": 2}, (), 0)
    assert scored((1, 17, "A", "14")) == ({"water": 7}, (), 0)
    for wrong in ((1, 9, "A", "140102"), (1, 18, "A", "140102"), (1, 12, "B", "140102"), (1, 12, "A", "140101")):
        assert scored(wrong) == ({}, ("water",), 1)


def test_a_surge_explains_alarms_anywhere_and_need_not_be_found() -> None:
    assert scored((2, 3, "C", "110301")) == ({}, ("water",), 0)
    assert scored((2, 3, "C", "070301")) == ({}, ("water",), 1)


def test_an_unbroken_run_of_days_is_one_false_alarm() -> None:
    assert scored((1, 1, "A", "01"), (1, 2, "A", "01"), (1, 4, "A", "01"), (1, 2, "B", "01"))[2] == 3


def test_a_group_is_about_what_half_of_it_comes_from() -> None:
    found = score_groups([{11, 12, 13, 99}, {1, 97, 98}], ALL, {"topic"}, SINCE, UNTIL)
    assert (found.found, found.missed, found.false, found.recall) == ({"smell": 0}, (), 1, 1.0)
    assert found.months == pytest.approx(60 / 30.4)


def test_nothing_planted_has_no_recall() -> None:
    assert score_groups([], [STORM], {"topic"}, SINCE, UNTIL).recall is None


def test_what_the_demo_city_wrote_is_read(tmp_path: Path) -> None:
    (tmp_path / "planted.json").write_text(
        '{"until": "2026-03-02", "days": 60, "planted": [{"code": "water", "kind": "burst", "name": "水", "items": ["140102"], "unit": "GS", '
        '"town": "A", "days": 5, "factor": 0.0, "since": "2026-01-10", "until": "2026-01-15", "people": 10, "requests": [1, 2]}]}',
        encoding="utf-8",
    )
    found, since, until = read_planted(tmp_path / "planted.json")
    assert (since, until) == (SINCE, UNTIL)
    assert found[0].requests == {1, 2} and found[0].since == date(2026, 1, 10)
