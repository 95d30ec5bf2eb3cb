"""Who led an item in a history though the table names another: what is written and what is done are two things."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
import numpy.typing as npt

from training.clean import Corpus
from training.fit import targets
from triage.profile import Profile

# The table counts as one row of history; what is rarer than one in a hundred is chance.
_TABLE = 1.0
_LEAST = 0.01


def habits(profile: Profile | None, corpus: Corpus, rows: Iterable[int] | None = None) -> dict[str, dict[str, float]]:
    """Item → unit → share of the item's rows, all or those named, that this unit led where the place is unknown, for every unit but
    the table's lead of today. Rows count as much as they are trusted. Empty without a profile, or without both labels."""
    if profile is None or not {"unit", "item"} <= corpus.labels.keys():
        return {}
    units: npt.NDArray[np.str_] = targets(corpus, profile)["unit"]
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in range(len(corpus)) if rows is None else rows:
        if units[row] and corpus.labels["item"][row]:
            found[corpus.labels["item"][row]][str(units[row])] += float(corpus.weights[row])
    return {item: shares for item, counts in sorted(found.items()) if (shares := _shares(counts, _lead(profile, item)))}


def _shares(counts: Mapping[str, float], lead: str) -> dict[str, float]:
    every = sum(counts.values()) + (_TABLE if lead else 0.0)
    shares = {unit: round(count / every, 3) for unit, count in sorted(counts.items()) if unit != lead}
    return {unit: share for unit, share in shares.items() if share >= _LEAST}


def _lead(profile: Profile, item: str) -> str:
    duty = profile.lead(item, "", date.today())
    return duty.unit if duty is not None else ""
