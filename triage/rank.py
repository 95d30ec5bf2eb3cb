"""Probabilities of type, urgency and item to what a suggestion says of them."""

from collections.abc import Mapping, Sequence

import numpy as np

from triage.classify import Probabilities, Tree
from triage.profile_columns import DANGER
from triage.records import ItemCandidate
from triage.route import rounded, top
from triage.rules import RANK

CALM, URGENT = "一般", "紧急"
PRAISE = "表扬"
_SURELY_PRAISE = 0.6


class Ranker:
    """Ranks for one bundle's ``labels`` (task → labels) and ``thresholds``; ``items`` names the columns of item
    probabilities. A task that was never learnt is passed as None."""

    def __init__(self, labels: Mapping[str, Sequence[str]], items: Sequence[str], tree: Tree, thresholds: Mapping[str, float]) -> None:
        self._labels, self._items, self._tree, self._thresholds = labels, items, tree, thresholds

    def types(self, weights: Probabilities | None, n: int) -> list[tuple[str, float]]:
        """The likeliest type of each request, and its probability."""
        if weights is None:
            return [("", 0.0)] * n
        labels = self._labels["type"]
        chances = rounded(weights.max(axis=1))
        return [(labels[column], p) for column, p in zip(weights.argmax(axis=1).tolist(), chances, strict=True)]

    def alerts(self, weights: Probabilities | None, types: Sequence[tuple[str, float]]) -> list[list[str]]:
        """The types that each request may well be: what must not go out by itself is held back on less than likely."""
        if weights is None:
            return [[] for _ in types]
        labels = self._labels["type"]
        maybe = weights >= self._thresholds["alert"]
        return [[kind, *(label for label, held in zip(labels, row, strict=True) if held)] for (kind, _), row in zip(types, maybe, strict=True)]

    def alarms(self, weights: Probabilities | None, n: int) -> list[float]:
        """The probability that each request is urgent; 1 where that was never learnt, so that rules decide alone."""
        if weights is None:
            return [1.0] * n
        labels = self._labels["urgency"]
        calm = labels.index(CALM) if CALM in labels else 0
        return [1 - p for p in weights[:, calm].tolist()]

    def praises(self, kind: tuple[str, float], alarm: float) -> bool:
        """Whether the text tells of a danger that is over, to thank somebody: surely praise, and far from urgent. Enquiries are
        not trusted so: people in danger ask questions too (喝了农药怎么办)."""
        learnt = "urgency" in self._labels
        return learnt and kind[0] == PRAISE and kind[1] >= _SURELY_PRAISE and alarm < self._thresholds["urgent"] / 2

    def urgency(self, alarm: float, levels: Sequence[str]) -> str:
        """紧急 or 一般 by the model; more by the ``levels`` of rules that fired. Danger to life (特急) always counts; less does
        not where the text is plainly calm, for its words also stand in calm requests (防火, 触电隐患)."""
        learnt = "urgency" in self._labels
        said = URGENT if learnt and alarm >= self._thresholds["urgent"] else CALM
        calm = learnt and alarm < self._thresholds.get("calm", 0.0)
        return max((said, *(level for level in levels if not calm or level == DANGER)), key=RANK.__getitem__)

    def items(self, weights: Probabilities | None, n: int) -> list[tuple[ItemCandidate, ...]]:
        """The three likeliest items of each request."""
        if weights is None:
            return [()] * n
        best = top(weights, 3)
        chances = rounded(np.take_along_axis(weights, best, axis=1))
        levels = self._tree.levels(weights, best, self._thresholds["level"]).tolist()
        return [
            tuple(ItemCandidate(self._items[column], self._tree.names[column], p, level) for column, p, level in zip(*row, strict=True))
            for row in zip(best.tolist(), chances, levels, strict=True)
        ]
