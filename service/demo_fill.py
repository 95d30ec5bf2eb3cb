"""Writes a demo city into an empty store, in bulk, with the rows that the service itself would have written."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from service import audit, demo_outcomes, identity, synthetic
from service.audit import Who
from service.database import Database
from service.demo_lives import PLATFORM, Era, Lives, Step
from service.demo_plan import Arrival, Happening, Span
from service.feedback import Told
from service.identity import Contact, Original
from service.keys import Keys
from service.store import LAST, URGENT, Choice
from service.tables import decisions, events, feedback, finals, heads, refusals, requests, suggestions
from service.transitions import OPEN
from triage.deadlines import read_time
from triage.errors import UsageError
from triage.records import Refusal, Request, Suggestion
from triage.suggest import Engine

REPORT = "举报"
MADE_BY = "synthetic"
"""Who made the requests; statistics know invented ones by it."""
_CHUNK = 2000
_MAKER = Who("demo-city")
_AIDED = 0.35
"""Share of the time after which the demo city begins to dispatch by itself: before it is the baseline."""


_Row = tuple[int, Arrival, Request, Suggestion]
_Happened = tuple[datetime, int, Step]
_Heard = tuple[datetime, int, Told]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a demo city is made from. ``placed``: the happenings with place and time. ``now``: in UTC; nothing happens after it."""

    seed: int
    span: Span
    placed: tuple[Happening, ...]
    changed: date
    now: datetime

    def facts(self) -> dict[str, object]:
        """As the store keeps it."""
        return {"seed": self.seed, "until": self.span.until.isoformat(), "days": self.span.days, "requests": self.span.requests}


def check_empty(connection: sa.Connection, where: Path) -> None:
    """Raises UsageError for a store that holds anything already."""
    if synthetic.facts(connection) is not None:
        raise UsageError(f"{where} holds a demo city already. Name another folder, or delete this one.", "has_requests")
    if connection.execute(sa.select(requests.c.id).limit(1)).first() is not None:
        raise UsageError(f"{where} holds requests. A demo city goes into a store of its own: name another folder.", "has_requests")


def fill(database: Database, keys: Keys, engine: Engine, plan: Plan, came: Sequence[Arrival], say: Callable[[str], None]) -> dict[str, list[int]]:
    """Fills the store; the numbers of the requests of each happening. Raises UsageError when the store is not empty.

    Requests and what the engine says of them are kept chunk by chunk, then all events in the order in which they happened.
    """
    profile = engine.profile
    assert profile is not None
    zone = ZoneInfo(profile.timezone)
    with database.write() as connection:
        check_empty(connection, Path(str(database.url.database)))
        synthetic.mark(connection, _MAKER.name, plan.facts())
    aided = plan.span.since + timedelta(days=round(plan.span.days * _AIDED))
    end = datetime.combine(plan.span.until, datetime.min.time(), zone).astimezone(UTC).replace(tzinfo=None)
    lives = Lives(profile, Era(aided, min(end, plan.now)), random.Random(f"{plan.seed} lives"))  # noqa: S311 - a city, not a secret
    planted: dict[str, list[int]] = {}
    lasting = {each.code for each in plan.placed if each.kind == "topic"}
    happened: list[_Happened] = []
    heard: list[_Heard] = []
    waiting = iter(enumerate(came, start=1))
    while chunk := list(islice(waiting, _CHUNK)):
        asked = [_request(number, arrival, zone) for number, arrival in chunk]
        found = engine.suggest_many(asked)
        rows = [
            (number, arrival, request, said)
            for (number, arrival), request, said in zip(chunk, asked, found, strict=True)
            if isinstance(said, Suggestion)
        ]
        lived = [lives.live(arrival, _utc(arrival, zone), said) for _, arrival, _, said in rows]
        # What still waits is looked at by somebody, who wants reasons; for the rest they would cost more than all else.
        rows = [
            (number, arrival, request, engine.explain(said, request) if steps[-1].state in OPEN else said)
            for (number, arrival, request, said), steps in zip(rows, lived, strict=True)
        ]
        with database.write() as connection:
            _put_requests(connection, keys, rows, lived)
        for (number, arrival, *_), steps in zip(rows, lived, strict=True):
            if arrival.planted:
                planted.setdefault(arrival.planted, []).append(number)
            happened += ((step.at, number, step) for step in steps)
            after = lives.fed_back(steps, arrival.planted in lasting)
            heard += [(after[0], number, after[1])] if after is not None else []
        say(f"{chunk[-1][0]} of {len(came)} requests")
    happened.sort(key=lambda each: (each[0], each[1], each[2].version))
    with database.write() as connection:
        for part in _parts(happened):
            _put_steps(connection, part)
        demo_outcomes.put(connection, happened, min(end, plan.now))
        _put_feedback(connection, sorted(heard, key=lambda each: each[:2]))
        audit.note(connection, _MAKER, "demo.fill", detail=plan.facts())
    return planted


