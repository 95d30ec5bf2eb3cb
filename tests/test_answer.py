import json
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from openpyxl import load_workbook

from service.analysis import charts, export
from service.analysis.answer import Answer, answer, check_tags, drill
from service.analysis.count import Line
from service.analysis.question import Filter, Question, read
from service.failures import ServiceError
from tests.snapshots import opened, row
from tests.sums import MOST, Sum, between
from triage.profile import Profile

AS_OF = datetime(2026, 4, 1)
TOWN, OTHER, THIRD = "440783117", "440783108", "440783001"
ROWS = [
    *(row(number, town=TOWN, sent=[("ZJ", 5)], final="ZJ", satisfied="满意") for number in range(20)),
    *(row(100 + number, town=OTHER, item="080104", satisfied="不满意", sent=[("GA", 5)]) for number in range(3)),
    *(row(200 + number, "2026-01-05T09:00", town=THIRD, item="gone", item_now="", item_1="", item_2="") for number in range(9)),
    *(row(300 + number, town="") for number in range(7)),
]


def ask(kaiping: Profile, outside: bool = False, **told: str) -> Answer:
    return answer(opened(ROWS), kaiping, read(told.items()), AS_OF, outside=outside)


def test_lines_are_in_words_and_what_is_not_known_is_told(kaiping: Profile) -> None:
    found = ask(kaiping, by="town")
    assert [(each.labels[0], each.line.n) for each in found.lines] == [("水口镇", 20), ("三埠街道", 9), ("不明", 7), ("塘口镇", 3)]
    assert found.title == "各镇街件数 (2026-01-05 至 2026-03-02)"  # the ends of what is held
    assert [each.labels[0] for each in ask(kaiping, by="item").lines] == ["路灯", "gone(无法对照)", "露天焚烧"]
    assert "无法对照" in [each.labels[0] for each in ask(kaiping, by="item_1").lines]
    assert ask(kaiping, by="item_1").notes[-1].startswith("无法对照: 9 件的事项") and "无法对照" not in str(ask(kaiping, by="town").notes)


def test_notes_tell_definition_denominator_and_gaps(kaiping: Profile) -> None:
    found = ask(kaiping, by="month", rate="satisfied", since="2026-01-01", until="2026-03-31")
    assert found.notes[0].startswith("满意率: (满意+基本满意)")
    assert found.notes[1] == "分母 23,未计入 0"
    assert found.gaps == ("2026-02",) and "无数据(不是零): 2026-02" in found.notes
    assert [each.line.rate for each in found.lines] == [None, 20 / 23]


def test_who_a_rate_does_not_speak_of_is_told_so_that_the_parts_make_the_count(kaiping: Profile) -> None:
    assert "另有未派单 16 件不在此指标内: 与分母、未计入相加即件数" in ask(kaiping, rate="satisfied").notes
    assert "另有未定责 19 件不在此指标内: 与分母、未计入相加即件数" in ask(kaiping, rate="suggestion").notes
    assert not any("不在此指标内" in note for rate in ("auto", "refused", "count") for note in ask(kaiping, rate=rate).notes)
    hidden = ask(kaiping, outside=True, rate="satisfied")
    assert hidden.total.hidden and "另有未派单 — 件不在此指标内: 与分母、未计入相加即件数" in hidden.notes


def test_for_outside_small_cells_and_one_more_are_hidden(kaiping: Profile) -> None:
    found = ask(kaiping, outside=True, by="town")
    assert {each.labels[0]: each.hidden for each in found.lines} == {"水口镇": False, "三埠街道": False, "不明": True, "塘口镇": True}
    assert not found.total.hidden
    text = export.to_csv(found).decode("utf-8-sig")
    assert "塘口镇,—" in text and "不明,—" in text and "合计,39" in text and "隐去" in text
    assert "隐去 2 行(共 4 行)" in found.notes and not any("隐去 " in note for note in ask(kaiping, by="town").notes)
    assert all(each.before is None and each.change is None for each in ask(kaiping, outside=True, by="town", compare="year").lines)


