import errno
import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import http_jobs, job_runner, jobs, profiles, versions
from service.app import create_app
from service.settings import Settings
from service.tables import jobs as jobs_table
from tests.desks import Desk, Person, code
from tests.stores import OPERATOR
from triage import Engine

FILE = "id,text\n1,水口镇路灯坏了\n".encode()


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    # Nothing is done in the background here: tests/test_job_runner.py does it.
    monkeypatch.setattr(jobs, "any_work", lambda connection: False)
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0, job_most=2), load=lambda _: toy_engine)) as ready:
        yield ready


def upload(who: Person, name: str = "工单.csv", body: bytes = FILE, suffix: str = "xlsx") -> object:
    return who._call("POST", "/jobs", files={"file": (name, body)}, data={"suffix": suffix})


def test_a_file_becomes_a_job(desk: Desk, tmp_path: Path) -> None:
    who = desk.person("analyst")
    answer = upload(who)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["name"], told["state"], told["suffix"], told["kind"]) == ("工单.csv", "waiting", "xlsx", "upload")
    assert [each["id"] for each in who.get("/jobs").json()["jobs"]] == [told["id"]]
    (kept,) = (tmp_path / "jobs").rglob("input.csv")
    assert (kept.read_bytes(), oct(kept.stat().st_mode)[-3:]) == (FILE, "600")
    assert code(who.get(f"/jobs/{told['id']}/result")) == (409, "wrong_state")


def test_a_result_is_its_owners_alone(desk: Desk, tmp_path: Path) -> None:
    who, other = desk.person("analyst"), desk.person("supervisor")
    number = upload(who, suffix="csv").json()["id"]
    with desk.state.store.write() as connection:
        row = jobs.one(connection, number, "analyst-1")
        jobs.claim(connection)
        jobs.result(tmp_path / "jobs", row).write_text("id\n1\n", encoding="utf-8")
        jobs.end(connection, number, jobs.DONE)
    answer = who.get(f"/jobs/{number}/result")
    assert (answer.status_code, answer.text) == (200, "id\n1\n")
    assert f'filename="job-{number}.csv"' in answer.headers["content-disposition"]
    assert code(other.get(f"/jobs/{number}/result")) == (404, "unknown_job")
    assert code(other.post(f"/jobs/{number}/cancel")) == (404, "unknown_job")


def test_pause_resume_and_cancel(desk: Desk) -> None:
    who = desk.person("supervisor")
    number = upload(who).json()["id"]
    for action, state in (("pause", "paused"), ("resume", "waiting"), ("cancel", "cancelled")):
        assert who.post(f"/jobs/{number}/{action}").json()["state"] == state
    assert code(who.post(f"/jobs/{number}/pause")) == (409, "wrong_state")


def test_quota_and_kinds(desk: Desk) -> None:
    who = desk.person("analyst")
    assert code(upload(who, "工单.pdf")) == (422, "bad_value")
    assert code(upload(who, "../../etc/passwd")) == (422, "bad_value")
    for _ in range(2):
        assert upload(who).status_code == 201
    assert code(upload(who)) == (429, "too_many_jobs")


def test_a_period(desk: Desk) -> None:
    who = desk.person("analyst")
    answer = who.post("/jobs/period", {"since": "2026-01-01", "until": "2026-06-30"})
    assert (answer.status_code, answer.json()["kind"], answer.json()["since"]) == (201, "period", "2026-01-01")
    assert code(who.post("/jobs/period", {"since": "2026-07-01", "until": "2026-06-30"})) == (422, "bad_value")


def test_only_who_may_export_asks_for_jobs(desk: Desk) -> None:
    for role in ("operator", "system_admin", "auditor"):
        assert code(upload(desk.person(role))) == (403, "no_right")
    assert upload(desk.nobody).status_code == 401


def test_a_job_is_done_with_the_tables_and_the_model_in_use_when_it_was_made(desk: Desk, tmp_path: Path, toy: Path, profile_copy: Path) -> None:
    shutil.copytree(toy, tmp_path / "models" / "second")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in profiles.FILES:
            archive.write(profile_copy / name, name)
    who, root = desk.person("analyst"), tmp_path / "jobs"
    before = upload(who).json()["id"]
    admin = desk.person("system_admin")
    sent = admin._call("POST", "/profiles?note=新表", content=packed.getvalue(), headers={"content-type": "application/octet-stream"})
    assert sent.status_code == 201, sent.text
    with desk.state.store.write() as connection:
        (version,) = versions.every(connection)
        versions.activate(connection, OPERATOR, versions.PROFILE, str(version.id), None, "启用")
        versions.activate(connection, OPERATOR, versions.MODEL, "second", None, "启用")
    after = [upload(desk.person("supervisor")).json()["id"]]
    after += [who.post("/jobs/period", {"since": "2026-01-01", "until": "2026-01-31"}).json()["id"]]
    with desk.state.store.read() as connection:
        folders = {row.id: row for row in connection.execute(sa.select(jobs_table))}
    told = job_runner.command(desk.state, folders[before])
    assert told[told.index("--model") + 1] == "default" and "--profile" not in told
    for number in after:
        told = job_runner.command(desk.state, folders[number])
        assert told[told.index("--model") + 1] == str(tmp_path / "models" / "second")
        assert told[told.index("--profile") + 1] == str(tmp_path / "profiles" / version.fingerprint)
        assert jobs.frozen(root, folders[number].folder) is not None


def test_a_full_disk_has_its_own_code_and_leaves_nothing(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: object, place: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    who = desk.person("analyst")
    monkeypatch.setattr(http_jobs, "_copy", full)
    assert code(upload(who)) == (507, "disk_full")
    assert who.get("/jobs").json()["jobs"] == [] and not list((tmp_path / "jobs").iterdir())


def test_a_jobs_name_keeps_nobodys_name(desk: Desk) -> None:
    assert upload(desk.person("analyst"), "张三13800138000.csv").json()["name"] == "〔姓名〕〔手机〕.csv"


def test_a_file_is_written_before_the_store_is_locked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    who, free = desk.person("analyst"), []
    copy = http_jobs._copy

    def watched(file: object, place: Path) -> None:
        free.append(not desk.state.store._turn.locked())
        copy(file, place)

    monkeypatch.setattr(http_jobs, "_copy", watched)
    assert upload(who).status_code == 201 and free == [True]


def test_a_job_whose_file_was_removed_is_not_resumed(desk: Desk, tmp_path: Path) -> None:
    who = desk.person("analyst")
    number = upload(who).json()["id"]
    with desk.state.store.write() as connection:
        jobs.claim(connection)
        jobs.end(connection, number, jobs.FAILED)
        jobs.source(tmp_path / "jobs", jobs.one(connection, number, "analyst-1")).unlink()
    assert code(who.post(f"/jobs/{number}/resume")) == (409, "wrong_state")
