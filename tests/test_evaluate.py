import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from training.evaluate import evaluate
from training.history import Source
from training.steps import Plan, train
from triage import Engine, Request
from triage.columns import Columns
from triage.errors import TrainingError, UsageError

ALL = {"unit": "unit", "item": "item", "type": "type", "urgency": "urgency"}


@pytest.fixture(scope="module")
def labelled(examples: list[dict[str, str]]) -> list[dict[str, str]]:
    """Every fortieth example, two without a unit and one that cannot be read."""
    rows = [dict(row) for row in examples[::40]]
    rows[0]["unit"] = rows[1]["unit"] = ""
    rows[2]["title"], rows[2]["text"] = "", "。"
    return rows


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory, labelled: list[dict[str, str]]) -> Path:
    path = tmp_path_factory.mktemp("evaluate") / "test.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(labelled[0]))
        writer.writeheader()
        writer.writerows(labelled)
    return path


def test_every_labelled_row_counts_also_the_unreadable_one(toy_engine: Engine, measured: Path, labelled: list[dict[str, str]]) -> None:
    report = evaluate(toy_engine, measured, Source(Columns(), ALL))
    assert (report["rows"], report["unreadable"]) == (len(labelled), 1)
    assert (report["model"], report["profile"]) == (toy_engine.versions.model, toy_engine.versions.profile)
    assert {task: found["n"] for task, found in report["tasks"].items()} == {
        "unit": len(labelled) - 2, "item": len(labelled), "type": len(labelled), "urgency": len(labelled),
    }  # fmt: skip
    lost = next(row for row in report["tasks"]["item"]["labels"] if row["label"] == labelled[2]["item"])
    assert lost["recall"] < 1


def test_the_table_per_label_covers_every_label_once(toy_engine: Engine, measured: Path, labelled: list[dict[str, str]]) -> None:
    found = evaluate(toy_engine, measured, Source(Columns(), {"unit": "unit"}))["tasks"]["unit"]
    assert {row["label"]: row["rows"] for row in found["labels"]} == Counter(row["unit"] for row in labelled if row["unit"])
    right = sum(row["recall"] * row["rows"] for row in found["labels"])
    assert right / found["n"] == pytest.approx(found["hit1"], abs=1e-3)


def test_only_what_has_a_probability_is_measured_for_it(toy_engine: Engine, measured: Path) -> None:
    tasks = evaluate(toy_engine, measured, Source(Columns(), ALL))["tasks"]
    assert {task for task, found in tasks.items() if "ece" in found} == {"unit", "item", "type"}
    assert set(tasks["unit"]["coverage_at"]) == {"0.90", "0.95", "0.97", "0.99"}


