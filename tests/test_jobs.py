import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from service import jobs
from service.database import Database, now
from service.failures import ServiceError
from service.tables import jobs as table


def create(database: Database, owner: str = "li", most: int = 3) -> int:
    with database.write() as connection:
        return jobs.create(connection, owner, jobs.UPLOAD, "工单.xlsx", {"suffix": "xlsx", "source": ".xlsx"}, 7, most)[0]


def states(database: Database, owner: str = "li") -> list[str]:
    with database.read() as connection:
        return [each["state"] for each in jobs.of(connection, owner)]


def test_one_job_at_a_time_in_the_order_in_which_they_came(database: Database) -> None:
    first, second = create(database), create(database, "wang")
    with database.write() as connection:
        claimed = jobs.claim(connection)
        assert claimed is not None and claimed.id == first
        assert jobs.claim(connection) is None
        assert jobs.beat(connection, first, 10, 20) == jobs.RUNNING
        jobs.end(connection, first, jobs.DONE, "1 text_empty")
        then = jobs.claim(connection)
        assert then is not None and then.id == second
    (found,) = jobs_of(database)
    assert (found["state"], found["done"], found["total"], found["message"], found["name"]) == ("done", 10, 20, "1 text_empty", "工单.xlsx")


def jobs_of(database: Database) -> list[dict[str, object]]:
    with database.read() as connection:
        return jobs.of(connection, "li")


def test_a_job_whose_process_died_is_taken_up_again(database: Database) -> None:
    number = create(database)
    with database.write() as connection:
        jobs.claim(connection)
        connection.execute(table.update().values(seen_at=now() - timedelta(minutes=5)))
        again = jobs.claim(connection)
        assert again is not None and again.id == number


def test_pause_resume_cancel(database: Database) -> None:
    number = create(database)
    with database.write() as connection:
        assert jobs.move(connection, number, "li", "pause")["state"] == jobs.PAUSED
        assert jobs.claim(connection) is None
        assert jobs.move(connection, number, "li", "resume")["state"] == jobs.WAITING
        jobs.claim(connection)
        jobs.move(connection, number, "li", "cancel")
        assert jobs.beat(connection, number, 1, 2) == jobs.CANCELLED
        jobs.end(connection, number, jobs.DONE)
    assert states(database) == ["cancelled"]
    with database.write() as connection, pytest.raises(ServiceError) as caught:
        jobs.move(connection, number, "li", "resume")
    assert caught.value.code == "wrong_state"


def test_nobody_touches_another_ones_job(database: Database) -> None:
    number = create(database)
    with database.write() as connection, pytest.raises(ServiceError) as caught:
        jobs.move(connection, number, "wang", "cancel")
    assert caught.value.code == "unknown_job"
    assert states(database, "wang") == []


def test_a_quota_of_open_jobs(database: Database) -> None:
    first = create(database, most=2)
    create(database, most=2)
    with pytest.raises(ServiceError) as caught:
        create(database, most=2)
    assert caught.value.code == "too_many_jobs"
    with database.write() as connection:
        jobs.move(connection, first, "li", "cancel")
    create(database, most=2)


def test_what_expired_goes_with_its_files(database: Database, tmp_path: Path) -> None:
    root = tmp_path / "jobs"
    old, kept, cancelled = create(database), create(database), create(database)
    with database.write() as connection:
        folders = {number: jobs.make_folder(root, str(jobs.one(connection, number, "li").folder)) for number in (old, kept, cancelled)}
        connection.execute(table.update().where(table.c.id == old).values(expires_at=now() - timedelta(days=1)))
        jobs.move(connection, cancelled, "li", "cancel")
    for folder in folders.values():
        (folder / "input.xlsx").write_text("x")
        assert oct(folder.stat().st_mode)[-3:] == "700"
        os.utime(folder, (time.time() - 600,) * 2)
    assert jobs.purge(database, root) == [old]
    assert [number for number, folder in folders.items() if folder.exists()] == [kept]
    assert states(database) == ["cancelled", "waiting"]
