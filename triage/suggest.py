"""The flow, in order: a request goes in, a suggestion comes out."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from triage import bundle, mask, normalize, profile_load
from triage.classify import Classifier, Probabilities, Tree
from triage.errors import BundleError, RequestError, UsageError
from triage.explain import Explainer
from triage.locate import Gazetteer
from triage.locations import resolve
from triage.profile import Profile
from triage.records import CleanText, ItemCandidate, Place, Request, Span, Suggestion, UnitCandidate, Versions
from triage.route import Router, rounded, top
from triage.rules import RANK, Rules

NO_PROFILE = "none"
# Large enough that the stages' fixed costs vanish, small enough that a chunk stays in the processor's cache.
_CHUNK = 256


class Reading(NamedTuple):
    """A request after the first stages: ``plain`` is the normalized title and text, unmasked."""

    plain: str
    clean: CleanText
    place: Place


def read_requests(requests: Sequence[Request], gazetteer: Gazetteer) -> list[Reading | RequestError]:
    """Normalize, mask and locate; what cannot be read is returned as its error. Training and serving both begin here."""
    errors = [normalize.refuse(request) for request in requests]
    good = [request for request, error in zip(requests, errors, strict=True) if error is None]
    n = len(good)
    plain = normalize.normalize([*(request.title for request in good), *(request.text for request in good)])
    found = mask.find(plain)
    masked = [mask.mask(text, each) if each else text for text, each in zip(plain, found, strict=True)]
    whole = [f"{title}\n{text}" if title else text for title, text in zip(plain[:n], plain[n:], strict=True)]
    places = gazetteer.locate(normalize.normalize([request.place for request in good]), whole)
    readings = iter(
        [Reading(whole[row], CleanText(masked[row], masked[n + row], _spans(found[row], found[n + row])), places[row]) for row in range(n)]
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
        self._tree = Tree(city, labels.get("item", ()))
        self._explainer = Explainer(self._classifier, self._router)
        self.versions = Versions(engine_version(), model.version, f"{city.code}@{city.version}+{city.fingerprint}" if city else NO_PROFILE)

    @classmethod
    def load(cls, profile: str | Path | None = None, model: str | Path = "default") -> "Engine":
        """Loads a model (a folder, or the name of a shipped one) and a profile (likewise; "none" for none; by default the
        one the model was trained with). Raises BundleError, ProfileError or UsageError."""
        loaded = bundle.read(resolve("models", model))
        trained = str(loaded.manifest["profile"]["code"])
        if profile is None and trained != NO_PROFILE and not resolve("data", trained).is_dir():
            remedy = "Name its folder: --profile PATH."
            raise UsageError(f"model {model} was trained with profile {trained}, which is not here. {remedy}", "no_such_profile")
        city = load_profile(profile if profile is not None else trained)
        if city is not None and city.code != trained:
            raise BundleError(f"model {model} was trained with profile {trained}, not {city.code}. Name the right one, or train it again.")
        try:
            return cls(loaded, city)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError(f"the manifest of model {model} does not hold together ({error!r}). Train it again (triage train).") from error

    def labels(self, task: str) -> tuple[str, ...]:
        """What the engine can answer for a task (unit, item, type or urgency); a unit may also come from the table."""
        return self._router.units if task == "unit" else self._classifier.labels.get(task, ())

    def suggest(self, request: Request) -> Suggestion:
        """The suggestion for one request, with reasons. Raises RequestError when it cannot be read."""
        answer = self.suggest_many([request])[0]
        if isinstance(answer, RequestError):
            raise answer
        return self.explain(answer, request)

    def explain(self, suggestion: Suggestion, request: Request) -> Suggestion:
        """The suggestion with table rows and reasons filled in. ``suggest_many`` leaves them out: they cost more than all
        the rest."""
        return self._explainer.explain(suggestion, _day(request.received_at))

    def suggest_many(self, requests: Sequence[Request]) -> list[Suggestion | RequestError]:
        """One answer per request, in order, without reasons; a request that cannot be read gets its error instead."""
        return [answer for start in range(0, len(requests), _CHUNK) for answer in self._chunk(requests[start : start + _CHUNK])]

    def _chunk(self, requests: Sequence[Request]) -> list[Suggestion | RequestError]:
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
        types = self._types(learnt.get("type"), len(requests))
        urgent = self._urgent(learnt.get("urgency"), len(requests))
        top_items = self._top_items(items, len(requests))
        fired = self._rules.match([each.plain for each in readings])
        leads = self._router.candidates(units, [each.place for each in readings])
        return [
            self._assemble(request, reading, candidates, kind, maybe, urgency, fired.get(row, {}), unit_candidates, day)
            for row, (request, reading, candidates, kind, maybe, urgency, unit_candidates, day) in enumerate(
                zip(requests, readings, top_items, types, self._alerts(learnt.get("type"), types), urgent, leads, days, strict=True)
            )
        ]

    def _assemble(
        self,
        request: Request,
        reading: Reading,
        items: tuple[ItemCandidate, ...],
        kind: tuple[str, float],
        maybe: Sequence[str],
        urgency: str,
        fired: Mapping[str, str],
        units: tuple[UnitCandidate, ...],
        day: date,
    ) -> Suggestion:
        item = items[0].code if items else ""
        rules = self._rules.matches(fired, maybe, item)
        for rule in rules:
            if rule.level and RANK[rule.level] > RANK[urgency]:
                urgency = rule.level
        decision, why = self._router.decide(units, rules, urgency, len(reading.plain))
        helpers = self._router.helpers(units[0].code, [each.code for each in items], reading.place, day) if units else ()
        return Suggestion(
            request.id, kind[0], kind[1], items, units, helpers, reading.place, urgency, rules, decision, why, reading.clean, self.versions
        )

    def _types(self, weights: Probabilities | None, n: int) -> list[tuple[str, float]]:
        if weights is None:
            return [("", 0.0)] * n
        labels = self._classifier.labels["type"]
        chances = rounded(weights.max(axis=1))
        return [(labels[column], p) for column, p in zip(weights.argmax(axis=1).tolist(), chances, strict=True)]

    def _alerts(self, weights: Probabilities | None, types: Sequence[tuple[str, float]]) -> list[list[str]]:
        """The types that each request may well be: what must not go out by itself is held back on less than likely."""
        if weights is None:
            return [[] for _ in types]
        labels = self._classifier.labels["type"]
        maybe = weights >= self._thresholds["alert"]
        return [[kind, *(label for label, held in zip(labels, row, strict=True) if held)] for (kind, _), row in zip(types, maybe, strict=True)]

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
        best = top(weights, 3)
        labels = self._classifier.labels["item"]
        chances = rounded(np.take_along_axis(weights, best, axis=1))
        levels = self._tree.levels(weights, best, self._thresholds["level"]).tolist()
        return [
            tuple(ItemCandidate(labels[column], self._tree.names[column], p, level) for column, p, level in zip(*row, strict=True))
            for row in zip(best.tolist(), chances, levels, strict=True)
        ]


def load_profile(name: str | Path) -> Profile | None:
    """A profile by folder or shipped name; None for "none"."""
    return None if str(name) == NO_PROFILE else profile_load.load(resolve("data", name))


@lru_cache(maxsize=1)
def engine_version() -> str:
    """The installed version, "0" in a checkout that was never installed."""
    try:
        return version("triage")
    except PackageNotFoundError:
        return "0"


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
