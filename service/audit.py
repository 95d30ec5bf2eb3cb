"""The audit log: who did what, when, from where, to what, with which result. Entries are chained by hashes.

Each hash covers the entry and the hash before it, so an entry that is changed, removed or put in between breaks the chain from
there on. Whoever can write the whole database can also make a whole new chain: note the end of the chain elsewhere from time
to time (``triage audit-log verify`` prints it, the service logs it) and give it back to ``verify``.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes

from service.database import Database, iso, now
from service.tables import audit_chain, audit_log

START = "sha256:" + "0" * 64
SHA256, SM3 = "sha256", "sm3"
OK, REFUSED = "ok", "refused"
_CHUNK = 2000
_PURGE = "audit.purge"


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who acts: the name of an account or token, and the address they come from."""

    name: str
    source: str = ""


SYSTEM = Who("system")


class Entry(NamedTuple):
    """One line of the log. ``detail`` is JSON and holds no personal data."""

    seq: int
    made_at: str
    made_by: str
    source: str
    action: str
    subject: str
    result: str
    detail: str
    hash: str


class Report(NamedTuple):
    """What verifying found: how many entries, the end of the chain, and the first thing wrong ("" for nothing)."""

    entries: int
    seq: int
    hash: str
    problem: str


def note(
    connection: sa.Connection,
    who: Who,
    action: str,
    subject: str = "",
    result: str = OK,
    detail: Mapping[str, object] | None = None,
    algorithm: str = SHA256,
) -> None:
    """Adds one entry; ``connection`` must be one of ``Database.write``, which holds the chain's row."""
    seq, last = connection.execute(sa.select(audit_chain.c.seq, audit_chain.c.hash).where(audit_chain.c.id == 1)).one()
    moment = now()
    told = json.dumps(detail or {}, ensure_ascii=False, sort_keys=True)
    fields = (seq + 1, iso(moment), who.name[:200], who.source[:200], action, subject[:500], result, told)
    mark = _hash(algorithm, last, fields)
    # Milliseconds: what every database keeps, so that the hash can be computed again from what it gives back.
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    connection.execute(
        audit_log.insert().values(
            seq=seq + 1, made_at=moment, made_by=fields[2], source=fields[3], action=action, subject=fields[5], result=result, detail=told, hash=mark
        )
    )
    connection.execute(audit_chain.update().where(audit_chain.c.id == 1).values(seq=seq + 1, hash=mark))


def entries(
    connection: sa.Connection, after: int = 0, limit: int = _CHUNK, action: str = "", made_by: str = "", before: int | None = None
) -> list[Entry]:
    """Entries in order, from behind ``after``; only those of an action or of somebody, where named. With ``before`` the newest first, from
    below that number (0: from the end)."""
    chosen = sa.select(audit_log).where(audit_log.c.seq > after).limit(limit)
    chosen = chosen.order_by(audit_log.c.seq if before is None else audit_log.c.seq.desc())
    if before:
        chosen = chosen.where(audit_log.c.seq < before)
    if action:
        chosen = chosen.where(audit_log.c.action == action)
    if made_by:
        chosen = chosen.where(audit_log.c.made_by == made_by)
    return [Entry(row.seq, iso(row.made_at), *row[2:]) for row in connection.execute(chosen)]


def verify(database: Database, anchor: tuple[int, str] | None = None) -> Report:
    """Goes through the whole chain. ``anchor``: number and hash of an entry that was noted elsewhere, and must still be so."""
    with database.read() as connection:
        chain = connection.execute(sa.select(audit_chain).where(audit_chain.c.id == 1)).one()
        seq, last, count, problem = chain.base_seq, chain.base_hash, 0, ""
        seen = anchor is None or anchor == (seq, last)
        for entry in _all(connection, seq):
            problem = _wrong(entry, seq, last)
            if problem:
                break
            seq, last, count = entry.seq, entry.hash, count + 1
            if anchor is not None and seq == anchor[0]:
                seen = True
                if last != anchor[1]:
                    problem = f"entry {seq} is not the one that was noted: the chain was made anew. Compare with the backups."
                    break
    if not problem and (seq, last) != (chain.seq, chain.hash):
        problem = f"entries after {seq} are missing: the chain goes on to {chain.seq}. Compare with the backups."
    if not problem and not seen and anchor is not None:
        problem = f"entry {anchor[0]} is not there. Compare with the backups."
    return Report(count, seq, last, problem)


def purge(connection: sa.Connection, who: Who, before: datetime) -> int:
    """Removes entries older than ``before`` and moves the start of the chain behind them; how many. The purge is itself an
    entry, which says where the chain now starts."""
    found = connection.execute(
        sa.select(audit_log.c.seq, audit_log.c.hash).where(audit_log.c.made_at < before).order_by(audit_log.c.seq.desc()).limit(1)
    ).one_or_none()
    if found is None:
        return 0
    removed = connection.execute(audit_log.delete().where(audit_log.c.seq <= found.seq)).rowcount
    connection.execute(audit_chain.update().where(audit_chain.c.id == 1).values(base_seq=found.seq, base_hash=found.hash))
    note(connection, who, _PURGE, detail={"base_seq": found.seq, "base_hash": found.hash, "removed": removed})
    return removed


def cutoff(days: int) -> datetime:
    """The time before which entries are older than ``days``."""
    return now() - timedelta(days=days)


def _all(connection: sa.Connection, after: int) -> Iterator[Entry]:
    while chunk := entries(connection, after):
        yield from chunk
        after = chunk[-1].seq


def _wrong(entry: Entry, seq: int, last: str) -> str:
    if entry.seq != seq + 1:
        return f"entry {seq + 1} is missing: {entry.seq} follows {seq}. Compare with the backups."
    if _hash(entry.hash.partition(":")[0], last, entry[:-1]) != entry.hash:
        return f"entry {entry.seq} of {entry.made_at} was changed, or one before it. Compare with the backups."
    return ""


def _hash(algorithm: str, last: str, fields: tuple[object, ...]) -> str:
    told = json.dumps([last, *fields], ensure_ascii=False).encode("utf-8", "surrogatepass")
    if algorithm == SM3:
        digest = hashes.Hash(hashes.SM3())
        digest.update(told)
        return f"{SM3}:{digest.finalize().hex()}"
    return f"{SHA256}:{hashlib.sha256(told).hexdigest()}"
