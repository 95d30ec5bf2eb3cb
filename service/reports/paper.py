"""What a report consists of, before anybody gives it a form. All words are 简体中文; every figure is a string as it is printed."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service.analysis.periods import DAY, moved
from triage.errors import UsageError

DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"
KINDS = {DAILY: "日报", WEEKLY: "周报", MONTHLY: "月报"}


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` to ``until``, both included. ``key`` stands in file names: 2026-10-31, 2026-W44 or 2026-10."""

    kind: str
    since: date
    until: date

    @property
    def key(self) -> str:
        """As in file names."""
        year, week, _ = self.since.isocalendar()
        return {DAILY: self.since.isoformat(), WEEKLY: f"{year}-W{week:02}", MONTHLY: f"{self.since:%Y-%m}"}[self.kind]

    @property
    def words(self) -> str:
        """As in a sentence."""
        if self.kind == DAILY:
            return _day(self.since)
        return f"{self.since.year}年{self.since.month}月" if self.kind == MONTHLY else f"{_day(self.since)}至{_day(self.until)}"


@dataclass(frozen=True, slots=True)
class Chart:
    """A Vega-Lite specification without a size, and what it shows in words."""

    title: str
    spec: dict[str, Any]
    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """``header`` and ``rows`` are of one length; the first column is words, the others are figures. ``note``: below it, or ""."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter: sentences, then tables, then charts."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole report. ``mark``: 合成演示数据, or "" for real requests. ``notes``: how everything was counted. ``made``: when, in city time."""

    title: str
    period: Period
    city: str
    made: str
    mark: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...]


def period_of(kind: str, day: date) -> Period:
    """The period of a kind that holds a day. Raises UsageError for another kind."""
    if kind == DAILY:
        return Period(kind, day, day)
    if kind == WEEKLY:
        monday = day - timedelta(days=day.weekday())
        return Period(kind, monday, monday + 6 * DAY)
    if kind == MONTHLY:
        first = day.replace(day=1)
        return Period(kind, first, moved(first, 1) - DAY)
    raise UsageError(f"{kind!r}: no such report. Use one of {', '.join(KINDS)}.", "bad_option")


def last_whole(kind: str, today: date) -> Period:
    """The newest period of a kind that is over."""
    return period_of(kind, period_of(kind, today).since - DAY)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
