"""A rule tag tried on a period of the snapshot: how many it holds for, which it nearly holds for, and what its version of before said."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb

from service.analysis.count import where
from service.analysis.lists import COLUMNS, shown
from service.analysis.question import Filter
from triage.profile import Profile, Tag
from triage.tag import Subject
from triage.tag_trial import Look, Trial

MOST = 20_000
"""Requests that are tried at most; of a longer period as many, chosen by chance, the same ones each time."""
SAMPLE = 20
_CHUNK = 2000
_CHOSEN = "SELECT id FROM facts WHERE {condition} ORDER BY hash(id) LIMIT {most}"


@dataclass
class Tried:
    """``period``: requests of the period; ``tried``: of them looked at; ``secret``: of those confidential, whose words are not in the snapshot.
    ``hits``, ``near``: for how many it holds, or nearly; ``before``: for how many the earlier version held (None: there is none),
    ``added`` and ``lost`` against it. ``samples``: of each kind up to ``SAMPLE`` requests in words, newest first, each with the
    ``words`` that were found and what it ``lacks``."""

    period: int = 0
    tried: int = 0
    secret: int = 0
    hits: int = 0
    near: int = 0
    before: int | None = None
    added: int = 0
    lost: int = 0
    same_item: str = ""
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"hits": [], "near": [], "added": [], "lost": []})

    @property
    def share(self) -> float | None:
        """Of those tried the share that it holds for; None where there are none."""
        return self.hits / self.tried if self.tried else None


def tried(
    connection: duckdb.DuckDBPyConnection, profile: Profile, tag: Tag, before: Tag | None, chosen: Filter, seen: frozenset[str], most: int = MOST
) -> Tried:  # fmt: skip
    """Tries a rule on the requests of a filter. Where it names no item, the item of most of its hits says what is alike."""
    told = Tried(before=0 if before is not None else None)
    condition, values = where(chosen)
    (told.period,) = connection.execute(f"SELECT count(*) FROM facts WHERE {condition}", values).fetchone() or (0,)  # noqa: S608
    rule, old = Trial(tag, profile.words.values()), Trial(before, profile.words.values()) if before is not None else None
    alike, items, missed = defaultdict[str, list[dict[str, Any]]](list), Counter[str](), Counter[str]()
    for rows in _rows(connection, condition, values, most):
        subjects = [_subject(row, profile) for row in rows]
        earlier = old.look(subjects) if old is not None else [None] * len(rows)
        for row, look, was in zip(rows, rule.look(subjects), earlier, strict=True):
            item = row["item_now"] or row["item"]
            _note(told, row, look, was, profile, seen)
            if look.holds:
                items[item] += 1
            elif item and not look.near:
                missed[item] += 1
                _keep(alike[item], row, look, profile, seen)
    if not tag.items and items:
        told.same_item = items.most_common(1)[0][0]
        told.near += missed[told.same_item]
        told.samples["near"] += alike[told.same_item][: SAMPLE - len(told.samples["near"])]
    return told


def _rows(connection: duckdb.DuckDBPyConnection, condition: str, values: list[Any], most: int) -> Iterator[list[dict[str, Any]]]:
    chosen = _CHOSEN.format(condition=condition, most=int(most))
    found = connection.execute(f"SELECT {COLUMNS} FROM facts WHERE id IN ({chosen}) ORDER BY id DESC", values)  # noqa: S608
    names = [each[0] for each in found.description or ()]
    while rows := found.fetchmany(_CHUNK):
        yield [dict(zip(names, row, strict=True)) for row in rows]


def _subject(row: dict[str, Any], profile: Profile) -> Subject:
    """What the conditions of a rule look at."""
    return Subject(f"{row['title']}\n{row['text']}", profile.path(row["item_now"] or row["item"]), type=row["type"], town=row["town"])


def _note(told: Tried, row: dict[str, Any], look: Look, was: Look | None, profile: Profile, seen: frozenset[str]) -> None:
    told.tried += 1
    told.secret += row["confidential"]
    held = was is not None and was.holds
    kinds = {"hits": look.holds, "near": look.near, "added": look.holds and was is not None and not held, "lost": held and not look.holds}
    for kind, so in kinds.items():
        if so:
            setattr(told, kind, getattr(told, kind) + 1)
            _keep(told.samples[kind], row, look, profile, seen)
    told.before = told.before + held if told.before is not None else None


def _keep(kept: list[dict[str, Any]], row: dict[str, Any], look: Look, profile: Profile, seen: frozenset[str]) -> None:
    if len(kept) < SAMPLE:
        kept.append({**shown(row, profile, seen), "words": look.words, "lacks": look.lacks})