def test_a_file_in_which_everything_is_hidden_says_what_to_do(kaiping: Profile) -> None:
    found = ask(kaiping, outside=True, by="town", rate="satisfied")
    assert not found.lines and "隐去" not in str([note for note in found.notes if not note.startswith("对外")])
    assert any(note.startswith("没有可以列出的行: 件数太少。请延长期间") for note in found.notes)
    ones = answer(opened([row(n, town=str(n)) for n in range(5)]), None, read([("by", "town")]), AS_OF, outside=True)
    assert not ones.lines  # five lines, and 5 in the file without dimensions: one person each


def test_for_outside_a_rate_with_a_small_part_is_hidden(kaiping: Profile) -> None:
    found = ask(kaiping, outside=True, rate="satisfied")
    assert found.total.hidden  # 20 of 23: the three others could be counted
    assert not ask(kaiping, outside=True).total.hidden


@pytest.mark.parametrize("by", ["", "unit"])
def test_no_figure_of_a_hidden_total_stands_anywhere_in_the_file(kaiping: Profile, by: str) -> None:
    rows = [row(number, sent=[("ZJ", 5)], final="ZJ" if number < 6 else "") for number in range(8)]
    found = answer(opened(rows), kaiping, read([("rate", "first_try"), ("by", by)]), AS_OF, outside=True)
    assert found.total.hidden and all(each.hidden for each in found.lines)
    told = [line for line in export.to_csv(found).decode("utf-8-sig").splitlines()[3:] if not any(word in line for word in ("口径", "对外", "隐去"))]
    assert not any(sign.isdigit() for line in told for sign in line), told
    assert "分母 —,未计入 —" in found.notes
    inside = answer(opened(rows), kaiping, read([("rate", "first_try")]), AS_OF)
    assert "分母 6,未计入 2" in inside.notes


def test_a_hidden_total_is_a_dash_in_both_files(kaiping: Profile) -> None:
    import io

    found = answer(opened(ROWS[20:23]), kaiping, read([("by", "town")]), AS_OF, outside=True)
    assert found.total.hidden
    assert export.to_csv(found).decode("utf-8-sig").splitlines()[3:4] == ["合计,—"]
    sheet = load_workbook(io.BytesIO(export.to_xlsx(found))).active
    assert sheet is not None
    assert [[cell.value for cell in line] for line in sheet.iter_rows(min_row=4, max_row=4)] == [["合计", "—"]]


@pytest.mark.parametrize("by", ["tag.crowd", "tag.crowd,town", "town,tag.crowd"])
def test_the_total_of_lines_that_may_overlap_goes_with_the_first_hidden_one(kaiping: Profile, by: str) -> None:
    rows = [row(number, town=TOWN, tags=["crowd=老年人" if number < 6 else "crowd=学生"]) for number in range(10)]
    found = answer(opened(rows), kaiping, read([("by", by)]), AS_OF, outside=True)
    shown = [(6, False), (4, True)]
    assert [(each.line.n, each.hidden) for each in found.lines] == shown[: 1 if "," in by else 2]
    assert found.total.hidden
    assert not answer(opened(rows[:6]), kaiping, read([("by", by)]), AS_OF, outside=True).total.hidden


@pytest.mark.parametrize(
    "told",
    [{"channel": "web"}, {"channel": "web", "words": "灯"}, {"since": "2026-01-01", "channel": "web"}, {"since": "2026-03-01"}],
)  # fmt: skip
@pytest.mark.parametrize("by", ["town", "town,item"])
def test_no_filter_leaves_few_people_over_from_a_wider_question(kaiping: Profile, told: dict[str, str], by: str) -> None:
    other = {"channel": "phone"} if "channel" in told else {"channel": "web"}
    rows = [row(1, "2025-12-31T09:00", town=TOWN, text="灯", **other)]
    rows += [row(number, town=TOWN, channel="web", text="灯") for number in range(10, 18)]
    rows += [row(number, town=place, channel="web", text="灯") for number, place in zip(range(20, 50), [OTHER, THIRD] * 15, strict=True)]
    rows += [row(number, "2025-12-31T09:00", town=THIRD, channel="phone") for number in range(60, 66)]
    plain = answer(opened(rows), kaiping, read([("by", by)]), AS_OF, outside=True)
    assert not any(each.hidden for each in plain.lines)
    found = answer(opened(rows), kaiping, read([("by", by), *told.items()]), AS_OF, outside=True)
    shown = {each.keys[0] for each in found.lines if not each.hidden}
    assert TOWN not in shown and len(shown) == len({OTHER, THIRD}) - 1
    inside = answer(opened(rows), kaiping, read([("by", by), *told.items()]), AS_OF)
    assert not any(each.hidden for each in inside.lines)


