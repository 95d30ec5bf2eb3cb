"""triage report and triage report-template, as a shell calls them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from service.database import Database
from service.settings import Settings
from tests.stores import make, write_keys
from triage.records import Request

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRIAGE_DATA", str(tmp_path / "data"))
    settings = Settings()
    settings.data.mkdir()
    write_keys(settings.key_file)
    database = Database(settings.database_url)
    database.migrate()
    for day in range(1, 8):
        make(database, request=Request("路灯坏了", title="路灯", received_at=f"2026-03-{day:02}T09:00:00+08:00"))
    database.close()
    return tmp_path / "data"


def test_a_report_is_written_from_the_store(data: Path, command: Command) -> None:
    code, out, _ = command("report", "monthly", "--day", "2026-03-09")
    assert code == 0
    assert out.split() == [str(data / "reports" / f"monthly-2026-03.{form}") for form in ("html", "docx")]
    page = Path(out.split()[0]).read_text(encoding="utf-8")
    assert "共登记诉求7件" in page and "开平市" in page


def test_it_goes_where_it_is_told_in_the_city_s_own_form(data: Path, tmp_path: Path, command: Command) -> None:
    code, out, _ = command("report-template", tmp_path / "own")
    assert code == 0 and [Path(each).name for each in out.split()] == ["report.html", "report.docx"]
    (tmp_path / "own" / "report.html").write_text("本市自编：{{ paper.title }}", encoding="utf-8")
    code, out, _ = command("report", "weekly", "--day", "2026-03-05", "--out", tmp_path / "out", "--template", tmp_path / "own")
    assert code == 0
    assert (tmp_path / "out" / "weekly-2026-W10.html").read_text(encoding="utf-8") == "本市自编：开平市12345热线诉求分析周报"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("yearly",), "'yearly'"), (("daily", "--day", "soon"), "'soon'"), (("daily", "--template", "/nowhere"), "report-template /nowhere"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(data: Path, command: Command, arguments: tuple[str, ...], told: str) -> None:
    code, _, err = command("report", *arguments)
    assert code == 2 and told in err


def test_templates_are_not_overwritten(tmp_path: Path, command: Command) -> None:
    assert command("report-template", tmp_path / "own")[0] == 0
    code, _, err = command("report-template", tmp_path / "own")
    assert code == 2 and "not overwritten" in err
