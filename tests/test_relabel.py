import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from triage.errors import UsageError
from triage.profile import Duty, Item, Profile, Unit
from triage.relabel import Carrier, Labels, Report, relabel_file
from triage.succession import Period

LAST, DAY = date(2026, 6, 30), date(2026, 7, 1)
BEFORE, SINCE, ALWAYS = Period(date.min, LAST), Period(DAY, date.max), Period(date.min, date.max)
TOWN, PARK = "440783117", "440783400"


@pytest.fixture
def city(kaiping: Profile) -> Profile:
    """A and B merge into M, C parts into D and E, F ends; item 1 becomes 2, 3 parts into 4 and 5, 6 into 7 and 8."""

    def unit(code: str, period: Period, *successors: str) -> Unit:
        return kaiping.units["RS"]._replace(code=code, name=f"{code}局", short=code, period=period, successors=successors)

    def item(code: str, period: Period, *successors: str) -> Item:
        return Item(code, "", f"事项{code}", (), "public", period, successors, 2)

    units = [unit("M", SINCE), unit("D", SINCE), unit("E", SINCE), unit("A", BEFORE, "M"), unit("B", BEFORE, "M")]
    units += [unit("C", BEFORE, "D", "E"), unit("F", BEFORE), unit("X", ALWAYS)]
    items = [item(each, SINCE) for each in ("2", "4", "5", "7", "8")]
    items += [item("1", BEFORE, "2"), item("3", BEFORE, "4", "5"), item("6", BEFORE, "7", "8"), item("9", ALWAYS), item("0", ALWAYS)]
    leads = [("2", "*", "D"), ("4", "*", "M"), ("5", "*", "X"), ("7", "*", "D"), ("8", "*", "E"), ("9", "*", "D"), ("9", TOWN, "E"), ("0", "*", "X")]
    duties: dict[str, tuple[Duty, ...]] = {}
    for code, area, lead in leads:
        duties[code] = (*duties.get(code, ()), Duty(code, area, lead, "lead", "", SINCE, True, 2))
    return replace(kaiping, units={each.code: each for each in units}, items={each.code: each for each in items}, duties=duties)


@pytest.mark.parametrize(
    ("unit", "item", "place", "expected"),
    [
        ("X", "9", "", ("X", "9")),
        ("A", "9", "", ("M", "9")),
        ("B", "1", "水口镇", ("M", "2")),
        ("C", "1", "", ("D", "2")),
        ("C", "9", TOWN, ("E", "9")),
        ("C", "9", "水口镇某村", ("E", "9")),
        ("C", "9", "翠山湖", ("D", "9")),
        ("A", "3", "", ("M", "4")),
        ("X", "3", "", ("X", "5")),
        ("", "1", "", ("", "2")),
        ("A", "", "", ("M", "")),
    ],
)
def test_labels_are_carried(city: Profile, unit: str, item: str, place: str, expected: tuple[str, str]) -> None:
    found = Carrier(city, DAY)(unit, item, place)
    assert (found.unit, found.item) == expected
    assert found.why == ()


@pytest.mark.parametrize(
    ("unit", "item", "place", "expected", "words"),
    [
        ("C", "9", "", ("", "9"), ["C: 该单位分为 D局[D]、E局[E], 地点不明"]),
        ("C", "9", "火星", ("", "9"), ["C: 该单位分为 D局[D]、E局[E], 地点不明"]),
        ("C", "0", "", ("", "0"), ["C: 该单位分为 D局[D]、E局[E], 职责表中该事项由 X局[X] 主办"]),
        ("C", "", "", ("", ""), ["C: 该单位分为 D局[D]、E局[E], 事项不明"]),
        ("C", "6", "", ("", ""), ["6: 该事项分为 事项7[7]、事项8[8]", "C: 该单位分为 D局[D]、E局[E], 事项不明"]),
        ("F", "9", "", ("", "9"), ["F: 该单位在 2026-07-01 不存在, 也无承接单位"]),
        ("Q", "Z", "", ("", ""), ["Z: 城市表中没有这个事项代码", "Q: 城市表中没有这个单位代码"]),
        ("", "6", "", ("", ""), ["6: 该事项分为 事项7[7]、事项8[8]"]),
    ],
)
def test_what_cannot_be_decided_is_left_out_and_said(
    city: Profile, unit: str, item: str, place: str, expected: tuple[str, str], words: Sequence[str]
) -> None:
    found = Carrier(city, DAY)(unit, item, place)
    assert (found.unit, found.item) == expected
    said = [f"{code}: {why}" for code, why in found.why]
    assert len(said) == len(words)
    assert all(each.startswith(start) for each, start in zip(said, words, strict=True))


def test_a_label_of_today_is_carried_back(city: Profile) -> None:
    assert Carrier(city, LAST)("D", "2", "")[:2] == ("C", "1")


def write(path: Path, *rows: Sequence[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_every_row_stands_once_in_order_with_all_its_columns(city: Profile, tmp_path: Path) -> None:
    rows = [["1", "A", "=1+1", "9"], ["2", "X", "", "9"], ["3", "=F()", "路灯", "9"], ["4", "F", "", "9"], ["5", "F", "", ""]]
    source, target = write(tmp_path / "in.csv", ["编号", "单位", "备注", "事项"], *rows), tmp_path / "out.csv"
    report = relabel_file(city, source, target, Labels("单位", "事项"), DAY)
    header, *found = read(target)
    assert header == ["编号", "单位", "备注", "事项", "单位_now", "事项_now", "note"]
    assert [row[:4] for row in found] == rows
    assert [row[4:6] for row in found] == [["M", "9"], ["X", "9"], ["", "9"], ["", "9"], ["", ""]]
    assert found[2][6] == "'=F(): 城市表中没有这个单位代码"
    gone = "该单位在 2026-07-01 不存在, 也无承接单位"
    assert report == Report(1, 1, 3, {("=F()", "城市表中没有这个单位代码"): 1, ("F", gone): 2})


def test_units_alone(city: Profile, tmp_path: Path) -> None:
    source, target = write(tmp_path / "in.csv", ["unit"], ["A"], ["X"]), tmp_path / "out.csv"
    assert relabel_file(city, source, target, Labels("unit"), DAY) == Report(1, 1, 0, {})
    assert read(target) == [["unit", "unit_now", "note"], ["A", "M", ""], ["X", "X", ""]]


def test_a_ragged_row_is_kept_and_said(city: Profile, tmp_path: Path) -> None:
    source, target = write(tmp_path / "in.csv", ["unit", "item"], ["A"], ["X", "9"]), tmp_path / "out.csv"
    assert relabel_file(city, source, target, Labels("unit", "item"), DAY).undecided == 1
    assert read(target)[1] == ["A", "", "", "", "本行格数与表头不符, 请先改正原表"]


def test_what_cannot_be_done_leaves_no_file(city: Profile, tmp_path: Path) -> None:
    source, target = write(tmp_path / "in.csv", ["unit", "note"], ["A", ""]), tmp_path / "out.csv"
    with pytest.raises(UsageError, match="note stands there already"):
        relabel_file(city, source, target, Labels("unit"), DAY)
    with pytest.raises(UsageError, match="no column item"):
        relabel_file(city, source, target, Labels("unit", "item"), DAY)
    write(source, ["unit"], ["A"])
    with pytest.raises(UsageError, match="is the input itself"):
        relabel_file(city, source, source, Labels("unit"), DAY)
    with pytest.raises(UsageError, match="no such folder"):
        relabel_file(city, source, tmp_path / "none" / "out.csv", Labels("unit"), DAY)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
