from datetime import date, datetime

from training.evidence import dated, firsts, in_words, later
from training.history import Record
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
