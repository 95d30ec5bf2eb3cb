"""Fits linear scores and a network for every task, on held-out splits and on all rows, and compresses them to a bundle's arrays."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC
from sklearn.utils.extmath import randomized_svd

from training import network
from training.clean import Corpus
from training.lessons import Lesson
from training.network import Network
from training.split import Split
from triage import features
from triage.features import Vocabulary
from triage.profile import Profile
from triage.segment import lexicon

F32 = npt.NDArray[np.float32]
_UNSEEN = -1.5
_STEPS = 7
# A gram that no row of the history holds may still come.
_MAYBE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """One task's one-against-rest scores: ``labels`` sorted; ``weights`` (labels, V); ``bias`` (labels,)."""

    labels: tuple[str, ...]
    weights: F32
    bias: F32


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Scores and the network's logits (rows, labels) that models gave to rows they had not seen, and where texts were read closely
    the logits of that. ``rows`` index the corpus."""

    labels: tuple[str, ...]
    rows: npt.NDArray[np.int64]
    scores: F32
    logits: F32
    close: F32 | None = None

    def among(self, chosen: npt.NDArray[np.bool_]) -> "Held":
        """The ``chosen`` (rows,) alone."""
        close = None if self.close is None else self.close[chosen]
        return Held(self.labels, self.rows[chosen], self.scores[chosen], self.logits[chosen], close)


def vocabulary(
    titles: Sequence[str], texts: Sequence[str], known: Sequence[Lesson], max_chars: int, min_rows: int, most: int, word_boost: float
) -> Vocabulary:
    """Grams in at least ``min_rows`` texts or in a lesson, weighted by inverse document frequency, words of the dictionary
    more."""
    blank = [""] * len(known)
    found = features.grams([*titles, *blank], [*texts, *(lesson.text for lesson in known)], max_chars)
    size = len(texts) + len(known)
    rows = np.repeat(np.arange(size, dtype=np.uint64), np.diff(found.indptr))
    pairs = np.unique((rows << np.uint64(32)) | found.keys.astype(np.uint64))
    keys, counts = np.unique((pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32), return_counts=True)
    often = counts >= min(min_rows, max(1, size // 100 + 1))
    lessons_begin = found.indptr[len(texts)]
    told = found.sizes[lessons_begin:] > 1
    often |= np.isin(keys, found.keys[lessons_begin:][told])
    # Four characters in a row say more than three only where they are a word.
    first = np.unique(found.keys, return_index=True)[1]
    word = np.isin(keys, _word_keys())
    often &= (found.sizes[first] < features.MAX_GRAM) | word
    keys, counts, word = keys[often], counts[often], word[often]
    if len(keys) > most:
        kept = np.sort(np.argsort(-counts, kind="stable")[:most])
        keys, counts, word = keys[kept], counts[kept], word[kept]
    boost = np.where(word, word_boost, 1.0)
    weights = (np.log((1 + size) / (1 + counts)) + 1) * boost
    return Vocabulary.of(keys, weights.astype(np.float32), max_chars)


@cache
def _word_keys() -> npt.NDArray[np.uint32]:
    words = sorted(lexicon())
    found = features.grams([""] * len(words), words, max_chars=features.MAX_GRAM)
    return np.unique(found.keys[found.indptr[1:] - 1])


def matrix(titles: Sequence[str], texts: Sequence[str], kept: Vocabulary) -> csr_matrix:
    """(n, V) float32, as the engine itself would weigh the texts."""
    rows = features.rows(titles, texts, kept)
    return csr_matrix((rows.weights, rows.ids, rows.indptr), shape=(len(texts), len(kept.keys)))


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What every row teaches, task by task: a label, perhaps a second one that counts less, "" for none."""

    labels: dict[str, npt.NDArray[np.str_]]
    alternates: dict[str, npt.NDArray[np.str_]]
    weights: F32
    alternate_weight: float

    def of(self, task: str) -> list[tuple[npt.NDArray[np.str_], F32]]:
        """Labels and weights (rows,) of a task, first and second. A second label that is nobody's first is left out."""
        first = self.labels[task]
        second = self.alternates.get(task, np.full(len(first), ""))
        second = np.where(np.isin(second, first) & (second != first), second, "")
        return [(first, self.weights), (second, self.weights * np.float32(self.alternate_weight))]


