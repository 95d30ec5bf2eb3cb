"""The flow, in order: a request goes in, a suggestion comes out."""

import gc
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from copy import copy
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from triage import bundle, mask, matters, profile_load
from triage.classify import Classifier, Probabilities, Tree
from triage.deadlines import Clock, Deadlines, read_time
from triage.decide import EVERYONE, decide
from triage.encoder import Encoder, fitted
from triage.errors import BundleError, RequestError, TriageError, UsageError
from triage.explain import Explainer
from triage.locate import NOWHERE, Gazetteer
from triage.locations import resolve
from triage.overlaps import Overlaps, Settled
from triage.profile import Profile
from triage.promise import Lines
from triage.rank import Ranker
from triage.read import Reading, read_requests
from triage.records import CleanText, CoUnit, Deadline, ItemCandidate, Matter, Place, Question, Request, Suggestion, UnitCandidate, Versions
from triage.refusals import Refusals
from triage.route import Router
from triage.rules import Rules, soften

NO_PROFILE = "none"
CLOSELY = "+close"
"""Ends the version of a model that was read closely."""
# Large enough that the stages' fixed costs vanish, small enough that a chunk stays in the processor's cache.
_CHUNK = 1024
_OBJECTS = 50_000
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, AssertionError)


class Weights(NamedTuple):
    """What the stages say of a chunk: probabilities (n, labels) per task, None for one that was never learnt; per request
    the place and day; per row that has any, the rules that fired, and the disputed duties that are settled; the rows whose
    words any rule or clue knows; the normalized texts."""

    items: Probabilities | None
    units: Probabilities
    types: Probabilities | None
    urgency: Probabilities | None
    places: Sequence[Place]
    days: Sequence[date]
    fired: Mapping[int, Mapping[str, str]]
    settled: Mapping[int, Sequence[Settled]]
    spoken: Set[int]
    plain: Sequence[str]


class Opinions(NamedTuple):
    """The likeliest leads of one request by each part of the engine."""

    model: tuple[UnitCandidate, ...]
    table: tuple[UnitCandidate, ...]
    together: tuple[UnitCandidate, ...]


class Row(NamedTuple):
    """One request with its candidates."""

    request: Request
    reading: Reading
    type: tuple[str, float]
    alerts: Sequence[str]
    alarm: float
    items: tuple[ItemCandidate, ...]
    units: tuple[UnitCandidate, ...]
    questions: tuple[Question, ...]
    matters: tuple[Matter, ...]


