"""Words that tell of a matter; phrases that tell it from the rest; and that no phrase names a person."""

import pytest

from service.analysis.words import bag, counted, cut, nameless, phrases, telling
from triage.segment import Segmenter


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter()


def test_marks_and_stops_are_no_words(segmenter: Segmenter) -> None:
    found = cut("自来水发黄，电话〔电话〕没人接", segmenter)
    assert "自来水" in found and "" in found and not any("〔" in each or "电话〕" in each for each in found)


def test_the_title_counts_twice() -> None:
    assert bag(("路灯", "坏"), ("路灯", "很", "黑夜")) == {"路灯": 2.0, "黑夜": 1.0}


def test_phrases_do_not_cross_a_stop_nor_begin_or_end_loosely() -> None:
    assert phrases(("搅拌站", "的", "粉尘", "", "半夜")) == {"搅拌站", "搅拌站的粉尘", "粉尘", "半夜"}


def test_telling_phrases_are_the_longest_that_the_rest_does_not_say() -> None:
    inside = [{"搅拌", "搅拌站", "粉尘", "你好"}] * 4 + [{"搅拌", "搅拌站", "你好"}] * 2
    outside = counted([{"你好"}] * 50 + [{"粉尘"}] * 2)
    assert telling(inside, ["a", "b", "c", "d", "e", "f"], outside, 60, {}) == ("搅拌站", "粉尘")


def test_what_one_caller_says_again_and_again_does_not_tell() -> None:
    assert telling([{"搅拌站"}] * 6, ["a"] * 6, {}, 60, {}) == ()
    assert telling([{"搅拌站"}] * 6, [""] * 6, {}, 60, {}) == ("搅拌站",)


def test_what_may_be_a_name_is_no_word_of_a_phrase() -> None:
    assert nameless(("找", "陈志强", "", "李", "国栋", "欧阳雪梅")) == ("找", "", "", "", "", "")
    assert nameless(("搅拌站", "施工队", "陈皮", "石场", "周末", "水口")) == ("搅拌站", "施工队", "陈皮", "石场", "周末", "水口")
