from pathlib import Path

from triage.locations import resolve, shipped


def test_a_path_that_exists_wins_over_a_shipped_name(tmp_path: Path) -> None:
    assert resolve("data", tmp_path) == tmp_path


def test_a_shipped_name_is_found() -> None:
    assert (resolve("data", "kaiping") / "profile.toml").is_file()
    assert (shipped("models", "default") / "manifest.json").is_file()


def test_an_unknown_name_points_where_it_would_be() -> None:
    assert not resolve("models", "no such model").exists()