def test_a_total_that_a_few_people_are_missing_from_does_not_follow_from_its_lines(kaiping: Profile) -> None:
    rows = [row(number, town=TOWN, channel="web") for number in range(9)] + [row(number, town=OTHER, channel="phone") for number in range(20, 23)]
    found = answer(opened(rows), kaiping, read([("by", "town"), ("channel", "web")]), AS_OF, outside=True)
    assert found.total.hidden and all(each.hidden for each in found.lines)


def test_a_few_without_a_value_do_not_follow_from_the_total(kaiping: Profile) -> None:
    tags = [["crowd=老年人", "crowd=学生"]] * 7 + [["crowd=学生"]] * 2
    found = answer(opened([row(number, tags=each) for number, each in enumerate(tags)]), kaiping, read([("by", "tag.crowd")]), AS_OF, outside=True)
    assert [(each.line.n, each.hidden) for each in found.lines] == [(9, False), (7, False)] and found.total.hidden


def test_two_dimensions_for_outside_list_no_hidden_line_nor_say_how_many_there_are(kaiping: Profile) -> None:
    found = ask(kaiping, outside=True, by="town,item_1")
    assert {each.labels[0] for each in found.lines} == {"水口镇", "三埠街道"} and not any(each.hidden for each in found.lines)
    assert any(note.startswith("对外: 没有列出的组合,或为 0 件,") for note in found.notes) and "隐去" not in str(found.notes)
    assert "无法对照: 有些件" in found.notes[-1]  # no number, of which a hidden line could follow
    nothing = ask(kaiping, outside=True, by="town,item_1", town=OTHER)
    assert not nothing.lines and any(note.startswith("没有可以列出的组合: 件数太少。请延长期间") for note in nothing.notes)


def test_hidden_lines_stand_last_whatever_they_count(kaiping: Profile) -> None:
    towns = {TOWN: 6, OTHER: 5, THIRD: 5, "440783000": 1}
    rows = [row(number * 100 + each, town=town) for number, (town, n) in enumerate(towns.items()) for each in range(n)]
    found = answer(opened(rows), kaiping, read([("by", "town")]), AS_OF, outside=True)
    assert [(each.keys[0], each.hidden) for each in found.lines] == [(TOWN, False), (OTHER, False), ("440783000", True), (THIRD, True)]


CHANNELS = ("app", "phone", "web")
PARTS: dict[str, Callable[[Line], int]] = {
    "numerator": lambda line: line.numerator,
    "denominator - numerator": lambda line: line.denominator - line.numerator,
    "outside": lambda line: line.outside,
    "rest": lambda line: line.n - line.denominator - line.outside,
}


