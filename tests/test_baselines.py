from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.baselines import KeywordRules, keywords, majority
from triage.profile import Profile

DAY = date(2026, 7, 1)
TRUTH = ["A", "A", "B", "C", "D"]


@pytest.fixture(scope="module")
def rules(kaiping: Profile) -> KeywordRules:
    return KeywordRules(kaiping, DAY)


def test_a_keyword_of_an_item_speaks_for_the_item_and_its_lead(rules: KeywordRules, kaiping: Profile) -> None:
    leaf = next(code for code in kaiping.leaves() if kaiping.items[code].keywords and kaiping.lead(code, "", DAY))
    ranked = rules.rank(["，".join(kaiping.items[leaf].keywords)])
    lead = kaiping.lead(leaf, "", DAY)
    assert lead is not None
    assert ranked["item"][0][0] == leaf
    assert lead.unit in ranked["unit"][0]


def test_a_text_without_any_known_word_gets_no_answer(rules: KeywordRules) -> None:
    assert rules.rank(["啊啊啊", ""]) == {"unit": [[], []], "item": [[], []]}


def test_longer_words_count_more_and_a_word_counts_once(kaiping: Profile) -> None:
    first, second = kaiping.leaves()[:2]
    items = {
        code: item._replace(keywords={first: ("鸡毛",), second: ("蒜皮蒜皮",)}.get(code, ()), name=f"名{code}")
        for code, item in kaiping.items.items()
    }
    rules = KeywordRules(replace(kaiping, items=items, units={}, duties={}), DAY)
    assert rules.rank(["鸡毛鸡毛鸡毛鸡毛, 蒜皮蒜皮"])["item"] == [[second, first]]


def test_a_unit_that_takes_nothing_and_an_item_that_ended_are_never_named(kaiping: Profile) -> None:
    leaf = next(code for code in kaiping.leaves() if kaiping.items[code].keywords)
    over = kaiping.items[leaf]._replace(period=kaiping.items[leaf].period._replace(end=date(2026, 1, 1)), keywords=("独一无二的词",))
    unit = next(iter(kaiping.units.values()))._replace(accepts="no", keywords=("也是独一无二",))
    rules = KeywordRules(replace(kaiping, items={**kaiping.items, leaf: over}, units={**kaiping.units, unit.code: unit}), DAY)
    assert rules.rank(["独一无二的词, 也是独一无二"]) == {"unit": [[]], "item": [[]]}


def test_the_rules_are_better_than_chance_and_need_no_model(rules: KeywordRules, examples: list[dict[str, str]]) -> None:
    rows = examples[::20]
    ranked = rules.rank([row["text"] for row in rows])["unit"]
    truth = [row["unit"] for row in rows]
    assert keywords(truth, ranked)["hit1"] > 2 * majority(truth)["hit1"]


def test_the_majority_counted_by_hand() -> None:
    assert majority(TRUTH) == {"label": "A", "hit1": 0.4, "hit3": 0.8}
    assert majority(["A"]) == {"label": "A", "hit1": 1.0, "hit3": 1.0}


def test_a_text_without_a_word_counts_as_wrong() -> None:
    assert keywords(TRUTH, [["A"], [], ["A", "B"], [], []]) == {"hit1": 0.2, "hit3": 0.4, "answered": 0.4}


@given(st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=30))
def test_the_majority_is_never_worse_than_any_other_label(truth: list[str]) -> None:
    assert all(majority(truth)["hit1"] >= round(truth.count(label) / len(truth), 4) for label in "ABCDE")
