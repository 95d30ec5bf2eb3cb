"""The drill on the examples: a store full of them, a reorganisation in the tables, tried, applied, rolled back, with the shipped model."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import relabels, store
from service.analysis import facts
from service.analysis.count import count
from service.analysis.question import Question
from service.analysis.snapshot import connect, write
from service.database import Database
from service.identity import Contact
from service.store import Choice, Draft
from service.tables import requests
from tests.stores import KEYS, OPERATOR, call, write_keys
from tests.test_reorganisation import BORN, MERGED, SPLIT, changed  # noqa: F401
from triage import Engine, Request, Suggestion, profile_load
from triage.reclassify import Label, label_of

Command = Callable[..., tuple[int, str, str]]
Held = dict[int, tuple[Label, bool]]
BEFORE, AFTER = "2026-11-01", "2027-01-01"
_PAIR = re.compile(r"^ +(\d+)  (?:.* \[)?([^\]\s]+?)\]? → (?:.* \[)?([^\]\s]+?)\]?$")


def holding(database: Database) -> Held:
    with database.read() as connection:
        return {number: relabels.label(connection, number) for number in connection.execute(sa.select(requests.c.id)).scalars()}


def fill(database: Database, engine: Engine, examples: list[dict[str, str]]) -> dict[int, Request]:
    """Examples with what the engine said of them before; a person confirmed every third, and the machine sent every fourth by itself."""
    told = [Request(row["text"], row["title"], caller_kind=row["caller_kind"], received_at=BEFORE) for row in examples]
    kept: dict[int, Request] = {}
    for place, (request, said) in enumerate(zip(told, engine.suggest_many(told), strict=True)):
        assert isinstance(said, Suggestion)
        with database.write() as connection:
            number = store.create(connection, KEYS, OPERATOR, Draft(request, Contact(), False), said, call()).request
            if said.units and place % 3 == 0:
                chosen = Choice(said.units[0].code, said.units[0].area, said.items[0].code)
                store.decide(connection, OPERATOR, number, 1, "accept", chosen, call())
            elif said.units and place % 4 == 0:
                store.decide(connection, OPERATOR, number, 1, "auto", Choice(said.units[0].code, said.units[0].area, said.items[0].code), call())
        kept[number] = request
    return kept


def printed(out: str) -> Counter[tuple[str, str]]:
    """The matrix in a report."""
    lines = out.partition("主办单位 旧 → 新")[2].partition("\n\n")[0].splitlines()[1:]
    found = [_PAIR.fullmatch(line) for line in lines]
    return Counter({(match[2], match[3]): int(match[1]) for match in found if match})


def units_of(database: Database, folder: Path, profile: Path) -> dict[str, int]:
    """Requests by the unit that holds, as statistics count them."""
    city = facts.city(profile_load.load(profile), date(2027, 1, 1))
    write(database, KEYS, city, folder)
    table = count(connect(folder), Question(by=("label_unit",)), datetime(2027, 1, 1, tzinfo=UTC).replace(tzinfo=None))
    return {line.keys[0]: line.n for line in table.lines}


def test_the_drill_on_the_examples(
    engine: Engine,
    examples: list[dict[str, str]],
    changed: Path,  # noqa: F811
    tmp_path: Path,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRIAGE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TRIAGE_KEYS_FILE", str(tmp_path / "keys"))
    write_keys(tmp_path / "keys")
    assert command("store", "upgrade")[0] == 0
    database = Database(f"sqlite:///{tmp_path / 'data' / 'triage.db'}")
    asked = fill(database, engine, examples[::40])
    before = holding(database)
    confirmed = {number for number, (_, by_person) in before.items() if by_person}
    assert 0 < len(confirmed) < len(before) / 2

    after = Engine.load(changed).reading(None)  # as the command does
    said = after.suggest_many([Request(each.text, each.title, caller_kind=each.caller_kind, received_at=AFTER) for each in asked.values()])
    new = {number: label_of(each) for number, each in zip(asked, said, strict=True) if isinstance(each, Suggestion)}
    expected = Counter((before[number][0].unit, new[number].unit) for number in asked if number not in confirmed)
    moved = Counter({pair: n for pair, n in expected.items() if pair[0] != pair[1]})
    assert {("JT", "JG"), ("GS", "GR")} <= set(moved) and any(old == SPLIT for old, _ in moved)

    arguments = ("--profile", changed, "--as-of", AFTER)
    code, out, err = command("reclassify", "store", *arguments, "--out", tmp_path / "changes.csv")
    assert (code, err, holding(database)) == (0, "", before)
    assert printed(out) == moved
    with (tmp_path / "changes.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {int(row["id"]): row for row in csv.DictReader(file)}
    assert {number: (row["new_unit"], row["new_item"]) for number, row in rows.items()} == new
    assert {number for number, row in rows.items() if row["confirmed"]} == confirmed
    protected = sum(new[number] != before[number][0] for number in confirmed)
    assert protected and f"经人确认、予以保留, 而新结果不同: {protected} 件" in out

    counted = units_of(database, tmp_path / "snapshot", changed)
    assert counted == Counter(label.unit for label, _ in before.values())
    assert not BORN & set(counted)
    assert command("reclassify", "store", *arguments, "--apply", "机构改革后重分")[0] == 0
    applied = holding(database)
    assert {number: applied[number] for number in confirmed} == {number: before[number] for number in confirmed}
    assert {number: applied[number] for number in asked if number not in confirmed} == {
        number: (new[number], False) for number in asked if number not in confirmed
    }
    counted = units_of(database, tmp_path / "snapshot", changed)
    assert counted == Counter(label.unit for label, _ in applied.values())
    assert set(counted) >= BORN
    assert sum(counted.get(unit, 0) for unit in (*MERGED, SPLIT)) == sum(before[number][0].unit in {*MERGED, SPLIT} for number in confirmed)

    assert command("reclassify", "undo", 1)[0] == 0
    assert holding(database) == before
    assert units_of(database, tmp_path / "snapshot", changed) == Counter(label.unit for label, _ in before.values())
    database.close()
