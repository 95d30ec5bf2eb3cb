"""Each test spoils a copy of the shipped tables and looks for the problem it made."""

from pathlib import Path

import pytest
from spoil import append, numbered, places, problems, said, set_cells

from triage.errors import UsageError
from triage.profile_load import load


def test_the_shipped_profile_is_sound(profile_copy: Path) -> None:
    assert load(profile_copy).code == "kaiping"


def test_no_profile_at_all(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"profile.toml is missing") as caught:
        load(tmp_path)
    assert caught.value.code == "no_such_profile"


UNIT = {"name": "新局", "level": "county", "accepts": "yes"}
TOWN = {"name": "新镇", "short": "新镇", "area": "town"}
ITEM = {"parent": "0101", "name": "新事项", "kind": "public"}
DUTY = {"item": "010101", "area": "park", "unit": "RS", "role": "co"}
RULE = {"name": "新规则", "patterns": "某某词"}


@pytest.mark.parametrize(
    ("file", "cells", "column", "words"),
    [
        ("units.csv", {"code": "RS", **UNIT}, "code", "'RS' stands in row"),
        ("units.csv", {"code": "", **UNIT}, "code", "is empty"),
        ("units.csv", {"code": "XX", **UNIT, "name": ""}, "name", "is empty"),
        ("units.csv", {"code": "XX", **UNIT, "accepts": "maybe"}, "accepts", "'maybe' is not allowed"),
        ("units.csv", {"code": "XX", **UNIT, "valid_from": "1 July"}, "valid_from", "'1 July' is not a date"),
        ("units.csv", {"code": "XX", **UNIT, "valid_from": "2026-02-30"}, "valid_from", "'2026-02-30' is not a date"),
        ("units.csv", {"code": "XX", **UNIT, "valid_from": "2026-07-01", "valid_to": "2026-01-01"}, "valid_to", "lies before valid_from"),
        ("units.csv", {"code": "XX", **UNIT, "valid_to": "2026-01-01", "successor": "YY"}, "successor", "no 'YY' in this table"),
        ("units.csv", {"code": "XX", **UNIT, "successor": "RS"}, "successor", "has a successor but no end"),
        ("units.csv", {"code": "XX", **UNIT, "valid_to": "2026-01-01", "successor": "XX"}, "successor", "XX succeeds itself"),
        ("towns.csv", {"code": "1", **TOWN, "area": "village"}, "area", "no area class 'village'"),
        ("towns.csv", {"code": "1", **TOWN, "unit": "XX"}, "unit", "no unit 'XX'"),
        ("towns.csv", {"code": "1", **TOWN, "aliases": "水口"}, "aliases", "'水口' also means 水口镇"),
        ("places.csv", {"name": "新村", "town": "1"}, "town", "no town '1'"),
        ("places.csv", {"name": "自力村", "town": "440783108"}, "name", "'自力村' stands in row"),
        ("items.csv", {"code": "010199", **ITEM, "kind": "private"}, "kind", "'private' is not allowed"),
        ("items.csv", {"code": "010199", **ITEM, "parent": "99"}, "parent", "no item '99'"),
        ("items.csv", {"code": "010199", **ITEM, "parent": "010199"}, "parent", "010199 is its own ancestor"),
        ("items.csv", {"code": "010199", **ITEM}, "code", "has no lead everywhere (area *)"),
        ("responsibility.csv", {**DUTY, "unit": "XX"}, "unit", "no unit 'XX'"),
        ("responsibility.csv", {**DUTY, "item": "99"}, "item", "no item '99'"),
        ("responsibility.csv", {**DUTY, "area": "moon"}, "area", "no area 'moon'"),
        ("responsibility.csv", {**DUTY, "role": "boss"}, "role", "'boss' is not allowed"),
        ("responsibility.csv", {**DUTY, "valid_from": "2026-07-01", "valid_to": "2026-01-01"}, "valid_to", "lies before valid_from"),
        ("responsibility.csv", {**DUTY, "area": "*", "role": "lead"}, "valid_from", "overlaps row 2 in time"),
        ("rules.csv", {"code": "NEW", "name": "新规则"}, "patterns", "NEW can never fire"),
        ("rules.csv", {"code": "NEW", **RULE, "patterns": "甲;+"}, "patterns", "an alternative is empty"),
        ("rules.csv", {"code": "NEW", **RULE, "patterns": "(甲|乙"}, "patterns", "brackets"),
        ("rules.csv", {"code": "NEW", **RULE, "patterns": "甲…"}, "patterns", "gap"),
        ("rules.csv", {"code": "NEW", **RULE, "unless": "乙…丙"}, "unless", "an exception has no gap"),
        ("rules.csv", {"code": "NEW", **RULE, "unless": "~演练", "urgency": "特急"}, "unless", "must not hang on"),
        ("rules.csv", {"code": "NEW", **RULE, "urgency": "很急"}, "urgency", "'很急' is not allowed"),
        ("rules.csv", {"code": "NEW", **RULE, "decision": "auto"}, "decision", "'auto' is not allowed"),
        ("rules.csv", {"code": "NEW", **RULE, "types": "吐槽"}, "types", "no request type '吐槽'"),
        ("rules.csv", {"code": "NEW", **RULE, "items": "99"}, "items", "no item '99'"),
        ("rules.csv", {"code": "GAS", **RULE}, "code", "'GAS' stands in row 2 already"),
        ("words.csv", {"word": "唔该", "standard": "谢"}, "standard", "'谢' is not as long as '唔该'"),
    ],
)
def test_one_breach_is_one_problem(profile_copy: Path, file: str, cells: dict[str, str], column: str, words: str) -> None:
    row = append(profile_copy, file, **cells)
    found = [problem for problem in problems(profile_copy) if (problem.file, problem.row, problem.column) == (file, row, column)]
    assert any(words in problem.message for problem in found), problems(profile_copy)


