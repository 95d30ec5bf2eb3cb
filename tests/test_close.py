"""Close reading: heads on the encoder's vectors, and an engine with two readings."""

import csv
import json
import shutil
from collections.abc import Callable
from copy import copy
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from training.clean import Corpus
from training.close import _start, fit, loaded, logits_of, problem, regress
from training.evaluate import evaluate
from training.fit import Held, Taught
from training.history import Source
from training.network import Target, target
from training.recalibrate import Wanted, calibrate, ungated
from training.steps import Plan, train
from triage import Engine, Request, bundle
from triage.columns import Columns
from triage.encoder import fingerprint
from triage.errors import BundleError, UsageError
from triage.locations import shipped

SHIPPED = Path(__file__).parent.parent / "models" / "encoder"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def fast(close_toy: Path) -> Engine:
    return Engine.load(model=close_toy)


def test_the_close_reading_has_numbers_of_its_own(fast: Engine) -> None:
    manifest = fast.bundle.manifest
    assert manifest["close"]["tasks"].keys() == manifest["tasks"].keys()
    assert all(powers["close"] > 0 for task, powers in manifest["close"]["tasks"].items() if task in ("unit", "item"))
    assert fast.numbers["tasks"]["item"] == manifest["tasks"]["item"]
    assert fast.closely.numbers["tasks"]["item"]["labels"] == manifest["tasks"]["item"]["labels"]
    assert fast.closely.numbers["pool"] == manifest["close"]["pool"]


def test_both_readings_answer_and_say_which_they_are(fast: Engine) -> None:
    request = Request("公司拖欠我们十几个工人三个月工资, 一直推脱")
    one, other = fast.suggest(request), fast.closely.suggest(request)
    assert other.versions.model == f"{one.versions.model}+close"
    assert one.units[0].code == other.units[0].code and one.units[0].p != other.units[0].p
    assert other.units[0].reasons
    assert fast.closely.fast is fast and fast.fast is fast and fast.closely.closely is fast.closely
    assert fast.reading(False) is fast and fast.reading(True) is fast.closely is fast.reading(None)


def test_one_alone_and_among_many_is_read_the_same(fast: Engine) -> None:
    texts = ["路灯坏了半个月没有人修", "公司拖欠工资三个月", "对面烧烤店油烟很大, 还放音响"]
    many = fast.closely.suggest_many([Request(text) for text in texts])
    assert [fast.closely.suggest_many([Request(text)])[0].units for text in texts] == [each.units for each in many]


def test_who_is_suspended_is_so_in_both_readings(close_toy: Path) -> None:
    engine = Engine.load(model=close_toy)
    engine.closely.suspend({"RS"})
    assert engine.suspended == {"RS"}
    other = copy(engine.closely)
    other.suspend({"GA"})
    assert other.suspended == other.fast.suspended == {"GA"} and engine.suspended == engine.closely.suspended == {"RS"}
    engine.suspend(set())
    assert engine.closely.suspended == set()


