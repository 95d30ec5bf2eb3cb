import pytest
import sqlalchemy as sa

from service import identity
from service.database import Database
from service.identity import Contact, Original, phones
from service.keys import Keys
from service.tables import identities, metadata, originals
from tests.stores import KEYS, make
from triage.records import Request

CALLER = Contact("王小明", "138-0013 8000", "泮村12号")


def whole_database(database: Database) -> str:
    with database.read() as connection:
        return "\n".join(str(row) for table in metadata.sorted_tables for row in connection.execute(sa.select(table)))


def test_who_called_and_what_was_said_come_back_and_stand_nowhere_in_clear(database: Database) -> None:
    number = make(database, request=Request("我是王小明, 电话13800138000", title="x"), contact=CALLER)
    with database.read() as connection:
        assert identity.contact(connection, KEYS, number) == CALLER
        assert identity.original(connection, KEYS, number) == Original("x", "我是王小明, 电话13800138000")
        assert identity.contact(connection, KEYS, number + 1) is None
    stored = whole_database(database)
    assert "王小明" not in stored and "8000" not in stored and "泮村12号" not in stored


@pytest.mark.parametrize("asked", ["13800138000", "+86 138 0013 8000", "１３８００１３８０００", "电话:138-0013-8000"])
def test_a_caller_is_found_however_the_number_is_written(database: Database, asked: str) -> None:
    make(database)
    number = make(database, contact=CALLER)
    with database.read() as connection:
        assert identity.by_phone(connection, KEYS, asked) == [number]
        assert identity.by_phone(connection, KEYS, "13800138001") == []
        assert identity.by_phone(connection, KEYS, "none") == []


def test_several_numbers_of_one_caller_are_all_found() -> None:
    assert phones("0750-2212345 / 13800138000") == ["07502212345", "13800138000"]


def test_resealing_moves_every_row_to_the_newest_key(database: Database) -> None:
    numbers = [make(database, contact=CALLER) for _ in range(3)]
    both = Keys({**KEYS.data, "k2": b"2" * 32}, KEYS.index, "sm4")
    with database.write() as connection:
        assert identity.reseal(connection, both, limit=2) == 4
    with database.write() as connection:
        assert identity.reseal(connection, both) == 2
        assert identity.reseal(connection, both) == 0
    alone = Keys({"k2": b"2" * 32}, KEYS.index)
    with database.read() as connection:
        assert [identity.contact(connection, alone, number) for number in numbers] == [CALLER] * 3
        assert {row.key_id for table in (originals, identities) for row in connection.execute(sa.select(table))} == {"sm4:k2"}
        assert identity.by_phone(connection, alone, CALLER.phone) == numbers[::-1]
