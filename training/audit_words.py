"""The audit in words: a table that opens in a spreadsheet, and a summary for the screen."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from training.audit import Findings, Report
from training.confusion import HARD
from training.doubts import LEAST
from training.suspects import CONFLICT, KINDS, MODEL, UNKNOWN, Suspect
from triage.output import cell, whole
from triage.profile import Profile

HEADER = ("行", "编号", "时间", "项目", "原标签", "原名称", "建议标签", "建议名称", "建议把握", "原标签把握", "怀疑程度", "类别", "理由")
MASKED = ("脱敏标题", "脱敏内容")
TASKS = {"unit": "主办单位", "item": "事项", "type": "诉求类型", "urgency": "紧急程度"}
_WHY = {
    "ragged_row": "格数与表头不符",
    "text_empty": "没有可读的内容",
    "text_too_long": "内容过长",
    "nul_byte": "含 NUL 字节",
    "lone_surrogate": "含残缺字符",
    "mojibake": "乱码",
    "no_label": "没有标签",
}
_EXCERPT = 120
_SHOWN = 20
_LOW = 0.5
_OFTEN = 0.10
Name = Callable[[str, str], str]


def write(target: Path, report: Report, profile: Profile | None, sources: Sequence[Path], with_masked: bool) -> None:
    """One row per suspect, in the report's order. Raises UsageError where the target cannot be written or is a history."""
    names = _names(profile)
    with whole(target, *sources) as row:
        row([*HEADER, *(MASKED if with_masked else ())])
        for each in report.suspects:
            labels = [each.given, names(each.task, each.given), each.suggested, names(each.task, each.suggested) if each.suggested else ""]
            when = each.time.isoformat(" ", "minutes") if each.time else ""
            shares = ["" if value is None else f"{value:.3f}" for value in (each.p, each.p_given, each.share)]
            told = [each.source, each.id, when, TASKS[each.task], *labels, *shares, "、".join(each.kinds), reason(each, names)]
            row([cell(value) for value in (*told, *((_short(each.title), _short(each.text)) if with_masked else ()))])


def reason(suspect: Suspect, names: Name) -> str:
    """Why a label is doubted, for the clerk who decides."""
    given, suggested = (_called(suspect.task, label, names) for label in (suspect.given, suspect.suggested))
    parts = []
    if UNKNOWN in suspect.kinds:
        what = f"请核对是否应为 {suggested}" if suspect.suggested else "请改正, 或先补入城市表"
        parts.append(f"「{suspect.given}」不是城市表中的代码, {what}")
    if CONFLICT in suspect.kinds:
        few, many = suspect.votes
        parts.append(f"与本行内容几乎相同的有 {many} 行标为 {suggested} (如 {'、'.join(suspect.twins)}), 标为 {given} 的连本行共 {few} 行")
    if MODEL in suspect.kinds:
        parts.append(f"未看过本行的模型判为 {suggested} 的可能是 {suspect.p:.0%}, 判为 {given} 的可能是 {suspect.p_given:.0%}")
    if suspect.like:
        parts.append(f"标为 {suggested} 的 {'、'.join(suspect.like)} 与本行最相像, 可对照")
    return "; ".join(parts) + "。"


def in_words(report: Report, profile: Profile | None, target: Path) -> str:
    """The summary: counts by kind, shares by label, what cannot be told apart, what swallows others, what was left out and why."""
    names = _names(profile)
    rows = len({each.source for each in report.suspects})
    kinds = Counter(kind for each in report.suspects for kind in each.kinds)
    lines = [
        f"历史工单核对: 共 {report.rows} 行, 参与核对 {report.judged} 行",
        *_left_out(report),
        f"内容几乎相同: {report.duplicates[0]} 组 {report.duplicates[1]} 行 (判断其中任何一行时, 模型都没有看过同组的行)",
        f"可疑: {rows} 行 ({rows / max(1, report.rows):.1%}), 已写入 {target}, 最可疑的在前",
        *(f"  {kind} {kinds[kind]} 处" for kind in KINDS if kinds[kind]),
    ]
    for task, label in report.alone.items():
        lines.append(f"{TASKS[task]}: {f'全部为 {_called(task, label, names)}' if label else '没有标签'}, 无从比较, 未核对")
    for task, found in report.tasks.items():
        lines += _task(task, found, names)
    return "\n".join([*lines, "以上只供人工核实: 没有改动任何标签, 也没有改动历史文件。"])


