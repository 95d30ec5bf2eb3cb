"""What models that had not seen a row say of it: every row of a history is judged, by the training chain's own steps.

Near-duplicates stay on one side of every split. Slopes, powers and the pool are fitted on the judged rows themselves, as in
training: few numbers for many rows, but not none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from training import calibrate, fit, steps
from training.clean import Corpus
from training.split import Split, splits
from triage.classify import Probabilities
from triage.errors import TrainingError
from triage.features import Vocabulary
from triage.suggest import load_profile


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """One task, rows in the corpus' order. ``given``: the history's label or "". ``weights`` (rows, labels): probabilities
    by a model that had not seen the row. ``known``: from how many different texts that model knew the given label."""

    labels: tuple[str, ...]
    given: tuple[str, ...]
    weights: Probabilities
    known: npt.NDArray[np.int64]

    def of(self, label: str) -> Probabilities:
        """(rows,) probabilities of a label; 0 for one that nobody learnt."""
        known = label in self.labels
        return self.weights[:, self.labels.index(label)] if known else np.zeros(len(self.weights), dtype=np.float32)

    def p(self, row: int, label: str) -> float:
        """The probability of a label for one row."""
        return float(self.of(label)[row])

    def best(self, row: int, but: str = "") -> str:
        """The likeliest label of a row, ``but`` left out of account; "" when there is no other."""
        order = np.argsort(-self.weights[row], kind="stable")
        return next((self.labels[column] for column in order if self.labels[column] != but), "")

    def judged(self, least: int) -> npt.NDArray[np.int64]:
        """The rows whose given label the model knew from at least ``least`` texts."""
        return np.flatnonzero((np.array(self.given) != "") & (self.known >= least))


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """Task → verdict, and the texts themselves as rows of weighted grams, each of length 1."""

    tasks: dict[str, Verdict]
    texts: csr_matrix


def judge(plan: steps.Plan, recipe: Mapping[str, Any], corpus: Corpus) -> Verdicts:
    """Every row judged for every task that the plan has a label column for. Raises TrainingError when all say the same."""
    parts = splits([None] * len(corpus), corpus.groups, recipe["fit"]["newest"], recipe["fit"]["folds"])
    if not parts:
        raise TrainingError(f"all {len(corpus)} readable row(s) say the same in nearly the same words: nothing to compare. Give a longer history.")
    model, held, _ = steps.fitted(plan, recipe, corpus, parts)
    shrink = recipe["calibrate"]["shrink"]
    scales = {task: calibrate.scale(each, [corpus.labels[task][row] for row in each.rows], shrink) for task, each in held.items()}
    days = [stamp.date() if stamp else date.today() for stamp in corpus.times]
    _, routed = calibrate.pool(load_profile(plan.profile), held, scales, corpus, days, parts)
    found = {}
    for task in plan.source.labels:
        # The lead is what the engine would answer: model, place and table together.
        if task == "unit" and routed is not None:
            labels, rows, weights = routed.units, routed.rows, routed.weights
        else:
            labels, rows, weights = held[task].labels, held[task].rows, scales[task](held[task])
        found[task] = Verdict(labels, tuple(corpus.labels[task]), weights[np.argsort(rows)], _known(corpus.labels[task], corpus.groups, parts))
    arrays = model["arrays"]
    kept = Vocabulary.of(arrays["keys"], arrays["weights"], recipe["features"]["max_chars"])
    return Verdicts(found, fit.matrix(corpus.titles, corpus.texts, kept))


def _known(given: Sequence[str], groups: npt.NDArray[np.int64], parts: Sequence[Split]) -> npt.NDArray[np.int64]:
    """For every row, how many different texts with its label were on the other side."""
    known = np.zeros(len(given), dtype=np.int64)
    for train, held in parts:
        texts = Counter(label for label, _ in {(given[row], int(groups[row])) for row in train})
        known[held] = [texts[given[row]] for row in held]
    return known
