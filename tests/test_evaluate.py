import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from training.evaluate import evaluate
from training.history import Source
from triage import Engine
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


def test_the_command_prints_the_report(toy: Path, measured: Path) -> None:
    command = Path(sys.executable).with_name("triage")
    done = subprocess.run(
        [command, "evaluate", measured, "--model", toy, "--label", "unit=unit"], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert set(json.loads(done.stdout)["tasks"]) == {"unit"}
    wrong = subprocess.run([command, "evaluate", measured, "--label", "town=town"], capture_output=True, text=True, encoding="utf-8", check=False)
    assert (wrong.returncode, wrong.stderr) == (2, "triage: --label town: no such task. Use unit, item, type, urgency.\n")