def _request(number: int, arrival: Arrival, zone: ZoneInfo) -> Request:
    told = arrival.example
    at = arrival.at.replace(tzinfo=zone).isoformat(timespec="seconds")
    return Request(told.text, told.title, f"演示{arrival.at:%Y%m%d}-{number:06}", told.caller_kind, "", told.channel, at)


def _utc(arrival: Arrival, zone: ZoneInfo) -> datetime:
    return arrival.at.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _put_requests(connection: sa.Connection, keys: Keys, rows: Sequence[_Row], lived: Sequence[Sequence[Step]]) -> None:
    first = [steps[0] for steps in lived]
    connection.execute(
        requests.insert(),
        [
            {
                "id": number, "ref": told.id, "title": said.clean.title, "content": said.clean.text,
                "spans": json.dumps([asdict(each) for each in said.clean.spans]), "caller_kind": told.caller_kind, "place": told.place,
                "channel": told.channel, "received_at": told.received_at, "confidential": int(said.type == REPORT), "made_at": step.at,
                "made_by": MADE_BY,
            }
            for (number, _, told, said), step in zip(rows, first, strict=True)
        ],
    )  # fmt: skip
    connection.execute(
        suggestions.insert(),
        [
            {
                "id": number, "request_id": number, "answers": "{}", "shown": _json(said), "engine": said.versions.engine,
                "model": said.versions.model, "profile": said.versions.profile, "made_at": step.at, "made_by": step.made_by,
            }
            for (number, _, _, said), step in zip(rows, first, strict=True)
        ],
    )  # fmt: skip
    identity.keep_many(connection, keys, [(number, Original(told.title, told.text), _contact(arrival.caller)) for number, arrival, told, _ in rows])
    connection.execute(heads.insert(), [_head(number, said, steps) for (number, _, _, said), steps in zip(rows, lived, strict=True)])


def _contact(caller: int) -> Contact:
    """A person that cannot exist: no Chinese telephone number of eleven digits begins with 10."""
    number = caller if caller >= 0 else 5_000_000 - caller
    return Contact(f"演示来电人{number:07}", f"1000{number:07}"[:11])


def _head(number: int, said: Suggestion, steps: Sequence[Step]) -> dict[str, Any]:
    last = steps[-1]
    unit = last.detail.unit if isinstance(last.detail, Choice) else ""
    due = next((read_time(each.due) for each in said.deadlines if each.due), None)
    return {
        "request_id": number, "version": last.version, "state": last.state, "owner": last.owner, "unit": unit, "urgency": said.urgency,
        "urgent": URGENT.get(said.urgency, LAST), "changed_at": last.at, "due_at": due.astimezone(UTC).replace(tzinfo=None) if due else None,
    }  # fmt: skip


def _put_steps(connection: sa.Connection, part: Sequence[_Happened]) -> None:
    told: dict[sa.Table, list[dict[str, Any]]] = {events: [], decisions: [], refusals: [], finals: []}
    for at, number, step in part:
        of = {"request_id": number, "version": step.version}
        told[events].append(
            {
                **of,
                "action": step.action,
                "state": step.state,
                "owner": step.owner,
                "once": None,
                "once_body": "",
                "made_at": at,
                "made_by": step.made_by,
            }
        )
        detail = step.detail
        if isinstance(detail, Refusal):
            told[refusals].append({**of, "unit": detail.unit, "area": detail.area, "reason": detail.reason, "note": step.note})
        elif isinstance(detail, Choice):
            where = {**of, "unit": detail.unit, "area": detail.area, "item": detail.item}
            if step.action == "final":
                told[finals].append(where)
            else:
                more = {"action": step.action, "suggestion_id": number, "co_units": json.dumps(detail.co_units), "reason": detail.reason}
                told[decisions].append({**where, **more})
    for table, rows in told.items():
        if rows:
            connection.execute(table.insert(), rows)


def _put_feedback(connection: sa.Connection, heard: Sequence[_Heard]) -> None:
    rows = [
        {
            **asdict(told), "request_id": number, "contacted": int(bool(told.contacted)), "reopened": int(bool(told.reopened)), "once": None,
            "once_body": "", "made_at": at, "made_by": PLATFORM,
        }
        for at, number, told in heard
    ]  # fmt: skip
    if rows:
        connection.execute(feedback.insert(), rows)


def _parts(steps: Sequence[_Happened]) -> Iterator[Sequence[_Happened]]:
    for start in range(0, len(steps), 10 * _CHUNK):
        yield steps[start : start + 10 * _CHUNK]


def _json(said: Suggestion) -> str:
    """As ``json.dumps(asdict(said))``, without copying every part first."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), default=_fields)


def _fields(part: Any) -> dict[str, Any]:
    if not is_dataclass(part):
        raise TypeError(type(part).__name__)
    return {each.name: getattr(part, each.name) for each in fields(part)}
