import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer
from typer.testing import CliRunner

from service import accounts, cli_store
from service.audit import SYSTEM, note
from service.cli import first_set_up
from service.database import Database
from service.settings import Settings
from service.state import read_keys
from service.tables import audit_log, originals, requests
from tests.stores import make, write_keys
from triage.errors import UsageError


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TRIAGE_DATA", str(tmp_path / "data"))
    return Settings()


@pytest.fixture
def database(settings: Settings) -> Database:
    read_keys(settings)
    found = Database(settings.database_url)
    found.migrate()
    return found


def app() -> typer.Typer:
    found = typer.Typer()
    for name, group in (
        ("audit-log", cli_store.audit_log),
        ("store", cli_store.stores),
        ("keys", cli_store.key_file),
        ("accounts", cli_store.people),
    ):
        found.add_typer(group, name=name)
    found.command("backup")(cli_store.backup)
    found.command("restore")(cli_store.restore)
    return found


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app(), words)
    return done.exit_code, done.output if done.exception is None or isinstance(done.exception, SystemExit) else str(done.exception)


def test_verify_says_whether_the_log_is_whole(database: Database) -> None:
    for number in range(3):
        with database.write() as connection:
            note(connection, SYSTEM, "x", str(number))
    code, told = run("audit-log", "verify")
    assert code == 0 and told.startswith("3 entries, the last: 3=sha256:")
    anchor = told.split()[-1]
    assert run("audit-log", "verify", "--anchor", anchor)[0] == 0
    assert run("audit-log", "verify", "--anchor", anchor[:-1])[0] == 2
    assert "NUMBER=HASH" in run("audit-log", "verify", "--anchor", "x")[1]
    with database.write() as connection:
        connection.execute(audit_log.delete().where(audit_log.c.seq == 2))
    code, told = run("audit-log", "verify")
    assert code == 2 and "entry 2 is missing" in told


def test_purge_removes_by_the_settings(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    make(database)
    assert "0 requests and 0 audit entries" in run("store", "purge")[1]
    monkeypatch.setenv("TRIAGE_KEEP_DAYS", "1")
    assert "0 requests" in run("store", "purge")[1]
    assert f"form {Database.revisions()[0]}" in run("store", "upgrade")[1]


def test_keys_are_rotated_and_everything_sealed_again(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from service import identity
    from service.identity import Original

    number = make(database)
    keys = read_keys(settings)
    with database.write() as connection:
        connection.execute(originals.delete())
        identity.keep(connection, keys, number, Original("a", "b"), identity.Contact())
    assert "added k2" in run("keys", "rotate")[1]
    assert "1 rows sealed again with aes:k2" in run("keys", "reseal")[1]
    with database.read() as connection:
        assert connection.execute(sa.select(originals.c.key_id)).scalar_one() == "aes:k2"
        assert identity.original(connection, read_keys(settings), number) == Original("a", "b")
    monkeypatch.setenv("TRIAGE_KEYS", "x")
    assert "TRIAGE_KEYS" in run("keys", "rotate")[1]


def test_a_locked_out_administrator_is_invited_from_the_shell(database: Database) -> None:
    with database.write() as connection:
        account, _ = accounts.create(connection, "sec", "", 1)
    code, secret = run("accounts", "invite", "sec")
    with database.read() as connection:
        assert code == 0 and accounts.owner_of(connection, secret.strip()).id == account.id
    assert "no account 'x'" in run("accounts", "invite", "x")[1]


def test_backup_and_restore_from_the_shell(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(database)
    assert "written to" in run("backup", str(tmp_path / "a.backup"))[1]
    monkeypatch.setenv("TRIAGE_DATA", str(tmp_path / "new"))
    assert "the audit log is whole" in run("restore", str(tmp_path / "a.backup"))[1]


def test_the_set_up_link_is_printed_until_there_are_accounts(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    first_set_up(settings, "::1", 8000)
    told = capsys.readouterr().err
    assert "http://[::1]:8000/setup#" in told
    database = Database(settings.database_url)
    with database.write() as connection:
        accounts.create(connection, "x", "", 1)
    first_set_up(settings, "::1", 8000)
    assert capsys.readouterr().err == ""


def test_a_backup_of_no_store_is_refused_and_makes_none(settings: Settings, tmp_path: Path) -> None:
    code, told = run("backup", str(tmp_path / "a.backup"))
    assert code != 0 and "there is no store at" in told
    assert not settings.data.exists() and not (tmp_path / "a.backup").exists()
    settings.data.mkdir()
    sqlite3.connect(settings.data / "triage.db").close()  # an empty file is no store either
    assert "there is no store at" in run("backup", str(tmp_path / "a.backup"))[1]


def test_backup_and_restore_tell_where_and_how_many(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(database)
    told = run("backup", str(tmp_path / "a.backup"))[1]
    assert "1 requests" in told and database.place in told
    monkeypatch.setenv("TRIAGE_DATA", str(tmp_path / "new"))
    code, told = run("restore", str(tmp_path / "a.backup"))
    assert code == 0 and "1 requests" in told and "keys.txt" in told and "Bring the key file" in told
    assert not (tmp_path / "new" / "keys.txt").exists()


def test_keys_that_do_not_open_the_store_are_refused(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    make(database)
    with pytest.raises(UsageError, match="not the keys of this store"):  # the test's requests are sealed with keys of their own
        read_keys(settings, database)
    settings.key_file.unlink()
    with pytest.raises(UsageError, match="No new keys were made"):
        read_keys(settings, database)
    assert not settings.key_file.exists()
    assert "no key file" in run("keys", "rotate")[1]


def test_what_stands_in_clear_is_sealed_once(database: Database, settings: Settings) -> None:
    write_keys(settings.key_file)
    number = make(database)
    with database.write() as connection:
        connection.execute(requests.update().where(requests.c.id == number).values(place="泮村8号张三家13800138000"))
    code, said = run("store", "seal")
    assert code == 0 and "1 requests, 0 suggestions and 0 names hidden" in said and "snapshot --fresh" in said
    assert b"13800138000" not in b"".join(path.read_bytes() for path in settings.data.glob("triage.db*"))
    code, said = run("store", "seal")
    assert code == 0 and "0 requests" in said and "snapshot" not in said
    with database.read() as connection:
        details = connection.execute(sa.select(audit_log.c.detail).where(audit_log.c.action == "store.seal")).scalars().all()
    assert details == ['{"names": 0, "requests": 1, "suggestions": 0}', '{"names": 0, "requests": 0, "suggestions": 0}']
