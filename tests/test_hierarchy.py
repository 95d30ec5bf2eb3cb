import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.hierarchy import hierarchy
from triage.profile import Profile


def test_a_wrong_leaf_under_the_right_parent_is_partly_right(kaiping: Profile) -> None:
    first, second = [code for code in kaiping.leaves() if code.startswith("0101")][:2]
    far = next(code for code in kaiping.leaves() if not code.startswith("01") and len(kaiping.path(code)) == 3)
    assert len(kaiping.path(first)) == 3
    found = hierarchy(kaiping, [first, first, first], [[first], [second], [far]])
    assert [(each["level"], each["n"], each["hit1"]) for each in found["levels"]] == [(1, 3, 0.6667), (2, 3, 0.6667), (3, 3, 0.3333)]
    # Of 9 items said 3 + 2 + 0 are right, and so many of the 9 true ones.
    assert found["precision"] == found["recall"] == found["f"] == pytest.approx(5 / 9, abs=1e-4)


def test_a_row_without_an_answer_costs_recall_only(kaiping: Profile) -> None:
    leaf = kaiping.leaves()[0]
    found = hierarchy(kaiping, [leaf, leaf], [[leaf], []])
    assert (found["precision"], found["recall"]) == (1.0, 0.5)


def test_items_that_the_profile_lacks_are_left_out_and_counted(kaiping: Profile) -> None:
    leaf = kaiping.leaves()[0]
    found = hierarchy(kaiping, [leaf, "ZZ"], [[leaf], [leaf]])
    assert (found["left_out"], found["f"], found["levels"][0]["n"]) == (1, 1.0, 1)
    nothing = hierarchy(kaiping, ["ZZ"], [[leaf]])
    assert nothing == {"levels": [], "precision": 0.0, "recall": 0.0, "f": 0.0, "left_out": 1}


@given(st.data())
@settings(max_examples=40)
def test_deeper_is_never_easier_and_f_is_not_below_the_share_of_right_leaves(kaiping: Profile, data: st.DataObject) -> None:
    leaves = st.sampled_from([code for code in kaiping.leaves() if len(kaiping.path(code)) == 3][:30])
    rows = data.draw(st.lists(st.tuples(leaves, leaves), min_size=1, max_size=20))
    found = hierarchy(kaiping, [true for true, _ in rows], [[said] for _, said in rows])
    hits = [each["hit1"] for each in found["levels"]]
    assert hits == sorted(hits, reverse=True)
    assert found["f"] >= hits[-1] - 1e-4
