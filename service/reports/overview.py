"""一、总体情况: how many, of what, from where, and the main rates."""

from service.analysis.count import Line
from service.analysis.periods import filled
from service.analysis.rates import RATES
from service.analysis.suppress import LEAST, small
from service.reports import charts, figures
from service.reports.ask import BEFORE, YEAR, Asking
from service.reports.paper import DAILY, MONTHLY, Chart, Section, Table

_RATES = ("responded", "resolved", "satisfied", "first_try", "accuracy", "refused", "overdue", "repeat", "reopened", "auto")
_MOST = 10
_PARTS = (("0–8时", 0, 8), ("8–12时", 8, 12), ("12–14时", 12, 14), ("14–18时", 14, 18), ("18–24时", 18, 24))


def overview(ask: Asking) -> Section:
    """The chapter."""
    tables = [_indicators(ask), _types(ask), listed(ask, "item_1", "诉求领域"), listed(ask, "town", "镇街")]
    return Section("总体情况", (_opening(ask), *_shares(ask)), tuple(tables), _trend(ask))


def listed(ask: Asking, by: str, title: str, most: int = _MOST) -> Table:
    """The largest values of a dimension with their shares and how they changed, and what is not known; all others together, also those that
    must not be told: how many these are is not said."""
    told, before, total = ask.told(by), ask.earlier(by), ask.total().n
    shown = [key for key in told if key][:most] + [key for key in told if not key]
    rows = [
        (ask.names.of(by, key), f"{n:,}", figures.share(n, total), figures.change(n, before.get(key, 0) if before is not None else None))
        for key, n in ((key, told[key]) for key in shown)
    ]
    if rest := total - sum(told[key] for key in shown):
        rows.append(("其他", figures.count(rest), figures.share(rest, total), figures.NONE))
    note = f"不足{LEAST}件的和能推算出它们的并入其他。" if len(told) < len(ask.table((by,)).lines) else ""
    return Table(f"{title}分布", (title, "件数", "占比", "环比"), tuple(rows), note)


def _opening(ask: Asking) -> str:
    total, before, year = ask.total().n, ask.n(BEFORE), ask.n(YEAR)
    told = f"{ask.period.words}，共登记诉求{figures.count(total)}件"
    changes = [f"环比{words}" for words in [figures.rose(total, before)] if words] + [
        f"同比{words}" for words in [figures.rose(total, year)] if words
    ]
    told += f"，{'，'.join(changes)}" if changes else ""
    unknown = [name for name, n in (("环比", before), ("同比", year)) if n is None]
    return f"{told}。" + (f"上一同长时段或去年同期数据不全，{'、'.join(unknown)}不计。" if unknown else "")


def _shares(ask: Asking) -> list[str]:
    """Which types and which channels lead, in a sentence."""
    told = []
    for by, lead in (("type", "按类型"), ("channel", "按渠道"), ("item_1", "按领域")):
        parts = [f"{ask.names.of(by, key)}{n:,}件" for key, n in ask.told(by).items() if key][:3]
        if parts:
            told.append(f"{lead}，{'、'.join(parts)}居前。")
    return ["".join(told)] if told else []


def _indicators(ask: Asking) -> Table:
    rows = [
        ("登记件数", figures.count(ask.total().n), *(figures.NONE if (n := ask.n(when)) is None else figures.count(n) for when in (BEFORE, YEAR)))
    ]
    for name in _RATES:
        cells = [figures.rate(_line(ask, name, when)) for when in ("now", BEFORE, YEAR)]
        rows.append((RATES[name].title, *cells))
    note = f"括号内为分母（取整到十）。“—”为无数据或分母不足{figures.ENOUGH}。口径见附件。"
    return Table("主要指标", ("指标", "本期", "上期", "去年同期"), tuple(rows), note)


def _line(ask: Asking, rate: str, when: str) -> Line | None:
    return ask.total(rate, when) if when == "now" or ask.known(when) else None


def _types(ask: Asking) -> Table:
    return listed(ask, "type", "诉求类型")


def _trend(ask: Asking) -> tuple[Chart, ...]:
    """By part of the day, or by day of a week or a month; none where a bar, or the rest without an hour, would show a small count."""
    by = "hour" if ask.period.kind == DAILY else "day"
    table, missing = filled(ask.connection, ask.table((by,)))
    points = [(line.keys[0][5:], line.n) for line in table.lines]
    if by == "hour":
        known = {line.keys[0]: line.n for line in table.lines}
        points = [(name, sum(known.get(f"{hour:02}", 0) for hour in range(first, last))) for name, first, last in _PARTS]
    if not points or any(map(small, [ask.total().n - sum(n for _, n in points), *(n for _, n in points)])):
        return ()
    top = max(points, key=lambda each: each[1])
    words = f"最多为{top[0]}的{top[1]:,}件。" + (f"有{len(missing)}日没有数据，未画出。" if missing else "")
    title = "分时段登记量" if by == "hour" else "每日登记量"
    return (charts.bars(title, points, "时段" if by == "hour" else "日期", "件数", words, narrow=ask.period.kind == MONTHLY),)
