from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training import fit, network
from training.clean import Corpus
from training.lessons import Lesson
from triage import features
from triage.profile import Profile

WAGES = ["老板拖欠工资不发", "工资拖欠了三个月", "工厂拖欠工资跑了", "讨要工资没人理"]
LIGHTS = ["路灯坏了没人修", "门口的路灯坏了", "路灯晚上不亮了", "整条街路灯不亮"]
TEXTS = WAGES + LIGHTS
SHAPE = {"units": 0, "epochs": 1, "dropout": 0.2, "rate": 0.01, "decay": 0.0}


def corpus(texts: list[str], towns: list[str] | None = None, **labels: list[str]) -> Corpus:
    n = len(texts)
    times: list[datetime | None] = [None] * n
    return Corpus([""] * n, texts, towns or [""] * n, [""] * n, times, np.ones(n, np.float32), labels, np.arange(n), {})


def vocabulary(
    texts: list[str], *, known: Sequence[Lesson] = (), min_rows: int = 1, most: int = 10_000, word_boost: float = 1.0
) -> features.Vocabulary:
    return fit.vocabulary([""] * len(texts), texts, known, 400, min_rows, most, word_boost)


@pytest.fixture(scope="module")
def kept() -> features.Vocabulary:
    """Every gram of ``TEXTS``."""
    return vocabulary(TEXTS)


def no_axes(kept: features.Vocabulary) -> np.ndarray:
    return np.zeros((len(kept.keys), 0), np.float32)


def silent(labels: int) -> network.Network:
    """A network that says nothing."""
    return network.Network(np.zeros((0, 0), np.float32), np.zeros(0, np.float32), np.zeros((0, labels), np.float32), np.zeros(labels, np.float32))


def key(gram: str) -> int:
    return int(features.grams([""], [gram], 400).keys[-1])


def test_grams_of_too_few_texts_do_not_count() -> None:
    kept = vocabulary([*TEXTS, *[f"第{number}件" for number in range(200)]], min_rows=3)
    assert key("路灯") in kept.keys
    assert key("整条街") not in kept.keys
    assert key("不亮") not in kept.keys  # two texts


def test_the_words_of_a_lesson_always_count() -> None:
    kept = vocabulary([f"第{number}件" for number in range(300)], min_rows=3, known=[Lesson("水塔没水", "SL", "130303")])
    assert key("水塔") in kept.keys
    assert key("塔") not in kept.keys  # a single character of one text says little


def test_of_too_many_grams_the_most_frequent_stay() -> None:
    kept = vocabulary(["路灯"] * 3 + ["工资"], most=3)
    assert set(kept.keys.tolist()) == {key("路"), key("灯"), key("路灯")}


def test_rare_grams_weigh_more_and_words_more_again(kept: features.Vocabulary) -> None:
    plain, boosted = kept, vocabulary(TEXTS, word_boost=2.0)
    at = {int(each): index for index, each in enumerate(plain.keys)}
    assert plain.weights[at[key("整条街")]] == pytest.approx(np.log(9 / 2) + 1)
    assert plain.weights[at[key("路灯")]] == pytest.approx(np.log(9 / 5) + 1)
    assert boosted.weights[at[key("工资")]] == pytest.approx(2 * plain.weights[at[key("工资")]])
    assert boosted.weights[at[key("灯坏")]] == plain.weights[at[key("灯坏")]]  # not a word


def test_keys_are_ascending_and_differ(kept: features.Vocabulary) -> None:
    keys = kept.keys.astype(np.int64)
    assert (np.diff(keys) > 0).all()


def test_the_matrix_holds_what_the_engine_computes(kept: features.Vocabulary) -> None:
    rows = fit.matrix(["路灯"] * len(TEXTS), TEXTS, kept)
    told = features.rows(["路灯"] * len(TEXTS), TEXTS, kept)
    assert rows.shape == (len(TEXTS), len(kept.keys))
    assert rows[3].sum() == pytest.approx(told.weights[told.indptr[3] : told.indptr[4]].sum())
    assert np.sqrt(rows.multiply(rows).sum(axis=1)) == pytest.approx(1.0)


