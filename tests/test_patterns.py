import pytest

from triage.patterns import Pattern, Patterns
from triage.profile import Word

WORDS = (Word("嘅", "的", 2), Word("冇", "无", 3))


def fired(pattern: Pattern, text: str) -> dict[str, str]:
    return Patterns([pattern], WORDS).match([text]).get(0, {})


def test_all_parts_must_stand_in_one_sentence() -> None:
    pattern = Pattern("N", (("工厂", "噪音"),))
    assert fired(pattern, "楼下工厂,半夜噪音很大") == {"N": "工厂+噪音"}
    assert fired(pattern, "楼下有工厂。噪音很大") == {}


def test_any_alternative_is_enough() -> None:
    assert fired(Pattern("N", (("工厂", "噪音"), ("机器响",))), "机器响") == {"N": "机器响"}


def test_an_exception_counts_in_its_own_clause_only() -> None:
    pattern = Pattern("F", (("着火",),), ("演练",))
    assert fired(pattern, "着火演练什么时候搞") == {}
    assert fired(pattern, "上次演练,这次真着火") == {"F": "着火"}


@pytest.mark.parametrize("text", ["冇水用", "无水用", "冇 水-用"])
def test_dialect_blanks_and_hyphens_are_read_through(text: str) -> None:
    assert fired(Pattern("W", (("冇水",),)), text) == {"W": "无水"}


def test_words_mistyped_by_sound_are_found_where_asked_for() -> None:
    gas = Pattern("G", (("煤气泄漏",),))
    assert fired(gas, "楼下煤汽泄漏了") == {}
    assert fired(gas._replace(homophones=True), "楼下煤汽泄漏了") == {"G": "煤汽泄漏"}


def test_short_words_are_never_found_by_sound() -> None:
    assert fired(Pattern("S", (("自杀",),), homophones=True), "卖紫砂壶") == {}


def test_the_other_parts_must_stand_as_written() -> None:
    pattern = Pattern("G", (("煤气罐", "漏"),), homophones=True)
    assert fired(pattern, "没气罐在漏") == {"G": "没气罐+漏"}
    assert fired(pattern, "没气罐在楼上") == {}


def test_an_exception_holds_for_mistyped_words_too() -> None:
    assert fired(Pattern("G", (("煤气泄漏",),), ("演练",), homophones=True), "煤汽泄漏演练") == {}


def test_every_text_gets_its_own_answer() -> None:
    patterns = Patterns([Pattern("A", (("路灯",),)), Pattern("B", (("垃圾",),))], ())
    assert patterns.match(["路灯和垃圾", "", "垃圾"]) == {0: {"A": "路灯", "B": "垃圾"}, 2: {"B": "垃圾"}}


def test_no_patterns_find_nothing() -> None:
    assert Patterns((), ()).match(["路灯"]) == {}
