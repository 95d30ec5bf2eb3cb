import csv
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from training import steps
from training.clean import Corpus
from training.held_out import Verdict, Verdicts, judge
from training.history import Source
from triage.columns import Columns
from triage.errors import TrainingError

Rows = Sequence[dict[str, str]]


def judged(folder: Path, recipe: Path, rows: Rows, profile: str = "none", *tasks: str) -> tuple[Corpus, Verdicts]:
    history = folder / "history.csv"
    with history.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    labels = {task: task for task in tasks or ("unit",)}
    plan = steps.Plan((history,), Source(Columns("text", "title"), labels), profile, folder / "unused", recipe=recipe, jobs=1)
    read = steps.read_recipe(recipe)
    (records,) = steps.collect(plan, read)
    (corpus,) = steps.cleaned(plan, read, records)
    return corpus, judge(plan, read, corpus)


def right(verdict: Verdict) -> float:
    return float(np.mean([verdict.best(row) == label for row, label in enumerate(verdict.given)]))


def test_no_row_is_judged_by_a_model_that_saw_it(tmp_path: Path, small_recipe: Path, examples: Rows) -> None:
    """Labels drawn by lot can only be known by heart: a model that saw a row would answer it, one that did not is at a loss."""
    lot = random.Random(1)
    rows = [{**row, "unit": lot.choice("甲乙")} for row in examples[:240]]
    _, verdicts = judged(tmp_path, small_recipe, rows)
    assert right(verdicts.tasks["unit"]) < 0.65


def test_no_row_is_judged_by_a_model_that_saw_its_near_duplicate(tmp_path: Path, small_recipe: Path, examples: Rows) -> None:
    lot = random.Random(2)
    once = [{**row, "unit": lot.choice("甲乙")} for row in examples[:149]]  # odd, so that folds by number would part them
    rows = [*once, *({**row, "text": row["text"] + "!"} for row in once)]
    corpus, verdicts = judged(tmp_path, small_recipe, rows)
    assert len(set(corpus.groups.tolist())) <= len(once)
    assert right(verdicts.tasks["unit"]) < 0.65


def test_every_row_is_judged_once_in_the_order_of_the_corpus(tmp_path: Path, small_recipe: Path, examples: Rows) -> None:
    corpus, verdicts = judged(tmp_path, small_recipe, examples[:200], "none", "unit", "type")
    assert list(verdicts.tasks) == ["unit", "type"]
    for task, verdict in verdicts.tasks.items():
        assert verdict.given == tuple(corpus.labels[task])
        assert verdict.weights.shape == (len(corpus), len(verdict.labels))
        assert verdict.weights.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
        assert right(verdict) > 0.5
    assert verdicts.texts.shape[0] == len(corpus)


def test_a_label_is_known_from_as_many_texts_as_stood_on_the_other_side(tmp_path: Path, small_recipe: Path, examples: Rows) -> None:
    rows = [dict(row) for row in examples[:80]]
    rows[3]["unit"] = "独一份"
    rows += [{**examples[90], "unit": "老一套", "text": examples[90]["text"] + "!" * number} for number in range(9)]
    _, verdicts = judged(tmp_path, small_recipe, rows)
    verdict = verdicts.tasks["unit"]
    known = dict(zip(verdict.given, verdict.known.tolist(), strict=True))
    assert known["独一份"] == known["老一套"] == 0
    assert 0 < known["RS"] < verdict.given.count("RS")
    assert not {"独一份", "老一套"} & {verdict.given[row] for row in verdict.judged(1)}


def test_with_a_profile_the_lead_is_the_engines_own_answer(tmp_path: Path, small_recipe: Path, examples: Rows) -> None:
    """The table takes part: units are among the answers that no row of the history carries."""
    rows = [row for row in examples if row["item"].startswith("0101")][:60]
    _, verdicts = judged(tmp_path, small_recipe, rows, "kaiping", "unit", "item")
    assert set(verdicts.tasks["unit"].labels) > {row["unit"] for row in rows}
    assert set(verdicts.tasks["item"].labels) >= {row["item"] for row in rows}


def test_rows_that_all_say_the_same_cannot_be_judged(tmp_path: Path, small_recipe: Path, examples: Rows) -> None:
    rows = [{**examples[0], "unit": unit} for unit in "甲乙甲"]
    with pytest.raises(TrainingError, match="say the same"):
        judged(tmp_path, small_recipe, rows)


def test_the_best_label_but_one() -> None:
    verdict = Verdict(("CG", "GA", "RS"), ("RS",), np.array([[0.2, 0.3, 0.5]], dtype=np.float32), np.array([9]))
    assert (verdict.best(0), verdict.best(0, "RS"), verdict.best(0, "GA")) == ("RS", "GA", "RS")
    assert (verdict.p(0, "GA"), verdict.p(0, "没有")) == (pytest.approx(0.3), 0.0)
