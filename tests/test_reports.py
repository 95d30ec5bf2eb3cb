"""What a report says, counted by hand, and what it must not say."""

from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import docx
import duckdb
import pytest

from service.analysis.count import Line
from service.reports import as_docx, charts, figures, templates
from service.reports.as_html import html
from service.reports.collect import collect
from service.reports.hot import Matter
from service.reports.names import Names
from service.reports.paper import Paper, Period, Table, last_whole, period_of
from tests.snapshots import opened, row
from triage.errors import UsageError
from triage.profile import Profile

MADE = datetime(2026, 4, 1, 8)
MARCH = period_of("monthly", date(2026, 3, 9))


def city() -> list[dict[str, object]]:
    """March: 20 lamps of 城管, 2 of them sent back once; 3 of another item in a small town. February: 10 lamps."""
    lamps = [
        row(
            n, f"2026-03-{n:02}T09:00", item="070301", town="440783117", type="投诉", final="CG", synthetic=True, model="m1", profile="p1",
            sent=[("GA", 3), ("CG", 30)] if n <= 2 else [("CG", 5)], back=[("GA", "职能交叉")] if n <= 2 else [], resolved="解决", satisfied="满意",
        )
        for n in range(1, 21)
    ]  # fmt: skip
    few = [row(n, "2026-03-05T10:00", item="080301", town="440783111", type="举报") for n in range(31, 34)]
    before = [row(n, f"2026-02-{n - 40:02}T09:00", item="070301", town="440783117", type="投诉") for n in range(41, 69)]
    return [*lamps, *few, *before]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    found = opened(city())
    yield found
    found.close()


def made(connection: duckdb.DuckDBPyConnection, kaiping: Profile, period: Period = MARCH, matters: tuple[Matter, ...] = ()) -> Paper:
    return collect(connection, Names(kaiping), period, MADE, MADE, matters)


def table(paper: Paper, title: str) -> Table:
    return next(each for section in paper.sections for each in section.tables if each.title == title)


def words(paper: Paper) -> str:
    return "\n".join(each for section in paper.sections for each in section.paragraphs)


@pytest.mark.parametrize(
    ("kind", "day", "since", "until", "key"),
    [
        ("daily", date(2026, 3, 9), date(2026, 3, 9), date(2026, 3, 9), "2026-03-09"),
        ("weekly", date(2026, 3, 11), date(2026, 3, 9), date(2026, 3, 15), "2026-W11"),
        ("monthly", date(2026, 2, 11), date(2026, 2, 1), date(2026, 2, 28), "2026-02"),
        ("weekly", date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3), "2026-W53"),
    ],
)
def test_a_period_holds_its_day(kind: str, day: date, since: date, until: date, key: str) -> None:
    found = period_of(kind, day)
    assert (found.since, found.until, found.key) == (since, until, key)


def test_the_newest_whole_period_is_over() -> None:
    assert last_whole("monthly", date(2026, 4, 1)) == MARCH
    assert last_whole("weekly", date(2026, 3, 16)).until == date(2026, 3, 15)
    assert last_whole("daily", date(2026, 3, 1)).since == date(2026, 2, 28)
    with pytest.raises(UsageError, match="daily, weekly, monthly"):
        period_of("yearly", date(2026, 1, 1))


def test_the_figures_are_those_counted_by_hand(connection: duckdb.DuckDBPyConnection, kaiping: Profile) -> None:
    paper = made(connection, kaiping)
    assert paper.title == "开平市12345热线诉求分析月报"
    rates = {name: now for name, now, *_ in table(paper, "主要指标").rows}
    assert rates["登记件数"] == "23"
    assert rates["退单率"] == "不高于25%(约20)"  # 2 of 22: the count is small, so only a bound is told
    assert rates["派单准确率"] == "不低于75%(约20)"
    assert rates["解决率"] == "100%(约20)"
    assert "2026年3月，共登记诉求23件，环比下降17.9%。" in words(paper)
    assert "中位数5.0分钟，九成在5.0分钟以内，100%(约20)在10分钟目标内" in words(paper)


