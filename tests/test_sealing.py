import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from service import hiding, identity, sealing, store
from service.analysis.lists import save_view
from service.audit import Who
from service.database import Database, now
from service.identity import Contact
from service.tables import imports, jobs, metadata, requests, saved_views, suggestions
from tests.stores import KEYS, make
from triage.records import Request

NAME, PHONE = "张三", "13800138000"
CLEAR = {
    "place": f"水口镇泮村8号502房{NAME}家{PHONE}", "caller_kind": f"个人 {NAME} {PHONE}", "channel": f"来电 {PHONE}", "ref": f"GD-1 {NAME} {PHONE}",
    "received_at": f"昨天 {PHONE}",
}  # fmt: skip


def as_before(database: Database, number: int) -> None:
    """Makes a row what an earlier version wrote: in clear, and only title and text sealed."""
    with database.write() as connection:
        connection.execute(requests.update().where(requests.c.id == number).values(CLEAR))
        shown = json.loads(connection.execute(sa.select(suggestions.c.shown).where(suggestions.c.request_id == number)).scalar_one())
        values = {"answers": json.dumps({"place": CLEAR["place"]}), "shown": json.dumps({**shown, "id": CLEAR["ref"]})}
        connection.execute(suggestions.update().where(suggestions.c.request_id == number).values(values))


def everything(database: Database) -> str:
    with database.read() as connection:
        return "\n".join(str(row) for table in metadata.sorted_tables for row in connection.execute(sa.select(table)))


def run(database: Database, limit: int = 2) -> tuple[int, int, int]:
    changed = said = last = 0
    while True:
        with database.write() as connection:
            done = sealing.seal(connection, KEYS, last, limit)
            changed, said, last = changed + done.requests, said + done.suggestions, done.last
            if not last:
                return changed, said, sealing.names(connection)


def test_what_earlier_versions_kept_in_clear_is_sealed(database: Database) -> None:
    numbers = [make(database, "路灯坏了", contact=Contact(name=NAME, phone=PHONE)) for _ in range(5)]
    for number in numbers[:3]:
        as_before(database, number)
    with database.write() as connection:
        save_view(connection, Who("fenxi"), f"{PHONE} 的投诉", "a=b")
        connection.execute(imports.insert().values(digest="x", name=f"联系人{NAME} {PHONE}.csv", result="{}", made_at=now(), made_by="boss"))
    assert PHONE in everything(database)
    assert run(database) == (3, 3, 2)
    assert PHONE not in everything(database) and NAME not in everything(database)
    with database.read() as connection:
        for number in numbers[:3]:
            told = identity.original(connection, KEYS, number)
            assert told is not None and (told.title, told.text) == ("路灯", "路灯坏了")
            assert {each: getattr(told, each) for each in CLEAR} == CLEAR
            row = connection.execute(sa.select(requests).where(requests.c.id == number)).one()
            assert row.place.startswith("水口镇泮村") and row.channel == row.caller_kind == ""
            assert row.ref == hiding.ref(KEYS, CLEAR["ref"])
            again = store.as_received(connection, KEYS, row, {})
            assert (again.place, again.channel) == (CLEAR["place"], CLEAR["channel"])
            shown = json.loads(connection.execute(sa.select(suggestions.c.shown).where(suggestions.c.request_id == number)).scalar_one())
            assert shown["id"] == row.ref
            assert identity.contact(connection, KEYS, number) == Contact(name=NAME, phone=PHONE)
        assert identity.by_phone(connection, KEYS, PHONE) == numbers[::-1]


def test_a_second_run_and_rows_of_today_change_nothing(database: Database) -> None:
    as_before(database, make(database))
    told = Request("路灯坏了", "路灯", CLEAR["ref"], CLEAR["caller_kind"], CLEAR["place"], CLEAR["channel"], CLEAR["received_at"])
    make(database, request=told, contact=Contact(name=NAME))
    make(database, request=Request("路灯坏了", "路灯", "GD-2", "企业", "440783117", "电话", "2026-03-05 09:30"))
    assert run(database) == (1, 1, 0)
    before = everything(database)
    assert run(database) == (0, 0, 0)
    assert everything(database) == before


def test_a_request_without_its_original_keeps_what_is_left_of_it(database: Database) -> None:
    number = make(database)
    as_before(database, number)
    with database.write() as connection:
        connection.execute(metadata.tables["originals"].delete())
    run(database)
    with database.read() as connection:
        told = identity.original(connection, KEYS, number)
    assert told is not None and (told.text, told.place) == ("路灯坏了", CLEAR["place"])


def test_the_file_of_sqlite_lets_go_of_the_words(database: Database) -> None:
    for _ in range(30):
        as_before(database, make(database))
    run(database, 100)
    assert sealing.wipe(database) is database.is_sqlite
    if database.is_sqlite:
        found = b"".join(path.read_bytes() for path in _files(database))
        assert PHONE.encode() not in found and NAME.encode() not in found
    assert "requests" in sealing.tables()


def _files(database: Database) -> list[Path]:
    path = Path(str(database.url.database))
    return list(path.parent.glob(f"{path.name}*"))


@pytest.mark.parametrize("table", [jobs, saved_views, imports])
def test_every_table_of_names_has_what_is_looked_at(table: sa.Table) -> None:
    assert {"id", "name"} <= set(table.c.keys())


FREE = st.text(st.sampled_from("张三李 家住水口镇8号502房138001380001390013900联系人王先生A-1:/·〔〕,。"), max_size=40)


@given(told=FREE, name=st.sampled_from(["", NAME, "王小明"]))
def test_what_was_hidden_once_stays_as_it_is(told: str, name: str) -> None:
    kept = hiding.request(KEYS, Request("", "", told, told, told, told, told), name)
    assert hiding.request(KEYS, kept, name) == kept
