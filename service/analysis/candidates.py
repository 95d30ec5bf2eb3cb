"""Candidates for 每月一题: matters of the last three months that come back, that many tell of, and that are not resolved.

A topic of the 92 days up to a day is a candidate where it has ``PEOPLE`` known callers, was told in at least ``WEEKS`` different weeks, and
where of the requests of which an answer is known (resolved or not, as callers said) at least ``UNRESOLVED`` are not, or none is known yet.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from service.analysis import topics
from service.analysis.periods import back
from service.analysis.topics import Topic

DAYS, PEOPLE, WEEKS, UNRESOLVED = 92, 10, 4, 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """``weeks`` in which it was told; ``unresolved`` of the ``known`` requests whose callers said what became of them."""

    topic: Topic
    weeks: int
    known: int
    unresolved: int


_QUERY = """
SELECT count(DISTINCT date_trunc('week', day)), count(*) FILTER (resolved IN ('解决', '部分解决', '未解决')),
  count(*) FILTER (resolved IN ('部分解决', '未解决'))
FROM facts WHERE id IN (SELECT unnest(?::BIGINT[]))
"""


def candidates(connection: duckdb.DuckDBPyConnection, until: date) -> list[Candidate]:
    """The candidates of the three months up to ``until``, included; those told in most weeks by most callers first."""
    found = []
    for topic in topics.between(connection, back(until, timedelta(days=DAYS - 1)), until):
        weeks, known, unresolved = connection.execute(_QUERY, [list(topic.requests)]).fetchone() or (0, 0, 0)
        if topic.people >= PEOPLE and weeks >= WEEKS and unresolved >= UNRESOLVED * known:
            found.append(Candidate(topic, weeks, known, unresolved))
    return sorted(found, key=lambda each: (-each.weeks * each.topic.people, each.topic.typical.id))
