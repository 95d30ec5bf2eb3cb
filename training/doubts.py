"""Which labels of a history are doubted, and why: by models that had not seen the row, and by its near-duplicates.

The models' part is confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70), as the library cleanlab has it: how many
labels are wrong is estimated from the rows that reach the usual probability of another label; that many are doubted, those
first whose own label is least likely.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from training.clean import Corpus, wide_grams
from training.held_out import Verdict, Verdicts

LEAST = 5
_SHOWN = 3
_CHUNK = 256


class Doubt(NamedTuple):
    """A row whose label is doubted. ``share``: how likely it is wrong, 0 to 1. ``by_model``: by confident learning. ``twins``: up
    to three near-duplicates that carry the suggested label. ``votes``: how many of its near-duplicates, itself included, carry the
    given and the suggested one."""

    row: int
    given: str
    suggested: str
    share: float
    by_model: bool
    twins: tuple[int, ...] = ()
    votes: tuple[int, int] = (0, 0)


def doubts(verdict: Verdict, corpus: Corpus, similarity: float) -> list[Doubt]:
    """All doubted rows of a task, in the corpus' order, each once."""
    found = {row: Doubt(row, verdict.given[row], verdict.best(row, verdict.given[row]), _share(verdict, row), True) for row in confident(verdict)}
    for doubt in conflicts(verdict, corpus, similarity):
        known = found.get(doubt.row)
        found[doubt.row] = doubt._replace(share=max(doubt.share, known.share), by_model=True) if known else doubt
    return [found[row] for row in sorted(found)]


def confident(verdict: Verdict, least: int = LEAST) -> list[int]:
    """The rows that confident learning doubts, among those whose label the judging model knew from ``least`` texts."""
    from cleanlab.filter import find_label_issues

    rows = verdict.judged(least)
    given = np.array(verdict.given)[rows]
    classes = sorted(set(given.tolist()))
    if len(classes) < 2:
        return []
    weights = np.maximum(np.column_stack([verdict.of(label)[rows] for label in classes]).astype(np.float64), 1e-9)
    weights /= weights.sum(axis=1, keepdims=True)
    wrong = find_label_issues(np.searchsorted(classes, given), weights, filter_by="low_self_confidence", n_jobs=1)
    return [int(row) for row in rows[wrong] if verdict.best(row) != verdict.given[row]]


def conflicts(verdict: Verdict, corpus: Corpus, similarity: float) -> Iterator[Doubt]:
    """Rows most of whose near-duplicates carry another label; where votes are equal, the rows with the label that the models
    find less likely."""
    for rows in _disputed(verdict.given, corpus.groups):
        grams = list(wide_grams([f"{corpus.titles[row]}\n{corpus.texts[row]}" for row in rows]))
        likely = {label: float(np.mean([verdict.p(row, label) for row in rows])) for label in {verdict.given[row] for row in rows}}
        for place, row in enumerate(rows):
            # A group may be a chain of which the ends are no longer alike.
            alike = [rows[other] for other in range(len(rows)) if other == place or _alike(grams[place], grams[other]) >= similarity]
            doubt = _outvoted(verdict, row, alike, likely)
            if doubt is not None:
                yield doubt


def _outvoted(verdict: Verdict, row: int, alike: Sequence[int], likely: Mapping[str, float]) -> Doubt | None:
    votes = Counter(verdict.given[each] for each in alike)
    given = verdict.given[row]
    winner = max(sorted(votes), key=lambda label: (votes[label], likely[label]))
    if winner == given:
        return None
    # The model has one vote among those of the near-duplicates.
    share = 1 - (votes[given] + verdict.p(row, given)) / (len(alike) + 1)
    twins = [each for each in alike if verdict.given[each] == winner]
    return Doubt(row, given, winner, share, False, tuple(twins[:_SHOWN]), (votes[given], votes[winner]))


def _share(verdict: Verdict, row: int) -> float:
    return 1 - verdict.p(row, verdict.given[row])


def _disputed(given: Sequence[str], groups: npt.NDArray[np.int64]) -> Iterator[list[int]]:
    """The labelled rows of every group of near-duplicates that carries several labels."""
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups.tolist()):
        if given[row]:
            members[group].append(row)
    return (rows for rows in members.values() if len({given[row] for row in rows}) > 1)


def _alike(one: npt.NDArray[np.uint32], other: npt.NDArray[np.uint32]) -> float:
    """Jaccard similarity of two sorted sets."""
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / max(1, len(one) + len(other) - common)


def alike(verdicts: Verdicts, verdict: Verdict, some: Sequence[Doubt], groups: npt.NDArray[np.int64]) -> list[tuple[int, ...]]:
    """For every doubted row up to three rows that carry the suggested label and resemble it most (cosine of weighted grams),
    its own near-duplicates and other doubted rows left out."""
    given, doubted = np.array(verdict.given), {doubt.row for doubt in some}
    found: list[tuple[int, ...]] = [()] * len(some)
    for label in {doubt.suggested for doubt in some}:
        candidates = np.array([row for row in np.flatnonzero(given == label) if row not in doubted], dtype=np.int64)
        asked = [place for place, doubt in enumerate(some) if doubt.suggested == label]
        for start in range(0, len(asked) if len(candidates) else 0, _CHUNK):
            chunk = asked[start : start + _CHUNK]
            near = (verdicts.texts[[some[place].row for place in chunk]] @ verdicts.texts[candidates].T).toarray()
            for place, row in zip(chunk, near, strict=True):
                best = candidates[np.argsort(-row, kind="stable")]
                found[place] = tuple(int(each) for each in best[groups[best] != groups[some[place].row]][:_SHOWN])
    return found
