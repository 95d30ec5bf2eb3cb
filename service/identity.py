"""Personal data, kept apart and sealed: the text as received, and who called. Found again by telephone number only.

A reporter's identity 举报 never leaves with a dispatched copy; whoever unseals anything needs a right and a reason, and the
audit log says so.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from service.keys import Keys
from service.tables import identities, originals, phone_marks
from triage.normalize import normalize

_ALWAYS = ("title", "text")
_PHONE = re.compile(r"\d(?:[ \-]?\d){6,18}")


@dataclass(frozen=True, slots=True)
class Contact:
    """Who called, as told. Everything may be empty."""

    name: str = ""
    phone: str = ""
    address: str = ""
    note: str = ""

    def __bool__(self) -> bool:
        return any(asdict(self).values())


@dataclass(frozen=True, slots=True)
class Original:
    """Title and text as received; and the other free words, where they are kept in clear in another form."""

    title: str
    text: str
    place: str = ""
    caller_kind: str = ""
    channel: str = ""
    ref: str = ""
    received_at: str = ""


def keep(connection: sa.Connection, keys: Keys, request: int, original: Original, contact: Contact) -> None:
    """Seals the text as received and, where known, who called."""
    keep_many(connection, keys, [(request, original, contact)])


def keep_many(connection: sa.Connection, keys: Keys, told: Iterable[tuple[int, Original, Contact]]) -> None:
    """The same for many requests at once."""
    rows: dict[sa.Table, list[dict[str, Any]]] = {originals: [], identities: [], phone_marks: []}
    for request, original, contact in told:
        rows[originals].append(_sealed(keys, originals, request, {name: each for name, each in asdict(original).items() if each or name in _ALWAYS}))
        if contact:
            rows[identities].append(_sealed(keys, identities, request, asdict(contact)))
        marks = sorted({keys.mark("phone", phone) for phone in phones(contact.phone)})
        rows[phone_marks] += ({"request_id": request, "mark": mark} for mark in marks)
    for table, made in rows.items():
        if made:
            connection.execute(table.insert(), made)


def original(connection: sa.Connection, keys: Keys, request: int) -> Original | None:
    """The text as received; None where there is none any more."""
    found = _get(connection, keys, originals, request)
    return Original(**found) if found is not None else None


def replace_original(connection: sa.Connection, keys: Keys, request: int, told: Original) -> None:
    """Seals the text as received, and what else is sealed with it, in place of what was sealed before."""
    connection.execute(originals.delete().where(originals.c.request_id == request))
    keep(connection, keys, request, told, Contact())


def contact(connection: sa.Connection, keys: Keys, request: int) -> Contact | None:
    """Who called; None where that was not told."""
    found = _get(connection, keys, identities, request)
    return Contact(**found) if found is not None else None


def by_phone(connection: sa.Connection, keys: Keys, phone: str, limit: int = 50) -> list[int]:
    """Requests whose caller gave this number, newest first; however it is written."""
    marks = [keys.mark("phone", each) for each in phones(phone)]
    if not marks:
        return []
    chosen = sa.select(phone_marks.c.request_id).where(phone_marks.c.mark.in_(marks)).distinct()
    return list(connection.execute(chosen.order_by(phone_marks.c.request_id.desc()).limit(limit)).scalars())


def phones(words: str) -> list[str]:
    """The telephone numbers in some words, digits only, without the country's 86: ``+86 138-0013 8000`` → ``13800138000``."""
    plain = normalize([words])[0]
    found = (re.sub(r"\D", "", match) for match in _PHONE.findall(plain))
    return [number[2:] if len(number) == 13 and number.startswith("86") else number for number in found]


def reseal(connection: sa.Connection, keys: Keys, limit: int = 500) -> int:
    """Seals up to ``limit`` rows of each table again with the newest key; how many. 0: all rows have it."""
    done = 0
    for table in (originals, identities):
        old = sa.select(table).where(table.c.key_id != keys.newest).limit(limit)
        for row in connection.execute(old).all():
            place = _place(table, row.request_id)
            key, sealed = keys.seal(keys.unseal(row.key_id, row.sealed, place), place)
            connection.execute(table.update().where(table.c.request_id == row.request_id).values(key_id=key, sealed=sealed))
            done += 1
    return done


def sealed(connection: sa.Connection) -> bool:
    """Whether anything is sealed in the store."""
    return any(connection.execute(sa.select(table.c.request_id).limit(1)).first() is not None for table in (originals, identities))


def try_keys(connection: sa.Connection, keys: Keys) -> None:
    """Opens the oldest and the newest sealed row of each table. Raises UsageError ``no_key`` or ``bad_seal`` where one does not open."""
    for table in (originals, identities):
        for order in (table.c.request_id.asc(), table.c.request_id.desc()):
            row = connection.execute(sa.select(table).order_by(order).limit(1)).first()
            if row is not None:
                keys.unseal(row.key_id, bytes(row.sealed), _place(table, row.request_id))


def _sealed(keys: Keys, table: sa.Table, request: int, fields: Mapping[str, str]) -> dict[str, Any]:
    told = json.dumps(fields, ensure_ascii=True).encode()
    key, sealed = keys.seal(told, _place(table, request))
    return {"request_id": request, "key_id": key, "sealed": sealed}


def _get(connection: sa.Connection, keys: Keys, table: sa.Table, request: int) -> dict[str, str] | None:
    row = connection.execute(sa.select(table).where(table.c.request_id == request)).one_or_none()
    if row is None:
        return None
    fields: dict[str, str] = json.loads(keys.unseal(row.key_id, bytes(row.sealed), _place(table, request)))
    return fields


def _place(table: sa.Table, request: int) -> str:
    return f"{table.name}:{request}"
