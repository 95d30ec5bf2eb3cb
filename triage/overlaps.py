"""Disputed duties 职能交叉: a fact decides who leads. The text may tell it, the caller may have answered, or it must be asked.

A clue in the text moves probability to the answer it speaks for: of the issue's own share as much as the clue is trusted,
of the rest as much again as it hints at the issue at all; both were fitted on held-out rows (``pool["clue"]``,
``pool["hint"]``). What a caller answered decides.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage.classify import Probabilities
from triage.errors import RequestError
from triage.patterns import Pattern, Patterns
from triage.profile import Overlap, Profile
from triage.records import PLACE, Fact, Option, Place, Question
from triage.succession import heirs, relatives

_ANSWERED = 0.98
_CONCERNED, _RAISED = 0.3, 0.1
_UNRELATED = 0.02
_DECIDED = 0.97
_SURE = 0.97
_CHOICE = 2


class Settled(NamedTuple):
    """The answer that holds for an issue: the caller's own, or one that the text speaks for."""

    row: Overlap
    answered: bool
    words: str = ""


class Overlaps:
    """The disputed duties of a profile. ``items`` and ``units`` name the columns of the probabilities they work on; ``trust``
    and ``hint`` (0 to 1) say how far a clue in the text is believed, and how far it speaks for the issue itself."""

    def __init__(self, profile: Profile | None, items: Sequence[str], units: Sequence[str], trust: float, hint: float = 0.0) -> None:
        self._profile, self.trust, self.hint = profile, trust, hint
        rows = profile.overlaps if profile else ()
        words = profile.words.values() if profile else ()
        self._patterns = Patterns((Pattern(row.code, row.clues, row.unless) for row in rows), words)
        topics = {row.issue: row.topic for row in rows}
        self._topics = Patterns((Pattern(issue, topic) for issue, topic in topics.items()), words)
        self._rows = {row.code: row for row in rows}
        self._units = {unit: column for column, unit in enumerate(units)}
        places = {item: column for column, item in enumerate(items)}
        self._columns = {row.code: _columns_of(profile, row, places) for row in rows}
        self._issues: dict[str, list[Overlap]] = defaultdict(list)
        for row in rows:
            self._issues[row.issue].append(row)
        self._issue_columns = {issue: _union([self._columns[row.code] for row in mine]) for issue, mine in self._issues.items()}
        self._membership = np.zeros((len(items), len(self._issues)), dtype=np.float32)
        for column, columns in enumerate(self._issue_columns.values()):
            self._membership[columns, column] = 1.0

    def refuse(self, answers: Mapping[str, str]) -> RequestError | None:
        """The error of answers to a question that does not exist, or that are none of its options."""
        for issue, code in answers.items():
            options = self._options(issue)
            if not options:
                return RequestError(f"answers: no question {issue!r}. Use {PLACE} or an issue of overlaps.csv.", "unknown_question")
            if code not in options:
                known = ", ".join(dict.fromkeys(options.values()))
                return RequestError(f"answers: {code!r} is no answer to {issue!r}. Use one of {known}.", "unknown_answer")
        return None

    def _options(self, issue: str) -> dict[str, str]:
        """Code or wording of each answer to a question → its code; empty for an unknown question."""
        if issue == PLACE:
            towns = self._profile.towns.values() if self._profile else ()
            return {name: town.code for town in towns for name in (town.code, town.name, town.short)}
        return {name: row.code for row in self._issues.get(issue, ()) for name in (row.code, row.answer)}

    def clues(self, texts: Sequence[str]) -> dict[int, dict[str, str]]:
        """Text index → code of each answer that the text speaks for → the words it does so by."""
        return self._patterns.match(texts)

    def settle(self, fired: Mapping[int, Mapping[str, str]], answers: Sequence[Mapping[str, str]], days: Sequence[date]) -> dict[int, list[Settled]]:
        """Row → what is settled by ``clues`` and ``answers``. A text that speaks for two answers settles nothing."""
        settled: dict[int, list[Settled]] = {}
        for index in sorted({*fired, *(index for index, each in enumerate(answers) if each)}):
            given = [self._rows[self._options(issue)[code]] for issue, code in answers[index].items() if issue != PLACE]
            told = [row for row in given if days[index] in row.period]
            found = [Settled(row, True) for row in told]
            spoken: dict[str, list[Overlap]] = defaultdict(list)
            words = fired.get(index, {})
            for code in words:
                row = self._rows[code]
                if days[index] in row.period and row.issue not in answers[index]:
                    spoken[row.issue].append(row)
            found += [Settled(rows[0], False, words[rows[0].code]) for rows in spoken.values() if len(rows) == 1]
            if found:
                settled[index] = found
        return settled

    def concerning(self, items: Probabilities, settled: Mapping[int, Sequence[Settled]]) -> dict[int, list[Settled]]:
        """What is settled without the answers to questions that were never open: they decide nothing and are no facts."""
        kept = {index: [each for each in facts if not each.answered or self._concerned(items[index], each.row)] for index, facts in settled.items()}
        return {index: facts for index, facts in kept.items() if facts}

    def move_items(self, items: Probabilities, settled: Mapping[int, Sequence[Settled]]) -> Probabilities:
        """The item probabilities with each settled issue's share on the items of its answer."""
        if not settled or not len(self._columns):
            return items
        items = items.copy()
        for index, facts in settled.items():
            for row, answered, _ in facts:
                target = self._columns[row.code]
                if len(target) and (not answered or self._concerned(items[index], row)):
                    shares = np.full(items.shape[1], _ANSWERED if answered else self.trust * self.hint, dtype=np.float32)
                    shares[self._issue_columns[row.issue]] = _ANSWERED if answered else self.trust
                    shares[target] = 0.0
                    among = items[index, target] + 1e-4
                    moved = shares * items[index]
                    items[index] -= moved
                    items[index, target] += moved.sum() * among / among.sum()
        return items

    def move_units(
        self,
        units: Probabilities,
        items: Probabilities | None,
        settled: Mapping[int, Sequence[Settled]],
        places: Sequence[Place],
        days: Sequence[date],
    ) -> Probabilities:
        """The unit probabilities with each settled issue's share on its lead."""
        if not settled:
            return units
        units = units.copy()
        for index, facts in settled.items():
            for row, answered, _ in facts:
                lead = self._units.get(self._lead(row, places[index].town, days[index]), -1)
                mass = float(items[index, self._issue_columns[row.issue]].sum()) if items is not None else 1.0
                sure = _ANSWERED if items is None or self._concerned(items[index], row) else 0.0
                share = sure if answered else self.trust * (mass + self.hint * (1 - mass))
                if lead >= 0:
                    units[index] *= 1 - share
                    units[index, lead] += share
        return units

    def questions(
        self,
        items: Probabilities,
        units: Probabilities,
        texts: Sequence[str],
        settled: Mapping[int, Sequence[Settled]],
        places: Sequence[Place],
        days: Sequence[date],
    ) -> dict[int, Question]:
        """Row → what to ask the caller, where its likely items belong to one issue, nothing settles it, and its answers
        would give the request to different units. Where its topic words stand in the text, less is likely enough."""
        if not self._issues:
            return {}
        names = list(self._issues)
        masses = items @ self._membership
        maybe = np.flatnonzero((masses.max(axis=1) >= _RAISED) & (units.max(axis=1) < _SURE)).tolist()
        found_topics = self._topics.match([texts[row] for row in maybe])
        raised = {maybe[index]: set(found) for index, found in found_topics.items()}
        enough = np.full(masses.shape, _CONCERNED, dtype=np.float32)
        for row, issues in raised.items():
            enough[row, [names.index(issue) for issue in issues]] = _RAISED
        masses[masses < enough] = 0.0
        open_rows = np.flatnonzero((masses.max(axis=1) > 0) & (units.max(axis=1) < _SURE))
        asked = {}
        for row in open_rows.tolist():
            known = {each.row.issue for each in settled.get(row, ())}
            likely = [column for column in np.argsort(-masses[row]) if masses[row, column] > 0 and names[column] not in known]
            for column in likely[:1]:
                named = names[column] in raised.get(row, ())
                found = self._question(names[column], items[row], named, places[row], days[row])
                if found is not None:
                    asked[row] = found
        return asked

    def _question(self, issue: str, items: npt.NDArray[np.float32], named: bool, place: Place, day: date) -> Question | None:
        rows = [row for row in self._issues[issue] if day in row.period]
        if len({self._lead(row, place.town, day) for row in rows}) < _CHOICE:
            return None
        # A text that names the topic and no deciding fact leaves it open, however sure the model is of the usual answer.
        if not named and self._one_lead(rows, items, place, day):
            return None
        return Question(issue, rows[0].question, tuple(self._option(row, place, day) for row in rows))

    def helpers(self, settled: Sequence[Settled], lead: str, place: Place, day: date) -> tuple[tuple[str, str], ...]:
        """Who helps ``lead`` by the settled duties that it leads: unit and row (file:row)."""
        found: dict[str, str] = {}
        for each in settled:
            if self._profile is not None and self._lead(each.row, place.town, day) == lead:
                for unit in each.row.helpers:
                    for heir in heirs(self._profile.units, unit, day):
                        found.setdefault(self._profile.acting(heir, place.town, day), f"overlaps.csv:{each.row.row}")
        return tuple((unit, row) for unit, row in found.items() if unit != lead)

    def facts(self, settled: Sequence[Settled], place: Place, day: date) -> tuple[Fact, ...]:
        """What is settled, as a suggestion says it."""
        return tuple(
            Fact(each.row.issue, each.row.answer, each.words, self._lead(each.row, place.town, day), _basis(each.row), f"overlaps.csv:{each.row.row}")
            for each in settled
        )

    def rivals(self, items: Sequence[str], place: Place, day: date) -> tuple[str, ...]:
        """Units that lead under another answer to an issue one of ``items`` belongs to."""
        issues = {row.issue for row in self._rows.values() if set(row.items) & set(items)}
        leads = (self._lead(row, place.town, day) for row in self._rows.values() if row.issue in issues and day in row.period)
        return tuple(dict.fromkeys(lead for lead in leads if lead))

    def _one_lead(self, rows: Sequence[Overlap], items: npt.NDArray[np.float32], place: Place, day: date) -> bool:
        """Whether one unit leads under the answers that are likely."""
        shared = np.bincount(np.concatenate([self._columns[row.code] for row in rows]), minlength=len(items))
        shares: dict[str, float] = defaultdict(float)
        for row in rows:
            columns = self._columns[row.code]
            shares[self._lead(row, place.town, day)] += float((items[columns] / shared[columns]).sum())
        return max(shares.values()) >= _DECIDED * sum(shares.values())

    def _concerned(self, items: npt.NDArray[np.float32], row: Overlap) -> bool:
        """Whether the request may be about the issue at all: an answer to a question that was never open decides nothing."""
        return float(items[self._issue_columns[row.issue]].sum()) >= _UNRELATED

    def _lead(self, row: Overlap, town: str, day: date) -> str:
        assert self._profile is not None
        after = heirs(self._profile.units, row.lead, day)
        return self._profile.acting(after[0], town, day) if len(after) == 1 else ""

    def _option(self, row: Overlap, place: Place, day: date) -> Option:
        assert self._profile is not None
        lead = self._lead(row, place.town, day)
        name = place.name if place.town and lead == self._profile.town_unit else self._profile.units[lead].name if lead else ""
        return Option(row.code, row.answer, lead, name)


def _union(columns: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    return np.unique(np.concatenate(columns))


def _basis(row: Overlap) -> str:
    return row.basis if row.confirmed else "、".join(filter(None, (row.basis, "待市确认")))


def _columns_of(profile: Profile | None, row: Overlap, places: Mapping[str, int]) -> npt.NDArray[np.int64]:
    """Columns of a row's items, with what they became and came from: the matter stays the same."""
    items = relatives(profile.items, row.items) if profile else row.items
    return np.array(sorted(places[item] for item in items if item in places), dtype=np.int64)
