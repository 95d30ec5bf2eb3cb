"""What is done about hot topics: somebody owns one, or mutes it for a time with a reason, as with alerts.

A topic has no name that lasts: it is found anew each time, and new requests move it. So an act keeps the numbers of the requests that the
topic held, and a topic found later is the same matter where half of the smaller of the two is common to both. A mute holds for what was
muted: where it holds at least half of the requests that are found, of whatever period.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from service import alerts
from service.alerts import Standing
from service.audit import Who
from service.database import now
from service.tables import requests, topic_acts

SHARE = 0.5


def act(
    connection: sa.Connection, who: Who, topic: str, requests: Sequence[int], action: str, reason: str = "", days: int = 7
) -> None:  # fmt: skip
    """Keeps an act on the topic of some requests; ``reason`` is masked already. Raises as ``alerts.act``."""
    until = alerts.checked(action, reason, days)
    values = {"topic": topic, "requests": json.dumps(list(requests)), "action": action, "owner": who.name, "reason": reason, "until": until}
    connection.execute(topic_acts.insert().values(**values, made_at=now(), made_by=who.name))


def standing(connection: sa.Connection, found: Mapping[str, Sequence[int]], at: datetime | None = None) -> dict[str, Standing]:
    """How topics stand; ``found``: the requests of each by its mark. Topics that nobody did anything about are not in the answer.

    What was done before the first of their requests was there was about others, and is not read.
    """
    moment, home = at or now(), {request: mark for mark, held in found.items() for request in held}
    told: dict[str, Standing] = {}
    acts = sa.select(topic_acts).order_by(topic_acts.c.id)
    if home and (begun := connection.execute(sa.select(requests.c.made_at).where(requests.c.id == min(home))).scalar()) is not None:
        acts = acts.where(topic_acts.c.made_at >= begun)
    for row in connection.execute(acts) if home else ():
        then = json.loads(row.requests)
        common = Counter(home[request] for request in then if request in home)
        for mark, n in common.items():
            size = len(found[mark])
            if n >= SHARE * (size if row.action == alerts.MUTE else min(len(then), size)):
                told[mark] = alerts.after(told.get(mark, Standing()), row, moment)
    return told
