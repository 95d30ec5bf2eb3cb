"""Days of people: one counting for the own day and for the team's."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from service import days, store
from service.audit import Who
from service.database import Database, now
from service.store import Choice
from tests.stores import OPERATOR, call, make
from triage.records import Refusal, Request

TARGET = timedelta(minutes=10)


def test_a_day_counts_what_somebody_did(database: Database) -> None:
    numbers_ = [make(database) for _ in range(3)]
    with database.write() as connection:
        for number, action in zip(numbers_, ("accept", "override", "close"), strict=True):
            store.decide(connection, OPERATOR, number, 1, action, Choice("ZJ"), call())
    soon = now() + timedelta(hours=1)
    with database.read() as connection:
        day = days.figures(days.acts(connection, now() - timedelta(hours=1), soon, None, "oper")["oper"], TARGET)
        nobody = days.figures(days.acts(connection, now() - timedelta(hours=1), soon, None, "x").get("x", ()), TARGET)
    assert (day["accepted"], day["overridden"], day["closed"], day["dispatched"], day["within_target"]) == (1, 1, 1, 2, 2)
    assert 0 <= day["median_seconds"] < 60 and day["target_seconds"] == 600
    assert (nobody["dispatched"], nobody["median_seconds"]) == (0, None)


def test_a_wait_counts_from_when_a_request_came_in_or_came_back(database: Database) -> None:
    hour = timedelta(hours=1)
    city = ZoneInfo("Asia/Shanghai")

    def median(number: int, version: int) -> float:
        with database.write() as connection:
            store.decide(connection, Who(f"oper{number}.{version}"), number, version, "accept", Choice("ZJ"), call())
            name = f"oper{number}.{version}"
            own = days.acts(connection, now() - hour, now() + hour, city, name)
            team_s = days.acts(connection, now() - hour, now() + hour, city)
        assert own[name] == team_s[name]
        day = days.figures(own[name], TARGET)
        return float(day["median_seconds"])

    ago = (now() - hour).replace(tzinfo=UTC)
    told = make(database, request=Request("路灯坏了", received_at=ago.isoformat()))
    assert median(told, 1) == pytest.approx(3600, abs=30)
    with database.write() as connection:
        store.send_back(connection, OPERATOR, told, 2, Refusal("ZJ"), "", call())
    assert median(told, 3) < 30
    naive = ago.astimezone(city).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    assert median(make(database, request=Request("路灯坏了", received_at=naive)), 1) == pytest.approx(3600, abs=30)
    for odd in ("", "昨天", "9999-12-31T23:59:59-23:00", (ago + 2 * hour).isoformat()):
        assert median(make(database, request=Request("路灯坏了", received_at=odd)), 1) < 30
