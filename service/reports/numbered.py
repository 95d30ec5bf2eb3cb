"""Chapters with 一、二、三, tables and pictures with numbers through the whole report: what both forms print alike."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.reports.paper import Chart, Paper, Table

_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section with its numeral; tables and charts with their numbers."""

    numeral: str
    heading: str
    paragraphs: tuple[str, ...]
    tables: tuple[tuple[int, Table], ...]
    charts: tuple[tuple[int, Chart], ...]


def chapters(paper: Paper) -> Iterator[Chapter]:
    """In order."""
    tables, charts = 0, 0
    for numeral, each in zip(_NUMERALS, paper.sections, strict=False):
        yield Chapter(
            numeral, each.heading, each.paragraphs, tuple(enumerate(each.tables, start=tables + 1)), tuple(enumerate(each.charts, start=charts + 1))
        )
        tables, charts = tables + len(each.tables), charts + len(each.charts)
