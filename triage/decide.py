"""Whether a suggestion may go out by itself."""

from collections.abc import Mapping, Sequence, Set

from triage.profile import Profile
from triage.promise import Lines
from triage.records import Decision, Match, Question, UnitCandidate
from triage.rules import RANK

EVERYONE = "*"
"""Stands for all units where units are suspended."""

RISEN = "近期退改率上升, 已暂停自动派单"
"""Why a unit is suspended, where nothing else is said."""

_TELLING = 6
DECISIONS: Mapping[Decision, str] = {"auto": "自动派单", "suggest": "推荐, 由人确认", "manual": "人工分办"}


def decide(
    profile: Profile | None,
    thresholds: Mapping[str, float],
    units: Sequence[UnitCandidate],
    rules: Sequence[Match],
    urgency: str,
    length: int,
    questions: Sequence[Question] = (),
    matters: int = 0,
    lines: Lines | None = None,
    suspended: Set[str] | Mapping[str, str] = frozenset(),
    rivals: Sequence[str] = (),
) -> tuple[Decision, str]:
    """Whether it may go out by itself, and why (not). ``length`` counts the characters of the request. ``lines``: those of
    ``thresholds`` when left out. ``suspended``: units (UNIT or UNIT@town, or ``EVERYONE``) that get nothing by itself for now, and in a
    mapping why, in words that go on after the unit's name.
    ``rivals``: towns that the text names as often as its own. Without a profile there are no rules that could hold back a
    danger, so nothing goes out by itself."""
    for wanted in ("manual", "suggest"):
        for rule in rules:
            if rule.kind == wanted:
                return ("manual", f"规则「{rule.name}」: 须由人决定") if wanted == "manual" else ("suggest", f"规则「{rule.name}」: 须由人确认")
    if length < _TELLING:
        return "manual", "内容过短, 须先问清"
    if RANK[urgency] > 0:
        return "suggest", f"{urgency}件: 须由人确认"
    if not units:
        return "manual", "没有可派的承办单位: 均已退单, 或本模型未学过"
    best = units[0]
    if matters > 1:
        return "suggest", f"含 {matters} 件事, 宜分开派单"
    if questions:
        return "suggest", f"须先问清: {questions[0].text}"
    if profile and best.code == profile.town_unit and not best.area:
        return "suggest", "须先问清在哪个镇街"
    if profile and best.code == profile.town_unit and rivals:
        return "suggest", f"也提到{'、'.join(rivals)}, 须先问清在哪个镇街"
    if profile and best.code in profile.units and profile.units[best.code].accepts != "yes":
        return "suggest", f"{best.name}不直接承办或只接部分事项, 须由人确认"
    decision, why = _by_line(best, thresholds["suggest"], lines or Lines(thresholds["auto"]), suspended)
    return ("suggest", f"{why}, 但没有规则表把关, 须由人确认") if decision == "auto" and profile is None else (decision, why)


def _by_line(best: UnitCandidate, least: float, lines: Lines, suspended: Set[str] | Mapping[str, str]) -> tuple[Decision, str]:
    line = lines.at(best.code)
    # Which of several lines is meant is said only where units have their own.
    whose = f"{best.name}的自动派单线" if lines.own else "自动派单线"
    # So put that a line or a probability that is not a number never lets anything out.
    if not line <= 1:
        held = f"{best.name}未证明可自动派单" if lines.any else "本模型未启用自动派单"
        return ("suggest" if best.p >= least else "manual"), f"首选 {best.p:.0%}, {held}"
    if not best.p >= least:
        return "manual", f"把握不足: 首选 {best.p:.0%}"
    if not best.p >= line:
        return "suggest", f"首选 {best.p:.1%}, 未达{whose} {line:.1%}"
    stopped = next((each for each in (EVERYONE, best.code, f"{best.code}@{best.area}") if each in suspended), None)
    if stopped is not None:
        who, told = "全市" if stopped == EVERYONE else best.name, suspended[stopped] if isinstance(suspended, Mapping) else RISEN
        return "suggest", f"首选 {best.p:.1%}, 但{who}{told}"
    return "auto", f"首选 {best.p:.1%}, 达到{whose} {line:.1%}" + (f" (承诺: {lines.promise})" if lines.promise else "")
