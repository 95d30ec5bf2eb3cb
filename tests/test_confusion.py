import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.confusion import counts, mixtures, pairs, sinks

LABELS = ("CG", "GA", "RS", "SC", "YJ")


def table(size: int = 5, right: int = 80, wrong: int = 5) -> npt.NDArray[np.int64]:
    """Every label right ``right`` times and taken for every other ``wrong`` times."""
    return np.full((size, size), wrong, dtype=np.int64) + np.eye(size, dtype=np.int64) * (right - wrong)


def test_counts_are_by_given_and_by_answer() -> None:
    found = counts(["RS", "RS", "GA"], ["RS", "GA", "GA"], ("GA", "RS"))
    assert found.tolist() == [[1, 0], [1, 1]]


@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), max_size=60))
def test_every_row_is_counted_once(rows: list[tuple[str, str]]) -> None:
    found = counts([row[0] for row in rows], [row[1] for row in rows], LABELS)
    assert found.sum() == len(rows)
    assert found.sum(axis=1).tolist() == [sum(row[0] == label for row in rows) for label in LABELS]


def test_errors_that_fall_evenly_make_no_pair_and_no_sink() -> None:
    assert pairs(table(), LABELS) == []
    assert sinks(table(), LABELS) == []


def test_two_labels_taken_for_each_other_are_a_pair_with_counts() -> None:
    mixed = table()
    mixed[1, 2], mixed[2, 1] = 40, 45
    (pair,) = pairs(mixed, LABELS)
    assert (pair.labels, pair.taken, pair.rows) == (("GA", "RS"), (40, 45), (135, 140))
    assert pair.share == pytest.approx(85 / (85 + 160))
    assert pair.chance[0] < 40
    assert pair.chance[1] < 45


def test_a_label_that_only_loses_to_another_is_no_pair() -> None:
    lopsided = table()
    lopsided[1, 2] = 60
    assert pairs(lopsided, LABELS) == []


def test_one_or_two_rows_are_no_pair() -> None:
    few = table(wrong=0)
    few[1, 2] = few[2, 1] = 2
    assert pairs(few, LABELS) == []


@pytest.mark.parametrize(("wrong", "found"), [(10, 0), (40, 1)])
def test_of_two_labels_a_quarter_must_be_mixed_up(wrong: int, found: int) -> None:
    assert len(pairs(table(2, 80, wrong), LABELS[:2])) == found


def test_a_label_that_swallows_many_others_is_a_sink() -> None:
    greedy = table()
    greedy[:, 3] += 30
    (sink,) = sinks(greedy, LABELS)
    assert (sink.label, sink.gained, sink.lost, sink.sources, sink.rows) == ("SC", 4 * 35, 4 * 5, 4, 130)
    assert sink.lost < sink.chance < sink.gained


def test_a_label_that_loses_as_much_as_it_gains_is_no_sink() -> None:
    hard = table()
    hard[:, 3] += 30
    hard[3] += 30
    assert sinks(hard, LABELS) == []


def test_what_one_label_alone_loses_makes_no_sink() -> None:
    one_sided = table(wrong=1)
    one_sided[0, 3] = 60
    assert sinks(one_sided, LABELS) == []


def test_a_large_label_doubted_for_many_others_is_a_mixture() -> None:
    doubted = np.zeros((5, 5), dtype=np.int64)
    doubted[4, :4] = 15
    rows = np.array([100, 100, 100, 100, 120])
    (mixture,) = mixtures(doubted, rows, LABELS)
    assert (mixture.label, mixture.rows, mixture.doubted, mixture.targets) == ("YJ", 120, 60, 4)
    assert mixtures(doubted, np.array([100, 100, 100, 100, 70]), LABELS) == []


def test_doubts_for_one_other_label_make_no_mixture() -> None:
    doubted = np.zeros((5, 5), dtype=np.int64)
    doubted[4] = [50, 2, 2, 2, 0]
    assert mixtures(doubted, np.full(5, 100), LABELS) == []


def test_without_any_error_nothing_is_found() -> None:
    perfect = table(wrong=0)
    assert (pairs(perfect, LABELS), sinks(perfect, LABELS), mixtures(perfect * 0, perfect.sum(axis=1), LABELS)) == ([], [], [])
    assert (pairs(perfect * 0, LABELS), sinks(perfect * 0, LABELS)) == ([], [])
