"""A question answered in words and figures: the one form that pages, files and reports are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from service.analysis import periods, suppress
from service.analysis.count import Line, Table
from service.analysis.names import label
from service.analysis.question import TIMES, UNKNOWN, Question, dimension
from service.analysis.rates import RATES, VERSION
from service.failures import refuse
from triage.profile import Profile


@dataclass(frozen=True, slots=True)
class Shown:
    """A line on screen. ``rate`` and ``change`` (of the count, or of the rate in points) are None where they cannot be said. ``hidden``: too few
    people for a file that leaves the office."""

    keys: tuple[str, ...]
    labels: tuple[str, ...]
    line: Line
    before: Line | None = None
    change: float | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Answer:
    """``heads``: titles of the dimensions; ``gaps``: stretches of time without data; ``notes``: what a reader must know;
    ``compared``: first and last day of the period that it is held against."""

    question: Question
    title: str
    heads: tuple[str, ...]
    lines: tuple[Shown, ...]
    total: Shown
    gaps: tuple[str, ...]
    notes: tuple[str, ...]
    several: bool
    compared: tuple[date, date] | None = None


def answer(
    connection: duckdb.DuckDBPyConnection, profile: Profile | None, question: Question, as_of: datetime | None = None, *, outside: bool = False
) -> Answer:
    """Answers a question. ``outside``: for a reader outside of the office, with small cells hidden."""
    found = periods.compare(connection, question, as_of)
    table, gaps = periods.filled(connection, found.table)
    rows = table.lines if outside else (*table.lines, *periods.only_before(connection, found))
    lines = tuple(_shown(line, found.before.get(line.keys) if question.compare else None, question, profile) for line in rows)
    total = _shown(table.total, found.total, question, profile)
    if outside:
        lines, total = hidden(lines, total, table)
    heads = tuple(_head(name, profile) for name in question.by)
    told = notes(connection, table, found.note, gaps, outside)
    compared = (found.since, found.until) if found.since is not None and found.until is not None and not outside else None
    if compared is not None:
        told = (*told, f"比较期: {compared[0]} 至 {compared[1]}{'(上月同日)' if _same_days(question, compared) else ''}")
    words = title(question, profile) + (f",比较期 {compared[0]} 至 {compared[1]}" if compared is not None else "")
    return Answer(question, words, heads, lines, total, gaps, told, table.several, compared)


def _same_days(question: Question, compared: tuple[date, date]) -> bool:
    """Whether a month that still runs is held against the same days of the month before."""
    since, until = question.filter.since, question.filter.until
    return question.compare == "previous" and since is not None and until is not None and compared != periods.previous(since, until)


def title(question: Question, profile: Profile | None) -> str:
    """The question in words."""
    told = question.filter
    when = f"{told.since or '最早'} 至 {told.until or '最近'}"
    chosen = [f"{_head(name, profile)} {'、'.join(label(name, value, profile) for value in values)}" for name, values in told.values]
    words = [f"含“{'”“'.join(told.words)}”"] if told.words else []
    by = " × ".join(_head(name, profile) for name in question.by)
    return f"{f'各{by}' if by else ''}{RATES[question.rate].title} ({'; '.join([when, *chosen, *words])})"


def notes(connection: duckdb.DuckDBPyConnection, table: Table, unsound: str, gaps: Sequence[str], outside: bool) -> tuple[str, ...]:
    """What must be said beside the figures."""
    rate, total = RATES[table.question.rate], table.total
    invented = connection.execute("SELECT count(*) FILTER (synthetic), count(*) FROM facts").fetchone() or (0, 0)
    told = [f"{rate.title}: {rate.words}(口径 {VERSION})"]
    if rate.numerator:
        told.append(f"分母 {total.denominator:,},未计入 {total.outside:,}")
    if table.several:
        told.append("一件可有多个值,各行相加会多于合计")
    if gaps:
        told.append(f"无数据(不是零): {'、'.join(gaps[:12])}{' 等' if len(gaps) > 12 else ''}")
    if unsound:
        told.append(unsound)
    if invented[0]:
        told.append("含演示用的虚构数据" if invented[0] < invented[1] else "全部为演示用的虚构数据")
    if outside:
        told.append(f"对外: 1 至 {suppress.LEAST - 1} 的数以“—”代替,并隐去能推算出它们的数")
    return tuple(told)


def hidden(lines: Sequence[Shown], total: Shown, table: Table) -> tuple[tuple[Shown, ...], Shown]:
    """The lines with small cells marked, and others with which they could be computed. Comparisons are left out: a change tells the count.

    Whatever is shown of a line is looked at for itself: a line that must go for one figure goes as a whole, and what more is hidden
    makes nothing that was hidden before easier to compute.
    """
    places: set[int] = set()
    whole = any(suppress.small(each) for each in _figures(total.line, table))
    for figures in zip(*(_figures(each.line, table) for each in lines), strict=True):
        found, all_too = _hidden_places(lines, figures, table)
        places, whole = places | found, whole or all_too
    marked = tuple(Shown(each.keys, each.labels, each.line, hidden=place in places) for place, each in enumerate(lines))
    return marked, Shown(total.keys, total.labels, total.line, hidden=whole)


def _figures(line: Line, table: Table) -> tuple[int, ...]:
    """All counts of people that a line shows, or that follow from what it shows."""
    if not RATES[table.question.rate].numerator:
        return (line.n,)
    return line.n, line.numerator, line.denominator, line.denominator - line.numerator, line.n - line.denominator, line.outside


def _hidden_places(lines: Sequence[Shown], counts: Sequence[int], table: Table) -> tuple[set[int], bool]:
    """Which lines to hide for one figure, and whether to hide the total, too."""
    if len(table.question.by) != 2 or table.several:
        found = suppress.hidden_line(counts, total_shown=not table.several)
        return found, bool(found) and len(found) == len(lines)
    rows = {key: place for place, key in enumerate(dict.fromkeys(each.keys[0] for each in lines))}
    columns = {key: place for place, key in enumerate(dict.fromkeys(each.keys[1] for each in lines))}
    cells = [(rows[each.keys[0]], columns[each.keys[1]]) for each in lines]
    gone = suppress.hidden_grid(dict(zip(cells, counts, strict=True)), len(rows), len(columns))
    return {place for place, cell in enumerate(cells) if cell in gone}, (len(rows), len(columns)) in gone


def _shown(line: Line, before: Line | None, question: Question, profile: Profile | None) -> Shown:
    labels = tuple(label(name, key, profile) for name, key in zip(question.by, line.keys, strict=True)) if line.keys else ()
    return Shown(line.keys, labels, line, before, change(line, before, question.rate))


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


def check_tags(question: Question, seen: frozenset[str]) -> None:
    """Raises ``no_right`` for a question by a tag that somebody may not see."""
    for name in (*question.by, *(name for name, _ in question.filter.values)):
        if name.startswith("tag.") and name.removeprefix("tag.") not in seen:
            raise refuse("no_right", f"the tag {name.removeprefix('tag.')} may not be seen by your role (tags.csv).")
