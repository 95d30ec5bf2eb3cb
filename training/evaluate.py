"""Measures a loaded engine on labelled rows that it has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training import learnt
from training.baselines import RULED, KeywordRules, keywords, majority
from training.caveats import caveats, dates
from training.confusions import confusion_table, confusions, sinks
from training.figures import coverage_curve, figures, hits, per_label, reliability
from training.hierarchy import hierarchy
from training.history import Record, Source, read_history
from training.leakage import Likeness, history_texts
from triage.errors import RequestError, TrainingError
from triage.profile import Profile
from triage.records import Suggestion
from triage.suggest import Engine

Answer = Suggestion | RequestError


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The rows of one task that carry its label: which ``rows`` of the file, the ``truth``, a second label or "", up to three
    ``answers``, the probability ``p`` of the first, and what the keyword ``rules`` say (None without a profile)."""

    rows: npt.NDArray[np.int64]
    truth: list[str]
    alternates: list[str]
    answers: list[list[str]]
    p: list[float]
    rules: list[list[str]] | None

    def only(self, chosen: npt.NDArray[np.bool_]) -> tuple[list[str], list[list[str]], list[float]]:
        """Truth, answers and p of the rows of the file where ``chosen`` (all rows of the file,) holds."""
        kept = [index for index, row in enumerate(self.rows) if chosen[row]]
        return [self.truth[index] for index in kept], [self.answers[index] for index in kept], [self.p[index] for index in kept]


def evaluate(engine: Engine, test: Path, source: Source, against: Sequence[Path] = ()) -> dict[str, Any]:
    """``measure`` over a file; ``against``: the files that the model learnt from, as far as they are at hand. Raises TrainingError
    when no row carries a label, or none that the model knows."""
    records = read_history([test], source)
    for task in source.labels:
        known, given = set(engine.labels(task)), {record.labels[task] for record in records} - {""}
        if given and not given & known:
            raise TrainingError(f"{test}: none of the {task} labels is one that the model knows, e.g. {min(given)!r}. Name another column or model.")
    history = history_texts(against, source.columns, engine.profile)
    report = measure(engine, records, list(source.labels), history if against else None)
    report["notes"] += _origin(engine, test, against)
    return {**report, "file": test.name, "against": [path.name for path in against]}


def measure(engine: Engine, records: Sequence[Record], tasks: Sequence[str], history: Sequence[str] | None = None) -> dict[str, Any]:
    """For every task with a label: the figures over all rows that carry the label (a row that could not be read counts as wrong),
    baselines on the same rows, and the table per label. ``history``: texts that the model learnt from, as training reads them."""
    answers = engine.suggest_many([record.request for record in records])
    texts = [_text(answer) for answer in answers]
    rules = KeywordRules(engine.profile, date.today()).rank(texts) if engine.profile is not None else {}
    judged = {task: _judge(task, records, answers, rules.get(task)) for task in tasks}
    judged = {task: each for task, each in judged.items() if each.truth}
    likeness = Likeness(engine.bundle.manifest.get("recipe", {}))
    repeated = likeness.repeats(texts)
    report: dict[str, Any] = {"model": engine.versions.model, "profile": engine.versions.profile, "rows": len(records)}
    report["promise"] = engine.promised
    report["unreadable"] = sum(not isinstance(answer, Suggestion) for answer in answers)
    report["dates"] = dates(records)
    report["tasks"] = {task: _task(task, each, engine.profile) for task, each in judged.items()}
    if "unit" in judged:
        report["tasks"]["unit"]["decisions"] = _decisions(judged["unit"], answers)
    report["duplicates"] = {"rows": int(repeated.sum()), "share": _share(repeated), "tasks": _without(judged, repeated)}
    if history is not None:
        known = likeness.known(texts, history)
        report["leakage"] = {"history_rows": len(history), "rows": int(known.sum()), "share": _share(known), "tasks": _without(judged, known)}
    again = learnt.known(engine, answers)
    report["taught"] = {"rows": int(again.sum()), "share": _share(again), "tasks": _without(judged, again)}
    report["names"] = {task: _names(engine.profile, task, report["tasks"][task]) for task in judged}
    report["notes"] = caveats(engine, records, report)
    return report


