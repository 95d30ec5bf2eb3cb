from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training import card
from training.clean import Corpus
from triage import bundle
from triage.profile import Profile

METRICS = {
    "n": 40,
    "hit1": 0.8125,
    "hit1_95": [0.7, 0.9],
    "hit3": 0.95,
    "macro_f1": 0.5,
    "majority_hit1": 0.25,
    "ece": 0.03,
    "coverage_at": {"0.97": 0.4},
}


def manifest(**changes: Any) -> dict[str, Any]:
    data = {
        "histories": ["一.csv", "二.xlsx"], "rows": 120, "dropped": {"text_empty": 3}, "from": "2025-01-02", "to": "2026-03-04",
        "split": "newest rows held out", "labels": {"unit": 118},
    }  # fmt: skip
    return {
        "name": "city", "version": "2026-05-01-abcd1234", "made": "2026-05-01T00:00:00+00:00", "engine": "0.1.0", "profile": {"code": "kaiping"},
        "data": data, "tasks": {"unit": {"labels": ["RS", "CG"]}}, "notes": ["Labels were read twice."], "metrics": {"unit": METRICS},
        "thresholds": {"auto": 0.93}, **changes,
    }  # fmt: skip


def corpus(**labels: list[str]) -> Corpus:
    n = len(next(iter(labels.values())))
    return Corpus([""] * n, [""] * n, [""] * n, [""] * n, [None] * n, np.ones(n, np.float32), labels, np.arange(n), {})


def test_the_card_says_what_was_learnt_and_what_was_left_out() -> None:
    text = card.write(manifest(), corpus(unit=["RS"]), None)
    for line in (
        "# Model city 2026-05-01-abcd1234",
        "120 requests of 一.csv, 二.xlsx, 2025-01-02 to 2026-03-04.",
        "- unit: 118 labelled rows, 2 labels",
        "- left out, text_empty: 3",
        "- Labels were read twice.",
    ):
        assert line in text.splitlines()


def test_the_card_gives_the_figures_and_how_they_were_measured() -> None:
    text = card.write(manifest(), corpus(unit=["RS"]), None)
    assert "(newest rows held out)" in text
    assert "| unit (text alone) | 40 | 0.812 (0.700 to 0.900) | 0.950 | 0.500 | 0.250 | 0.030 | 0.4 |" in text


@pytest.mark.parametrize(
    ("auto", "words"),
    [(0.93, "Automatic dispatch from a probability of 0.93. Not yet a promise"), (2.0, "Automatic dispatch: never; no probability is sure enough.")],
)
def test_the_card_says_from_when_requests_go_out_by_themselves(auto: float, words: str) -> None:
    assert words in card.write(manifest(thresholds={"auto": auto}), corpus(unit=["RS"]), None)


def test_undated_histories_have_no_range() -> None:
    undated = {**manifest()["data"], "from": "", "to": ""}
    assert "120 requests of 一.csv, 二.xlsx." in card.write(manifest(data=undated), corpus(unit=["RS"]), None)


def test_what_the_history_hardly_shows_is_named(kaiping: Profile) -> None:
    leaves, units = kaiping.leaves(), tuple(kaiping.units)
    seen = [*leaves[2:] * 10, leaves[1]]
    text = card.write(manifest(), corpus(item=seen, unit=[units[0]] * len(seen)), kaiping)
    assert f"- item: 1 never ({leaves[0]}), 1 in fewer than 10 rows." in text
    assert f"- unit: {len(units) - 1} never ({', '.join(units[1:])}), 0 in fewer than 10 rows." in text
    assert "Hardly seen" not in card.write(manifest(), corpus(item=seen), None)


def test_the_card_in_a_bundle_is_that_of_its_manifest(toy: Path) -> None:
    facts, text = bundle.read(toy).manifest, (toy / "card.md").read_text(encoding="utf-8")
    assert text.startswith(f"# Model toy {facts['version']}\n")
    assert all(f"| {facts['metrics'][task]['n']} | {facts['metrics'][task]['hit1']:.3f} " in text for task in facts["metrics"])
