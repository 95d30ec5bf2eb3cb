"""How good with few labelled rows of a new city: lead and item on held-out rows after learning from 0, 100, 500, 2,000, 10,000.

Zero rows means the profile alone. Every size is a random subset of the same pool, drawn by groups of near-duplicates, smaller
ones inside larger ones; the held-out rows are always the same and none of them, nor a near-duplicate, is in the pool. With
the shared public messages beside the checkout the held-out rows are the newest fifth of every source; else the project's
own examples serve, a random fifth of their groups held out. The baseline learns from the same rows, without a profile.

Nothing is inherited from the shipped model, which has read the held-out rows. A city that inherits (the default) does better
than these figures say; how much cannot be measured here.

--close measures both readings, on a smaller scale: the shipped encoder was taught all rows but the newest fifth of every source, so a city
that is new to it can only be made of that fifth. Its older 70 % are the pool, the rest is held out.

usage: python benchmarks/learning_curve.py [--full | --close] [--jobs N]     --full adds 10,000 rows
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from shared_rows import SHARED, labelled, newest_apart, recipe

from training.clean import near_duplicates
from training.figures import figures
from triage import Engine, Request, Suggestion

EXAMPLES = Path(__file__).resolve().parent.parent / "data" / "kaiping" / "examples.csv"
BASELINE = SHARED / "eval" / "baseline.py"
SEEDS = {0: 1, 100: 2, 500: 2, 2000: 1, 10_000: 1}
TASKS = ("unit", "item")
Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="10,000 rows too")
    size.add_argument("--close", action="store_true", help="both readings of a city that the encoder has not seen")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    pool, held = apart(args.close)
    print(f"{len(pool)} rows to draw from, {len(held)} held out, {held['unit'].nunique()} units and {held['item'].nunique()} items among them")
    print("\n| rows | who | lead hit@1 | lead hit@3 | lead coverage at 97 % | item hit@1 | item hit@3 |\n|---|---|---|---|---|---|---|")
    for size, seeds in SEEDS.items():
        if size > 2000 and not args.full:
            continue
        if size > len(pool):
            print(f"(no {size} rows: there are only {len(pool)})")
            continue
        begun = time.perf_counter()
        for who, found in measured(pool, held, size, seeds, args.jobs, args.close).items():
            print(line(size, who, found), flush=True)
        print(f"{size} rows: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)


def apart(unseen: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows to draw from, with their ``group``, and the held-out rows; no group on both sides. ``unseen``: only rows that the shipped
    encoder was not taught with."""
    if SHARED.is_dir():
        early, late = newest_apart(labelled())
        if unseen:
            early, late = newest_apart(late, 0.3)
        rows = pd.concat([early.assign(held=False), late.assign(held=True)], ignore_index=True)
        rows["group"] = grouped(rows)
    else:
        rows = pd.read_csv(EXAMPLES, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        rows["group"] = grouped(rows)
        chosen = np.random.default_rng(0).permutation(rows["group"].unique())
        rows["held"] = rows["group"].isin(chosen[: len(chosen) // 5])
    held = rows[rows["held"]]
    return rows[~rows["held"] & ~rows["group"].isin(held["group"])], held


def grouped(rows: pd.DataFrame) -> np.ndarray:
    return near_duplicates([f"{row.title}\n{row.text}" for row in rows.itertuples()], 0.8, 64)


def drawn(pool: pd.DataFrame, size: int, seed: int) -> pd.DataFrame:
    """``size`` rows, group by group in the order of the seed."""
    order = {group: place for place, group in enumerate(np.random.default_rng(seed).permutation(pool["group"].unique()))}
    return pool.iloc[np.argsort(pool["group"].map(order).to_numpy(), kind="stable")[:size]]


def measured(pool: pd.DataFrame, held: pd.DataFrame, size: int, seeds: int, jobs: int, close: bool) -> dict[str, list[dict[str, Figures]]]:
    """Who → per seed the figures of every task."""
    found: dict[str, list[dict[str, Figures]]] = {"triage": [], "triage, close": [], "baseline": []}
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            drawn(pool, size, seed).to_csv(folder / "train.csv", index=False)
            held.to_csv(folder / "held.csv", index=False)
            engine = ours(folder, size, jobs)
            found["triage"].append(asked(engine.fast, held))
            if close and "close" in engine.bundle.manifest:
                found["triage, close"].append(asked(engine.closely, held))
            if size and BASELINE.is_file():
                found["baseline"].append({task: scored for task in TASKS if (scored := theirs(folder, held, task))})
    return {who: each for who, each in found.items() if any(each)}


def ours(folder: Path, size: int, jobs: int) -> Engine:
    history = [folder / "train.csv", "--text", "text", "--title", "title", "--label", "unit=unit", "--label", "item=item"] if size else []
    command = [
        sys.executable,
        "-m",
        "training",
        *history,
        "--profile",
        "kaiping",
        "--recipe",
        recipe(folder),
        "--jobs",
        str(jobs),
        "--out",
        folder / "model",
    ]
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Engine.load(model=folder / "model")


def asked(engine: Engine, held: pd.DataFrame) -> dict[str, Figures]:
    answers = engine.suggest_many([Request(row.text, row.title, row.id) for row in held.itertuples()])
    ranked = {
        "unit": [answer.units if isinstance(answer, Suggestion) else () for answer in answers],
        "item": [answer.items if isinstance(answer, Suggestion) else () for answer in answers],
    }
    return {
        task: figures(held[task].tolist(), [[each.code for each in row] for row in rows], [row[0].p if row else 0.0 for row in rows])
        for task, rows in ranked.items()
    }


def theirs(folder: Path, held: pd.DataFrame, task: str) -> Figures:
    """The baseline's figures; empty where it cannot learn (no label has three rows)."""
    command = [sys.executable, BASELINE, folder / "train.csv", folder / "held.csv", folder / "base.csv", "--label", task, "--text", "title", "text"]
    if subprocess.run(list(map(str, command)), check=False, capture_output=True).returncode:
        return {}
    table = pd.read_csv(folder / "base.csv", dtype={"id": str, "pred1": str, "pred2": str, "pred3": str}, keep_default_na=False)
    ranked = table[[name for name in table if name.startswith("pred")]].to_numpy().tolist()
    return figures(held[task].tolist(), ranked, table["p1"].tolist())


def line(size: int, who: str, found: Sequence[dict[str, Figures]]) -> str:
    def mean(task: str, name: str) -> str:
        values = [each[task][name] if name != "cover" else each[task]["coverage_at"]["0.97"] for each in found if task in each]
        spread = f" ± {(max(values) - min(values)) / 2:.3f}" if len(values) > 1 else ""
        return f"{np.mean(values):.3f}{spread}" if values else "–"

    cells = [mean("unit", "hit1"), mean("unit", "hit3"), mean("unit", "cover"), mean("item", "hit1"), mean("item", "hit3")]
    return f"| {size} | {who} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
