from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from training.confusions import confusion_table, confusions, sinks

rows = st.lists(st.tuples(st.sampled_from("ABCDEFGHIJKLMN"), st.sampled_from(["", *"ABCDEFGHIJKLMN"])), min_size=1, max_size=80)


def said(labels: str) -> list[list[str]]:
    return [[label] if label != "-" else [] for label in labels]


def test_wrong_pairs_are_counted_and_right_ones_are_none() -> None:
    assert confusions(list("AAABBC"), said("ABBAB-")) == [
        {"truth": "A", "said": "B", "rows": 2},
        {"truth": "B", "said": "A", "rows": 1},
        {"truth": "C", "said": "", "rows": 1},
    ]


def test_only_thirty_pairs_are_told() -> None:
    truth = [f"t{number}" for number in range(40)] + ["t0"]
    found = confusions(truth, [["x"]] * 41)
    assert len(found) == 30
    assert found[0] == {"truth": "t0", "said": "x", "rows": 2}


def test_a_sink_receives_far_more_than_it_is() -> None:
    # C is said six times, true twice and right once; A is as often said as true.
    truth, answers = list("CCAAAAABBBBB"), said("CAAAACCCCCBB")
    assert sinks(truth, answers) == [{"label": "C", "said": 6, "rows": 2, "precision": 0.1667, "excess": 3.0}]


def test_what_is_said_seldom_or_mostly_right_is_no_sink() -> None:
    assert sinks(list("AAAA"), said("CCCC")) == []
    assert sinks(list("CCCAA"), said("CCCCC")) == []


def test_a_sink_that_is_never_true_has_no_ratio_and_no_answer_is_no_sink() -> None:
    assert sinks(list("AAAAA"), said("CCCCC")) == [{"label": "C", "said": 5, "rows": 0, "precision": 0.0, "excess": None}]
    assert sinks(list("AAAAA"), said("-----")) == []


def test_the_table_holds_every_row_of_its_labels() -> None:
    assert confusion_table(list("AAABBD"), said("ABCBBD")) == {"labels": ["A", "B", "C"], "rows": [[1, 1, 1, 0], [0, 2, 0, 0], [0, 0, 0, 0]]}
    assert confusion_table(["A"], [["A"]]) == {"labels": [], "rows": []}


@given(rows)
def test_pairs_and_table_agree_with_a_plain_count(pairs: list[tuple[str, str]]) -> None:
    truth, answers = [true for true, _ in pairs], [[label] if label else [] for _, label in pairs]
    counts, totals = Counter(pairs), Counter(truth)
    assert all(counts[each["truth"], each["said"]] == each["rows"] for each in confusions(truth, answers))
    table = confusion_table(truth, answers)
    assert len(table["labels"]) <= 10
    for true, line in zip(table["labels"], table["rows"], strict=True):
        assert line[:-1] == [counts[true, label] for label in table["labels"]]
        assert sum(line) == totals[true]
        assert line[-1] >= 0