def taught(corpus: Corpus, profile: Profile | None, known: Sequence[Lesson], weights: Mapping[str, float]) -> Taught:
    """The corpus' labels with the profile's lessons below them; ``weights`` is the recipe's section ``fit``. Whoever leads a second
    item is a second unit, unless the history names one."""
    more = {"unit": [lesson.unit for lesson in known], "item": [lesson.item for lesson in known]}
    blank = [""] * len(known)
    labels = {task: np.concatenate([each, np.array(more.get(task, blank), dtype=str)]) for task, each in targets(corpus, profile).items()}
    seconds = {task: np.array([*each, *blank], dtype=str) for task, each in corpus.alternates.items()}
    if profile is not None and "item" in seconds and not seconds.get("unit", np.array([""])).any():
        leads = {item: duty.unit for item in set(seconds["item"].tolist()) if (duty := profile.lead(item, "", date.today()))}
        seconds["unit"] = np.array([leads.get(item, "") if unit else "" for item, unit in zip(seconds["item"], labels["unit"], strict=True)])
    lessons = [weights["keyword_weight" if lesson.keyword else "lesson_weight"] for lesson in known]
    return Taught(labels, seconds, np.concatenate([corpus.weights, np.array(lessons, dtype=np.float32)]), weights["alternate_weight"])


def targets(corpus: Corpus, profile: Profile | None) -> dict[str, npt.NDArray[np.str_]]:
    """Labels to learn per task. Where the table alone explains a unit by the town of the request, the unit to learn is
    the one it names for an unknown place: the map belongs to the table, not to the weights."""
    labels = {task: np.array(values) for task, values in corpus.labels.items()}
    if profile is not None and "unit" in labels and "item" in labels:
        for row, (unit, item, town) in enumerate(zip(corpus.labels["unit"], corpus.labels["item"], corpus.towns, strict=True)):
            day = stamp.date() if (stamp := corpus.times[row]) else date.today()
            here, anywhere = profile.lead(item, town, day), profile.lead(item, "", day)
            if town and here and anywhere and here.unit == unit != anywhere.unit:
                labels["unit"][row] = anywhere.unit
    return labels


def structure(rows: csr_matrix, axes: int) -> F32:
    """(V, axes) directions in which the texts differ most, labelled or not (latent semantic analysis; Deerwester 1990)."""
    axes = min(axes, *(size - 1 for size in rows.shape))
    if axes < 1:
        return np.zeros((rows.shape[1], 0), np.float32)
    _, _, directions = randomized_svd(rows, axes, n_iter=3, random_state=0)
    return np.asarray(directions.T, dtype=np.float32)


def fit_all(
    rows: csr_matrix, taught: Taught, splits: Sequence[Split], axes: F32, c: float, shape: Mapping[str, Any], jobs: int
) -> tuple[dict[str, Linear], Network, dict[str, Held]]:
    """For every task the linear scores of all rows, the network of all tasks on the rows' places along ``axes``, and the
    held-out scores of both over all splits. Rows that no split names (lessons) always train. ``shape``: how the network
    is made; without units or axes it says nothing."""
    size = max((len(train) + len(held) for train, held in splits), default=0)
    beyond = np.arange(size, rows.shape[0])
    splits = [(np.concatenate([train, beyond]), held) for train, held in splits]
    tasks = list(taught.labels)
    work = [(task, None) for task in tasks] + [(task, split) for task in tasks for split in splits]
    work.sort(key=lambda each: -len(set(taught.labels[each[0]])))
    done = Parallel(n_jobs=jobs)(delayed(_one)(rows, taught.of(task), split, c) for task, split in work)
    whole = {task: result for (task, split), result in zip(work, done, strict=True) if split is None}
    finals = {task: whole[task] for task in tasks}
    labels = {task: linear.labels for task, linear in finals.items()}
    places = np.asarray(rows @ axes)
    nets = Parallel(n_jobs=jobs)(delayed(_network)(places, taught, labels, split, shape) for split in (None, *splits))
    held = {}
    for task in tasks:
        parts = [(split[1], result) for (name, split), result in zip(work, done, strict=True) if name == task and split is not None]
        held[task] = _merge(labels[task], parts, [logits[task] for logits in nets[1:]])
    return finals, nets[0], held


