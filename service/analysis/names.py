"""What stands on screen for the codes of a line. A code that today's tables lack keeps its code, marked; nothing is left out."""

from collections.abc import Mapping

from service.analysis.question import ITEMS, UNMATCHED
from service.transitions import SHOWN
from triage.profile import Profile

NOT_KNOWN: Mapping[str, str] = {
    "town": "不明", "item": "不明", "item_1": "不明", "item_2": "不明或无下级", "unit": "未派单", "first_unit": "未派单",
    "final_unit": "未定责", "suggested_unit": "无建议", "how": "未派单", "reason": "无退单", "resolved": "未回访", "satisfied": "未回访",
    "hour": "只知日期", "label_unit": "未归类", "label_from": "未归类",
}  # fmt: skip
HOWS: Mapping[str, str] = {"auto": "自动", "accepted": "采纳", "chosen": "另选", "overridden": "改派"}
_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
LABELLED: Mapping[str, str] = {"decided": "人已决定", "relabelled": "重新分类", "suggested": "系统首选"}
UNITS = ("unit", "first_unit", "suggested_unit", "final_unit", "label_unit")
TAGGED: Mapping[str, str] = {"tag.town": "town", "tag.item": "item", "tag.state": "state", "tag.dispatch_mode": "how"}
"""Tags whose values are the codes of a dimension."""
_GONE, _UNMATCHED = "现行表中没有", "无法对照"


def label(name: str, key: str, profile: Profile | None) -> str:
    """A value of a dimension in words."""
    if not key:
        return NOT_KNOWN.get(name, "无" if name.startswith("tag.") else "未填")
    name = TAGGED.get(name, name)
    if name in UNITS:
        return unit_name(key, profile)
    if name == "town" and profile is not None:
        return profile.towns[key].name if key in profile.towns else f"{key}({_GONE})"
    if name in ITEMS and key.startswith(UNMATCHED):
        old = key.removeprefix(UNMATCHED)
        known = profile.items[old].name if profile is not None and old in profile.items else old
        return f"{known}({_UNMATCHED})" if old else _UNMATCHED
    if name in ITEMS and profile is not None:
        return profile.items[key].name if key in profile.items else f"{key}({_GONE})"
    fixed = {
        "how": HOWS.get(key, key),
        "label_from": LABELLED.get(key, key),
        "state": SHOWN.get(key, key),
        "synthetic": "虚构" if key == "1" else "真实",
    }
    if name == "weekday":
        return _WEEKDAYS[int(key) - 1]
    return f"{key} 时" if name == "hour" else fixed.get(name, key)


def unit_name(key: str, profile: Profile | None) -> str:
    """A unit in words; one that acts for a town by the town's name."""
    code, _, area = key.partition("@")
    if profile is None:
        return key
    if area in profile.towns:
        return profile.towns[area].name
    return profile.units[code].short if code in profile.units else f"{key}({_GONE})"