@pytest.mark.parametrize(("rate", "by"), [("count", "town,channel"), ("satisfied", "town,channel"), ("refused", "first_unit,reason")])
@pytest.mark.parametrize("seed", range(12))
def test_no_few_people_follow_from_the_files_by_two_dimensions_and_by_each(kaiping: Profile, rate: str, by: str, seed: int) -> None:
    chance = random.Random(seed)
    rows = []
    for number in range(chance.choice([20, 60, 200])):
        town, channel = chance.choices([TOWN, OTHER, THIRD], [6, 2, 1])[0], chance.choices(CHANNELS, [1, 3, 9])[0]
        sent = [(chance.choice(["ZJ", "GA"]), 5)] if chance.random() < 0.9 else []
        back = [(sent[0][0], chance.choices(["area", "duty"], [5, 1])[0])] if sent and chance.random() < 0.5 else []
        rows.append(row(number, town=town, channel=channel, sent=sent, back=back, satisfied=chance.choice(["满意"] * 9 + ["不满意", "", ""])))
    connection = opened(rows)
    ask = [answer(connection, kaiping, read([("rate", rate), ("by", each)]), AS_OF, outside=True) for each in (by, *by.split(","), "")]
    inside = answer(connection, kaiping, read([("rate", rate), ("by", by)]), AS_OF)
    connection.close()
    keys = [sorted({each.keys[side] for each in inside.lines}) for side in (0, 1)]
    every = list(product(range(len(keys[0])), range(len(keys[1]))))
    place = {(keys[0][one], keys[1][other]): (one, other) for one, other in every}
    for part in PARTS.values() if rate == "satisfied" else [PARTS["numerator"]]:
        known = {place[each.keys]: part(each.line) for each in ask[0].lines}
        sums: list[Sum] = [(every, part(each.total.line), part(each.total.line)) for each in ask if not each.total.hidden]
        for side in (0, 1):
            shown = {each.keys[0]: part(each.line) for each in ask[1 + side].lines if not each.hidden}
            sums += [([cell for cell in every if keys[side][cell[side]] == key], n, n) for key, n in shown.items() if key in keys[side]]
        for each in inside.lines:
            if 0 < part(each.line) < 5:
                least, most = between([place[each.keys]], every, known, sums or [(every, 0, MOST)])
                assert least < most, (each, known)


@pytest.mark.parametrize(
    ("by", "mark"),
    [("month", "line"), ("town", "bar"), ("town,item_1", "rect"), ("month,town", "line"), ("town,month", "line")],
)  # fmt: skip
def test_the_picture_follows_from_the_question(kaiping: Profile, by: str, mark: str) -> None:
    import vl_convert

    spec = charts.spec(ask(kaiping, by=by))
    assert spec is not None
    marks = [layer["mark"]["type"] for layer in spec.get("layer", [spec])]
    assert mark in marks
    assert vl_convert.vegalite_to_svg(spec).startswith("<svg")


def drawn(found: Answer) -> str:
    import vl_convert

    spec = charts.spec(found)
    assert spec is not None
    return vl_convert.vegalite_to_svg(spec)


def test_hours_and_weekdays_are_all_drawn_in_their_order(kaiping: Profile) -> None:
    rows = [row(100 * hour + number, f"2026-03-02T{hour:02}:30") for hour in range(24) for number in range(1 + (hour * 7) % 24)]
    found = answer(opened([*rows, row(9999, hour=None)]), kaiping, read([("by", "hour")]), AS_OF)
    spec = charts.spec(found)
    assert spec is not None and charts.left_out(found) == ""
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"] == [*(f"{hour:02} 时" for hour in range(24)), "只知日期"]
    quiet = charts.spec(ask(kaiping, by="hour"))
    assert quiet is not None and len(quiet["layer"][0]["encoding"]["y"]["scale"]["domain"]) == 24
    days = answer(opened([row(day, f"2026-03-0{day}T09:00") for day in range(2, 9)]), kaiping, read([("by", "weekday,hour")]), AS_OF)
    spec = charts.spec(days)
    assert spec is not None
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"] == ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]


def test_units_by_units_are_the_same_on_both_sides(kaiping: Profile) -> None:
    rows = [row(number, suggested_unit="GA", sent=[("ZJ", 5)]) for number in range(3)]
    rows += [row(10 + number, suggested_unit="ZJ", sent=[("JT", 5)]) for number in range(2)] + [row(20)]
    spec = charts.spec(answer(opened(rows), kaiping, read([("by", "suggested_unit,first_unit")]), AS_OF))
    assert spec is not None
    sides = [spec["layer"][0]["encoding"][side]["scale"]["domain"] for side in "yx"]
    short = [kaiping.units[code].short for code in ("ZJ", "GA", "JT")]
    assert sides == [[*short, "无建议"], [*short, "未派单"]]


