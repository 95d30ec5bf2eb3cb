import numpy as np

from triage.find import join
from triage.nearby import FAR, group, hold, runs


def test_groups_with_a_single_character_are_not_searched_for() -> None:
    groups = group([("煤气", "燃气"), ("漏", "泄漏")])
    assert groups.known == {("煤气", "燃气"): 0, ("漏", "泄漏"): 1}
    assert groups.finder.words == ("煤气", "燃气")


def test_runs_of_equal_numbers() -> None:
    numbers = np.array([0, 0, 1, 1, 1, 3], dtype=np.int32)
    assert runs(numbers, np.array([0, 3, 5])).tolist() == [[0, 2], [2, 5], [5, 6]]


def test_runs_are_not_endless() -> None:
    assert runs(np.zeros(3 * FAR, dtype=np.int32), np.array([FAR + 5])).tolist() == [[5, 2 * FAR + 5]]


def test_an_anchor_holds_where_every_group_has_a_word_in_its_sentence() -> None:
    groups = group([("煤气",), ("漏",)])
    codes = join(["家里煤气在漏家里煤气好家里漏"])
    sentences = np.array([0] * 6 + [1] * 5 + [2] * 4, dtype=np.int32)
    found = groups.finder.hits(codes)
    anchors = np.array([0, 6, 11]), np.zeros(3, np.int32)
    ways = np.array([0, 1]), np.array([0]), np.array([0, 2]), np.array([0, 1])
    held, numbers = hold(codes, sentences, sentences[found.places], found.words, *anchors, *ways, *groups.table)
    assert (held.tolist(), numbers.tolist()) == ([0], [0])
