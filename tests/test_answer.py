import json
from datetime import date, datetime

import pytest
from openpyxl import load_workbook

from service.analysis import charts, export
from service.analysis.answer import Answer, answer, check_tags, drill
from service.analysis.question import Filter, Question, read
from service.failures import ServiceError
from tests.snapshots import opened, row
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
    assert found.title == "各镇街件数 (最早 至 最近)"
    assert [each.labels[0] for each in ask(kaiping, by="item").lines] == ["路灯", "gone(现行表中没有)", "露天焚烧"]
    assert "现行分类中没有" in [each.labels[0] for each in ask(kaiping, by="item_1").lines]


def test_notes_tell_definition_denominator_and_gaps(kaiping: Profile) -> None:
    found = ask(kaiping, by="month", rate="satisfied", since="2026-01-01", until="2026-03-31")
    assert found.notes[0].startswith("满意率: (满意+基本满意)")
    assert found.notes[1] == "分母 23,未计入 0"
    assert found.gaps == ("2026-02",) and "无数据(不是零): 2026-02" in found.notes
    assert [each.line.rate for each in found.lines] == [None, 20 / 23]


def test_for_outside_small_cells_and_one_more_are_hidden(kaiping: Profile) -> None:
    found = ask(kaiping, outside=True, by="town")
    assert {each.labels[0]: each.hidden for each in found.lines} == {"水口镇": False, "三埠街道": False, "不明": True, "塘口镇": True}
    assert not found.total.hidden
    text = export.to_csv(found).decode("utf-8-sig")
    assert "塘口镇,—" in text and "不明,—" in text and "合计,39" in text and "隐去" in text
    assert all(each.before is None and each.change is None for each in ask(kaiping, outside=True, by="town", compare="year").lines)


def test_for_outside_a_rate_with_a_small_part_is_hidden(kaiping: Profile) -> None:
    found = ask(kaiping, outside=True, rate="satisfied")
    assert found.total.hidden  # 20 of 23: the three others could be counted
    assert not ask(kaiping, outside=True).total.hidden


def test_two_dimensions_for_outside(kaiping: Profile) -> None:
    found = ask(kaiping, outside=True, by="town,item_1")
    assert next(each.hidden for each in found.lines if each.labels[0] == "塘口镇")
    assert sum(each.hidden for each in found.lines) >= 1


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


def test_a_tag_that_may_not_be_seen_can_not_be_asked_for() -> None:
    for question in (Question(by=("tag.risk",)), Question(Filter(date(2026, 1, 1), values=(("tag.risk", ("劳资",)),)))):
        with pytest.raises(ServiceError) as caught:
            check_tags(question, frozenset({"crowd"}))
        assert caught.value.code == "no_right"
    check_tags(Question(by=("tag.crowd",)), frozenset({"crowd"}))


def test_what_had_requests_in_the_compared_period_only_is_a_line_of_zero(kaiping: Profile) -> None:
    rows = [
        row(1, "2026-03-02T09:00", town=TOWN),
        *(row(10 + n, "2026-02-02T09:00", town=town) for n, town in enumerate([TOWN, OTHER, OTHER, THIRD])),
    ]
    asked = read({"by": "town", "since": "2026-03-01", "until": "2026-03-31", "compare": "previous"}.items())
    found = answer(opened(rows), kaiping, asked, AS_OF)
    assert {each.keys[0]: (each.line.n, each.before.n if each.before else 0) for each in found.lines} == {TOWN: (1, 1), OTHER: (0, 2), THIRD: (0, 1)}
    assert found.total.before is not None and found.total.before.n == sum(each.before.n for each in found.lines if each.before) == 4
    assert found.compared == (date(2026, 2, 1), date(2026, 2, 28)) and found.title.endswith("比较期 2026-02-01 至 2026-02-28")
    assert "比较期: 2026-02-01 至 2026-02-28" in found.notes
    assert "比较期件数 (2026-02-01 至 2026-02-28)" in export.to_csv(found).decode("utf-8-sig")
    part = answer(opened(rows), kaiping, read({"since": "2026-03-01", "until": "2026-03-10", "compare": "previous"}.items()), AS_OF)
    assert "比较期: 2026-02-01 至 2026-02-10(上月同日)" in part.notes


def test_the_axis_of_counts_has_whole_numbers_only(kaiping: Profile) -> None:
    assert '"tickMinStep": 1' in json.dumps(charts.spec(ask(kaiping, by="town")))
    assert "tickMinStep" not in json.dumps(charts.spec(ask(kaiping, by="town", rate="satisfied")))
