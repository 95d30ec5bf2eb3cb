"""What a reader of an evaluation must know before believing it: every odd row is counted here, none is dropped in silence."""

from collections.abc import Sequence
from typing import Any

from training import learnt
from training.history import Record
from triage.deadlines import read_time
from triage.rules import RANK
from triage.suggest import Engine

_FEW, _SHOWN, _MANY_COPIES = 200, 10, 0.02
TASKS = {"unit": "单位", "item": "事项", "type": "诉求类型", "urgency": "紧急程度"}


def dates(records: Sequence[Record]) -> dict[str, Any]:
    """When the rows came in, as far as a column of received_at says so: ``from``, ``to`` (ISO days or ""), how many are ``dated``, how
    many hold something ``unreadable``, and which row is the first of these."""
    given = [(record, read_time(record.request.received_at)) for record in records if record.request.received_at]
    days = sorted(moment.date().isoformat() for _, moment in given if moment is not None)
    bad = [record.source for record, moment in given if moment is None]
    ends = {"from": days[0] if days else "", "to": days[-1] if days else ""}
    return {**ends, "dated": len(days), "unreadable": len(bad), "example": bad[0] if bad else ""}


def caveats(engine: Engine, records: Sequence[Record], report: dict[str, Any]) -> list[dict[str, Any]]:
    """``code`` and ``text`` of everything to be said, with the ``rows`` it concerns; per task also ``task`` and ``labels``."""
    notes = [*_rows(records, report), *_earlier(engine, records)]
    for task, found in report["tasks"].items():
        notes += _labels(engine, task, records, found)
    copies, leaked = report["duplicates"], report.get("leakage")
    if copies["share"] > _MANY_COPIES:
        notes.append(
            _note(
                "duplicates",
                f"测试行里有 {copies['rows']} 行 ({_percent(copies['share'])}) 与前面的行几乎相同: 区间会偏窄, 去重后的数字另列",
                copies["rows"],
            )
        )
    if leaked is not None:
        text = f"与训练数据几乎相同的测试行有 {leaked['rows']} 行 ({_percent(leaked['share'])})"
        if leaked["rows"]:
            text += "; 去掉后的数字另列" if any(leaked["tasks"].values()) else "; 去掉后没有剩下可比的行"
        notes.append(_note("leakage", text, leaked["rows"]))
    known = report.get("taught", {"rows": 0})
    if known["rows"]:
        rest = "去掉后的数字另列" if any(known["tasks"].values()) else "去掉后没有剩下可比的行"
        text = f"模型或细读的编码器学过的测试行有 {known['rows']} 行 ({_percent(known['share'])}): 数字会偏高; {rest}"
        notes.append(_note("taught", text, known["rows"]))
    return notes


def _earlier(engine: Engine, records: Sequence[Record]) -> list[dict[str, Any]]:
    """Rows of days that the model learnt from; a model without dates tells nothing of that."""
    if not engine.bundle.manifest.get("data", {}).get("to"):
        return []
    last = learnt.last_day(engine.bundle.manifest)
    moments = [read_time(record.request.received_at) for record in records if record.request.received_at]
    rows = sum(moment is not None and moment.date() <= last for moment in moments)
    text = f"{rows} 行不晚于模型学到的最后一天 ({last}): 同一件事可能两边都有, 数字会偏高"
    return [_note("not_later", text, rows)] if rows else []


def _rows(records: Sequence[Record], report: dict[str, Any]) -> list[dict[str, Any]]:
    ragged = [record.source for record in records if record.error]
    notes = []
    if ragged:
        notes.append(_note("ragged_row", f"{len(ragged)} 行的格数与表头不符 (如 {ragged[0]}), 读不出标签, 未计入任何数字", len(ragged)))
    lost = report["unreadable"] - len(ragged)
    if lost:
        notes.append(_note("unreadable", f"{lost} 行没有可读的文字, 有标签的都按答错计", lost))
    when = report["dates"]
    if when["unreadable"]:
        notes.append(_note("bad_date", f"{when['unreadable']} 行的受理时间读不懂 (如 {when['example']}), 按今天的职责表处理", when["unreadable"]))
    return notes


def _labels(engine: Engine, task: str, records: Sequence[Record], found: dict[str, Any]) -> list[dict[str, Any]]:
    counts = {row["label"]: row["rows"] for row in found["labels"]}
    what, notes = TASKS[task], []
    empty = sum(not record.labels[task] and not record.error for record in records)
    if empty:
        notes.append(_note("no_label", f"{empty} 行没有{what}标签, 未计入{what}的数字", empty, task))
    if found["n"] < _FEW:
        notes.append(_note("few_rows", f"{what}只有 {found['n']} 行可比: 区间很宽, 只看大概", found["n"], task))
    if len(counts) == 1:
        notes.append(_note("one_label", f"{what}只有一个标签: 全派给它就是 100%, 命中率说明不了什么", found["n"], task, list(counts)))
    else:
        single = [label for label, rows in counts.items() if rows == 1]
        if single:
            notes.append(_note("single_row", f"{len(single)} 个{what}标签只有 1 行 ({_some(single)}): 逐类数字不可信", len(single), task, single))
    notes += _unknown(engine, task, counts, found["n"])
    return notes


def _unknown(engine: Engine, task: str, counts: dict[str, int], n: int) -> list[dict[str, Any]]:
    """Labels that the engine can never answer, because the profile lacks them or the model never learnt them."""
    # Rules set an urgency that the model may never have learnt.
    able = {*engine.labels(task), *(RANK if task == "urgency" else ())}
    tables = {"unit": engine.profile.units, "item": engine.profile.items}.get(task) if engine.profile is not None else None
    unknown = [label for label in counts if label not in able]
    absent = [label for label in unknown if tables is not None and label not in tables]
    unlearnt = [label for label in unknown if label not in absent]
    names = _unit_names(engine) if task == "unit" else {}
    what, notes = TASKS[task], []
    for code, labels, why in (("not_in_profile", absent, "不在城市表里"), ("never_answered", unlearnt, "是模型从不回答的")):
        if labels:
            rows = sum(counts[label] for label in labels)
            best, which = _percent(1 - rows / n), _some([_meant(label, names) for label in labels])
            text = f"{len(labels)} 个{what}标签{why} ({which}), 共 {rows} 行按答错计: 命中率最高只能到 {best}"
            notes.append(_note(code, text, rows, task, labels))
    return notes


def _unit_names(engine: Engine) -> dict[str, str]:
    units = engine.profile.units.items() if engine.profile is not None else ()
    return {name: code for code, unit in units for name in (unit.name, unit.short, *unit.aliases)}


def _meant(label: str, names: dict[str, str]) -> str:
    return f"{label}, 应写代码 {names[label]}" if label in names else label


def _note(code: str, text: str, rows: int, task: str = "", labels: Sequence[str] = ()) -> dict[str, Any]:
    return {"code": code, "text": text, "rows": rows, **({"task": task} if task else {}), **({"labels": list(labels)} if labels else {})}


def _some(labels: Sequence[str]) -> str:
    return "、".join(labels[:_SHOWN]) + (f" 等 {len(labels)} 个" if len(labels) > _SHOWN else "")


def _percent(share: float) -> str:
    return f"{share:.1%}"