def test_a_picture_that_leaves_something_out_says_so(kaiping: Profile) -> None:
    rows = [row(100 * unit + number, channel=f"c{unit:02}") for unit in range(25) for number in range(1 + unit % 3)]
    found = answer(opened(rows), kaiping, read([("by", "channel")]), AS_OF)
    assert charts.left_out(found) == "图中只列前20项，其余见下表"
    assert charts.left_out(answer(opened(rows), kaiping, read([("by", "month,channel")]), AS_OF)) == "图中只列前6项，其余见下表"
    assert charts.left_out(answer(opened(rows), kaiping, read([("by", "item,channel")]), AS_OF)) == "图中只列前20项，其余见下表"
    assert charts.left_out(ask(kaiping, by="town")) == charts.left_out(ask(kaiping)) == ""


def values(found: Answer) -> list[dict[str, Any]]:
    spec = charts.spec(found)
    assert spec is not None
    return [each for data in spec["datasets"].values() for each in data] if "datasets" in spec else list(spec["data"]["values"])


def test_a_line_falls_to_zero_where_the_time_is_held_and_breaks_where_it_is_not(kaiping: Profile) -> None:
    months = {"2026-01": [TOWN, OTHER], "2026-02": [TOWN], "2026-04": [TOWN, OTHER]}
    rows = [row(100 * number + place, f"{month}-05T09:00", town=town) for number, (month, towns) in enumerate(months.items())
            for place, town in enumerate(towns)]  # fmt: skip
    for by, x, name in (("month,town", "a", "b"), ("town,month", "b", "a")):
        points = values(answer(opened(rows), kaiping, read([("by", by)]), AS_OF))
        line = {each[x]: each["value"] for each in points if each[name] == kaiping.towns[OTHER].name}
        assert line == {"2026-01": 1, "2026-02": 0, "2026-03": None, "2026-04": 1}
    one = values(answer(opened(rows), kaiping, read([("by", "month"), ("town", OTHER)]), AS_OF))
    assert {each["a"]: each["value"] for each in one} == {"2026-01": 1, "2026-02": 0, "2026-03": None, "2026-04": 1}
    rate = values(answer(opened([*rows, row(9, "2026-01-05T09:00", town=OTHER, sent=[("ZJ", 5)], final="ZJ", satisfied="满意")]), kaiping,
                         read([("by", "month,town"), ("rate", "satisfied")]), AS_OF))  # fmt: skip
    assert [each["value"] for each in rate] == [1, None, None, None]


def test_a_comparison_is_drawn_with_a_legend(kaiping: Profile) -> None:
    rows = [row(number, "2026-01-05T09:00", town=TOWN) for number in range(3)] + [
        row(10 + number, town=(TOWN, OTHER)[number % 2]) for number in range(4)
    ]
    rows += [row(20, "2026-03-09T09:00"), row(21, "2026-03-16T09:00")]
    weeks = ("2025-12-01", "2025-12-08", "2025-12-15", "2025-12-22", "2025-12-29", "2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02")
    rows += [row(30 + number, f"{day}T09:00") for number, day in enumerate(weeks)]
    ranked = answer(opened(rows), kaiping, read([("by", "town"), ("since", "2026-03-01"), ("until", "2026-03-31"), ("compare", "previous")]), AS_OF)
    assert "比较期" not in drawn(ranked)  # February is not held in full
    told = [("by", "town"), ("since", "2026-01-01"), ("until", "2026-01-31"), ("compare", "previous")]
    assert {(each["a"], each["when"]): each["value"] for each in values(answer(opened(rows), kaiping, read(told), AS_OF))} == {
        ("水口镇", "本期"): 3, ("不明", "本期"): 3, ("不明", "比较期"): 5,
    }  # fmt: skip
    assert "比较期" in drawn(answer(opened(rows), kaiping, read(told), AS_OF))
    line = answer(opened(rows), kaiping, read([("by", "week"), ("since", "2026-01-01"), ("until", "2026-01-31"), ("compare", "previous")]), AS_OF)
    assert "比较期" in drawn(line) and "比较期" not in drawn(ask(kaiping, by="month"))


