"""Rows per second and memory of `triage batch` from a file to a file, with 1 and 2 workers, against a plain pandas and scikit-learn script.

The plain script is the pipeline of ../shared/eval/baseline.py, read and written by pandas in chunks, with as many processes. It answers the lead
unit alone, triage everything. It is measured on fewer rows, which its speed does not hang on. Messages are the shared ones where
present, else the project's examples, repeated; every one of them has an id of its own.

Seconds are those of the work, without the loading and fitting of models; so is processor time (user and system, all processes), of which what
a file of one row takes is taken off. Where others use the machine, compare processor time.

usage: python benchmarks/batch.py [--rows 1000000] [--plain 20000] [--train 5000] [--workers 1 2]
"""

import argparse
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

from pathlib import Path
from typing import NamedTuple

import pandas as pd
from shared_rows import SHARED, labelled
from throughput import EXAMPLES, baseline

TRIAGE = (sys.executable, "-c", "from triage.cli import main; main()")
_CHUNK = 2048


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--plain", type=int, default=20_000, help="rows of the plain script; 0: leave it out")
    parser.add_argument("--train", type=int, default=5000, help="rows that the plain script's model is fitted on")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    args = parser.parse_args()
    rows = labelled() if SHARED.is_dir() else pd.read_csv(EXAMPLES, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    rows = rows.sample(frac=1, random_state=0).reset_index(drop=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        source, few = written(rows, args.rows, folder / "in.csv"), written(rows, args.plain, folder / "few.csv")
        print(f"{args.rows} rows of {rows['text'].str.len().mean():.0f} characters on average, {source.stat().st_size / 2**20:.0f} MiB")
        model = baseline(rows.head(args.train)) if args.plain else None
        by_triage(written(rows, 1, folder / "one.csv"), folder, 1)  # the first start on a machine compiles
        for workers in args.workers:
            ours, first, largest = by_triage(source, folder, workers)
            words = f"triage, {workers} worker(s): {ours.rows_s:7.0f} rows/s, {ours.cpu_s:.0f} rows per second of processor time"
            print(f"{words}, peak {first:.0f} MiB in the first process, {largest:.0f} in a worker", flush=True)
            if model is not None:
                theirs = plain(model, few, folder / "plain.csv", workers)
                words = f"plain,  {workers} process(es): {theirs.rows_s:5.0f} rows/s, {theirs.cpu_s:.0f} rows per second of processor time"
                print(f"{words}; ratio {ours.rows_s / theirs.rows_s:.1f}, by processor time {ours.cpu_s / theirs.cpu_s:.1f}", flush=True)


class Speed(NamedTuple):
    """Rows per second by the clock and per second of processor time."""

    rows_s: float
    cpu_s: float


def written(rows: pd.DataFrame, count: int, path: Path) -> Path:
    """A CSV file of so many messages."""
    for start in range(0, count, len(rows)):
        part = rows.head(min(len(rows), count - start))
        part = pd.DataFrame({"id": range(start + 1, start + 1 + len(part)), "title": part["title"], "text": part["text"]})
        part.to_csv(path, index=False, mode="a" if start else "w", header=not start)
    return path


def by_triage(source: Path, folder: Path, workers: int) -> tuple[Speed, float, float]:
    """How fast, and peak memory in MiB of the first process and of its largest worker."""
    target, summary = folder / "out.csv", folder / "summary.json"
    command = [*TRIAGE, "batch", str(source), str(target), "--workers", str(workers), "--summary", str(summary)]
    begun = spent()
    subprocess.run([*TRIAGE, "batch", str(folder / "one.csv"), str(target)], check=True, stderr=subprocess.DEVNULL)
    target.unlink()
    loading, begun = spent() - begun, spent()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    largest: dict[int, float] = {}
    while process.poll() is None:
        for pid, size in memory(process.pid).items():
            largest[pid] = max(largest.get(pid, 0.0), size)
        time.sleep(0.5)
    assert process.returncode in (0, 3)
    told = json.loads(summary.read_text(encoding="utf-8"))
    target.unlink()
    first = largest.pop(process.pid)
    return Speed(told["rows"] / told["seconds"], told["rows"] / max(spent() - begun - loading, 1e-9)), first, max(largest.values(), default=0.0)


def spent() -> float:
    """Seconds of processor time so far, of this process and of its children that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def memory(root: int) -> dict[int, float]:
    """Peak resident memory so far of a process and all below it, in MiB."""
    found: dict[int, float] = {}
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
            waiting += [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()]
        except OSError:
            continue
        found[pid] = next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)
    return found


def plain(model: object, source: Path, target: Path, processes: int) -> Speed:
    """A script as anybody would write it."""
    begun, used = time.perf_counter(), spent()
    chunks = pd.read_csv(source, dtype=str, keep_default_na=False, chunksize=_CHUNK)
    count = 0
    with multiprocessing.get_context("fork").Pool(processes, _hold, (model,)) as pool:
        for number, found in enumerate(pool.imap(_answer, chunks)):
            found.to_csv(target, index=False, mode="a" if number else "w", header=not number)
            count += len(found)
        pool.close()
        pool.join()
    return Speed(count / (time.perf_counter() - begun), count / (spent() - used))


def _hold(model: object) -> None:
    global _model
    _model = model


def _answer(rows: pd.DataFrame) -> pd.DataFrame:
    chances = _model.predict_proba(rows["title"] + "。" + rows["text"])
    best = chances.argsort(axis=1)[:, ::-1][:, :3]
    units = _model.classes_[best]
    return pd.DataFrame({"id": rows["id"], "unit_1": units[:, 0], "unit_2": units[:, 1], "unit_3": units[:, 2], "p": chances.max(axis=1)})


if __name__ == "__main__":
    main()
