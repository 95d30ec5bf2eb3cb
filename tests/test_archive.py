"""Reports in a folder, and who writes there at the same time."""

import threading
from datetime import date
from pathlib import Path

import pytest

from service.reports import archive
from service.reports.paper import Paper, period_of

PAPER = Paper("t", period_of("daily", date(2026, 3, 2)), "c", "now", "", (), ())


def test_two_may_keep_the_same_report_at_once(tmp_path: Path) -> None:
    def keep(tag: bytes) -> None:
        for _ in range(60):
            try:
                archive.keep(tmp_path, PAPER, dict.fromkeys(archive.FORMS, tag * 200_000), "x")
            except OSError as error:
                failed.append(error)

    failed: list[OSError] = []
    both = [threading.Thread(target=keep, args=(tag,)) for tag in (b"a", b"b")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert failed == []
    assert len(set((tmp_path / "daily-2026-03-02.html").read_bytes())) == 1
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]
    assert (tmp_path / "daily-2026-03-02.html").stat().st_mode & 0o777 == 0o600


def test_a_report_is_listed_once_all_its_files_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(path: Path, data: bytes) -> None:
        if path.suffix == ".docx":
            raise OSError("no space left")
        real(path, data)

    real = archive._put
    monkeypatch.setattr(archive, "_put", put)
    with pytest.raises(OSError, match="no space"):
        archive.keep(tmp_path, PAPER, dict.fromkeys(archive.FORMS, b"x"), "x")
    assert archive.entries(tmp_path) == []
