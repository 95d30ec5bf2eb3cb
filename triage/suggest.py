"""The flow, in order: a request goes in, a suggestion comes out."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from triage import bundle, mask, normalize, profile
from triage.classify import Classifier, Probabilities, level_reached
from triage.errors import RequestError
from triage.explain import Explainer
from triage.locate import Gazetteer
from triage.locations import resolve
from triage.profile import Profile
from triage.records import CleanText, ItemCandidate, Match, Place, Request, Span, Suggestion, Versions
from triage.route import Router
from triage.rules import RANK, Rules

NO_PROFILE = "none"


class Reading(NamedTuple):
    """A request after the first stages: ``plain`` is the normalized title and text, unmasked."""

    plain: str
    clean: CleanText
    place: Place


def read_requests(requests: Sequence[Request], gazetteer: Gazetteer) -> list[Reading | RequestError]:
    """Normalize, mask and locate; what cannot be read is returned as its error. Training and serving both begin here."""
    errors = [normalize.refuse(request.title, request.text) for request in requests]
    good = [request for request, error in zip(requests, errors, strict=True) if error is None]
    n = len(good)
    plain = normalize.normalize([*(request.title for request in good), *(request.text for request in good)])
    found = mask.find(plain)
    masked = [mask.mask(text, each) if each else text for text, each in zip(plain, found, strict=True)]
    whole = [f"{title}\n{text}" if title else text for title, text in zip(plain[:n], plain[n:], strict=True)]
    places = gazetteer.locate([request.place for request in good], whole)
    readings = iter(
        [
            Reading(whole[row], CleanText(masked[row], masked[n + row], _spans(found[row], found[n + row])), places[row])
            for row in range(n)
        ]
    )
    return [error if error is not None else next(readings) for error in errors]


class Engine:
    """Suggests. Made by ``Engine.load``; safe to share between threads."""

    def __init__(self, model: bundle.Bundle, city: Profile | None) -> None:
        self.profile = city
        self.bundle = model
        self._classifier = Classifier(model)
        self._gazetteer = Gazetteer(city)
        self._rules = Rules(city)
        labels = self._classifier.labels
        pool, thresholds = model.manifest["pool"], model.manifest["thresholds"]
        self._router = Router(city, labels.get("item", ()), labels.get("unit", ()), pool, thresholds)
        self._thresholds = thresholds
        self._subtrees = _subtrees(city, labels.get("item", ()))
        self._explainer = Explainer(self._classifier, city)
        self.versions = Versions(engine_version(), model.version, f"{city.code}@{city.version}+{city.fingerprint}" if city else NO_PROFILE)

    @classmethod
    def load(cls, profile: str | Path | None = None, model: str | Path = "default") -> "Engine":
        """Loads a model (a folder, or the name of a shipped one) and a profile (likewise; "none" for none; by default the
        one the model was trained with). Raises BundleError, ProfileError or UsageError."""
        loaded = bundle.read(resolve("models", model))
        wanted = profile if profile is not None else loaded.manifest["profile"]["code"]
        return cls(loaded, load_profile(wanted))

    def suggest(self, request: Request) -> Suggestion:
        """The suggestion for one request, with reasons. Raises RequestError when it cannot be read."""
        answer = self.suggest_many([request])[0]
        if isinstance(answer, RequestError):
            raise answer
        return self._explainer.explain(answer)

    def suggest_many(self, requests: Sequence[Request]) -> list[Suggestion | RequestError]:
        """One answer per request, in order, without reasons; a request that cannot be read gets its error instead."""
        readings = read_requests(requests, self._gazetteer)
        rows = [(request, reading) for request, reading in zip(requests, readings, strict=True) if isinstance(reading, Reading)]
        answers = iter(self._suggest([row[0] for row in rows], [row[1] for row in rows]) if rows else ())
        return [reading if isinstance(reading, RequestError) else next(answers) for reading in readings]

    def _suggest(self, requests: Sequence[Request], readings: Sequence[Reading]) -> list[Suggestion]:
        learnt = self._classifier([each.clean.title for each in readings], [each.clean.text for each in readings])
        items = learnt.get("item")
        if items is not None:
            items = self._router.weigh_items(items, [request.caller_kind for request in requests])
        days = [_day(request.received_at) for request in requests]
        units = self._router.weigh_units(learnt.get("unit"), items, [each.place.town for each in readings], days)
        types = self._top(learnt.get("type"), "type")
        urgent = self._urgent(learnt.get("urgency"), len(requests))
        top_items = self._top_items(items, len(requests))
        fired = self._rules.match([each.plain for each in readings])
        return [
            self._assemble(
                requests[row],
                readings[row],
                top_items[row],
                types[row] if types else ("", 0.0),
                urgent[row],
                fired.get(row, {}),
                units[row],
                items[row] if items is not None else None,
                days[row],
            )
            for row in range(len(requests))
        ]

    def _assemble(
        self,
        request: Request,
        reading: Reading,
        items: tuple[ItemCandidate, ...],
        kind: tuple[str, float],
        urgency: str,
        fired: dict[str, str],
        unit_row: Probabilities,
        item_row: Probabilities | None,
        day: date,
    ) -> Suggestion:
        item = items[0].code if items else ""
        rules = self._rules.matches(fired, kind[0], item)
        for rule in rules:
            if rule.level and RANK[rule.level] > RANK[urgency]:
                urgency = rule.level
        units = self._router.candidates(unit_row, item_row, reading.place, day)
        decision, why = self._router.decide(units, rules, urgency)
        return Suggestion(
            request.id, kind[0], kind[1], items, units, self._router.helpers(units[0].code, item, reading.place, day), reading.place,
            urgency, rules, decision, why, reading.clean, self.versions,
        )  # fmt: skip

    def _top(self, weights: Probabilities | None, task: str) -> list[tuple[str, float]]:
        if weights is None:
            return []
        best = weights.argmax(axis=1)
        labels = self._classifier.labels[task]
        return [(labels[index], round(float(weights[row, index]), 4)) for row, index in enumerate(best)]

    def _urgent(self, weights: Probabilities | None, n: int) -> list[str]:
        if weights is None:
            return ["一般"] * n
        labels = self._classifier.labels["urgency"]
        calm = labels.index("一般") if "一般" in labels else 0
        likely = 1 - weights[:, calm] >= self._thresholds["urgent"]
        return ["紧急" if each else "一般" for each in likely]

    def _top_items(self, weights: Probabilities | None, n: int) -> list[tuple[ItemCandidate, ...]]:
        if weights is None:
            return [()] * n
        best = np.argsort(-weights, axis=1)[:, :3]
        mass = weights @ self._subtrees[1] if self._subtrees else weights
        labels = self._classifier.labels["item"]
        found = []
        for row, columns in enumerate(best.tolist()):
            found.append(tuple(self._item(labels[column], float(weights[row, column]), mass[row]) for column in columns))
        return found

    def _item(self, code: str, p: float, mass: Probabilities) -> ItemCandidate:
        if self.profile is None or not self._subtrees:
            return ItemCandidate(code, (code,), round(p, 4), 1)
        path = self.profile.path(code)
        held = {node: float(mass[self._subtrees[0][node]]) for node in path}
        level = level_reached(path, held, self._thresholds["level"])
        return ItemCandidate(code, tuple(self.profile.items[node].name for node in path), round(p, 4), level)


def load_profile(name: str | Path) -> Profile | None:
    """A profile by folder or shipped name; None for "none"."""
    return None if str(name) == NO_PROFILE else profile.load(resolve("data", name))


@lru_cache(maxsize=1)
def engine_version() -> str:
    """The installed version, "0" in a checkout that was never installed."""
    try:
        return version("triage")
    except PackageNotFoundError:
        return "0"


def _subtrees(city: Profile | None, labels: Sequence[str]) -> tuple[dict[str, int], Probabilities] | None:
    """Every node above or at a label, and the (labels, nodes) 0/1 matrix that sums a subtree's probabilities."""
    if city is None or not labels:
        return None
    nodes = {code: index for index, code in enumerate(dict.fromkeys(node for label in labels for node in city.path(label)))}
    matrix = np.zeros((len(labels), len(nodes)), dtype=np.float32)
    for row, label in enumerate(labels):
        for node in city.path(label):
            matrix[row, nodes[node]] = 1.0
    return nodes, matrix


def _spans(title: Sequence[mask.Found], text: Sequence[mask.Found]) -> tuple[Span, ...]:
    if not title and not text:
        return ()
    return (*(Span("title", *found) for found in title), *(Span("text", *found) for found in text))


@lru_cache(maxsize=4096)
def _day(received_at: str) -> date:
    """The day a request came in; today when that is not known or not a date."""
    try:
        return datetime.fromisoformat(received_at.replace("/", "-")).date()
    except ValueError:
        return date.today()