def test_nothing_to_draw_is_no_picture(kaiping: Profile) -> None:
    assert charts.spec(ask(kaiping)) is None
    assert charts.spec(ask(kaiping, by="town", words="没有这些字")) is None


def test_a_workbook_holds_the_same(kaiping: Profile, tmp_path: object) -> None:
    import io

    sheet = load_workbook(io.BytesIO(export.to_xlsx(ask(kaiping, by="town", rate="satisfied")))).active
    assert sheet is not None
    cells = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert cells[2][:6] == ["镇街", "件数", "分子", "分母", "未计入", "满意率"]
    assert cells[3][:6] == ["水口镇", 20, 20, 20, 0, 1] and cells[4][5] == "—"


def test_words_that_look_like_a_formula_are_no_formula(kaiping: Profile) -> None:
    found = answer(opened([row(1, channel="=1+1")]), kaiping, read([("by", "channel")]), AS_OF)
    assert "\n'=1+1,1" in export.to_csv(found).decode("utf-8-sig").replace("\r", "")


def test_a_line_narrows_down_to_its_requests() -> None:
    assert drill(Question(by=("month", "town")), ("2026-02", "")) == [("since", "2026-02-01"), ("until", "2026-02-28"), ("town", "~")]
    assert drill(Question(by=("week",)), ("2026-03-02",)) == [("since", "2026-03-02"), ("until", "2026-03-08")]
    assert drill(Question(by=("year",)), ("2026",)) == [("since", "2026-01-01"), ("until", "2026-12-31")]


def test_a_period_without_data_is_never_zero(kaiping: Profile) -> None:
    for by in ("", "town", "month,town"):
        found = ask(kaiping, by=by, since="2020-01-01", until="2020-03-31")
        assert not found.known and "这段时间没有数据(不是零): 快照自 2026-01-05 至 2026-03-02" in found.notes
        assert "合计,0" not in export.to_csv(found).decode("utf-8-sig")
    assert "分母 —,未计入 —" in ask(kaiping, rate="satisfied", since="2020-01-01", until="2020-03-31").notes
    months = ask(kaiping, by="month", since="2020-01-01", until="2020-03-31")
    assert months.gaps == ("2020-01", "2020-02", "2020-03") and "合计,无数据" in export.to_csv(months).decode("utf-8-sig")
    assert "没有数据, 不是零" in str(answer(opened([]), kaiping, Question(), AS_OF).notes)


def test_a_period_that_is_known_in_part_says_which_part_is_not(kaiping: Profile) -> None:
    found = ask(kaiping, by="town", since="2025-12-01", until="2026-03-31", compare="previous")
    times = "2025-12-01 至 2026-01-04、2026-01-06 至 2026-03-01、2026-03-03 至 2026-03-31"
    assert found.known and f"所选期间有一部分没有数据(不是零): {times},与比较期不等长" in found.notes
    assert not any("一部分" in each for each in ask(kaiping, since="2026-03-02", until="2026-03-02").notes)


def test_a_code_that_nothing_has_is_told_as_renamed(kaiping: Profile) -> None:
    found = ask(kaiping, town="999999", type="")
    assert found.total.line.n == 0 and "快照里没有一件是: 镇街 999999(现行表中没有)(可能已改名或撤销)" in found.notes
    assert not any("改名" in each for each in ask(kaiping, town=TOWN, since="2020-01-01", until="2020-01-02").notes)


def test_a_tag_that_is_gone_is_unknown_and_not_forbidden() -> None:
    with pytest.raises(ServiceError) as caught:
        check_tags(Question(by=("tag.old",)), frozenset({"crowd"}), {"crowd", "risk"})
    assert caught.value.code == "unknown_tag"
    with pytest.raises(ServiceError) as caught:
        check_tags(Question(by=("tag.risk",)), frozenset({"crowd"}), {"crowd", "risk"})
    assert caught.value.code == "no_right"


