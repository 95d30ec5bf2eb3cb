"""Which town a request is about: names, aliases and misspellings of towns, and villages, roads and spots inside them.

A longer word that merely contains a town's name (下水口, 长沙市) hides it. When several towns are named the one named
most often wins, a full name (水口镇) counting twice, then the one named first; others named as often are its
rivals, and a person must look. What the hotline already knows wins over the text.
"""

from collections import defaultdict
from collections.abc import Sequence

from triage.find import Finder, Hit
from triage.profile import Profile
from triage.records import Place

NOWHERE = Place()


class Gazetteer:
    """The places of a profile, ready to find."""

    def __init__(self, profile: Profile | None) -> None:
        self._towns = profile.towns if profile else {}
        owner: dict[str, tuple[str, int]] = {}
        for town in self._towns.values():
            for name in (*town.aliases, *town.misspellings, town.short):
                owner[name] = (town.code, 1)
            owner[town.name] = (town.code, 2)
            owner.update(dict.fromkeys(town.homonyms, ("", 0)))
        for place in profile.places if profile else ():
            owner.setdefault(place.name, (place.town, 1))
        self._owners = list(owner.values())
        self._finder = Finder(list(owner))

    def locate(self, known: Sequence[str], texts: Sequence[str]) -> list[Place]:
        """One place per text; ``known`` holds what the hotline already knows (a code, a name, an address) or ""."""
        places = [NOWHERE] * len(texts)
        for index, hits in self._finder.find(texts).items():
            places[index] = self._best(hits)
        given = {index: place for index, place in enumerate(known) if place}
        if given:
            found = self._finder.find(list(given.values()))
            for order, (index, value) in enumerate(given.items()):
                if value in self._towns:
                    places[index] = self._place(value, (value,))
                elif self._best(found.get(order, ())) != NOWHERE:
                    places[index] = self._best(found[order])
        return places

    def _best(self, hits: Sequence[Hit]) -> Place:
        scores: dict[str, int] = defaultdict(int)
        evidence: dict[str, list[str]] = defaultdict(list)
        for hit in hits:
            town, weight = self._owners[hit.word]
            if town:
                scores[town] += weight
                evidence[town].append(self._finder.words[hit.word])
        if not scores:
            return NOWHERE
        best = max(scores, key=lambda town: scores[town])
        rivals = tuple(self._towns[town].name for town in scores if town != best and scores[town] == scores[best])
        return self._place(best, tuple(dict.fromkeys(evidence[best])), rivals)

    def _place(self, code: str, evidence: tuple[str, ...], rivals: tuple[str, ...] = ()) -> Place:
        town = self._towns[code]
        return Place(code, town.name, town.area, evidence, rivals)
