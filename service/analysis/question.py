"""A question to the statistics, as it stands in an address: which requests, counted by what, as what, compared with when.

A question that is written out and read again is the same question, so that an address can be shared.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from service.analysis.rates import RATES
from service.failures import refuse
from service.moments import YEARS

UNKNOWN = "~"
"""In an address: where a value is not known."""
UNMATCHED = "!"
"""Begins the key of an item of an earlier classification that today's has no one place for: it ended without a successor, or was split."""
ITEMS = ("item_1", "item_2", "item")
MOST_VALUES, MOST_BY = 50, 2
WEEKDAYS = ("1", "2", "3", "4", "5", "6", "7")
COMPARED = ("", "previous", "year")
_TAG = re.compile(r"tag\.[A-Za-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something to count by or to filter by. ``sql``: its value of a request, "" for unknown; where it is ``several``, a list.

    ``acts``: the same for one dispatch, where that is another.
    """

    title: str
    sql: str
    several: bool = False
    acts: str = ""


TIMES = ("day", "week", "month", "quarter", "year")
DIMENSIONS: Mapping[str, Dimension] = {
    "day": Dimension("日", "strftime(day, '%Y-%m-%d')"),
    "week": Dimension("周", "strftime(date_trunc('week', day), '%Y-%m-%d')"),
    "month": Dimension("月", "strftime(day, '%Y-%m')"),
    "quarter": Dimension("季度", "year(day)::VARCHAR || '-Q' || quarter(day)::VARCHAR"),
    "year": Dimension("年", "strftime(day, '%Y')"),
    "weekday": Dimension("星期", "isodow(day)::VARCHAR"),
    "hour": Dimension("钟点", "coalesce(lpad(hour::VARCHAR, 2, '0'), '')"),
    "town": Dimension("镇街", "town"),
    "item_1": Dimension("一级事项", "CASE WHEN item_1 <> '' OR item = '' THEN item_1 ELSE '!' END"),
    "item_2": Dimension("二级事项", "CASE WHEN item_2 <> '' OR item = '' OR item_now <> '' THEN item_2 ELSE '!' END"),
    "item": Dimension("事项", "CASE WHEN item_now <> '' OR item = '' THEN item_now ELSE '!' || item END"),
    "type": Dimension("诉求类型", "type"),
    "urgency": Dimension("紧急程度", "urgency"),
    "unit": Dimension("承办单位", "coalesce(nullif(final_unit, ''), last_unit)", acts="act_unit"),
    "first_unit": Dimension("首派单位", "first_unit"),
    "suggested_unit": Dimension("建议单位", "suggested_unit"),
    "final_unit": Dimension("最终承办单位", "final_unit"),
    "label_unit": Dimension("归类单位", "label_unit"),
    "label_from": Dimension("归类来源", "label_from"),
    "how": Dimension("派单方式", "how", acts="act_how"),
    "reason": Dimension("退单理由", "list_transform(refusals, lambda x: x.reason)", several=True, acts="coalesce(act_reason, '')"),
    "channel": Dimension("渠道", "channel"),
    "caller_kind": Dimension("诉求人类型", "caller_kind"),
    "state": Dimension("状态", "state"),
    "resolved": Dimension("解决情况", "resolved"),
    "satisfied": Dimension("评价", "satisfied"),
    "model": Dimension("模型版本", "model"),
    "taxonomy": Dimension("分类版本", "taxonomy"),
    "synthetic": Dimension("虚构数据", "CASE WHEN synthetic THEN '1' ELSE '0' END"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests: registered from ``since`` to ``until``, both included; of each dimension one of the values; all the words."""

    since: date | None = None
    until: date | None = None
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """``by``: at most two dimensions; ``rate``: a name of ``rates.RATES``; ``compare``: with the period before, with the year before, or not."""

    filter: Filter = Filter()
    by: tuple[str, ...] = ()
    rate: str = "count"
    compare: str = ""


def comparable(key: str) -> bool:
    """Whether a key is known, and means the same in every classification."""
    return bool(key) and not key.startswith(UNMATCHED)


def dimension(name: str, place: str = "by") -> Dimension:
    """A dimension by its name; ``tag.crowd`` is the tag crowd. Raises ``unknown_code``, naming the ``place`` in the address."""
    if name in DIMENSIONS:
        return DIMENSIONS[name]
    if _TAG.fullmatch(name):
        code = name.removeprefix("tag.")
        start = len(code) + 2
        values = f"list_transform(list_filter(tags, lambda x: starts_with(x, '{code}=')), lambda x: substr(x, {start}))"
        return Dimension(f"标签 {code}", values, several=True)
    raise refuse("unknown_code", f"{place}: no dimension {name[:80]!r}. Use one of {', '.join(DIMENSIONS)}, or tag.CODE.", name=name[:80])


def read(pairs: Iterable[tuple[str, str]]) -> Question:
    """A question from an address: ``since``, ``until``, ``by``, ``rate``, ``compare``, ``words``, and dimensions with their values.

    A dimension may stand several times: then one of the values. Raises ``bad_value`` or ``unknown_code``.
    """
    told: dict[str, list[str]] = {}
    for name, value in pairs:
        if value and (name not in told or value not in told[name]):
            told.setdefault(name, []).append(value)
    since, until = _day("since", told.pop("since", [])), _day("until", told.pop("until", []))
    if since and until and until < since:
        raise refuse("bad_value", f"until: {until} lies before since ({since}). Exchange them.")
    by = tuple(dict.fromkeys(each for cell in told.pop("by", []) for each in cell.split(",") if each))
    if len(by) > MOST_BY:
        raise refuse("bad_value", f"by: {len(by)} dimensions; at most {MOST_BY} at a time.")
    rate, compare = told.pop("rate", ["count"])[0], told.pop("compare", [""])[0]
    if rate not in RATES:
        raise refuse("unknown_code", f"rate: none called {rate[:80]!r}. Use one of {', '.join(RATES)}.")
    if compare not in COMPARED:
        raise refuse("unknown_code", f"compare: {compare[:80]!r}. Use previous, year, or nothing.")
    words = tuple(sorted({word for cell in told.pop("words", []) for word in cell.split()}))
    for each in by:
        dimension(each)
    for each in told:
        dimension(each, "filter")
    if len(words) > MOST_VALUES:
        raise refuse("bad_value", f"words: {len(words)} of them; at most {MOST_VALUES} at a time.")
    for each in told.get("weekday", []):
        if each not in WEEKDAYS:
            raise refuse("bad_value", f"weekday: {each[:40]!r}. Use 1 (Monday) to 7 (Sunday).")
    if any(len(values) > MOST_VALUES for values in told.values()):
        raise refuse("bad_value", f"more than {MOST_VALUES} values of one dimension. Choose fewer, or go one level up.")
    values = {name: tuple(sorted("" if each == UNKNOWN else each for each in found)) for name, found in told.items()}
    return Question(Filter(since, until, tuple(sorted(values.items())), words), by, rate, compare)


def written(question: Question) -> list[tuple[str, str]]:
    """The address of a question, in one order."""
    told = question.filter
    ends = [(name, day.isoformat()) for name, day in (("since", told.since), ("until", told.until)) if day is not None]
    values = [(name, value or UNKNOWN) for name, found in told.values for value in found]
    rest = [("by", ",".join(question.by)), ("rate", "" if question.rate == "count" else question.rate), ("compare", question.compare)]
    return [*ends, *values, *([("words", " ".join(told.words))] if told.words else []), *(pair for pair in rest if pair[1])]


def _day(name: str, values: Sequence[str]) -> date | None:
    if not values:
        return None
    with suppress(ValueError):
        found = date.fromisoformat(values[0])
        if found.year in YEARS:
            return found
    raise refuse("bad_value", f"{name}: {values[0][:40]!r} is not a date of 1900 to 2199. Write it as 2026-11-26.")
