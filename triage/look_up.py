"""Who leads and who helps by the table alone, in words: no text, no model."""

from collections.abc import Sequence
from datetime import date

from triage.errors import UsageError
from triage.locate import Gazetteer
from triage.normalize import normalize
from triage.profile import ANYWHERE, Duty, Profile, Town
from triage.succession import Period, heirs

_SIMILAR = 5


def table_route(profile: Profile, item: str, place: str, day: date) -> str:
    """The row of the responsibility table that holds for a leaf at a place ("" for an unknown one) on a day, its helpers,
    and the disputed duties it belongs to. Raises UsageError for an item or a place that there is not on the day."""
    _must_stand(profile, item, day)
    town = _town(profile, place, day)
    lead = profile.lead(item, town, day)
    lines = [f"事项  {_path(profile, item)} [{item}]", f"地点  {_where(profile, town)}   日期  {day}"]
    if lead is None:
        return "\n".join([*lines, "主办  职责表在这一天没有列出主办单位"])
    lines += [f"主办  {_name(profile, lead.unit, town)}", f"依据  {lead.basis or '未注明'}", f"出处  {_source(profile, lead)}"]
    if lead.own:
        lines.append("性质  部门本级职责, 不下派镇街")
    helpers = profile.helpers(item, town, day)
    lines.append("协办  " + ("、".join(f"{_name(profile, duty.unit, town)} responsibility.csv:{duty.row}" for duty in helpers) or "无"))
    return "\n".join([*lines, *_disputes(profile, item, town, day)])


def _must_stand(profile: Profile, item: str, day: date) -> None:
    if item not in profile.items:
        raise UsageError(f"no item {item!r} in profile {profile.code}. {_similar(profile, item)}", "unknown_item")
    below = [code for code, each in profile.items.items() if each.parent == item]
    if below:
        raise UsageError(f"item {item} {profile.items[item].name} has items below it. Use one of {', '.join(below)}.", "unknown_item")
    if day not in profile.items[item].period:
        other = _or(heirs(profile.items, item, day), "Name another day or item.")
        raise UsageError(f"item {item} {profile.items[item].name} does not exist on {day}. {other}", "unknown_item")


def _similar(profile: Profile, words: str) -> str:
    found = [f"{code} {profile.items[code].name}" for code in profile.leaves() if words and words in profile.items[code].name]
    return f"Use a code: {', '.join(found[:_SIMILAR])}." if found else "Use a code of items.csv."


def must_name_a_town(profile: Profile | None, place: str) -> str:
    """The code of the town that a place names: its code, a name or an address. Raises UsageError when it names none."""
    known = Gazetteer(profile).locate(normalize([place]), [""])[0].town
    if not known:
        city = profile.name if profile else "no profile"
        raise UsageError(f"--place {place!r} names no town of {city}. Use a code or name of towns.csv, or an address.", "unknown_place")
    return known


def _town(profile: Profile, place: str, day: date) -> str:
    if not place:
        return ""
    known = must_name_a_town(profile, place)
    towns = heirs(profile.towns, known, day)
    if len(towns) != 1:
        raise UsageError(f"{profile.towns[known].name} does not exist on {day}. {_or(towns, 'Name another day or place.')}", "unknown_place")
    return towns[0]


def _or(codes: Sequence[str], otherwise: str) -> str:
    return f"Use {' or '.join(codes)}." if codes else otherwise


def _path(profile: Profile, item: str) -> str:
    return " / ".join(profile.items[code].name for code in profile.path(item))


def _where(profile: Profile, town: str) -> str:
    return f"{profile.towns[town].name} [{town}]" if town else "未知"


def _name(profile: Profile, unit: str, town: str) -> str:
    place: Town | None = profile.towns.get(town) if unit == profile.town_unit else None
    return f"{place.name if place else profile.units[unit].name} [{unit}]"


def _source(profile: Profile, duty: Duty) -> str:
    area = {ANYWHERE: "全市", **profile.areas}.get(duty.area) or profile.towns[duty.area].name
    status = f"已确认{f', 确认人 {duty.confirmed_by}' if duty.confirmed_by else ''}" if duty.confirmed else "待市确认"
    return f"responsibility.csv:{duty.row} (适用{area}), {_period(duty.period)}, {status}"


def _period(period: Period) -> str:
    if period == Period(date.min, date.max):
        return "长期有效"
    start = f"自 {period.start} " if period.start > date.min else ""
    return f"{start}至 {period.end}" if period.end < date.max else f"{start}起"


def _disputes(profile: Profile, item: str, town: str, day: date) -> list[str]:
    lines = []
    for row in profile.overlaps:
        if item in row.items and day in row.period:
            leads = (_name(profile, profile.acting(unit, town, day), town) for unit in heirs(profile.units, row.lead, day))
            lines.append(f"交叉  {row.question} {row.answer} → {'、'.join(leads) or '待定'} overlaps.csv:{row.row}")
    return lines
