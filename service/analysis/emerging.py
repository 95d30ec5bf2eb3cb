"""Emerging words: words that requests of a period hold far more often than those of the months before.

A word counts once a request. With n requests now and N before, of which k held it, ``n * (k + sqrt(k + 1)) / N`` are expected (an upper
bound, so that what is rare is not taken for what never comes); so many or more come by chance with a Poisson probability p. A word emerges
where p times the number of words looked at is at most ``ALARM`` (Bonferroni): if requests are independent, one look in twenty shows a
word for nothing. It needs ``LEAST`` requests of ``PEOPLE`` callers. Nothing is said where fewer requests lie before than now.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

import duckdb

from service.analysis import topics, words
from service.analysis.bursts import tail
from service.analysis.periods import back
from service.analysis.topics import Told
from triage.segment import Segmenter

LEAST, PEOPLE, ALARM = 5, 3, 0.05
DAY, BEFORE = timedelta(days=1), timedelta(days=90)
SHARED = 0.7
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Emerging:
    """``n`` requests of at most ``persons`` callers hold the word where ``expected`` were to be expected; ``p``: how likely by chance."""

    word: str
    n: int
    persons: int
    expected: float
    p: float
    requests: tuple[int, ...]


def between(connection: duckdb.DuckDBPyConnection, since: date, until: date) -> list[Emerging]:
    """The words of a period, both days included, against the 90 days before it."""
    return find(topics.told(connection, since, until), before(connection, since))


def before(connection: duckdb.DuckDBPyConnection, since: date) -> list[Told]:
    """The requests of the 90 days before a day."""
    return topics.told(connection, back(since, BEFORE), back(since, DAY)) if since > date.min else []


def find(now: Sequence[Told], before: Sequence[Told], segmenter: Segmenter | None = None) -> list[Emerging]:
    """The words of ``now`` against those of ``before``, the least likely first. None may be a person's name."""
    if not now or len(before) < len(now):
        return []
    segmenter = segmenter or Segmenter()
    usual = Counter(word for each in before for word in _held(each, segmenter))
    held: dict[str, list[Told]] = {}
    for each in now:
        for word in _held(each, segmenter):
            held.setdefault(word, []).append(each)
    found = []
    for word, requests in held.items():
        mean = len(now) * (usual[word] + sqrt(usual[word] + 1)) / len(before)
        p, persons = tail(len(requests), mean), len(topics.callers(requests))
        if len(requests) >= LEAST and persons >= PEOPLE and p * len(held) <= ALARM:
            found.append(Emerging(word, len(requests), persons, mean, p, tuple(each.id for each in requests)))
    return sorted(found, key=lambda each: (each.p, -each.n, each.word))


def together(found: Sequence[Emerging]) -> list[tuple[Emerging, tuple[str, ...]]]:
    """Words of one matter as one: each with the less surprising ones of which ``SHARED`` of the requests hold it, too."""
    groups: list[tuple[Emerging, list[str]]] = []
    for each in found:
        home = next((others for head, others in groups if len(set(head.requests) & set(each.requests)) >= SHARED * each.n), None)
        if home is None:
            groups.append((each, []))
        else:
            home.append(each.word)
    return [(head, tuple(others)) for head, others in groups]


def _held(each: Told, segmenter: Segmenter) -> set[str]:
    texts = (each.title, each.text)
    return {word for text in texts for word in words.nameless(words.cut(text, segmenter)) if len(word) >= _SHORTEST}
