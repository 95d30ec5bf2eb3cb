"""Why, in words: the words of the text that spoke for a unit, the table row, the place, the rules."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import accumulate
from typing import Literal, NamedTuple

import numpy as np

from triage import features
from triage.classify import Classifier
from triage.mask import Found, origins
from triage.profile import Duty
from triage.records import CleanText, Reason, Span, Suggestion, UnitCandidate
from triage.route import Router
from triage.segment import Segmenter
from triage.succession import relatives

_MASKED = re.compile("〔[^〕]*〕")
_PHRASES = 4
_LIKELY = 0.05


class _Words(NamedTuple):
    """One text: its length with the title, its words of two letters and more with their places; of its known grams where each starts, how
    long it is, and its vector (grams, axes)."""

    length: int
    spans: Sequence[tuple[int, str]]
    starts: Sequence[int]
    sizes: Sequence[int]
    vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]


class Explainer:
    """Adds reasons to suggestions. Slower than classifying: for one request at a time."""

    def __init__(self, classifier: Classifier, router: Router) -> None:
        self._classifier = classifier
        self._router = router
        self._profile = router.profile
        self._averages: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
        self._segmenter = Segmenter(router.profile.words if router.profile else ())

    def explain(self, suggestion: Suggestion, day: date) -> Suggestion:
        """The suggestion with the table row and the reasons of each unit filled in."""
        words = cache(lambda: self._read(suggestion.clean))  # only where a unit was learnt, and then once for all units
        units = tuple(self._explained(unit, suggestion, day, words) for unit in suggestion.units)
        return replace(suggestion, units=units)

    def _explained(self, unit: UnitCandidate, suggestion: Suggestion, day: date, words: Callable[[], _Words]) -> UnitCandidate:
        duty = self._router.duty(unit.code, [item.code for item in suggestion.items if item.p >= _LIKELY], suggestion.place, day)
        reasons = []
        phrases = self._phrases(unit, suggestion, words)
        if phrases:
            spans = tuple(span for phrase in phrases for span in _received(suggestion.clean, phrase))
            reasons.append(Reason("phrase", "文中用词: " + "、".join(phrases), spans))
        if duty:
            reasons.append(Reason("table", self._row(duty)))
        elif self._profile:
            reasons.append(Reason("model", "依历史办件判断, 职责表未将其列为上列事项的主办"))
        for fact in suggestion.facts:
            if fact.unit == unit.code:
                by = f"文中: {fact.words}" if fact.words else "来电人已答复"
                reasons.append(Reason("fact", f"职能交叉: {fact.answer}({by}){f', 依据{fact.basis}' if fact.basis else ''}"))
        if unit.area:
            reasons.append(Reason("place", f"地点: {suggestion.place.name} (依据: {'、'.join(suggestion.place.evidence)})"))
        return replace(unit, row=f"responsibility.csv:{duty.row}" if duty else "", reasons=tuple(reasons))

    def _row(self, duty: Duty) -> str:
        assert self._profile is not None
        names = " / ".join(self._profile.items[code].name for code in self._profile.path(duty.item))
        status = "" if duty.confirmed else ", 待市确认"
        own = ", 部门本级职责不下派镇街" if duty.own else ""
        return f"职责表: {names} 由{self._profile.units[duty.unit].short}主办{f', 依据{duty.basis}' if duty.basis else ''}{own}{status}"

    def _phrases(self, unit: UnitCandidate, suggestion: Suggestion, words: Callable[[], _Words]) -> list[str]:
        """The words that raised the unit's learnt score most against the average unit; the likeliest item's when the unit
        was never learnt; none when that was not either."""
        scores: dict[str, float] = {}
        for task, code in (("unit", unit.code), *(("item", item.code) for item in suggestion.items[:1])):
            if labels := self._learnt(task, code):
                scores = self._word_scores(words(), task, labels)
                break
        best = sorted(scores, key=lambda word: -scores[word])[:_PHRASES]
        return [word for word in best if scores[word] > 0]

    def _learnt(self, task: str, code: str) -> tuple[str, ...]:
        """The label that the model learnt for a unit or an item: itself, else those that it came from or became."""
        labels = self._classifier.labels.get(task, ())
        if code in labels or self._profile is None:
            return (code,) if code in labels else ()
        related = relatives(self._profile.units if task == "unit" else self._profile.items, [code])
        return tuple(label for label in labels if label in related)

    def _read(self, clean: CleanText) -> _Words:
        whole = f"{clean.title}\x01{clean.text}"
        found = features.grams([clean.title], [clean.text], self._classifier.vocabulary.max_chars)
        places = self._classifier.vocabulary.places(found.keys)
        known = np.flatnonzero(places >= 0)
        words = self._segmenter.words(_MASKED.sub(lambda found: "\n" * len(found[0]), whole))
        spans = zip(accumulate(map(len, words), initial=0), words, strict=False)
        told = [(place, word) for place, word in spans if len(word) > 1 and word.isalpha()]
        return _Words(len(whole), told, found.starts[known].tolist(), found.sizes[known].tolist(), self._classifier.vectors(places[known]))

    def _word_scores(self, words: _Words, task: str, labels: Sequence[str]) -> dict[str, float]:
        classifier = self._classifier
        own = [classifier.columns[task].start + classifier.labels[task].index(label) for label in labels]
        direction = classifier.heads[:, own].mean(axis=1) - self._average(task)
        per_char = [0.0] * words.length
        weights = words.vectors[:, : len(direction)] @ direction
        for start, size, weight in zip(words.starts, words.sizes, weights.tolist(), strict=True):
            share = weight / size
            for place in range(start, start + size):
                per_char[place] += share
        scores: dict[str, float] = {}
        for place, word in words.spans:
            scores[word] = scores.get(word, 0.0) + sum(per_char[place : place + len(word)])
        return scores

    def _average(self, task: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        if task not in self._averages:
            self._averages[task] = np.asarray(self._classifier.heads[:, self._classifier.columns[task]]).mean(axis=1)
        return self._averages[task]


def _received(clean: CleanText, phrase: str) -> Iterator[Span]:
    """Where a phrase of the masked title or text stands in what was received: masking changes lengths."""
    fields: tuple[tuple[Literal["title", "text"], str], ...] = (("title", clean.title), ("text", clean.text))
    for field, text in fields:
        masked = [Found(span.start, span.end, span.kind) for span in clean.spans if span.field == field]
        places = [found.start() for found in re.finditer(re.escape(phrase), text)]
        for there in origins(masked, places):
            yield Span(field, there, there + len(phrase), "phrase")
