"""The guard of the promise: does the share of wrong dispatches of a unit rise above what was promised?

Each unit has a CUSUM (Page 1954) of its dispatches: evidence that the error is now ``_WORSE`` times the limit rather than the limit.
A wrong dispatch multiplies it, a right one shrinks it a little, it never falls below 1, and at ``PATIENCE`` the unit is
suspended.

False alarms: while every dispatch is wrong with at most the limit, whatever came before, evidence since any dispatch is a
nonnegative supermartingale that begins at 1. It ever reaches PATIENCE with a chance of at most 1 / PATIENCE (Ville 1939), so a unit is
suspended without cause within n dispatches with a chance of at most n / PATIENCE: 5 % in 1,000, and on average not before
PATIENCE dispatches (Lorden 1971; Shin, Ramdas and Rinaldo 2024, e-detectors). Since every dispatch belongs to one unit, this also
bounds the false alarms of all units together. tests/test_drift.py measures them, and the delay; why not a
library: docs/adr/0012.

A suspended unit stays suspended until a person begins anew, with a new ``State``, after the cause is found.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import log

from triage.decide import EVERYONE
from triage.errors import UsageError

PATIENCE = 20_000
_WORSE = 3.0


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one unit: ``seen`` dispatches, ``wrong`` of them not accepted; ``evidence``, the logarithm, 0 or more;
    ``recent`` and ``recent_wrong`` the same counts since evidence was last 0; ``stopped``, at which dispatch, counted from
    1, it was suspended, 0 while it is not. After that only ``seen`` and ``wrong`` go on."""

    seen: int = 0
    wrong: int = 0
    evidence: float = 0.0
    recent: int = 0
    recent_wrong: int = 0
    stopped: int = 0


def watch(outcomes: Iterable[tuple[str, bool]], limit: float, known: Mapping[str, State] | None = None) -> dict[str, State]:
    """The states after ``outcomes``, oldest first: (unit, whether it accepted). ``known``: states so far, left as they are.
    ``EVERYONE`` holds all units together. A unit is named as in ``Engine.suspend``. Raises UsageError for a ``limit``
    that is not between 0 and 1."""
    if not 0 < limit < 1:
        raise UsageError(f"limit {limit}: not between 0 and 1. Write 3 % as 0.03.", "bad_option")
    states = dict(known or {})
    for unit, accepted in outcomes:
        for name in (unit, EVERYONE):
            states[name] = step(states.get(name, State()), accepted, limit)
    return states


def step(state: State, accepted: bool, limit: float) -> State:
    """The state after one more dispatch."""
    if state.stopped:
        return replace(state, seen=state.seen + 1, wrong=state.wrong + (not accepted))
    worse = min(_WORSE * limit, (1 + limit) / 2)
    told = log((1 - worse) / (1 - limit)) if accepted else log(worse / limit)
    fresh = state.evidence <= 0
    evidence, seen = max(0.0, state.evidence + told), state.seen + 1
    return State(
        seen,
        state.wrong + (not accepted),
        evidence,
        1 if fresh else state.recent + 1,
        int(not accepted) if fresh else state.recent_wrong + (not accepted),
        seen if evidence >= log(PATIENCE) else 0,
    )


def suspended(states: Mapping[str, State]) -> frozenset[str]:
    """The units to hand to ``Engine.suspend``."""
    return frozenset(unit for unit, state in states.items() if state.stopped)
