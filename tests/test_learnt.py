import json
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from training.learnt import known, last_day, prints, span, untold
from triage import Engine, Request
from triage.encoder import fingerprint
from triage.errors import BundleError

MADE = "2026-11-27T09:00:00+00:00"


@pytest.mark.parametrize(
    ("data", "day"),
    [
        ({"to": "2026-06-30"}, "2026-06-30"),
        ({"to": "2026-06-30", "undated": 0}, "2026-06-30"),
        ({"to": "2026-06-30", "undated": 1}, "2026-11-27"),
        ({"to": "2027-01-05", "undated": 1}, "2027-01-05"),
        ({"to": "", "undated": 9}, "2026-11-27"),
        ({"to": ""}, "2026-11-27"),
        ({"to": "2026-06-30", "undated": 0, "inherited_to": "2026-09-30"}, "2026-09-30"),
        ({"to": "2026-06-30", "undated": 0, "inherited_to": "2026-03-31"}, "2026-06-30"),
    ],
)
def test_the_last_day_that_a_model_may_have_learnt_from(data: dict[str, object], day: str) -> None:
    assert last_day({"made": MADE, "data": data}) == date.fromisoformat(day)


def test_it_is_known_whether_all_rows_had_dates_unless_nobody_wrote_it_down() -> None:
    assert untold({"data": {"to": "2026-06-30"}})
    assert not untold({"data": {"to": "2026-06-30", "undated": 0}}) and not untold({"data": {"to": ""}})


def test_rows_without_a_date_are_counted() -> None:
    times = [datetime(2026, 3, 1, 8), None, datetime(2026, 1, 5), None]
    assert span(times, "") == {"from": "2026-01-05", "to": "2026-03-01", "undated": 2, "inherited_to": ""}
    assert span([], "") == {"from": "", "to": "", "undated": 0, "inherited_to": ""}


def test_a_model_has_learnt_what_the_one_that_it_inherits_from_has(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"made": MADE, "data": {"to": "2026-06-30", "undated": 2}}), encoding="utf-8")
    assert span([], str(tmp_path))["inherited_to"] == "2026-11-27"
    assert span([], "default")["inherited_to"] == ""
    with pytest.raises(BundleError, match="no model that can be inherited from"):
        span([], str(tmp_path / "none"))


def test_a_text_that_was_learnt_from_is_known_again_by_whoever_inherits(tmp_path: Path) -> None:
    own = prints(["a", "b", ""], ["路灯坏了", "路灯坏了", "井盖没了"], "")
    assert own.tolist() == sorted({fingerprint("", "路灯坏了"), fingerprint("", "井盖没了")})
    np.save(tmp_path / "learnt.npy", own)
    assert prints([""], ["树倒了"], str(tmp_path)).tolist() == sorted([*own.tolist(), fingerprint("", "树倒了")])
    assert prints([""], ["树倒了"], str(tmp_path / "of an earlier version")).tolist() == [fingerprint("", "树倒了")]


def test_what_the_model_learnt_from_is_told_from_other_words(toy_engine: Engine, examples: list[dict[str, str]], toy_history: Path) -> None:
    learnt = next(row for row in examples if row["text"] in toy_history.read_text(encoding="utf-8"))
    texts = [learnt["text"], f"另有一事: {learnt['text']}", "\x00"]
    assert known(toy_engine, toy_engine.suggest_many([Request(text, title="别的标题") for text in texts])).tolist() == [True, False, False]
    assert known(toy_engine, []).tolist() == []