def test_one_label_scores_nothing_and_two_labels_mirror_each_other(kept: features.Vocabulary) -> None:
    rows, ones = fit.matrix([""] * 8, TEXTS, kept), np.ones(8, np.float32)
    alone = fit.fit_linear(rows, np.array(["RS"] * 8), ones, 1.0)
    assert alone.labels == ("RS",) and not alone.weights.any() and not alone.bias.any()
    both = fit.fit_linear(rows, np.array(["RS"] * 4 + ["CG"] * 4), ones, 1.0)
    assert both.labels == ("CG", "RS")
    assert (both.weights[0] == -both.weights[1]).all() and both.bias[0] == -both.bias[1]
    scores = rows @ both.weights.T + both.bias
    assert scores.argmax(axis=1).tolist() == [1, 1, 1, 1, 0, 0, 0, 0]


def test_rows_that_count_for_little_give_way() -> None:
    texts = ["路灯坏了"] * 4
    rows = fit.matrix([""] * 4, texts, vocabulary(texts))
    labels = np.array(["CG", "RS", "RS", "RS"])
    heavy = fit.fit_linear(rows, labels, np.array([1, 0.01, 0.01, 0.01], np.float32), 1.0)
    assert (rows @ heavy.weights.T + heavy.bias)[0].argmax() == heavy.labels.index("CG")


def test_every_held_row_is_scored_once_by_a_model_that_had_not_seen_it(kept: features.Vocabulary) -> None:
    rows, labels = fit.matrix([""] * 8, TEXTS, kept), {"unit": np.array(["RS"] * 4 + ["CG"] * 3 + ["ZJ"])}
    splits = [(np.arange(0, 8, 2), np.arange(1, 8, 2)), (np.arange(1, 8, 2), np.arange(0, 8, 2))]
    finals, _, held = fit.fit_all(rows, fit.Taught(labels, {}, np.ones(8, np.float32), 0.0), splits, no_axes(kept), 1.0, SHAPE, jobs=1)
    assert finals["unit"].labels == held["unit"].labels == ("CG", "RS", "ZJ")
    assert sorted(held["unit"].rows.tolist()) == list(range(8))
    at = held["unit"].rows.tolist()
    # ZJ is the label of row 7 alone: the model that scored the odd rows had never seen it.
    assert held["unit"].scores[at.index(1), 2] == -1.5
    assert held["unit"].scores[at.index(0), 2] != -1.5


def test_rows_without_the_label_do_not_teach_it(kept: features.Vocabulary) -> None:
    rows = fit.matrix([""] * 8, TEXTS, kept)
    some = {"unit": np.array(["RS", "RS", "", "", "CG", "CG", "", ""])}
    finals, _, _ = fit.fit_all(rows, fit.Taught(some, {}, np.ones(8, np.float32), 0.0), [], no_axes(kept), 1.0, SHAPE, jobs=1)
    alone = fit.fit_linear(rows[[0, 1, 4, 5]], some["unit"][[0, 1, 4, 5]], np.ones(4, np.float32), 1.0)
    assert finals["unit"].labels == ("CG", "RS")
    assert (finals["unit"].weights == alone.weights).all()


def test_a_split_that_holds_nothing_out_leaves_no_scores(kept: features.Vocabulary) -> None:
    rows = fit.matrix([""] * 8, TEXTS, kept)
    splits = [(np.arange(8), np.zeros(0, dtype=np.int64))]
    *_, held = fit.fit_all(
        rows, fit.Taught({"unit": np.array(["RS"] * 4 + ["CG"] * 4)}, {}, np.ones(8, np.float32), 0.0), splits, no_axes(kept), 1.0, SHAPE, jobs=1
    )
    assert held["unit"].scores.shape == (0, 2)