def _task(task: str, judged: Judged, profile: Profile | None) -> dict[str, Any]:
    truth, answers = judged.truth, judged.answers
    # The engine gives no probability of an urgency: a rule may have set it.
    p = None if task == "urgency" else judged.p
    found = {**figures(truth, answers, p), "labels": per_label(truth, answers), "baselines": {"majority": majority(truth)}}
    if judged.rules is not None and task in RULED:
        found["baselines"]["keywords"] = keywords(truth, judged.rules)
    if task == "item" and profile is not None:
        found["hierarchy"] = hierarchy(profile, truth, answers)
    if any(judged.alternates):
        found["alternate"] = _alternate(judged)
    if p is not None:
        right, sure = hits(truth, answers, 1), np.asarray(p, dtype=float)
        found["reliability"], found["coverage_curve"] = reliability(right, sure), coverage_curve(right, sure)
    found["confusions"], found["confusion_table"], found["sinks"] = confusions(truth, answers), confusion_table(truth, answers), sinks(truth, answers)
    return found


def _alternate(judged: Judged) -> dict[str, Any]:
    """The figures where a second label counts as right too."""
    lenient = [
        second if answer and answer[0] == second else first
        for first, second, answer in zip(judged.truth, judged.alternates, judged.answers, strict=True)
    ]
    third = [
        label in answer[:3] or second in answer[:3] for label, second, answer in zip(judged.truth, judged.alternates, judged.answers, strict=True)
    ]
    found = figures(lenient, judged.answers)
    return {"rows": sum(map(bool, judged.alternates)), "hit1": found["hit1"], "hit1_95": found["hit1_95"], "hit3": round(float(np.mean(third)), 4)}


def _decisions(judged: Judged, answers: Sequence[Answer]) -> dict[str, Any]:
    """What the engine would really have done with the rows, and how often its first unit was right: auto, suggest, manual."""
    right = hits(judged.truth, judged.answers, 1)
    made = [answer.decision if isinstance(answer, Suggestion) else "manual" for answer in (answers[row] for row in judged.rows)]
    found = {}
    for decision in ("auto", "suggest", "manual"):
        chosen = right[[each == decision for each in made]]
        found[decision] = {
            "rows": len(chosen),
            "share": round(len(chosen) / len(right), 4),
            "hit1": round(float(chosen.mean()), 4) if len(chosen) else None,
        }
    return found


def _without(judged: dict[str, Judged], left_out: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """The figures of the other rows, None for a task that has none."""
    found: dict[str, Any] = {}
    for task, each in judged.items():
        truth, answers, p = each.only(~left_out)
        found[task] = figures(truth, answers, None if task == "urgency" else p) if truth else None
    return found


def _origin(engine: Engine, test: Path, against: Sequence[Path]) -> list[dict[str, Any]]:
    """What the files' names alone tell."""
    found: list[dict[str, Any]] = []
    if test.name in engine.bundle.manifest.get("data", {}).get("histories", ()):
        found.append({"code": "same_file", "text": f"测试文件 {test.name} 与模型训练用的文件同名: 很可能是训练过的行, 数字会偏高, 不能对外使用"})
    if not against:
        found.append({"code": "not_compared", "text": "没有核对测试行是否与训练数据重复; 用 --against 给出训练用过的文件即可核对"})
    return found


def _judge(task: str, records: Sequence[Record], answers: Sequence[Answer], rules: Sequence[list[str]] | None) -> Judged:
    rows = [row for row, record in enumerate(records) if record.labels[task]]
    ranked = [_ranked(task, answers[row]) for row in rows]
    return Judged(
        np.array(rows, dtype=np.int64),
        [records[row].labels[task] for row in rows],
        [records[row].alternates.get(task, "") for row in rows],
        [each for each, _ in ranked],
        [p for _, p in ranked],
        [rules[row] for row in rows] if rules is not None else None,
    )


def _ranked(task: str, answer: Answer) -> tuple[list[str], float]:
    if not isinstance(answer, Suggestion):
        return [], 0.0
    if task == "unit":
        return [unit.code for unit in answer.units], answer.units[0].p if answer.units else 0.0
    if task == "item":
        return [item.code for item in answer.items], answer.items[0].p if answer.items else 0.0
    return [answer.type if task == "type" else answer.urgency], answer.type_p


def _text(answer: Answer) -> str:
    return f"{answer.clean.title}\n{answer.clean.text}" if isinstance(answer, Suggestion) else ""


def _names(profile: Profile | None, task: str, found: dict[str, Any]) -> dict[str, str]:
    """What the codes of a task mean, for those that read the figures."""
    codes = [row["label"] for row in found["labels"]] + [pair["said"] for pair in found["confusions"]] + [row["label"] for row in found["sinks"]]
    if profile is None:
        return {}
    if task == "unit":
        return {code: profile.units[code].short or profile.units[code].name for code in dict.fromkeys(codes) if code in profile.units}
    if task == "item":
        return {code: profile.items[code].name for code in dict.fromkeys(codes) if code in profile.items}
    return {}


def _share(chosen: npt.NDArray[np.bool_]) -> float:
    return round(float(chosen.mean()), 4) if len(chosen) else 0.0
