from pathlib import Path

import numpy as np
import pytest

from training import prior
from triage.errors import BundleError, TrainingError
from triage.features import Vocabulary, grams


def vocabulary(words: list[str], weight: float = 1.0) -> Vocabulary:
    keys = np.sort(np.array([key(word) for word in words], dtype=np.uint32))
    return Vocabulary.of(keys, np.full(len(keys), weight, np.float32), 400)


def key(word: str) -> int:
    return int(grams([""], [word], 400).keys[-1])


def at(kept: Vocabulary, word: str) -> int:
    return int(kept.places(np.array([key(word)], dtype=np.uint32))[0])


def test_grams_of_both_count_and_keep_the_weight_of_the_history() -> None:
    both = prior.joined(vocabulary(["路灯", "工资"], 2.0), vocabulary(["工资", "噪音"], 3.0))
    assert sorted(both.keys) == sorted(map(key, ["路灯", "工资", "噪音"]))
    assert [float(both.weights[at(both, word)]) for word in ("路灯", "工资", "噪音")] == [2.0, 2.0, 3.0]


def test_a_models_vector_is_carried_over_to_the_weights_of_the_history(toy: Path) -> None:
    model = prior.read_model(toy)
    kept = prior.joined(vocabulary(["龘龘"]), model.vocabulary)
    axes = prior.model_axes(kept, model)
    assert not axes[at(kept, "龘龘")].any()
    place, there = at(model.vocabulary, "工资"), at(kept, "工资")
    told = model.vectors(np.array([place]))[0]
    assert told.any()
    np.testing.assert_allclose(axes[there] * kept.weights[there], told, rtol=1e-5)


def test_word_vectors_come_from_a_file_around_their_mean(tmp_path: Path) -> None:
    np.savez(tmp_path / "words.npz", words=np.array(["路灯", "工资", "很长很长的词", "没有"]), vectors=np.eye(4, dtype=np.float32))
    kept = vocabulary(["路灯", "工资"])
    axes = prior.word_axes(kept, tmp_path / "words.npz")
    assert axes.shape == (2, 4)
    np.testing.assert_allclose(axes[at(kept, "路灯")], np.array([0.75, -0.25, -0.25, -0.25]))


@pytest.mark.parametrize("arrays", [{"words": np.array(["路灯"])}, {"words": np.array(["路灯"]), "vectors": np.zeros((2, 3))}])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez(tmp_path / "words.npz", **arrays)
    with pytest.raises(TrainingError, match=r"words\.npz"):
        prior.word_axes(vocabulary(["路灯"]), tmp_path / "words.npz")


def test_what_is_no_file_of_arrays_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.npz").write_text("路灯 1 2 3", encoding="utf-8")
    with pytest.raises(TrainingError, match="words and vectors"):
        prior.word_axes(vocabulary(["路灯"]), tmp_path / "words.npz")


def test_the_model_to_inherit_from_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no model here"):
        prior.read_model(tmp_path)
