from itertools import product

import numpy as np
import pytest

from training import network

SHAPE = {"units": 8, "epochs": 150, "dropout": 0.1, "rate": 0.02, "decay": 0.0}
CORNERS = np.array(list(product((0.0, 1.0), repeat=2)) * 40, dtype=np.float32)
EITHER = np.where(CORNERS.sum(axis=1) == 1, "one", "same")


def learnt(names: np.ndarray, weights: np.ndarray | None = None, **change: float) -> network.Network:
    weights = np.ones(len(names), np.float32) if weights is None else weights
    labels = sorted(set(names.tolist()) - {""})
    target = network.target([(names, weights)], labels, np.arange(len(names)))
    return network.fit(CORNERS, {"unit": target}, **{**SHAPE, **change})


def test_it_learns_what_no_linear_score_can() -> None:
    said = learnt(EITHER)(CORNERS).argmax(axis=1)
    assert (np.array(["one", "same"])[said] == EITHER).all()


def test_the_same_rows_and_seed_give_the_same_network() -> None:
    one, other = learnt(EITHER, epochs=3), learnt(EITHER, epochs=3)
    np.testing.assert_array_equal(one.outputs, other.outputs)


def test_rows_without_a_label_teach_nothing() -> None:
    names = EITHER.copy()
    names[: len(names) // 2] = ""
    said = learnt(names)(CORNERS).argmax(axis=1)
    assert (np.array(["one", "same"])[said] == EITHER).all()


def test_rows_that_count_for_nothing_give_way() -> None:
    names = np.concatenate([EITHER[:80], np.full(80, "one")])
    weights = np.concatenate([np.ones(80, np.float32), np.zeros(80, np.float32)])
    said = learnt(names, weights)(CORNERS[:80]).argmax(axis=1)
    assert (np.array(["one", "same"])[said] == EITHER[:80]).all()


def test_a_second_label_takes_its_share() -> None:
    first, second = np.array(["a", "b", ""]), np.array(["b", "", "a"])
    ones = np.ones(3, np.float32)
    target = network.target([(first, ones), (second, ones * 0.5)], ("a", "b"), np.arange(3))
    assert target.wanted[0] == pytest.approx([2 / 3, 1 / 3])
    assert target.wanted[1] == pytest.approx([0, 1])
    assert target.weights.tolist() == [1, 1, 0]


def test_an_unknown_label_teaches_nothing() -> None:
    target = network.target([(np.array(["c"]), np.ones(1, np.float32))], ("a", "b"), np.arange(1))
    assert not target.wanted.any()


def test_gradients_are_those_of_the_loss() -> None:
    random = np.random.default_rng(0)
    p = [random.normal(size=size).astype(np.float32) * 0.3 for size in ((3, 4), 4, (4, 5), 5)]
    places = random.normal(size=(6, 3)).astype(np.float32)
    wanted = np.zeros((6, 5), np.float32)
    wanted[np.arange(6), random.integers(0, 2, 6)] = 0.7
    wanted[np.arange(5), random.integers(2, 5, 5)] = 1.0  # the last row does not teach the second task
    cuts = np.array([2])

    def loss() -> float:
        logits = (np.maximum(places @ p[0] + p[1], 0) @ p[2] + p[3]).astype(np.float64)
        parts = [part - np.log(np.exp(part).sum(axis=1, keepdims=True)) for part in np.split(logits, cuts, axis=1)]
        return float(-(wanted * np.hstack(parts)).sum() / len(places))

    found = network._gradient(p, places, wanted, cuts, 0.0, random)
    for each, gradient in zip(p, found, strict=True):
        place = tuple(0 for _ in each.shape)
        each[place] += 1e-2
        above = loss()
        each[place] -= 2e-2
        below = loss()
        each[place] += 1e-2
        assert gradient[place] == pytest.approx((above - below) / 2e-2, abs=2e-3)
