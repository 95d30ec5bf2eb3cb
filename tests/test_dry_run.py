from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from triage import Engine
from triage.columns import Columns
from triage.dry_run import Moved, dry_run
from triage.profile_report import MOVED, moved_cells, outcome_in_words
from triage.succession import Period
from triage.tables import Row

DAY = date(2026, 7, 1)
COLUMNS = Columns("text", "", "id")


def rows(*texts: str) -> Iterator[Row]:
    yield from (Row(number, {"id": f"r{number}", "text": text}) for number, text in enumerate(texts, start=2))


@pytest.fixture(scope="module")
def changed(toy_engine: Engine) -> Engine:
    """The toy engine after another unit took the labour bureau's place."""
    city = toy_engine.profile
    assert city is not None
    units = {
        **city.units,
        "RS": city.units["RS"]._replace(period=Period(date.min, date(2026, 6, 30)), successors=("LD",)),
        "LD": city.units["RS"]._replace(code="LD", name="劳动局", period=Period(DAY, date.max)),
    }
    duties = {code: tuple(row._replace(unit="LD") if row.unit == "RS" else row for row in rows) for code, rows in city.duties.items()}
    return Engine(toy_engine.bundle, replace(city, units=units, duties=duties))


def test_the_same_profile_changes_nothing(toy_engine: Engine) -> None:
    told: list[Moved] = []
    outcome = dry_run(toy_engine, toy_engine, rows("老板拖欠工资", "水口镇路灯坏了"), COLUMNS, DAY, told.append)
    assert told == []
    assert (outcome.rows, outcome.unreadable, outcome.leads, outcome.helpers, outcome.decisions, outcome.pairs) == (2, 0, 0, 0, 0, {})
    assert outcome_in_words(outcome, told) == "共 2 件\n主办改变 0 件, 协办改变 0 件, 决定改变 0 件"


def test_what_moves_is_counted_and_told_without_its_text(toy_engine: Engine, changed: Engine) -> None:
    told: list[Moved] = []
    texts = ("工厂老板拖欠工资三个月", "水口镇泮村路灯坏了", "", "工厂老板拖欠工资三个月不发")
    bad = Row(9, {"id": "r9"}, "row 9 has 1 cells, the header 2")
    outcome = dry_run(toy_engine, changed, iter([*rows(*texts), bad]), COLUMNS, DAY, told.append)
    assert (outcome.rows, outcome.unreadable) == (5, 2)
    assert outcome.leads == sum(outcome.pairs.values())
    assert outcome.pairs == {("RS", "LD"): 2}
    assert [moved.id for moved in told if moved.old.lead != moved.new.lead] == ["r2", "r5"]
    words = outcome_in_words(outcome, told)
    assert "其中 2 件无法读取" in words
    assert "开平市人力资源和社会保障局[RS] → 劳动局[LD]: 2 件" in words
    assert "工资" not in words
    assert all(len(moved_cells(moved)) == len(MOVED) + 1 for moved in told)


def test_every_row_counts_as_of_the_day(toy_engine: Engine) -> None:
    assert toy_engine.profile is not None
    columns = Columns("text", "", "id", {"received_at": "when"})
    found = [replace(row, cells={**row.cells, "when": "2020-01-01"}) for row in rows(*["老板拖欠工资"] * 1100)]
    assert dry_run(toy_engine, toy_engine, found, columns, DAY, lambda moved: None).rows == 1100
