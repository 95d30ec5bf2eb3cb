import csv
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from training.compare import compare_splits
from training.history import Source
from training.steps import Plan
from triage.columns import Columns
from triage.errors import TrainingError, UsageError

Rows = list[dict[str, str]]
FORMS = ("2026-{:02d}-15", "2026/{}/15 09:30:00", "2026年{}月15日")
SMALL = "[features]\nmax_chars = 300\nmost = 5000\n[structure]\naxes = 0\n[compress]\ngrams = 3000\nwidth = 32\n[duplicates]\npermutations = 32\n"
SMALL += "[close]\nencoder = ''\n"


@pytest.fixture(scope="module")
def dated(examples: Rows) -> Rows:
    """Requests of the four most frequent units in turn, with dates in three forms over a year."""
    chosen = {unit: [row for row in examples if row["unit"] == unit][:40] for unit in ("KG", "SC", "RS", "ZJ")}
    rows = [row for turn in zip(*chosen.values(), strict=True) for row in turn]
    return [{**row, "at": FORMS[number % 3].format(1 + number * 12 // len(rows))} for number, row in enumerate(rows)]


def plan(folder: Path, rows: Sequence[dict[str, str]], profile: str = "none", labels: Sequence[str] = ("unit",)) -> Plan:
    recipe, path = folder / "recipe.toml", folder / "history.csv"
    recipe.write_text(SMALL, encoding="utf-8")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    source = Source(Columns("text", "title"), {label: label for label in labels}, "at")
    return Plan((path,), source, profile, folder / "model", recipe=recipe, jobs=1)


def compared(folder: Path, rows: Sequence[dict[str, str]], **more: Any) -> dict[str, Any]:
    return compare_splits(plan(folder, rows, **more), 0.2, 0, say=lambda line: None)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, dated: Rows) -> dict[str, Any]:
    """A comparison with one date that cannot be read, one row without a label, and a copy of every third row a month later."""
    rows = [dict(row) for row in dated]
    rows[5]["at"], rows[9]["unit"] = "去年夏天", ""
    copies = [{**row, "text": row["text"] + "!", "at": FORMS[0].format(min(12, 2 + number * 12 // len(dated)))} for number, row in enumerate(dated)]
    return compared(tmp_path_factory.mktemp("compare"), [*rows, *copies[::3]])


def test_both_tests_are_as_large_and_the_rest_trains(found: dict[str, Any]) -> None:
    time, random = found["splits"]["time"], found["splits"]["random"]
    assert found["rows"] == 160 + 54
    for split in (time, random):
        assert split["train_rows"] + split["test_rows"] == found["rows"]
        assert split["tasks"]["unit"]["n"] == split["test_rows"]
    assert abs(time["test_rows"] - random["test_rows"]) <= 1


def test_only_the_split_by_time_tests_on_newer_rows(found: dict[str, Any]) -> None:
    time, random = found["splits"]["time"], found["splits"]["random"]
    assert time["test"][0] >= "2026-10-01"
    assert time["test"][1] == "2026-12-15"
    assert random["test"][0] < "2026-06-01"


def test_rows_that_no_split_can_use_are_counted(found: dict[str, Any]) -> None:
    assert (found["undated"], found["undated_example"], found["unmeasurable"]) == (1, "history.csv:7", 1)
    assert found["known_earlier"] > 0


def test_copies_are_on_one_side_and_counted_once_beside(found: dict[str, Any]) -> None:
    for split in found["splits"].values():
        assert 0 <= split["tasks"]["unit"]["hit1_once"] <= 1
        assert "duplicates" in {note["code"] for note in split["notes"]}


def test_the_difference_is_that_of_the_figures(found: dict[str, Any]) -> None:
    time, random = (found["splits"][name]["tasks"]["unit"] for name in ("time", "random"))
    assert found["difference"]["unit"]["hit1"] == pytest.approx(random["hit1"] - time["hit1"], abs=1e-4)
    assert 0 < found["difference"]["unit"]["margin"] < 0.5


def test_a_history_of_one_unit_is_compared_and_said_to_mean_nothing(tmp_path: Path, dated: Rows) -> None:
    result = compared(tmp_path, [{**row, "unit": "RS"} for row in dated])
    assert result["difference"]["unit"] == {"hit1": 0.0, "margin": 0.0}
    assert all("one_label" in {note["code"] for note in split["notes"]} for split in result["splits"].values())


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["去年"] * 160, r"0 of 160 rows carry a date that can be read \(history.csv:2 does not\)"),
        (["2026-01-01"] * 160, "160 of 160 rows carry a date that can be read, 1 different"),
        ([f"2026-01-{1 + number // 30:02d}" if number < 90 else "" for number in range(160)], "18 can be measured"),
    ],
)
def test_dates_that_carry_no_split_are_refused(tmp_path: Path, dated: Rows, times: list[str], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        compared(tmp_path, [{**row, "at": at} for row, at in zip(dated, times, strict=True)])


def test_a_newest_part_of_copies_alone_is_refused(tmp_path: Path, dated: Rows) -> None:
    copies = [{**row, "at": "2026-12-31"} for row in dated[:60]]
    with pytest.raises(TrainingError, match="say what an earlier row says"):
        compared(tmp_path, [*dated, *copies])


def test_a_label_that_the_profile_lacks_is_refused_before_any_training(tmp_path: Path, dated: Rows) -> None:
    rows = [*dated[:-1], {**dated[-1], "unit": "XX"}]
    said: list[str] = []
    with pytest.raises(TrainingError, match="unit 'XX': 1 row"):
        compare_splits(plan(tmp_path, rows, "kaiping"), 0.2, 0, say=said.append)
    assert said == []


@pytest.mark.parametrize("share", [0.0, 1.0, 20.0])
def test_a_share_that_is_none_is_refused(tmp_path: Path, dated: Rows, share: float) -> None:
    with pytest.raises(UsageError, match="not a share"):
        compare_splits(plan(tmp_path, dated), share, 0, say=lambda line: None)


def test_the_command_says_it_in_words(tmp_path: Path, dated: Rows) -> None:
    ready = plan(tmp_path, dated)
    command = Path(sys.executable).with_name("triage")
    done = subprocess.run(
        [command, "splits", ready.histories[0], "--time", "at", "--label", "unit=unit", "--profile", "none", "--recipe", ready.recipe, "--jobs", "1"],
        capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert "按时间切分: 训练 128 行" in done.stdout
    assert "time: publish" in done.stderr and "random: publish" in done.stderr
    assert not (Path.cwd() / "model").exists()