def test_dates_may_be_written_with_slashes(profile_copy: Path) -> None:
    append(profile_copy, "units.csv", code="XX", **UNIT, valid_from="2026/07/01")
    assert load(profile_copy).units["XX"].period.start.isoformat() == "2026-07-01"


def test_rows_that_follow_each_other_do_not_overlap(profile_copy: Path) -> None:
    set_cells(profile_copy, "responsibility.csv", 2, valid_to="2026-06-30")
    append(profile_copy, "responsibility.csv", item="010101", area="*", unit="GA", role="lead", valid_from="2026-07-01")
    assert len(load(profile_copy).duties["010101"]) == 4


def test_a_gap_between_two_leads_names_its_first_day(profile_copy: Path) -> None:
    set_cells(profile_copy, "responsibility.csv", 2, valid_to="2026-06-30")
    append(profile_copy, "responsibility.csv", item="010101", area="*", unit="GA", role="lead", valid_from="2026-07-02")
    (problem,) = problems(profile_copy)
    assert (problem.file, problem.row, problem.column) == ("items.csv", 4, "code")
    assert problem.message.endswith("has no lead everywhere (area *) from 2026-07-01")


def test_a_lead_must_exist_all_that_time_and_accept_requests(profile_copy: Path) -> None:
    append(profile_copy, "units.csv", code="OLD", **UNIT, valid_to="2026-06-30", successor="RS")
    append(profile_copy, "units.csv", code="NO", **{**UNIT, "accepts": "no"})
    first = append(profile_copy, "responsibility.csv", **{**DUTY, "unit": "OLD"})
    append(profile_copy, "responsibility.csv", **{**DUTY, "unit": "NO", "role": "lead"})
    assert places(profile_copy) == [("responsibility.csv", first, "valid_to"), ("responsibility.csv", first + 1, "unit")]


