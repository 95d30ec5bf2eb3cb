"""Hot topics: groups of requests of a period that are about one matter, whoever tells it and in whatever words.

What a request says are its words (title twice), its item and its town, a word each; ``alike`` groups them. A topic has at least ``LEAST``
requests of at least ``PEOPLE`` callers; a caller without a mark is taken for somebody else each time. Topics with most callers, and most
alike, come first. Confidential requests have no text here and are in no topic. At most ``MOST`` requests are read, the newest of the period.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import duckdb

from service.analysis import alike, words
from service.analysis.question import DIMENSIONS
from triage.segment import Segmenter

LEAST, PEOPLE = 5, 3
MOST = 20_000
_REST = 4000
"""So many other texts, evenly over the period, say what is usual."""
_START = 160


@dataclass(frozen=True, slots=True)
class Told:
    """A request as a topic needs it. ``caller`` "" is not known; codes "" neither."""

    id: int
    day: date
    text: str
    title: str = ""
    caller: str = ""
    town: str = ""
    item: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """``n`` requests from ``people`` known callers and ``unknown`` requests without a mark; ``towns`` with their requests, most first;
    ``unit`` and ``item``: the commonest, "" for none; ``typical``: the most central; ``requests``: all ids, the most central first;
    ``close``: how alike, 0 to 1."""

    phrases: tuple[str, ...]
    n: int
    people: int
    unknown: int
    first: date
    last: date
    towns: tuple[tuple[str, int], ...]
    unit: str
    item: str
    typical: Told
    requests: tuple[int, ...]
    close: float

    @property
    def start(self) -> str:
        """How its most central request begins: its first 160 characters."""
        words = f"{self.typical.title} {self.typical.text}".strip()
        return words if len(words) <= _START else f"{words[:_START]}…"

    @property
    def mark(self) -> str:
        """The same as long as its most central request is."""
        return sha256(f"topic\x00{self.typical.id}".encode()).hexdigest()[:16]

    @property
    def nowhere(self) -> int:
        """Requests without a town."""
        return self.n - sum(n for _, n in self.towns)

    @property
    def persons(self) -> int:
        """At most so many people: who has no mark is somebody else each time."""
        return self.people + self.unknown


_QUERY = f"""
SELECT id, day, text, title, caller, town, {DIMENSIONS["item"].sql}, coalesce(nullif(final_unit, ''), last_unit) FROM facts
WHERE day BETWEEN ? AND ? AND text <> '' AND NOT confidential ORDER BY id DESC LIMIT ?
"""  # noqa: S608 - of the table of dimensions


def told(connection: duckdb.DuckDBPyConnection, since: date, until: date, most: int = MOST) -> list[Told]:
    """The requests of a period with a text, in the order of their numbers; of more than ``most`` the newest."""
    rows = connection.execute(_QUERY, [since, until, most]).fetchall()
    return [Told(*row) for row in reversed(rows)]


def between(connection: duckdb.DuckDBPyConnection, since: date, until: date) -> list[Topic]:
    """The topics of a period, both days included."""
    return find(told(connection, since, until))


def find(requests: Sequence[Told], segmenter: Segmenter | None = None) -> list[Topic]:
    """The topics of requests, the hottest first. The same requests in the same order give the same topics."""
    segmenter = segmenter or Segmenter()
    texts = [(words.cut(each.title, segmenter), words.cut(each.text, segmenter)) for each in requests]
    bags = [words.bag(title, text) | _codes(each) for each, (title, text) in zip(requests, texts, strict=True)]
    groups = [each for each in alike.groups(bags, LEAST) if len(callers([requests[place] for place in each.members])) >= PEOPLE]
    usual = {place: _said(texts[place]) for place in range(0, len(texts), max(1, len(texts) // _REST))} if groups else {}
    outside = words.counted(usual.values())
    found = []
    for group in groups:
        members = [requests[place] for place in group.members]
        own = words.counted(usual[place] for place in group.members if place in usual)
        rest = len(usual) - sum(place in usual for place in group.members)
        inside = [_said(texts[place]) for place in group.members]
        phrases = words.telling(inside, [each.caller for each in members], outside, rest, own)
        found.append(_topic(members, group.close, phrases))
    return sorted(found, key=lambda each: (-each.persons * each.close, each.typical.id))


def callers(requests: Sequence[Told]) -> set[object]:
    """Marks of callers; for a request without one its number."""
    return {each.caller or each.id for each in requests}


def _codes(each: Told) -> dict[str, float]:
    return {f"{sort} {code}": 1.0 for sort, code in (("item", each.item), ("town", each.town)) if code}


def _said(text: tuple[words.Words, words.Words]) -> set[str]:
    """The phrases of a request, none with what may be a person's name."""
    return words.phrases(words.nameless(text[0])) | words.phrases(words.nameless(text[1]))


def _topic(members: Sequence[Told], close: float, phrases: tuple[str, ...]) -> Topic:
    people = {each.caller for each in members if each.caller}
    days = [each.day for each in members]
    return Topic(
        phrases, len(members), len(people), sum(not each.caller for each in members), min(days), max(days), _common([each.town for each in members]),
        _first([each.unit for each in members]), _first([each.item for each in members]), members[0], tuple(each.id for each in members), close,
    )  # fmt: skip


def _common(codes: Sequence[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(code for code in codes if code)
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _first(codes: Sequence[str]) -> str:
    found = _common(codes)
    return found[0][0] if found else ""
