"""Emerging words on requests made by hand, and how often chance alone makes one."""

import random
from datetime import date

from service.analysis.emerging import ALARM, find
from service.analysis.topics import Told

DAY = date(2026, 3, 2)
WORDS = "路灯 公交 学校 物业 电梯 垃圾 停车 装修 噪音 医保 社保 工资 退款 快递 河道 绿化 井盖 道路 水费 煤气".split()


def requests(n: int, seed: int, start: int = 0) -> list[Told]:
    dice = random.Random(seed)
    return [Told(start + number, DAY, "，".join(dice.sample(WORDS, 3)), caller=f"c{start + number}") for number in range(n)]


def test_a_new_word_emerges_with_its_requests() -> None:
    new = [Told(900 + number, DAY, "商场的积水没人理", caller=f"n{number}") for number in range(6)]
    found = find([*requests(100, 1), *new], requests(300, 2, 1000))
    assert {each.word for each in found} >= {"积水"} and not {each.word for each in found} & set(WORDS)
    (water,) = [each for each in found if each.word == "积水"]
    assert (water.n, water.persons, water.requests) == (6, 6, tuple(range(900, 906))) and water.expected < 1


def test_few_requests_or_callers_are_not_enough() -> None:
    usual, before = requests(100, 1), requests(300, 2, 1000)
    assert find([*usual, *(Told(900 + n, DAY, "积水", caller=f"n{n}") for n in range(4))], before) == []
    assert find([*usual, *(Told(900 + n, DAY, "积水", caller="same") for n in range(9))], before) == []


def test_without_the_months_before_nothing_is_said() -> None:
    assert find(requests(100, 1), []) == [] and find(requests(100, 1), requests(99, 2)) == [] and find([], requests(9, 1)) == []


def test_chance_alone_makes_as_few_as_is_stated() -> None:
    looks = 60
    assert sum(bool(find(requests(60, 2 * seed), requests(180, 2 * seed + 1, 1000))) for seed in range(looks)) <= looks * ALARM + 3


def test_a_name_does_not_emerge() -> None:
    named = [Told(900 + number, DAY, "找陈志强", caller=f"n{number}") for number in range(9)]
    assert not [each for each in find([*requests(100, 1), *named], requests(300, 2, 1000)) if "志强" in each.word]
