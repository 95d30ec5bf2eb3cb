from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.app import create_app
from service.settings import Settings
from service.tables import feedback
from tests.desks import Desk, Person, code
from triage import Engine

LAMPS = "水口镇泮村的路灯坏了半个月, 晚上走路好黑, 麻烦派人修一下"


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0, snapshot_minutes=0), load=lambda _: toy_engine)) as ready:
        yield ready


def keep(who: Person, ref: str = "") -> int:
    return int(who.post("/requests", {"text": LAMPS, "id": ref}).json()["id"])


def test_a_report_is_kept_once_and_masked(desk: Desk) -> None:
    operator = desk.person("operator")
    number = keep(operator)
    body = {"contacted": True, "closed_at": "2026-11-26T18:00", "resolved": "解决", "note": "已联系13800138000"}
    for result in ("added", "replayed"):
        answer = operator.post(f"/requests/{number}/feedback", body, key="f1")
        assert (answer.status_code, answer.json()) == (201, {"request": number, "result": result})
    with desk.state.store.read() as connection:
        row = connection.execute(sa.select(feedback)).one()
    assert (row.contacted, row.closed_at.isoformat(), row.satisfied) == (1, "2026-11-26T10:00:00", "")
    assert "13800138000" not in row.note


def test_of_many_a_bad_one_fails_alone(desk: Desk) -> None:
    platform, operator = desk.machine(), desk.person("operator")
    number = keep(operator, "GD7")
    rows = [{"id": "GD7", "resolved": "解决"}, {"id": "GD8", "resolved": "解决"}, {"request": number}, {"request": number, "closed_at": "昨天"}]
    told = platform.post("/feedback", {"rows": rows}, key="k").json()
    assert [each.get("error", {}).get("code", each["result"]) for each in told["rows"]] == ["added", "unknown_request", "bad_value", "bad_value"]
    assert (told["added"], told["failed"]) == (1, 3)
    assert platform.post("/feedback", {"rows": rows}, key="k").json()["replayed"] == 1


def test_only_who_works_on_requests_may_report(desk: Desk) -> None:
    number = keep(desk.person("operator"))
    assert code(desk.person("analyst").post(f"/requests/{number}/feedback", {"resolved": "解决"})) == (403, "no_right")
    assert desk.person("supervisor").post(f"/requests/{number}/feedback", {"resolved": "别的"}).status_code == 422
