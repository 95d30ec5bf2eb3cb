"""What became of a request after dispatch: contacted, resolved, satisfied. Rows are added; of each field the last word counts.

It stands beside the events of the desk: it moves no state and meets no version, so it may come at any time, and again.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from service import store
from service.audit import Who
from service.database import now
from service.failures import refuse
from service.once import Once
from service.tables import feedback, requests

RESOLVED = ("解决", "部分解决", "未解决", "解释说明")
SATISFIED = ("满意", "基本满意", "不满意", "未评价", "非诉求性不满意")


@dataclass(frozen=True, slots=True)
class Told:
    """One report; None and "" say nothing of a field. Times are UTC without offset; ``note`` is masked already."""

    contacted: bool | None = None
    contacted_at: datetime | None = None
    closed_at: datetime | None = None
    resolved: str = ""
    satisfied: str = ""
    reopened: bool | None = None
    note: str = ""


def add(connection: sa.Connection, who: Who, request: int, told: Told, call: Once) -> bool:
    """Keeps a report; False where the same call came before. Raises ``unknown_request``, ``purged``, ``bad_value`` or ``key_reused``."""
    store.head(connection, request)
    if told == Told():
        raise refuse("bad_value", "the report says nothing. Fill in at least one field.")
    if _earlier(connection, call):
        return False
    connection.execute(
        feedback.insert().values(
            request_id=request, contacted=_flag(told.contacted), contacted_at=told.contacted_at, closed_at=told.closed_at, resolved=told.resolved,
            satisfied=told.satisfied, reopened=_flag(told.reopened), note=told.note, once=call.mark, once_body=call.body, made_at=now(),
            made_by=who.name,
        )
    )  # fmt: skip
    return True


def find(connection: sa.Connection, ref: str) -> int:
    """The request with the hotline's own number. Raises ``unknown_request`` where there is none, or several."""
    found = connection.execute(sa.select(requests.c.id).where(requests.c.ref == ref).limit(2)).scalars().all() if ref else []
    if len(found) != 1:
        several = "several requests have this number" if found else "there is no request with this number"
        raise refuse("unknown_request", f"id: {several}. Name ours (request).")
    return int(found[0])


def _earlier(connection: sa.Connection, call: Once) -> bool:
    if call.mark is None:
        return False
    body = connection.execute(sa.select(feedback.c.once_body).where(feedback.c.once == call.mark)).scalar_one_or_none()
    if body is not None and body != call.body:
        raise refuse("key_reused", "this idempotency key came before with another body. Use a new key for a new call.")
    return body is not None


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)
