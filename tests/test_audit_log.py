import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service import audit
from service.audit import SM3, Who
from service.database import Database, now
from service.tables import audit_chain, audit_log

WHO = Who("oper", "10.0.0.7")


def fill(database: Database, entries: int = 5, algorithm: str = "sha256") -> None:
    for number in range(entries):
        with database.write() as connection:
            audit.note(connection, WHO, "request.view", f"request:{number}", detail={"why": "回访"}, algorithm=algorithm)


def spoil(database: Database, statement: sa.Executable) -> str:
    with database.engine.begin() as connection:
        connection.execute(statement)
    return audit.verify(database).problem


def test_an_untouched_log_is_whole(database: Database) -> None:
    fill(database)
    fill(database, algorithm=SM3)
    report = audit.verify(database)
    assert (report.entries, report.seq, report.problem) == (10, 10, "")
    with database.read() as connection:
        first = audit.entries(connection)[0]
        assert (first.made_by, first.source, first.action, first.subject, first.result) == ("oper", "10.0.0.7", "request.view", "request:0", "ok")
        assert [each.seq for each in audit.entries(connection, after=3, limit=2)] == [4, 5]
        assert audit.entries(connection, made_by="nobody") == []


@pytest.mark.parametrize("column", ["made_by", "source", "action", "subject", "result", "detail"])
def test_an_edit_of_any_column_is_found(database: Database, column: str) -> None:
    fill(database)
    assert "entry 3 " in spoil(database, audit_log.update().where(audit_log.c.seq == 3).values({column: "x"}))


def test_an_edit_of_the_time_is_found(database: Database) -> None:
    fill(database)
    assert "entry 3 " in spoil(database, audit_log.update().where(audit_log.c.seq == 3).values(made_at=now() - timedelta(days=1)))


def test_a_gap_is_found_wherever_it_is(database: Database) -> None:
    fill(database)
    assert "5 are missing" in spoil(database, audit_log.delete().where(audit_log.c.seq == 5)).replace("after 4", "5")
    assert "entry 2 is missing" in spoil(database, audit_log.delete().where(audit_log.c.seq == 2))
    assert "entry 1 is missing" in spoil(database, audit_log.delete().where(audit_log.c.seq == 1))


def test_an_end_that_was_cut_off_with_its_mark_is_found_by_what_was_noted_elsewhere(database: Database) -> None:
    fill(database)
    end = audit.verify(database)
    with database.read() as connection:
        third = audit.entries(connection)[2]
    spoil(database, audit_log.delete().where(audit_log.c.seq > 3))
    assert spoil(database, audit_chain.update().values(seq=3, hash=third.hash)) == ""
    assert "entry 5 is not there" in audit.verify(database, (end.seq, end.hash)).problem
    assert audit.verify(database, (3, third.hash)).problem == ""
    fill(database)
    assert "made anew" in audit.verify(database, (end.seq, end.hash)).problem


def test_several_writers_make_one_chain(database_url: str, database: Database) -> None:
    other = Database(database_url)
    threads = [threading.Thread(target=fill, args=(store, 20)) for store in (database, other, database, other)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    other.close()
    report = audit.verify(database)
    assert (report.entries, report.problem) == (80, "")


def test_old_entries_go_and_the_rest_is_still_proved(database: Database) -> None:
    fill(database)
    with database.write() as connection:
        assert audit.purge(connection, WHO, now() - timedelta(days=1)) == 0
        time.sleep(0.01)  # the log keeps milliseconds
        middle = now()
        time.sleep(0.01)
    fill(database, 3)
    with database.write() as connection:
        assert audit.purge(connection, WHO, middle) == 5
    report = audit.verify(database)
    assert (report.entries, report.problem) == (4, "")
    assert "entry 6 is missing" in spoil(database, audit_log.delete().where(audit_log.c.seq == 6))


def test_the_longest_and_oddest_words_are_kept(database: Database) -> None:
    with database.write() as connection:
        audit.note(connection, Who("名" * 300, "x" * 300), "a", "s" * 900, detail={"a": "\u2028'\"\\"})
    assert audit.verify(database).problem == ""
