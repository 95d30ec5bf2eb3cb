"""The period that calls on topics and findings look at."""

from datetime import date
from typing import Annotated

from fastapi import Query, Request

from service.analysis import periods
from service.analysis.held import Held
from service.guard import state_of

Since = Annotated[date | None, Query(description="first day; 30 days up to the last one where it is not given")]
Until = Annotated[date | None, Query(description="last day, included; the last one that the snapshot holds where it is not given")]


def looked_at(request: Request, since: date | None, until: date | None) -> tuple[date, date]:
    """First and last day. Raises ``bad_value`` as ``periods.chosen``."""
    held: Held = request.app.state.facts
    with held.open() as (connection, _):
        return periods.looked_at(connection, since, until, state_of(request).adviser.now().date())
