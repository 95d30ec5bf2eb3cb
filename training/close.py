"""Close reading for a model: heads on the encoder's vectors, fitted to the history.

The encoder stays as it is, so a city needs minutes for it and no accelerator. Heads are softmax regressions drawn to those that the
encoder was taught with, as far as labels are the same: a short history changes them little, a long one as much as it must.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy.optimize import minimize

from training import network
from training.clean import Corpus
from training.fit import Held, Taught
from training.leakage import taught as taught_with
from training.network import Target
from training.split import Split
from triage.encoder import Encoder
from triage.errors import BundleError
from triage.locations import shipped

F32 = npt.NDArray[np.float32]
_CHUNK = 256


def fit(
    encoder: Encoder, vectors: F32, corpus: Corpus, taught: Taught, held: Mapping[str, Held], splits: Sequence[Split], pull: float, jobs: int
) -> tuple[dict[str, F32], dict[str, Held]]:
    """A bundle's ``close_heads`` and ``close_bias``, of the tasks of ``held`` in its order, and ``held`` with the logits of heads that had
    not seen its rows, without the rows that the ``encoder`` was taught with. ``vectors`` (rows, width): what it makes of the corpus."""
    unseen = ~taught_with(encoder, corpus.titles, corpus.texts)
    heads, judged = [], {}
    for task, known in held.items():
        start = _start(encoder, known.labels)

        def one(among: npt.NDArray[np.int64], task: str = task, known: Held = known, start: F32 = start) -> F32:
            return regress(vectors[among], network.target(taught.of(task), known.labels, among), start, pull)

        # Lessons of the profile are words, not requests: only rows of the history are read closely.
        whole, *parts = Parallel(n_jobs=jobs)(delayed(one)(among) for among in (np.arange(len(corpus)), *[train for train, _ in splits]))
        heads.append(whole)
        logits = [logits_of(vectors[out], part) for (_, out), part in zip(splits, parts, strict=True)]
        none = np.zeros((0, len(known.labels)), np.float32)
        judged[task] = replace(known, close=np.vstack([none, *logits])).among(unseen[known.rows])
    stacked = np.hstack(heads)
    return {"close_heads": np.ascontiguousarray(stacked[:-1]), "close_bias": stacked[-1].copy()}, judged


def place(encoder: str) -> Path:
    """The folder of the encoder that a recipe names: a bare name is a shipped one, whatever lies in the working directory."""
    return shipped("models", encoder) if Path(encoder).name == encoder else Path(encoder)


def problem(encoder: str) -> str:
    """Why texts cannot be read closely by this encoder, a folder or the shipped one's name; "" where they can."""
    if not encoder:
        return "the recipe names no encoder"
    try:
        loaded(place(encoder))
    except BundleError as error:
        return str(error)
    return ""


def read(folder: Path, corpus: Corpus, jobs: int) -> F32:
    """(rows, width) the encoder's vectors of a corpus."""
    chunks = [slice(start, start + _CHUNK) for start in range(0, len(corpus), _CHUNK)]
    return np.vstack(Parallel(n_jobs=jobs)(delayed(_read)(folder, corpus.titles[each], corpus.texts[each]) for each in chunks))


def _read(folder: Path, titles: Sequence[str], texts: Sequence[str]) -> F32:
    """In a process of its own, which keeps its encoder."""
    return loaded(folder)(titles, texts)


_encoders: dict[tuple[Path, int], Encoder] = {}


def loaded(folder: Path) -> Encoder:
    """The encoder in ``folder``, read once a process as long as it stays the same. Raises BundleError."""
    manifest = folder / "manifest.json"
    at = (folder, manifest.stat().st_mtime_ns if manifest.is_file() else 0)
    if at not in _encoders:
        _encoders[at] = Encoder(folder)
    return _encoders[at]


def logits_of(vectors: F32, heads: F32) -> F32:
    """(n, labels) of (n, width) vectors; the last row of ``heads`` (width + 1, labels) is the bias."""
    return np.asarray(vectors @ heads[:-1] + heads[-1])


def regress(vectors: F32, target: Target, start: F32, pull: float) -> F32:
    """(width + 1, labels) softmax regression on (n, width) vectors, drawn to ``start`` with a strength of ``pull``."""
    rows = target.weights > 0
    vectors, wanted = vectors[rows], target.wanted[rows] * target.weights[rows, None]
    total = wanted.sum(axis=1, keepdims=True)

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        heads = flat.reshape(start.shape).astype(np.float32)
        logits = logits_of(vectors, heads)
        logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits)
        whole = powers.sum(axis=1, keepdims=True)
        wrong = powers / whole * total - wanted
        away = (flat - start.ravel()).astype(np.float64)
        cost = float((total * np.log(whole)).sum() - (wanted * logits).sum()) + pull * float(away @ away)
        return cost, np.vstack([vectors.T @ wrong, wrong.sum(axis=0)]).ravel().astype(np.float64) + 2 * pull * away

    found = minimize(loss, start.ravel().astype(np.float64), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return np.asarray(found.x.reshape(start.shape), dtype=np.float32)


def _start(encoder: Encoder, labels: Sequence[str]) -> F32:
    """(width + 1, labels) the encoder's own heads of the task that has most of these labels; zeros where none has half of them."""
    start = np.zeros((encoder.width + 1, len(labels)), np.float32)
    first = 0
    for own in encoder.labels.values():
        column = {label: first + place for place, label in enumerate(own)}
        first += len(own)
        common = [label in column for label in labels]
        if 2 * sum(common) > len(labels):
            chosen = [column[label] for label in labels if label in column]
            whole = np.vstack([encoder.heads, encoder.bias])[:, chosen]
            # A label that the encoder never met begins as unlikely as the rarest one.
            start[-1] = whole[-1].min()
            start[:, np.flatnonzero(common)] = whole
            break
    return start
