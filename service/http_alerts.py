"""Calls on alerts: the bursts of some days, and what is done about them."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from service import advise, alerts, audit, people
from service.alerts import Standing
from service.analysis import answer, bursts, periods
from service.analysis.held import Held
from service.analysis.names import label
from service.failures import refuse
from service.forms import AlertIn
from service.guard import Caller, needs, state_of

router = APIRouter(prefix="/api/v1/analysis")
_EARLIEST = date(1971, 1, 1)
Until = Annotated[date | None, Query(description="last day, included; the last one that the snapshot holds where it is not given")]


@router.get("/alerts", summary="Bursts of the last days, the newest first, each with its owner and whether it is muted")
def found(
    request: Request, who: Annotated[Caller, needs("figures.all")], days: Annotated[int, Query(ge=1, le=31)] = 14, until: Until = None
) -> dict[str, Any]:
    state = state_of(request)
    held: Held = request.app.state.facts
    with held.open() as (connection, manifest):
        last = max(until or periods.lately(connection, state.adviser.now().date()), _EARLIEST)
        first = last - timedelta(days=days - 1)
        rows, unlooked = list(bursts.between(connection, first, last)), bursts.unlooked(connection, first, last)
        held_days = periods.coverage(connection, first, last)
    with state.store.read() as store:
        standing = alerts.standing(store)
        names = people.shown(store, (each.owner for each in standing.values()))
    return {
        "alerts": [
            {
                "mark": each.mark, "day": each.day, "town": label("town", each.town, state.profile), "item": label("item", each.item, state.profile),
                "n": each.n, "people": each.people, "expected": round(each.expected, 2), "p": each.p,
                "query": [("town", each.town), ("item", each.item), ("since", each.day), ("until", each.day)],
                **alerts.shown(standing.get(each.mark, Standing()), names),
            }
            for each in rows
        ],
        "false_alarms_a_month": round(bursts.ALARM * 30, 2), "least": bursts.LEAST, "weeks": bursts.WEEKS, "made_at": manifest.made_at,
        "days": days, "until": last, "unlooked": asdict(unlooked), "known": held_days.known, "gaps": answer.uncounted(held_days),
    }  # fmt: skip


@router.post("/alerts/{mark}", summary="Own an alert or give it back, mute it for some days with a reason, or end that")
def act(
    mark: Annotated[str, Path(min_length=16, max_length=16, pattern="^[0-9a-f]+$")],
    body: AlertIn,
    request: Request,
    who: Annotated[Caller, needs("figures.all")],
) -> dict[str, Any]:
    state = state_of(request)
    held: Held = request.app.state.facts
    with held.open() as (found, _):
        if not bursts.may_be(found, mark):
            raise refuse("unknown_alert", f"alert {mark}: there is none. Load the alerts again: new requests move them.")
    with state.store.write() as connection:
        alerts.act(connection, who.who, mark, body.action, advise.hide(body.reason) if body.reason else "", body.days)
        audit.note(connection, who.who, f"alert.{body.action}", f"alert:{mark}", algorithm=state.settings.audit_hash)
        stands = alerts.standing(connection).get(mark, Standing())
        return {"mark": mark, **alerts.shown(stands, people.shown(connection, (stands.owner,)))}
