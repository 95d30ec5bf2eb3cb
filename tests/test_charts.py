import re
import xml.etree.ElementTree as ElementTree

import pytest

from training.charts import coverage_chart, reliability_chart

POINTS = [{"coverage": 0.5, "precision": 0.98, "p": 0.9}, {"coverage": 1.0, "precision": 0.8, "p": 0.3}]
BINS = [{"p": 0.3, "accuracy": 0.25, "n": 10}, {"p": 0.9, "accuracy": 0.95, "n": 10}]
CHARTS = {
    "coverage": coverage_chart(POINTS, 0.97),
    "one point above the line": coverage_chart([{"coverage": 1.0, "precision": 1.0, "p": 1.0}], 0.97),
    "reliability": reliability_chart(BINS),
    "one bin": reliability_chart(BINS[:1]),
}


@pytest.mark.parametrize("svg", CHARTS.values(), ids=CHARTS)
def test_a_chart_is_whole_and_needs_nothing_from_elsewhere(svg: str) -> None:
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert re.findall(r"https?://(?!www\.w3\.org/)", svg) == []
    assert "<script" not in svg and "<image" not in svg and "url(" not in svg


def test_words_stay_words_so_that_the_reader_has_the_font() -> None:
    assert "自动派出的比例" in CHARTS["coverage"] and "要求 97%" in CHARTS["coverage"]
    assert "Noto Sans CJK SC" in CHARTS["reliability"] and "实际派对的比例" in CHARTS["reliability"]


def test_every_bin_is_a_dot() -> None:
    assert CHARTS["reliability"].count("mark-symbol") == 1
    dots = re.search(r'<g class="mark-symbol[^>]*>(.*?)</g>', CHARTS["reliability"])
    assert dots is not None
    assert dots[1].count("<path") == len(BINS)
