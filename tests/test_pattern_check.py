import pytest

from triage.normalize import normalize
from triage.pattern_check import wrong_exceptions, wrong_ways
from triage.patterns import Pattern, Patterns
from triage.profile import Word

DIALECT = (Word("冇", "无", 2), Word("唔该", "谢谢", 3))
DEAD = (
    "煤气 味",
    "煤气-味",
    "煤气。",
    "煤气?",
    "煤气、味",
    "煤气,味",
    "煤气.*味",
    "[漏",
    "漏|气",
    "煤气\n味",
    "煤气…",
    "自*杀",
    "自.杀",
    "24/7",
    "100%",
)
ALIVE = ("煤气", "24小时", "KTV", "卡拉OK", "G325")


@pytest.mark.parametrize("word", DEAD)
def test_what_no_text_holds_is_told(word: str) -> None:
    (problem,) = wrong_ways("rules.csv", 3, "patterns", [("味", word)])
    assert (problem.file, problem.row, problem.column) == ("rules.csv", 3, "patterns")
    assert repr(word) in problem.message
    assert len(list(wrong_exceptions("rules.csv", 3, (), [word, "味"], ()))) == 1


@pytest.mark.parametrize("word", ALIVE)
def test_what_may_stand_does_fire(word: str) -> None:
    assert list(wrong_ways("rules.csv", 3, "patterns", [(word,)])) == []
    assert Patterns([Pattern("A", ((word,),))], ()).match(normalize([f"有人说{word}啊"])) == {0: {"A": word}}


@pytest.mark.parametrize(("way", "words"), [(("", ""), "an alternative is empty"), (("煤气灶", ""), "'煤气灶+' has a + without a word")])
def test_a_plus_without_a_word_is_told(way: tuple[str, ...], words: str) -> None:
    (problem,) = wrong_ways("overlaps.csv", 3, "clues", [way])
    assert problem.message == words


def test_an_exception_inside_a_pattern_is_found_through_dialect() -> None:
    assert "'无' stands inside the pattern '冇气'" in stopped([("冇气", "瓶")], "无")
    assert "'冇气' stands inside the pattern '无气'" in stopped([("无气",)], "冇气")
    assert stopped([("冇气",)], "煤") == ""


def stopped(ways: list[tuple[str, ...]], word: str) -> str:
    return "".join(problem.message for problem in wrong_exceptions("rules.csv", 3, ways, [word], DIALECT))


def test_groups_and_gaps_are_read_word_by_word() -> None:
    assert list(wrong_ways("rules.csv", 3, "patterns", [("再不(处理|解决)…(跳|喝药)", "楼")])) == []
    assert len(list(wrong_ways("rules.csv", 3, "patterns", [("再不(处 理|解决)",)]))) == 1
    assert "'气' stands inside the pattern '煤气'" in stopped([("(煤|燃)气",)], "气")
