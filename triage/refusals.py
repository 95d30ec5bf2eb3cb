"""Refusals 退单: who sent the request back is not asked again, and the coded reason says what changes for the others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt

from triage.errors import RequestError
from triage.locate import NOWHERE
from triage.overlaps import Overlaps
from triage.profile import Profile, RefusalReason
from triage.records import PLACE, CoUnit, Match, Place, Question, Refusal, Request
from triage.route import Router
from triage.succession import heirs

AREA, OVERLAP, ESCALATE = "area", "overlap", "escalate"
# Stands for a town that is not known any more; no town has this code.
_EARLIER = "?"
_OFTEN = 2
_LIKELY = 0.05
_SAME_DUTY = ("ask", "merge", "close")
_BY_HAND = ("consult", "ask", "merge", "close", ESCALATE)


class Refusals:
    """What refusals do to a request's probabilities, place and rules."""

    def __init__(self, profile: Profile | None, router: Router, overlaps: Overlaps) -> None:
        self._profile, self._router, self._overlaps = profile, router, overlaps
        self._reasons = profile.refusals if profile else {}

    def refuse(self, refused: Sequence[Refusal]) -> RequestError | None:
        """The error of a refusal that names an unknown unit, area or reason."""
        for each in refused:
            if each.unit not in self._router.units:
                return RequestError(f"refused: no unit {each.unit!r}. Use a code of units.csv.", "unknown_unit")
            if each.area and (self._profile is None or each.area not in self._profile.towns):
                return RequestError(f"refused: no town {each.area!r}. Use a code of towns.csv.", "unknown_town")
            if each.reason and (each.reason not in self._reasons or self._move(each) == ESCALATE):
                known = ", ".join(reason for reason, row in self._reasons.items() if row.move != ESCALATE)
                return RequestError(f"refused: no reason {each.reason!r}. Use one of {known or '(none: refusals.csv is missing)'}.", "unknown_reason")
        return None

    def standing(self, request: Request, day: date) -> Request:
        """The request with its refusals as they count on the day: a town that ended is the one that took it over. What a town
        refused without saying which, it refused before the caller told the place: it is not of that place."""
        return replace(request, refused=tuple(self._standing(each, PLACE in request.answers, day) for each in request.refused))

    def _standing(self, refusal: Refusal, answered: bool, day: date) -> Refusal:
        if self._profile is None:
            return refusal
        if not refusal.area:
            acts_for_towns = (self._profile.town_unit, *(town.unit for town in self._profile.towns.values()))
            return replace(refusal, area=_EARLIER) if answered and refusal.unit in acts_for_towns else refusal
        after = heirs(self._profile.towns, refusal.area, day)
        return replace(refusal, area=after[0]) if len(after) == 1 else refusal

    def place(self, place: Place, refused: Sequence[Refusal]) -> Place:
        """Nowhere, when the town that was believed to be the place has said that it is not."""
        return NOWHERE if any(self._move(each) == AREA and self._acts_for(each, place) for each in refused) else place

    def move(
        self,
        units: npt.NDArray[np.float32],
        items: npt.NDArray[np.float32] | None,
        refused: Sequence[Refusal],
        place: Place,
        before: Place,
        day: date,
    ) -> npt.NDArray[np.float32]:
        """(units,) probabilities without the refusing ones, or all 0 when nobody is left. They sum to 1 where a reason doubts
        the duty; where none does (信息不全 …) the others are as unlikely as they were. ``before``: the place as it was
        located, before a town denied it."""
        units = units.copy()
        refused = [replace(each, unit=heir) for each in refused for heir in self._heirs(each.unit, day)]
        gone = [self._router.column(each.unit) for each in refused if not self._may_stay(each, place, before)]
        for each in refused:
            column = self._router.column(each.unit)
            targets = [target for target in self._targets(each, items, place, day) if target not in gone]
            if column in gone and targets:
                share = units[targets] + 1e-3
                units[targets] += units[column] * share / share.sum()
                units[column] = 0.0
        units[gone] = 0.0
        total = units.sum()
        doubted = any(self._move(each) not in _SAME_DUTY for each in refused)
        return np.asarray(units / total if doubted and total > 0 else units)

    def matches(self, refused: Sequence[Refusal]) -> tuple[Match, ...]:
        """What each refusal asks of the operator, as rules; two of them ask for a decision above the units."""
        if not refused or self._profile is None:
            return ()
        names = {each.unit: self._profile.units[each.unit].short if each.unit in self._profile.units else each.unit for each in refused}
        plain = RefusalReason("退单", "none", "核对退单理由。", 0)
        rows = [(self._reasons.get(each.reason, plain), names[each.unit]) for each in refused]
        last = next((row for row in self._reasons.values() if row.move == ESCALATE), RefusalReason("两次退单", ESCALATE, "提级裁定承办单位。", 0))
        if len(refused) >= _OFTEN:
            rows.append((last, "、".join(dict.fromkeys(names.values()))))
        return tuple(
            Match(row.reason, f"退单: {row.reason}", "manual" if row.move in _BY_HAND else "suggest", "", unit, row.handling, "")
            for row, unit in rows
        )

    def forbid(self, refused: Sequence[Refusal], helper: CoUnit, before: Place, day: date) -> bool:
        """Whether a helper has refused, as that unit or as that town."""
        here = (each for each in refused if not helper.area or helper.area == (each.area or before.town))
        return any(helper.code in self._heirs(each.unit, day) for each in here)

    def narrow(self, questions: Sequence[Question], refused: Sequence[Refusal], before: Place, day: date) -> tuple[Question, ...]:
        """The questions without the answers that would give it to somebody who refused; none where one answer is left."""
        if not refused:
            return tuple(questions)
        gone = {
            (heir, each.area or (before.town if self._acts_for(each, before) else "")) for each in refused for heir in self._heirs(each.unit, day)
        }
        kept = []
        for question in questions:
            options = tuple(each for each in question.options if (each.unit, each.code if question.issue == PLACE else "") not in gone)
            if question.issue == PLACE:
                options = tuple(each for each in options if (each.unit, "") not in gone or self._is_town(each.unit))
            if len(options) > 1:
                kept.append(replace(question, options=options))
        return tuple(kept)

    def _is_town(self, unit: str) -> bool:
        return self._profile is not None and unit == self._profile.town_unit

    def _heirs(self, unit: str, day: date) -> tuple[str, ...]:
        """The unit, and whoever stands for it on the day: a refusal outlives a reorganisation."""
        after = heirs(self._profile.units, unit, day) if self._profile else ()
        return tuple(dict.fromkeys((unit, *(heir for heir in after if heir in self._router.units))))

    def _move(self, refusal: Refusal) -> str:
        return self._reasons[refusal.reason].move if refusal.reason in self._reasons else ""

    def _acts_for(self, refusal: Refusal, place: Place) -> bool:
        if self._profile is None or not place.town or refusal.area not in ("", place.town):
            return False
        return refusal.unit in (self._profile.town_unit, self._profile.towns[place.town].unit)

    def _may_stay(self, refusal: Refusal, place: Place, before: Place) -> bool:
        """Whether the unit stands for another town now than for the one that refused."""
        if self._profile is None or refusal.unit != self._profile.town_unit:
            return False
        return place.town != (refusal.area or before.town)

    def _targets(self, refusal: Refusal, items: npt.NDArray[np.float32] | None, place: Place, day: date) -> list[int]:
        if self._profile is None or items is None:
            return []
        likely = [self._router.items[column] for column in np.argsort(-items, kind="stable")[:3] if items[column] >= _LIKELY]
        move = self._move(refusal)
        found: Sequence[str] = ()
        if move == AREA:
            mine = [item for item in likely if self._router.leads(item, place.town, day) == refusal.unit]
            found = [self._router.leads(item, town, day) for item in mine for town in ("", *self._profile.towns) if town != place.town]
        elif move == OVERLAP:
            found = self._overlaps.rivals(likely, place, day) or [
                unit.unit for item in likely[:1] for unit in self._profile.helpers(item, place.town, day)
            ]
        return [self._router.column(unit) for unit in dict.fromkeys(found) if unit and unit != refusal.unit]
