"""The shipped encoder, run for real."""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from triage.encoder import FILES, Encoder, find, fingerprint
from triage.errors import BundleError

SHIPPED = Path(__file__).parent.parent / "models" / "encoder"
TEXTS = ["小区门口的路灯坏了半个月, 晚上看不见路", "公司拖欠工资三个月, 老板不接电话", "路灯坏了"]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(SHIPPED)


def alike(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_a_text_has_the_same_vector_alone_and_among_others(encoder: Encoder) -> None:
    together = encoder([""] * 3, TEXTS)
    assert together.shape == (3, encoder.width) and together.dtype == np.float32
    for row, text in enumerate(TEXTS):
        np.testing.assert_array_equal(encoder([""], [text])[0], together[row])


def test_what_is_meant_counts_not_which_words_there_are(encoder: Encoder) -> None:
    lamp, wages, short = encoder([""] * 3, TEXTS)
    assert alike(lamp, short) > alike(lamp, wages)
    first, second = encoder([""] * 2, ["邻居的狗咬了我", "我咬了邻居的狗"])
    assert alike(first, second) < 0.999


def test_a_title_is_read_and_what_lies_beyond_the_limit_is_not(encoder: Encoder) -> None:
    titled, plain = encoder(["路灯", ""], ["坏了"] * 2)
    assert alike(titled, plain) < 0.999
    most = json.loads((SHIPPED / "manifest.json").read_text(encoding="utf-8"))["max_pieces"]
    long = "甲乙丙丁" * most
    np.testing.assert_array_equal(*encoder([""] * 2, [long, long + "公司拖欠工资"]))
    assert encoder([], []).shape == (0, encoder.width)


def test_the_network_gets_title_and_text_with_a_stop_between_them_a_begin_and_an_end(encoder: Encoder) -> None:
    import onnxruntime
    from sentencepiece import SentencePieceProcessor

    pieces = SentencePieceProcessor(model_file=str(SHIPPED / "pieces.model"))
    network = onnxruntime.InferenceSession(str(SHIPPED / "network.onnx"), providers=["CPUExecutionProvider"])
    most = json.loads((SHIPPED / "manifest.json").read_text(encoding="utf-8"))["max_pieces"]
    for title, text, whole in (("路灯", "坏了", "路灯。 坏了"), ("", "坏了", "坏了"), ("", "路灯坏了" * most, "路灯坏了" * most)):
        ids = [pieces.bos_id(), *pieces.encode(whole)[: most - 2], pieces.eos_id()]
        assert len(ids) <= most and (len(text) < 10 or len(ids) == most)
        wanted = network.run(None, {"ids": np.array([ids], np.int64)})[0][0]
        np.testing.assert_allclose(encoder([title], [text])[0], wanted, atol=1e-5)
        other = network.run(None, {"ids": np.array([ids[:-1]], np.int64)})[0][0]
        assert np.abs(wanted - other).max() > 1e-3


def test_nothing_to_read_still_has_a_vector(encoder: Encoder) -> None:
    assert np.isfinite(encoder(["", ""], ["", "\U0001f600"])).all()


def test_heads_make_logits_for_every_label(encoder: Encoder) -> None:
    labels = sum(map(len, encoder.labels.values()))
    assert encoder.heads.shape == (encoder.width, labels) and encoder.bias.shape == (labels,)
    start = 0
    for task, names in encoder.labels.items():
        if task == "item":
            logits = encoder([""], ["公司拖欠我们三个月工资, 老板不接电话"])[0] @ encoder.heads + encoder.bias
            assert names[int(logits[start : start + len(names)].argmax())].startswith("0101")
        start += len(names)


def test_a_fingerprint_looks_at_letters_of_the_beginning_of_the_text_whatever_its_title() -> None:
    assert fingerprint("路灯", "坏了!") == fingerprint("", "坏 了。") == fingerprint("井盖", "坏了")
    assert fingerprint("", "路灯坏了") != fingerprint("", "路灯亮了")
    assert fingerprint("", "甲" * 400) == fingerprint("", "甲" * 400 + "乙")
    assert fingerprint("", "甲" * 399) != fingerprint("", "甲" * 400)
    assert fingerprint("路灯", "。") == fingerprint("", "路灯") != fingerprint("井盖", "。")


def sealed(folder: Path, **changes: object) -> Path:
    """The manifest of a folder after its files were changed on purpose, and with other things in it."""
    file = folder / "manifest.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    file.write_text(json.dumps({**told, "files": digests, **changes}), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["network.onnx", "pieces.model", "heads.npy", "seen.npy"])
def test_a_file_that_its_library_refuses_is_an_encoder_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "encoder")
    (folder / name).write_bytes(b"of another version")
    with pytest.raises(BundleError, match="encoder cannot be used here"):
        Encoder(sealed(folder))


@pytest.mark.parametrize("changes", [{"max_pieces": "many"}, {"labels": {"unit": ["CG"]}}, {"labels": 3}])
def test_a_manifest_that_does_not_fit_its_files_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="encoder cannot be used here"):
        Encoder(sealed(shutil.copytree(SHIPPED, tmp_path / "encoder"), **changes))


def test_an_encoder_is_found_by_its_name(tmp_path: Path) -> None:
    name = json.loads((SHIPPED / "manifest.json").read_text(encoding="utf-8"))["name"]
    other = sealed(shutil.copytree(SHIPPED, tmp_path / "other"), name="own")
    assert find(name, [tmp_path / "nowhere", other, SHIPPED]).name == name
    assert find("own", [SHIPPED, other]).name == "own"
    with pytest.raises(BundleError, match=r"encoder third, which is not in .*nowhere \(none\), .*own"):
        find("third", [tmp_path / "nowhere", other])


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_or_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "encoder")
    (folder / name).write_bytes((folder / name).read_bytes()[:-1] + b"?")
    with pytest.raises(BundleError, match=rf"{name} is damaged"):
        Encoder(folder)
    (folder / name).unlink()
    with pytest.raises(BundleError, match=name):
        Encoder(folder)


@pytest.mark.parametrize("told", ["{", "[]", "{}", '{"format": 2, "files": {}}'])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, told: str) -> None:
    (tmp_path / "manifest.json").write_text(told, encoding="utf-8")
    with pytest.raises(BundleError):
        Encoder(tmp_path)
    with pytest.raises(BundleError, match="no encoder that can be read"):
        Encoder(tmp_path / "nowhere")


@pytest.mark.parametrize("package", ["onnxruntime", "sentencepiece"])
def test_a_missing_package_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(BundleError, match=rf"{package} is missing: pip install"):
        Encoder(SHIPPED)