def test_the_map_is_the_tables_to_know_not_the_weights(kaiping: Profile) -> None:
    # Sanitation is led by the city's own office, and by the town where the request names an outer one.
    here, there = kaiping.lead("070101", "", date.today()), kaiping.lead("070101", "440783103", date.today())
    assert here is not None and there is not None and here.unit != there.unit
    towns = ["440783103", "", "440783103"]
    found = fit.targets(corpus(TEXTS[:3], towns, unit=[there.unit, here.unit, "RS"], item=["070101"] * 3), kaiping)
    assert found["unit"].tolist() == [here.unit, here.unit, "RS"]
    assert fit.targets(corpus(TEXTS[:1], towns[:1], unit=[there.unit], item=["070101"]), None)["unit"].tolist() == [there.unit]


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_compressed_weights_are_those_of_the_model_within_half_a_step(kept: features.Vocabulary, seed: int) -> None:
    random = np.random.default_rng(seed)
    linear = fit.Linear(("a", "b", "c"), random.normal(size=(3, len(kept.keys))).astype(np.float32), random.normal(size=3).astype(np.float32))
    small = fit.compress({"unit": linear}, silent(3), no_axes(kept), kept, np.ones(len(kept.keys), dtype=np.int64), grams=len(kept.keys), width=8)
    found = (features.unpack(small["matrix"], 3) * small["scales"][:, None]) @ small["heads"]
    assert (np.abs(found - linear.weights.T) <= small["scales"][:, None] * 0.501).all()
    assert (small["bias"] == linear.bias).all()
    assert {name: array.dtype.name for name, array in small.items()} == {
        "keys": "uint32", "weights": "float32", "matrix": "uint8", "scales": "float32", "heads": "float32", "bias": "float32",
        "hidden_bias": "float32", "outputs": "float32", "outputs_bias": "float32",
    }  # fmt: skip


def test_the_grams_that_matter_most_stay_the_most_frequent_first(kept: features.Vocabulary) -> None:
    weights = np.zeros((1, len(kept.keys)), np.float32)
    weights[0, [5, 2, 9]] = [3.0, 1.0, 2.0]
    used = np.ones(len(kept.keys), dtype=np.int64)
    used[2] = 16  # four times the weight
    small = fit.compress({"unit": fit.Linear(("a",), weights, np.zeros(1, np.float32))}, silent(1), no_axes(kept), kept, used, grams=2, width=8)
    assert small["keys"].tolist() == [kept.keys[2], kept.keys[5]]


def test_rescaling_brings_the_scores_back_and_then_rests(kept: features.Vocabulary) -> None:
    rows = fit.matrix([""] * 8, TEXTS, kept)
    linear = fit.fit_linear(rows, np.array(["RS"] * 4 + ["CG"] * 4), np.ones(8, np.float32), 1.0)
    arrays = fit.compress({"unit": linear}, silent(2), no_axes(kept), kept, np.ones(len(kept.keys), dtype=np.int64), grams=12, width=8)
    fit.rescale(arrays, {"unit": linear}, silent(2), no_axes(kept), [""] * 8, TEXTS, rows, 400)
    once = arrays["heads"].copy()
    assert not np.allclose(once, np.eye(2))
    fit.rescale(arrays, {"unit": linear}, silent(2), no_axes(kept), [""] * 8, TEXTS, rows, 400)
    assert arrays["heads"] == pytest.approx(once, rel=1e-5)


def test_a_task_that_a_split_leaves_without_a_label_is_still_fitted_on_all_rows(kept: features.Vocabulary) -> None:
    rows = fit.matrix([""] * 8, TEXTS, kept)
    labels = {"unit": np.array([""] * 6 + ["CG", "RS"])}
    finals, _, held = fit.fit_all(
        rows, fit.Taught(labels, {}, np.ones(8, np.float32), 0.0), [(np.arange(6), np.arange(6, 8))], no_axes(kept), 1.0, SHAPE, jobs=1
    )
    assert finals["unit"].labels == held["unit"].labels == ("CG", "RS")


def test_a_second_label_teaches_too(kept: features.Vocabulary) -> None:
    rows = fit.matrix([""] * 4, LIGHTS, kept)
    labels, seconds = {"unit": np.array(["CG", "CG", "RS", "RS"])}, {"unit": np.array(["", "", "CG", "XX"])}
    weights = np.ones(4, np.float32)
    alone, *_ = fit.fit_all(rows, fit.Taught(labels, {}, weights, 1.0), [], no_axes(kept), 1.0, SHAPE, jobs=1)
    both, *_ = fit.fit_all(rows, fit.Taught(labels, seconds, weights, 1.0), [], no_axes(kept), 1.0, SHAPE, jobs=1)

    def lean(model: fit.Linear) -> float:
        score = rows[2] @ model.weights.T + model.bias
        return float(score[0, 0] - score[0, 1])

    assert both["unit"].labels == ("CG", "RS")  # XX is nobody's first label
    assert lean(both["unit"]) > lean(alone["unit"])


