from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from service import demo_outcomes, outcomes
from service.database import Database
from service.demo_lives import AUTO, PLATFORM, Step
from service.store import Choice
from service.tables import auto_outcomes
from tests.stores import make
from triage.decide import EVERYONE
from triage.records import Refusal

START = datetime(2026, 3, 1, 9)


def steps(*after: tuple[int, str, Choice | Refusal | None]) -> list[tuple[datetime, Step]]:
    first = Step(START, 2, "auto", "dispatched", AUTO, AUTO, Choice("ZJ"))
    rest = [Step(START + timedelta(days=days), 3 + n, action, "x", "", PLATFORM, detail) for n, (days, action, detail) in enumerate(after)]
    return [(each.at, each) for each in (first, *rest)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_automatic_dispatch_has_the_outcome_that_its_life_tells(database: Database) -> None:
    lives = [
        steps((1, "final", Choice("ZJ"))),
        steps((1, "final", Choice("GA"))),
        steps((1, "refuse", Refusal("ZJ", "其他")), (2, "final", Choice("ZJ"))),
        steps(),
        [(START, Step(START, 2, "accept", "dispatched", "x", "x", Choice("ZJ")))],  # by a person
    ]
    numbers = [make(database) for _ in lives]
    happened = sorted(((at, number, step) for number, life in zip(numbers, lives, strict=True) for at, step in life), key=lambda each: each[0])
    with database.write() as connection:
        demo_outcomes.put(connection, happened, START + timedelta(days=11))
        found = dict(connection.execute(sa.select(auto_outcomes.c.request_id, auto_outcomes.c.accepted)).all())
        state, stopped = outcomes.states(connection)[EVERYONE]
    assert found == dict(zip(numbers, [1, 0, 0, 1], strict=False))
    assert (state.seen, state.wrong, stopped) == (4, 2, None)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_nobody_has_told_yet_waits(database: Database) -> None:
    number = make(database)
    with database.write() as connection:
        demo_outcomes.put(connection, [(at, number, step) for at, step in steps()], START + timedelta(days=9))
        assert connection.execute(sa.select(auto_outcomes.c.accepted)).scalars().all() == [None]
        assert outcomes.states(connection)[EVERYONE][0].seen == 0
