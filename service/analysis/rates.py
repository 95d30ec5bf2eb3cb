"""What is counted: every rate as a numerator over a denominator, with who is left out. Fixed here, once, with a version.

Sources: 国办函〔2025〕66号 (rates are not to be ranked one-sidedly), Beijing's three rates 响应率 解决率 满意率, and the domain study.
"""

from collections.abc import Mapping
from dataclasses import dataclass

VERSION = "2026.11"
"""Raised whenever a definition changes: figures of different versions are not comparable."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``numerator`` and ``denominator`` are conditions on a request (or on a dispatch, where ``acts``); numerator implies denominator.
    ``scope``: requests that the rate speaks of at all; those of the scope without a denominator are told as left out.

    ``beyond``: what those are called of whom the rate does not speak; with denominator and left out they make the count.
    ``good``: 1 where more is better, -1 where less is better, 0 where neither.
    """

    title: str
    words: str
    numerator: str = ""
    denominator: str = ""
    scope: str = "true"
    acts: bool = False
    good: int = 0
    beyond: str = ""


UNSENT = "未派单"
_SENT = "first_at IS NOT NULL"
_RATED = "satisfied IN ('满意', '基本满意', '不满意')"
_TOLD = "resolved IN ('解决', '部分解决', '未解决')"
_ENDED = "due_at IS NOT NULL AND (closed_at IS NOT NULL OR state NOT IN ('final', 'closed'))"

RATES: Mapping[str, Rate] = {
    "count": Rate("件数", "登记的工单数"),
    "responded": Rate("响应率", "按时联系诉求人的 ÷ 已派单且有回访记录的", "contacted", f"{_SENT} AND contacted IS NOT NULL", _SENT,
                      good=1, beyond=UNSENT),
    "resolved": Rate("解决率", "解决 ÷ (解决+部分解决+未解决);解释说明和未回访的不计", "resolved = '解决'", _TOLD, _SENT, good=1, beyond=UNSENT),
    "satisfied": Rate(
        "满意率", "(满意+基本满意) ÷ (满意+基本满意+不满意);未评价、非诉求性不满意和未回访的不计", "satisfied IN ('满意', '基本满意')", _RATED,
        _SENT, good=1, beyond=UNSENT,
    ),
    "first_try": Rate(
        "一次派单成功率", "只派过一次、没有退单就定责的 ÷ 已定责的", "final_unit <> '' AND refused = 0 AND len(dispatches) = 1", "final_unit <> ''",
        _SENT, good=1, beyond=UNSENT,
    ),
    "accuracy": Rate(
        "派单准确率", "被接收的派单次数 ÷ 有结果(定责或退单)的派单次数", "act_taken", "act_taken OR act_reason IS NOT NULL", acts=True, good=1
    ),
    "suggestion": Rate(
        "建议准确率", "系统首选就是最终承办单位的 ÷ 已定责且有建议的", "suggested_unit = final_unit", "final_unit <> '' AND suggested_unit <> ''",
        "final_unit <> ''", good=1, beyond="未定责",
    ),
    "refused": Rate("退单率", "退单次数 ÷ 派单次数", "act_reason IS NOT NULL", "true", acts=True, good=-1),
    "repeat": Rate("重复率", "同一诉求人 90 天内就同一事项再次诉求的 ÷ 知道诉求人的", "repeat_of IS NOT NULL", "caller <> ''", good=-1),
    "overdue": Rate(
        "超期率", "办结晚于时限、或未办结而时限已过的 ÷ 有时限且知道是否办结的", "coalesce(closed_at, as_of) > due_at",
        _ENDED, "due_at IS NOT NULL", good=-1, beyond="无时限",
    ),
    "reopened": Rate("重办率", "重办的 ÷ 已派单且有回访记录的", "reopened", f"{_SENT} AND reopened IS NOT NULL", _SENT, good=-1, beyond=UNSENT),
    "auto": Rate("自动派单占比", "首次由系统自动派出的 ÷ 已派单的", "how = 'auto'", _SENT, "true"),
}  # fmt: skip
