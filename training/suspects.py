"""Doubted labels as rows for people to decide: where they stand, what is suggested instead, and by what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from training.clean import Corpus
from training.doubts import Doubt, alike
from training.held_out import Verdicts
from training.history import Record
from triage.errors import RequestError
from triage.locate import Gazetteer
from triage.profile import Profile
from triage.read import read_requests

MODEL, CONFLICT, UNKNOWN = "疑似派错", "重复件标签不一致", "标签不在城市表中"
KINDS = (MODEL, CONFLICT, UNKNOWN)


class Stranger(NamedTuple):
    """A label that the profile lacks, taken off the record at ``place`` before anything was learnt."""

    place: int
    task: str
    label: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label of one row that is probably wrong. ``source``: file:row. ``p``, ``p_given``: probability of the suggested and of
    the given label, by a model that had not seen the row; None where there is none. ``share``: how likely it is wrong, 0 to 1.
    ``votes``: rows with the given and with the suggested label among its near-duplicates; ``twins``: some of the latter.
    ``like``: rows with the suggested label that it resembles most. ``title``, ``text``: masked, empty unless asked for."""

    source: str
    id: str
    time: datetime | None
    task: str
    given: str
    suggested: str
    p: float | None
    p_given: float | None
    share: float
    kinds: tuple[str, ...]
    votes: tuple[int, int] = (0, 0)
    twins: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    title: str = ""
    text: str = ""


def doubted(task: str, some: Sequence[Doubt], verdicts: Verdicts, corpus: Corpus, records: Sequence[Record]) -> list[Suspect]:
    """The doubts of one task."""
    verdict = verdicts.tasks[task]

    def sources(rows: Sequence[int]) -> tuple[str, ...]:
        return tuple(records[corpus.origin[row]].source for row in rows)

    found = []
    for doubt, like in zip(some, alike(verdicts, verdict, some, corpus.groups), strict=True):
        record = records[corpus.origin[doubt.row]]
        kinds = (*((MODEL,) if doubt.by_model else ()), *((CONFLICT,) if doubt.twins else ()))
        chances = verdict.p(doubt.row, doubt.suggested), verdict.p(doubt.row, doubt.given)
        labels = (task, doubt.given, doubt.suggested)
        one = Suspect(record.source, record.request.id, record.time, *labels, *chances, doubt.share, kinds)
        found.append(replace(one, votes=doubt.votes, twins=sources(doubt.twins), like=sources(like)))
    return found


def strange(strangers: Sequence[Stranger], verdicts: Verdicts, corpus: Corpus, records: Sequence[Record], profile: Profile | None) -> list[Suspect]:
    """Labels that the profile lacks: certainly no codes of it. Suggested is the unit of that name, else what the model says
    where the row carries another label, so that it was read."""
    units = profile.units.values() if profile is not None else ()
    named = {name: unit.code for unit in units for name in (unit.name, unit.short, *unit.aliases)}
    rows = {place: row for row, place in enumerate(corpus.origin)}
    found = []
    for place, task, label in strangers:
        suggested, p = named.get(label, "") if task == "unit" else "", None
        if not suggested and task in verdicts.tasks and place in rows:
            suggested = verdicts.tasks[task].best(rows[place])
            p = verdicts.tasks[task].p(rows[place], suggested)
        record = records[place]
        found.append(Suspect(record.source, record.request.id, record.time, task, label, suggested, p, None, 1.0, (UNKNOWN,)))
    return found


def with_texts(suspects: Sequence[Suspect], records: Sequence[Record], profile: Profile | None) -> list[Suspect]:
    """The suspects with title and text of their rows, masked; without where these cannot be read."""
    requests = {record.source: record.request for record in records}
    readings = read_requests([requests[each.source] for each in suspects], Gazetteer(profile))
    return [
        each if isinstance(reading, RequestError) else replace(each, title=reading.clean.title, text=reading.clean.text)
        for each, reading in zip(suspects, readings, strict=True)
    ]
