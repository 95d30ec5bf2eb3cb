"""Whether a suggestion may go out by itself."""

from collections.abc import Mapping, Sequence

from triage.profile import Profile
from triage.records import Decision, Match, Question, UnitCandidate
from triage.rules import RANK

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
) -> tuple[Decision, str]:
    """Whether it may go out by itself, and why (not). ``length`` counts the characters of the request."""
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
    if profile and best.code in profile.units and profile.units[best.code].accepts != "yes":
        return "suggest", f"{best.name}不直接承办或只接部分事项, 须由人确认"
    if thresholds["auto"] > 1:
        return ("suggest" if best.p >= thresholds["suggest"] else "manual"), f"首选 {best.p:.0%}, 本模型未启用自动派单"
    if best.p < thresholds["suggest"]:
        return "manual", f"把握不足: 首选 {best.p:.0%}"
    if best.p < thresholds["auto"]:
        return "suggest", f"首选 {best.p:.1%}, 未达自动派单线 {thresholds['auto']:.1%}"
    return "auto", f"首选 {best.p:.1%}, 达到自动派单线 {thresholds['auto']:.1%}"
