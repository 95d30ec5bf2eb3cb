import errno
import json
import multiprocessing
import resource
import signal
from pathlib import Path
from typing import Any

import pytest

from triage.errors import UsageError
from triage.journal import Progress, disk, drop, opened, read_progress

JOB: dict[str, Any] = {"format": 1, "source": "in.csv", "digest": "d", "rows": 3, "versions": {}, "header": [], "options": {}, "form": "csv"}


def begun(folder: Path, *lines: bytes, lost: bytes = b"") -> None:
    with opened(folder, JOB, b"head\n", resume=False) as journal:
        for number, line in enumerate(lines, start=1):
            journal.add(line)
            journal.keep(number, {"x": number}, {"decision": {"auto": number}})
        journal.add(lost)


def test_what_was_kept_is_there_and_nothing_else(tmp_path: Path) -> None:
    begun(tmp_path / "job", b"one\n", b"two\n", lost=b"thr")
    assert (tmp_path / "job" / "rows").read_bytes() == b"head\none\ntwo\nthr"
    with opened(tmp_path / "job", JOB, b"", resume=True) as journal:
        assert journal.done == Progress(2, 13, journal.done.crc, {"x": 2}, {"decision": {"auto": 2}})
        journal.add(b"three\n")
        journal.keep(3, {}, {})
    assert (tmp_path / "job" / "rows").read_bytes() == b"head\none\ntwo\nthree\n"
    assert read_progress(tmp_path / "job").rows == 3


@pytest.mark.parametrize("damage", [b"head\nonX\ntwo\n", b"head\none\n"])
def test_damaged_rows_are_refused(tmp_path: Path, damage: bytes) -> None:
    begun(tmp_path / "job", b"one\n", b"two\n")
    (tmp_path / "job" / "rows").write_bytes(damage)
    with pytest.raises(UsageError) as caught, opened(tmp_path / "job", JOB, b"", resume=True):
        pass
    assert caught.value.code == "job_damaged"


@pytest.mark.parametrize(("name", "words"), [("digest", "input has changed"), ("versions", "model or profile"), ("options", "options")])
def test_another_job_is_refused(tmp_path: Path, name: str, words: str) -> None:
    begun(tmp_path / "job", b"one\n")
    with pytest.raises(UsageError, match=words), opened(tmp_path / "job", {**JOB, name: "other"}, b"", resume=True):
        pass


def test_only_one_works_on_a_job(tmp_path: Path) -> None:
    with opened(tmp_path / "job", JOB, b"", resume=False):
        for act in (lambda: drop(tmp_path / "job"), lambda: begun(tmp_path / "job")):
            with pytest.raises(UsageError) as caught:
                act()
            assert caught.value.code == "job_runs"
    drop(tmp_path / "job")
    assert not (tmp_path / "job").exists()


def fill(folder: Path, told: Any) -> None:
    """Writes until the system says no: no file may grow beyond 64 KiB."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
    try:
        begun(folder, *[b"x" * 9999 + b"\n"] * 100)
    except UsageError as error:
        told.send((error.code, str(error)))


def test_a_full_disk_is_told_and_what_was_kept_is_good(tmp_path: Path) -> None:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=fill, args=(tmp_path / "job", there))
    process.start()
    code, words = here.recv()
    process.join()
    assert code == "disk_full"
    assert "(6 rows are done)" in words and "--resume" in words
    with opened(tmp_path / "job", JOB, b"", resume=True) as journal:
        assert journal.done.rows == 6


def test_a_disk_that_is_full_before_there_is_a_job_sends_nobody_to_resume_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Make room, then start again\.") as caught, disk(tmp_path / "job"):
        raise OSError(errno.ENOSPC, "full")
    assert caught.value.code == "disk_full" and "--resume" not in str(caught.value)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught, opened(Path("/proc/job"), JOB, b"", resume=False):
        pass
    assert caught.value.code == "cannot_write"


def test_a_job_says_what_it_is_about(tmp_path: Path) -> None:
    begun(tmp_path / "job")
    assert json.loads((tmp_path / "job" / "job.json").read_text(encoding="utf-8")) == JOB
