"""A question answered in words and figures: the one form that pages, files and reports are made of."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import duckdb

from service.analysis import periods, suppress
from service.analysis.axis import Stretch, axis
from service.analysis.count import Line, Table, where
from service.analysis.hiding import Shown, hidden, wider
from service.analysis.names import label
from service.analysis.periods import Coverage
from service.analysis.question import ITEMS, TIMES, UNKNOWN, UNMATCHED, Filter, Question, dimension
from service.analysis.rates import RATES, VERSION
from service.failures import refuse
from service.hiding import hide
from service.hiding import words as masked
from triage.profile import Profile

HINT = ": 件数太少。请延长期间、减少分组或去掉筛选, 再导出"


@dataclass(frozen=True)
class Answer:
    """``heads``: titles of the dimensions; ``gaps``: stretches of time without data; ``notes``: what a reader must know;
    ``compared``: first and last day of the period that it is held against; ``known``: whether the snapshot holds anything of the period;
    ``axis``: the stretches of its dimension of time; ``outside``: whether small cells are hidden, so that what is not listed is not always 0."""

    question: Question
    title: str
    heads: tuple[str, ...]
    lines: tuple[Shown, ...]
    total: Shown
    gaps: tuple[str, ...]
    notes: tuple[str, ...]
    several: bool
    compared: tuple[date, date] | None = None
    known: bool = True
    axis: tuple[Stretch, ...] = ()
    outside: bool = False


def answer(
    connection: duckdb.DuckDBPyConnection, profile: Profile | None, question: Question, as_of: datetime | None = None, *, outside: bool = False
) -> Answer:
    """Answers a question. ``outside``: for a reader outside of the office, with small cells hidden."""
    question = replace(question, compare="") if outside else question  # a change tells the count
    found = periods.compare(connection, question, as_of)
    table, gaps = periods.filled(connection, found.table)
    rows = table.lines if outside else (*table.lines, *periods.only_before(connection, found))
    lines = tuple(_shown(line, found.before.get(line.keys) if question.compare else None, question, profile) for line in rows)
    total = _shown(table.total, found.total, question, profile)
    if outside:
        lines, total = hidden(lines, total, table, wider(connection, question, as_of))
    gone, two = sum(each.hidden for each in lines), outside and len(question.by) == 2
    heads = tuple(_head(name, profile) for name in question.by)
    held = periods.coverage(connection, question.filter.since, question.filter.until)
    told = (
        *notes(connection, table, replace(total, hidden=total.hidden or not held.known), found.note, gaps, outside),
        *((f"隐去 {gone} 行(共 {len(lines)} 行)",) if gone else ()),
        *((f"没有可以列出的{'组合' if two else '行'}{HINT}",) if outside and rows and not lines else ()),
        *uncounted(held, question.compare != ""),
        *strangers(connection, question, profile),
    )
    compared = (found.since, found.until) if found.since is not None and found.until is not None and not outside else None
    if compared is not None:
        told = (*told, f"比较期: {compared[0]} 至 {compared[1]}{'(上月同日)' if _same_days(question, compared) else ''}")
    asked = _masked(question) if outside else question
    words = title(asked, profile, held) + (f",比较期 {compared[0]} 至 {compared[1]}" if compared is not None else "")
    told = (*told, *unmatched(connection, found, outside))
    return Answer(question, words, heads, lines, total, gaps, told, table.several, compared, held.known, axis(connection, found), outside)


def _masked(question: Question) -> Question:
    """Without what may be a telephone number or a name in the words and codes of its filters."""
    told = question.filter
    values = tuple((name, tuple(masked(each) for each in found)) for name, found in told.values)
    return replace(question, filter=replace(told, values=values, words=tuple(map(hide, told.words))))


def _same_days(question: Question, compared: tuple[date, date]) -> bool:
    """Whether a month that still runs is held against the same days of the month before."""
    since, until = question.filter.since, question.filter.until
    return question.compare == "previous" and since is not None and until is not None and compared != periods.previous(since, until)


def title(question: Question, profile: Profile | None, held: Coverage | None = None) -> str:
    """The question in words; an open end of its period is that of what is ``held``, where anything is."""
    told = question.filter
    first, last = (held.first, held.last) if held is not None and held.known else (None, None)
    when = f"{told.since or first or '最早'} 至 {told.until or last or '最近'}"
    chosen = [f"{_head(name, profile)} {'、'.join(label(name, value, profile) for value in values)}" for name, values in told.values]
    words = [f"含“{'”“'.join(told.words)}”"] if told.words else []
    by = " × ".join(_head(name, profile) for name in question.by)
    return f"{f'各{by}' if by else ''}{RATES[question.rate].title} ({'; '.join([when, *chosen, *words])})"


def notes(
    connection: duckdb.DuckDBPyConnection, table: Table, total: Shown, unsound: str, gaps: Sequence[str], outside: bool
) -> tuple[str, ...]:  # fmt: skip
    """What must be said beside the figures. ``total``: as it is shown; where it is hidden, no note tells it either."""
    rate, line = RATES[table.question.rate], total.line
    invented = connection.execute("SELECT count(*) FILTER (synthetic), count(*) FROM facts").fetchone() or (0, 0)
    told = [f"{rate.title}: {rate.words}(口径 {VERSION})"]
    if rate.numerator:
        told.append("分母 —,未计入 —" if total.hidden else f"分母 {line.denominator:,},未计入 {line.outside:,}")
    rest = line.n - line.denominator - line.outside
    if rate.beyond and (rest > 0 or total.hidden):
        told.append(f"另有{rate.beyond} {'—' if total.hidden else f'{rest:,}'} 件不在此指标内: 与分母、未计入相加即件数")
    if table.several:
        told.append("一件可有多个值,各行相加会多于合计")
    if gaps:
        told.append(f"无数据(不是零): {'、'.join(gaps[:12])}{' 等' if len(gaps) > 12 else ''}")
    if unsound:
        told.append(unsound)
    if invented[0]:
        told.append("含演示用的虚构数据" if invented[0] < invented[1] else "全部为演示用的虚构数据")
    if outside and len(table.question.by) == 2:
        told.append(f"对外: 没有列出的组合,或为 0 件,或为 1 至 {suppress.LEAST - 1} 件,或列出后会让人推算出这样的数")
    elif outside:
        told.append(f"对外: 1 至 {suppress.LEAST - 1} 的数以“—”代替,并隐去能推算出它们的数")
    return tuple(told)


def uncounted(held: Coverage, compared: bool = False) -> tuple[str, ...]:
    """What must be said of a period that the snapshot does not hold, or not all of."""
    if held.first is None:
        return ("还没有快照, 或快照里没有工单: 没有数据, 不是零",)
    if not held.known:
        return (f"这段时间没有数据(不是零): 快照自 {held.first} 至 {held.last}",)
    if not held.missing:
        return ()
    return (f"所选期间有一部分没有数据(不是零): {periods.stretched(held.missing)}{',与比较期不等长' if compared else ''}",)


def strangers(connection: duckdb.DuckDBPyConnection, question: Question, profile: Profile | None) -> tuple[str, ...]:
    """Values of filters that no request of the whole snapshot has: a code that was renamed finds nothing, which is no zero."""
    told = []
    for name, values in question.filter.values:
        for value in values:
            condition, given = where(Filter(values=((name, (value,)),)))
            if connection.execute(f"SELECT 1 FROM facts WHERE {condition} LIMIT 1", given).fetchone() is None:  # noqa: S608
                told.append(f"{_head(name, profile)} {label(name, masked(value), profile)}")
    return (f"快照里没有一件是: {'、'.join(told)}(可能已改名或撤销)",) if told else ()


def unmatched(connection: duckdb.DuckDBPyConnection, found: periods.Compared, outside: bool = False) -> tuple[str, ...]:
    """How many requests of a question by items have an item that today's classification has no one place for, here and in the period before.

    ``outside``: without the number, of which small ones could follow.
    """
    question = found.table.question
    if not any(name in ITEMS for name in (*question.by, *(name for name, _ in question.filter.values))):
        return ()
    times = [question.filter, *([replace(question.filter, since=found.since, until=found.until)] if found.since else [])]
    counts = []
    for each in times:
        condition, values = where(replace(each, values=tuple(pair for pair in each.values if pair[0] not in ITEMS)))
        query = f"SELECT count(*) FROM facts WHERE {condition} AND item <> '' AND item_now = ''"  # noqa: S608
        counts.append((connection.execute(query, values).fetchone() or (0,))[0])
    if not any(counts) or (outside and any(map(suppress.small, counts))):
        return ()
    if outside:
        return ("无法对照: 有些件的事项在现行分类中没有唯一的对应(已拆分或已撤销),单列,不与其他期间比较",)
    told = f"{counts[0]:,} 件{f'、比较期 {counts[1]:,} 件' if len(counts) > 1 else ''}"
    return (f"无法对照: {told}的事项在现行分类中没有唯一的对应(已拆分或已撤销),单列,不与其他期间比较",)


def _shown(line: Line, before: Line | None, question: Question, profile: Profile | None) -> Shown:
    labels = tuple(label(name, key, profile) for name, key in zip(question.by, line.keys, strict=True)) if line.keys else ()
    moved = any(name in ITEMS and key.startswith(UNMATCHED) for name, key in zip(question.by, line.keys, strict=bool(line.keys)))
    return Shown(line.keys, labels, line, before, None if moved else change(line, before, question.rate))


def change(line: Line, before: Line | None, rate: str) -> float | None:
    """Of a count the relative change, of a rate the difference; None where the earlier one is 0 or not known."""
    if before is None:
        return None
    if rate == "count":
        return line.n / before.n - 1 if before.n else None
    return line.rate - before.rate if line.rate is not None and before.rate is not None else None


def _head(name: str, profile: Profile | None) -> str:
    if name.startswith("tag.") and profile is not None:
        code = name.removeprefix("tag.")
        return next((each.name for each in profile.tags if each.tag == code), f"标签 {code}")
    return dimension(name).title


def drill(question: Question, keys: Sequence[str]) -> list[tuple[str, str]]:
    """The filters of one line, as pairs of an address: what a click on it narrows down to."""
    found: list[tuple[str, str]] = []
    for name, key in zip(question.by, keys, strict=True):
        if name in TIMES:
            found += [("since", periods.start_of(name, key).isoformat()), ("until", periods.end_of(name, key).isoformat())]
        else:
            found.append((name, key or UNKNOWN))
    return found


def check_tags(question: Question, seen: frozenset[str], known: Container[str] | None = None) -> None:
    """Raises ``no_right`` for a question by a tag that somebody may not see, ``unknown_tag`` for one that is not among the ``known``."""
    for name in (*question.by, *(name for name, _ in question.filter.values)):
        code = name.removeprefix("tag.")
        if known is not None and name.startswith("tag.") and code not in known and code not in seen:
            raise refuse("unknown_tag", f"there is no tag {code} today. It may have been renamed or ended: choose it anew.")
        if name.startswith("tag.") and name.removeprefix("tag.") not in seen:
            raise refuse("no_right", f"the tag {name.removeprefix('tag.')} may not be seen by your role (tags.csv).")