def test_what_the_encoder_was_taught_with_is_no_evidence(close_toy: Path, tmp_path: Path, toy_history: Path, small_recipe: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(small_recipe.read_text(encoding="utf-8").replace('encoder = ""', 'encoder = "encoder"'), encoding="utf-8")
    rows = toy_history.read_text(encoding="utf-8").splitlines()[:150]
    (tmp_path / "seen.csv").write_text("\n".join(rows), encoding="utf-8")
    source = Source(Columns("text", "title", "id"), {"unit": "unit"})
    out = train(Plan((tmp_path / "seen.csv",), source, "none", tmp_path / "model", recipe=recipe, jobs=1), say=lambda line: None)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert "close" not in manifest and not (out / "close_heads.npy").exists()
    engine = Engine.load(model=out)
    with pytest.raises(UsageError, match="made without close reading"):
        _ = engine.closely
    assert engine.reading(None) is engine


def test_a_promise_of_one_reading_leaves_the_other_alone(fast: Engine, close_toy: Path, partly_taught: Path, tmp_path: Path) -> None:
    source, wanted = Source(Columns("text", "title", "id"), {"unit": "unit"}), Wanted(max_error=0.2, undated=True)
    target, promise = calibrate(fast.closely, close_toy, [partly_taught], source, wanted, tmp_path / "proven", say=lambda line: None)
    manifest = bundle.read(target).manifest
    assert manifest["close"]["promise"]["rows"] == promise["rows"] and "promise" not in manifest
    card = (target / "card.md").read_text(encoding="utf-8")
    assert "## 自动派单承诺 (细读)" in card and "Read closely. Automatic dispatch" not in card and "\nAutomatic dispatch" in card
    assert manifest["thresholds"] == fast.bundle.manifest["thresholds"]
    proven = Engine.load(model=target)
    assert (proven.promised, proven.closely.promised) == (None, 0.2 if promise["auto"] else None)


def test_the_open_engine_reads_as_the_one_to_be_proven(fast: Engine) -> None:
    close = fast.closely
    opened = ungated(close)
    assert opened.encoder is close.encoder and opened.numbers["thresholds"]["auto"] == 0.0
    assert opened.bundle.manifest["thresholds"] == close.bundle.manifest["thresholds"] and opened.bundle.manifest["thresholds"]["auto"] > 0
    request = Request("公司拖欠我们十几个工人三个月工资, 一直推脱")
    assert opened.suggest(request).units[0].p == close.suggest(request).units[0].p != ungated(fast).suggest(request).units[0].p
    assert ungated(fast).encoder is None and ungated(fast).numbers["thresholds"]["auto"] == 0.0


@pytest.fixture(scope="module")
def partly_taught(tmp_path_factory: pytest.TempPathFactory, toy_history: Path, close_history: Path) -> Path:
    """Ten rows that the encoder was taught with after thirty in words that neither it nor the model has read."""
    path = tmp_path_factory.mktemp("taught") / "new.csv"
    read = (csv.DictReader(StringIO(file.read_text(encoding="utf-8"))) for file in (toy_history, close_history))
    taught, other = ([row for row in each if row["unit"]] for each in read)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(taught[0]))
        writer.writeheader()
        writer.writerows([*({**row, "text": f"您好, {row['text']}"} for row in other[:30]), *taught[40:50]])
    return path


def test_what_the_encoder_was_taught_with_proves_nothing(fast: Engine, close_toy: Path, partly_taught: Path, tmp_path: Path) -> None:
    source, wanted, said = Source(Columns("text", "title", "id"), {"unit": "unit"}), Wanted(max_error=0.2, undated=True), list[str]()
    target, promise = calibrate(fast.closely, close_toy, [partly_taught], source, wanted, tmp_path / "close", say=said.append)
    assert promise["left_out"]["taught"] == 10
    assert promise["rows"] + promise["left_out"].get("near_duplicate", 0) == 30
    assert "10 row(s) left out: that the model or its encoder learnt from" in said
    assert "模型或细读的编码器学过 10 件" in (target / "card.md").read_text(encoding="utf-8")
    assert not [line for line in said if "it is lost" in line]
    calibrate(Engine.load(model=target), target, [partly_taught], source, wanted, target, say=said.append)
    assert not [line for line in said if "it is lost" in line] and "promise" in bundle.read(target).manifest["close"]
    _, promise = calibrate(fast, close_toy, [partly_taught], source, wanted, target, say=said.append)
    assert [line for line in said if line.endswith(f"it is lost. To keep both, name --model {target}")]
    assert not promise["left_out"].get("taught")


def test_an_evaluation_counts_what_the_encoder_was_taught_with(fast: Engine, partly_taught: Path) -> None:
    source = Source(Columns("text", "title", "id"), {"unit": "unit"})
    found = evaluate(fast.closely, partly_taught, source)
    assert (found["taught"]["rows"], found["taught"]["share"], found["taught"]["tasks"]["unit"]["n"]) == (10, 0.25, 30)
    note = next(each for each in found["notes"] if each["code"] == "taught")
    assert note["text"] == "模型或细读的编码器学过的测试行有 10 行 (25.0%): 数字会偏高; 去掉后的数字另列"
    assert evaluate(fast, partly_taught, source)["taught"]["rows"] == 0


def test_another_encoder_is_refused_by_name(close_toy: Path) -> None:
    model = bundle.read(close_toy)
    other = bundle.Bundle({**model.manifest, "close": {**model.manifest["close"], "encoder": "another"}}, model.arrays)
    with pytest.raises(BundleError, match="fitted to encoder another, which is not in"):
        _ = Engine(other, None).closely


