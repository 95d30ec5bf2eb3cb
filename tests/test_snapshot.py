from collections import namedtuple
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service import feedback, relabels, retention, store, tag_store
from service.analysis import facts, snapshot
from service.analysis.columns import COLUMNS, SCHEMA
from service.analysis.count import count
from service.analysis.held import Held
from service.analysis.question import Question
from service.analysis.snapshot import MANIFEST, Manifest, Written, connect, read_manifest, write
from service.audit import Who
from service.database import Database
from service.feedback import Told
from service.identity import Contact
from service.store import Choice
from service.tables import events, requests, tag_marks
from tests.stores import KEYS, OPERATOR, VERSIONS, call, make
from triage.profile import Profile
from triage.reclassify import Again, Label, Stored
from triage.records import Refusal, Request
from triage.succession import Period
from triage.tag import TagValue

MADE = datetime(2026, 11, 26)
PHONE = Contact("王某", "13800138000")


@pytest.fixture
def city(kaiping: Profile) -> facts.City:
    return facts.city(kaiping, date(2026, 11, 26))


def rows(folder: Path) -> dict[int, dict[str, Any]]:
    found = connect(folder).sql("SELECT * FROM facts ORDER BY id").to_arrow_table().to_pylist()
    return {each["id"]: each for each in found}


def take(database: Database, city: facts.City, folder: Path, **more: Any) -> Written:
    return write(database, KEYS, city, folder, **more)


def decide(database: Database, number: int, version: int, action: str, unit: str = "ZJ", who: Who = OPERATOR) -> None:
    with database.write() as connection:
        store.decide(connection, who, number, version, action, Choice(unit, item="070301"), call())


def test_an_empty_store_gives_an_empty_snapshot(database: Database, city: facts.City, tmp_path: Path) -> None:
    assert take(database, city, tmp_path / "s") == Written(0, 0, 0, 0)
    assert connect(tmp_path / "s").execute("SELECT count(*) FROM facts").fetchone() == (0,)
    assert connect(tmp_path / "nowhere").execute("SELECT count(*) FROM facts").fetchone() == (0,)


def test_a_row_tells_the_whole_way_of_a_request(database: Database, city: facts.City, tmp_path: Path) -> None:
    number = make(database, contact=PHONE)
    decide(database, number, 1, "accept")
    with database.write() as connection:
        store.send_back(connection, OPERATOR, number, 2, Refusal("ZJ", "属地不符"), "", call())
    decide(database, number, 3, "override", "GA")
    with database.write() as connection:
        store.settle(connection, OPERATOR, number, 4, Choice("GA", "440783117", "070301"), call())
        feedback.add(connection, OPERATOR, number, Told(contacted=True, resolved="未解决"), call())
        feedback.add(connection, OPERATOR, number, Told(resolved="解决", satisfied="满意"), call())
        connection.execute(tag_marks.insert().values(request_id=number, tag="crowd", value="老年人", held=1, made_at=sa.func.now(), made_by="a"))
    assert take(database, city, tmp_path).changed == 1
    row = rows(tmp_path)[number]
    assert list(row) == [each.name for each in COLUMNS]
    assert (row["first_unit"], row["how"], row["last_unit"], row["final_unit"]) == ("ZJ", "accepted", "GA", "GA@440783117")
    assert (row["suggested_unit"], round(row["suggested_p"], 3), row["suggested"], row["type"]) == ("ZJ", 0.9, "suggest", "求助")
    assert [(each["unit"], each["reason"]) for each in row["refusals"]] == [("ZJ", "属地不符")]
    assert [(each["unit"], each["how"]) for each in row["dispatches"]] == [("ZJ", "accepted"), ("GA", "overridden")]
    assert (row["item"], row["item_now"], row["item_1"], row["item_2"], row["town"]) == ("070301", "070301", "07", "0703", "440783117")
    assert (row["contacted"], row["resolved"], row["satisfied"], row["reopened"]) == (True, "解决", "满意", None)
    assert {"crowd=老年人", "item=070301", "bounce_reason=属地不符", "duplicate=首次", "corrected=照建议"} <= set(row["tags"])
    assert [each["tag"] for each in row["tag_sources"]] == row["tags"]
    assert next((each["source"], each["who"]) for each in row["tag_sources"] if each["tag"] == "crowd=老年人") == ("manual", "a")
    assert 0 <= row["first_s"] <= row["final_s"] < 60
    assert (row["state"], row["refused"], row["model"], row["synthetic"]) == ("final", 1, "toy", False)


