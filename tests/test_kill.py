"""What the server acknowledged outlives kill -9. The long drill is benchmarks/kill_drill.py."""

from pathlib import Path

from benchmarks.kill_drill import ROWS, drill


def test_what_was_acknowledged_outlives_a_kill(database_url: str, toy: Path, tmp_path: Path) -> None:
    told = drill(database_url, tmp_path / "data", str(toy), operations=20, kills=2, longest=1.0)
    assert told["kills"] == 2
    assert told["requests"] == (told["operations"] + 1) // 2 * ROWS and told["decisions"] == told["operations"] // 2