def _left_out(report: Report) -> Iterator[str]:
    for why, sources in report.left_out.items():
        yield f"  未参与: {_WHY.get(why, why)} {len(sources)} 行 ({_some(sources)})"
    if report.undated:
        yield f"  时间无法识别: {len(report.undated)} 行 ({_some(report.undated)}), 按今天的职责表核对"


def _task(task: str, found: Findings, names: Name) -> Iterator[str]:
    yield f"{TASKS[task]}: {len(found.labels)} 个标签; 可由模型判断 {found.judged} 行, 判断与原标签一致 {found.hit1:.1%}"
    if found.judged and found.hit1 < _LOW:
        yield "  注意: 一致率偏低, 名单靠后的部分多半是模型不会判, 而不是派错; 请只看最前面的"
    if found.blank:
        yield f"  没有标签: {found.blank} 行"
    if found.unjudged:
        some = "、".join(f"{_called(task, label, names)} {count} 行" for label, count in list(found.unjudged.items())[:_SHOWN])
        more = " 等" if len(found.unjudged) > _SHOWN else ""
        yield f"  同类内容不足 {LEAST} 种, 模型无法判断: {sum(found.unjudged.values())} 行, {len(found.unjudged)} 个标签 ({some}{more})"
    shares = sorted(((each, label) for label, each in found.labels.items() if each[0]), key=lambda pair: -pair[0][0] / pair[0][1])
    shown = shares if task == "unit" else shares[:_SHOWN]
    yield f"  各标签可疑比例 (可疑/总数){f', 前 {_SHOWN} 个' if len(shown) < len(shares) else ''}:"
    yield from (f"    {doubted / rows:6.1%}  {doubted}/{rows}  {_called(task, label, names)}" for (doubted, rows), label in shown)
    yield from _apart(task, found, names)


def _apart(task: str, found: Findings, names: Name) -> Iterator[str]:
    yield f"  难以区分的标签: {'' if found.pairs else '未发现'}"
    for pair in found.pairs[:_SHOWN]:
        one, other = (_called(task, label, names) for label in pair.labels)
        word = "基本分不开" if pair.share >= HARD else "常混" if pair.share >= _OFTEN else "有混淆"
        yield (
            f"    {one} 与 {other}: {word}, 前者判为后者 {pair.taken[0]}/{pair.rows[0]} 行, 后者判为前者 {pair.taken[1]}/{pair.rows[1]} 行 "
            f"(若只是偶然, 约 {pair.chance[0]:.1f} 与 {pair.chance[1]:.1f} 行)"
        )
    if len(found.pairs) > _SHOWN:
        yield f"    另有 {len(found.pairs) - _SHOWN} 对"
    yield f"  吞并别类的标签: {'' if found.sinks or found.mixtures else '未发现'}"
    for sink in found.sinks:
        name = _called(task, sink.label, names)
        yield (
            f"    {name}: {sink.sources} 个别的标签共 {sink.gained} 行被判为它 (若只是偶然, 约 {sink.chance:.0f} 行), "
            f"它的 {sink.rows} 行中 {sink.lost} 行被判为别的"
        )
    for mixture in found.mixtures:
        name = _called(task, mixture.label, names)
        yield f"    {name}: {mixture.rows} 行中有 {mixture.doubted} 行更像别的 {mixture.targets} 个标签, 可能被当作兜底"


def _names(profile: Profile | None) -> Name:
    def name(task: str, label: str) -> str:
        if profile is not None and task == "unit" and label in profile.units:
            return profile.units[label].name
        if profile is not None and task == "item" and label in profile.items:
            return " / ".join(profile.items[code].name for code in profile.path(label))
        return label

    return name


def _called(task: str, label: str, names: Name) -> str:
    name = names(task, label)
    return name if name == label else f"{name}[{label}]"


def _some(sources: Sequence[str]) -> str:
    return f"{'、'.join(sources[:5])}{' 等' if len(sources) > 5 else ''}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT]}…"
