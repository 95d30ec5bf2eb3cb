import csv
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from training import steps
from training.audit import Report, audit
from training.history import Source
from training.suspects import CONFLICT, MODEL, UNKNOWN
from triage.columns import Columns
from triage.errors import TrainingError, UsageError

Rows = Sequence[dict[str, str]]
UNITS = ("RS", "JY", "YJ", "NY", "WJ")


def written(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else ["text", "unit"])
        writer.writeheader()
        writer.writerows(rows)
    return path


def audited(
    folder: Path, recipe: Path, rows: Rows, profile: str = "none", tasks: Sequence[str] = ("unit",), time: str = "", with_masked: bool = False
) -> Report:
    source = Source(Columns(fields={"received_at": time} if time else {}), {task: task for task in tasks}, time)
    plan = steps.Plan((written(folder / "h.csv", rows),), source, profile, folder / "out.csv", recipe=recipe, jobs=1)
    return audit(plan, with_masked, say=lambda line: None)


@pytest.fixture(scope="module")
def clean_rows(examples: Rows) -> list[dict[str, str]]:
    """Three hundred requests of five units."""
    return [dict(row) for row in random.Random(0).sample([row for row in examples if row["unit"] in UNITS], 300)]


@pytest.fixture(scope="module")
def planted(clean_rows: list[dict[str, str]]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The same with 5 % of the units wrong; and where, with the true unit."""
    rows, lot, wrong = [dict(row) for row in clean_rows], random.Random(1), {}
    for place in lot.sample(range(len(rows)), len(rows) // 20):
        wrong[f"h.csv:{place + 2}"] = rows[place]["unit"]
        rows[place]["unit"] = lot.choice([unit for unit in UNITS if unit != rows[place]["unit"]])
    return rows, wrong


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, small_recipe: Path, planted: tuple[list[dict[str, str]], dict[str, str]]) -> Report:
    return audited(tmp_path_factory.mktemp("audit"), small_recipe, planted[0])


def test_planted_wrong_labels_are_found_far_more_often_than_by_chance(report: Report, planted: tuple[Rows, dict[str, str]]) -> None:
    rows, wrong = planted
    named = [suspect.source for suspect in report.suspects]
    found = [source for source in named if source in wrong]
    assert len(found) / len(wrong) >= 0.6  # a list of this length drawn by lot holds len(named) / 300 of them, about 0.15
    assert len(found) / len(named) >= 3 * len(wrong) / len(rows)
    assert sum(source in wrong for source in named[: len(wrong)]) / len(wrong) >= 0.4  # by lot 0.05
    suggested = [suspect.suggested == wrong[suspect.source] for suspect in report.suspects if suspect.source in wrong]
    assert sum(suggested) / len(suggested) >= 0.5  # by lot 0.25


def test_the_likeliest_to_be_wrong_come_first(report: Report) -> None:
    shares = [suspect.share for suspect in report.suspects]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= share <= 1 for share in shares)
    assert all(suspect.suggested != suspect.given for suspect in report.suspects)


def test_the_findings_add_up(report: Report, planted: tuple[Rows, dict[str, str]]) -> None:
    found = report.tasks["unit"]
    assert (report.rows, report.judged, report.left_out) == (300, 300, {})
    assert found.judged + sum(found.unjudged.values()) + found.blank == report.judged
    assert sum(rows for _, rows in found.labels.values()) == 300
    assert sum(doubted for doubted, _ in found.labels.values()) == len(report.suspects)
    assert all(suspect.title == suspect.text == "" for suspect in report.suspects)


def test_a_catch_all_is_found(tmp_path: Path, small_recipe: Path, clean_rows: Rows) -> None:
    """A third of all requests, whatever they are about, were sent to one office."""
    lot = random.Random(3)
    rows = [{**row, "unit": "其他"} if lot.random() < 1 / 3 else row for row in clean_rows]
    found = audited(tmp_path, small_recipe, rows).tasks["unit"]
    assert "其他" in {each.label for each in (*found.sinks, *found.mixtures)}


def test_units_that_nothing_tells_apart_are_found(tmp_path: Path, small_recipe: Path, clean_rows: Rows) -> None:
    lot = random.Random(4)
    rows = [{**row, "unit": lot.choice(("RS甲", "RS乙"))} if row["unit"] == "RS" else row for row in clean_rows]
    pairs = audited(tmp_path, small_recipe, rows).tasks["unit"].pairs
    assert set(pairs[0].labels) == {"RS甲", "RS乙"}
    assert pairs[0].share > 0.25


def test_a_third_of_duplicates_is_counted_and_their_conflicts_are_named(tmp_path: Path, small_recipe: Path, clean_rows: Rows) -> None:
    once = [dict(row) for row in clean_rows[:210]]
    again = [{**row, "text": row["text"] + "!"} for row in once[:90]]
    again[5]["unit"] = next(unit for unit in UNITS if unit != once[5]["unit"])
    found = audited(tmp_path, small_recipe, [*once, *again])
    assert found.duplicates == (90, 180)
    (conflict,) = [suspect for suspect in found.suspects if CONFLICT in suspect.kinds]
    assert {conflict.source, *conflict.twins} == {"h.csv:7", "h.csv:217"}
    assert {conflict.given, conflict.suggested} == {once[5]["unit"], again[5]["unit"]}
    assert conflict.votes == (1, 1)


def test_a_class_of_one_row_is_said_and_not_judged(tmp_path: Path, small_recipe: Path, clean_rows: Rows) -> None:
    found = audited(tmp_path, small_recipe, [*clean_rows[:150], {**clean_rows[150], "unit": "独一份"}])
    assert found.tasks["unit"].unjudged["独一份"] == 1
    assert "独一份" not in {suspect.given for suspect in found.suspects}


def test_labels_that_the_profile_lacks_are_suspects_of_their_own(tmp_path: Path, small_recipe: Path, clean_rows: Rows) -> None:
    rows = [dict(row) for row in clean_rows[:60]]
    rows[0]["unit"], rows[1]["unit"], rows[2]["unit"] = "XX", "开平市人力资源和社会保障局", "YY"
    rows[2]["text"] = rows[2]["title"] = ""
    found = audited(tmp_path, small_recipe, rows, "kaiping")
    strange = {suspect.source: suspect for suspect in found.suspects if UNKNOWN in suspect.kinds}
    assert {source: suspect.given for source, suspect in strange.items()} == {
        "h.csv:2": "XX", "h.csv:3": "开平市人力资源和社会保障局", "h.csv:4": "YY",
    }  # fmt: skip
    assert strange["h.csv:3"].suggested == "RS"
    assert found.suspects[0].share == 1.0
    assert found.rows == 60 == found.judged + 3  # they carry no other label that could be judged
    assert found.left_out == {}


def test_a_column_of_names_is_refused_as_in_training(tmp_path: Path, small_recipe: Path, clean_rows: Rows) -> None:
    rows = [{**row, "unit": "人社局" if row["unit"] == "RS" else f"{row['unit']}股"} for row in clean_rows[:40]]
    with pytest.raises(TrainingError, match="that profile kaiping does not know"):
        audited(tmp_path, small_recipe, rows, "kaiping")


def test_a_history_of_one_unit_is_refused(tmp_path: Path, small_recipe: Path, examples: Rows) -> None:
    with pytest.raises(TrainingError, match="the same label \\(unit 'RS'\\)"):
        audited(tmp_path, small_recipe, [row for row in examples if row["unit"] == "RS"][:30])


def test_one_unit_with_several_items_is_judged_by_item(tmp_path: Path, small_recipe: Path, examples: Rows) -> None:
    rows = [row for row in examples if row["unit"] == "RS"][:120]
    found = audited(tmp_path, small_recipe, rows, tasks=("unit", "item"))
    assert found.alone == {"unit": "RS"}
    assert set(found.tasks) == {"item"}


def test_dates_in_three_forms_are_read_and_another_is_said(tmp_path: Path, small_recipe: Path, clean_rows: Rows) -> None:
    forms = ("2026-{:02d}-15", "2026/{}/15 09:30:00", "2026年{}月15日")
    rows = [{**row, "at": forms[number % 3].format(1 + number // 15)} for number, row in enumerate(clean_rows[:150])]
    rows[4]["at"], rows[9]["at"] = "前天", ""
    found = audited(tmp_path, small_recipe, rows, time="at")
    assert found.undated == ["h.csv:6"]
    assert found.judged == 150
    assert all(suspect.time is None or suspect.time.year == 2026 for suspect in found.suspects)


def test_rows_that_take_no_part_are_named_by_reason(tmp_path: Path, small_recipe: Path, clean_rows: Rows) -> None:
    rows = [dict(row) for row in clean_rows[:100]]
    rows[1]["title"], rows[1]["text"] = "", " "
    rows[2]["unit"] = ""
    path = written(tmp_path / "h.csv", rows)
    path.write_text(path.read_text(encoding="utf-8") + "多,出\n", encoding="utf-8")
    source = Source(Columns("text", "title"), {"unit": "unit"})
    found = audit(steps.Plan((path,), source, "none", tmp_path / "o.csv", recipe=small_recipe, jobs=1), say=lambda line: None)
    assert found.left_out == {"text_empty": ["h.csv:3"], "no_label": ["h.csv:4"], "ragged_row": ["h.csv:102"]}
    assert found.rows == 101 == found.judged + 3


def test_a_history_without_rows_is_refused(tmp_path: Path, small_recipe: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(TrainingError, match="carries a label"):
        audited(tmp_path, small_recipe, [])
    plan = steps.Plan((tmp_path / "empty.csv",), Source(Columns(), {"unit": "unit"}), "none", tmp_path / "o.csv", recipe=small_recipe)
    with pytest.raises(UsageError, match="the file is empty"):
        audit(plan, say=lambda line: None)


def test_two_files_of_one_name_are_refused(tmp_path: Path, small_recipe: Path, clean_rows: Rows) -> None:
    (tmp_path / "more").mkdir()
    both = (written(tmp_path / "h.csv", clean_rows[:20]), written(tmp_path / "more" / "h.csv", clean_rows[20:40]))
    with pytest.raises(UsageError, match="several histories are called h.csv"):
        audit(steps.Plan(both, Source(Columns(), {"unit": "unit"}), "none", tmp_path / "o.csv", recipe=small_recipe), say=lambda line: None)


def test_the_kinds_are_words_for_the_clerk(report: Report) -> None:
    assert {kind for suspect in report.suspects for kind in suspect.kinds} == {MODEL}


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(word) for word in (Path(sys.executable).with_name("triage"), "audit", *words)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_command_writes_the_list_and_leaves_the_history_alone(tmp_path: Path, small_recipe: Path, planted: tuple[Rows, dict[str, str]]) -> None:
    history = written(tmp_path / "h.csv", planted[0])
    before = history.read_bytes()
    done = run(history, "--label", "unit=unit", "--profile", "none", "--recipe", small_recipe, "--jobs", "1", "--out", tmp_path / "s.csv")
    assert done.returncode == 0, done.stderr
    assert history.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["h.csv", "s.csv"]
    data = (tmp_path / "s.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    assert f"可疑: {len(rows)} 行" in done.stdout
    assert {row["类别"] for row in rows} == {MODEL}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "s.csv"], "name at least one label column"),
        (["--label", "unit=unit", "--out", "h.csv"], "is the input itself"),
        (["--label", "unit=office", "--out", "s.csv"], "no column office"),
        (["--label", "unit=unit", "--time", "when", "--out", "s.csv"], "no column when"),
        (["--label", "unit=unit", "--out", "none/s.csv"], "no such folder"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path: Path, clean_rows: Rows, words: list[str], said: str) -> None:
    history = written(tmp_path / "h.csv", clean_rows[:20])
    before = history.read_bytes()
    done = run(history, *(str(tmp_path / word) if word.endswith(".csv") else word for word in words))
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert history.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["h.csv"]
