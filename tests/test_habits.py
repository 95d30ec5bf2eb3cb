from datetime import date

import numpy as np
import pytest

from training.clean import Corpus
from training.habits import habits
from triage.profile import Profile

DAY = date.today()


def corpus(rows: list[tuple[str, str, str, float]]) -> Corpus:
    """Item, unit, town, trust of each row."""
    items, units, towns, trust = (list(each) for each in zip(*rows, strict=True))
    n = len(rows)
    weights = np.array(trust, np.float32)
    return Corpus([""] * n, [""] * n, towns, [""] * n, [None] * n, weights, {"unit": units, "item": items}, np.arange(n), {})


def test_what_the_table_does_not_say_is_counted_against_it(kaiping: Profile) -> None:
    rows = [("010101", "RS", "", 1.0)] * 2 + [("010101", "WJ", "", 0.5)] * 2 + [("", "GA", "", 1.0), ("020101", "", "", 1.0)]
    assert habits(kaiping, corpus(rows)) == {"010101": {"WJ": 0.25}}  # 1 of 2 + 1 + the table's own 1
    assert habits(kaiping, corpus(rows), [0, 1]) == {}


def test_a_town_that_the_table_names_for_its_place_is_no_habit(kaiping: Profile) -> None:
    (item, town) = next(
        (item, town)
        for item in kaiping.leaves()
        for town in kaiping.towns
        if (here := kaiping.lead(item, town, DAY)) and (anywhere := kaiping.lead(item, "", DAY)) and here.unit == "ZJX" != anywhere.unit
    )
    assert habits(kaiping, corpus([(item, "ZJX", town, 1.0)] * 5)) == {}
    assert habits(kaiping, corpus([(item, "ZJX", "", 1.0)] * 5)) == {item: {"ZJX": pytest.approx(5 / 6, abs=1e-3)}}


def test_what_is_rare_is_chance(kaiping: Profile) -> None:
    assert habits(kaiping, corpus([("010101", "RS", "", 1.0)] * 150 + [("010101", "WJ", "", 1.0)])) == {}


def test_without_a_profile_or_items_there_are_none(kaiping: Profile) -> None:
    rows = corpus([("010101", "WJ", "", 1.0)] * 5)
    assert habits(None, rows) == {}
    del rows.labels["item"]
    assert habits(kaiping, rows) == {}
