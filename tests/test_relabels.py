import base64
import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from service import audit, relabels, retention, store
from service.database import Database, now
from service.failures import ServiceError
from service.relabels import Stamp
from service.store import Choice
from service.tables import audit_log, requests
from service.tables import relabels as table
from tests.stores import KEYS, OPERATOR, VERSIONS, call, make
from triage import Request
from triage.reclassify import Again, Label, Stored

STAMP = Stamp(VERSIONS, "v1", "试行")
Command = Callable[..., tuple[int, str, str]]


def labels(database: Database) -> list[tuple[Label, bool]]:
    with database.read() as connection:
        return [relabels.label(connection, number) for number in connection.execute(sa.select(requests.c.id).order_by(requests.c.id)).scalars()]


def applied(database: Database, unit: str, *numbers: int) -> int:
    with database.write() as connection:
        batch = relabels.begin(connection, OPERATOR, STAMP)
        rows = [Again(Stored(Request("x"), Label("ZJ", "070301"), False, number), Label(unit, "070302"), 0.5) for number in numbers]
        relabels.add(connection, batch, STAMP, rows)
        relabels.act(connection, OPERATOR, batch, relabels.APPLY)
    return batch


def test_a_batch_counts_from_its_act_to_its_undoing(database: Database) -> None:
    first, second = make(database), make(database)
    engine, new = (Label("ZJ", "070301"), False), (Label("GA", "070302"), False)
    assert labels(database) == [engine, engine]
    batch = applied(database, "GA", first)
    assert labels(database) == [new, engine]
    with database.read() as connection:
        (row,) = connection.execute(relabels.holding()).all()
    assert (row.request_id, row.was_unit, row.model, row.profile, row.taxonomy) == (first, "ZJ", "toy", "kaiping@1", "v1")
    with database.write() as connection:
        relabels.act(connection, OPERATOR, batch, relabels.UNDO)
    assert labels(database) == [engine, engine]
    with database.write() as connection:
        relabels.act(connection, OPERATOR, batch, relabels.APPLY)
        (found,) = relabels.batches(connection)
    assert labels(database) == [new, engine]
    assert [each[0] for each in found.acts] == ["apply", "undo", "apply"]
    assert (found.rows, found.note, found.holds) == (1, "试行", True)
    assert second


def test_a_batch_that_was_never_finished_does_not_count(database: Database) -> None:
    number = make(database)
    with database.write() as connection:
        batch = relabels.begin(connection, OPERATOR, STAMP)
        relabels.add(connection, batch, STAMP, [Again(Stored(Request("x"), Label(), False, number), Label("GA", ""), 0.5)])
    assert labels(database) == [(Label("ZJ", "070301"), False)]


def test_one_batch_at_a_time_and_one_that_was_broken_off_can_be_removed(database: Database) -> None:
    number = make(database)
    row = [Again(Stored(Request("x"), Label(), False, number), Label("GA", ""), 0.5)]
    with database.write() as connection:
        batch = relabels.begin(connection, OPERATOR, STAMP)
        relabels.add(connection, batch, STAMP, row)
        with pytest.raises(ServiceError, match=f"triage reclassify remove {batch}"):
            relabels.begin(connection, OPERATOR, STAMP)
        relabels.remove(connection, OPERATOR, batch)
        for gone in (
            lambda: relabels.remove(connection, OPERATOR, batch),
            lambda: relabels.act(connection, OPERATOR, batch, relabels.APPLY),
            lambda: relabels.add(connection, batch, STAMP, row),
        ):
            with pytest.raises(ServiceError) as caught:
                gone()
            assert caught.value.code == "unknown_batch"
        assert [(each.id, each.rows, each.removed, each.holds) for each in relabels.batches(connection)] == [(batch, 0, True, False)]
        assert connection.execute(sa.select(table)).all() == []
    kept = applied(database, "GA", number)
    assert kept > batch  # a number that was said once is never given again
    with database.write() as connection, pytest.raises(ServiceError) as caught:
        relabels.remove(connection, OPERATOR, kept)
    assert caught.value.code == "wrong_state"


