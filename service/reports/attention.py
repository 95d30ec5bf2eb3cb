"""四、需要关注: what somebody should look at, each with the figure that says why."""

from collections.abc import Sequence

from service.analysis.question import comparable
from service.analysis.suppress import LEAST
from service.reports import figures
from service.reports.ask import Asking
from service.reports.hot import Matter, risen
from service.reports.paper import Section

_ENOUGH, _TWICE, _RISE = 20, 2.0, 1.5


def attention(ask: Asking, matters: Sequence[Matter]) -> Section:
    """The chapter; it says so where there is nothing."""
    told = [*_groups(matters), *_items(ask), *_units(ask), *_waiting(ask), *_unhappy(ask), *_unknown(ask)]
    numbered = [f"（{number}）{words}" for number, words in enumerate(told, start=1)]
    return Section("需要关注", tuple(numbered) or ("本期没有达到提示条件的情况。",))


def _groups(matters: Sequence[Matter]) -> list[str]:
    return [
        f"“{each.name}”涉及{figures.about(each.people)}人，属群体性诉求，请主办单位及早介入。"
        for each in matters
        if each.kind == "群体性诉求" and each.people >= LEAST
    ]


def _items(ask: Asking) -> list[str]:
    found = [(code, now, old) for code, now, old in risen(ask) if now >= _ENOUGH and old and now >= _RISE * old]
    return [f"{ask.names.item(code)}环比上升{now / old - 1:.0%}（{old:,}→{now:,}件）。" for code, now, old in found[:3]]


def _units(ask: Asking) -> list[str]:
    whole = ask.total("refused")
    if whole.rate is None or not whole.rate:
        return []
    lines = [line for line in ask.table(("unit",), "refused").lines if line.keys[0] and line.denominator >= _ENOUGH and line.numerator >= LEAST]
    found = sorted((line for line in lines if (line.rate or 0) >= _TWICE * whole.rate), key=lambda line: -(line.rate or 0))[:3]
    return [f"{ask.names.unit(line.keys[0])}退单率{figures.rate(line)}，全市为{figures.rate(whole)}，建议核对其职责表和派单口径。" for line in found]


def _waiting(ask: Asking) -> list[str]:
    told = []
    states = ask.told("state")
    for state, words in (("disputed", "存在争议待裁定"), ("returned", "退回后尚未重派"), ("new", "登记后尚未派出")):
        if state in states:
            told.append(f"本期登记的诉求中，{states[state]:,}件{words}。")
    overdue = ask.total("overdue")
    if figures.told(overdue) is not None and overdue.numerator:
        told.append(f"超期率{figures.rate(overdue)}。")
    return told


def _unhappy(ask: Asking) -> list[str]:
    whole = ask.total("satisfied")
    if whole.rate is None:
        return []
    lines = [line for line in ask.table(("item_1",), "satisfied").lines if comparable(line.keys[0]) and line.denominator >= _ENOUGH]
    found = sorted((line for line in lines if (line.rate or 0) <= whole.rate - 0.1), key=lambda line: line.rate or 0)[:2]
    return [f"{ask.names.item(line.keys[0])}领域满意率{figures.rate(line)}，低于全市的{figures.rate(whole)}。" for line in found]


def _unknown(ask: Asking) -> list[str]:
    total = ask.total().n
    nowhere = ask.told("town").get("", 0)
    if nowhere / total >= 0.2:
        return [f"{nowhere / total:.0%}的诉求不知镇街，镇街分布只反映其余部分，请话务员问清地点。"]
    return []
