"""Lead unit by the model alone, by the responsibility table alone, by both, and with disputed duties and rules, on the
development split of quality.py and with the neutral scorer of ../shared/eval.

usage: python benchmarks/routing.py
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from quality import kaiping_rows, trained_kaiping
from shared_rows import SHARED, labelled, newest_apart

from triage import Request, Suggestion
from triage.records import UnitCandidate


def main() -> None:
    if not SHARED.is_dir():
        sys.exit(f"{SHARED} is not here: nothing to measure on.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dev = kaiping_rows(folder, newest_apart(labelled()))
        engine = trained_kaiping(folder)
        requests = [Request(row.text, row.title, row.id) for row in dev.itertuples()]
        opinions = engine.opinions(requests)
        answers = engine.suggest_many(requests)
        ways: dict[str, list[Sequence[UnitCandidate]]] = {
            "model alone": [each.model for each in opinions],
            "table alone": [each.table for each in opinions],
            "model and table": [each.together for each in opinions],
            "with disputed duties and rules": [each.units if isinstance(each, Suggestion) else () for each in answers],
        }
        for way, leads in ways.items():
            print(f"{way}: {json.dumps(scored(folder, dev, leads))}", flush=True)


def scored(folder: Path, dev: pd.DataFrame, leads: Sequence[Sequence[UnitCandidate]]) -> dict[str, float]:
    rows = [
        [ident, *([each.code for each in found] + ["", "", ""])[:3], found[0].p if found else 0.0]
        for ident, found in zip(dev["id"], leads, strict=True)
    ]
    pd.DataFrame(rows, columns=["id", "pred1", "pred2", "pred3", "p1"]).to_csv(folder / "routed.csv", index=False)
    command = [sys.executable, SHARED / "eval" / "score.py", folder / "dev.csv", folder / "routed.csv", "--label", "unit"]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


if __name__ == "__main__":
    main()