def test_nothing_personal_is_in_it(database: Database, city: facts.City, tmp_path: Path) -> None:
    open_one = make(database, contact=PHONE)
    secret = make(database, contact=PHONE, confidential=True)
    take(database, city, tmp_path)
    found = rows(tmp_path)
    with database.read() as connection:
        marks = set(connection.execute(sa.text("SELECT mark FROM phone_marks")).scalars())
    assert len(found[open_one]["caller"]) == 16 and found[open_one]["caller"] not in {mark[:16] for mark in marks}
    assert (found[secret]["caller"], found[secret]["title"], found[secret]["text"]) == ("", "", "")
    assert not {"name", "phone", "content", "spans"} & set(SCHEMA.names)
    data = b"".join(file.read_bytes() for file in tmp_path.glob("*"))
    assert b"13800138000" not in data and "王某".encode() not in data


def test_only_what_is_new_is_read_and_gives_the_same_as_all_anew(database: Database, city: facts.City, tmp_path: Path) -> None:
    numbers = [make(database, contact=PHONE) for _ in range(3)]
    assert take(database, city, tmp_path / "a") == Written(3, 0, 1, 3)
    assert take(database, city, tmp_path / "a") == Written(0, 0, 0, 3)
    decide(database, numbers[1], 1, "accept")
    assert take(database, city, tmp_path / "a") == Written(1, 0, 1, 3)
    numbers.append(make(database, contact=PHONE, request=Request("路灯", received_at="2026-01-05")))
    assert take(database, city, tmp_path / "a") == Written(1, 0, 1, 4)
    take(database, city, tmp_path / "b")
    assert rows(tmp_path / "a") == rows(tmp_path / "b")
    assert sorted(read_manifest(tmp_path / "a").files)[0] == "2026-01"


def test_what_retention_removed_is_gone(database: Database, city: facts.City, tmp_path: Path) -> None:
    kept, number = make(database), make(database)
    decide(database, number, 1, "close", unit="")
    with database.write() as connection:
        feedback.add(connection, OPERATOR, number, Told(resolved="解释说明"), call())
    take(database, city, tmp_path)
    with database.write() as connection:
        assert retention.purge(connection, datetime(2999, 1, 1)) == [number]
    assert take(database, city, tmp_path).gone == 1
    assert set(rows(tmp_path)) == {kept}
    before = read_manifest(tmp_path)
    assert take(database, city, tmp_path) == Written(0, 0, 0, 1) and read_manifest(tmp_path) == before  # nothing more is gone


def test_a_repetition_names_the_one_before_within_ninety_days(database: Database, city: facts.City, tmp_path: Path) -> None:
    days = ["2026-01-01T09:00", "2026-03-01T09:00", "2026-09-01T09:00"]
    first, second, late = (make(database, contact=PHONE, request=Request("路灯", received_at=day)) for day in days)
    other = make(database, contact=Contact(phone="13900139000"), request=Request("路灯", received_at="2026-03-02T09:00"))
    take(database, city, tmp_path)
    assert {number: row["repeat_of"] for number, row in rows(tmp_path).items()} == {first: None, second: first, late: None, other: None}
    again = make(database, contact=PHONE, request=Request("路灯", received_at="2026-09-02T09:00"))
    take(database, city, tmp_path)
    assert rows(tmp_path)[again]["repeat_of"] == late
    assert "duplicate=同人同事重复" in rows(tmp_path)[again]["tags"]


def test_people_have_the_last_word_on_tags() -> None:
    computed = [TagValue("risk", "劳资", "rule", "tags.csv:2"), TagValue("demand", "退款", "rule", "tags.csv:3")]
    mark = namedtuple("mark", "tag value held made_by made_at")
    marks = [
        mark("risk", "劳资", 0, "b", MADE),
        mark("crowd", "老年人", 1, "b", MADE),
        mark("crowd", "老年人", 0, "c", MADE),
        mark("topic", "路灯", 1, "c", MADE),
    ]
    held = facts.marked(computed, marks)
    assert [(each.tag, each.value, each.source) for each in held] == [("demand", "退款", "rule"), ("topic", "路灯", "manual")]


