import copy
import csv
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from training.evaluate import evaluate
from training.history import Source
from training.report import _hundred, html, write
from triage import Engine
from triage.columns import Columns
from triage.errors import UsageError

ALL = {"unit": "unit", "item": "item", "type": "type", "urgency": "urgency"}
DAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory, examples: list[dict[str, str]]) -> Path:
    path = tmp_path_factory.mktemp("report") / "test.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(examples[0]))
        writer.writeheader()
        writer.writerows(examples[::15])
    return path


@pytest.fixture(scope="module")
def found(toy_engine: Engine, tested: Path) -> dict[str, Any]:
    return evaluate(toy_engine, tested, Source(Columns(), ALL), [tested])


@pytest.fixture(scope="module")
def page(found: dict[str, Any]) -> str:
    return html(found, DAY)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<style>.*?</style>|<svg.*?</svg>", " ", page)))


class Outline(HTMLParser):
    """The open elements must close in order; counts what tables need."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tables: list[dict[str, int]] = []
        self.bare: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if tag == "table":
            self.tables.append({"caption": 0, "thead": 0})
        elif tag in ("caption", "thead"):
            self.tables[-1][tag] += 1
        elif tag == "th" and dict(attrs).get("scope") not in ("col", "row"):
            self.bare.append(str(attrs))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_its_tables_are_accessible(page: str) -> None:
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert len(outline.tables) >= 8
    assert all(table == {"caption": 1, "thead": 1} for table in outline.tables)
    assert outline.bare == []
    assert '<html lang="zh-CN">' in page
    assert page.count("<h1>") == 1


def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    assert re.findall(r"https?://(?!www\.w3\.org/)", page) == []
    assert not re.search(r"<(script|link|img|iframe)|@import|url\(", page)
    assert "default-src 'none'" in page


def test_the_headlines_are_the_figures(found: dict[str, Any], page: str) -> None:
    unit, words = found["tasks"]["unit"], text_of(page)
    assert f"{unit['hit1'] * 100:.0f} 件 每 100 件诉求里, 系统首选的主办单位就对。" in words
    assert f"95% 区间 {unit['hit1_95'][0]:.1%} 至 {unit['hit1_95'][1]:.1%}, 共 {unit['n']} 件" in words
    assert f"{unit['hit3'] * 100:.0f} 件 正确答案在系统给出的前三个候选里" in words
    for share in (unit["baselines"]["majority"]["hit1"], unit["baselines"]["keywords"]["hit1"], unit["hit1"]):
        assert f"{share:.1%}" in words
    auto = unit["decisions"]["auto"]["share"]
    assert f"{_hundred(auto)} 件 按现行门槛和规则可以自动派出" in words
    assert "(速读) · 城市表" in words


def test_what_goes_out_is_told_with_its_proof(found: dict[str, Any], page: str) -> None:
    assert text_of(page).count("自动派单线还没有证明过, 服务不会自己打开自动派单") == 2
    proven = text_of(html({**found, "promise": 0.03, "model": "2026-01-01-0123abcd+close"}, DAY))
    assert "还没有证明过" not in proven
    assert proven.count("这条线证明过: 自动派出的错误率不超过 3.0%") == 2
    assert "2026-01-01-0123abcd+close (细读)" in proven


def test_a_banner_tells_what_was_not_checked_and_only_what_weighs(found: dict[str, Any]) -> None:
    note = {"code": "not_compared", "text": "没有核对"}
    assert '<p class="warn">没有核对</p>' in html({**found, "notes": [note]}, DAY)
    few = {**found["leakage"], "share": 0.001}
    assert '<p class="warn">与训练数据' not in html({**found, "leakage": few}, DAY)


def test_every_unit_is_in_the_table_by_its_name(found: dict[str, Any], page: str, toy_engine: Engine) -> None:
    assert toy_engine.profile is not None
    words = text_of(page)
    for row in found["tasks"]["unit"]["labels"]:
        assert f"{toy_engine.profile.units[row['label']].short} {row['label']} {row['rows']} {row['recall']:.1%} {row['precision']:.1%}" in words


def test_every_caveat_is_on_the_page(found: dict[str, Any], page: str) -> None:
    assert {"leakage", "single_row"} <= {note["code"] for note in found["notes"]}
    words = text_of(page)
    assert [note["text"] for note in found["notes"] if note["text"] not in words] == []
    assert '<p class="warn">与训练数据几乎相同的测试行' in page
    assert "没有剩下的行" in words  # all of them were read before


def test_no_text_of_a_request_is_on_the_page(page: str, examples: list[dict[str, str]]) -> None:
    words = text_of(page)
    runs = [row["text"][start : start + 10] for row in examples[::15] for start in range(0, len(row["text"]) - 10, 10)]
    assert len(runs) > 1000
    assert [run for run in runs if run in words] == []


def test_a_label_is_shown_as_text_and_cut_where_it_is_a_text(found: dict[str, Any]) -> None:
    spoilt = copy.deepcopy(found)
    for row, label in zip(spoilt["tasks"]["unit"]["labels"], ("<script>alert(1)</script>", "长" * 200), strict=False):
        row["label"] = label
    page = html(spoilt, DAY)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "长" * 40 + "…" in page
    assert "长" * 41 not in page


def test_what_cannot_go_out_by_itself_is_said_so(found: dict[str, Any]) -> None:
    weak = copy.deepcopy(found)
    weak["tasks"]["unit"]["coverage_at"]["0.97"] = 0.0
    assert "再有把握的诉求也达不到 97% 派对" in html(weak, DAY)
    del weak["tasks"]["unit"]["decisions"]
    assert "暂时都应由人确认" in html(weak, DAY)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0"),
        (0.0004, "不到 0.1"),
        (0.004, "0.4"),
        (0.0994, "9.9"),
        (0.0996, "10"),
        (0.794, "79"),
        (0.9993, "99.9"),
        (0.9999, "99.9"),
        (1.0, "100"),
    ],
)
def test_little_is_not_told_as_nothing_nor_nearly_all_as_all(share: float, words: str) -> None:
    assert _hundred(share) == words


@pytest.mark.parametrize("tasks", [["item"], ["type"], ["urgency"]])
def test_other_tasks_alone_make_a_page(toy_engine: Engine, tested: Path, tasks: list[str]) -> None:
    page = html(evaluate(toy_engine, tested, Source(Columns(), {task: task for task in tasks})), DAY)
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert ("<svg" in page) is (tasks != ["urgency"])
    assert ("前三个候选" in page) is (tasks == ["item"])


def test_a_perfect_test_of_one_unit_makes_a_page_that_says_so(toy_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("text,unit\n" + "老板拖欠工资不发,RS\n" * 3, encoding="utf-8")
    page = html(evaluate(toy_engine, path, Source(Columns(), {"unit": "unit"})), DAY)
    assert '<p class="warn">单位只有一个标签' in page
    assert "最容易混" not in page


def test_the_page_is_written_or_refused(found: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path / "report.html", found)
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(UsageError, match="cannot write"):
        write(tmp_path, found)
