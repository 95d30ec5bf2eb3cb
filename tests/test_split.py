from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.split import by_time, newest_out, random_out, splits

START = datetime.fromisoformat("2026-01-01")


def day(number: int) -> datetime:
    return START + timedelta(days=number)


dated = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), min_size=5, max_size=40)
grouped = st.lists(st.integers(0, 6), min_size=1, max_size=40)


@pytest.mark.parametrize(("known", "rows", "expected"), [(9, 10, True), (8, 10, False), (0, 5, False), (0, 0, False)])
def test_a_split_by_time_needs_nine_dates_in_ten(known: int, rows: int, expected: bool) -> None:
    assert by_time([START] * known + [None] * (rows - known)) is expected


def test_the_newest_rows_are_held_out() -> None:
    times = [day(number) for number in (3, 1, 9, 2, 8, 0, 4, 5, 6, 7)]
    ((train, held),) = splits(times, np.arange(10), newest=0.2, folds=3)
    assert sorted(held.tolist()) == [2, 4]
    assert train.tolist() == [0, 1, 3, 5, 6, 7, 8, 9]


def test_a_group_that_began_earlier_stays_in_training() -> None:
    train, held = newest_out([day(number) for number in range(10)], np.array([0, 1, 2, 3, 4, 5, 6, 7, 0, 9]), 0.2)
    assert held.tolist() == [9]
    assert 8 in train


def test_undated_rows_are_never_held_out() -> None:
    train, held = newest_out([None, *(day(number) for number in range(9))], np.arange(10), 0.95)
    assert 0 in train
    assert 0 not in held


def test_a_history_of_one_group_has_no_split() -> None:
    assert splits([None] * 4, np.zeros(4, dtype=np.int64), 0.2, 3) == []


def test_fewer_groups_than_folds_make_fewer_folds() -> None:
    assert len(splits([None] * 4, np.array([0, 0, 1, 1]), 0.2, 3)) == 2


@given(dated, st.sampled_from([0.1, 0.2, 0.5]))
def test_by_time_nothing_newer_than_a_held_row_is_learnt_unless_its_group_began_earlier(rows: list[tuple[int, int]], share: float) -> None:
    times, groups = [day(number) for number, _ in rows], np.array([group for _, group in rows])
    train, held = newest_out(times, groups, share)
    assert sorted([*train, *held]) == list(range(len(rows)))
    assert not set(groups[train]) & set(groups[held])
    begun = {group: min(number for number, other in rows if other == group) for _, group in rows}
    assert all(begun[rows[row][1]] <= rows[other][0] for row in train for other in held)


@given(grouped)
def test_in_folds_each_row_is_held_out_once_and_no_group_is_on_both_sides(numbers: list[int]) -> None:
    groups = np.array(numbers)
    found = splits([None] * len(groups), groups, 0.2, 3)
    if len(set(numbers)) > 1:
        assert sorted(row for _, held in found for row in held) == list(range(len(groups)))
    for train, held in found:
        assert len(train) and not set(groups[train]) & set(groups[held])


def test_a_single_dated_row_is_never_held_out() -> None:
    assert splits([START], np.zeros(1, dtype=np.int64), 0.2, 3) == []


def test_a_date_that_stands_for_none_does_not_stop_the_split() -> None:
    newest_out([datetime.fromisoformat("0001-01-01"), *(day(number) for number in range(9))], np.arange(10), 0.2)


@given(st.data())
def test_a_random_split_is_as_large_and_keeps_groups_together(data: st.DataObject) -> None:
    rows = data.draw(dated)
    times = [day(number) if number < 28 else None for number, _ in rows]
    groups = np.array([group for _, group in rows])
    counted = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    like = newest_out(times, groups, 0.4)
    train, held = random_out(times, groups, counted, like, seed=1)
    assert sorted([*train.tolist(), *held.tolist()]) == list(range(len(rows)))
    assert not set(groups[train]) & set(groups[held])
    assert all(times[row] is not None for row in held)
    assert counted[held].sum() <= counted[like[1]].sum()
    assert (~counted[held]).sum() <= (~counted[like[1]]).sum()


def test_a_random_split_of_single_rows_is_exactly_as_large_and_another_seed_is_another() -> None:
    times, groups, counted = [day(number) for number in range(50)], np.arange(50), np.arange(50) % 5 > 0
    like = newest_out(times, groups, 0.2)
    first, again, other = (random_out(times, groups, counted, like, seed)[1] for seed in (0, 0, 1))
    assert (counted[first].sum(), len(first)) == (counted[like[1]].sum(), len(like[1]))
    assert first.tolist() == again.tolist() != other.tolist()
    assert set(first.tolist()) != set(like[1].tolist())
