import hashlib
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triage import Engine, bundle
from triage.bundle import ARRAYS, LEARNT
from triage.errors import BundleError

FILES = (*(f"{name}.npy" for name in (*ARRAYS, LEARNT)), "card.md")


@pytest.fixture
def model(toy: Path, tmp_path: Path) -> Path:
    """A copy of the toy model to spoil."""
    return Path(shutil.copytree(toy, tmp_path / "model"))


def edit(model: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = model / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    change(manifest)
    manifest["digest"] = bundle._digest(manifest)
    file.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


def replace_file(model: Path, name: str, content: bytes) -> None:
    """Puts other content in, with the right hash: only its form can give it away."""
    (model / name).write_bytes(content)
    edit(model, lambda manifest: manifest["files"].update({name: hashlib.sha256(content).hexdigest()}))


def refused(model: Path) -> str:
    with pytest.raises(BundleError) as caught:
        Engine.load(model=model)
    assert "\n" not in str(caught.value)
    assert caught.value.code == "bad_bundle"
    return str(caught.value)


def test_what_is_written_is_read(toy: Path, tmp_path: Path) -> None:
    first = bundle.read(toy)
    facts = {key: value for key, value in first.manifest.items() if key not in ("format", "files", "digest")}
    bundle.write(tmp_path / "again", facts, first.arrays, "card")
    second = bundle.read(tmp_path / "again")
    assert {**second.manifest, "files": {}, "digest": ""} == {**first.manifest, "files": {}, "digest": ""}
    assert second.version == first.version
    for name in ARRAYS:
        np.testing.assert_array_equal(first.arrays[name], second.arrays[name])


def test_holds_data_only(toy: Path) -> None:
    assert sorted(file.name for file in toy.iterdir()) == sorted([*FILES, "manifest.json"])
    assert sorted(json.loads((toy / "manifest.json").read_text(encoding="utf-8"))["files"]) == sorted(FILES)


def test_holds_no_text(toy: Path, examples: list[dict[str, str]]) -> None:
    content = b"".join(file.read_bytes() for file in toy.iterdir())
    assert not [row["id"] for row in examples if row["text"][:12].encode() in content]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", [0.0, 0.5, 0.999])
def test_a_flipped_byte_is_refused(model: Path, name: str, where: float) -> None:
    content = bytearray((model / name).read_bytes())
    content[int(len(content) * where)] ^= 1
    (model / name).write_bytes(bytes(content))
    message = refused(model)
    assert str(model / name) in message
    assert "Train it again" in message


def test_a_flipped_byte_of_the_manifest_is_refused(model: Path) -> None:
    file = model / "manifest.json"
    text = file.read_text(encoding="utf-8")
    assert '"level": 0.6' in text
    file.write_text(text.replace('"level": 0.6', '"level": 0.2'), encoding="utf-8")
    refused(model)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(model: Path, name: str) -> None:
    (model / name).unlink()
    assert f"{model / name} is missing" in refused(model)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused(model: Path, name: str) -> None:
    (model / name).write_bytes((model / name).read_bytes()[:-1])
    assert str(model / name) in refused(model)


@pytest.mark.parametrize("number", [0, bundle.FORMAT + 1, str(bundle.FORMAT), None])
def test_another_format_is_refused(model: Path, number: object) -> None:
    edit(model, lambda manifest: manifest.update(format=number))
    assert f"format {number}, this engine reads {bundle.FORMAT}" in refused(model)


@pytest.mark.parametrize("key", ["version", "profile", "tasks", "files", "max_chars"])
def test_a_manifest_without_a_fact_is_refused(model: Path, key: str) -> None:
    edit(model, lambda manifest: manifest.pop(key))
    assert f"lacks {key}" in refused(model) or key == "files"


@pytest.mark.parametrize("key", ["pool", "thresholds"])
def test_a_manifest_without_a_fitted_fact_is_refused(model: Path, key: str) -> None:
    edit(model, lambda manifest: manifest.pop(key))
    assert key in refused(model)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"format": 1}'])
def test_a_manifest_that_is_none_is_refused(model: Path, content: bytes) -> None:
    (model / "manifest.json").write_bytes(content)
    assert "manifest.json" in refused(model)


def test_no_model_at_all(tmp_path: Path) -> None:
    assert "no model here" in refused(tmp_path)
    assert "no model here" in refused(tmp_path / "none")


def test_labels_that_do_not_fit_the_arrays_are_refused(model: Path) -> None:
    edit(model, lambda manifest: manifest["tasks"]["type"]["labels"].append("新"))
    assert "the manifest wants" in refused(model)


def test_an_array_of_another_kind_is_refused(model: Path) -> None:
    np.save(model / "bias.npy", np.load(model / "bias.npy").astype(np.float64))
    replace_file(model, "bias.npy", (model / "bias.npy").read_bytes())
    assert "bias.npy is float64" in refused(model)


