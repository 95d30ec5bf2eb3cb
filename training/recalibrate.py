"""A promise for a model: lines of automatic dispatch proven on rows later than those it learnt from.

What counts is what the engine would do. Every row goes through ``Engine.suggest_many`` with a line of 0, so that rules,
questions, several matters, an unknown town … hold back what they hold back in service; only what would go out is tested.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from training import card, evidence, learnt, proof
from training.history import Record, Source, read_history
from triage import bundle
from triage.errors import BundleError, TrainingError, UsageError
from triage.promise import NEVER, PER_UNIT
from triage.records import Suggestion
from triage.suggest import Engine


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be promised: at most ``max_error`` wrong with ``confidence``, of all units together or ``per_unit``. ``least``:
    rows that a unit needs to get anything by itself where units are taken together. ``undated``: rows without a date count
    as later than what the model learnt from."""

    max_error: float = 0.03
    confidence: float = 0.95
    per_unit: bool = False
    least: int = 30
    undated: bool = False

    def __post_init__(self) -> None:
        for option, value in (("--max-error", self.max_error), ("--confidence", self.confidence)):
            if not 0 < value < 1:
                raise UsageError(f"{option} {value}: not between 0 and 1. Write 3 % as 0.03.", "bad_option")
        if self.least < 1:
            raise UsageError(f"--least {self.least}: not a number of rows. Use 1 or more.", "bad_option")


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A row that only the line keeps from going out: to which ``unit``, how likely, and whether that was ``wrong``."""

    unit: str
    p: float
    wrong: bool


def calibrate(
    engine: Engine,
    model: Path,
    histories: Sequence[Path],
    source: Source,
    wanted: Wanted,
    out: Path | None = None,
    say: Callable[[str], None] = print,
) -> tuple[Path, dict[str, Any]]:
    """Writes a version of the ``model`` (its folder) with proven lines, beside it or to ``out``; returns its folder and the promise.
    ``engine`` is the model's. Raises UsageError, TrainingError for rows that prove nothing, BundleError for ``out``."""
    there = _there(engine, model, out)
    if out is not None and _promises_more(engine, out):
        say(f"the version in {out} promises something for the other reading that {model} does not: it is lost. To keep both, name --model {out}")
    after = learnt.last_day(engine.bundle.manifest)
    if learnt.untold(engine.bundle.manifest):
        say(f"the model was made by an earlier version and does not say whether it learnt from rows without a date: they may be later than {after}")
    rows = read_history(histories, source)
    records, left_out = evidence.later(rows, after, wanted.undated)
    answers = ungated(engine).suggest_many([evidence.dated(record) for record in records])
    records, answers = evidence.untaught(engine, records, answers, left_out)
    why = evidence.in_words(left_out, after, rows, wanted.undated, source.time)
    for line in why:
        say(line)
    if not records:
        told = "; ".join(why) or "there is none"
        raise TrainingError(f"no row can be used: {told}. It takes labelled rows later than {after}, see --time, --label and --allow-undated.")
    groups = evidence.grouped(engine, answers)
    first = evidence.firsts(groups)
    left_out["near_duplicate"] += len(records) - len(first)
    _check_labels(engine, [records[row] for row in first], say)
    going = [_dispatch(*each) for each in zip(records, answers, strict=True)]
    lines, proven = prove([each for row in first if (each := going[row]) is not None], len(first), wanted)
    copies = {"copies": together(going, groups, [record.source for record in records], lines, wanted)}
    promise = {**_origin(engine, histories, [records[row] for row in first], after, left_out), **proven, **copies}
    return _publish(engine, model, lines, promise, out, there), promise


def _there(engine: Engine, model: Path, out: Path | None) -> str:
    """What ``bundle.write`` may replace: the bundle that is at ``out`` now; where that is the model's folder, the one that was read."""
    if out is None:
        return ""
    bundle.check_target(out)
    return str(engine.bundle.manifest["digest"]) if out.resolve() == model.resolve() else bundle.digest_of(out)


def _promises_more(engine: Engine, out: Path) -> bool:
    """Whether the bundle at ``out`` has a promise of the reading that the engine does not have, and its model has not."""
    try:
        there = bundle.read(out).manifest
    except BundleError:
        return False  # nothing, or a bundle that can only be replaced
    theirs, ours = (each if engine.encoder is not None else each.get("close", {}) for each in (there, engine.bundle.manifest))
    return "promise" in theirs and theirs["promise"] != ours.get("promise")


def ungated(engine: Engine) -> Engine:
    """The same engine with a line of 0 for every unit: what it sends out is what only a line can hold back."""
    model = engine.bundle
    close = engine.encoder is not None
    thresholds = {**engine.numbers["thresholds"], "auto": 0.0}
    manifest = bundle.revise(model, {"lines": None, "promise": None, "thresholds": thresholds}, "", close=close)
    return Engine(bundle.Bundle(manifest, model.arrays), engine.profile, engine.encoder)