def test_a_tag_that_may_not_be_seen_can_not_be_asked_for() -> None:
    for question in (Question(by=("tag.risk",)), Question(Filter(date(2026, 1, 1), values=(("tag.risk", ("劳资",)),)))):
        with pytest.raises(ServiceError) as caught:
            check_tags(question, frozenset({"crowd"}))
        assert caught.value.code == "no_right"
    check_tags(Question(by=("tag.crowd",)), frozenset({"crowd"}))


def test_an_item_without_a_crosswalk_is_found_by_its_old_code_and_never_compared(kaiping: Profile) -> None:
    for asked in ("!gone", "gone"):
        assert ask(kaiping, item=asked).total.line.n == 9
    found = ask(kaiping, by="item", compare="previous", since="2026-01-05", until="2026-01-05")
    assert [each.change for each in found.lines if each.keys == ("!gone",)] == [None]
    assert "比较期 0 件" in found.notes[-1]


def test_what_had_requests_in_the_compared_period_only_is_a_line_of_zero(kaiping: Profile) -> None:
    rows = [
        row(1, "2026-03-02T09:00", town=TOWN),
        *(row(10 + n, "2026-02-02T09:00", town=town) for n, town in enumerate([TOWN, OTHER, OTHER, THIRD])),
        *(row(20 + day, f"2026-02-{day:02}T09:00", town=TOWN) for day in (1, 8, 15, 22, 28)),
    ]
    asked = read({"by": "town", "since": "2026-03-01", "until": "2026-03-31", "compare": "previous"}.items())
    found = answer(opened(rows), kaiping, asked, AS_OF)
    assert {each.keys[0]: (each.line.n, each.before.n if each.before else 0) for each in found.lines} == {TOWN: (1, 6), OTHER: (0, 2), THIRD: (0, 1)}
    assert found.total.before is not None and found.total.before.n == sum(each.before.n for each in found.lines if each.before) == 9
    assert found.compared == (date(2026, 2, 1), date(2026, 2, 28)) and found.title.endswith("比较期 2026-02-01 至 2026-02-28")
    assert "比较期: 2026-02-01 至 2026-02-28" in found.notes
    assert "比较期件数 (2026-02-01 至 2026-02-28)" in export.to_csv(found).decode("utf-8-sig")
    part = answer(opened(rows), kaiping, read({"since": "2026-03-01", "until": "2026-03-10", "compare": "previous"}.items()), AS_OF)
    assert "比较期: 2026-02-01 至 2026-02-10(上月同日)" in part.notes


@pytest.mark.parametrize(
    ("days", "told"),
    [((), "没有数据(不是零)"), ((1, 2, 28), "不完整(缺 2026-02-03 至 2026-02-27)"), ((1, 8, 14), "不完整(缺 2026-02-15 至 2026-02-28)")],
)
def test_nothing_is_held_against_a_period_that_the_snapshot_does_not_hold(kaiping: Profile, days: tuple[int, ...], told: str) -> None:
    rows = [row(1, "2026-01-05T09:00"), *(row(10 + day, f"2026-02-{day:02}T09:00") for day in days)]
    rows += [row(100 + day, f"2026-03-{day:02}T09:00") for day in range(1 if 28 in days else 10, 32)]
    asked = read({"by": "item", "since": "2026-03-01", "until": "2026-03-31", "compare": "previous"}.items())
    found = answer(opened(rows), kaiping, asked, AS_OF)
    assert (found.total.before, found.total.change) == (None, None) == (found.lines[0].before, found.lines[0].change)
    assert any(told in each and "不计变化" in each for each in found.notes)


