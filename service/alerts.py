"""What is done about alerts: somebody owns one, or mutes it for a time with a reason. The alerts themselves are found anew each time."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.audit import Who
from service.database import iso, now
from service.failures import refuse
from service.tables import alert_acts

OWN, RELEASE, MUTE, UNMUTE = "own", "release", "mute", "unmute"
MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert stands: its owner, and until when (UTC) and why it is muted; "" for neither."""

    owner: str = ""
    muted_until: str = ""
    reason: str = ""


def act(connection: sa.Connection, who: Who, alert: str, action: str, reason: str = "", days: int = 7) -> None:
    """Keeps an act; ``reason`` is masked already. Raises ``reason_needed`` for a mute without one, ``bad_value`` for another action."""
    until = checked(action, reason, days)
    connection.execute(
        alert_acts.insert().values(alert=alert, action=action, owner=who.name, reason=reason, until=until, made_at=now(), made_by=who.name)
    )


def checked(action: str, reason: str, days: int) -> datetime | None:
    """Until when an act mutes; None for one that does not. Raises as ``act``."""
    if action not in (OWN, RELEASE, MUTE, UNMUTE):
        raise refuse("bad_value", f"action: {action[:40]!r}. Use own, release, mute or unmute.")
    if action == MUTE and len(reason.strip()) < 2:
        raise refuse("reason_needed", "reason: say why it is muted, in a few words.")
    return now() + timedelta(days=min(days, MOST_DAYS)) if action == MUTE else None


def standing(connection: sa.Connection, at: datetime | None = None) -> dict[str, Standing]:
    """Every alert that somebody did something about, as it stands now. A mute that has run out is none."""
    moment, found = at or now(), dict[str, Standing]()
    for row in connection.execute(sa.select(alert_acts).order_by(alert_acts.c.id)):
        found[row.alert] = after(found.get(row.alert, Standing()), row, moment)
    return found


def after(last: Standing, row: sa.Row[Any], moment: datetime) -> Standing:
    """How something stands after one more act on it, seen from a moment."""
    if row.action == OWN:
        return Standing(row.owner, last.muted_until, last.reason)
    if row.action == RELEASE:
        return Standing("", last.muted_until, last.reason)
    if row.action == MUTE and row.until is not None and row.until > moment:
        return Standing(last.owner, iso(row.until), row.reason)
    return Standing(last.owner)


def shown(told: Standing, names: Mapping[str, str]) -> dict[str, str]:
    """How something stands, as it is told over HTTP; ``names``: as people are called, by their accounts."""
    return {**asdict(told), "owner_name": names.get(told.owner, "")}
