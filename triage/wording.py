"""A suggestion in words: in short, as an operator reads it, and as the whole chain, what each part of the engine contributed."""

from collections.abc import Iterator, Sequence
from datetime import date

from triage.decide import DECISIONS
from triage.profile import Duty, Profile
from triage.records import Question, Reason, Request, Suggestion, UnitCandidate
from triage.suggest import Engine

_AREA = "不论何地"
_WORTH_READING = 0.01
_WORTH_ASKING = 6


def brief(answer: Suggestion) -> str:
    """A suggestion as an operator reads it."""
    kind = f"{answer.type} {answer.type_p:.1%}" if answer.type else "-"
    lines = [f"类型  {kind}   紧急程度  {answer.urgency}   地点  {answer.place.name or '未知'}"]
    lines += [f"事项{number} {item.p:6.1%}  {' / '.join(item.path)} [{item.code}]" for number, item in enumerate(answer.items, start=1)]
    worth = [unit for unit in answer.units if unit is answer.units[0] or unit.p >= _WORTH_READING]
    for number, unit in enumerate(worth, start=1):
        lines.append(f"单位{number} {unit.p:6.1%}  {unit.name} [{unit.code}]")
        lines += [f"            {reason.text}" for reason in unit.reasons]
    if answer.co_units:
        lines.append("协办        " + "、".join(f"{unit.name} [{unit.code}]" for unit in answer.co_units))
    lines += [f"规则        {rule.name}: {rule.handling}{f' ({rule.transfer})' if rule.transfer else ''}" for rule in answer.rules]
    lines += [f"追问        {_asked(question)}" for question in answer.questions]
    lines += [f"多件事{number}     {matter.unit.name} [{matter.unit.code}]: {matter.text}" for number, matter in enumerate(answer.matters, start=1)]
    lines += [f"时限        {each.stage} {each.limit}{f', {each.due[:16]} 前' if each.due else f' ({each.note})'}" for each in answer.deadlines]
    lines.append(f"决定        {DECISIONS[answer.decision]} ({answer.why})")
    return "\n".join(lines)


def _asked(question: Question) -> str:
    options = "; ".join(f"{option.answer} [{option.code}] → {option.name or '待定'}" for option in question.options[:_WORTH_ASKING])
    more = f" 等 {len(question.options)} 种" if len(question.options) > _WORTH_ASKING else ""
    return f"{question.text} [{question.issue}]  {options}{more}"


def chain(engine: Engine, request: Request) -> str:
    """Every step that led to the suggestion. Raises RequestError when the request cannot be read."""
    answer = engine.suggest(request)
    (parts,) = engine.opinions([request])
    steps: list[tuple[str, Sequence[str]]] = [
        ("规范与脱敏", [line for line in (answer.clean.title, answer.clean.text) if line]),
        ("地点", [f"{answer.place.name}, 依据: {'、'.join(answer.place.evidence)}" if answer.place.town else "文中与登记信息都未指明镇街"]),
        ("类型与紧急程度", [f"{answer.type or '-'} {answer.type_p:.1%}; {answer.urgency}"]),
        ("事项", [f"{item.p:6.1%}  {' / '.join(item.path)} [{item.code}], 可靠到第 {item.level} 级" for item in answer.items]),
        ("谁主办: 模型单独看", _leads(parts.model)),
        ("谁主办: 职责表和历来做法看", _leads(parts.table)),
        ("谁主办: 合并", _leads(parts.together)),
        ("职责表", list(_table(engine.profile, answer, engine.day(request)))),
        ("职能交叉", list(_facts(answer))),
        ("规则与退单", [f"{rule.name} ({rule.words}): {rule.handling}" for rule in answer.rules]),
        ("几件事", [f"{matter.unit.name} [{matter.unit.code}]: {matter.text}" for matter in answer.matters]),
        ("时限", [f"{each.stage} {each.limit}, {each.due or each.note} ({each.basis})" for each in answer.deadlines]),
        ("结论", list(_result(answer))),
    ]
    lines = []
    for number, (name, said) in enumerate(steps, start=1):
        lines.append(f"{number}. {name}")
        lines += [f"   {line}" for line in said or ["无"]]
    return "\n".join(lines)


def _leads(units: Sequence[UnitCandidate]) -> list[str]:
    return [f"{unit.p:6.1%}  {unit.name} [{unit.code}]" for unit in units]


def _table(profile: Profile | None, answer: Suggestion, day: date) -> Iterator[str]:
    """All rows of the likeliest item that hold on the day, whatever their area: the first is the one that applies."""
    if profile is None or not answer.items:
        return
    item = answer.items[0].code
    applies = profile.lead(item, answer.place.town, day)
    rows = [duty for duty in profile.duties.get(item, ()) if day in duty.period]
    for duty in sorted(rows, key=lambda row: (applies is None or row.row != applies.row, row.row)):
        yield _row(profile, duty, applies is not None and duty.row == applies.row)


def _row(profile: Profile, duty: Duty, applies: bool) -> str:
    area = profile.areas.get(duty.area) or (profile.towns[duty.area].name if duty.area in profile.towns else _AREA)
    role = {"lead": "主办", "co": "协办"}[duty.role]
    own = ", 部门本级职责" if duty.own else ""
    basis = f", 依据{duty.basis}" if duty.basis else ""
    status = f", 由{duty.confirmed_by or '市'}确认" if duty.confirmed else ", 待市确认"
    return f"{'→' if applies else ' '} {area}: {profile.units[duty.unit].name} {role}{own}{basis}{status} (responsibility.csv:{duty.row})"


def _facts(answer: Suggestion) -> Iterator[str]:
    for fact in answer.facts:
        yield f"已定: {fact.answer}, 由 {fact.unit} 主办 ({f'文中: {fact.words}' if fact.words else '来电人已答复'}; {fact.row})"
    for question in answer.questions:
        options = "; ".join(f"{option.answer} [{option.code}] → {option.name}" for option in question.options)
        yield f"待问 [{question.issue}]: {question.text} {options}"


def _result(answer: Suggestion) -> Iterator[str]:
    for unit in answer.units:
        yield f"{unit.p:6.1%}  {unit.name} [{unit.code}]"
        yield from (f"        {reason.text}{_where(reason)}" for reason in unit.reasons)
    if answer.co_units:
        yield "协办: " + "、".join(f"{unit.name} [{unit.code}]" for unit in answer.co_units)
    yield f"决定: {DECISIONS[answer.decision]} ({answer.why})"
    yield f"版本: 引擎 {answer.versions.engine}, 模型 {answer.versions.model}, 城市表 {answer.versions.profile}"


def _where(reason: Reason) -> str:
    """Offsets in the text as received, end excluded."""
    if not reason.spans:
        return ""
    names = {"title": "标题", "text": "正文"}
    return " (" + ", ".join(f"{names[span.field]} {span.start}-{span.end}" for span in reason.spans) + ")"
