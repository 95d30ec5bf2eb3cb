import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from triage import Engine
from triage.classify import Classifier, Tree, likely, softmax
from triage.profile import Profile

SCORES = arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 6)), elements=st.floats(-1e4, 1e4, width=32))


@given(SCORES)
def test_softmax_sums_to_one_and_keeps_the_order(scores: np.ndarray) -> None:
    found = softmax(scores)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    assert (found >= 0).all()
    assert (found[np.arange(len(scores)), scores.argmax(axis=1)] == found.max(axis=1)).all()


def test_softmax_of_known_scores() -> None:
    np.testing.assert_allclose(softmax(np.array([[0, np.log(3)]], np.float32)), [[0.25, 0.75]], rtol=1e-6)


@pytest.mark.parametrize("power", [0.5, 1.0, 3.0])
def test_likely_is_the_sigmoid_to_a_power_times_what_the_others_say(power: float) -> None:
    logits = np.array([[-2.0, 0.0, 3.0], [500.0, -500.0, 0.0]], np.float32)
    says = np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 0.0]], np.float32)
    also = np.array([[0.5, -1.0, 0.0], [0.0, 0.0, 0.0]], np.float32)
    raw = (1 / (1 + np.exp(-logits[0].astype(float)))) ** power * np.exp(0.5 * says[0] + 2.0 * also[0])
    found = likely(logits, [says, also], (power, 0.5, 2.0))
    np.testing.assert_allclose(found[0], raw / raw.sum(), rtol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


@pytest.fixture(scope="module")
def classifier(toy_engine: Engine) -> Classifier:
    return Classifier(toy_engine.bundle)


def test_every_task_of_the_bundle_has_probabilities(classifier: Classifier, toy_engine: Engine) -> None:
    found = classifier(["", "标题"], ["老板拖欠工资不发", ""])
    assert found.keys() == toy_engine.bundle.manifest["tasks"].keys()
    for task, weights in found.items():
        assert weights.shape == (2, len(classifier.labels[task]))
        np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)


def test_learnt_what_it_was_shown(classifier: Classifier) -> None:
    found = classifier([""], ["老板拖欠工资几个月不发,离职也不结清"])
    assert classifier.labels["item"][int(found["item"].argmax())].startswith("0101")
    assert classifier.labels["unit"][int(found["unit"].argmax())] == "RS"


def test_a_text_without_known_grams_gets_what_holds_for_all(classifier: Classifier) -> None:
    found = classifier(["", ""], ["龘", "齉"])
    np.testing.assert_array_equal(found["item"][0], found["item"][1])
    assert found["item"].max() < 0.5


def test_a_request_is_classified_alike_alone_and_in_a_chunk(classifier: Classifier) -> None:
    texts = ["老板拖欠工资", "小区门口垃圾没人扫", "企业贷款怎么申请"] * 3
    whole = classifier([""] * len(texts), texts)
    for row, text in enumerate(texts):
        np.testing.assert_allclose(whole["item"][row], classifier([""], [text])["item"][0], rtol=1e-4, atol=1e-6)


def test_the_level_is_where_the_subtree_still_carries(kaiping: Profile) -> None:
    tree = Tree(kaiping, ("010101", "010102", "010201", "070101"))
    weights = np.array([[0.7, 0.1, 0.1, 0.1], [0.4, 0.3, 0.1, 0.2], [0.3, 0.2, 0.3, 0.2], [0.25, 0.25, 0.0, 0.5]], np.float32)
    assert tree.levels(weights, weights.argmax(axis=1)[:, None], 0.6)[:, 0].tolist() == [3, 2, 1, 1]
    assert tree.levels(weights[:1], np.array([[0, 1, 2, 3]]), 0.6).tolist() == [[3, 2, 1, 1]]


def test_a_label_above_others_carries_them(kaiping: Profile) -> None:
    tree = Tree(kaiping, ("0101", "010101", "010102"))
    weights = np.array([[0.3, 0.3, 0.2], [0.3, 0.1, 0.1]], np.float32)
    assert tree.levels(weights, np.array([[0, 1], [0, 1]]), 0.6).tolist() == [[2, 2], [1, 1]]
    assert tree.levels(weights, np.array([[0, 1], [0, 1]]), 0.3).tolist() == [[2, 3], [2, 2]]


def test_names_of_the_tree_run_from_the_root_down(kaiping: Profile) -> None:
    assert Tree(kaiping, ("010101",)).names == [("劳动和社会保障", "劳动关系", "拖欠工资(非工程)")]


def test_without_a_profile_a_label_is_its_own_tree() -> None:
    tree = Tree(None, ("甲", "乙"))
    assert tree.names == [("甲",), ("乙",)]
    assert tree.levels(np.array([[0.1, 0.9]], np.float32), np.array([[0, 1]]), 0.6).tolist() == [[1, 1]]
