from typing import Any

import pytest

from training.compare_words import in_words, meaning

ONE: dict[str, Any] = {
    "n": 500, "hit1": 0.8, "hit1_95": [0.76, 0.84], "hit1_once": 0.79, "hit3": 0.95, "macro_f1": 0.6, "majority_hit1": 0.2, "classes": 9,
    "coverage_at_97": 0.4,
}  # fmt: skip


def split(**figures: Any) -> dict[str, Any]:
    days = ["2026-01-01", "2026-12-31"]
    return {"train_rows": 2000, "test_rows": 500, "train": days, "test": days, "tasks": {"unit": {**ONE, **figures}}, "notes": []}


def found(time: dict[str, Any], random: dict[str, Any], difference: float, margin: float) -> dict[str, Any]:
    return {
        "rows": 2500, "undated": 3, "undated_example": "a.csv:7", "known_earlier": 12, "unmeasurable": 4, "share": 0.2, "seed": 0,
        "splits": {"time": time, "random": random}, "difference": {"unit": {"hit1": difference, "margin": margin}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (0.09, "随机切分高出 9.0 个百分点 (误差 ±5.0)"),
        (0.03, "在误差范围 (±5.0) 之内"),
        (-0.03, "在误差范围"),
        (-0.08, "按时间切分反而高出 8.0 个百分点"),
    ],
)
def test_the_sentence_says_what_the_difference_means(difference: float, words: str) -> None:
    assert words in meaning(ONE, ONE, {"hit1": difference, "margin": 0.05})


def test_one_label_means_nothing() -> None:
    assert "说明不了什么" in meaning({**ONE, "classes": 1}, ONE, {"hit1": 0.0, "margin": 0.0})


def test_both_splits_stand_side_by_side_with_what_was_left_out() -> None:
    time = split()
    time["notes"] = [{"code": "few_rows", "text": "单位只有 90 行可比"}]
    words = in_words(found(time, split(hit1=0.86, hit1_95=[0.83, 0.89]), 0.06, 0.047))
    assert "首选命中率  80.0%    86.0%" in words
    assert "76.0%–84.0%    83.0%–89.0%" in words
    assert "日期读不懂的 3 行 (如 a.csv:7)始终用于训练" in words
    assert "12 行与较早的行几乎相同" in words
    assert "没有标签或文字读不了的 4 行" in words
    assert "按时间切分: 训练 2000 行 (2026-01-01 至 2026-12-31), 测试 500 行" in words
    assert words.endswith("注意 (按时间切分): 单位只有 90 行可比")


def test_a_task_that_one_side_lacks_is_said() -> None:
    one_sided = found(split(), {**split(), "tasks": {}}, 0.0, 0.1)
    one_sided["difference"]["unit"] = None
    assert "单位: 有一边没有带标签的测试行" in in_words(one_sided)
