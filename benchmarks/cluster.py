"""The answers of Spark and of Ray, each on this machine alone, held against those of `triage batch` in one process; and how fast each was.

Messages are the project's own examples, repeated, each with an id of its own. Rows are put into partitions of uneven size. Notes on repeated ids are
left out, as nothing repeats; a probability may differ by 0.0001 (docs/cluster.md), which is counted apart. Ends with exit code 1 when anything else differs. What is
not installed is left out, and said.

usage: python benchmarks/cluster.py [--rows 100000] [--partitions 7] [--only spark ray] [--model default]
"""

import argparse
import importlib.util
import os
import shutil
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "PYSPARK_PYTHON": sys.executable, "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}

from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
from batch_kill import messages

from triage import Engine
from triage.answers import NUMBERS
from triage.batch import classify_file
from triage.columns import Columns

AS_OF = "2026-07-01"
_ALLOWED = 0.00011
Rows = dict[str, dict[str, Any]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--partitions", type=int, default=7)
    parser.add_argument("--only", nargs="+", choices=tuple(ENGINES), default=tuple(ENGINES))
    parser.add_argument("--model", default="default")
    args = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="tc") as place:
        folder = Path(place)
        text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(("id", "title", "text", "caller_kind"), pyarrow.string()))
        parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
        table = pyarrow.csv.read_csv(messages(folder / "in.csv", args.rows), parse_options=parse, convert_options=text)
        pq.write_table(table, folder / "in.parquet", row_group_size=4096)
        begun = time.monotonic()
        classify_file(Engine.load(None, args.model), folder / "in.parquet", folder / "out.parquet", Columns(), as_of=AS_OF)
        told = by_id(pq.read_table(folder / "out.parquet").to_pylist())
        print(f"one process: {len(told)} rows, {args.rows / (time.monotonic() - begun):.0f} rows/s with loading", flush=True)
        for name in args.only:
            missing = lacks(name)
            if missing:
                print(f"{name}: left out, no {missing} here")
                continue
            begun = time.monotonic()
            found = by_id(ENGINES[name](folder, args.partitions, args.model))
            seconds = time.monotonic() - begun
            near, wrong = differences(told, found)
            print(f"{name}: {len(found)} rows, {args.rows / seconds:.0f} rows/s with its own start", end="; ")
            print(f"identical {len(told) - near - wrong}, a probability 0.0001 apart {near}, different or missing {wrong}", flush=True)
            failed |= bool(wrong)
    return int(failed)


def lacks(name: str) -> str:
    """What an engine needs that is not installed, or ""."""
    if importlib.util.find_spec({"spark": "pyspark", "ray": "ray"}[name]) is None:
        return name
    return "Java 17" if name == "spark" and shutil.which("java") is None else ""


def by_spark(folder: Path, partitions: int, model: str) -> list[dict[str, Any]]:
    from pyspark.sql import SparkSession

    from triage.spark import answered

    session = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1").config("spark.local.dir", str(folder / "spark")).getOrCreate()
    )  # fmt: skip
    try:
        session.sparkContext.setLogLevel("ERROR")
        frame = session.read.parquet(str(folder / "in.parquet")).repartition(partitions)
        answered(frame, AS_OF, model=model).write.parquet(str(folder / "spark.parquet"))
    finally:
        session.stop()
    return pq.read_table(folder / "spark.parquet").to_pylist()


def by_ray(folder: Path, partitions: int, model: str) -> list[dict[str, Any]]:
    import ray

    from triage.ray import answered

    ray.init(num_cpus=2, include_dashboard=False, configure_logging=False, object_store_memory=500 * 1024 * 1024, _temp_dir=str(folder / "r"))
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        dataset = ray.data.read_parquet(str(folder / "in.parquet")).repartition(partitions)
        answered(dataset, AS_OF, model=model).write_parquet(str(folder / "ray.parquet"))
    finally:
        ray.shutdown()
    return pq.read_table(folder / "ray.parquet").to_pylist()


ENGINES = {"spark": by_spark, "ray": by_ray}


def by_id(rows: list[dict[str, Any]]) -> Rows:
    found = {row["id"]: row for row in rows}
    assert len(found) == len(rows), "an id stands twice"
    return found


def differences(told: Rows, found: Rows) -> tuple[int, int]:
    """How many rows differ in the last place of a probability alone; how many otherwise, or are missing or too many."""
    near, wrong = 0, len(found.keys() ^ told.keys())
    for key in found.keys() & told.keys():
        if found[key] != told[key]:
            same = all(close(found[key][name], value) if name in NUMBERS else found[key][name] == value for name, value in told[key].items())
            near, wrong = near + same, wrong + (not same)
    return near, wrong


def close(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else abs(one - other) < _ALLOWED


if __name__ == "__main__":
    sys.exit(main())