def prove(going: Sequence[Dispatch], rows: int, wanted: Wanted) -> tuple[dict[str, float], dict[str, Any]]:
    """The proven line of every unit that has one, and what can be said of them. ``rows``: all rows, also those that do not
    go out whatever the line. Which units have ``least`` rows does not look at labels either; that it depends on the rows has no
    weight (tests/test_recalibrate.py draws sixty units at the edge)."""
    counts = Counter(each.unit for each in going)
    tested = [each for each in going if wanted.per_unit or counts[each.unit] >= wanted.least]
    p, wrong = np.array([each.p for each in tested]), np.array([each.wrong for each in tested], dtype=bool)
    budget = 1 - wanted.confidence
    if wanted.per_unit:
        lines = {unit: line.at for unit, line in proof.prove_each(p, wrong, [each.unit for each in tested], wanted.max_error, budget).items()}
    else:
        line = proof.prove(p, wrong, wanted.max_error, budget)
        lines = {unit: line.at for unit in sorted(counts) if counts[unit] >= wanted.least} if line is not None else {}
    sent = [each for each in tested if each.p >= lines.get(each.unit, NEVER)]
    errors = sum(each.wrong for each in sent)
    best = None if lines else proof.reachable(p, wrong, budget)
    return lines, {
        "max_error": wanted.max_error,
        "confidence": wanted.confidence,
        "scheme": PER_UNIT if wanted.per_unit else "all_units",
        "rows": rows,
        "eligible": len(going),
        "auto": len(sent),
        "wrong": errors,
        "coverage": round(len(sent) / rows, 4),
        "error": round(errors / len(sent), 4) if sent else None,
        "reachable": {"max_error": best[0], "coverage": round(best[1].taken / rows, 4)} if best else None,
        "units": [_unit(unit, [each for each in going if each.unit == unit], lines.get(unit)) for unit, _ in counts.most_common()],
    }


def together(
    going: Sequence[Dispatch | None], groups: Sequence[int], sources: Sequence[str], lines: Mapping[str, float], wanted: Wanted
) -> dict[str, Any]:
    """What the lines would send out of all rows, near-duplicates counted (``groups``, a number per row): how many, how many of them wrong,
    whether that is above the limit (``over``; the ``units`` where it holds for each by itself), and the group with most wrong ones, by
    its first row there. The proof counts one row of a group, but every one of them goes out."""
    sent = [(row, each) for row, each in enumerate(going) if each is not None and each.p >= lines.get(each.unit, NEVER)]
    taken, missed = Counter(each.unit for _, each in sent), Counter(each.unit for _, each in sent if each.wrong)
    units = sorted(unit for unit, count in missed.items() if count > wanted.max_error * taken[unit]) if wanted.per_unit else []
    wrong = [row for row, each in sent if each.wrong]
    most = Counter(groups[row] for row in wrong).most_common(1)
    return {
        "auto": len(sent),
        "wrong": len(wrong),
        "error": round(len(wrong) / len(sent), 4) if sent else None,
        "over": bool(units) or len(wrong) > wanted.max_error * len(sent),
        "units": units,
        "row": next((sources[row] for row in wrong if groups[row] == most[0][0]), ""),
        "rows": most[0][1] if most else 0,
    }


def _unit(unit: str, going: Sequence[Dispatch], line: float | None) -> dict[str, Any]:
    sent = [each for each in going if line is not None and each.p >= line]
    return {"unit": unit, "eligible": len(going), "line": line, "auto": len(sent), "wrong": sum(each.wrong for each in sent)}


def _check_labels(engine: Engine, records: Sequence[Record], say: Callable[[str], None]) -> None:
    known = set(engine.labels("unit"))
    foreign = Counter(record.labels["unit"] for record in records if record.labels["unit"] not in known)
    if foreign.total() == len(records):
        raise TrainingError(
            f"none of the unit labels is one that the model knows, e.g. {min(foreign)!r}. Name another column, or relabel the history."
        )
    if foreign:
        say(f"{foreign.total()} row(s) carry units that the model does not know, e.g. {min(foreign)!r}: they count as wrong")


def _dispatch(record: Record, answer: Any) -> Dispatch | None:
    if not isinstance(answer, Suggestion) or answer.decision != "auto":
        return None
    best, town = answer.units[0], record.labels.get("town", "")
    elsewhere = bool(town and best.area) and town not in (best.area, best.name)
    return Dispatch(best.code, best.p, best.code != record.labels["unit"] or elsewhere)


def _origin(engine: Engine, histories: Sequence[Path], records: Sequence[Record], after: date, left_out: Mapping[str, int]) -> dict[str, Any]:
    days = [record.time.date().isoformat() for record in records if record.time]
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": engine.versions.model,
        "engine": engine.versions.engine,
        "profile": engine.versions.profile,
        "histories": [path.name for path in histories],
        "after": after.isoformat(),
        "learnt_undated": None if learnt.untold(engine.bundle.manifest) else engine.bundle.manifest["data"].get("undated", 0),
        "from": min(days, default=""),
        "to": max(days, default=""),
        "undated": sum(record.time is None for record in records),
        "left_out": {reason: count for reason, count in sorted(left_out.items()) if count},
    }


def _publish(engine: Engine, model: Path, lines: Mapping[str, float], promise: Mapping[str, Any], out: Path | None, there: str) -> Path:
    common = max(lines.values(), default=NEVER) if promise["scheme"] != PER_UNIT else NEVER
    close = engine.encoder is not None
    changes = {"lines": dict(lines), "promise": dict(promise), "thresholds": {**engine.numbers["thresholds"], "auto": common}}
    revised = bundle.revise(engine.bundle, changes, str(promise["made"]), close=close)
    text = card.promised((model / "card.md").read_text(encoding="utf-8"), revised, engine.profile, close=close)
    target = out or model.resolve().parent / f"{model.resolve().name}-{revised['version']}"
    try:
        bundle.write(target, revised, engine.bundle.arrays, text, over=there)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}. Name another folder: --out DIR.", "cannot_write") from None
    return target
