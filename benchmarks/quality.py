"""Quality next to the baseline, on a development split by time and text, with the neutral scorer of ../shared/eval.

Four tasks: lead unit and item (Kaiping's labels), seven classes (Hunan), unit kind (Shanghai), the last two without a
profile. The model learns from the earlier rows only (and, for Kaiping, from the project's own examples); the baseline from the same rows.
Nothing inherits from the shipped model, which has read every row: Hunan and Shanghai inherit, as a city would, from one made of what is
labelled for Kaiping without the rows that they are measured on. Both readings are measured; the shipped encoder was taught with none of the rows
that are set aside here (encoder_rows.py).

usage: python benchmarks/quality.py [TASK ...]     TASK: kaiping hunan shanghai
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
from shared_rows import SHARED, labelled, messages, newest_apart, random_apart, recipe, unlabelled

from triage import Engine, Request, Suggestion

COLUMNS = ["id", "title", "text", "item", "alt_code", "unit", "type", "urgency", "caller_kind", "trust"]
EXAMPLES = Path(__file__).resolve().parent.parent / "data" / "kaiping" / "examples.csv"


def main() -> None:
    if not SHARED.is_dir():
        sys.exit(f"{SHARED} is not here: nothing to measure on.")
    wanted = sys.argv[1:] or ["kaiping", "hunan", "shanghai"]
    with tempfile.TemporaryDirectory() as folder:
        for task in wanted:
            TASKS[task](Path(folder))


def kaiping(folder: Path) -> None:
    dev = kaiping_rows(folder, newest_apart(labelled()))
    engine = trained_kaiping(folder)
    for label in ("unit", "item"):
        compare(folder, engine, dev, label, f"Kaiping, {label}")


def kaiping_rows(folder: Path, parts: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    """Writes train.csv and dev.csv of rows to learn from and rows set aside; returns the latter."""
    train, dev = parts
    examples = pd.read_csv(EXAMPLES, dtype=str, keep_default_na=False, encoding="utf-8-sig").assign(trust="1", source="examples", time="")
    every = pd.concat([train, examples, unlabelled(dev).assign(trust="1")])
    every.reindex(columns=COLUMNS).fillna("").to_csv(folder / "train.csv", index=False)
    dev.to_csv(folder / "dev.csv", index=False)
    return dev


def trained_kaiping(folder: Path) -> Engine:
    """The engine trained on train.csv alone."""
    labels = [
        "--label",
        "unit=unit",
        "--label",
        "item=item",
        "--label",
        "type=type",
        "--label",
        "urgency=urgency",
        "--weight",
        "trust",
        "--alternate",
        "item=alt_code",
    ]
    return trained(folder, "kaiping", [*labels, "--profile", "kaiping"], parent="")


def hunan(folder: Path) -> None:
    rows = messages()
    rows = rows[rows["label"] != ""]
    # Classes were collected one after the other: the newest fifth would hold three of the seven.
    flat(folder, *random_apart(rows), "label", "Hunan, seven classes, --profile none, random tenth by text")


def shanghai(folder: Path) -> None:
    rows = messages()
    train, dev = newest_apart(rows[rows["unit_kind"] != ""])
    flat(folder, train, dev, "unit_kind", "Shanghai, unit kind, --profile none, newest fifth")


def flat(folder: Path, train: pd.DataFrame, dev: pd.DataFrame, label: str, name: str) -> None:
    known = labelled()
    kaiping_rows(folder, (known[~known["id"].isin(dev["id"]) & ~known["text"].isin(dev["text"])], dev))
    trained_kaiping(folder)
    model = (folder / "kaiping").rename(folder / f"parent-{len(list(folder.glob('parent-*')))}")
    train.to_csv(folder / "train.csv", index=False)
    dev.to_csv(folder / "dev.csv", index=False)
    engine = trained(folder, label, ["--label", f"unit={label}", "--profile", "none"], parent=str(model))
    compare(folder, engine, dev, label, name)


TASKS = {"kaiping": kaiping, "hunan": hunan, "shanghai": shanghai}


def trained(folder: Path, name: str, options: list[str], parent: str) -> Engine:
    command = [sys.executable, "-m", "training", str(folder / "train.csv"), "--text", "text", "--title", "title"]
    subprocess.run([*command, *options, "--recipe", str(recipe(folder, parent)), "--out", str(folder / name)], check=True, stdout=subprocess.DEVNULL)
    return Engine.load(model=folder / name)


def compare(folder: Path, engine: Engine, dev: pd.DataFrame, label: str, name: str) -> None:
    readings = {"fast": engine.fast, "close": engine.closely}
    for reading, each in readings.items():
        answered(each, dev, label).to_csv(folder / f"{reading}.csv", index=False)
    subprocess.run(
        [
            sys.executable,
            SHARED / "eval" / "baseline.py",
            folder / "train.csv",
            folder / "dev.csv",
            folder / "base.csv",
            "--label",
            label,
            "--text",
            "title",
            "text",
        ],
        check=True,
        capture_output=True,
    )
    print(f"\n{name}: {len(dev)} messages")
    for who in ("base", *readings):
        scored = subprocess.run(
            [sys.executable, SHARED / "eval" / "score.py", folder / "dev.csv", folder / f"{who}.csv", "--label", label],
            check=True,
            capture_output=True,
        )
        print(f"  {who}: {json.dumps(json.loads(scored.stdout))}", flush=True)


def answered(engine: Engine, dev: pd.DataFrame, label: str) -> pd.DataFrame:
    """What the neutral scorer reads."""
    answers = engine.suggest_many([Request(row.text, row.title, row.id) for row in dev.itertuples()])
    rows = []
    for ident, answer in zip(dev["id"], answers, strict=True):
        found = (answer.items if label == "item" else answer.units) if isinstance(answer, Suggestion) else ()
        codes = [each.code for each in found] + ["", "", ""]
        rows.append([ident, *codes[:3], found[0].p if found else 0.0])
    return pd.DataFrame(rows, columns=["id", "pred1", "pred2", "pred3", "p1"])


if __name__ == "__main__":
    main()
