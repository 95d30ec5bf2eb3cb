"""Measures a loaded engine on labelled rows that it has not seen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.figures import figures, per_label
from training.history import Record, Source, read_history
from triage.errors import TrainingError
from triage.records import Suggestion
from triage.suggest import Engine


def evaluate(engine: Engine, test: Path, source: Source) -> dict[str, Any]:
    """For every task with a label column: the figures over all rows that carry the label (a row that could not be read
    counts as wrong) and the table per label. Raises TrainingError when no row carries one."""
    records = read_history([test], source)
    for task in source.labels:
        known, given = set(engine.labels(task)), {record.labels[task] for record in records} - {""}
        if given and not given & known:
            raise TrainingError(f"{test}: none of the {task} labels is one that the model knows, e.g. {min(given)!r}. Name another column or model.")
    answers = engine.suggest_many([record.request for record in records])
    report: dict[str, Any] = {"model": engine.versions.model, "profile": engine.versions.profile, "rows": len(records)}
    report["unreadable"] = sum(not isinstance(answer, Suggestion) for answer in answers)
    report["tasks"] = {task: _task(task, records, answers) for task in source.labels if any(record.labels[task] for record in records)}
    if not report["tasks"]:
        raise TrainingError(f"{test}: no row carries a label in {', '.join(source.labels.values())}. Name another column.")
    return report


def _task(task: str, records: Sequence[Record], answers: Sequence[Any]) -> dict[str, Any]:
    rows = [(record.labels[task], *_ranked(task, answer)) for record, answer in zip(records, answers, strict=True) if record.labels[task]]
    truth, ranked, p = [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
    # The engine gives no probability of an urgency: a rule may have set it.
    return {**figures(truth, ranked, None if task == "urgency" else p), "labels": per_label(truth, ranked)}


def _ranked(task: str, answer: Any) -> tuple[list[str], float]:
    if not isinstance(answer, Suggestion):
        return [], 0.0
    if task == "unit":
        return [unit.code for unit in answer.units], answer.units[0].p if answer.units else 0.0
    if task == "item":
        return [item.code for item in answer.items], answer.items[0].p if answer.items else 0.0
    return [answer.type if task == "type" else answer.urgency], answer.type_p
