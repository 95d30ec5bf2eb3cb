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


def test_a_word_of_the_clause_stops_it_in_its_own_clause_only() -> None:
    pattern = Pattern("F", (("着火",),), ("演练",))
    assert fired(pattern, "着火的时候怎么演练") == {}
    assert fired(pattern, "上次演练,这次真着火") == {"F": "着火"}


def test_a_longer_word_stops_only_what_it_overlaps() -> None:
    pattern = Pattern("F", (("火灾",), ("气", "爆")), longer=("火灾隐患", "爆米花", "怕火灾"))
    assert fired(pattern, "这里有火灾隐患") == {}
    assert fired(pattern, "火灾隐患没人理,现在真的火灾了") == {"F": "火灾"}
    assert fired(pattern, "怕火灾结果真火灾了") == {"F": "火灾"}
    assert fired(pattern, "我好怕,火灾了") == {"F": "火灾"}
    assert fired(pattern, "煤气炉做爆米花") == {}
    assert fired(pattern, "做爆米花的煤气炉爆了") == {"F": "气+爆"}


def test_alternatives_and_gaps() -> None:
    pattern = Pattern("S", (("再不(处理|给钱)…(就|会)…(跳楼|喝药)",),))
    assert fired(pattern, "再不处理,我就真的去跳楼") == {"S": "再不处理…就…跳楼"}
    assert fired(pattern, "就要跳楼,再不处理") == {}
    assert fired(pattern, "再不处理。我就跳楼") == {}
    assert fired(pattern, "再不处理这件事情我们全村的老人小孩就要跳楼") == {}


def test_long_lists_of_alternatives_need_not_be_spelt_out() -> None:
    pattern = Pattern("C", (("(不要|别|勿|请勿|不能)(把|将|向|跟|同|让|给)(他|她|你|村|厂)(说|讲|提|报)", "(电话|名)"),), longer=("特别",))
    assert fired(pattern, "请勿向村讲我的电话") == {"C": "请勿向村讲"}
    assert fired(pattern, "特别向村讲我的电话") == {}
    assert fired(pattern, "请勿向村讲") == {}


@pytest.mark.parametrize("text", ["冇水用", "无水用", "冇 水-用"])
def test_dialect_blanks_and_hyphens_are_read_through(text: str) -> None:
    assert fired(Pattern("W", (("冇水",),)), text) == {"W": "无水"}


def test_words_mistyped_by_sound_are_found_where_asked_for() -> None:
    gas = Pattern("G", (("煤气泄漏",),))
    assert fired(gas, "楼下煤汽泄漏了") == {}
    assert fired(gas._replace(disguised=True), "楼下煤汽泄漏了") == {"G": "煤汽泄漏"}


def test_short_words_are_never_found_by_sound() -> None:
    assert fired(Pattern("S", (("自杀",),), disguised=True), "卖紫砂壶") == {}


def test_the_other_parts_must_stand_as_written() -> None:
    pattern = Pattern("G", (("煤气罐", "漏"),), disguised=True)
    assert fired(pattern, "没气罐在漏") == {"G": "没气罐+漏"}
    assert fired(pattern, "没气罐在楼上") == {}


def test_an_exception_holds_for_mistyped_words_too() -> None:
    assert fired(Pattern("G", (("煤气泄漏",),), ("演练",), disguised=True), "煤汽泄漏演练") == {}
    assert fired(Pattern("S", (("没法活",),), longer=("没发货",), disguised=True), "一直没发货") == {}


@pytest.mark.parametrize("between", '  .·*_~/|+=#"•●—😀\u00ad\u200b\u202e\u2006\ufe0f\u3164】\t')
def test_signs_between_letters_are_passed_over(between: str) -> None:
    assert fired(Pattern("S", (("自杀",),)), f"我要自{between}杀") == {"S": "自杀"}


@pytest.mark.parametrize("between", [",", "、", "\n", "。", "……", ":"])
def test_punctuation_inside_a_word_is_seen_through_where_asked_for(between: str) -> None:
    pattern = Pattern("S", (("自杀",),))
    assert fired(pattern, f"我要自{between}杀") == {}
    assert fired(pattern._replace(disguised=True), f"我要自{between}杀") == {"S": "自杀"}


def test_two_words_that_meet_at_a_comma_are_not_one() -> None:
    assert fired(Pattern("V", (("放火",),), disguised=True), "烟花不能放,火车站附近更不能") == {}


@pytest.mark.parametrize("text", ["我要zisha", "我要zi杀", "我要自SHA", "我要zi 杀"])
def test_words_in_latin_letters_are_found_where_asked_for(text: str) -> None:
    pattern = Pattern("S", (("自杀",),))
    assert fired(pattern, text) == {}
    assert fired(pattern._replace(disguised=True), text) == {"S": "自杀"}
    assert fired(pattern._replace(disguised=True), "紫砂壶zhen好") == {}


def test_every_text_gets_its_own_answer() -> None:
    patterns = Patterns([Pattern("A", (("路灯",),)), Pattern("B", (("垃圾",),))], ())
    assert patterns.match(["路灯和垃圾", "", "垃圾"]) == {0: {"A": "路灯", "B": "垃圾"}, 2: {"B": "垃圾"}}


def test_no_patterns_find_nothing() -> None:
    assert Patterns((), ()).match(["路灯"]) == {}
