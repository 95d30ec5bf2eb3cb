from pathlib import Path

import pytest
from spoil import append, places, problems, said, set_cells

from triage.profile_load import load

RULE = {"code": "NEW", "name": "新规则", "patterns": "某某词"}


@pytest.mark.parametrize("patterns", ["煤气 味", "煤气。", "煤气、味", "煤气.*味|[漏", "煤气灶+", "+煤气灶"])
def test_a_rule_that_can_never_fire(profile_copy: Path, patterns: str) -> None:
    row = append(profile_copy, "rules.csv", **{**RULE, "patterns": f"某某词;{patterns}"})
    assert set(places(profile_copy)) == {("rules.csv", row, "patterns")}


@pytest.mark.parametrize("column", ["clues", "topic", "unless"])
def test_a_clue_that_can_never_hold(profile_copy: Path, column: str) -> None:
    set_cells(profile_copy, "overlaps.csv", 2, **{column: "工厂 噪音"})
    assert ("overlaps.csv", 2, column) in places(profile_copy)


def test_an_exception_stands_inside_a_pattern_in_dialect(profile_copy: Path) -> None:
    row = append(profile_copy, "rules.csv", **{**RULE, "patterns": "冇气", "unless": "无"})
    assert said(profile_copy) == [f"rules.csv:{row} [unless]: '无' stands inside the pattern '冇气', which can never fire. Make it longer"]


def test_only_leaves_may_be_named(profile_copy: Path) -> None:
    row = append(profile_copy, "rules.csv", **RULE, items="0101")
    set_cells(profile_copy, "overlaps.csv", 2, items="0803")
    assert places(profile_copy) == [("overlaps.csv", 2, "items"), ("rules.csv", row, "items")]
    assert all("has items below it" in problem.message for problem in problems(profile_copy))


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"issue": ""}, "issue", "is empty"),
        ({"question": "请问?"}, "question", "'请问?' is not the question of row 2"),
        ({"topic": "别的"}, "topic", "is not that of row 2"),
        ({"answer": "工厂设备"}, "answer", "stands in row 2 for the same time"),
        ({"co": "ZJ"}, "co", "ZJ leads already"),
        ({"lead": "XX"}, "lead", "no unit 'XX'"),
        ({"issue": "place"}, "issue", "'place' is the question for the town"),
    ],
)
def test_an_answer_that_does_not_hold_together(profile_copy: Path, cells: dict[str, str], column: str, words: str) -> None:
    set_cells(profile_copy, "overlaps.csv", 3, **cells)
    assert said(profile_copy)[0].startswith(f"overlaps.csv:3 [{column}]: {words}")


def test_one_row_says_what_a_second_refusal_means(profile_copy: Path) -> None:
    row = append(profile_copy, "refusals.csv", reason="再退", move="escalate")
    assert places(profile_copy) == [("refusals.csv", row, "move")]
    set_cells(profile_copy, "refusals.csv", row, move="none")
    assert load(profile_copy)


def test_some_row_says_what_a_second_refusal_means(profile_copy: Path) -> None:
    path = profile_copy / "refusals.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",escalate,", ",none,"), encoding="utf-8")
    (line,) = said(profile_copy)
    assert line.startswith("refusals.csv [move]: no row with escalate")
