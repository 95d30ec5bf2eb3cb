"""The same history measured twice: with its newest rows set aside, and with as many rows set aside at random."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluate import measure
from training.history import Record, read_history
from training.leakage import Likeness, texts_of
from training.split import Split, newest_out, random_out
from training.steps import Plan, check_labels, read_recipe, train
from triage.errors import TrainingError, UsageError
from triage.suggest import Engine, load_profile

_FEWEST = 20
_SAID = ("n", "hit1", "hit1_95", "hit3", "macro_f1", "majority_hit1", "classes", "ece")


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """A history ready to be split: which rows say the same (``groups``), which can be measured (``counted``)."""

    records: list[Record]
    groups: npt.NDArray[np.int64]
    counted: npt.NDArray[np.bool_]


def compare_splits(plan: Plan, share: float, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Trains twice as ``plan`` says, apart from its target, and measures each model on the rows that it has not seen: ``splits``
    → time, random, each with the rows on both sides, the days, and the figures per task; ``difference``: per task, random minus time
    of hit@1, with the 95 % ``margin`` of two independent shares. Near-duplicates stay on one side, so newest rows that say what an
    earlier row says train (``known_earlier``); so do undated rows.

    Raises TrainingError when dates or labels do not carry a split, UsageError for a share that is none."""
    if not 0 < share < 1:
        raise UsageError(f"--share {share}: not a share. Use a number between 0 and 1, such as 0.2.", "bad_option")
    rows = _read(plan)
    times = [record.time for record in rows.records]
    held = {"time": newest_out(times, rows.groups, share)}
    dated = sum(time is not None for time in times)
    known_earlier = dated - int(dated * (1 - share)) - len(held["time"][1])
    wanted = int(rows.counted[held["time"][1]].sum())
    if wanted < _FEWEST:
        why = f"of the newest {share:.0%} of {dated} dated rows, {known_earlier} say what an earlier row says and {wanted} can be measured"
        raise TrainingError(f"{why}; {_FEWEST} are needed. Give more rows, or a larger --share.")
    held["random"] = random_out(times, rows.groups, rows.counted, held["time"], seed)
    splits = {name: _measured(plan, rows, split, name, say) for name, split in held.items()}
    return {
        "rows": len(rows.records),
        "undated": len(times) - dated,
        "undated_example": next((record.source for record in rows.records if record.time is None), ""),
        "known_earlier": known_earlier,
        "unmeasurable": int((~rows.counted).sum()),
        "share": share,
        "seed": seed,
        "splits": splits,
        "difference": {task: _difference(*(splits[name]["tasks"].get(task) for name in held)) for task in plan.source.labels},
    }


def _read(plan: Plan) -> _Rows:
    records = read_history(plan.histories, plan.source)
    dated = [record.time for record in records if record.time is not None]
    if len(set(dated)) < 2:
        undated = next((record.source for record in records if record.time is None), "")
        why = f"{len(dated)} of {len(records)} rows carry a date that can be read{f' ({undated} does not)' if undated else ''}"
        raise TrainingError(f"{why}, {len(set(dated))} different: no split by time. Name the column of the time of receipt: --time COLUMN.")
    profile = load_profile(plan.profile)
    if profile is not None:
        check_labels(records, profile)
    texts = texts_of([record.request for record in records], profile)
    counted = [bool(text) and any(record.labels.values()) for text, record in zip(texts, records, strict=True)]
    return _Rows(records, Likeness(read_recipe(plan.recipe)).groups(texts), np.array(counted))


def _measured(plan: Plan, rows: _Rows, split: Split, name: str, say: Callable[[str], None]) -> dict[str, Any]:
    learnt, held = ([rows.records[row] for row in part] for part in split)
    tests = [record for record, counted in zip(held, rows.counted[split[1]], strict=True) if counted]
    say(f"{name}: {len(learnt)} rows to learn from, {len(tests)} to measure on")
    with tempfile.TemporaryDirectory(prefix="triage-splits-") as folder:
        out = train(replace(plan, out=Path(folder) / name), say=lambda line: say(f"{name}: {line}"), records=learnt)
        report = measure(Engine.load(plan.profile, out), tests, list(plan.source.labels))
    return {
        "train_rows": len(learnt),
        "test_rows": len(tests),
        "train": _days(learnt),
        "test": _days(tests),
        "tasks": {task: _figures(found, report["duplicates"]["tasks"][task]) for task, found in report["tasks"].items()},
        "notes": report["notes"],
    }


def _figures(found: dict[str, Any], once: dict[str, Any]) -> dict[str, Any]:
    kept = {**{name: found[name] for name in _SAID if name in found}, "hit1_once": once["hit1"]}
    return {**kept, "coverage_at_97": found["coverage_at"]["0.97"]} if "coverage_at" in found else kept


def _difference(time: dict[str, Any] | None, random: dict[str, Any] | None) -> dict[str, float] | None:
    if time is None or random is None:
        return None
    spread = sum(each["hit1"] * (1 - each["hit1"]) / each["n"] for each in (time, random))
    return {"hit1": round(random["hit1"] - time["hit1"], 4), "margin": round(1.96 * float(np.sqrt(spread)), 4)}


def _days(records: Sequence[Record]) -> list[str]:
    days = sorted(record.time.date().isoformat() for record in records if record.time)
    return [days[0], days[-1]] if days else ["", ""]
