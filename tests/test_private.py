import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service import private
from service.cli import read_settings

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """A shell that lets others read what is made."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {str(each.relative_to(folder)): f"{each.stat().st_mode & 0o777:o}" for each in (folder, *folder.rglob("*"))}


@pytest.mark.parametrize("words", [("store", "upgrade"), ("snapshot",), ("store", "purge")])
def test_every_command_makes_what_only_its_user_can_open(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    data = tmp_path / "new" / "data"
    monkeypatch.setenv("TRIAGE_DATA", str(data))
    if words != ("store", "upgrade"):
        command("store", "upgrade")
        os.umask(0o022)
    code, _, err = command(*words)
    assert code == 0 and "others on this machine" not in err
    found = modes(data)
    assert len(found) > 1
    assert {each for name, each in found.items()} <= {"700", "600"}, found


def test_a_folder_that_others_can_open_gives_one_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRIAGE_DATA", str(tmp_path))
    tmp_path.chmod(0o755)
    (tmp_path / "keys.txt").touch()
    read_settings()
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{tmp_path} (mode 0755)" in line and f"{tmp_path / 'keys.txt'} (mode 0644)" in line and "chmod go=" in line
    for each in (tmp_path, tmp_path / "keys.txt"):
        each.chmod(each.stat().st_mode & 0o700)
    read_settings()
    assert capsys.readouterr().err == ""


def test_a_place_that_is_not_there_is_not_open() -> None:
    private.close((Path("/nowhere/at/all"),))
    assert os.umask(0o022) == 0o077
