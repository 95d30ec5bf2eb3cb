"""Suggestions without a model: masked text, the place, and what the profile's rules say. People decide; nothing stands still."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from triage.errors import RequestError, TriageError
from triage.locate import Gazetteer
from triage.locations import resolve
from triage.profile import Profile
from triage.read import Reading, read_requests
from triage.records import Match, Request, Suggestion, UnitCandidate, Versions
from triage.rules import RANK, Rules
from triage.suggest import engine_version, load_profile

NO_MODEL = "none"
WHY = "没有可用的模型: 只按规则提示, 须人工分办"
_SURE = 0.9  # what a rule's lead gets with a model, too


class ByRules:
    """Answers like an engine, with the rules of a profile alone, or with none at all."""

    def __init__(self, city: Profile | None) -> None:
        self.profile = city
        self._rules, self._gazetteer = Rules(city), Gazetteer(city)
        self._zone = ZoneInfo(city.timezone) if city else None
        self.versions = Versions(engine_version(), NO_MODEL, f"{city.code}@{city.version}+{city.fingerprint}" if city else NO_MODEL)

    @property
    def fast(self) -> "ByRules":
        """Itself: rules cost nothing."""
        return self

    def now(self) -> datetime:
        """The present time in the city."""
        return datetime.now(self._zone)

    def suggest(self, request: Request) -> Suggestion:
        """What the rules say. Raises RequestError for a request that cannot be read."""
        answer = self.suggest_many([request])[0]
        if isinstance(answer, RequestError):
            raise answer
        return answer

    def suggest_many(self, requests: Sequence[Request], *, thorough: bool = False) -> list[Suggestion | RequestError]:  # noqa: ARG002 - an engine's form
        """One answer per request, in order; a request that cannot be read gets its error instead."""
        readings = read_requests(requests, self._gazetteer)
        fired = self._rules.match([each.plain if isinstance(each, Reading) else "" for each in readings])
        return [
            self._say(request, reading, fired.get(row, {})) if isinstance(reading, Reading) else reading
            for row, (request, reading) in enumerate(zip(requests, readings, strict=True))
        ]

    def explain(self, suggestion: Suggestion, request: Request) -> Suggestion:  # noqa: ARG002 - an engine needs the request
        """The same: rules are their own reason."""
        return suggestion

    def _say(self, request: Request, reading: Reading, fired: Mapping[str, str]) -> Suggestion:
        rules = self._rules.matches(fired, (), "")
        lead = self._rules.lead(fired)
        units = (UnitCandidate(lead, self._name(lead), "主办", "", _SURE),) if lead else ()
        return Suggestion(
            request.id, "", 0.0, (), units, (), reading.place, _urgency(rules), rules, (), (), (), (), "manual", WHY, reading.clean, self.versions
        )

    def _name(self, unit: str) -> str:
        return self.profile.units[unit].name if self.profile and unit in self.profile.units else unit


def load(profile: str, model: str) -> ByRules:
    """With the named profile, else the one of the model's manifest; without one where neither can be read."""
    with suppress(TriageError, OSError, ValueError, KeyError):
        name = profile or json.loads((resolve("models", model) / "manifest.json").read_text(encoding="utf-8"))["profile"]["code"]
        return ByRules(load_profile(name))
    return ByRules(None)


def _urgency(rules: Sequence[Match]) -> str:
    return max((rule.level for rule in rules if rule.level), key=lambda level: RANK.get(level, 0), default="一般")
