"""How many wrong dispatches `triage audit` finds: wrong units planted at random in the project's own examples.

usage: python benchmarks/audit_planted.py [--share 0.05] [--profile kaiping|none] [--seed 1]
"""

import argparse
import random
import tempfile
from pathlib import Path

import pandas as pd

from training.audit import audit
from training.history import Source
from training.steps import Plan
from triage.columns import Columns

EXAMPLES = Path(__file__).resolve().parent.parent / "data" / "kaiping" / "examples.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--profile", default="kaiping")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rows = pd.read_csv(EXAMPLES, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    wrong = planted(rows, args.share, args.seed)
    labels = {"unit": "unit"} if args.profile == "none" else {"unit": "unit", "item": "item"}
    with tempfile.TemporaryDirectory() as name:
        history = Path(name) / "history.csv"
        rows.to_csv(history, index=False)
        report = audit(Plan((history,), Source(Columns(), labels), args.profile, Path(name) / "unused"), say=bool)
    named = [suspect for suspect in report.suspects if suspect.task == "unit"]
    hits = [suspect for suspect in named if suspect.source in wrong]
    true = sum(suspect.suggested == wrong[suspect.source] for suspect in hits)
    flagged = len(named) / len(rows)
    print(f"{len(rows)} rows, {len(wrong)} wrong units planted; --profile {args.profile}; the model agrees on {report.tasks['unit'].hit1:.1%}")
    print(f"{len(named)} suspects ({flagged:.1%} of the rows), {len(hits) / len(named):.1%} of them planted (by chance {args.share:.0%})")
    print(f"{len(hits) / len(wrong):.1%} of the planted ones found (by chance {flagged:.1%}), the true unit suggested for {true / len(hits):.1%}")
    for first in (50, 100, len(wrong), 500):
        print(f"of the first {first}: {sum(suspect.source in wrong for suspect in named[:first]) / first:.1%} planted")


def planted(rows: pd.DataFrame, share: float, seed: int) -> dict[str, str]:
    """Gives a share of the rows another unit, drawn as often as it occurs. Returns where and what it was."""
    lot, units, wrong = random.Random(seed), rows["unit"].tolist(), {}
    for place in lot.sample(range(len(rows)), round(len(rows) * share)):
        wrong[f"history.csv:{place + 2}"] = units[place]
        rows.loc[place, "unit"] = next(unit for unit in iter(lambda: lot.choice(units), "") if unit != wrong[f"history.csv:{place + 2}"])
    return wrong


if __name__ == "__main__":
    main()
