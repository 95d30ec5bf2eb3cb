import csv
import shutil
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from training.evidence import dated, firsts, in_words, later, untaught
from training.history import Record, Source
from training.recalibrate import Wanted, calibrate
from triage import Engine
from triage.columns import Columns
from triage.errors import TrainingError
from triage.records import Request


def test_only_later_labelled_rows_count() -> None:
    after = date(2026, 6, 30)

    def row(time: str, unit: str = "RS", error: str = "") -> Record:
        return Record(Request(time), {"unit": unit}, time=datetime.fromisoformat(time) if time else None, error=error)

    records = [
        row("2026-08-01"), row("2026-07-01 00:00:00"), row("2026-06-30 23:59:59"), row("2025-01-01"), row(""), row("2026-08-01", ""),
        row("2026-08-01", "RS", "ragged_row"),
    ]  # fmt: skip
    kept, left_out = later(records, after, undated=False)
    assert [record.request.text for record in kept] == ["2026-07-01 00:00:00", "2026-08-01"]
    assert left_out == {"not_later": 2, "undated": 1, "no_label": 1, "ragged_row": 1}
    kept, left_out = later(records, after, undated=True)
    assert [record.request.text for record in kept] == ["2026-07-01 00:00:00", "2026-08-01", ""]
    assert left_out["undated"] == 0


def test_the_first_row_of_a_group_stands_for_it() -> None:
    assert firsts([4, 1, 4, 1, 0]) == [0, 1, 4]
    assert firsts([]) == []


def test_a_row_has_the_time_of_its_column() -> None:
    assert dated(Record(Request("路灯坏了", received_at="2020"), time=datetime(2026, 7, 1, 8))).received_at == "2026-07-01T08:00:00"
    assert dated(Record(Request("路灯坏了", received_at="2020"))).received_at == "2020"


def test_rows_without_a_date_are_named_by_line_and_value() -> None:
    records = [Record(Request("x"), {"unit": "RS"}, source=f"new.csv:{line}", when=when) for line, when in enumerate(("soon", "", "昨天", "?"), 2)]
    records.append(Record(Request("x"), {"unit": ""}, source="new.csv:6", when="no label either"))
    _, left_out = later(records, date(2026, 6, 30), undated=False)
    lines = in_words(left_out, date(2026, 6, 30), records, False, "受理时间")
    assert "1 row(s) left out: without a unit" in lines
    told = "(new.csv:2 'soon', new.csv:3 '', new.csv:4 '昨天' …); write 2026-07-01"
    assert any(line.startswith("4 row(s) left out: without a date that can be read in column 受理时间 ") and told in line for line in lines)
    assert "for no column of it is named; --time names it" in "; ".join(in_words(left_out, date(2026, 6, 30), records, False, ""))


def test_rows_that_the_model_learnt_from_prove_nothing_whatever_their_file_is_called(
    toy: Path, toy_engine: Engine, toy_history: Path, tmp_path: Path
) -> None:
    with toy_history.open(encoding="utf-8", newline="") as file:
        learnt = [Record(Request(row["text"]), {"unit": row["unit"]}) for row in csv.DictReader(file)]
    records, left_out = [*learnt[:7], Record(Request("河堤上的护栏松了")), Record(Request("河堤上的护栏松了"))], Counter[str]()
    kept, answers = untaught(toy_engine, records, toy_engine.suggest_many([each.request for each in records]), left_out)
    assert (kept, len(answers), left_out["taught"]) == (records[7:], 2, 7)
    renamed = Path(shutil.copy(toy_history, tmp_path / "newest.csv"))
    with pytest.raises(TrainingError, match=r"no row can be used: [0-9]+ row.s. left out: that the model or its encoder learnt from"):
        calibrate(toy_engine, toy, [renamed], Source(Columns("text", "title"), {"unit": "unit"}), Wanted(undated=True), None, lambda line: None)
