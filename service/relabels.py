"""Reclassifications of the store: versioned batches of labels beside what people decided, which can be undone.

A batch is written in many small transactions and counts only once its act ``apply`` stands; ``undo`` is one more act. So nothing is changed,
and nothing that ever counted is removed; a crash in the middle leaves nothing that counts, and every label says by which model, profile and
taxonomy it was made.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any, NamedTuple

import sqlalchemy as sa

from service import store
from service.audit import Who
from service.database import Database, now
from service.failures import refuse
from service.keys import Keys
from service.moments import registered_at
from service.tables import decisions, finals, relabel_acts, relabel_batches, relabels, requests, suggestions
from triage.reclassify import Again, Label, Stored
from triage.records import Versions

_CHUNK = 512
AUTO = "auto"
APPLY, UNDO, REMOVE = "apply", "undo", "remove"


class Stamp(NamedTuple):
    """What made a batch, and why."""

    versions: Versions
    taxonomy: str
    note: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as a list shows it. ``acts``: (what, when, by whom), the last one holds; none: it was never finished and does not count."""

    id: int
    note: str
    model: str
    profile: str
    taxonomy: str
    rows: int
    made_at: datetime
    made_by: str
    acts: tuple[tuple[str, datetime, str], ...]

    @property
    def holds(self) -> bool:
        """Whether its labels count now."""
        return bool(self.acts) and self.acts[-1][0] == APPLY

    @property
    def removed(self) -> bool:
        """Whether it was broken off and its labels are gone. Its number stays taken: what was said about it stays true."""
        return bool(self.acts) and self.acts[-1][0] == REMOVE


def stored(database: Database, keys: Keys, since: date | None = None, until: date | None = None, zone: tzinfo = UTC) -> Iterator[Stored]:
    """Every request registered from ``since`` to ``until`` (days in ``zone``, both included; None: open), in the order of numbers, with the
    label that holds: a person's, else that of the last batch that counts, else the engine's last suggestion."""
    last = 0
    while True:
        with database.read() as connection:
            rows = connection.execute(sa.select(requests).where(requests.c.id > last).order_by(requests.c.id).limit(_CHUNK)).all()
            found = [_stored(connection, keys, row) for row in rows if _within(row, since, until, zone)]
        if not rows:
            return
        yield from found
        last = rows[-1].id


def _within(row: sa.Row[Any], since: date | None, until: date | None, zone: tzinfo) -> bool:
    """By the same time as statistics count it: times of receipt are kept as they were told, with / or an offset or none."""
    moment, _ = registered_at(row.received_at, row.made_at, zone)
    day = moment.replace(tzinfo=UTC).astimezone(zone).date()
    return (since is None or since <= day) and (until is None or day <= until)


def label(connection: sa.Connection, request: int) -> tuple[Label, bool]:
    """The label of a request that holds, and whether a person confirmed it."""
    for table in (finals, decisions):
        chosen = sa.select(table.c.unit, table.c.area, table.c.item).where(table.c.request_id == request, table.c.unit != "")
        if table is decisions:
            chosen = chosen.where(decisions.c.action != AUTO)  # what was dispatched by itself no person confirmed
        if (row := connection.execute(chosen.order_by(table.c.version.desc()).limit(1)).one_or_none()) is not None:
            return Label(_unit(row.unit, row.area), row.item), True
    if (relabelled := _relabelled(connection, request)) is not None:
        return relabelled, False
    chosen = sa.select(suggestions.c.shown).where(suggestions.c.request_id == request).order_by(suggestions.c.id.desc()).limit(1)
    shown = json.loads(connection.execute(chosen).scalar_one_or_none() or "{}")
    unit = next((_unit(each["code"], each["area"]) for each in shown.get("units", ())), "")
    return Label(unit, next((each["code"] for each in shown.get("items", ())), "")), False


