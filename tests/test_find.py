import itertools

from hypothesis import given
from hypothesis import strategies as st

from triage.find import Finder, Hit

LETTERS = st.text(st.sampled_from("甲乙丙"), min_size=1, max_size=3)


def test_a_longer_word_hides_a_shorter_one() -> None:
    assert Finder(["水口", "下水口"]).find(["下水口在水口"]) == {0: [Hit(0, 3, 1), Hit(4, 6, 0)]}


def test_overlapping_reports_every_word() -> None:
    hits = Finder(["水口", "下水口"], overlapping=True).find(["下水口"])
    assert sorted(hits[0]) == [Hit(0, 3, 1), Hit(1, 3, 0)]


def test_texts_without_a_hit_are_left_out() -> None:
    assert Finder(["水口"]).find(["", "无", "水口", ""]) == {2: [Hit(0, 2, 0)]}


def test_a_word_never_spans_two_texts() -> None:
    assert Finder(["水口"]).find(["水", "口"]) == {}


def test_no_words_and_no_texts() -> None:
    assert Finder([]).find(["水口"]) == {}
    assert Finder(["水口"]).find([]) == {}


def test_offsets_count_characters() -> None:
    assert Finder(["水口"]).find(["😀", "😀é水口"]) == {1: [Hit(2, 4, 0)]}


@given(st.sets(LETTERS, min_size=1, max_size=5), st.lists(st.text(st.sampled_from("甲乙丙丁"), max_size=12), max_size=5))
def test_overlapping_finds_what_a_naive_search_finds(words: set[str], texts: list[str]) -> None:
    order = sorted(words)
    naive = {
        index: sorted(
            Hit(start, start + len(word), number) for number, word in enumerate(order) for start in range(len(text)) if text.startswith(word, start)
        )
        for index, text in enumerate(texts)
    }
    found = Finder(order, overlapping=True).find(texts)
    assert {index: sorted(hits) for index, hits in found.items()} == {index: hits for index, hits in naive.items() if hits}


@given(st.sets(LETTERS, min_size=1, max_size=5), st.text(st.sampled_from("甲乙丙丁"), max_size=15))
def test_longest_hits_stand_in_order_and_apart(words: set[str], text: str) -> None:
    hits = Finder(sorted(words)).find([text]).get(0, [])
    assert all(before.end <= after.start for before, after in itertools.pairwise(hits))