@pytest.mark.parametrize("name", ["heads", "bias", "scales", "weights", "outputs", "hidden_bias"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_array_with_something_that_is_no_number_is_refused(model: Path, name: str, value: float) -> None:
    array = np.load(model / f"{name}.npy")
    array.flat[-1] = value
    np.save(model / f"{name}.npy", array)
    replace_file(model, f"{name}.npy", (model / f"{name}.npy").read_bytes())
    assert f"{model / name}.npy holds something that is not a finite number" in refused(model)


def test_each_reading_has_the_lines_and_the_promise_of_its_own_alone(toy: Path) -> None:
    tasks = {"unit": {"labels": ["RS"], "power": 1.0}}
    own = {"tasks": {"unit": {"power": 2.0}}, "thresholds": {"auto": 0.5}}
    manifest = {"tasks": tasks, "thresholds": {"auto": 0.9}, "lines": {"RS": 0.8}, "promise": {"auto": 1}, "close": own}
    fast, close = (bundle.Bundle(manifest, {}).numbers(close=each) for each in (False, True))
    assert (fast["lines"], fast["promise"], fast["thresholds"]) == ({"RS": 0.8}, {"auto": 1}, {"auto": 0.9})
    assert "lines" not in close and "promise" not in close and close["thresholds"] == {"auto": 0.5}
    assert close["tasks"] == {"unit": {"labels": ["RS"], "power": 2.0}}
    proven = bundle.Bundle({**manifest, "close": {**own, "lines": {"RS": 0.7}, "promise": {"auto": 2}}}, {})
    assert (proven.numbers(close=True)["lines"], proven.numbers(close=True)["promise"]) == ({"RS": 0.7}, {"auto": 2})


class Trap:
    """Unpickling it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.path, "executed")


def trap(model: Path, in_array: bool) -> Path:
    mark = model.parent / "executed"
    if in_array:
        np.save(model / "bias.npy", np.array([Trap(mark)], dtype=object), allow_pickle=True)
    else:
        (model / "bias.npy").write_bytes(pickle.dumps(Trap(mark)))
    replace_file(model, "bias.npy", (model / "bias.npy").read_bytes())
    return mark


@pytest.mark.parametrize("in_array", [True, False])
def test_a_pickle_is_never_executed(model: Path, in_array: bool) -> None:
    mark = trap(model, in_array)
    with pytest.raises((BundleError, ValueError)):
        Engine.load(model=model)
    assert not mark.exists()
    pickle.loads((model / "bias.npy").read_bytes()[0 if not in_array else 128 :])
    assert mark.exists()


@pytest.mark.parametrize("in_array", [True, False])
def test_a_pickle_is_refused(model: Path, in_array: bool) -> None:
    trap(model, in_array)
    assert "bias.npy" in refused(model)


def test_publishing_replaces_the_older_bundle_whole(toy: Path, model: Path) -> None:
    loaded = bundle.read(toy)
    facts = {key: value for key, value in loaded.manifest.items() if key not in ("format", "files", "digest")}
    (model / "left over").touch()
    bundle.write(model, {**facts, "version": "newer"}, loaded.arrays, "card")
    assert bundle.read(model).version == "newer"
    assert sorted(file.name for file in model.iterdir()) == sorted([*FILES, "manifest.json"])
    assert [each.name for each in model.parent.iterdir()] == ["model"]


def test_an_engine_keeps_its_model_while_a_new_one_is_published(toy: Path, model: Path) -> None:
    old = bundle.read(model)
    facts = {key: value for key, value in old.manifest.items() if key not in ("format", "files", "digest")}
    bundle.write(model, facts, {**old.arrays, "bias": np.asarray(old.arrays["bias"]) + 1}, "card")
    np.testing.assert_array_equal(old.arrays["bias"], bundle.read(toy).arrays["bias"])


def test_a_failed_publication_leaves_the_older_bundle(model: Path) -> None:
    loaded = bundle.read(model)
    with pytest.raises(KeyError):
        bundle.write(model, {"version": "newer"}, {"keys": loaded.arrays["keys"]}, "card")
    assert bundle.read(model).version == loaded.version


def test_publishing_over_something_else_is_refused(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").touch()
    with pytest.raises(BundleError, match="something that is not a bundle"):
        bundle.write(tmp_path / "letters", {}, bundle.read(toy).arrays, "card")
    assert [each.name for each in tmp_path.iterdir()] == ["letters"]


def test_an_empty_folder_may_become_a_bundle(toy: Path, tmp_path: Path) -> None:
    loaded = bundle.read(toy)
    facts = {key: value for key, value in loaded.manifest.items() if key not in ("format", "files", "digest")}
    (tmp_path / "new").mkdir()
    bundle.write(tmp_path / "new", facts, loaded.arrays, "card")
    assert bundle.read(tmp_path / "new").version == loaded.version


def test_only_the_bundle_that_was_looked_at_is_replaced(toy: Path, model: Path) -> None:
    loaded, seen = bundle.read(toy), bundle.digest_of(model)
    facts = {key: value for key, value in loaded.manifest.items() if key not in ("format", "files", "digest")}
    bundle.write(model, {**facts, "version": "second"}, loaded.arrays, "card", over=seen)
    with pytest.raises(BundleError, match="model was written by another command meanwhile, and stays as it is"):
        bundle.write(model, {**facts, "version": "third"}, loaded.arrays, "card", over=seen)
    with pytest.raises(BundleError, match="by another command"):
        bundle.write(model, {**facts, "version": "third"}, loaded.arrays, "card", over="")
    assert bundle.read(model).version == "second"
    assert [each.name for each in model.parent.iterdir()] == ["model"]
    assert bundle.digest_of(model.parent) == bundle.digest_of(model / "none") == ""
