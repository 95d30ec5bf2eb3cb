"""From which probability errors provably stay under a limit: the line of automatic dispatch, for all units or unit by unit.

**What is proven.** With the stated confidence over the draw of the rows, the share of wrong ones among all future requests
at or above the line is at most the limit, if these rows and the future ones are independent draws from one population. Of the
model one thing is assumed, in the last paragraph.

**Why a scan over all lines proves less.** At one line named in advance the exact binomial test (Clopper and Pearson 1934) errs
with at most 1 - confidence. A scan that takes the lowest line whose test passes gives every line a chance to pass by luck
and keeps the luckiest, so it errs more often: where every row is wrong a little more often than the limit allows, in about a
quarter of the draws instead of 5 % (tests/test_proof.py measures it).

**What is done instead.** Learn then test (Angelopoulos, Bates, Candès, Jordan, Lei 2021): lines are hypotheses "the error above me
exceeds the limit", tested in a fixed order from the strictest down, each with the whole budget 1 - confidence for as long as all
before it were rejected. That costs nothing for the number of lines, but one wrong label among the few rows of the first line
ends it. So, as in that paper's sequences with several starts, the budget begins at several lines and what a rejection used is
handed on to the next line (the fallback procedure, Wiens 2003). Proof that it errs with at most the budget: let j be the first line
wrongly rejected and i the true hypothesis before it. i was kept, so nothing was handed on past it, and j was tested with
no more than what begins at i+1 … j. Over all j these sums are disjoint, together the budget. No independence of the
tests is used, only that lines and starts do not look at the labels.

Lines with fewer rows than any proof takes are passed over: what begins at them is handed on, and half of the budget begins at
the first line with enough. That does not look at labels, but it depends on the rows, so the proof above then needs that errors do not
get rarer as the probability falls. Below the point where the error reaches the limit every further row is then wrong at least as
often as the limit, so given all counts the wrong rows at each line are at least binomial with the limit, and the proof holds
given the counts. Where a model is against that, the excess is small; the tests draw such a model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, binom

# Lines are fixed in advance, evenly spaced in the order of magnitude of 1 - p.
_GRID = np.array([round(1 - gap, 4) for gap in 0.001 * 1.12 ** np.arange(58)])
# Where the second half of the budget begins, by 1 - p, in sixteenths: most where lines of calibrated models for limits
# of 1 % to 5 % lie.
_STARTS = {0.005: 1, 0.01: 2, 0.02: 4, 0.04: 4, 0.08: 3, 0.16: 1, 0.32: 1}
_FIRST = 0.5
_LIMITS = np.concatenate([np.arange(1, 100) / 1000, np.arange(10, 51) / 100])

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A proven line: rows at or above ``at`` (``taken``), of which ``wrong`` are wrong."""

    at: float
    taken: int
    wrong: int


def upper(wrong: int, taken: int, confidence: float) -> float:
    """The exact upper bound of an error rate (Clopper and Pearson 1934); 1 without rows."""
    return float(beta.ppf(confidence, wrong + 1, taken - wrong)) if wrong < taken else 1.0


def enough(limit: float, budget: float) -> int:
    """Rows without an error that it takes to prove ``limit`` with the chance ``budget`` of being wrong about it."""
    return int(np.ceil(np.log(budget) / np.log1p(-limit)))


def prove(p: Array, wrong: Array, limit: float, budget: float) -> Line | None:
    """The lowest line above which errors provably stay under ``limit``, or the strictest that takes the same rows; None where none
    can be proven, as without rows. ``p`` (n,) probabilities in [0, 1], ``wrong`` (n,) booleans."""
    order = np.argsort(-p, kind="stable")
    taken = np.searchsorted(-p[order], -_GRID, side="right")
    missed = np.concatenate([[0], np.cumsum(wrong[order])])[taken]
    chances = binom.cdf(missed, taken, limit)
    least = enough(limit, budget * _FIRST)
    found, level, begun = None, 0.0, False
    for line, rows, errors, chance, start in zip(_GRID.tolist(), taken.tolist(), missed.tolist(), chances.tolist(), _weights(), strict=True):
        level += budget * start
        if rows < least:
            continue
        level, begun = level if begun else level + budget * _FIRST, True
        if chance > level:
            level = 0.0
        elif found is None or rows > found.taken:
            found = Line(line, rows, errors)
    return found


def prove_each(p: Array, wrong: Array, units: Sequence[str], limit: float, budget: float) -> dict[str, Line]:
    """The units whose own errors provably stay under ``limit``, all of these statements together with the chance ``budget`` of
    any being wrong. The budget is split evenly (Bonferroni) among the units that have enough rows for their share; how many
    rows a unit has does not look at labels, and given these numbers the rows of each unit are draws of their own."""
    said = np.array(units, dtype=object)
    counts = {unit: int((said == unit).sum()) for unit in sorted(set(units))}
    among = _among(counts, limit, budget)
    lines = {unit: prove(p[said == unit], wrong[said == unit], limit, budget / len(among)) for unit in among}
    return {unit: line for unit, line in lines.items() if line is not None}


def reachable(p: Array, wrong: Array, budget: float) -> tuple[float, Line] | None:
    """The smallest limit, to a tenth of a per cent (from 10 % to a whole one) and up to a half, that ``prove`` can prove; None where it cannot."""
    for limit in _LIMITS.tolist():
        line = prove(p, wrong, limit, budget)
        if line is not None:
            return limit, line
    return None


def _weights() -> list[float]:
    weights = np.zeros(len(_GRID))
    for gap, share in _STARTS.items():
        weights[int(np.argmin(np.abs(np.log((1 - _GRID) / gap))))] += share / sum(_STARTS.values()) * (1 - _FIRST)
    return [float(each) for each in weights]


def _among(counts: Mapping[str, int], limit: float, budget: float) -> list[str]:
    """As many of the most frequent units as have enough rows each for an equal share of the budget."""
    ranked = sorted(counts, key=lambda unit: (-counts[unit], unit))
    fitting = [k for k in range(1, len(ranked) + 1) if counts[ranked[k - 1]] >= enough(limit, budget / k * _FIRST)]
    return ranked[: fitting[-1]] if fitting else []
