"""Texts of the demo city: the examples of the city's folder, and the same matters told in other words.

What is varied says nothing about who is responsible: the town, for another of the same area class; turns of phrase; amounts of
money by up to a fifth; how a caller begins and ends. Nothing here is a real request.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from triage.errors import UsageError
from triage.profile import Profile
from triage.tables import read_rows

EXAMPLES, HAPPENINGS = "examples.csv", "happenings.csv"
_COLUMNS = ("id", "item", "unit", "town", "type", "urgency", "channel", "caller_kind", "title", "text")
_ALIKE = (
    ("上星期", "上个星期", "上周", "前几天"), ("昨晚", "昨天晚上", "前晚"), ("今天早上", "今早", "今天一早"), ("今晚", "今天晚上"),
    ("尽快", "早点", "快点"), ("没人管", "没有人管", "一直没人管", "冇人管"), ("麻烦", "劳烦"), ("什么时候", "几时"), ("现在", "目前"),
    ("附近", "旁边"), ("希望", "恳请", "盼"), ("半个月", "十几天", "两个星期"), ("一直", "始终"), ("非常", "十分"), ("很多", "好多", "不少"),
    ("每天晚上", "天天晚上", "每晚"), ("不知道", "不清楚"), ("怎么办", "该怎么办"), ("请问", "想问下", "想请问"),
)  # fmt: skip
"""Groups of words of which each can stand for each other one in any of the examples."""
_SPOKEN = ("", "", "", "你好，", "您好，", "喂，你好，", "我想反映一下，", "是这样的，", "打扰一下，")
_WRITTEN = ("", "", "", "", "您好！", "你好，", "领导好，")
_ENDS = ("", "", "", "", "谢谢。", "请尽快处理。", "麻烦跟进一下。", "希望有回复。", "等你们答复。", "拜托了。")
_AGAIN = ("上次打过电话，还没有解决。", "之前反映过，到现在没动静。", "这是第二次来电了。", "上回说转下去了，一直没有结果。")
_AFTER = "镇街这那某一有做的圩墟，。、"
_MONEY = re.compile(r"(?<![\d.])(\d{3,5})(?=元|块|蚊)")
_MOVED = 0.4


@dataclass(frozen=True, slots=True)
class Example:
    """A request with what is right for it; ``town`` and the like by code, "" where it does not say."""

    id: str
    item: str
    unit: str
    town: str
    type: str
    urgency: str
    channel: str
    caller_kind: str
    title: str
    text: str


def read_examples(folder: Path) -> list[Example]:
    """The examples of a city. Raises UsageError where there are none."""
    _, rows = read_rows(folder / EXAMPLES, required=_COLUMNS)
    found = [Example(*(row[name].strip() for name in _COLUMNS)) for row in rows if not row.error]
    if not found:
        raise UsageError(f"{folder / EXAMPLES}: no rows. The demo city is made from a city's examples.", "empty_file")
    return found


class Teller:
    """Tells matters in other words. ``random`` decides how, and nothing else."""

    def __init__(self, profile: Profile, chance: random.Random) -> None:
        self._chance, self._towns = chance, profile.towns
        self._peers: dict[str, list[str]] = {}
        for town in profile.towns.values():
            self._peers.setdefault(town.area, []).append(town.code)
        self._places = re.compile("|".join(sorted((re.escape(each.name) for each in profile.places), key=len, reverse=True)) or r"(?!)")
        self._groups = {words: group for group in _ALIKE for words in group}
        self._turns = re.compile("|".join(sorted(map(re.escape, self._groups), key=len, reverse=True)))

    def town(self, area: str) -> str:
        """Any town of an area class."""
        return self._chance.choice(self._peers[area])

    def vary(self, example: Example) -> Example:
        """The same matter of another day and perhaps of another town."""
        told = self._move(example) if example.town and self._chance.random() < _MOVED else example
        starts = _SPOKEN if told.channel == "电话" else _WRITTEN if told.channel in ("网站", "微信") else ("",)
        start = "" if told.text.startswith(("来电", "来访", "你好", "您好", "喂", "嗯")) else self._chance.choice(starts)
        end = self._chance.choice(_ENDS) if told.text[-1:] in "。！？!?" else ""
        return replace(told, title=self._reword(told.title), text=f"{start}{self._reword(told.text)}{end}")

    def again(self, example: Example) -> Example:
        """What the same caller says when nothing has happened."""
        told = self.vary(example)
        return replace(told, text=f"{self._chance.choice(_AGAIN)}{told.text}")

    def compose(self, words: str, town: str) -> str:
        """A text from alternatives: ``甲;乙|丙;丁`` is one of each slot. ``{town}``: the town's short name."""
        text = "".join(self._chance.choice(slot.split(";")) for slot in words.split("|"))
        return self._reword(text.replace("{town}", self._towns[town].short)) + "。"

    def _move(self, example: Example) -> Example:
        """To another town of its class, where every mention can be moved and no place is named that lies in one town only."""
        here = self._towns.get(example.town)
        told = example.title + "\n" + example.text
        if here is None or self._places.search(told):
            return example
        mentions = re.findall(f"{re.escape(here.short)}(.?)", told)
        if not mentions or any(after not in _AFTER or not after for after in mentions):
            return example
        there = self._towns[self.town(here.area)]
        title, text = (words.replace(here.short, there.short) for words in (example.title, example.text))
        return replace(example, town=there.code, title=title, text=text)

    def _reword(self, text: str) -> str:
        text = self._turns.sub(lambda found: self._chance.choice(self._groups[found[0]]), text)
        return _MONEY.sub(lambda found: str(max(100, round(int(found[1]) * self._chance.uniform(0.8, 1.2) / 10) * 10)), text)


def seasons(text: str) -> Sequence[int]:
    """The months in which somebody may say this; empty: all."""
    return next((months for pattern, months in _MONTHS.items() if pattern.search(text)), ())


_MONTHS: Mapping[re.Pattern[str], Sequence[int]] = {
    re.compile(words): months
    for words, months in (
        ("台风", (6, 7, 8, 9, 10)), ("春节|过年|年三十|年初|利是", (1, 2)), ("暑假|暑期", (6, 7, 8, 9)), ("中考|高考", (4, 5, 6, 7)),
        ("清明", (3, 4)), ("国庆", (9, 10)), ("开学|返学|上一年级", (2, 5, 6, 7, 8, 9)), ("回南天", (2, 3, 4)),
        ("暴雨|落大雨|水浸|内涝", (4, 5, 6, 7, 8, 9, 10)), ("冬天|寒潮", (11, 12, 1, 2)),
    )
}  # fmt: skip