class Engine:
    """Suggests. Made by ``Engine.load``; safe to share between threads. ``folder``: where its profile was read from;
    ``stamp``: of its files, before that. ``suspended``: what ``suspend`` was last called with. With an ``encoder`` it
    reads closely. ``numbers``: the manifest as it holds for this reading. ``close_problem``: why it reads fast although its model was
    made to be read closely, "" where it was not, or does."""

    def __init__(self, model: bundle.Bundle, city: Profile | None, encoder: Encoder | None = None) -> None:
        self.profile = city
        self.folder: Path | None = None
        self.stamp: profile_load.Stamp = ()
        self.bundle, self.encoder = model, encoder
        self._fast: Engine | None = None
        self.close_problem = ""
        self.numbers = numbers = model.numbers(close=encoder is not None)
        self._classifier = Classifier(model, encoder)
        self._zone = ZoneInfo(city.timezone) if city else None
        self._gazetteer = Gazetteer(city)
        self._rules = Rules(city)
        labels = self._classifier.labels
        pool, thresholds = numbers["pool"], numbers["thresholds"]
        self._router = Router(city, labels.get("item", ()), labels.get("unit", ()), pool, numbers.get("leads"), numbers.get("habits"))
        self._thresholds = thresholds
        self._overlaps = Overlaps(city, self._router.items, self._router.units, pool.get("clue", 0.0), pool.get("hint", 0.0))
        self.suspended: Set[str] | Mapping[str, str] = frozenset()
        self._limits = Deadlines(city.limits, Clock(city.special_days, city.timezone)) if city else None
        self._refusals = Refusals(city, self._router, self._overlaps)
        self._ranker = Ranker(labels, self._router.items, Tree(city, self._router.items), thresholds)
        self._explainer = Explainer(self._classifier, self._router)
        read = model.version + (CLOSELY if encoder else "")
        self.versions = Versions(engine_version(), read, f"{city.code}@{city.version}+{city.fingerprint}" if city else NO_PROFILE)
        self._lines = Lines.of(numbers, self.versions.profile)

    def __copy__(self) -> "Engine":
        """Shares all that is large; what the copy suspends, in both readings, says nothing about the original."""
        made = object.__new__(Engine)
        vars(made).update({name: value for name, value in vars(self).items() if name != "closely"})
        if self._fast is not None:
            made._fast = copy(self._fast)
            vars(made._fast)["closely"] = made
        return made

    @classmethod
    def load(cls, profile: str | Path | None = None, model: str | Path = "default") -> "Engine":
        """Loads a model (a folder, or the name of a shipped one) and a profile (likewise; "none" for none; by default the
        one the model was trained with). Raises BundleError, ProfileError or UsageError."""
        loaded = bundle.read(resolve("models", model))
        trained = str(loaded.manifest["profile"]["code"])
        if profile is None and trained != NO_PROFILE and not resolve("data", trained).is_dir():
            remedy = "Name its folder: --profile PATH."
            raise UsageError(f"model {model} was trained with profile {trained}, which is not here. {remedy}", "no_such_profile")
        name = profile if profile is not None else trained
        folder = resolve("data", name) if str(name) != NO_PROFILE else None
        stamp = profile_load.stamp(folder)
        city = load_profile(name)
        if city is not None and city.code != trained:
            raise BundleError(f"model {model} was trained with profile {trained}, not {city.code}. Name the right one, or train it again.")
        try:
            engine = cls(loaded, city)
        except _BROKEN as error:
            raise _blame(loaded, city, model, error) from error
        engine.folder, engine.stamp = folder, stamp
        # What is loaded lives long and holds no cycles: the garbage collector need not look at it ever again. Once per process, for
        # whatever else lives then and is in a cycle is never freed. Nor need it look often at answers, which hold no cycles.
        if not gc.get_freeze_count():
            gc.collect()
            gc.freeze()
        gc.set_threshold(_OBJECTS, 10, 10)
        return engine

    @cached_property
    def closely(self) -> "Engine":
        """The engine of the same model and profile that reads closely: some tens of milliseconds a text instead of a fifth of one, and
        better where words mislead. Itself where it does so already. Raises UsageError where the model was not fitted to an encoder,
        BundleError where that one is damaged or its packages are missing."""
        if self.encoder is not None:
            return self
        encoder = fitted(self.bundle)
        try:
            engine = Engine(self.bundle, self.profile, encoder)
        except _BROKEN as error:
            raise BundleError(f"close reading of model {self.bundle.version} does not hold together ({error!r}). Train it again.") from error
        engine.folder, engine.stamp, engine.suspended, engine._fast = self.folder, self.stamp, self.suspended, self
        return engine

    @property
    def fast(self) -> "Engine":
        """The engine of the same model and profile that reads fast; itself where it does so."""
        return self._fast or self

    def reading(self, close: bool | None, warn: Callable[[str], None] | None = None) -> "Engine":
        """``closely``, or ``fast``; for None ``closely`` where the model was made with it. Raises as that does; with ``warn`` what was
        not asked for by name is then told to it, kept as ``close_problem``, and read fast."""
        if close is not None:
            return self.closely if close else self.fast
        if "close" not in self.bundle.manifest:
            return self.fast
        try:
            return self.closely
        except TriageError as error:
            if warn is None:
                raise
            self.fast.close_problem = str(error)
            warn(str(error))
            return self.fast

    @property
    def promised(self) -> float | None:
        """The largest share of wrong ones among what goes out by itself that the model promises; None when it promises none."""
        promise = self.numbers.get("promise")
        return float(promise["max_error"]) if promise and promise["auto"] else None

    @property
    def readings(self) -> tuple["Engine", ...]:
        """The readings that are loaded: the fast one, then the close one where it is."""
        close = self if self.encoder is not None else vars(self).get("closely")
        return (self.fast,) if close is None else (self.fast, close)

    def suspend(self, units: Set[str] | Mapping[str, str], *, alone: bool = False) -> None:
        """From now on these units, and only these, get nothing by themselves: UNIT, UNIT@town for the town unit in one town,
        or ``EVERYONE``; in a mapping also why, as ``decide`` says it. In both readings, unless in this one ``alone``.
        Raises UsageError for a unit that the engine does not know."""
        unknown = sorted(unit for unit in units if unit != EVERYONE and unit.partition("@")[0] not in self._router.units)
        if unknown:
            raise UsageError(f"no unit {', '.join(unknown)} to suspend. Use the codes of units.csv.", "unknown_unit")
        self.suspended = dict(units) if isinstance(units, Mapping) else frozenset(units)
        for other in () if alone else self.readings:
            other.suspended = self.suspended

    def labels(self, task: str) -> tuple[str, ...]:
        """What the engine can answer for a task (unit, item, type or urgency); a unit may also come from the table."""
        return self._router.units if task == "unit" else self._classifier.labels.get(task, ())

    def day(self, request: Request) -> date:
        """The day a request came in, in the city; today when that is not known or not a date."""
        moment = read_time(request.received_at) if request.received_at else None
        if moment is not None:
            # In the city's zone the first and the last day may lie outside of the calendar.
            with suppress(OverflowError):
                return (moment.astimezone(self._zone) if moment.tzinfo else moment).date()
        return self.now().date()

    def now(self) -> datetime:
        """The present time in the city."""
        return datetime.now(self._zone)

    def suggest(self, request: Request) -> Suggestion:
        """The suggestion for one request, with reasons. Raises RequestError when it cannot be read."""
        answer = self.suggest_many([request], thorough=True)[0]
        if isinstance(answer, RequestError):
            raise answer
        return self.explain(answer, request)

    def explain(self, suggestion: Suggestion, request: Request) -> Suggestion:
        """The suggestion with table rows and reasons filled in. ``suggest_many`` leaves them out: they cost more than all
        the rest."""
        return self._explainer.explain(suggestion, self.day(request))

    def opinions(self, requests: Sequence[Request]) -> list[Opinions]:
        """Who leads by the model alone, by the table alone, and by both, before facts, rules and refusals: how the parts
        of an answer compare. Raises RequestError for the first request that cannot be read."""
        readings = read_requests(requests, self._gazetteer)
        good = [reading for reading in readings if isinstance(reading, Reading)]
        for reading in readings:
            if isinstance(reading, RequestError):
                raise reading
        learnt = self._classifier([each.clean.title for each in good], [each.clean.text for each in good])
        days = [self.day(request) for request in requests]
        places = [self._router.standing(each.place, day) for each, day in zip(good, days, strict=True)]
        items = learnt.get("item")
        if items is not None:
            items = self._router.weigh_items(items, [request.caller_kind for request in requests], days)
        towns = [place.town for place in places]
        parts = [(learnt.get("unit"), None), (None, items), (learnt.get("unit"), items)]
        ranked = [self._router.candidates(self._router.weigh_units(*part, towns, days), places) for part in parts]
        return [Opinions(*each) for each in zip(*ranked, strict=True)]

    def suggest_many(self, requests: Sequence[Request], *, thorough: bool = False) -> list[Suggestion | RequestError]:
        """One answer per request, in order, without reasons; a request that cannot be read gets its error instead.

        Whether a request holds several matters is looked at only where it would go out by itself, which they forbid:
        decisions are the same for less than half of the work. ``thorough`` looks everywhere, for people to see."""
        return [answer for start in range(0, len(requests), _CHUNK) for answer in self._chunk(requests[start : start + _CHUNK], thorough)]

    def _chunk(self, requests: Sequence[Request], thorough: bool) -> list[Suggestion | RequestError]:
        read = zip(requests, read_requests(requests, self._gazetteer), strict=True)
        readings = [reading if isinstance(reading, RequestError) else self._refuse(request) or reading for request, reading in read]
        whole = ((request, reading) for request, reading in zip(requests, readings, strict=True) if isinstance(reading, Reading))
        rows = [(self._refusals.standing(request, self.day(request)) if request.refused else request, reading) for request, reading in whole]
        answers = iter(self._suggest([row[0] for row in rows], [row[1] for row in rows], thorough) if rows else ())
        return [reading if isinstance(reading, RequestError) else next(answers) for reading in readings]

    def _refuse(self, request: Request) -> RequestError | None:
        return self._overlaps.refuse(request.answers) or self._refusals.refuse(request.refused)

    def _suggest(self, requests: Sequence[Request], readings: Sequence[Reading], thorough: bool) -> list[Suggestion]:
        n = len(requests)
        weights = self._weigh(requests, readings)
        types = self._ranker.types(weights.types, n)
        alerts = self._ranker.alerts(weights.types, types)
        alarms = self._ranker.alarms(weights.urgency, n)
        items = self._ranker.items(weights.items, n)
        leads = self._router.candidates(weights.units, weights.places)
        looked = [thorough or (bool(units) and units[0].p >= self._lines.at(units[0].code)) for units in leads]
        several, questions = self._matters(requests, readings, weights, looked), self._questions(weights)
        more = ([questions.get(row, ()) for row in range(n)], [several.get(row, ()) for row in range(n)])
        rows = zip(requests, readings, types, alerts, alarms, items, leads, *more, strict=True)
        return [self._assemble(Row(*row), weights, index) for index, row in enumerate(rows)]

    def _weigh(self, requests: Sequence[Request], readings: Sequence[Reading]) -> Weights:
        """What model, table, clues, answers, rules and refusals together say of every request."""
        learnt = self._classifier([each.clean.title for each in readings], [each.clean.text for each in readings])
        days = [self.day(request) for request in requests]
        plain = [each.plain for each in readings]
        fired = self._rules.match(plain)
        clues = self._overlaps.clues(plain)
        settled = self._overlaps.settle(clues, [request.answers for request in requests], days)
        located = [self._router.standing(each.place, day) for each, day in zip(readings, days, strict=True)]
        places = [self._refusals.place(place, request.refused) for request, place in zip(requests, located, strict=True)]
        items = learnt.get("item")
        if items is not None:
            items = self._router.weigh_items(items, [request.caller_kind for request in requests], days)
            settled = self._overlaps.concerning(items, settled)
            items = self._overlaps.move_items(items, settled)
        units = self._router.weigh_units(learnt.get("unit"), items, [place.town for place in places], days)
        units = self._overlaps.move_units(units, items, settled, places, days)
        for row, codes in fired.items():
            units[row] = self._router.insist(units[row], self._rules.lead(codes), days[row])
        for row, request in enumerate(requests):
            if request.refused:
                known = items[row] if items is not None else None
                units[row] = self._refusals.move(units[row], known, request.refused, places[row], located[row], days[row])
        return Weights(items, units, learnt.get("type"), learnt.get("urgency"), places, days, fired, settled, {*fired, *clues}, plain)

    def _assemble(self, row: Row, weights: Weights, index: int) -> Suggestion:
        request, reading, place, day = row.request, row.reading, weights.places[index], weights.days[index]
        item = row.items[0].code if row.items else ""
        matches = self._rules.matches(weights.fired.get(index, {}), row.alerts, item)
        matches = soften(matches) if self._ranker.praises(row.type, row.alarm) else matches
        rules = (*matches, *self._refusals.matches(request.refused))
        urgency = self._ranker.urgency(row.alarm, [rule.level for rule in rules if rule.level])
        settled = weights.settled.get(index, ())
        facts = self._overlaps.facts(settled, place, day)
        before = self._router.standing(reading.place, day)
        questions = self._refusals.narrow(row.questions, request.refused, before, day)
        helpers: tuple[CoUnit, ...] = ()
        if row.units:
            lead = row.units[0].code
            first = self._overlaps.helpers(settled, lead, place, day)
            helpers = self._router.helpers(lead, [each.code for each in row.items], place, day, first)
            helpers = tuple(each for each in helpers if not self._refusals.forbid(request.refused, each, before, day))
        about = (row.units, rules, urgency, len(reading.plain), questions, len(row.matters))
        decision, why = decide(self.profile, self._thresholds, *about, self._lines, self.suspended, place.rivals)
        deadlines = self._deadlines(item, row.type[0], request.received_at)
        return Suggestion(
            request.id, row.type[0], row.type[1], row.items, row.units, helpers, place, urgency, rules, questions, row.matters, facts, deadlines,
            decision, why, reading.clean, self.versions,
        )  # fmt: skip

    def _deadlines(self, item: str, kind: str, received_at: str) -> tuple[Deadline, ...]:
        if self._limits is None or self.profile is None:
            return ()
        return self._limits.of(self.profile.items[item].kind if item else "", kind, received_at)

    def _questions(self, weights: Weights) -> dict[int, tuple[Question, ...]]:
        """What to ask the caller of each request that hinges on it."""
        if weights.items is None:
            return {}
        open_facts = self._overlaps.questions(weights.items, weights.units, weights.plain, weights.settled, weights.places, weights.days)
        open_places = self._router.wheres(weights.items, weights.units, weights.places, weights.days)
        return {row: tuple(each[row] for each in (open_facts, open_places) if row in each) for row in {*open_facts, *open_places}}

    def _matters(
        self, requests: Sequence[Request], readings: Sequence[Reading], whole: Weights, looked: Sequence[bool]
    ) -> dict[int, tuple[Matter, ...]]:
        """The matters of each request ``looked`` at that holds several with different leads. Each part is weighed as a request of
        its own; words that rules and clues know are looked for only in parts of requests that have some in the ``whole``."""
        cuts = matters.split_many([each.clean.text if here else "" for each, here in zip(readings, looked, strict=True)])
        parts = [(row, span) for row, spans in cuts.items() for span in spans]
        if not parts:
            return {}
        texts = [readings[row].clean.text[start:end] for row, (start, end) in parts]
        own = self._gazetteer.locate([""] * len(parts), texts)
        places = [place if place != NOWHERE else readings[row].place for place, (row, _) in zip(own, parts, strict=True)]
        plain = [text if row in whole.spoken else "" for text, (row, _) in zip(texts, parts, strict=True)]
        there = [Reading(*each) for each in zip(plain, [CleanText("", text) for text in texts], places, strict=True)]
        weights = self._weigh([replace(requests[row], answers={}, refused=()) for row, _ in parts], there)
        items, units = self._ranker.items(weights.items, len(parts)), self._router.candidates(weights.units, weights.places)
        found: dict[int, list[Matter]] = {}
        for (row, span), text, best, leads in zip(parts, texts, items, units, strict=True):
            if best and leads and leads[0].p >= matters.LIKELY:
                masked = [mask.Found(each.start, each.end, each.kind) for each in readings[row].clean.spans if each.field == "text"]
                start, end = (mask.origin(masked, place) for place in span)
                found.setdefault(row, []).append(Matter(start, end, text, best[0], leads[0]))
        return {row: tuple(each) for row, each in found.items() if len({(matter.unit.code, matter.unit.area) for matter in each}) > 1}


def _blame(loaded: bundle.Bundle, city: Profile | None, model: str | Path, error: Exception) -> TriageError:
    """The error of a model and a profile of which no engine can be made: the manifest's, unless it is sound without a profile."""
    if city is not None:
        with suppress(*_BROKEN):
            Engine(loaded, None)
            told = f"profile {city.code} cannot be used with model {model} ({error!r}). Undo its last change, and report this."
            return UsageError(told, "bad_profile")
    return BundleError(f"the manifest of model {model} does not hold together ({error!r}). Train it again (triage train).")


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
