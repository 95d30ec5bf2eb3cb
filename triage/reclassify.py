"""History classified again: what a new model, profile or taxonomy says of requests that have labels already, and what that changes.

Labels that a person confirmed are protected: what the engine says of them is counted apart, and never replaces them unless asked for.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from triage.answers import suggest
from triage.errors import TriageError
from triage.records import Request, Suggestion
from triage.suggest import Engine

_CHUNK = 512
_EXCERPT = 60
Pairs = Counter[tuple[str, str]]


class Label(NamedTuple):
    """A unit and an item by code. ``unit`` is CODE, or CODE@TOWN for the town unit in one town; "" where there is none, None where
    that is not known and not to be compared."""

    unit: str | None = ""
    item: str | None = ""


class Stored(NamedTuple):
    """A request with the label that it has. ``confirmed``: by a person. ``key``: of whoever stores it."""

    request: Request
    label: Label
    confirmed: bool = False
    key: int = 0


class Again(NamedTuple):
    """What the engine says now of a stored request; None where it cannot be read."""

    stored: Stored
    label: Label | None
    p: float = 0.0
    found: Suggestion | None = None

    @property
    def changed(self) -> bool:
        """Whether the unit or the item is another one. A label without a town is not changed by one."""
        old, new = self.stored.label, self.label
        return new is not None and not (same_unit(old.unit, new.unit) and old.item in (None, new.item))

    @property
    def pair(self) -> tuple[str, str]:
        """Old and new unit, the new one as precisely as the old one is told: a matrix shall not show a change where there is none."""
        old, new = self.stored.label.unit or "", (self.label.unit if self.label else "") or ""
        return old, old if same_unit(self.stored.label.unit, new) else new


@dataclass(frozen=True, slots=True)
class Sample:
    """One change, with reasons in words. Everything is masked."""

    id: str
    old: str
    new: str
    excerpt: str
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Outcome:
    """Counts of a run. ``units``, ``items``: old → new, of rows that are not protected, unchanged ones included; ``kept``: old → new unit
    of protected rows for which the engine says something else."""

    rows: int = 0
    unreadable: int = 0
    confirmed: int = 0
    changed: int = 0
    units: Pairs = field(default_factory=Counter)
    items: Pairs = field(default_factory=Counter)
    kept: Pairs = field(default_factory=Counter)
    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)


def same_unit(old: str | None, new: str | None) -> bool:
    """Whether two units are one, as far as the old one says."""
    return old is None or old == new or ("@" not in old and old == (new or "").partition("@")[0])


def reclassify(
    engine: Engine, rows: Iterable[Stored], as_of: str, told: Callable[[Again], object], *, protect: bool = True, samples: int = 3
) -> Outcome:
    """Asks the engine about every row and tells each, in order. Of every change of unit, up to ``samples`` rows get their reasons.

    ``protect``: rows that a person confirmed keep their label. ``as_of``: the day whose tables hold, for all rows: only then do they compare.
    """
    outcome = Outcome()
    for again in _answers(engine, iter(rows), as_of):
        outcome.rows += 1
        outcome.confirmed += again.stored.confirmed
        told(again)
        if again.label is None:
            outcome.unreadable += 1
            continue
        if again.stored.confirmed and protect:
            if again.changed:
                outcome.kept[again.pair] += 1
            continue
        outcome.changed += again.changed
        if again.stored.label.unit is not None:
            outcome.units[again.pair] += 1
        if again.stored.label.item is not None:
            outcome.items[again.stored.label.item, again.label.item or ""] += 1
        if again.changed:
            _sample(engine, again, outcome.samples, samples, as_of)
    return outcome


def per_label(pairs: Mapping[tuple[str, str], int]) -> dict[str, tuple[int, int, int, int]]:
    """Of each label: rows before, rows after, rows that left it, rows that came to it; most moved first."""
    before, after, left, came = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for (old, new), count in pairs.items():
        before[old] += count
        after[new] += count
        if old != new:
            left[old] += count
            came[new] += count
    names = sorted({*before, *after}, key=lambda name: (-left[name] - came[name], name))
    return {name: (before[name], after[name], left[name], came[name]) for name in names}


def label_of(found: Suggestion) -> Label:
    """The first candidates of a suggestion."""
    lead = found.units[0] if found.units else None
    unit = "" if lead is None else f"{lead.code}@{lead.area}" if lead.area else lead.code
    return Label(unit, found.items[0].code if found.items else "")


def _answers(engine: Engine, rows: Iterator[Stored], as_of: str) -> Iterator[Again]:
    while chunk := list(islice(rows, _CHUNK)):
        requests = [replace(each.request, received_at=as_of) for each in chunk]
        for stored, request, given in zip(chunk, requests, suggest(engine, requests), strict=True):
            found = _without_the_past(engine, request) if isinstance(given, TriageError) else given
            if found is None:
                yield Again(stored, None)
            else:
                yield Again(stored, label_of(found), found.units[0].p if found.units else 0.0, found)


def _without_the_past(engine: Engine, request: Request) -> Suggestion | None:
    """The answer to a request whose answers or refusals belong to older tables and are not known to the new ones."""
    if not request.answers and not request.refused:
        return None
    found = suggest(engine, [replace(request, answers={}, refused=())])[0]
    return found if isinstance(found, Suggestion) else None


def _sample(engine: Engine, again: Again, samples: dict[tuple[str, str], list[Sample]], most: int, as_of: str) -> None:
    assert again.label is not None and again.found is not None
    old, new = again.stored.label, again.label
    known = samples.setdefault(again.pair, [])
    if len(known) >= most:
        return
    full = engine.explain(again.found, replace(again.stored.request, received_at=as_of))
    reasons = tuple(reason.text for reason in full.units[0].reasons) if full.units else ()
    words = " ".join(f"{full.clean.title} {full.clean.text}".split())
    name = again.stored.request.id or str(again.stored.key)
    told = f"{old.unit or '无'} {old.item or ''}".strip(), f"{new.unit or '无'} {new.item or ''}".strip()
    known.append(Sample(name, *told, words[:_EXCERPT] + ("…" if len(words) > _EXCERPT else ""), reasons))