def test_the_encoder_lies_beside_the_model_or_is_the_shipped_one_wherever_the_command_runs(
    close_toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "encoder").mkdir()
    monkeypatch.chdir(tmp_path)
    assert Engine.load(model=close_toy).closely.encoder is not None
    assert not problem("encoder") and "no encoder that can be read" in problem("./encoder/none")
    beside = Path(shutil.copytree(shipped("models", "encoder"), tmp_path / "models" / "encoder"))
    told = json.loads((beside / "manifest.json").read_text(encoding="utf-8"))
    (beside / "manifest.json").write_text(json.dumps({**told, "name": "own"}), encoding="utf-8")
    model = bundle.read(close_toy)
    manifest = {**model.manifest, "close": {**model.manifest["close"], "encoder": "own"}}
    encoder = Engine(bundle.Bundle(manifest, model.arrays, tmp_path / "models" / "mine"), None).closely.encoder
    assert encoder is not None and encoder.name == "own"


def test_a_bundle_without_its_heads_is_refused(close_toy: Path, tmp_path: Path) -> None:
    model = bundle.read(close_toy)
    facts = {key: value for key, value in model.manifest.items() if key not in ("format", "files", "digest")}
    bundle.write(tmp_path / "model", facts, {**model.arrays, "close_bias": np.zeros(3, np.float32)}, "card")
    with pytest.raises(BundleError, match="close_bias"):
        bundle.read(tmp_path / "model")


@pytest.mark.parametrize(("rows", "option", "closely"), [(3, (), True), (3, ("--fast",), False), (1001, (), False)])
def test_small_files_are_read_closely(command: Command, close_toy: Path, tmp_path: Path, rows: int, option: tuple[str, ...], closely: bool) -> None:
    (tmp_path / "in.csv").write_text("id,text\n" + "".join(f"{row},路灯坏了\n" for row in range(rows)), encoding="utf-8")
    told = tmp_path / "summary.json"
    code, _, err = command("batch", tmp_path / "in.csv", tmp_path / "out.csv", "--model", close_toy, "--summary", told, *option)
    assert code == 0, err
    summary = json.loads(told.read_text(encoding="utf-8"))
    assert (summary["rows"], summary["versions"]["model"].endswith("+close")) == (rows, closely)
    assert f"model {summary['versions']['model']}" in err


def test_close_reading_that_cannot_be_had_is_an_error_only_where_it_was_asked_for(command: Command, toy: Path) -> None:
    code, _, err = command("suggest", "路灯坏了", "--model", toy, "--close")
    assert code == 2 and "made without close reading" in err
    assert command("suggest", "路灯坏了", "--model", toy)[0] == 0


def test_heads_stay_where_they_begin_under_a_strong_pull_and_follow_the_rows_otherwise() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(200, 4)).astype(np.float32)
    truth = (vectors[:, 0] > 0).astype(int)
    target = Target(np.eye(2, dtype=np.float32)[truth], np.ones(200, np.float32))
    start = random.normal(size=(5, 2)).astype(np.float32)
    np.testing.assert_allclose(regress(vectors, target, start, 1e9), start, atol=1e-4)
    heads = regress(vectors, target, start, 1e-3)
    assert (logits_of(vectors, heads).argmax(axis=1) == truth).mean() > 0.97


class Words:
    """An encoder for tests that reads nothing: it has heads of two tasks, and was taught with one text."""

    width, labels = 2, {"item": ("i1", "i2", "i3"), "unit": ("CG", "RS", "CZ")}
    heads = np.arange(12, dtype=np.float32).reshape(2, 6)
    bias = np.array([5, 6, 7, -1, -2, -3], np.float32)
    seen = np.array([fingerprint("", "学过的")])


def test_heads_begin_where_the_encoder_has_those_of_the_same_labels() -> None:
    start = _start(Words(), ("CZ", "XX", "RS"))  # type: ignore[arg-type]
    np.testing.assert_array_equal(start[:, 0], [5, 11, -3])
    np.testing.assert_array_equal(start[:, 2], [4, 10, -2])
    np.testing.assert_array_equal(start[:, 1], [0, 0, -3])  # never met: as unlikely as the rarest
    np.testing.assert_array_equal(_start(Words(), ("i2", "i1")), [[1, 0], [7, 6], [6, 5]])  # type: ignore[arg-type]
    np.testing.assert_array_equal(_start(Words(), ("CG", "XX", "YY")), np.zeros((3, 3)))  # type: ignore[arg-type]