def test_what_a_person_decided_goes_before_any_batch(database: Database) -> None:
    number = make(database)
    with database.write() as connection:
        store.decide(connection, OPERATOR, number, 1, "override", Choice("SC", "", "010101", reason="核实"), call())
    applied(database, "GA", number)
    assert labels(database) == [(Label("SC", "010101"), True)]
    with database.write() as connection:
        store.settle(connection, OPERATOR, number, 2, Choice("ZJX", "440783117", "010102"), call())
    assert labels(database) == [(Label("ZJX@440783117", "010102"), True)]


def test_batches_are_undone_from_the_last_one_back(database: Database) -> None:
    number = make(database)
    first, second = applied(database, "GA", number), applied(database, "SC", number)
    with database.write() as connection:
        for batch, action, code in ((first, "undo", "wrong_state"), (second, "apply", "wrong_state"), (9, "undo", "unknown_batch")):
            with pytest.raises(ServiceError) as caught:
                relabels.act(connection, OPERATOR, batch, action)
            assert caught.value.code == code
        relabels.act(connection, OPERATOR, second, "undo")
    assert labels(database) == [(Label("GA", "070302"), False)]


def test_retention_takes_the_labels_along(database: Database) -> None:
    number = make(database)
    applied(database, "GA", number)
    with database.write() as connection:
        store.decide(connection, OPERATOR, number, 1, "close", Choice(reason="重复"), call())
        assert retention.purge(connection, now()) == [number]
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0


def test_requests_are_read_by_the_day_on_which_the_city_registered_them(database: Database) -> None:
    march = ["2025-03-01", "2025/3/5 10:00", "2025-02-28T16:30:00Z", "2025-03-31T10:00", "2025-03-31T23:59:59+08:00"]
    for told in ("2025-02-28T23:00", *march, "2025-03-31T20:00:00Z", "2025-04-01", "2025/4/1", "不详"):
        make(database, request=Request("路灯坏了", received_at=told))
    zone = ZoneInfo("Asia/Shanghai")
    found = [each.request.received_at for each in relabels.stored(database, KEYS, date(2025, 3, 1), date(2025, 3, 31), zone)]
    assert found == march
    later = [each.request.received_at for each in relabels.stored(database, KEYS, since=date(2025, 4, 1), zone=zone)]
    assert later == ["2025-03-31T20:00:00Z", "2025-04-01", "2025/4/1", "不详"]  # the last one: as it was entered
    assert len(list(relabels.stored(database, KEYS))) == 10


@pytest.mark.parametrize(
    ("period", "word"),
    [(("--since", "2026-13-01"), "--since '2026-13-01' is not a date"), (("--until", "三月"), "--until"),
     (("--since", "2026-03-02", "--until", "2026-03-01"), "lies before")],
)  # fmt: skip
def test_a_period_that_is_none_is_refused(
    toy: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch, period: tuple[str, ...], word: str
) -> None:
    monkeypatch.setenv("TRIAGE_DATA", str(tmp_path))
    assert command("store", "upgrade")[0] == 0
    code, _, err = command("reclassify", "store", "--model", toy, *period)
    assert code == 2 and word in err