def test_a_circle_of_successors_is_told_at_every_row(profile_copy: Path) -> None:
    first = append(profile_copy, "units.csv", code="X1", **UNIT, valid_to="2026-01-01", successor="X2")
    append(profile_copy, "units.csv", code="X2", **UNIT, valid_to="2026-01-01", successor="X1")
    assert places(profile_copy) == [("units.csv", first, "successor"), ("units.csv", first + 1, "successor")]


def test_ragged_rows_and_missing_columns_of_the_form(profile_copy: Path) -> None:
    with (profile_copy / "places.csv").open("a", encoding="utf-8", newline="") as file:
        file.write("新村,440783117\r\n")
    (profile_copy / "words.csv").write_text("word,note\n佢,x\n", encoding="utf-8")
    found = problems(profile_copy)
    assert [problem.file for problem in found] == ["words.csv", "places.csv"]
    assert "no column standard" in found[0].message
    assert "2 cells, the header 5" in found[1].message


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ('code = "kaiping"', "", "code"),
        ('town_unit = "ZJX"', "", "town_unit"),
        ('town_unit = "ZJX"', 'town_unit = "XX"', "town_unit"),
        ('version = "2026.11"', 'version = ""', "version"),
    ],
)
def test_the_head(profile_copy: Path, old: str, new: str, column: str) -> None:
    head = profile_copy / "profile.toml"
    text = head.read_text(encoding="utf-8")
    assert old in text
    head.write_text(text.replace(old, new), encoding="utf-8")
    assert ("profile.toml", 0, column) in places(profile_copy)


def test_a_head_that_is_no_toml(profile_copy: Path) -> None:
    (profile_copy / "profile.toml").write_text("code = kaiping\n", encoding="utf-8")
    assert any("not valid TOML" in problem.message for problem in problems(profile_copy))


def test_a_missing_table(profile_copy: Path) -> None:
    (profile_copy / "places.csv").unlink()
    (problem,) = problems(profile_copy)
    assert problem.file == "places.csv"
    assert "no such file" in problem.message


def test_every_breach_is_told_at_once(profile_copy: Path) -> None:
    rows = {
        ("units.csv", append(profile_copy, "units.csv", code="RS", **UNIT), "code"),
        ("towns.csv", append(profile_copy, "towns.csv", code="1", **{**TOWN, "area": "moon"}), "area"),
        ("places.csv", append(profile_copy, "places.csv", name="新村", town="x"), "town"),
        ("items.csv", append(profile_copy, "items.csv", code="010199", **ITEM), "code"),
        ("responsibility.csv", append(profile_copy, "responsibility.csv", **{**DUTY, "unit": "XX"}), "unit"),
        ("rules.csv", append(profile_copy, "rules.csv", code="NEW", **{**RULE, "urgency": "很急"}), "urgency"),
        ("words.csv", append(profile_copy, "words.csv", word="唔该", standard="谢"), "standard"),
    }
    assert set(places(profile_copy)) == rows
    assert len(problems(profile_copy)) == 7


def test_blank_rows_do_not_shift_the_rows_of_words(profile_copy: Path) -> None:
    path = profile_copy / "words.csv"
    path.write_text("word,standard,note\n\n佢,他,\n唔该,谢,\n", encoding="utf-8")
    assert places(profile_copy) == [("words.csv", 4, "standard")]


def test_one_broken_table_is_one_problem(profile_copy: Path) -> None:
    """887 of them once: whatever names a unit hangs on the table that cannot be read."""
    path = profile_copy / "units.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace("code,name,", "CODE,NAME,", 1), encoding="utf-8")
    (problem,) = problems(profile_copy)
    assert (problem.file, problem.row) == ("units.csv", 0)
    assert "no column code, name" in problem.message


def test_what_does_not_hang_on_a_broken_table_is_told_beside_it(profile_copy: Path) -> None:
    (profile_copy / "units.csv").write_text("code\n", encoding="utf-8")
    row = append(profile_copy, "items.csv", code="010199", **ITEM)
    assert places(profile_copy) == [("units.csv", 0, ""), ("items.csv", row, "code")]


