"""The model card: what a model learnt from, how well it does on rows it had not seen, and what it is not for."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from training.clean import Corpus
from triage.profile import Profile
from triage.promise import NEVER, percent, sentence

_PROMISE = "## 自动派单承诺"
_LEFT_OUT = {
    "not_later": "不晚于模型所学",
    "undated": "没有日期",
    "no_label": "没有承办单位",
    "near_duplicate": "与另一件几乎相同",
    "ragged_row": "格数与表头不符",
    "taught": "模型或细读的编码器学过",
}
_NAMES = {"unit": "unit (text alone)", "routed_unit": "unit (text, place and table)", "item": "item", "type": "request type", "urgency": "urgency"}


def write(manifest: Mapping[str, Any], corpus: Corpus, profile: Profile | None) -> str:
    """The card as Markdown."""
    data = manifest["data"]
    lines = [
        f"# Model {manifest['name']} {manifest['version']}",
        "",
        f"Made {manifest['made']} by triage {manifest['engine']} for profile {manifest['profile']['code']}.",
        "",
        "## Learnt from",
        "",
        _learnt(data),
        "",
        *[f"- {task}: {count} labelled rows, {len(manifest['tasks'][task]['labels'])} labels" for task, count in data["labels"].items()],
        *[f"- left out, {why}: {count}" for why, count in data["dropped"].items()],
        *[f"- {note}" for note in manifest["notes"]],
        "",
        "No text is stored: n-grams are kept as 32-bit hashes, and of each masked text 64 bits of a digest (`learnt.npy`), so that it is known",
        "again and never counts as evidence for what the model promises. Personal data was masked before anything was counted.",
        "",
        f"## How well it does on rows it had not seen ({data['split']})",
        "",
        "| task | rows | hit@1 (95 %) | hit@3 | macro-F1 | majority | ECE | coverage at 97 % |",
        "|---|---|---|---|---|---|---|---|",
        *[_row(_NAMES.get(task, task), each) for task, each in manifest["metrics"].items()],
        *[_row(f"{_NAMES.get(task, task)}, read closely", each) for task, each in manifest.get("close", {}).get("metrics", {}).items()],
        "",
        _automatic(manifest["thresholds"]["auto"]),
        *(["", "Read closely. " + _automatic(manifest["close"]["thresholds"]["auto"])] if "close" in manifest else []),
        "",
        "## Not for",
        "",
        "Deciding alone on reports of wrongdoing, danger, threats, secrets, or matters outside the hotline's remit: rules of the",
        "profile keep for people what they recognize of these; a wording that no rule lists can pass. Figures hold for requests",
        "like those above; another city's will be lower until it is trained on its own history.",
        "",
        *(_gaps(corpus, profile) if len(corpus) else []),
    ]
    return "\n".join(lines).rstrip() + "\n"


def promised(text: str, manifest: Mapping[str, Any], profile: Profile | None, *, close: bool = False) -> str:
    """The card ``text`` of a model with what its manifest now promises of one reading, in place of what an older card said of that."""
    heading, promise = (f"{_PROMISE} (细读)", manifest["close"]["promise"]) if close else (_PROMISE, manifest["promise"])
    older = r"(?m)^Read closely\. Automatic dispatch.*\n\n?" if close else r"(?m)^Automatic dispatch.*\n\n?"
    parts = re.split(r"(?m)^(?=## )", text)
    parts[0] = re.sub(r"\A# Model .*", lambda _: f"# Model {manifest['name']} {manifest['version']}", parts[0])
    kept = [re.sub(older, "", part) for part in parts if part.partition("\n")[0] != heading]
    before = next((place for place, part in enumerate(kept) if part.startswith("## Not for")), len(kept))
    section = "\n".join([heading, "", *promise_lines(promise, profile), "", ""])
    return "".join([*kept[:before], section, *kept[before:]]).rstrip() + "\n"


def promise_lines(promise: Mapping[str, Any], profile: Profile | None) -> list[str]:
    """The promise, what it rests on, under which conditions, and the table per unit; as Markdown."""
    days = f"{promise['from']} 至 {promise['to']}, " if promise["from"] else ""
    undated = f", 其中 {promise['undated']} 件没有日期" if promise["undated"] else ""
    left_out = "、".join(f"{_LEFT_OUT.get(reason, reason)} {count} 件" for reason, count in promise["left_out"].items())
    error = f", 派错 {promise['wrong']} 件 ({percent(round(promise['error'], 3))})" if promise["auto"] else ""
    return [
        sentence(promise),
        "",
        f"依据: {'、'.join(promise['histories'])} 的 {promise['rows']} 件 ({days}模型学到 {promise['after']} 为止{undated})。",
        *_doubts(promise),
        f"其中 {promise['eligible']} 件只差自动派单线, {promise['auto']} 件达到{error}。{f'未计入: {left_out}。' if left_out else ''}",
        *_copies(promise, profile),
        f"验证: {promise['made'][:10]}, 模型 {promise['model']}, 城市表 {promise['profile']}。",
        "前提: 今后的诉求与这些相似, 各件互不相关。规则、追问、一件多事、地点不明等留给人的, 仍由人决定, 不在承诺之内。",
        "城市表有较大改动, 或某单位退改率上升 (triage drift), 须用新的工单重新验证。",
        *_units(promise["units"], profile),
    ]


def _doubts(promise: Mapping[str, Any]) -> list[str]:
    """What is to be known of the rows that the model learnt from."""
    if "learnt_undated" not in promise or promise["learnt_undated"] == 0:
        return []
    if promise["learnt_undated"] is None:
        return [f"模型由较早版本训练, 没有记录是否也学过没有日期的工单: 若有, 它们可能晚于 {promise['after']}。"]
    return [f"模型也学过 {promise['learnt_undated']} 件没有日期的工单, 所以按学到它做成那天为止计。"]


def _copies(promise: Mapping[str, Any], profile: Profile | None) -> list[str]:
    """What near-duplicates make of it: each of them goes out, though the proof counts one of a group."""
    found, most = promise.get("copies"), percent(promise["max_error"])
    if not found or not found["auto"]:
        return []
    error = percent(round(found["error"], 3))
    lines = [f"连几乎相同的诉求在内, 按这些线会自动派出 {found['auto']} 件, 派错 {found['wrong']} 件 ({error})。"]
    if found["over"]:
        names = {code: unit.name for code, unit in profile.units.items()} if profile else {}
        who = "、".join(names.get(unit, unit) for unit in found["units"])
        lines += [
            f"**注意: {f'派给{who}的' if who else '这'}超过了 {most}。** 承诺里每组几乎相同的诉求只算一件, 同样的诉求一再来而又派错, 就会一错再错: "
            f"派错最多的一组有 {found['rows']} 件, 第一件在 {found['row']}。先为它们加规则或改职责表, 再用这个版本自动派单。"
        ]
    return lines


def _units(units: Sequence[Mapping[str, Any]], profile: Profile | None) -> list[str]:
    """A table of the units that have a line, and who has none."""
    names = {code: f"{unit.name} [{code}]" for code, unit in profile.units.items()} if profile else {}
    lines = []
    if any(each["line"] is not None for each in units):
        lines += ["", "| 单位 | 只差自动派单线 | 自动派单线 | 自动派出 | 派错 |", "|---|---|---|---|---|"]
    for each in units:
        if each["line"] is not None:
            cells = [names.get(each["unit"], each["unit"]), each["eligible"], percent(each["line"]), each["auto"], each["wrong"]]
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    without = [f"{each['unit']} {each['eligible']}" for each in units if each["line"] is None]
    return [*lines, "", f"不自动派单 (单位与只差自动派单线的件数): {'、'.join(without)}; 以及未列出的单位。"] if without else lines


def _learnt(data: Mapping[str, Any]) -> str:
    if not data["rows"]:
        return "The words of the profile's tables alone; no request of any history."
    words = f"{data['rows']} requests of {', '.join(data['histories'])}" + (f", {data['from']} to {data['to']}" if data["from"] else "") + "."
    if data["from"] and data.get("undated"):
        words += f" {data['undated']} of them carry no date that can be read: it counts as having learnt until the day it was made."
    if data.get("inherited_to"):
        words += f" It inherits from a model that learnt until {data['inherited_to']}."
    return words


def _automatic(threshold: float) -> str:
    """Fitted on held-out rows without the rules of the profile: good to begin with, not a promise."""
    if threshold >= NEVER:
        return "Automatic dispatch: never; no probability is sure enough."
    return f"Automatic dispatch from a probability of {threshold}. Not yet a promise: that takes later rows (triage calibrate)."


def _row(name: str, each: Mapping[str, Any]) -> str:
    low, high = each["hit1_95"]
    cells = [each["n"], f"{each['hit1']:.3f} ({low:.3f} to {high:.3f})", f"{each['hit3']:.3f}", f"{each['macro_f1']:.3f}"]
    return f"| {name} | " + " | ".join(map(str, [*cells, f"{each['majority_hit1']:.3f}", f"{each['ece']:.3f}", each["coverage_at"]["0.97"]])) + " |"


def _gaps(corpus: Corpus, profile: Profile | None) -> list[str]:
    """What the profile has and the history hardly shows."""
    if profile is None:
        return []
    lines = ["## Hardly seen", ""]
    for task, codes in (("item", profile.leaves()), ("unit", tuple(profile.units))):
        if task in corpus.labels:
            counts = Counter(corpus.labels[task])
            never = [code for code in codes if not counts[code]]
            few = [code for code in codes if 0 < counts[code] < 10]
            lines.append(f"- {task}: {len(never)} never ({', '.join(never) or 'none'}), {len(few)} in fewer than 10 rows.")
    return lines
