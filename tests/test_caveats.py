from collections.abc import Sequence
from typing import Any

import pytest

from training.caveats import caveats, dates
from training.evaluate import measure
from training.history import Record
from triage import Engine, bundle
from triage.records import Request

WAGES = "本人在水口镇一间水龙头厂做了四个月, 老板只发了头一个月的工资, 后面每次问都说等外商回款"


def records(units: Sequence[str], **more: str) -> list[Record]:
    """A record per unit, each with words of its own."""
    return [Record(Request(f"第{number}次来电, 路灯坏了, {chr(0x4E00 + 97 * number) * 9}", **more), {"unit": unit}, source=f"t.csv:{number + 2}")
            for number, unit in enumerate(units)]  # fmt: skip


def notes(engine: Engine, rows: list[Record], **more: Any) -> dict[str, dict[str, Any]]:
    """The caveats of the rows' report, by code."""
    return {note["code"]: note for note in measure(engine, rows, ["unit"], **more)["notes"]}


def test_a_label_of_one_row_is_named(toy_engine: Engine) -> None:
    found = notes(toy_engine, records(["RS", "RS", "CG"]))
    assert found["single_row"]["labels"] == ["CG"]
    assert "CG" in found["single_row"]["text"]
    assert "one_label" not in found


def test_a_test_of_one_unit_says_nothing(toy_engine: Engine) -> None:
    found = notes(toy_engine, records(["RS"] * 4))
    assert found["one_label"]["labels"] == ["RS"]
    assert "single_row" not in found


def test_a_label_that_the_profile_lacks_is_said_with_what_it_costs(toy_engine: Engine) -> None:
    found = notes(toy_engine, records(["RS", "RS", "RS", "人社局", "XX"]))
    assert found["not_in_profile"]["labels"] == ["人社局", "XX"]
    assert found["not_in_profile"]["rows"] == 2
    assert "人社局, 应写代码 RS" in found["not_in_profile"]["text"]
    assert "60.0%" in found["not_in_profile"]["text"]


def test_a_label_that_the_model_never_answers_is_said(toy_engine: Engine) -> None:
    rows = [Record(record.request, {"type": kind}) for record, kind in zip(records(["", ""]), ["投诉", "上访"], strict=True)]
    found = {note["code"]: note for note in measure(toy_engine, rows, ["type"])["notes"]}
    assert found["never_answered"]["labels"] == ["上访"]
    assert "not_in_profile" not in found


def test_an_urgency_that_only_rules_give_is_no_unknown_label(toy_engine: Engine) -> None:
    rows = [Record(record.request, {"urgency": level}) for record, level in zip(records(["", "", ""]), ["一般", "紧急", "特急"], strict=True)]
    assert not {"never_answered", "not_in_profile"} & {note["code"] for note in measure(toy_engine, rows, ["urgency"])["notes"]}


def test_rows_without_label_text_or_fitting_cells_are_counted(toy_engine: Engine) -> None:
    rows = [
        *records(["RS", "CG", ""]),
        Record(Request("。"), {"unit": "RS"}),
        Record(Request(""), {"unit": ""}, source="t.csv:9", error="ragged_row"),
    ]
    found = notes(toy_engine, rows)
    assert {code: found[code]["rows"] for code in ("no_label", "unreadable", "ragged_row", "few_rows")} == {
        "no_label": 1, "unreadable": 1, "ragged_row": 1, "few_rows": 3,
    }  # fmt: skip
    assert "t.csv:9" in found["ragged_row"]["text"]


def test_a_third_of_copies_is_said_and_counted_once_beside(toy_engine: Engine) -> None:
    rows = records(["RS", "CG", "SC", "RS", "CG", "SC", "RS"])
    report = measure(toy_engine, [*rows, *rows[:3]], ["unit"])
    (note,) = (note for note in report["notes"] if note["code"] == "duplicates")
    assert (note["rows"], report["duplicates"]["share"]) == (3, 0.3)
    assert report["duplicates"]["tasks"]["unit"]["n"] == 7
    assert report["tasks"]["unit"]["n"] == 10


def test_leakage_is_said_where_it_was_looked_for(toy_engine: Engine) -> None:
    rows = [*records(["RS", "CG"]), Record(Request(WAGES), {"unit": "RS"})]
    assert "leakage" not in notes(toy_engine, rows)
    assert notes(toy_engine, rows, history=["别的事情"])["leakage"]["rows"] == 0
    assert notes(toy_engine, rows, history=[WAGES])["leakage"]["rows"] == 1
    assert "没有剩下" in notes(toy_engine, rows[2:], history=[WAGES])["leakage"]["text"]


def test_dates_in_three_forms_are_read_and_the_others_counted() -> None:
    times = ["2026-03-02", "2026/3/1 08:00", "2026-03-05T09:30", "", "去年夏天"]
    rows = [Record(Request("路灯", received_at=time), source=f"t.csv:{number}") for number, time in enumerate(times, start=2)]
    assert dates(rows) == {"from": "2026-03-01", "to": "2026-03-05", "dated": 3, "unreadable": 1, "example": "t.csv:6"}
    assert dates([]) == {"from": "", "to": "", "dated": 0, "unreadable": 0, "example": ""}


def test_rows_of_days_that_the_model_learnt_from_are_counted(toy_engine: Engine) -> None:
    rows = [each for time in ("2026-03-02", "2026年3月2日 23:59", "2026-03-03", "") for each in records(["RS"], received_at=time)]
    assert "not_later" not in notes(toy_engine, rows)
    model = toy_engine.bundle
    data = {**model.manifest["data"], "to": "2026-03-02", "undated": 0}
    dated = Engine(bundle.Bundle({**model.manifest, "data": data}, model.arrays), toy_engine.profile)
    assert notes(dated, rows)["not_later"]["rows"] == 2


def test_a_date_that_cannot_be_read_is_a_caveat(toy_engine: Engine) -> None:
    rows = [*records(["RS"]), *records(["CG"], received_at="去年夏天")]
    assert notes(toy_engine, rows)["bad_date"]["rows"] == 1


@pytest.mark.parametrize("count", [199, 200])
def test_few_rows_are_called_few(toy_engine: Engine, count: int) -> None:
    rows = records(["RS", "CG"])
    report = {"unreadable": 0, "dates": dates(rows), "duplicates": {"rows": 0, "share": 0.0}, "tasks": {
        "unit": {"n": count, "labels": [{"label": "RS", "rows": count - 2}, {"label": "CG", "rows": 2}]},
    }}  # fmt: skip
    assert [note["code"] for note in caveats(toy_engine, rows, report)] == (["few_rows"] if count < 200 else [])
