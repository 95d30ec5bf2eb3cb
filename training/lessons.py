"""What a profile teaches without any history: the names and keywords of its items, and the names, duties and keywords of its units.

Each is a short text with a label, so that rare items and units can be reached by the words the city itself uses for them.
They are learnt from and never held out.
"""

from dataclasses import dataclass, replace
from datetime import date

from triage import normalize
from triage.profile import Profile


@dataclass(frozen=True, slots=True)
class Lesson:
    """A short text and what it stands for; ``item`` is empty where only the unit is known. ``keyword``: one of an item's."""

    text: str
    unit: str
    item: str = ""
    keyword: bool = False


def lessons(profile: Profile | None, day: date) -> list[Lesson]:
    """All lessons of a profile as it stands on ``day``; none without a profile."""
    if profile is None:
        return []
    found = []
    for leaf in profile.leaves():
        lead = profile.lead(leaf, "", day)
        if lead is not None:
            names = " ".join(profile.items[code].name for code in profile.path(leaf))
            found.append(Lesson(names, lead.unit, leaf))
            found += [Lesson(text, lead.unit, leaf, True) for text in profile.items[leaf].keywords]
    for unit in profile.units.values():
        if unit.accepts != "no" and day in unit.period:
            found += [Lesson(text, unit.code) for text in dict.fromkeys((unit.name, unit.short, *unit.aliases, *unit.duties, *unit.keywords))]
    texts = normalize.normalize([lesson.text for lesson in found])
    return [replace(lesson, text=text) for text, lesson in zip(texts, found, strict=True)]
