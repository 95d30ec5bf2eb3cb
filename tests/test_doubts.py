from collections.abc import Sequence

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from training.clean import Corpus, clean
from training.doubts import Doubt, alike, confident, conflicts, doubts
from training.held_out import Verdict, Verdicts
from training.history import Record
from triage.records import Request

WAGES = "本人在水口镇一间水龙头厂做了四个月, 老板只发了头一个月的工资, 后面每次问都说等外商回款"
LIGHTS = "泮村牌坊到小学门口那一段的路灯坏了半个月, 晚上放学的学生摸黑走路, 麻烦派人来修一下"
SMOKE = "圩口天天有人烧垃圾, 浓烟飘进屋里, 家里老人咳得睡不着, 请环保部门来看看"
LABELS = ("CG", "RS", "STJ")


def corpus(*rows: tuple[str, str]) -> Corpus:
    return clean([Record(Request(text), {"unit": unit}) for text, unit in rows], None, similarity=0.8, permutations=64)


def verdict(given: Sequence[str], weights: Sequence[Sequence[float]] | None = None, known: int = 50) -> Verdict:
    chosen = weights if weights is not None else [[1 / 3] * 3] * len(given)
    return Verdict(LABELS, tuple(given), np.array(chosen, dtype=np.float32), np.full(len(given), known))


def certain(label: str, sure: float = 0.9) -> list[float]:
    return [sure if each == label else (1 - sure) / 2 for each in LABELS]


def test_a_label_that_the_models_hardly_believe_is_doubted() -> None:
    given = ["CG"] * 20 + ["RS"] * 20 + ["STJ"] * 20
    weights = [certain(label) for label in given]
    weights[3], weights[45] = certain("RS", 0.95), certain("CG", 0.97)
    assert confident(verdict(given, weights)) == [3, 45]


def test_nothing_is_doubted_where_the_models_agree() -> None:
    given = ["CG"] * 20 + ["RS"] * 20
    assert confident(verdict(given, [certain(label) for label in given])) == []


def test_a_label_known_from_too_few_texts_is_not_judged() -> None:
    given = ["CG"] * 20 + ["RS"] * 20
    weights = [certain(label) for label in given]
    weights[3] = certain("RS", 0.95)
    assert confident(verdict(given, weights, known=4)) == []
    assert confident(verdict(["CG"] * 9, [certain("RS")] * 9)) == []


def test_of_near_duplicates_the_outvoted_label_is_doubted() -> None:
    told = corpus((WAGES, "RS"), (LIGHTS, "CG"), (WAGES + "!", "CG"), (WAGES + "!!", "RS"), (SMOKE, "STJ"))
    (doubt,) = conflicts(verdict(told.labels["unit"]), told, 0.8)
    assert (doubt.row, doubt.given, doubt.suggested, doubt.twins, doubt.votes) == (2, "CG", "RS", (0, 3), (1, 2))
    assert doubt.share == pytest.approx(1 - (1 + 1 / 3) / 4)


def test_of_two_equal_texts_the_less_likely_label_is_doubted() -> None:
    told = corpus((WAGES, "RS"), (WAGES, "CG"))
    for likely, doubted in (("RS", 1), ("CG", 0)):
        (doubt,) = conflicts(verdict(["RS", "CG"], [certain(likely)] * 2), told, 0.8)
        assert doubt.row == doubted
        assert doubt.suggested == likely


def test_equal_labels_and_empty_ones_are_no_conflict() -> None:
    told = corpus((WAGES, "RS"), (WAGES, "RS"), (LIGHTS, "CG"), (LIGHTS, "CG"))
    given = ["RS", "RS", "CG", ""]
    assert list(conflicts(verdict(given), told, 0.8)) == []


def test_the_ends_of_a_chain_that_are_no_longer_alike_do_not_vote() -> None:
    told = corpus((WAGES, "RS"), (LIGHTS, "CG"))
    told.groups[:] = 0
    assert list(conflicts(verdict(["RS", "CG"]), told, 0.8)) == []


def test_a_row_is_doubted_once_for_all_reasons() -> None:
    given = ["CG"] * 20 + ["RS"] * 20
    weights = [certain(label) for label in given]
    weights[3] = certain("RS", 0.95)
    texts = [f"第{number}件, 各说各的事情, 编的内容{chr(0x4E00 + 97 * number) * 30}" for number in range(40)]
    texts[3] = texts[30]
    told = corpus(*zip(texts, given, strict=True))
    (doubt,) = doubts(verdict(given, weights), told, 0.8)
    assert (doubt.row, doubt.by_model, doubt.votes) == (3, True, (1, 1))
    assert doubt.share == pytest.approx(0.975)


def test_a_doubted_row_is_shown_with_what_it_resembles() -> None:
    given = ["CG", "RS", "RS", "RS", "RS"]
    told = verdict(given, [certain("RS")] * 5)
    texts = csr_matrix(np.array([[1, 0, 0], [0.9, 0.1, 0], [1, 0, 0], [0, 0, 1], [0.5, 0.5, 0]], dtype=np.float32))
    # Row 2 says the same as row 0: it is named as a near-duplicate, not as a likeness.
    found = alike(Verdicts({"unit": told}, texts), told, [Doubt(0, "CG", "RS", 0.9, True)], np.array([7, 1, 7, 3, 4]))
    assert found == [(1, 4, 3)]


def test_without_any_row_of_the_label_nothing_resembles() -> None:
    told = verdict(["CG", "RS"])
    texts = csr_matrix(np.eye(2, dtype=np.float32))
    assert alike(Verdicts({"unit": told}, texts), told, [Doubt(0, "CG", "STJ", 0.9, True)], np.array([0, 1])) == [()]
