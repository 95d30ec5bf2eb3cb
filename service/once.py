"""Idempotency: a call that comes again with its key does nothing again, and gets the answer of the first time."""

import json
from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from service.failures import refuse
from service.keys import Keys
from service.tables import events

MOST = 200
"""Longest key, in characters."""


class Once(NamedTuple):
    """``mark``: hash of who called and their key, None when no key came. ``body``: keyed hash of what came with it."""

    mark: str | None
    body: str


def once(keys: Keys, caller: str, key: str, body: Mapping[str, object]) -> Once:
    """How a call is known again. Keys of different callers never meet."""
    told = json.dumps(body, ensure_ascii=False, sort_keys=True, default=str)
    return Once(keys.mark("once", f"{caller}\x00{key}") if key else None, keys.mark("body", told))


def earlier(connection: sa.Connection, call: Once) -> sa.Row[tuple[int, int]] | None:
    """Request and version that the same call made before; None when it is new. Raises ``key_reused`` for another body."""
    if call.mark is None:
        return None
    found = connection.execute(sa.select(events.c.request_id, events.c.version, events.c.once_body).where(events.c.once == call.mark)).one_or_none()
    if found is not None and found.once_body != call.body:
        raise refuse("key_reused", "this idempotency key came before with another body. Use a new key for a new call.")
    return found
