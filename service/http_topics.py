"""Calls on hot topics: those of a period, and the masked requests of one."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from service import advise, alerts, audit, people, tag_store, topic_acts
from service.alerts import Standing
from service.analysis import lists, topics
from service.analysis.held import Held
from service.analysis.kept import Kept
from service.analysis.names import label, unit_name
from service.analysis.topics import Topic
from service.failures import refuse
from service.forms import AlertIn
from service.guard import Caller, needs, state_of
from service.http_periods import Since, Until, looked_at
from triage.profile import Profile

router = APIRouter(prefix="/api/v1/analysis/topics")


@router.get("", summary="Hot topics of a period: requests about one matter, with telling phrases and a typical masked request")
def found(request: Request, who: Annotated[Caller, needs("figures.all")], since: Since = None, until: Until = None) -> dict[str, Any]:
    state = state_of(request)
    first, last = looked_at(request, since, until)
    rows, read, made = _topics(request, first, last)
    with state.store.read() as store:
        stand = topic_acts.standing(store, {each.mark: each.requests for each in rows})
        names = people.shown(store, (each.owner for each in stand.values()))
    return {
        "topics": [{**_told(each, state.profile), **alerts.shown(stand.get(each.mark, Standing()), names)} for each in rows],
        "since": first, "until": last, "made_at": made, "read": read,
        "full": read >= topics.MOST, "least": topics.LEAST, "callers": topics.PEOPLE,
    }  # fmt: skip


@router.get("/{mark}/requests", summary="The masked requests of a topic, the most central first")
def behind(
    mark: Annotated[str, Path(pattern="^[0-9a-f]{16}$")], request: Request, who: Annotated[Caller, needs("figures.all")],
    since: Since = None, until: Until = None, limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> dict[str, Any]:  # fmt: skip
    state = state_of(request)
    topic = _topic(request, mark, since, until)
    with state.store.read() as store:
        seen = tag_store.seen(store, state.profile, who.role, state.adviser.now().date())
    held: Held = request.app.state.facts
    with held.open() as (connection, _):
        rows = lists.listed(connection, state.profile, topic.requests[:limit], seen)
    with state.store.write() as store:
        audit.note(store, who.who, "analysis.topic", f"topic:{mark}", detail={"found": len(rows)}, algorithm=state.settings.audit_hash)
    return {"requests": rows, "left_out": max(0, topic.n - len(rows))}


@router.post("/{mark}", summary="Own a topic, mute it for some days with a reason, or end that; the same matter keeps it when new requests come")
def act(
    mark: Annotated[str, Path(pattern="^[0-9a-f]{16}$")], body: AlertIn, request: Request, who: Annotated[Caller, needs("figures.all")],
    since: Since = None, until: Until = None,
) -> dict[str, Any]:  # fmt: skip
    state, topic = state_of(request), _topic(request, mark, since, until)
    with state.store.write() as connection:
        topic_acts.act(connection, who.who, mark, topic.requests, body.action, advise.hide(body.reason) if body.reason else "", body.days)
        audit.note(connection, who.who, f"topic.{body.action}", f"topic:{mark}", algorithm=state.settings.audit_hash)
        stands = topic_acts.standing(connection, {mark: topic.requests}).get(mark, Standing())
        return {"mark": mark, **alerts.shown(stands, people.shown(connection, (stands.owner,)))}


def _topic(request: Request, mark: str, since: date | None, until: date | None) -> Topic:
    first, last = looked_at(request, since, until)
    topic = next((each for each in _topics(request, first, last)[0] if each.mark == mark), None)
    if topic is None:
        raise refuse("unknown_topic", f"topic {mark}: none from {first} to {last}. Load the topics again: new requests move them.")
    return topic


def _topics(request: Request, first: date, last: date) -> tuple[list[Topic], int, str]:
    """The topics, how many requests were read, and of when the snapshot is; the last few answers are kept as long as it does not change."""
    held: Held = request.app.state.facts
    kept: Kept[tuple[list[Topic], int]] = request.app.state.__dict__.setdefault("topics", Kept[tuple[list[Topic], int]]())
    with held.open() as (connection, manifest):

        def make() -> tuple[list[Topic], int]:
            given = topics.told(connection, first, last)
            return topics.find(given), len(given)

        return *kept.get((manifest.generation, manifest.made_at, first, last), make), manifest.made_at


def _told(each: Topic, profile: Profile | None) -> dict[str, Any]:
    return {
        "mark": each.mark, "phrases": each.phrases, "n": each.n, "people": each.people, "unknown": each.unknown, "first": each.first,
        "last": each.last, "towns": [{"name": label("town", code, profile), "n": n} for code, n in each.towns[:5]],
        "elsewhere": sum(n for _, n in each.towns[5:]), "nowhere": each.nowhere,
        "unit": unit_name(each.unit, profile) if each.unit else "", "item": label("item", each.item, profile) if each.item else "",
        "typical": each.start, "close": round(each.close, 2),
    }  # fmt: skip