def test_small_counts_do_not_stand_on_paper_nor_follow_from_it(connection: duckdb.DuckDBPyConnection, kaiping: Profile) -> None:
    paper = made(connection, kaiping)
    types = table(paper, "诉求类型分布")
    assert dict(each[:2] for each in types.rows) == {"其他": "23"}
    assert "并入其他" in types.note
    assert not any(cell == "3" for section in paper.sections for each in section.tables for line in each.rows for cell in line)


def test_what_was_not_counted_is_not_zero(connection: duckdb.DuckDBPyConnection, kaiping: Profile) -> None:
    year = [cells[3] for cells in table(made(connection, kaiping), "主要指标").rows]
    assert set(year) == {figures.NONE}
    empty = made(connection, kaiping, period_of("monthly", date(2025, 5, 1)))
    assert "没有数据不等于零件" in words(empty)
    assert not any(section.tables for section in empty.sections)


def test_the_notes_say_how_it_was_counted(connection: duckdb.DuckDBPyConnection, kaiping: Profile) -> None:
    notes = "\n".join(made(connection, kaiping).notes)
    for each in ("口径版本", "满意率：", "模型版本：m1", "城市表版本：p1", "2026-03-01至2026-03-31", "合成演示数据"):
        assert each in notes


def test_real_requests_carry_no_mark(kaiping: Profile) -> None:
    found = opened([row(n, "2026-03-05T10:00") for n in range(6)])
    paper = made(found, kaiping)
    assert paper.mark == "" and "合成" not in "\n".join(paper.notes)
    assert "合成" not in html(paper)
    found.close()


def test_matters_of_few_people_are_left_out(connection: duckdb.DuckDBPyConnection, kaiping: Profile) -> None:
    some = Matter("突增", "自来水发黄", 22, 21, date(2026, 3, 3), date(2026, 3, 8), ("440783117",), "GS")
    paper = made(connection, kaiping, matters=(some, Matter("热点话题", "三个人的事", 4, 3)))
    assert [each[0] for each in table(paper, "集中反映的事项").rows] == ["自来水发黄"]
    assert table(paper, "集中反映的事项").rows[0][5:] == ("水口镇", "供水集团")
    assert "三个人的事" not in html(paper)


@pytest.mark.parametrize(
    ("now", "before", "told"), [(120, 100, "+20.0%"), (100, 100, "+0.0%"), (3, 100, "—"), (100, 4, "—"), (100, 0, "—"), (100, None, "—")]
)
def test_a_change_is_told_over_enough_only(now: int, before: int | None, told: str) -> None:
    assert figures.change(now, before) == told


def test_a_change_does_not_give_away_what_is_told_as_a_bound() -> None:
    exact, bound = Line((), 40, 30, 40, 0), Line((), 40, 38, 40, 0)
    assert figures.rate(bound) == "不低于85%(约40)"
    assert figures.points(exact, bound) == figures.points(bound, exact) == "—"
    assert figures.points(exact, Line((), 50, 30, 50, 0)) == "+15.0个百分点"


def test_html_needs_nothing_from_elsewhere_and_shows_pictures_and_tables(connection: duckdb.DuckDBPyConnection, kaiping: Profile) -> None:
    page = html(made(connection, kaiping))
    assert "<svg" not in page  # every day has fewer than five
    assert "表 1　主要指标" in page and "附：口径说明" in page and "一、总体情况" in page
    assert "合成演示数据" in page
    assert "<script" not in page and 'src="' not in page and "@import" not in page


def test_names_are_never_read_as_html(connection: duckdb.DuckDBPyConnection, kaiping: Profile) -> None:
    evil = Matter("突增", "<script>alert(1)</script>", 9, 9)
    assert "<script>" not in html(made(connection, kaiping, matters=(evil,)))