def test_a_file_without_labels_is_refused(toy_engine: Engine, measured: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    bare.write_text("text,unit\n路灯坏了,\n", encoding="utf-8")
    with pytest.raises(TrainingError, match="carries a label"):
        evaluate(toy_engine, bare, Source(Columns(), {"unit": "unit"}))
    with pytest.raises(UsageError, match="no column office"):
        evaluate(toy_engine, measured, Source(Columns(), {"unit": "office"}))


def test_what_was_there_before_is_there_still(toy_engine: Engine, measured: Path) -> None:
    for task, found in evaluate(toy_engine, measured, Source(Columns(), ALL))["tasks"].items():
        assert {"n", "hit1", "hit1_95", "hit3", "macro_f1", "majority_hit1", "classes", "labels"} <= found.keys()
        assert (task == "urgency") or {"ece", "brier", "coverage_at"} <= found.keys()
        assert set(found["labels"][0]) == {"label", "rows", "precision", "recall", "f1"}


def test_baselines_stand_beside_the_model(toy_engine: Engine, measured: Path) -> None:
    tasks = evaluate(toy_engine, measured, Source(Columns(), ALL))["tasks"]
    assert {task: set(found["baselines"]) for task, found in tasks.items()} == {
        "unit": {"majority", "keywords"}, "item": {"majority", "keywords"}, "type": {"majority"}, "urgency": {"majority"},
    }  # fmt: skip
    assert all(found["baselines"]["majority"]["hit1"] == found["majority_hit1"] for found in tasks.values())
    assert tasks["unit"]["baselines"]["keywords"]["hit1"] > 0


def test_items_are_measured_in_their_tree(toy_engine: Engine, measured: Path) -> None:
    tasks = evaluate(toy_engine, measured, Source(Columns(), ALL))["tasks"]
    levels = [each["hit1"] for each in tasks["item"]["hierarchy"]["levels"]]
    assert levels[0] >= tasks["item"]["hit1"]
    assert tasks["item"]["hierarchy"]["left_out"] == 0
    assert "hierarchy" not in tasks["unit"]


def test_every_row_has_one_decision(toy_engine: Engine, measured: Path) -> None:
    found = evaluate(toy_engine, measured, Source(Columns(), ALL))["tasks"]
    made = found["unit"]["decisions"]
    assert sum(each["rows"] for each in made.values()) == found["unit"]["n"]
    right = sum(each["rows"] * (each["hit1"] or 0) for each in made.values())
    assert right / found["unit"]["n"] == pytest.approx(found["unit"]["hit1"], abs=1e-3)
    assert "decisions" not in found["item"]


def test_a_second_label_counts_as_right_beside_the_strict_figure(toy_engine: Engine, measured: Path, tmp_path: Path) -> None:
    """Where the second label is what the engine says, every row that it can read is right."""
    source = Source(Columns(), {"item": "item"}, alternates={"item": "second"})
    with measured.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    said = [getattr(answer, "items")[0].code if hasattr(answer, "items") else "" for answer in toy_engine.suggest_many(  # noqa: B009
        [Request(row["text"], row["title"], caller_kind=row["caller_kind"], place=row["town"], channel=row["channel"]) for row in rows]
    )]  # fmt: skip
    path = tmp_path / "second.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "second"])
        writer.writeheader()
        writer.writerows({**row, "second": second} for row, second in zip(rows, said, strict=True))
    found = evaluate(toy_engine, path, source)["tasks"]["item"]
    assert found["hit1"] < 1
    assert found["alternate"]["hit1"] == pytest.approx(1 - 1 / len(rows), abs=1e-3)
    assert found["alternate"]["hit3"] >= found["alternate"]["hit1"]
    assert found["alternate"]["rows"] == len(rows) - 1
    with pytest.raises(UsageError, match="no history has a column"):
        evaluate(toy_engine, measured, source)


def test_rows_that_the_model_has_read_are_counted_and_left_out_beside(toy_engine: Engine, measured: Path, tmp_path: Path) -> None:
    with measured.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    learnt = tmp_path / "learnt.csv"
    learnt.write_text("标题,诉求内容\n" + "".join(f'{row["title"]},"{row["text"]}!"\n' for row in rows[10:20]), encoding="utf-8")
    report = evaluate(toy_engine, measured, Source(Columns(), ALL), [learnt])
    leakage = report["leakage"]
    assert (leakage["history_rows"], leakage["rows"], leakage["share"]) == (10, 10, round(10 / len(rows), 4))
    assert leakage["tasks"]["item"]["n"] == report["tasks"]["item"]["n"] - 10
    assert report["against"] == ["learnt.csv"]
    codes = {note["code"] for note in report["notes"]}
    assert "leakage" in codes and "not_compared" not in codes
    everything = evaluate(toy_engine, measured, Source(Columns(), ALL), [measured])["leakage"]
    assert everything["rows"] == len(rows) - 1  # the row that cannot be read says nothing
    assert everything["tasks"]["type"]["n"] == 1


def test_a_test_with_the_name_of_a_history_is_suspect(toy_engine: Engine, toy_history: Path) -> None:
    report = evaluate(toy_engine, toy_history, Source(Columns(), {"unit": "unit"}))
    assert {"same_file", "not_compared"} <= {note["code"] for note in report["notes"]}


def test_without_a_profile_there_is_no_keyword_rule_and_no_tree(tmp_path: Path, measured: Path, toy_history: Path) -> None:
    recipe = tmp_path / "small.toml"
    recipe.write_text("[features]\nmost = 5000\n[structure]\naxes = 0\n[compress]\ngrams = 2000\n[close]\nencoder = ''\n", encoding="utf-8")
    out = train(Plan((toy_history,), Source(Columns(), {"unit": "unit"}), "none", tmp_path / "model", recipe=recipe, jobs=1), say=lambda line: None)
    report = evaluate(Engine.load(model=out), measured, Source(Columns(), {"unit": "unit"}))
    assert set(report["tasks"]["unit"]["baselines"]) == {"majority"}
    assert report["names"] == {"unit": {}}
    assert "never_answered" in {note["code"] for note in report["notes"]}


def test_no_text_of_a_request_is_in_the_report(toy_engine: Engine, measured: Path, labelled: list[dict[str, str]]) -> None:
    printed = json.dumps(evaluate(toy_engine, measured, Source(Columns(), ALL), [measured]), ensure_ascii=False)
    runs = [row["text"][start : start + 12] for row in labelled for start in range(0, len(row["text"]) - 12, 12)]
    assert len(runs) > 500
    assert [run for run in runs if run in printed] == []


def test_the_command_prints_the_report(toy: Path, measured: Path) -> None:
    command = Path(sys.executable).with_name("triage")
    done = subprocess.run(
        [command, "evaluate", measured, "--model", toy, "--label", "unit=unit"], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert set(json.loads(done.stdout)["tasks"]) == {"unit"}
    wrong = subprocess.run([command, "evaluate", measured, "--label", "town=town"], capture_output=True, text=True, encoding="utf-8", check=False)
    assert (wrong.returncode, wrong.stderr) == (2, "triage: --label town: no such task. Use unit, item, type, urgency.\n")


def test_the_command_says_on_the_side_what_to_be_careful_with(toy: Path, measured: Path, tmp_path: Path) -> None:
    command, page = Path(sys.executable).with_name("triage"), tmp_path / "report.html"
    done = subprocess.run(
        [command, "evaluate", measured, "--model", toy, "--label", "unit=unit", "--against", measured, "--report", page],
        capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    notes = json.loads(done.stdout)["notes"]
    assert done.stderr.splitlines() == ["读法: 速读", *[f"注意: {note['text']}" for note in notes]]
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    nowhere = subprocess.run(
        [command, "evaluate", measured, "--model", toy, "--label", "unit=unit", "--report", tmp_path / "no" / "report.html"],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (nowhere.returncode, nowhere.stdout) == (2, "")
    assert "no such folder" in nowhere.stderr
