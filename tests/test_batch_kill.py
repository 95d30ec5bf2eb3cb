"""A batch outlives kill -9 to the same bytes. The long drill is benchmarks/batch_kill.py."""

from pathlib import Path

from benchmarks.batch_kill import drill, messages


def test_a_killed_batch_goes_on_to_the_same_bytes(toy: Path, tmp_path: Path) -> None:
    told = drill(messages(tmp_path / "in.csv", 12_000), tmp_path, kills=3, workers=2, suffix="csv", model=str(toy))
    assert told["identical"]
    assert told["kills"] in (1, 2, 3)