def test_the_drill_from_the_shell(toy: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch, profile_copy: Path) -> None:
    """Tables are reorganised, tried, applied, undone."""
    monkeypatch.setenv("TRIAGE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TRIAGE_KEYS", ";".join(f"{name} {base64.b64encode(key * 32).decode()}" for name, key in (("k1", b"1"), ("index", b"i"))))
    with (profile_copy / "responsibility.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with (profile_copy / "responsibility.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | ({"unit": "GA"} if row["item"] == "010101" and row["role"] == "lead" else {}) for row in rows)
    assert command("store", "upgrade")[0] == 0
    database = Database(f"sqlite:///{tmp_path / 'data' / 'triage.db'}")
    people, machine = make(database, "老板拖欠工资不发", unit="RS"), make(database, "工地老板拖欠我们三个月工资", unit="RS")
    with database.write() as connection:
        store.decide(connection, OPERATOR, people, 1, "accept", Choice("RS", "", "010101"), call())
    before = labels(database)
    arguments = ("--model", toy, "--profile", profile_copy)
    code, out, _ = command("reclassify", "store", *arguments, "--out", tmp_path / "changes.csv")
    assert (code, labels(database)) == (0, before)
    with monkeypatch.context() as settings:  # without options: by what the service uses
        settings.setenv("TRIAGE_MODEL", str(toy))
        settings.setenv("TRIAGE_PROFILE", str(profile_copy))
        assert command("reclassify", "store")[:2] == (0, out)
        settings.setenv("TRIAGE_PROFILE", "kaiping")
        assert command("reclassify", "store")[1] != out
    assert "重新分类: 共 2 件, 变化 1 件 (50.0%), 无法阅读 0 件, 经人确认 1 件" in out
    with (tmp_path / "changes.csv").open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert [(row["id"], row["old_unit"], row["confirmed"], row["taxonomy"]) for row in told] == [("1", "RS", "是", "v1"), ("2", "RS", "", "v1")]
    assert {row["profile"].partition("+")[0] for row in told} == {"kaiping@2026.11"}
    code, _, err = command("reclassify", "store", *arguments, "--apply", "机构改革后重分")
    assert (code, "triage reclassify undo 1" in err) == (0, True)
    assert labels(database)[0] == before[0]
    assert labels(database)[1] == (Label(told[1]["new_unit"], told[1]["new_item"]), False) != before[1]
    assert "1  生效  1 件" in command("reclassify", "list")[1]
    assert command("reclassify", "undo", 1)[0] == 0
    assert labels(database) == before
    assert "1  已撤销" in command("reclassify", "list")[1]
    assert command("reclassify", "undo", 1)[0] == 2
    with database.read() as connection:
        acts = connection.execute(sa.select(audit_log.c.action).where(audit_log.c.action.like("relabel.%")).order_by(audit_log.c.seq)).scalars().all()
    assert acts == [*["relabel.try"] * 3, "relabel.apply", "relabel.undo"]
    assert audit.verify(database).problem == ""
    database.close()
    assert machine


def test_a_file_of_history(toy: Path, tmp_path: Path, command: Command) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,text,承办单位,确认\n1,老板拖欠工资,RS,\n2,老板拖欠工资,GA,是\n3,,RS,\n", encoding="utf-8")
    arguments = ("--label", "unit=承办单位", "--confirmed", "确认", "--model", toy)
    code, out, _ = command("reclassify", "file", source, *arguments, "--out", tmp_path / "out.xlsx")
    assert code == 3
    assert "共 3 件, 变化 0 件" in out
    assert "(保留)" in out
    assert (tmp_path / "out.xlsx").stat().st_size > 0
    assert "变化 1 件" in command("reclassify", "file", source, *arguments, "--include-confirmed")[1]
    assert command("reclassify", "file", source, "--label", "unit=没有", "--model", toy)[0] == 2
    assert command("reclassify", "file", source, "--label", "type=承办单位", "--model", toy)[0] == 2


def test_what_is_removed_from_the_shell_stays_in_the_list(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_DATA", str(tmp_path / "data"))
    assert command("store", "upgrade")[0] == 0
    database = Database(f"sqlite:///{tmp_path / 'data' / 'triage.db'}")
    with database.write() as connection:
        relabels.begin(connection, OPERATOR, STAMP)
    database.close()
    assert "1  未完成" in command("reclassify", "list")[1]
    assert command("reclassify", "remove", 1)[0] == 0
    assert "1  已移除  0 件" in command("reclassify", "list")[1]
    assert command("reclassify", "remove", 1)[0] == 2
    assert command("reclassify", "undo", 1)[0] == 2
