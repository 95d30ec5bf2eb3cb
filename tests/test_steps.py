import csv
import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from training.history import Source, read_history
from training.steps import STEPS, Plan, train
from triage import Engine, Request, bundle
from triage.columns import Columns
from triage.errors import TrainingError

ALL = {"unit": "unit", "item": "item", "type": "type", "urgency": "urgency"}
UNIT = {"unit": "unit"}
Rows = list[dict[str, str]]


def history(path: Path, rows: Iterable[dict[str, str]]) -> Path:
    chosen = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(chosen[0]))
        writer.writeheader()
        writer.writerows(chosen)
    return path


def trained(folder: Path, rows: Rows, labels: dict[str, str], profile: str = "none", time: str = "") -> dict[str, object]:
    """The manifest of the model in folder/model that the rows made."""
    source = Source(Columns("text", "title"), labels, time)
    recipe = folder.with_name(f"{folder.name}-recipe.toml")
    recipe.write_text(
        '[structure]\nmodel = ""\naxes = 20\n[network]\nunits = 16\nepochs = 4\n[compress]\ngrams = 8000\nwidth = 32\n[close]\nencoder = ""\n',
        encoding="utf-8",
    )
    plan = Plan((history(folder / "history.csv", rows),), source, profile, folder / "model", recipe=recipe, jobs=1)
    out = train(plan, say=lambda line: None)
    manifest: dict[str, object] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return manifest


@pytest.fixture(scope="module")
def some(examples: Rows) -> Rows:
    """Three hundred requests about work and livelihood."""
    return examples[:300]


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory, some: Rows) -> Path:
    """A model of a city without a profile."""
    folder = tmp_path_factory.mktemp("units")
    trained(folder, some, UNIT)
    return folder / "model"


def test_each_step_needs_only_what_came_before() -> None:
    made: set[str] = set()
    for step in STEPS:
        assert set(step.needs) <= made, step.name
        made |= set(step.makes)


def test_the_chain_makes_a_model_that_routes(toy: Path, toy_history: Path, toy_engine: Engine) -> None:
    manifest = json.loads((toy / "manifest.json").read_text(encoding="utf-8"))
    with toy_history.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert manifest["data"]["rows"] == len(rows)
    assert set(manifest["tasks"]) == {"unit", "item", "type", "urgency"}
    assert set(manifest["tasks"]["item"]["labels"]) >= {row["item"] for row in rows}
    assert (manifest["profile"]["code"], manifest["data"]["split"]) == ("kaiping", "grouped folds")
    assert manifest["metrics"]["routed_unit"]["hit1"] > 2 * manifest["metrics"]["routed_unit"]["majority_hit1"]
    assert manifest["pool"]["company"] > 0
    answer = toy_engine.suggest(Request("我在水口一间厂做了四个月, 老板一直拖欠工资不发, 打电话也不接"))
    assert answer.units[0].code == "RS"