def noise(rows: int) -> tuple[np.ndarray, Corpus, Taught, Held]:
    """Vectors from which nothing can be learnt but each row by heart, with the last text one that the encoder was taught with."""
    random = np.random.default_rng(1)
    vectors = random.normal(size=(rows, 4 * rows)).astype(np.float32)
    units = np.where(random.random(rows) < 0.5, "RS", "CG")
    texts = [*(f"第{row}件" for row in range(rows - 1)), "学过的"]
    blank, ones = [""] * rows, np.ones(rows, np.float32)
    corpus = Corpus(blank, texts, blank, blank, [None] * rows, ones, {"unit": units.tolist()}, np.arange(rows), {})
    nothing = np.zeros((rows, 2), np.float32)
    held = Held(("CG", "RS"), np.concatenate([np.arange(0, rows, 2), np.arange(1, rows, 2)]), nothing, nothing)
    return vectors, corpus, Taught({"unit": units}, {}, ones, 0.5), held


def test_rows_are_judged_by_heads_that_had_not_seen_them() -> None:
    vectors, corpus, taught, held = noise(100)
    even, odd = np.arange(0, 100, 2), np.arange(1, 100, 2)
    encoder = Words()
    encoder.width, encoder.labels = vectors.shape[1], {}
    heads, judged = fit(encoder, vectors, corpus, taught, {"unit": held}, [(odd, even), (even, odd)], 0.01, 1)  # type: ignore[arg-type]
    truth = np.array([held.labels.index(label) for label in taught.labels["unit"]])
    whole = logits_of(vectors, np.vstack([heads["close_heads"], heads["close_bias"]]))
    assert (whole.argmax(axis=1) == truth).all()  # by heart
    found = judged["unit"]
    assert found.close is not None and found.close.shape == (99, 2) and found.rows.tolist() == held.rows.tolist()[:-1]
    assert 0.3 < (found.close.argmax(axis=1) == truth[found.rows]).mean() < 0.7  # by chance
    np.testing.assert_allclose(found.close[0], logits_of(vectors[[0]], regress(
        vectors[odd], target(taught.of("unit"), held.labels, odd), np.zeros((vectors.shape[1] + 1, 2), np.float32), 0.01))[0], atol=1e-4)  # fmt: skip


def test_an_encoder_is_read_once_as_long_as_it_stays_the_same(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "encoder"))
    first = loaded(folder)
    assert loaded(folder) is first
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BundleError, match="no encoder that can be read"):
        loaded(folder)


def test_why_texts_cannot_be_read_closely_is_told(tmp_path: Path) -> None:
    assert problem("encoder") == ""
    assert "names no encoder" in problem("")
    assert str(tmp_path / "none") in problem(str(tmp_path / "none"))


def test_what_was_suspended_before_a_reading_is_loaded_is_so_in_it(close_toy: Path) -> None:
    engine = Engine.load(model=close_toy)
    engine.suspend({"RS"})
    assert engine.readings == (engine,) and engine.closely.suspended == {"RS"}
    engine.closely.suspend({"GA"}, alone=True)
    assert engine.readings == (engine, engine.closely) and (engine.suspended, engine.closely.suspended) == ({"RS"}, {"GA"})


def test_an_encoder_that_is_gone_is_told_and_never_guessed_around(
    command: Command, close_toy: Path, close_history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.encoder.ENCODER", str(tmp_path / "none"))
    (tmp_path / "in.csv").write_text("id,text\n1,路灯坏了\n", encoding="utf-8")
    for words in (("suggest", "路灯坏了"), ("batch", tmp_path / "in.csv", tmp_path / "out.csv")):
        code, _, err = command(*words, "--model", close_toy)
        assert code == 0 and "不能细读, 改用速读" in err and "which is not in" in err
    measured = ("evaluate", close_history, "--text", "text", "--label", "unit=unit", "--model", close_toy)
    code, out, err = command(*measured)
    assert (code, out) == (2, "") and "which is not in" in err
    code, _, err = command(*measured, "--fast")
    assert code == 0 and "读法: 速读" in err
    proven = ("calibrate", close_history, "--text", "text", "--label", "unit=unit", "--allow-undated", "--model", close_toy, "--out", tmp_path / "m")
    code, out, err = command(*proven)
    assert (code, out) == (2, "") and "which is not in" in err and not (tmp_path / "m").exists()


def test_commands_say_which_reading_they_measured(command: Command, close_toy: Path, close_history: Path) -> None:
    code, _, err = command("evaluate", close_history, "--text", "text", "--label", "unit=unit", "--model", close_toy)
    assert code == 0 and "读法: 细读" in err
