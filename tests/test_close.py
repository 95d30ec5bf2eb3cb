"""Close reading: heads on the encoder's vectors, and an engine with two readings."""

import json
from collections.abc import Callable
from copy import copy
from pathlib import Path

import numpy as np
import pytest

from training.close import logits_of, problem, regress
from training.history import Source
from training.network import Target
from training.recalibrate import Wanted, calibrate
from training.steps import Plan, train
from triage import Engine, Request, bundle
from triage.columns import Columns
from triage.errors import BundleError, UsageError

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


def test_a_promise_of_one_reading_leaves_the_other_alone(fast: Engine, close_toy: Path, close_history: Path, tmp_path: Path) -> None:
    source, wanted = Source(Columns("text", "title", "id"), {"unit": "unit"}), Wanted(max_error=0.2, undated=True)
    target, promise = calibrate(fast.closely, close_toy, [close_history], source, wanted, tmp_path / "proven", say=lambda line: None)
    manifest = bundle.read(target).manifest
    assert manifest["close"]["promise"]["rows"] == promise["rows"] and "promise" not in manifest
    card = (target / "card.md").read_text(encoding="utf-8")
    assert "## 自动派单承诺 (细读)" in card and "Read closely. Automatic dispatch" not in card and "\nAutomatic dispatch" in card
    assert manifest["thresholds"] == fast.bundle.manifest["thresholds"]
    proven = Engine.load(model=target)
    assert (proven.promised, proven.closely.promised) == (None, 0.2 if promise["auto"] else None)


def test_another_encoder_is_refused_by_name(close_toy: Path) -> None:
    model = bundle.read(close_toy)
    other = bundle.Bundle({**model.manifest, "close": {**model.manifest["close"], "encoder": "another"}}, model.arrays)
    with pytest.raises(UsageError, match="fitted to encoder another"):
        _ = Engine(other, None).closely


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
    monkeypatch.setattr("triage.suggest.ENCODER", str(tmp_path / "none"))
    (tmp_path / "in.csv").write_text("id,text\n1,路灯坏了\n", encoding="utf-8")
    for words in (("suggest", "路灯坏了"), ("batch", tmp_path / "in.csv", tmp_path / "out.csv")):
        code, _, err = command(*words, "--model", close_toy)
        assert code == 0 and "不能细读, 改用速读" in err and "no encoder that can be read" in err
    measured = ("evaluate", close_history, "--text", "text", "--label", "unit=unit", "--model", close_toy)
    code, out, err = command(*measured)
    assert (code, out) == (2, "") and "no encoder that can be read" in err
    code, _, err = command(*measured, "--fast")
    assert code == 0 and "读法: 速读" in err
    proven = ("calibrate", close_history, "--text", "text", "--label", "unit=unit", "--allow-undated", "--model", close_toy, "--out", tmp_path / "m")
    code, out, err = command(*proven)
    assert (code, out) == (2, "") and "no encoder that can be read" in err and not (tmp_path / "m").exists()


def test_commands_say_which_reading_they_measured(command: Command, close_toy: Path, close_history: Path) -> None:
    code, _, err = command("evaluate", close_history, "--text", "text", "--label", "unit=unit", "--model", close_toy)
    assert code == 0 and "读法: 细读" in err