def begin(connection: sa.Connection, who: Who, stamp: Stamp) -> int:
    """A new batch, which does not count yet; its number. Raises ``wrong_state`` while another is not finished: of two that run side by side
    the first could never count."""
    if (other := next((each.id for each in batches(connection) if not each.acts), None)) is not None:
        raise refuse(
            "wrong_state",
            f"reclassification {other} is not finished. Wait for it; if it was broken off, remove it: triage reclassify remove {other}",
        )
    values = {"note": stamp.note, "engine": stamp.versions.engine, "model": stamp.versions.model, "profile": stamp.versions.profile,
              "taxonomy": stamp.taxonomy, "made_at": now(), "made_by": who.name}  # fmt: skip
    key = connection.execute(relabel_batches.insert().values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def add(connection: sa.Connection, batch: int, stamp: Stamp, rows: Sequence[Again]) -> None:
    """Adds labels to a batch that does not count yet. Raises ``unknown_batch`` where it was removed meanwhile."""
    acts = sa.select(relabel_acts.c.batch_id).where(relabel_acts.c.batch_id == batch, relabel_acts.c.action == REMOVE)
    if connection.execute(acts).first() is not None:
        raise refuse("unknown_batch", f"reclassification {batch} was removed while it ran. Start again.")
    told = []
    for each in rows:
        assert each.label is not None
        told.append(
            {"batch_id": batch, "request_id": each.stored.key, "unit": each.label.unit, "item": each.label.item, "unit_p": round(each.p, 4),
             "was_unit": each.stored.label.unit, "was_item": each.stored.label.item, "confirmed": int(each.stored.confirmed),
             "model": stamp.versions.model, "profile": stamp.versions.profile, "taxonomy": stamp.taxonomy}
        )  # fmt: skip
    if told:
        connection.execute(relabels.insert(), told)


def remove(connection: sa.Connection, who: Who, batch: int) -> None:
    """Removes the labels of a batch that was never finished: nothing of it ever counted. Raises ``unknown_batch``, ``wrong_state`` for any
    other."""
    found = next((each for each in batches(connection) if each.id == batch), None)
    if found is None or found.removed:
        raise refuse("unknown_batch", f"there is no reclassification {batch}. See: triage reclassify list")
    if found.acts:
        raise refuse("wrong_state", f"reclassification {batch} was finished: it can be undone, not removed. triage reclassify undo {batch}")
    connection.execute(relabels.delete().where(relabels.c.batch_id == batch))
    connection.execute(relabel_acts.insert().values(batch_id=batch, action=REMOVE, made_at=now(), made_by=who.name))


def act(connection: sa.Connection, who: Who, batch: int, action: str) -> None:
    """Lets a batch count, or no longer. Raises ``wrong_state`` when it is so already, or another one was applied after it."""
    known = {each.id: each for each in batches(connection)}
    if batch not in known or known[batch].removed:
        raise refuse("unknown_batch", f"there is no reclassification {batch}. See: triage reclassify list")
    if known[batch].holds == (action == APPLY):
        raise refuse("wrong_state", f"reclassification {batch} {'counts already' if action == APPLY else 'does not count'}.")
    later = [each.id for each in known.values() if each.id > batch and each.holds]
    if later:
        raise refuse("wrong_state", f"reclassification {max(later)} was applied after {batch}. Undo it first.")
    connection.execute(relabel_acts.insert().values(batch_id=batch, action=action, made_at=now(), made_by=who.name))


def batches(connection: sa.Connection) -> list[Batch]:
    """All batches, oldest first."""
    counted = sa.select(relabels.c.batch_id, sa.func.count().label("n")).group_by(relabels.c.batch_id)
    rows = {row.batch_id: row.n for row in connection.execute(counted)}
    acts: dict[int, list[tuple[str, datetime, str]]] = {}
    for row in connection.execute(sa.select(relabel_acts).order_by(relabel_acts.c.id)):
        acts.setdefault(row.batch_id, []).append((row.action, row.made_at, row.made_by))
    found = connection.execute(sa.select(relabel_batches).order_by(relabel_batches.c.id))
    return [
        Batch(row.id, row.note, row.model, row.profile, row.taxonomy, rows.get(row.id, 0), row.made_at, row.made_by, tuple(acts.get(row.id, ())))
        for row in found
    ]


def holding() -> sa.Select[Any]:
    """Batch and request of every label of a batch that counts now: what statistics join with."""
    last = sa.select(relabel_acts.c.batch_id, sa.func.max(relabel_acts.c.id).label("act")).group_by(relabel_acts.c.batch_id).subquery()
    applied = sa.select(last.c.batch_id).join(relabel_acts, relabel_acts.c.id == last.c.act).where(relabel_acts.c.action == APPLY)
    return sa.select(relabels).where(relabels.c.batch_id.in_(applied))


def _relabelled(connection: sa.Connection, request: int) -> Label | None:
    chosen = holding().where(relabels.c.request_id == request).order_by(relabels.c.batch_id.desc()).limit(1)
    row = connection.execute(chosen).one_or_none()
    return Label(row.unit, row.item) if row is not None else None


def _stored(connection: sa.Connection, keys: Keys, row: sa.Row[Any]) -> Stored:
    request = store.as_received(connection, keys, row, _answers(connection, row.id))
    found, confirmed = label(connection, row.id)
    return Stored(request, found, confirmed, row.id)


def _answers(connection: sa.Connection, request: int) -> dict[str, str]:
    chosen = sa.select(suggestions.c.answers).where(suggestions.c.request_id == request).order_by(suggestions.c.id.desc()).limit(1)
    found: dict[str, str] = json.loads(connection.execute(chosen).scalar_one_or_none() or "{}")
    return found


def _unit(code: str, area: str) -> str:
    return f"{code}@{area}" if area else code