def test_without_a_profile_the_labels_are_the_units(units: Path, some: Rows) -> None:
    manifest = json.loads((units / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["profile"] == {"code": "none"}
    assert set(manifest["tasks"]) == {"unit"}
    assert set(manifest["tasks"]["unit"]["labels"]) == {row["unit"] for row in some}
    assert manifest["metrics"]["unit"]["hit1"] > 2 * manifest["metrics"]["unit"]["majority_hit1"]
    answers = Engine.load(model=units).suggest_many([Request(row["text"], row["title"]) for row in some])
    right = [getattr(answer, "units")[0].code == row["unit"] for answer, row in zip(answers, some, strict=True)]  # noqa: B009
    assert np.mean(right) > 0.95


def test_the_same_history_makes_the_same_weights(tmp_path: Path, units: Path, some: Rows) -> None:
    trained(tmp_path, some, UNIT)
    again, first = bundle.read(tmp_path / "model"), bundle.read(units)
    assert all((again.arrays[name] == first.arrays[name]).all() for name in bundle.ARRAYS)


def test_no_text_is_in_the_bundle(toy: Path, toy_history: Path) -> None:
    with toy_history.open(encoding="utf-8", newline="") as file:
        texts = [f"{row['title']}\n{row['text']}" for row in csv.DictReader(file)]
    learnt = set().union(*map(four_signs, texts))
    assert len(learnt) > 10_000
    for part in toy.iterdir():
        for encoding in ("utf-8", "utf-16-le", "utf-32-le", "gb18030"):
            stored = four_signs(part.read_bytes().decode(encoding, errors="ignore"))
            assert not learnt & stored, (part.name, encoding)


def four_signs(text: str) -> set[str]:
    return {run[start : start + 4] for run in re.findall("[一-鿿]{4,}", text) for start in range(len(run) - 3)}


def test_labels_that_the_profile_lacks_stop_the_training_all_at_once(tmp_path: Path, some: Rows) -> None:
    rows = [{**some[0], "unit": "XX"}, {**some[1], "unit": "XX", "item": "0101"}, *some[2:20]]
    with pytest.raises(TrainingError) as caught:
        trained(tmp_path, rows, ALL, "kaiping")
    assert "2 label(s) that profile kaiping does not know" in str(caught.value)
    assert "unit 'XX': 2 row(s), e.g. history.csv:2" in str(caught.value)
    assert "item '0101': 1 row(s), e.g. history.csv:3" in str(caught.value)
    assert not (tmp_path / "model").exists()


def test_a_history_of_one_unit_always_says_that_unit(tmp_path: Path, some: Rows) -> None:
    manifest = trained(tmp_path, [row for row in some if row["unit"] == "RS"][:20], UNIT)
    assert manifest["tasks"] == {"unit": {"labels": ["RS"], "power": 1.0, "network": 0.0}}
    answer = Engine.load(model=tmp_path / "model").suggest(Request("路灯坏了半个月"))
    assert (answer.units[0].code, answer.units[0].p) == ("RS", 1.0)
    assert answer.decision != "auto"  # twenty rows prove nothing


def test_one_row_makes_a_model_that_promises_nothing(tmp_path: Path, some: Rows) -> None:
    manifest = trained(tmp_path, some[:1], UNIT)
    assert manifest["metrics"] == {}
    answer = Engine.load(model=tmp_path / "model").suggest(Request("路灯坏了半个月"))
    assert (answer.units[0].code, answer.decision) == (some[0]["unit"], "suggest")


@pytest.mark.parametrize("rows", [1, 20])
def test_with_a_profile_a_few_rows_of_one_unit_are_enough_to_answer(tmp_path: Path, some: Rows, rows: int) -> None:
    trained(tmp_path, [row for row in some if row["unit"] == "RS"][:rows], ALL, "kaiping")
    answer = Engine.load(model=tmp_path / "model").suggest(Request("老板拖欠工资不发"))
    assert answer.units
    assert answer.decision != "auto"


def test_dates_in_three_forms_make_a_split_by_time(tmp_path: Path, some: Rows) -> None:
    forms = ("2026-{:02d}-15", "2026/{}/15 09:30:00", "2026年{}月15日")
    rows = [{**row, "at": forms[number % 3].format(1 + number // 25)} for number, row in enumerate(some)]
    manifest = trained(tmp_path, rows, UNIT, time="at")
    data = manifest["data"]
    assert isinstance(data, dict)
    assert (data["from"], data["to"], data["split"]) == ("2026-01-15", "2026-12-15", "newest rows held out")
    assert data["undated"] == 0
    metrics = manifest["metrics"]
    assert isinstance(metrics, dict)
    assert metrics["unit"]["n"] == 60


def test_rows_without_a_date_are_counted_and_named_on_the_card(tmp_path: Path, some: Rows) -> None:
    rows = [{**row, "at": "soon" if number < 3 else "2026-01-15"} for number, row in enumerate(some[:40])]
    data = trained(tmp_path, rows, UNIT, time="at")["data"]
    assert isinstance(data, dict) and (data["to"], data["undated"]) == ("2026-01-15", 3)
    assert "3 of them carry no date that can be read" in (tmp_path / "model" / "card.md").read_text(encoding="utf-8")


def test_duplicates_do_not_flatter_the_figures(tmp_path: Path, some: Rows, units: Path) -> None:
    """With every third text standing twice, rows are more but held-out ones are no easier."""
    twice = [*some, *({**row, "id": f"again{row['id']}", "text": row["text"] + "!"} for row in some[::3])]
    manifest = trained(tmp_path, twice, UNIT)
    metrics = manifest["metrics"]
    assert isinstance(metrics, dict)
    alone = json.loads((units / "manifest.json").read_text(encoding="utf-8"))["metrics"]["unit"]
    assert metrics["unit"]["n"] == 400
    assert metrics["unit"]["hit1"] < alone["hit1"] + 0.06


def test_the_bundle_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path, some: Rows) -> None:
    first = trained(tmp_path, some[:40], UNIT)
    second = trained(tmp_path, some[:60], UNIT)
    assert bundle.read(tmp_path / "model").version == second["version"] != first["version"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history.csv", "model"]


def test_a_training_that_fails_leaves_the_old_bundle(tmp_path: Path, some: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    before = trained(tmp_path, some[:40], UNIT)

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="No space left"):
        trained(tmp_path, some[:60], UNIT)
    assert bundle.read(tmp_path / "model").version == before["version"]


def test_a_reader_finds_a_bundle_at_every_moment(tmp_path: Path, some: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(tmp_path, some[:40], UNIT)
    rename, seen = Path.replace, []

    def watched(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        seen.append((tmp_path / "model" / "manifest.json").is_file())
        return moved

    monkeypatch.setattr(Path, "replace", watched)
    trained(tmp_path, some[:60], UNIT)
    assert all(seen)
    assert bundle.read(tmp_path / "model").manifest["data"]["rows"] == 60


def test_a_training_that_fails_leaves_no_draft(tmp_path: Path, some: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="No space left"):
        trained(tmp_path, some[:20], UNIT)
    assert [path.name for path in tmp_path.iterdir()] == ["history.csv"]


@pytest.mark.parametrize("column", ["text", "unit"])
def test_a_history_from_which_nothing_can_be_learnt_is_refused(tmp_path: Path, some: Rows, column: str) -> None:
    with pytest.raises(TrainingError):
        trained(tmp_path, [{**row, "title": "", column: ""} for row in some[:5]], UNIT)


@pytest.mark.parametrize("rows", [1, 5])
def test_copies_of_one_dated_row_make_a_model(tmp_path: Path, some: Rows, rows: int) -> None:
    assert trained(tmp_path, [{**some[0], "at": "2026-01-02"}] * rows, UNIT, time="at")["metrics"] == {}


def test_a_date_that_stands_for_none_does_not_stop_the_training(tmp_path: Path, some: Rows) -> None:
    rows = [{**row, "at": "0001-01-01" if number == 7 else "2026-01-02"} for number, row in enumerate(some[:40])]
    trained(tmp_path, rows, UNIT, time="at")


def test_a_model_that_learnt_no_unit_still_answers(tmp_path: Path, some: Rows) -> None:
    trained(tmp_path, some[:40], {"type": "type"})
    assert Engine.load(model=tmp_path / "model").suggest(Request("路灯坏了半个月")).decision == "manual"


def test_labels_known_only_among_the_newest_rows_are_learnt(tmp_path: Path, some: Rows) -> None:
    rows = [{**row, "at": f"2026-01-01 {number // 60:02d}:{number % 60:02d}"} for number, row in enumerate(some[:100])]
    rows = [{**row, "unit": ""} for row in rows[:95]] + rows[95:]
    manifest = trained(tmp_path, rows, {"unit": "unit", "type": "type"}, time="at")
    assert isinstance(manifest["tasks"], dict)
    assert set(manifest["tasks"]["unit"]["labels"]) == {row["unit"] for row in some[95:100]}


def test_the_steps_files_are_kept_on_request(tmp_path: Path, some: Rows) -> None:
    source, said = Source(Columns("text", "title"), UNIT), list[str]()
    plan = Plan((history(tmp_path / "history.csv", some[:20]),), source, "none", tmp_path / "model", jobs=1)
    train(plan, say=said.append, work=tmp_path / "work")
    assert {path.stem for path in (tmp_path / "work").iterdir()} == {name for step in STEPS for name in step.makes}
    assert list(dict.fromkeys(line.split(":")[0] for line in said)) == [step.name for step in STEPS]


def test_chosen_records_are_learnt_from_in_place_of_the_files(tmp_path: Path, some: Rows) -> None:
    source = Source(Columns("text", "title"), UNIT)
    path = history(tmp_path / "history.csv", some[:40])
    plan = Plan((path,), source, "none", tmp_path / "model", jobs=1)
    out = train(plan, say=lambda line: None, records=read_history([path], source)[:25])
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["data"]["rows"] == 25


def test_a_profile_alone_teaches(tmp_path: Path, toy: Path) -> None:
    """A city without any history starts with the words of its own tables."""
    recipe = toy.parent / "recipe.toml"
    out = train(Plan((), Source(Columns(), {}), "kaiping", tmp_path / "cold", recipe=recipe, jobs=1), say=lambda line: None)
    engine = Engine.load(model=out)
    answer = engine.suggest(Request("物业管理 业主委员会"))
    assert answer.items[0].path[0] == "住房和城乡建设"
    assert answer.decision != "auto"


def test_neither_history_nor_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="neither a history nor a profile"):
        train(Plan((), Source(Columns(), {}), "none", tmp_path / "x", jobs=1), say=lambda line: None)