def test_published_rules_tag_again_what_is_there(database: Database, city: facts.City, tmp_path: Path, kaiping: Profile) -> None:
    number = make(database, "路灯坏了, 好黑")
    take(database, city, tmp_path)
    rule = {"patterns": "路灯+黑"}
    with database.write() as connection:
        tag = tag_store.checked(tag_store.tag_of("dark", "照明", "路灯不亮", rule), kaiping)
        tag_store.keep(connection, OPERATOR, tag, rule, "draft")
        assert tag_store.published(connection) == ()
        tag_store.keep(connection, OPERATOR, tag, rule, "published")
        assert tag_store.published(connection) == (tag,)
        extra = tag_store.published(connection)
    take(database, facts.city(kaiping, date(2026, 11, 26), extra), tmp_path)
    assert "dark=是" in rows(tmp_path)[number]["tags"]
    assert ("rule", "dark") in {(each["source"], each["who"]) for each in rows(tmp_path)[number]["tag_sources"]}


def test_a_dispatch_without_a_person_counts_as_automatic(database: Database, city: facts.City, tmp_path: Path) -> None:
    number = make(database)
    decide(database, number, 1, "accept", who=Who("system"))
    take(database, city, tmp_path)
    assert rows(tmp_path)[number]["how"] == "auto"


def test_times_that_contradict_each_other_are_no_duration(database: Database, city: facts.City, tmp_path: Path) -> None:
    number = make(database)
    decide(database, number, 1, "accept")
    with database.write() as connection:
        connection.execute(requests.update().values(made_at=datetime(2026, 1, 2)))
        connection.execute(events.update().where(events.c.version == 2).values(made_at=datetime(2026, 1, 1)))
    take(database, city, tmp_path)
    assert (rows(tmp_path)[number]["first_s"], rows(tmp_path)[number]["first_at"]) == (None, datetime(2026, 1, 1))


def test_invented_requests_are_marked(database: Database, city: facts.City, tmp_path: Path) -> None:
    number = make(database)
    with database.write() as connection:
        connection.execute(requests.update().values(made_by=facts.SYNTHETIC))
    take(database, city, tmp_path)
    assert rows(tmp_path)[number]["synthetic"]


def test_other_tables_of_the_city_or_a_damaged_manifest_make_it_anew(database: Database, city: facts.City, tmp_path: Path, kaiping: Profile) -> None:
    make(database)
    take(database, city, tmp_path)
    assert take(database, facts.city(None, date(2026, 11, 26)), tmp_path).changed == 1
    assert next(iter(rows(tmp_path).values()))["item_now"] == ""
    (tmp_path / MANIFEST).write_text("{", encoding="utf-8")
    assert connect(tmp_path).execute("SELECT count(*) FROM facts").fetchone() == (0,)
    assert take(database, city, tmp_path).rows == 1


def test_a_planned_change_of_the_classification_holds_from_its_day_on(database: Database, tmp_path: Path, kaiping: Profile) -> None:
    old = kaiping.items["070301"]._replace(period=Period(date.min, date(2026, 12, 31)), successors=("070302",))
    planned = replace(kaiping, items={**kaiping.items, "070301": old})
    number = make(database)
    take(database, facts.city(planned, date(2026, 12, 30)), tmp_path)
    assert take(database, facts.city(planned, date(2026, 12, 31)), tmp_path) == Written(0, 0, 0, 1)  # another day alone changes nothing
    assert rows(tmp_path)[number]["item_now"] == "070301"
    assert take(database, facts.city(planned, date(2027, 1, 1)), tmp_path).changed == 1
    assert rows(tmp_path)[number]["item_now"] == "070302"


def test_files_of_the_last_state_stay_for_those_who_read_them_and_go_later(database: Database, city: facts.City, tmp_path: Path) -> None:
    make(database)
    take(database, city, tmp_path)
    reading = connect(tmp_path)
    make(database)
    take(database, city, tmp_path)
    assert reading.execute("SELECT count(*) FROM facts").fetchone() == (1,)
    make(database)
    take(database, city, tmp_path)
    assert len(list(tmp_path.glob("facts-*.parquet"))) == 2


