"""The sheets of the further searches: what stands there, what is said where nothing does, and what a reader outside may see."""

from datetime import date, timedelta
from typing import Any

import pytest

from service.analysis import findings
from service.analysis.findings import CANDIDATES, REPEATS, SEASONS, WORDS, find
from service.analysis.sheets import Sheet
from tests.snapshots import opened, row
from tests.test_seasons import year
from tests.test_topics import OTHERS, WATER

SINCE, UNTIL = date(2026, 5, 2), date(2026, 5, 31)


def city(water: int = 12, callers: int = 12, **more: Any) -> list[dict[str, Any]]:
    """Sixty other requests before the period, twelve in it, and the water on five days of it."""
    rows = [row(number, "2026-04-04T09:00", text=OTHERS[number % 12] + f"{number * 7919}", caller=f"u{number}") for number in range(1, 61)]
    rows += [row(100 + number, "2026-05-04T09:00", text=OTHERS[number] + f"{number * 7919}", caller=f"v{number}") for number in range(12)]
    for number in range(water):
        day = UNTIL - timedelta(days=number % 5)
        rows.append(row(200 + number, f"{day}T09:00", text=WATER[number % 3], caller=f"c{number % callers}", item="140102", town="440783117", **more))
    return rows


def sheets(rows: list[dict[str, Any]], kind: str, outside: bool = False, since: date = SINCE, until: date = UNTIL) -> list[Sheet]:
    connection = opened(rows)
    try:
        return find(connection, None, kind, since, until, today=date(2026, 6, 1), outside=outside)
    finally:
        connection.close()


def test_words_of_one_matter_are_one_row_with_its_requests() -> None:
    (found,) = sheets(city(), WORDS)
    words = [str(each.cells[0]) for each in found.rows]
    assert sum("自来水" in each for each in words) == 1
    whole = next(each for each in found.rows if "自来水" in str(each.cells[0]))
    assert set(whole.requests) <= set(range(200, 212)) and whole.cells[1] == len(whole.requests) and len(whole.mark) == 16
    assert any("总误报率 5%" in each for each in found.notes) and any("24 件、此前 60 件" in each for each in found.notes)


def test_without_enough_before_nothing_is_called_new() -> None:
    (found,) = sheets([each for each in city() if each["id"] > 70], WORDS)
    assert found.rows == () and "此前 90 天的诉求只有 0 件" in found.empty


def test_who_calls_again_and_groups_within_days() -> None:
    rows = [*city(), *(row(300 + number, f"2026-05-1{number}T09:00", caller="again", item="080104") for number in range(4))]
    again, groups = sheets(rows, REPEATS)
    assert [(each.cells[0], each.cells[1], each.requests) for each in again.rows] == [("080104", 4, (300, 301, 302, 303))]
    assert [(each.cells[1], each.cells[2]) for each in groups.rows] == [(12, "12")] and groups.rows[0].under
    assert any("28 件; 不知道的 0 件" in each for each in again.notes)


def test_without_numbers_nobody_is_said_to_call_once() -> None:
    again, groups = sheets([{**each, "caller": ""} for each in city()], REPEATS)
    assert again.rows == () and "没有来电号码, 不能判断" in again.empty and "没有来电号码" in groups.empty


def test_outside_no_single_caller_is_told_and_no_text() -> None:
    rows = [*city(), *(row(300 + number, f"2026-05-1{number % 3}T09:00", caller=f"again{number // 3}", item="080104") for number in range(15))]
    rows += [row(400 + number, f"2026-05-1{number % 3}T09:00", caller=f"few{number // 3}", item="030101") for number in range(12)]
    again, groups = sheets(rows, REPEATS, outside=True)
    assert [each.cells for each in again.rows] == [("080104", 5, 15)]
    assert groups.rows[0].under == "" and groups.rows[0].cells[4] == "440783117"
    (words,) = sheets(city(callers=4), WORDS, outside=True)
    assert words.rows == () and len(words.columns) == 3


def test_seasons_of_whole_years_with_small_months_hidden_outside() -> None:
    rows = [each for each in (*year(2024, 14), *year(2025, 26)) if not (each["item"] and each["day"].month == 3 and each["id"] % 2)]
    rows.append(row(9, "2026-06-02T09:00"))
    (inside,), (outside,) = sheets(rows, SEASONS), sheets(rows, SEASONS, outside=True)
    assert inside.rows[0].cells[:2] == ("070301", "7月") and inside.rows[0].strong == (9,) and None not in inside.rows[0].cells
    cells = outside.rows[0].cells
    # March has 2 requests; the 4 of each other month but July are small, too.
    assert cells[5] is None and cells[9] == round(float(inside.rows[0].cells[9] or 0), 1) and cells[1] == "7月"
    assert "登记日在今天以后的 1 件不计。" in inside.notes and "登记日在今天以后的 — 件不计。" in outside.notes
    (none,) = sheets(year(2024), SEASONS)
    assert none.rows == () and "只有 1 年" in none.empty
    (gap,) = sheets([each for each in rows if not date(2024, 5, 2) <= each["day"] <= date(2024, 5, 9)], SEASONS)
    assert gap.rows == () and any("没有任何诉求的年份不计: 缺 2024-05-02 至 2024-05-" in each for each in gap.notes)


def test_candidates_tell_whose_outcome_is_known() -> None:
    rows = city(water=0)
    for number in range(12):
        day = UNTIL - timedelta(days=80 * number // 12)
        rows.append(
            row(200 + number, f"{day}T09:00", text=WATER[number % 3], caller=f"c{number}", item="140102", resolved="未解决" if number < 9 else "")
        )
    (found,) = sheets(rows, CANDIDATES)
    (water,) = [each for each in found.rows if each.cells[7] == "140102"]
    assert (water.cells[1], water.cells[2], water.cells[4:6], len(water.requests)) == (12, "12", (9, 9), 12)
    (outside,) = sheets(rows, CANDIDATES, outside=True)
    (water,) = [each for each in outside.rows if each.cells[7] == "140102"]
    assert water.cells[4:6] == (None, None)  # 12 - 9 is small


@pytest.mark.parametrize("kind", findings.TITLES)
def test_a_period_without_data_and_no_snapshot_are_said(kind: str) -> None:
    for rows, words in ((city(), "没有数据"), ([], "还没有快照")):
        for each in sheets(rows, kind, since=date(2020, 1, 1), until=date(2020, 1, 5)):
            assert each.rows == () and (words in each.empty or kind == SEASONS)
    for each in sheets(city(), kind, since=date.min, until=date.min):
        assert each.rows == () and each.empty
