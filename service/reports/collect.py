"""From statistics to a report: the chapters in the order of an official paper, and how everything was counted."""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from service.analysis.rates import RATES, VERSION
from service.analysis.suppress import LEAST
from service.reports import figures
from service.reports.ask import BEFORE, YEAR, Asking
from service.reports.attention import attention
from service.reports.hot import Matter, hot
from service.reports.names import Names
from service.reports.overview import overview
from service.reports.paper import KINDS, Paper, Period, Section
from service.reports.quality import quality
from service.synthetic import SHOWN

_EXPLAINED = ("responded", "resolved", "satisfied", "first_try", "accuracy", "suggestion", "refused", "repeat", "overdue", "reopened", "auto")


def collect(
    connection: duckdb.DuckDBPyConnection, names: Names, period: Period, made: datetime, as_of: datetime,
    matters: Sequence[Matter] = (), target_minutes: int = 10, found_by: str = "", mark: str = "",
) -> Paper:  # fmt: skip
    """A report. ``made`` in city time, ``as_of`` in UTC. ``found_by``: how the matters were found, for the notes.

    A period without any request gives a report that says so: nothing is printed as zero that was not counted.
    """
    ask = Asking(connection, period, names, as_of)
    title = f"{names.city}12345热线诉求分析{KINDS[period.kind]}"
    mark = mark or (SHOWN if _any(ask, "synthetic") else "")
    if not ask.total().n:
        words = f"{period.words}没有登记的诉求，或者快照尚未包含这段时间。没有数据不等于零件，本期不作统计。"
        return Paper(title, period, names.city, f"{made:%Y-%m-%d %H:%M}", mark, (Section("总体情况", (words,)),), tuple(_notes(ask, mark, "")))
    sections = (overview(ask), hot(ask, matters), quality(ask, target_minutes), attention(ask, matters))
    return Paper(title, period, names.city, f"{made:%Y-%m-%d %H:%M}", mark, sections, tuple(_notes(ask, mark, found_by)))


def _notes(ask: Asking, mark: str, found_by: str) -> list[str]:
    since, until = ask.span()
    before, year = ask.span(BEFORE), ask.span(YEAR)
    told = [
        f"统计范围：{since}至{until}登记的诉求，按本市时间计；环比期为{before[0]}至{before[1]}，同比期为{year[0]}至{year[1]}。",
        f"口径版本{VERSION}。不足{LEAST}件的数和能推算出它们的数不列出；分母、次数等取整到十（约），比率按分母的大小取整，"
        f"分母不足{figures.ENOUGH}的不列，分子或其余部分不足{LEAST}的只写范围。",
    ]
    told += [f"{RATES[name].title}：{RATES[name].words}。{_outside(ask, name)}" for name in _EXPLAINED]
    told += [f"热点和突增：{found_by}。"] if found_by else []
    told += [
        f"{title}：{_versions(ask, column)}。" for title, column in (("模型版本", "model"), ("城市表版本", "profile"), ("事项分类版本", "taxonomy"))
    ]
    told.append("快照更新到生成时；此后登记、退单、回访会使同一时段的数有出入。诉求正文均已脱敏，本报告不含诉求原文和诉求人信息。")
    if mark:
        told.insert(0, f"本报告由{mark}生成，其中的诉求、单位办理情况和全部数字均属虚构，不反映任何真实单位的工作，不得引用。")
    return told


def _outside(ask: Asking, rate: str) -> str:
    """How many a rate cannot speak of."""
    n = ask.total(rate).outside
    return f"本期另有{figures.about(n)}件无法判断，未计入分母。" if n >= figures.TENS else ""


def _versions(ask: Asking, column: str) -> str:
    """What was in use in the period, the commonest first. ``column`` is a name of our own."""
    query = f"SELECT {column}, count(*) FROM facts WHERE day BETWEEN ? AND ? AND {column} <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 4"  # noqa: S608
    found = ask.connection.execute(query, list(ask.span())).fetchall()
    return "、".join(str(name) for name, _ in found) or "无"


def _any(ask: Asking, column: str) -> bool:
    """Whether any request of the whole snapshot has it: a report of a demo city is marked even where its period is empty."""
    found = ask.connection.execute(f"SELECT coalesce(bool_or({column}), false) FROM facts").fetchone()  # noqa: S608
    return bool(found and found[0])