def test_who_leads_the_second_item_is_a_second_unit(kaiping: Profile) -> None:
    rows = corpus(TEXTS[:3], unit=["RS", "", "RS"], item=["010101", "010101", "010101"])
    weights = {"keyword_weight": 0.0, "lesson_weight": 1.0, "alternate_weight": 0.5}

    def second(**alternates: list[str]) -> list[str]:
        made = fit.taught(replace(rows, alternates={"item": ["070101", "070101", ""], "unit": [""] * 3, **alternates}), kaiping, [], weights)
        return made.alternates["unit"].tolist()

    lead = kaiping.lead("070101", "", date.today())
    assert lead is not None
    assert second() == [lead.unit, "", ""]
    assert second(unit=["WJ", "", ""]) == ["WJ", "", ""]


def test_the_network_comes_out_of_the_bundle_as_it_went_in(kept: features.Vocabulary) -> None:
    rows, labels = fit.matrix([""] * 8, TEXTS, kept), {"unit": np.array(["RS"] * 4 + ["CG"] * 4)}
    axes = fit.structure(rows, axes=4)
    shape = {**SHAPE, "units": 6, "epochs": 5}
    finals, net, _ = fit.fit_all(rows, fit.Taught(labels, {}, np.ones(8, np.float32), 0.0), [], axes, 1.0, shape, jobs=1)
    arrays = fit.compress(finals, net, axes, kept, np.ones(len(kept.keys), dtype=np.int64), grams=len(kept.keys), width=64)
    at = kept.places(arrays["keys"])
    dense = rows[:, at] @ (features.unpack(arrays["matrix"], 8) * arrays["scales"][:, None])[:, -6:]
    wanted = net(np.asarray(rows @ axes))
    found = np.maximum(dense + arrays["hidden_bias"], 0) @ arrays["outputs"] + arrays["outputs_bias"]
    np.testing.assert_allclose(found, wanted, atol=0.1)


def test_held_out_rows_get_logits_of_a_network_that_had_not_seen_them(kept: features.Vocabulary) -> None:
    rows, labels = fit.matrix([""] * 8, TEXTS, kept), {"unit": np.array(["RS"] * 4 + ["CG"] * 4)}
    axes = fit.structure(rows, axes=4)
    split = (np.array([0, 1, 4, 5]), np.array([2, 3, 6, 7]))
    shape = {**SHAPE, "units": 6, "epochs": 5}
    *_, held = fit.fit_all(rows, fit.Taught(labels, {}, np.ones(8, np.float32), 0.0), [split], axes, 1.0, shape, jobs=1)
    alone = network.fit(
        np.asarray(rows @ axes)[split[0]], {"unit": network.target([(labels["unit"], np.ones(8, np.float32))], ("CG", "RS"), split[0])}, **shape
    )
    np.testing.assert_allclose(held["unit"].logits, alone(np.asarray(rows @ axes)[split[1]]), rtol=1e-4)


def test_axes_are_of_length_one(kept: features.Vocabulary) -> None:
    axes = fit.structure(fit.matrix([""] * 8, TEXTS, kept), axes=3)
    assert axes.shape == (len(kept.keys), 3)
    np.testing.assert_allclose(np.linalg.norm(axes, axis=0), 1.0, rtol=1e-4)


def test_a_tiny_corpus_has_few_axes(kept: features.Vocabulary) -> None:
    assert fit.structure(fit.matrix([""], ["路灯"], kept), axes=300).shape == (len(kept.keys), 0)


def test_few_rows_of_many_labels_fit_without_a_warning(kept: features.Vocabulary) -> None:
    rows = fit.matrix([""] * 24, TEXTS * 3, kept)
    assert len(fit.fit_linear(rows, np.array(list("abcdefghijklmnopqrstttuu")), np.ones(24, np.float32), 1.0).labels) == 21