def test_docx_has_the_chapters_the_tables_and_the_picture(connection: duckdb.DuckDBPyConnection, kaiping: Profile) -> None:
    document = docx.Document(BytesIO(as_docx.docx_bytes(made(connection, kaiping))))
    headings = [each.text for each in document.paragraphs if each.style.name == "Heading 1"]
    assert headings == ["一、总体情况", "二、热点", "三、派单质量", "四、需要关注", "附：口径说明"]
    assert document.paragraphs[0].text.startswith("合成演示数据")
    assert [each.cell(0, 0).text for each in document.tables][:2] == ["指标", "诉求类型"]
    assert not document.inline_shapes  # every day has fewer than five
    many = opened([row(5 * day + n, f"2026-03-{day:02}T09:00") for day in range(1, 32) for n in range(5)])
    document = docx.Document(BytesIO(as_docx.docx_bytes(made(many, kaiping))))
    assert len(document.inline_shapes) == (1 if charts.chinese_font() else 0)
    assert html(made(many, kaiping)).count("<svg") == 1
    many.close()


def test_without_a_chinese_font_the_docx_says_why_it_has_no_picture(
    connection: duckdb.DuckDBPyConnection, kaiping: Profile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not charts.chinese_font((str(tmp_path),))
    (tmp_path / "NotoSansCJK-Regular.ttc").touch()
    charts.chinese_font.cache_clear()
    assert charts.chinese_font((str(tmp_path),))
    monkeypatch.setattr(charts, "chinese_font", lambda: False)
    many = opened([row(5 * day + n, f"2026-03-{day:02}T09:00") for day in range(1, 32) for n in range(5)])
    document = docx.Document(BytesIO(as_docx.docx_bytes(made(many, kaiping))))
    many.close()
    assert not document.inline_shapes
    assert any("没有中文字体" in each.text for each in document.paragraphs)


def test_a_city_edits_its_templates(connection: duckdb.DuckDBPyConnection, kaiping: Profile, tmp_path: Path) -> None:
    page, paper = templates.write(tmp_path / "own")
    assert html(made(connection, kaiping), tmp_path / "own") == html(made(connection, kaiping))
    page.write_text("{{ paper.city }}: {{ notes | length }}", encoding="utf-8")
    assert html(made(connection, kaiping), tmp_path / "own").startswith("开平市: ")
    own = docx.Document(str(paper))
    own.sections[0].header.paragraphs[0].text = "内部资料 {{城市}}"
    own.add_paragraph("抄送：市领导")
    own.save(str(paper))
    document = docx.Document(BytesIO(as_docx.docx_bytes(made(connection, kaiping), tmp_path / "own")))
    texts = [each.text for each in document.paragraphs]
    assert document.sections[0].header.paragraphs[0].text == "内部资料 开平市"
    assert texts[0] == "开平市12345热线诉求分析月报" and texts.count(texts[0]) == 1
    assert texts[-1] == "抄送：市领导" and texts.index("一、总体情况") < texts.index("附：口径说明") < len(texts) - 1
    assert not any("{{" in each for each in texts)
    with pytest.raises(UsageError, match="is there already"):
        list(templates.write(tmp_path / "own"))


@pytest.mark.parametrize(
    ("text", "told"), [("{% if %}", r"report.html:1: "), ("{{ nothing }}", "is undefined"), ("{{ paper.__class__.__mro__ }}", "unsafe|is undefined")]
)
def test_a_template_with_an_error_is_named_and_can_do_no_harm(
    connection: duckdb.DuckDBPyConnection, kaiping: Profile, tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "report.html").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=told):
        html(made(connection, kaiping), tmp_path)


def test_a_docx_template_that_is_none_is_named(connection: duckdb.DuckDBPyConnection, kaiping: Profile, tmp_path: Path) -> None:
    (tmp_path / "report.docx").write_bytes(b"no zip")
    with pytest.raises(UsageError, match="not a DOCX"):
        as_docx.docx_bytes(made(connection, kaiping), tmp_path)
