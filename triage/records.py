"""What flows through the engine. All records are frozen; stages return new ones.

Probabilities lie in [0, 1]. Offsets count Unicode characters of the text as received, end excluded. An empty string or
tuple means "not known" or "does not apply", never "no".
"""

from dataclasses import dataclass
from typing import Literal

Decision = Literal["auto", "suggest", "manual"]
FIELDS = ("caller_kind", "place", "channel", "received_at")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as received. Only ``text`` or ``title`` is needed; the rest helps when a hotline already knows it.

    ``caller_kind`` 个人 or 企业; ``place`` a town code, name or address; ``received_at`` an ISO 8601 date or time,
    which picks the rows of dated tables.
    """

    text: str
    title: str = ""
    id: str = ""
    caller_kind: str = ""
    place: str = ""
    channel: str = ""
    received_at: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the received ``field`` (title or text) that was masked, and what it was."""

    field: Literal["title", "text"]
    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class CleanText:
    """Title and text without personal data, in simplified characters and half-width forms."""

    title: str
    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, in words a clerk can check. ``kind``: phrase, table, place or model."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ItemCandidate:
    """An item 事项 with its names from the root down. ``level`` is how deep the probability carries: 1 for a domain,
    the depth of the tree for the leaf itself."""

    code: str
    path: tuple[str, ...]
    p: float
    level: int


@dataclass(frozen=True, slots=True)
class UnitCandidate:
    """A unit 承办单位 that could lead. ``area`` is the town when the unit is "the town concerned". ``row`` names the
    responsibility row (file:row) that gives the unit this duty, or is empty when only history speaks for it."""

    code: str
    name: str
    role: str
    area: str
    p: float
    row: str = ""
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class CoUnit:
    """A unit that helps 协办 the first candidate, in the table's order."""

    code: str
    name: str
    area: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the matter is: the town's code and name, its area class, and the words that say so."""

    town: str = ""
    name: str = ""
    area: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A rule of the profile that fired, with the words it fired on and what it asks of the operator."""

    code: str
    name: str
    kind: str
    level: str
    words: str
    handling: str
    transfer: str


@dataclass(frozen=True, slots=True)
class Versions:
    """What produced a suggestion: engine, model and profile, each with its version."""

    engine: str
    model: str
    profile: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Everything the engine has to say about one request."""

    id: str
    type: str
    type_p: float
    items: tuple[ItemCandidate, ...]
    units: tuple[UnitCandidate, ...]
    co_units: tuple[CoUnit, ...]
    place: Place
    urgency: str
    rules: tuple[Match, ...]
    decision: Decision
    why: str
    clean: CleanText
    versions: Versions
