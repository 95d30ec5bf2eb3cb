"""Kills a batch with kill -9 at random moments, resumes it each time, and compares its output with that of an undisturbed run.

Messages are the project's own examples, repeated. The drill ends early, and says so, when the job ends before all kills were made.

usage: python benchmarks/batch_kill.py [--rows 200000] [--kills 20] [--workers 2] [--suffix csv] [--model default]
"""

import argparse
import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

TRIAGE = (sys.executable, "-c", "from triage.cli import main; main()")
EXAMPLES = Path(__file__).resolve().parent.parent / "data" / "kaiping" / "examples.csv"
COLUMNS = ("title", "text", "caller_kind")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--suffix", default="csv")
    parser.add_argument("--model", default="default")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = messages(Path(folder) / "in.csv", args.rows)
        print(drill(source, Path(folder), args.kills, args.workers, args.suffix, args.model, args.seed))


def messages(path: Path, rows: int) -> Path:
    """A CSV file of so many messages, with ids."""
    with EXAMPLES.open(encoding="utf-8-sig", newline="") as file:
        examples = [[row[name] for name in COLUMNS] for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *COLUMNS])
        writer.writerows([str(number), *row] for number, row in enumerate(islice(cycle(examples), rows), start=1))
    return path


def drill(source: Path, folder: Path, kills: int, workers: int, suffix: str, model: str, seed: int = 1) -> dict[str, object]:
    """The undisturbed run, then the disturbed one. Raises AssertionError when their outputs differ or a process is left behind."""
    chance = random.Random(seed)
    start = timed(messages(folder / "one.csv", 1), folder / f"first.{suffix}", workers, model)
    seconds = timed(source, folder / f"whole.{suffix}", workers, model)
    latest = start + 3 * max(seconds - start, 0) / kills  # so that the job lasts for all kills
    target = folder / f"out.{suffix}"
    done = 0
    while done < kills:
        process = job(source, target, workers, model, *begun_already(target))
        try:
            # Early and late alike: while it loads, surveys, works or finishes.
            process.wait(chance.uniform(0.05, latest))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            done += 1
            continue
        break
    if not target.exists() or (folder / f"{target.name}.job").exists():
        assert job(source, target, workers, model, *begun_already(target)).wait() == 0
    assert target.read_bytes() == (folder / f"whole.{suffix}").read_bytes(), "the outputs differ"
    assert not (folder / f"{target.name}.job").exists()
    left = subprocess.run(["pgrep", "-f", str(target)], capture_output=True, text=True, check=False).stdout
    assert not left, f"processes were left behind: {left}"
    return {"kills": done, "identical": True, "undisturbed_s": round(seconds, 1)}


def timed(source: Path, target: Path, workers: int, model: str) -> float:
    """Seconds of an undisturbed job."""
    begun = time.monotonic()
    assert job(source, target, workers, model).wait() == 0
    return time.monotonic() - begun


def begun_already(target: Path) -> list[str]:
    """A kill may come before there is a job to go on with."""
    return ["--resume"] if (target.with_name(f"{target.name}.job") / "job.json").exists() else []


def job(source: Path, target: Path, workers: int, model: str, *more: str) -> "subprocess.Popen[bytes]":
    command = [*TRIAGE, "batch", str(source), str(target), "--workers", str(workers), "--model", model, *more]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONHASHSEED": "random"})


if __name__ == "__main__":
    main()
