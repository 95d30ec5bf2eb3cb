"""A demo city in a store: whole, marked, and never among real requests."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import identity, keys, store, synthetic, views
from service.audit import verify
from service.database import Database
from service.tables import decisions, events, feedback, finals, heads, metadata, refusals, requests, suggestions
from service.transitions import OPEN, TRANSITIONS
from tests.stores import make
from triage import profile_load

ARGUMENTS = ("--requests", "400", "--days", "90", "--until", "2026-11-01")
_ASIDE = ("originals", "identities", "phone_marks", "audit_log", "audit_chain", "switches")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, toy: Path) -> Path:
    return made(tmp_path_factory.mktemp("city") / "demo", toy)


def made(folder: Path, toy: Path) -> Path:
    from service.cli_demo import demo_city

    demo_city(folder, seed=1, days=90, count=400, until="2026-11-01", profile=None, model=str(toy), people=False, keep=False)
    return folder


@pytest.fixture
def opened(city: Path) -> sa.Connection:
    database = Database(f"sqlite:///{city / 'triage.db'}")
    with database.read() as connection:
        yield connection
    database.close()


def test_every_request_has_a_life_that_the_transitions_allow(opened: sa.Connection) -> None:
    numbers = list(opened.execute(sa.select(requests.c.id)).scalars())
    assert len(numbers) == 400
    for number in numbers:
        state = ""
        for row in opened.execute(sa.select(events).where(events.c.request_id == number).order_by(events.c.version)):
            assert row.state == (TRANSITIONS[state][row.action] if state else "new")
            state = row.state
        assert store.current(opened, number)[:2] == (store.head(opened, number).version, state)


def test_events_stand_in_the_order_in_which_they_happened(opened: sa.Connection) -> None:
    times = list(opened.execute(sa.select(events.c.made_at).order_by(events.c.id)).scalars())
    assert times == sorted(times)


def test_matters_that_come_back_are_seldom_resolved(opened: sa.Connection, city: Path) -> None:
    told = json.loads((city / "planted.json").read_text(encoding="utf-8"))
    lasting = {number for each in told["planted"] if each["kind"] == "topic" for number in each["requests"]}
    said = opened.execute(sa.select(feedback.c.request_id, feedback.c.resolved)).all()
    unresolved = {mine: [row.resolved in ("部分解决", "未解决") for row in said if (row.request_id in lasting) == mine] for mine in (True, False)}
    assert sum(unresolved[True]) / len(unresolved[True]) > 0.5 > sum(unresolved[False]) / len(unresolved[False])


def test_what_still_waits_has_reasons(opened: sa.Connection) -> None:
    chosen = sa.select(suggestions.c.shown).join(heads, heads.c.request_id == suggestions.c.request_id)
    waiting = [json.loads(each)["units"] for each in opened.execute(chosen.where(heads.c.state.in_(OPEN))).scalars()]
    assert waiting and all(units[0]["reasons"] for units in waiting if units)


def test_there_is_some_of_everything(opened: sa.Connection) -> None:
    told = dict(opened.execute(sa.select(events.c.action, sa.func.count()).group_by(events.c.action)).all())
    assert {"create", "accept", "choose", "override", "refuse", "final", "close"} <= set(told)
    assert told["create"] == 400
    reasons = set(opened.execute(sa.select(refusals.c.reason)).scalars())
    assert len(reasons) >= 3
    assert opened.execute(sa.select(sa.func.count()).select_from(decisions).where(decisions.c.action == "accept")).scalar_one()
    units = set(opened.execute(sa.select(finals.c.unit)).scalars())
    assert len(units) > 5
    states = set(opened.execute(sa.select(heads.c.state)).scalars())
    assert {"final", "closed"} < states


def test_callers_say_what_they_think_of_ended_requests_only(opened: sa.Connection) -> None:
    told = opened.execute(sa.select(feedback, heads.c.state).join(heads, heads.c.request_id == feedback.c.request_id)).all()
    assert len(told) > 100
    assert {row.state for row in told} == {"final"}
    assert len({row.satisfied for row in told}) >= 4
    assert all(row.contacted_at < row.closed_at < row.made_at for row in told)


def test_the_merged_unit_has_nothing_after_the_change(opened: sa.Connection, city: Path) -> None:
    change = json.loads((city / "planted.json").read_text(encoding="utf-8"))["reorganised"]
    entered = sa.select(events.c.request_id).where(events.c.action == "create", events.c.made_at >= sa.func.datetime(change))
    late = sa.select(sa.func.count()).select_from(finals).where(finals.c.unit.in_(("GL", "CG")), finals.c.request_id.in_(entered))
    assert opened.execute(late).scalar_one() == 0
    units = profile_load.load(city / "profile").units
    assert units["GL"].successors == ("JT",) and units["GL"].period.end.isoformat() < change


def test_the_dispute_waits_for_somebody_after_two_refusals(opened: sa.Connection, city: Path) -> None:
    truth = json.loads((city / "planted.json").read_text(encoding="utf-8"))
    planted = next(each for each in truth["planted"] if each["kind"] == "dispute")
    assert planted["since"] == "2026-10-29" and len(planted["requests"]) == 2
    for number in planted["requests"]:
        assert store.head(opened, number).state == "disputed"
        told = opened.execute(sa.select(refusals).where(refusals.c.request_id == number).order_by(refusals.c.version)).all()
        assert len(told) == 2 and all(each.reason and each.note for each in told) and told[0].unit != told[1].unit


def test_what_was_planted_is_listed_with_its_requests(opened: sa.Connection, city: Path) -> None:
    truth = json.loads((city / "planted.json").read_text(encoding="utf-8"))
    assert truth["synthetic"] is True and truth["seed"] == 1
    burst = next(each for each in truth["planted"] if each["code"] == "water")
    texts = opened.execute(sa.select(requests.c.content).where(requests.c.id.in_(burst["requests"]))).scalars().all()
    assert len(texts) == len(burst["requests"]) >= 4
    assert all("水" in text for text in texts)


def test_it_is_marked_in_the_store_and_on_every_request(opened: sa.Connection) -> None:
    assert synthetic.facts(opened) == {"seed": 1, "until": "2026-11-01", "days": 90, "requests": 400}
    assert all(ref.startswith("演示") for ref in opened.execute(sa.select(requests.c.ref)).scalars())
    assert set(opened.execute(sa.select(requests.c.made_by)).scalars()) == {"synthetic"}


def test_the_rows_are_those_that_the_service_reads(opened: sa.Connection, city: Path) -> None:
    own = keys.load(city / "keys.txt")
    found = views.one(opened, 1)
    assert found["suggestion"] is None or found["suggestion"]["shown"]["units"]
    assert identity.original(opened, own, 1) is not None
    caller = identity.contact(opened, own, 1)
    assert caller is not None and caller.phone.startswith("1000")
    assert 1 in identity.by_phone(opened, own, caller.phone)


def test_the_audit_log_is_whole_and_says_so(city: Path) -> None:
    database = Database(f"sqlite:///{city / 'triage.db'}")
    assert verify(database).problem == ""
    database.close()


def test_the_same_seed_gives_the_same_rows(city: Path, tmp_path: Path, toy: Path) -> None:
    assert rows(made(tmp_path / "again", toy)) == rows(city)


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    database = Database(f"sqlite:///{folder / 'triage.db'}")
    with database.read() as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(sa.select(table))] for table in metadata.sorted_tables if table.name not in _ASIDE
        }
    database.close()
    return found


def test_a_store_with_requests_is_refused(tmp_path: Path, command: Callable[..., tuple[int, str, str]]) -> None:
    database = Database(f"sqlite:///{tmp_path / 'triage.db'}")
    database.migrate()
    make(database)
    database.close()
    code, _, told = command("demo-city", tmp_path, *ARGUMENTS)
    assert code == 2 and "store of its own" in told
    code, _, told = command("demo-city", tmp_path, *ARGUMENTS, "--people")
    assert code == 2


def test_days_are_as_many_as_in_the_demo_so_that_two_whole_years_give_seasons() -> None:
    from inspect import signature

    from service.cli_demo import demo_city

    script = (Path(__file__).parent.parent / "scripts" / "demo").read_text(encoding="utf-8")
    days = signature(demo_city).parameters["days"].default
    assert days == 800 and f"--days {days} " in script


def test_a_demo_city_is_left_as_it_is_when_asked(city: Path, command: Callable[..., tuple[int, str, str]]) -> None:
    code, _, told = command("demo-city", city, *ARGUMENTS)
    assert code == 2 and "holds a demo city already" in told
    before = (city / "planted.json").read_bytes()
    assert command("demo-city", city, *ARGUMENTS, "--keep")[0] == 0
    assert (city / "planted.json").read_bytes() == before


def test_a_day_that_is_none_is_told(tmp_path: Path, command: Callable[..., tuple[int, str, str]]) -> None:
    code, _, told = command("demo-city", tmp_path / "x", "--until", "soon")
    assert code == 2 and "'soon'" in told
