from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.matters import split, split_many

TWO = (
    "一、长沙光华路的路灯坏了三天没人修。二、我去年在新昌办的健身卡,店关门了不退钱。",
    "1、村口垃圾桶满了一星期没人收。2、想问下养老金认证怎么弄。",
    "(1)工厂晚上机器响到两点。(2)厂里还欠我两个月工资。",
    "我们楼下的烧烤档油烟很大。另外想问下医保异地备案怎么办理?",
    "门口路灯坏了半个月。顺便问一下,老人证在哪里办?",
    "(一)村口的路灯坏了半个月。(二)垃圾桶满了没人收。",
    "问题一:小区电梯经常停。问题二:物业不公开账目。",
    "第一个是想问社保怎么转,第二个是我们巷口的井盖坏了。",
    "第一个问题,路口红绿灯坏了很久。第二个问题,学校门口没有斑马线。",
)


@pytest.mark.parametrize("text", TWO)
def test_two_matters_are_two_stretches(text: str) -> None:
    spans = split(text)
    assert len(spans) == 2
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)


@pytest.mark.parametrize("text", ["", "路灯坏了", "路灯坏了,另外还很暗", "2023年1、2月的工资没发", "三、四月份停水", "一是一,二是二"])
def test_one_matter_is_left_whole(text: str) -> None:
    assert split(text) == []


def test_too_many_points_are_a_list_not_matters() -> None:
    assert split("".join(f"{number}、这是一条很长很长的意见。" for number in range(1, 7))) == []


@given(st.text(alphabet="一二三、。路灯坏了另外12.()垃 \n", max_size=80))
def test_stretches_are_in_order_and_inside(text: str) -> None:
    spans = split(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_many() -> None:
    assert list(split_many(["路灯坏了", TWO[0]])) == [1]