def _network(places: F32, taught: Taught, labels: Mapping[str, tuple[str, ...]], split: Split | None, shape: Mapping[str, Any]) -> Any:
    """The network of all rows, or what one that has not seen them says of the held-out rows: task → (rows, labels)."""
    width = sum(map(len, labels.values()))
    if not shape["units"] or not places.shape[1]:
        empty = Network(
            np.zeros((places.shape[1], 0), np.float32), np.zeros(0, np.float32), np.zeros((0, width), np.float32), np.zeros(width, np.float32)
        )
        return empty if split is None else {task: np.zeros((len(split[1]), len(names)), np.float32) for task, names in labels.items()}
    among = np.arange(len(places)) if split is None else split[0]
    made = network.fit(places[among], {task: network.target(taught.of(task), names, among) for task, names in labels.items()}, **shape)
    if split is None:
        return made
    parts = np.split(made(places[split[1]]), np.cumsum([len(names) for names in labels.values()])[:-1], axis=1)
    return dict(zip(labels, parts, strict=True))


def _one(rows: csr_matrix, taught: Sequence[tuple[npt.NDArray[np.str_], F32]], split: Split | None, c: float) -> Any:
    among = np.arange(rows.shape[0]) if split is None else split[0]
    chosen = [among[labels[among] != ""] for labels, _ in taught]
    train = np.concatenate(chosen)
    if not len(chosen[0]):
        return (), np.zeros((len(split[1]) if split is not None else 0, 0), np.float32)
    labels = np.concatenate([each[part] for (each, _), part in zip(taught, chosen, strict=True)])
    weights = np.concatenate([each[part] for (_, each), part in zip(taught, chosen, strict=True)])
    model = fit_linear(rows[train], labels, weights, c)
    if split is None:
        return model
    return model.labels, np.asarray(rows[split[1]] @ model.weights.T + model.bias, dtype=np.float32)


def fit_linear(rows: csr_matrix, labels: npt.NDArray[np.str_], weights: F32, c: float) -> Linear:
    """Linear SVMs, one against the rest. A single label gets a score of 0; two labels get mirrored scores."""
    names = sorted(set(labels.tolist()))
    if len(names) == 1:
        return Linear(tuple(names), np.zeros((1, rows.shape[1]), np.float32), np.zeros(1, np.float32))
    with warnings.catch_warnings():
        # Many labels with few rows each are what a city's first history looks like; the card says so.
        warnings.filterwarnings("ignore", message="The number of unique classes")
        model = LinearSVC(C=c, tol=1e-3, random_state=0).fit(rows, labels, sample_weight=np.maximum(weights, 1e-3))
    coefficients = model.coef_.astype(np.float32)
    bias = np.atleast_1d(model.intercept_).astype(np.float32)
    if len(names) == 2:
        coefficients, bias = np.vstack([-coefficients, coefficients]), np.concatenate([-bias, bias])
    return Linear(tuple(model.classes_.tolist()), coefficients, bias)


def _merge(labels: tuple[str, ...], parts: Sequence[tuple[npt.NDArray[np.int64], tuple[tuple[str, ...], F32]]], logits: Sequence[F32]) -> Held:
    index = {label: column for column, label in enumerate(labels)}
    blocks = []
    for _, (names, scores) in parts:
        block = np.full((len(scores), len(labels)), _UNSEEN, dtype=np.float32)
        block[:, [index[name] for name in names]] = scores
        blocks.append(block)
    none = np.zeros((0, len(labels)), np.float32)
    rows = np.concatenate([held for held, _ in parts]) if parts else np.zeros(0, dtype=np.int64)
    return Held(labels, rows, np.vstack([none, *blocks]), np.vstack([none, *logits]))


