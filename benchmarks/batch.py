"""Rows per second and memory of `triage batch` from a file to a file, with 1 and 2 workers, against a plain pandas and scikit-learn script.

The plain script is the pipeline of ../shared/eval/baseline.py, read and written by pandas in chunks, with as many processes. It answers the lead
unit alone, triage everything. It is measured on fewer rows, which its speed does not hang on. Messages are the shared ones where
present, else the project's examples, repeated; every one of them has an id of its own.

usage: python benchmarks/batch.py [--rows 1000000] [--plain 20000] [--train 5000] [--workers 1 2]
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

from pathlib import Path

import pandas as pd
from shared_rows import SHARED, labelled
from throughput import EXAMPLES, baseline

TRIAGE = Path(sys.executable).with_name("triage")
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
        for workers in args.workers:
            ours = by_triage(source, folder, workers)
            print(f"triage, {workers} worker(s): {ours[0]:7.0f} rows/s, peak {ours[1]:.0f} MiB in the first process, {ours[2]:.0f} in a worker")
            if model is not None:
                theirs = plain(model, few, folder / "plain.csv", workers)
                print(f"plain,  {workers} process(es): {theirs:5.0f} rows/s; ratio {ours[0] / theirs:.1f}", flush=True)


def written(rows: pd.DataFrame, count: int, path: Path) -> Path:
    """A CSV file of so many messages."""
    for start in range(0, count, len(rows)):
        part = rows.head(min(len(rows), count - start))
        part = pd.DataFrame({"id": range(start + 1, start + 1 + len(part)), "title": part["title"], "text": part["text"]})
        part.to_csv(path, index=False, mode="a" if start else "w", header=not start)
    return path


def by_triage(source: Path, folder: Path, workers: int) -> tuple[float, float, float]:
    """Rows per second, loading included, and peak memory in MiB of the first process and of its largest worker."""
    target, summary = folder / f"out{workers}.csv", folder / "summary.json"
    command = [str(TRIAGE), "batch", str(source), str(target), "--workers", str(workers), "--summary", str(summary)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    largest: dict[int, float] = {}
    while process.poll() is None:
        for pid, size in memory(process.pid).items():
            largest[pid] = max(largest.get(pid, 0.0), size)
        time.sleep(0.5)
    assert process.returncode in (0, 3)
    told = json.loads(summary.read_text(encoding="utf-8"))
    first = largest.pop(process.pid)
    return told["rows"] / told["seconds"], first, max(largest.values(), default=0.0)


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


def plain(model: object, source: Path, target: Path, processes: int) -> float:
    """Rows per second of a script as anybody would write it."""
    begun = time.perf_counter()
    chunks = pd.read_csv(source, dtype=str, keep_default_na=False, chunksize=_CHUNK)
    count = 0
    with multiprocessing.get_context("fork").Pool(processes, _hold, (model,)) as pool:
        for number, found in enumerate(pool.imap(_answer, chunks)):
            found.to_csv(target, index=False, mode="a" if number else "w", header=not number)
            count += len(found)
    return count / (time.perf_counter() - begun)


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
