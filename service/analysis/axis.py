"""The axis of time of an answer: all its stretches in order, and of which the snapshot holds anything, so that a picture tells a zero from a gap."""

from datetime import date
from typing import NamedTuple

import duckdb

from service.analysis.count import Table
from service.analysis.periods import Compared, covered, end_of, start_of, stretches
from service.analysis.question import TIMES


class Stretch(NamedTuple):
    """``held``: whether the snapshot has any request of it; ``before``: whether it has any of the stretch that it is compared with."""

    key: str
    held: bool
    before: bool


def axis(connection: duckdb.DuckDBPyConnection, found: Compared) -> tuple[Stretch, ...]:
    """All stretches of the question's dimension of time, as far as the snapshot reaches; none where it has no such dimension."""
    question = found.table.question
    name = next((each for each in question.by if each in TIMES), "")
    known = covered(connection, name) if name else set()
    if not known:
        return ()
    since, until = _reach(found.table, name, known)
    keys = list(stretches(name, since, until))
    earlier = list(stretches(name, found.since, found.until)) if found.since is not None and found.until is not None else []
    start = question.filter.since
    skipped = len(list(stretches(name, start, since))) - 1 if start is not None and start < since else 0
    before = [key in known for key in earlier[skipped:]]
    before += [False] * (len(keys) - len(before))
    return tuple(Stretch(key, key in known, was) for key, was in zip(keys, before, strict=False))


def _reach(table: Table, name: str, known: set[str]) -> tuple[date, date]:
    told = table.question.filter
    first, last = start_of(name, min(known)), end_of(name, max(known))
    return max(told.since or first, first), min(told.until or last, last)
