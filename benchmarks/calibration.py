"""How far probabilities are from what happens (ECE, Brier), before and after calibration, per task, also under shift; and whether the
automatic dispatches keep to their promise there.

newest: the newest fifth of every source. hunan: learnt from Shanghai's letters, measured on Hunan's messages. later: learnt from the oldest
half of all rows, measured on the newest fifth. "before" is the same model with one usual scale for every label and nothing else
fitted; it needs the steps of a training, so a model that is named by --model gets only "after". "close": read closely, those rows alone that
the encoder was not taught with.

usage: python benchmarks/calibration.py [SCENARIO ...] [--model DIR] [--rows N] [--recipe FILE]     SCENARIO: newest hunan later
--model: measure this model instead of training one; it must not have learnt from the rows measured. --rows: a sample of so many rows
for training and as many for measuring.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from shared_rows import SHARED, labelled, newest_apart, recipe

from training.calibrate import scale
from training.figures import figures
from training.history import Source
from training.proof import upper
from training.recalibrate import Dispatch, Wanted, prove, ungated
from training.steps import Plan, published, read_recipe, train
from triage import Engine, Request, Suggestion
from triage.classify import Classifier
from triage.columns import Columns
from triage.encoder import fingerprint

TASKS = ("unit", "item", "type", "urgency")
NEUTRAL = {"model": 1.0, "table": 1.0, "company": 0.0, "person": 0.0, "clue": 0.0, "hint": 0.0}
Frames = tuple[pd.DataFrame, pd.DataFrame]


def newest(rows: pd.DataFrame) -> Frames:
    return newest_apart(rows)


def hunan(rows: pd.DataFrame) -> Frames:
    there = rows["source"].str.startswith("teddy")
    return apart(rows[rows["source"] == "shanghai_letters"], rows[there])


def later(rows: pd.DataFrame) -> Frames:
    # Many of Hunan's labelled messages carry no date.
    ordered = in_order(rows)
    ordered = ordered[ordered["time"] != ""]
    return apart(ordered.iloc[: len(ordered) // 2], ordered.iloc[int(len(ordered) * 0.8) :])


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """By time, those without a date last."""
    return rows.assign(at=pd.to_datetime(rows["time"], format="mixed")).sort_values(["at", "id"], kind="stable").drop(columns="at")


def apart(early: pd.DataFrame, late: pd.DataFrame) -> Frames:
    """No text on both sides, none twice among those measured."""
    seen = set(early["text"].str.replace(r"\W+", "", regex=True))
    plain = late["text"].str.replace(r"\W+", "", regex=True)
    return early, late[~plain.isin(seen)].drop_duplicates("text")


SCENARIOS: dict[str, Callable[[pd.DataFrame], Frames]] = {"newest": newest, "hunan": hunan, "later": later}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=" ".join(SCENARIOS))
    parser.add_argument("--model", type=Path)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--recipe", type=Path, help="by default the shipped one, inheriting nothing")
    told = parser.parse_args()
    unknown = set(told.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; use {', '.join(SCENARIOS)}")
    if not SHARED.is_dir():
        sys.exit(f"{SHARED} is not here: nothing to measure on.")
    every = labelled()
    for name in told.scenarios or SCENARIOS:
        early, late = (sample(each, told.rows) for each in SCENARIOS[name](every))
        print(f"\n{name}: learnt from {len(early)} rows, measured on {len(late)}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            models = {"after": told.model} if told.model else trained(Path(folder), early, told.recipe or recipe(Path(folder)))
            for when, engine, rows in told_apart(models, late):
                for line in measured(engine, rows):
                    print(f"  {when}: {line}", flush=True)


def told_apart(models: dict[str, Path], rows: pd.DataFrame) -> Iterator[tuple[str, Engine, pd.DataFrame]]:
    """Every way to read, with the rows that it can be measured on."""
    for when, model in models.items():
        engine = Engine.load(model=model)
        yield when, engine.fast, rows
        if when == "after" and "close" in engine.bundle.manifest:
            close = engine.closely
            requests = [Request(row.text, row.title, row.id) for row in rows.itertuples()]
            answers = engine.fast.suggest_many(requests)
            marks = [fingerprint(each.clean.title, each.clean.text) if isinstance(each, Suggestion) else 0 for each in answers]
            unseen = ~np.isin(np.array(marks, np.uint64), close.encoder.seen if close.encoder else ())
            yield f"close, {unseen.sum()} rows", close, rows[unseen]


def sample(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    return rows.sample(most, random_state=0) if 0 < most < len(rows) else rows


def trained(folder: Path, rows: pd.DataFrame, settings: Path) -> dict[str, Path]:
    """The folders of a model with and without what calibration fitted."""
    rows.to_csv(folder / "train.csv", index=False)
    source = Source(Columns("text", "title"), {task: task for task in TASKS}, "", "trust", {"item": "alt_code"})
    plan = Plan((folder / "train.csv",), source, "kaiping", folder / "after", recipe=settings)
    train(plan, say=bool, work=folder / "work")
    corpus, model, held, fitted = (joblib.load(folder / "work" / f"{name}.joblib") for name in ("corpus", "model", "held", "calibration"))
    # Without rows a task gets the usual scale.
    usual = {task: scale(replace(each, rows=each.rows[:0], scores=each.scores[:0]), [], 1.0) for task, each in held.items()}
    published(replace(plan, out=folder / "before"), read_recipe(settings), corpus, model, {**fitted, "scales": usual, "pool": NEUTRAL})
    return {"before": folder / "before", "after": folder / "after"}


def measured(engine: Engine, rows: pd.DataFrame) -> list[str]:
    ordered = in_order(rows)
    requests = [Request(row.text, row.title, row.id) for row in ordered.itertuples()]
    answers = engine.suggest_many(requests)
    good = [index for index, answer in enumerate(answers) if isinstance(answer, Suggestion)]
    told: list[Any] = [answers[index] for index in good]
    truth = ordered.iloc[good]
    lines = []
    for task, (ranked, p) in {**said(told), "urgency": urgency(engine, told)}.items():
        known = [index for index, label in enumerate(truth[task]) if label]
        found = figures([truth[task].iloc[index] for index in known], [ranked[index] for index in known], [p[index] for index in known])
        lines.append(f"{task}: " + json.dumps({name: found[name] for name in ("n", "hit1", "ece", "brier")}))
    return [*lines, *kept(engine, requests, list(ordered["unit"]))]


def said(answers: Sequence[Suggestion]) -> dict[str, tuple[list[list[str]], list[float]]]:
    """Task → ranked labels and the probability of the first."""
    return {
        "unit": ([[each.code for each in answer.units] for answer in answers], [answer.units[0].p if answer.units else 0.0 for answer in answers]),
        "item": ([[each.code for each in answer.items] for answer in answers], [answer.items[0].p if answer.items else 0.0 for answer in answers]),
        "type": ([[answer.type] for answer in answers], [answer.type_p for answer in answers]),
    }


def urgency(engine: Engine, answers: Sequence[Suggestion]) -> tuple[list[list[str]], list[float]]:
    """By the model alone: rules raise an urgency without a probability."""
    model = Classifier(engine.bundle, engine.encoder)
    weights = model([each.clean.title for each in answers], [each.clean.text for each in answers])["urgency"]
    return [[model.labels["urgency"][column]] for column in weights.argmax(axis=1)], weights.max(axis=1).tolist()


def kept(engine: Engine, requests: Sequence[Request], truth: Sequence[str]) -> list[str]:
    """The line of training, and a promise proven on the older half of the rows: what becomes of them on the newer half."""
    half, wanted = len(requests) // 2, Wanted()
    rows = list(zip(ungated(engine).suggest_many(requests), engine.suggest_many(requests), truth, strict=True))
    sent = [[dispatch(answer, label) for answer, _, label in part] for part in (rows[:half], rows[half:])]
    older, newer = ([each for each in part if each is not None] for part in sent)
    lines, promise = prove(older, half, wanted)
    proven = [each.wrong for each in newer if each.p >= lines.get(each.unit, 2.0)]
    learnt = [each.wrong for _, answer, label in rows[half:] if (each := dispatch(answer, label)) is not None]
    return [
        f"line of training, newer half: {outcome(learnt, len(rows) - half)}",
        f"promise of 3 % proven on the older half at {promise['coverage']:.3f}, newer half: {outcome(proven, len(rows) - half)}",
    ]


def dispatch(answer: object, label: str) -> Dispatch | None:
    if not isinstance(answer, Suggestion) or answer.decision != "auto":
        return None
    return Dispatch(answer.units[0].code, answer.units[0].p, answer.units[0].code != label)


def outcome(wrong: Sequence[bool], rows: int) -> str:
    if not wrong:
        return "nothing goes out"
    bound = upper(sum(wrong), len(wrong), 0.95)
    return f"{len(wrong) / rows:.3f} of {rows} go out, {sum(wrong) / len(wrong):.4f} of them wrong (95 % upper bound {bound:.4f})"


if __name__ == "__main__":
    main()