def compress(
    finals: dict[str, Linear], net: Network, axes: F32, kept: Vocabulary, used: npt.NDArray[np.int64], grams: int, width: int
) -> dict[str, Any]:
    """Linear weights and the network's first layer as a bundle's arrays: the ``grams`` that matter most, the most frequent first,
    their linear weights factored to ``width`` numbers, the first layer beside them, all of 4 bits. ``used`` (V,) counts the
    rows each gram stands in, so that the factors are exact where it counts."""
    stacked, first = np.vstack([finals[task].weights for task in finals]), (axes @ net.hidden).T
    seen = np.sqrt(used + _MAYBE).astype(np.float32)
    # A gram has one scale for both parts: they shall be of one size. A factor on the first layer can be taken back after it.
    size = np.float32((float(np.linalg.norm(stacked * seen)) or 1.0) / max(1e-9, float(np.linalg.norm(first * seen))))
    matter = np.sqrt((stacked**2).sum(axis=0) + ((first * size) ** 2).sum(axis=0)) * seen
    chosen = np.sort(np.argsort(-matter, kind="stable")[:grams])
    chosen = chosen[np.argsort(-used[chosen], kind="stable")]
    dense, heads = _factors(stacked[:, chosen], seen[chosen], width)
    kept_size = float(np.linalg.norm(stacked[:, chosen] * seen[chosen])) or 1.0
    share = size * np.float32((float(np.linalg.norm(dense * seen[chosen, None])) or 1.0) / kept_size)
    share *= np.float32(np.sqrt(max(1, len(first)) / dense.shape[1]))
    dense = np.hstack([dense, first[:, chosen].T * share])
    scales = np.maximum(np.abs(dense).max(axis=1) / _STEPS, 1e-12).astype(np.float32)
    return {
        "keys": kept.keys[chosen],
        "weights": kept.weights[chosen],
        "matrix": features.pack(np.round(dense / scales[:, None]).astype(np.int8)),
        "scales": scales,
        "heads": np.ascontiguousarray(heads, dtype=np.float32),
        "bias": np.concatenate([finals[task].bias for task in finals]).astype(np.float32),
        "hidden_bias": (net.hidden_bias * share).astype(np.float32),
        "outputs": (net.outputs / share).astype(np.float32),
        "outputs_bias": net.outputs_bias.astype(np.float32),
    }


def _factors(weights: F32, seen: F32, width: int) -> tuple[F32, F32]:
    """(grams, d) and (d, labels) whose product is the transposed (labels, grams) weights as well as ``width`` numbers allow."""
    if len(weights) <= width:
        return weights.T, np.eye(len(weights), dtype=np.float32)
    left, values, right = randomized_svd(weights * seen, width, n_iter=4, random_state=0)
    return (right / seen).T, (left * values).T


def rescale(
    arrays: dict[str, Any], finals: dict[str, Linear], net: Network, axes: F32, titles: Sequence[str], texts: Sequence[str], rows: csr_matrix,
    max_chars: int,
) -> None:  # fmt: skip
    """Dropping grams shortens a row before it is brought to length 1, which makes every score a little larger: puts the
    compressed scores back on the scale of the full ones (least squares over up to 2,000 rows)."""
    some = np.linspace(0, len(texts) - 1, min(len(texts), 2000)).astype(int)
    small = Vocabulary.of(arrays["keys"], arrays["weights"], max_chars)
    found = features.rows([titles[row] for row in some], [texts[row] for row in some], small)
    width = len(arrays["heads"])
    dense = features.embed(found, arrays["matrix"], arrays["scales"], width + len(net.hidden_bias))
    wanted = np.hstack([np.asarray(rows[some] @ linear.weights.T) for linear in finals.values()])
    arrays["heads"] = arrays["heads"] * _factor(dense[:, :width] @ arrays["heads"], wanted)
    if len(net.hidden_bias):
        # relu(f x + b) is f relu(x + b / f).
        share = float(np.abs(arrays["hidden_bias"]).sum() / max(1e-12, float(np.abs(net.hidden_bias).sum())))
        factor = _factor(dense[:, width:], rows[some] @ axes @ net.hidden * np.float32(share))
        arrays["hidden_bias"], arrays["outputs"] = arrays["hidden_bias"] / factor, arrays["outputs"] * factor


def _factor(got: F32, wanted: F32) -> np.float32:
    return np.float32(float((got * wanted).sum()) / max(1e-12, float((got * got).sum())))
