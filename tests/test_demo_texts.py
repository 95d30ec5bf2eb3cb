"""What is varied, and what is never touched."""

import random
import re
from pathlib import Path

import pytest

from service.demo_texts import Example, Teller, read_examples, seasons
from tests.conftest import KAIPING
from triage import Engine, Request
from triage.errors import UsageError
from triage.profile import Profile


def example(text: str, town: str = "", channel: str = "电话") -> Example:
    return Example("x", "070301", "CG", town, "投诉", "一般", channel, "个人", "", text)


def teller(kaiping: Profile, seed: int = 1) -> Teller:
    return Teller(kaiping, random.Random(seed))


def test_the_examples_are_read_whole() -> None:
    found = read_examples(KAIPING)
    assert len(found) > 5000
    assert all(each.text and each.item for each in found)


def test_a_folder_without_examples_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"examples\.csv"):
        read_examples(tmp_path)


def test_all_but_town_and_words_stays(kaiping: Profile) -> None:
    for before in read_examples(KAIPING)[:400]:
        after = teller(kaiping).vary(before)
        assert (after.id, after.item, after.unit, after.type, after.urgency) == (before.id, before.item, before.unit, before.type, before.urgency)


def test_a_town_moves_within_its_class_and_everywhere(kaiping: Profile) -> None:
    before = example("水口镇的路灯坏了，水口圩一片黑。", town="440783117")
    moved = {after.town: after.text for after in (teller(kaiping, seed).vary(before) for seed in range(60)) if after.town != before.town}
    assert len(moved) > 5
    for town, text in moved.items():
        assert kaiping.towns[town].area == "town"
        assert text.count(kaiping.towns[town].short) == 2
        assert "水口" not in text


@pytest.mark.parametrize("text", ["水口泮村的路灯坏了。", "水口人民医院门口的路灯坏了。", "去水口古镇的路灯坏了。"])
def test_a_place_that_lies_in_one_town_only_does_not_move(kaiping: Profile, text: str) -> None:
    assert {teller(kaiping, seed).vary(example(text, "440783117")).town for seed in range(40)} == {"440783117"}


def test_money_changes_by_a_fifth_at_most_and_other_numbers_do_not(kaiping: Profile) -> None:
    for seed in range(30):
        text = teller(kaiping, seed).vary(example("收了我1000元，车牌12345，电话13800138000，第301号")).text
        money = re.search(r"(\d+)元", text)
        assert money is not None and 800 <= int(money[1]) <= 1200
        assert all(each in text for each in ("12345", "13800138000", "301号"))


def test_the_same_seed_tells_the_same(kaiping: Profile) -> None:
    first, second = ([each.vary(row).text for row in read_examples(KAIPING)[:50]] for each in (teller(kaiping), teller(kaiping)))
    assert first == second


def test_alternatives_make_one_text(kaiping: Profile) -> None:
    text = teller(kaiping).compose("甲;乙|{town}|，;。|丙", "440783117")
    assert re.fullmatch("[甲乙]水口[，。]丙。", text)


def test_what_belongs_to_a_season_is_said_in_it() -> None:
    assert seasons("台风天停电") == (6, 7, 8, 9, 10)
    assert not seasons("路灯坏了")


def test_variants_mean_the_same_to_the_engine(engine: Engine, kaiping: Profile) -> None:
    before = read_examples(KAIPING)[::23]
    after = [teller(kaiping, 3).vary(each) for each in before]
    items = [
        [answer.items[0].code for answer in engine.suggest_many([Request(each.text, each.title, caller_kind=each.caller_kind) for each in rows])]
        for rows in (before, after)
    ]
    same = sum(one == other for one, other in zip(*items, strict=True))
    assert same >= 0.95 * len(before)