def test_days_of_the_longer_period_that_stand_in_no_line_are_told(kaiping: Profile) -> None:
    rows = [row(day, f"{date(2026, 1, 1) + timedelta(day)}T09:00") for day in range(59)]
    asked = {"by": "day", "since": "2026-02-01", "until": "2026-02-28", "compare": "previous"}
    found = answer(opened(rows), kaiping, read(asked.items()), AS_OF)
    assert found.total.before is not None and found.total.before.n == 31 > sum(each.before.n for each in found.lines if each.before) == 28
    assert "比较期(2026-01-01 至 2026-01-31)比本期长,多出的只计入合计,不在各行" in found.notes
    for told in ({"by": "town"}, {"by": "month"}, {"compare": ""}):
        assert not any("多出" in each for each in answer(opened(rows), kaiping, read((asked | told).items()), AS_OF).notes)


def test_the_axis_of_counts_has_whole_numbers_only(kaiping: Profile) -> None:
    assert '"tickMinStep": 1' in json.dumps(charts.spec(ask(kaiping, by="town")))
    assert "tickMinStep" not in json.dumps(charts.spec(ask(kaiping, by="town", rate="satisfied")))


def test_the_line_of_the_year_before_has_the_same_axes_with_room_above(kaiping: Profile) -> None:
    rows = [row(number, f"{date(2025, 1, 1) + timedelta(5 * number)}T09:00") for number in range(91)]
    spec = charts.spec(
        answer(opened(rows), kaiping, read([("by", "month"), ("since", "2026-01-01"), ("until", "2026-03-31"), ("compare", "year")]), AS_OF)
    )
    assert spec is not None and len(spec["layer"]) == 2
    axes = [each["encoding"]["x"].get("axis") for each in spec["layer"]]
    assert axes == [axes[0]] * 2 and axes[0]["labelAngle"] == 0
    assert all(each["encoding"]["y"]["scale"] == {"zero": True, "nice": 5} for each in spec["layer"])


@pytest.mark.parametrize(("told", "place"), [({"by": "planet"}, "by"), ({"planet": "x"}, "filter")])
def test_an_unknown_name_in_an_address_is_told_with_its_place(told: dict[str, str], place: str) -> None:
    with pytest.raises(ServiceError, match=f"^{place}: no dimension 'planet'") as caught:
        read(told.items())
    assert (caught.value.code, caught.value.fields) == ("unknown_code", {"name": "planet"})


def test_the_note_on_unmatched_items_gives_no_hidden_line_away(kaiping: Profile) -> None:
    rows = [row(number) for number in range(50)] + [row(100 + number, item="080104") for number in range(20)]
    gone = {"item_now": "", "item_1": "", "item_2": ""}
    rows += [row(200 + number, item="AAA", **gone) for number in range(3)] + [row(300 + number, item="BBB", **gone) for number in range(100)]
    outside, inside = (answer(opened(rows), kaiping, read([("by", "item")]), AS_OF, outside=each) for each in (True, False))
    assert "无法对照: 103 件" in inside.notes[-1]
    assert any(each.hidden for each in outside.lines) and "103" not in export.to_csv(outside).decode("utf-8-sig")
    narrow = answer(opened(rows), kaiping, read([("item", "070301")]), AS_OF, outside=True)
    assert "103" not in str(narrow.notes)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31"])
def test_a_period_at_the_end_of_the_calendar_is_refused(day: str) -> None:
    with pytest.raises(ServiceError, match="is not a date of 1900 to 2199") as caught:
        read([("since", day), ("compare", "year")])
    assert caught.value.code == "bad_value"


def test_a_file_for_outside_has_no_telephone_number_in_its_title(kaiping: Profile) -> None:
    asked = [("words", "13800138000"), ("channel", "13900139000")]
    text = export.to_csv(answer(opened(ROWS), kaiping, read(asked), AS_OF, outside=True)).decode("utf-8-sig")
    assert "13800138000" not in text and "13900139000" not in text


@pytest.mark.parametrize("words", ["\n=1", "＝1", "＋1", "\u3000=1"])
def test_no_disguised_formula_is_written(words: str) -> None:
    assert f"'{words}" in export.written([[words]]).decode("utf-8-sig")
