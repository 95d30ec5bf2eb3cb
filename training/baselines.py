"""What anybody would get without learning: always the most frequent labels, or the words of the profile's own tables."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from training.figures import hits
from triage.find import Finder
from triage.normalize import normalize
from triage.profile import Profile

RULED = ("unit", "item")
_Verdict = tuple[str, str]


class KeywordRules:
    """The rule system a hotline writes first: a text belongs where most of its words belong. Words are the names and keywords of
    items, which speak for the item and for its lead anywhere, and the names, duties and keywords of units, all as the profile
    stands on ``day``. A word found counts its length, once per text."""

    def __init__(self, profile: Profile, day: date) -> None:
        told: dict[str, set[_Verdict]] = {}
        order: dict[_Verdict, int] = {}
        for word, verdict in _words(profile, day):
            told.setdefault(word, set()).add(verdict)
            order.setdefault(verdict, len(order))
        self._told, self._order = told, order
        self._finder = Finder(tuple(told), overlapping=True)

    def rank(self, texts: Sequence[str]) -> dict[str, list[list[str]]]:
        """task → per text up to three labels, the one with most words first; none where no word is found. Texts are normalized."""
        found = self._finder.find(texts)
        ranked: dict[str, list[list[str]]] = {task: [] for task in RULED}
        for row in range(len(texts)):
            votes: Counter[_Verdict] = Counter()
            for word in {hit.word for hit in found.get(row, ())}:
                text = self._finder.words[word]
                for verdict in self._told[text]:
                    votes[verdict] += len(text)
            best = sorted(votes, key=lambda verdict: (-votes[verdict], self._order[verdict]))
            for task in RULED:
                ranked[task].append([label for named, label in best if named == task][:3])
        return ranked


def _words(profile: Profile, day: date) -> Iterator[tuple[str, _Verdict]]:
    for leaf in profile.leaves():
        item = profile.items[leaf]
        if day not in item.period:
            continue
        lead = profile.lead(leaf, "", day)
        for word in _normal((item.name, *item.keywords)):
            yield word, ("item", leaf)
            if lead is not None:
                yield word, ("unit", lead.unit)
    for unit in profile.units.values():
        if unit.accepts != "no" and day in unit.period:
            for word in _normal((unit.name, unit.short, *unit.aliases, *unit.duties, *unit.keywords)):
                yield word, ("unit", unit.code)


def _normal(words: Sequence[str]) -> list[str]:
    return [word for word in normalize(list(dict.fromkeys(words))) if len(word) > 1]


def majority(truth: Sequence[str]) -> dict[str, Any]:
    """Always the labels that are most frequent among these very rows: ``hit1``, ``hit3``, and the first ``label``."""
    top = [label for label, _ in Counter(truth).most_common(3)]
    return {"label": top[0], **_score(truth, [top] * len(truth))}


def keywords(truth: Sequence[str], ranked: Sequence[Sequence[str]]) -> dict[str, Any]:
    """hit1, hit3 of the keyword rules; a text without any known word counts as wrong. ``answered``: share of texts with one."""
    return {**_score(truth, ranked), "answered": round(sum(map(bool, ranked)) / len(ranked), 4)}


def _score(truth: Sequence[str], ranked: Sequence[Sequence[str]]) -> dict[str, float]:
    return {"hit1": round(float(hits(truth, ranked, 1).mean()), 4), "hit3": round(float(hits(truth, ranked, 3).mean()), 4)}