def relabel(database: Database, unit: str, item: str, *numbers: int) -> int:
    stamp = relabels.Stamp(VERSIONS, "v2", "机构改革")
    with database.write() as connection:
        batch = relabels.begin(connection, OPERATOR, stamp)
        relabels.add(
            connection, batch, stamp, [Again(Stored(Request("x"), Label("ZJ", "070301"), False, each), Label(unit, item), 0.5) for each in numbers]
        )
    return batch


def act(database: Database, batch: int, action: str) -> None:
    with database.write() as connection:
        relabels.act(connection, OPERATOR, batch, action)


def by(folder: Path, dimension: str) -> dict[str, int]:
    return {line.keys[0]: line.n for line in count(connect(folder), Question(by=(dimension,)), MADE).lines}


def test_statistics_follow_a_reclassification_and_its_undoing(database: Database, city: facts.City, tmp_path: Path) -> None:
    machine, automatic, person, other = (make(database) for _ in range(4))
    decide(database, automatic, 1, "auto")
    decide(database, person, 1, "override", "GA")
    take(database, city, tmp_path / "a")
    before = rows(tmp_path / "a")
    assert {number: (row["label_unit"], row["label_from"]) for number, row in before.items()} == {
        machine: ("ZJ", "suggested"), automatic: ("ZJ", "suggested"), person: ("GA", "decided"), other: ("ZJ", "suggested"),
    }  # fmt: skip
    assert (before[machine]["label_model"], before[machine]["label_taxonomy"], before[person]["label_model"]) == ("toy", "", "")

    batch = relabel(database, "RS@440783117", "010101", machine, automatic, person)
    assert take(database, city, tmp_path / "a").changed == 0  # it does not count yet
    act(database, batch, relabels.APPLY)
    assert take(database, city, tmp_path / "a").changed == 3
    found = rows(tmp_path / "a")
    stamp = ("label_unit", "label_from", "label_batch", "label_model", "label_profile", "label_taxonomy", "item", "item_1", "town")
    for number in (machine, automatic):
        assert [found[number][name] for name in stamp] == [
            "RS@440783117", "relabelled", batch, "toy", "kaiping@1", "v2", "010101", "01", "440783117",
        ]  # fmt: skip
        assert (found[number]["first_unit"], found[number]["suggested_unit"]) == (before[number]["first_unit"], "ZJ")
    assert (found[person], found[other]) == (before[person], before[other])
    assert by(tmp_path / "a", "label_unit") == {"RS@440783117": 2, "GA": 1, "ZJ": 1}
    assert by(tmp_path / "a", "label_from") == {"relabelled": 2, "decided": 1, "suggested": 1}
    assert by(tmp_path / "a", "item_1") == {"01": 2, "07": 2}
    take(database, city, tmp_path / "b")
    assert rows(tmp_path / "b") == found

    act(database, batch, relabels.UNDO)
    assert take(database, city, tmp_path / "a").changed == 3
    assert rows(tmp_path / "a") == before
    act(database, batch, relabels.APPLY)
    second = relabel(database, "SC", "", machine)
    act(database, second, relabels.APPLY)
    take(database, city, tmp_path / "a")
    assert [rows(tmp_path / "a")[number]["label_unit"] for number in (machine, automatic)] == ["SC", "RS@440783117"]
    with database.read() as connection:
        held = {number: relabels.label(connection, number) for number in found}
    assert {number: (label.unit, confirmed) for number, (label, confirmed) in held.items()} == {
        number: (row["label_unit"], row["label_from"] == "decided") for number, row in rows(tmp_path / "a").items()
    }


def test_a_connection_and_its_manifest_are_of_one_state(
    database: Database, city: facts.City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(folder: Path) -> Manifest:
        reads.append(1)
        if len(reads) == 2:
            monkeypatch.undo()
            make(database)
            take(database, city, tmp_path)
        return read_manifest(folder)

    reads: list[int] = []
    make(database)
    take(database, city, tmp_path)
    monkeypatch.setattr(snapshot, "read_manifest", late)
    with Held(tmp_path).open() as (connection, manifest):
        assert connection.execute("SELECT count(*) FROM facts").fetchone() == (manifest.rows,) == (1,)
