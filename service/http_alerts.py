"""Calls on alerts: the bursts of some days, and what is done about them."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from service import advise, alerts, audit
from service.alerts import Standing
from service.analysis import answer, bursts, periods
from service.analysis.held import Held
from service.analysis.names import label
from service.forms import AlertIn
from service.guard import Caller, needs, state_of

router = APIRouter(prefix="/api/v1/analysis")
_EARLIEST = date(1971, 1, 1)


@router.get("/alerts", summary="Bursts of the last days, the newest first, each with its owner and whether it is muted")
def found(
    request: Request, who: Annotated[Caller, needs("figures.all")], days: Annotated[int, Query(ge=1, le=31)] = 14, until: date | None = None
) -> dict[str, Any]:
    state = state_of(request)
    held: Held = request.app.state.facts
    last = max(until or state.adviser.now().date(), _EARLIEST)
    with held.open() as (connection, manifest):
        first = last - timedelta(days=days - 1)
        rows, unlooked = list(bursts.between(connection, first, last)), bursts.unlooked(connection, first, last)
        held_days = periods.coverage(connection, first, last)
    with state.store.read() as store:
        standing = alerts.standing(store)
    return {
        "alerts": [
            {
                "mark": each.mark, "day": each.day, "town": label("town", each.town, state.profile), "item": label("item", each.item, state.profile),
                "n": each.n, "people": each.people, "expected": round(each.expected, 2), "p": each.p,
                "query": [("town", each.town), ("item", each.item), ("since", each.day), ("until", each.day)],
                **asdict(standing.get(each.mark, Standing())),
            }
            for each in rows
        ],
        "false_alarms_a_month": round(bursts.ALARM * 30, 2), "least": bursts.LEAST, "weeks": bursts.WEEKS, "made_at": manifest.made_at,
        "days": days, "unlooked": asdict(unlooked), "known": held_days.known, "gaps": answer.uncounted(held_days),
    }  # fmt: skip


@router.post("/alerts/{mark}", summary="Own an alert, mute it for some days with a reason, or end that")
def act(
    mark: Annotated[str, Path(min_length=16, max_length=16, pattern="^[0-9a-f]+$")],
    body: AlertIn,
    request: Request,
    who: Annotated[Caller, needs("figures.all")],
) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        alerts.act(connection, who.who, mark, body.action, advise.hide(body.reason) if body.reason else "", body.days)
        audit.note(connection, who.who, f"alert.{body.action}", f"alert:{mark}", algorithm=state.settings.audit_hash)
        return {"mark": mark, **asdict(alerts.standing(connection).get(mark, Standing()))}
