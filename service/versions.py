"""Versions of the city's tables, and what is in use from when. Nothing is changed: to activate, to roll back and to take a plan back
are rows that are added; in use is the row that began last, of those that were not taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from service.audit import Who
from service.database import iso, now
from service.failures import refuse
from service.tables import activations, profile_versions

PROFILE, MODEL = "profile", "model"
SETTINGS = ""
"""The target that stands for what the settings name."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the city's tables; ``words`` is the version that its profile.toml tells."""

    id: int
    city: str
    words: str
    fingerprint: str
    note: str
    made_at: str
    made_by: str


@dataclass(frozen=True, slots=True)
class Activation:
    """From when something is in use. ``state``: planned, cancelled, active, or over."""

    id: int
    what: str
    target: str
    starts_at: str
    reason: str
    made_at: str
    made_by: str
    state: str


def add(connection: sa.Connection, who: Who, version: tuple[str, str, str], content: bytes, note: str) -> tuple[Version, bool]:
    """Keeps a version (city, words, fingerprint); the version, and whether it is new: the same tables are kept once."""
    city, words, fingerprint = version
    found = connection.execute(_seen().where(profile_versions.c.fingerprint == fingerprint)).one_or_none()
    if found is not None:
        return _version(found), False
    values = {"city": city[:200], "words": words[:200], "fingerprint": fingerprint, "content": content, "note": note}
    row = connection.execute(profile_versions.insert().values(**values, made_at=now(), made_by=who.name))
    assert row.inserted_primary_key is not None
    return version_of(connection, int(row.inserted_primary_key[0])), True


def every(connection: sa.Connection) -> list[Version]:
    """All versions, newest first."""
    return [_version(row) for row in connection.execute(_seen().order_by(profile_versions.c.id.desc()))]


def version_of(connection: sa.Connection, number: int) -> Version:
    """Raises ``unknown_version``."""
    found = connection.execute(_seen().where(profile_versions.c.id == number)).one_or_none()
    if found is None:
        raise refuse("unknown_version", f"there is no version {number} of the tables. Check the number.")
    return _version(found)


def content(connection: sa.Connection, number: int) -> bytes:
    """The tables of a version, as they were kept. Raises ``unknown_version``."""
    version_of(connection, number)
    return bytes(connection.execute(sa.select(profile_versions.c.content).where(profile_versions.c.id == number)).scalar_one())


def activate(connection: sa.Connection, who: Who, what: str, target: str, starts_at: datetime | None, reason: str) -> Activation:
    """Puts something in use from a time on, None: at once."""
    moment = _clock(connection, what)
    values = {"what": what, "target": target, "starts_at": starts_at or moment, "cancels": None, "reason": reason}
    row = connection.execute(activations.insert().values(**values, made_at=moment, made_by=who.name))
    assert row.inserted_primary_key is not None
    return next(each for each in history(connection, what) if each.id == int(row.inserted_primary_key[0]))


def _clock(connection: sa.Connection, what: str) -> datetime:
    """Now, but never before the last act: where the clock was set back, what had begun has still begun, and what was put in its place
    stays there when that time comes a second time. Of two that begin together the later row counts."""
    last = connection.execute(sa.select(sa.func.max(activations.c.made_at)).where(activations.c.what == what)).scalar_one_or_none()
    return max(now(), last) if last is not None else now()


def cancel(connection: sa.Connection, who: Who, number: int, reason: str) -> Activation:
    """Takes a plan back. Raises ``unknown_version``, and ``wrong_state`` once it began or was taken back."""
    what = connection.execute(sa.select(activations.c.what).where(activations.c.id == number, activations.c.cancels.is_(None))).scalar_one_or_none()
    found = next((each for each in history(connection, what) if each.id == number), None) if what is not None else None
    if what is None or found is None:
        raise refuse("unknown_version", f"there is no activation {number}. Check the number.")
    if found.state != "planned":
        raise refuse("wrong_state", f"activation {number} is {found.state}: only what has not begun can be taken back. Activate another version.")
    moment = _clock(connection, what)
    values = {"what": what, "target": found.target, "starts_at": moment, "cancels": number, "reason": reason}
    connection.execute(activations.insert().values(**values, made_at=moment, made_by=who.name))
    return next(each for each in history(connection, what) if each.id == number)


def in_use(connection: sa.Connection, what: str) -> str | None:
    """The target that is in use now; None where nothing was ever activated."""
    return next((each.target for each in history(connection, what) if each.state == "active"), None)


def history(connection: sa.Connection, what: str) -> list[Activation]:
    """All activations: plans first, then what is in use, then what was, newest first."""
    rows = connection.execute(sa.select(activations).where(activations.c.what == what).order_by(activations.c.starts_at, activations.c.id)).all()
    gone = {row.cancels for row in rows if row.cancels is not None}
    told = [row for row in rows if row.cancels is None]
    moment = _clock(connection, what)
    begun = [row.id for row in told if row.id not in gone and row.starts_at <= moment]
    return [_activation(row, gone, moment, begun) for row in reversed(told)]


def _activation(row: sa.Row[tuple[object, ...]], gone: set[int], moment: datetime, begun: Sequence[int]) -> Activation:
    state = "cancelled" if row.id in gone else "planned" if row.starts_at > moment else "active" if row.id == begun[-1] else "over"
    return Activation(row.id, row.what, row.target, iso(row.starts_at), row.reason, iso(row.made_at), row.made_by, state)


def _seen() -> sa.Select[tuple[object, ...]]:
    columns = profile_versions.c
    return sa.select(columns.id, columns.city, columns.words, columns.fingerprint, columns.note, columns.made_at, columns.made_by)


def _version(row: sa.Row[tuple[object, ...]]) -> Version:
    return Version(row.id, row.city, row.words, row.fingerprint, row.note, iso(row.made_at), row.made_by)
