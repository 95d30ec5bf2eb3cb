"""What flows through the engine. All records are frozen; stages return new ones.

Probabilities lie in [0, 1]. Offsets count Unicode characters of the text as received, end excluded. An empty string or
tuple means "not known" or "does not apply", never "no".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Decision = Literal["auto", "suggest", "manual"]
FIELDS = ("caller_kind", "place", "channel", "received_at")
PLACE = "place"
CALLERS = ("个人", "企业")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A unit that sent the request back 退单, and the coded reason (refusals.csv). ``area``: the town it acted for."""

    unit: str
    reason: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as received. Only ``text`` or ``title`` is needed; the rest helps when a hotline already knows it.

    ``caller_kind`` 个人 or 企业; ``place`` a town code, name or address; ``received_at`` an ISO 8601 date or time,
    which picks the rows of dated tables. ``answers`` holds what the caller answered: the issue of a question and the
    code of one of its options. ``refused`` lists who sent the request back, in order.
    """

    text: str
    title: str = ""
    id: str = ""
    caller_kind: str = ""
    place: str = ""
    channel: str = ""
    received_at: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the received ``field`` (title or text), and what it is: the kind of personal data that was masked
    there, or a phrase."""

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
    """Why, in words a clerk can check. ``kind``: phrase, table, fact, place or model. ``spans``: where in the text as received
    the phrases stand."""

    kind: str
    text: str
    spans: tuple[Span, ...] = ()


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
    """Where the matter is: the town's code and name, its area class, and the words that say so. ``rivals``: names of other towns
    that the text names as often."""

    town: str = ""
    name: str = ""
    area: str = ""
    evidence: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()


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
class Deadline:
    """By when a ``stage`` of the work must be done: the ``limit`` in words (15个工作日), and ``due``, an ISO 8601 time
    with offset. Where ``due`` is empty, ``note`` says why; else ``note`` is empty."""

    code: str
    stage: str
    limit: str
    due: str
    basis: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """An answer to a question: its code, its words, and the unit that would then lead."""

    code: str
    answer: str
    unit: str
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """A fact that decides who leads and that the text leaves open. ``issue`` and the code of an option go back in
    ``Request.answers``."""

    issue: str
    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A disputed duty that is settled: which ``answer`` holds, by the caller's word (``words`` empty) or by ``words`` of the
    text, the unit that leads then, and the row (file:row) that says so."""

    issue: str
    answer: str
    words: str
    unit: str
    basis: str
    row: str


@dataclass(frozen=True, slots=True)
class Matter:
    """One of several matters in a request: a stretch of its text as received, its words without personal data, the
    likeliest item and the lead."""

    start: int
    end: int
    text: str
    item: ItemCandidate
    unit: UnitCandidate


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
    questions: tuple[Question, ...]
    matters: tuple[Matter, ...]
    facts: tuple[Fact, ...]
    deadlines: tuple[Deadline, ...]
    decision: Decision
    why: str
    clean: CleanText
    versions: Versions