def test_a_folder_in_place_of_a_table_is_called_one(profile_copy: Path) -> None:
    (profile_copy / "units.csv").unlink()
    (profile_copy / "units.csv").mkdir()
    assert [problem.message for problem in problems(profile_copy)] == ["a folder, not a file. Put the table in its place"]


def test_a_head_that_is_not_utf8_is_one_problem_that_says_so(profile_copy: Path) -> None:
    head = profile_copy / "profile.toml"
    head.write_bytes(head.read_text(encoding="utf-8").encode("gb18030"))
    (problem,) = problems(profile_copy)
    assert (problem.file, problem.message[:12]) == ("profile.toml", "is not UTF-8")


@pytest.mark.parametrize(
    ("item", "row"), [({"valid_to": "2026-06-30"}, {"valid_from": "2026-07-01"}), ({"valid_from": "2026-07-01"}, {"valid_to": "2026-06-30"})]
)
def test_a_row_outside_of_the_life_of_its_item_is_told(profile_copy: Path, item: dict[str, str], row: dict[str, str]) -> None:
    number = next(number for number, code in numbered(profile_copy, "items.csv", "code") if code == "010101")
    set_cells(profile_copy, "items.csv", number, **item)
    assert load(profile_copy), "a row may reach beyond it"
    dead = append(profile_copy, "responsibility.csv", **DUTY, **row)
    assert said(profile_copy)[0].startswith(f"responsibility.csv:{dead} [valid_to]: item 010101 does not exist in that time")


def test_a_duty_is_that_of_a_leaf(profile_copy: Path) -> None:
    row = append(profile_copy, "responsibility.csv", **{**DUTY, "item": "0101"})
    (problem,) = problems(profile_copy)
    assert (problem.row, problem.column) == (row, "item")
    assert problem.message.endswith("has items below it")
    assert "010101" in problem.remedy


def test_a_lead_is_not_its_own_helper(profile_copy: Path) -> None:
    row = append(profile_copy, "responsibility.csv", **{**DUTY, "area": "*"})
    assert said(profile_copy)[0].startswith(f"responsibility.csv:{row} [unit]: RS leads already (row 2)")


def test_a_circle_of_successors_is_told_where_a_lead_hangs_on_it(profile_copy: Path) -> None:
    """STJ leads in overlaps.csv: the circle was followed for ever."""
    row = next(number for number, code in numbered(profile_copy, "units.csv", "code") if code == "STJ")
    set_cells(profile_copy, "units.csv", row, valid_to="2026-06-30", successor="STJ")
    assert ("units.csv", row, "successor") in places(profile_copy)


@pytest.mark.parametrize("written", ["26-7-1", "2026-7", "2026-07-01-01", "٢٠٢٦-07-01", "20260701", "0001-01-01"])
def test_what_is_no_date(profile_copy: Path, written: str) -> None:
    row = append(profile_copy, "units.csv", code="XX", **UNIT, valid_from=written)
    assert said(profile_copy) == [f"units.csv:{row} [valid_from]: {written!r} is not a date. Write it as 2026-07-01"]


@pytest.mark.parametrize("amount", ["0", "-1", "", "٣", "1.5", "9" * 5000, "1" + "0" * 30, "十五"])
def test_what_is_no_amount(profile_copy: Path, amount: str) -> None:
    set_cells(profile_copy, "deadlines.csv", 2, amount=amount)
    (problem,) = problems(profile_copy)
    assert (problem.file, problem.row, problem.column) == ("deadlines.csv", 2, "amount")
    assert problem.message.startswith(repr(amount[:20]))


@pytest.mark.parametrize(("written", "words"), [("1 October", "'1 October' is not a date"), ("", "is empty")])
def test_what_is_no_day_of_the_calendar(profile_copy: Path, written: str, words: str) -> None:
    row = append(profile_copy, "calendar.csv", date=written, kind="holiday", name="国庆节")
    assert said(profile_copy) == [f"calendar.csv:{row} [date]: {words}. Write it as {'2026-07-01' if written else '2026-10-01'}"]
