"""Periods of time: the one before 环比, the same a year ago 同比, and stretches of time without any data, which are no zeros."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import duckdb

from service.analysis.count import Line, Table, count
from service.analysis.question import TIMES, Question, dimension
from service.failures import refuse

DAY = timedelta(days=1)
LONG = 7
_FAR = 20 * 366
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Compared:
    """A table, and of the period it is compared with the lines by the keys of the table: none, nor a total, where the snapshot does not hold the
    whole of it. ``note``: what a reader must know of the comparison, or ""."""

    table: Table
    before: Mapping[tuple[str, ...], Line]
    total: Line | None
    since: date | None
    until: date | None
    note: str


def chosen(since: date | None, until: date | None, today: date, days: int = 30, longest: int = 92) -> tuple[date, date]:
    """The period that somebody named, or ``days`` up to its last day, or up to today. Raises ``bad_value`` where it is too long or ends before
    it begins."""
    last = until or today
    first = since or back(last, (days - 1) * DAY)
    if not 0 <= (last - first).days < longest:
        raise refuse("bad_value", f"since, until: from {first} to {last}. Give a period of 1 to {longest} days.")
    return first, last


def back(day: date, by: timedelta) -> date:
    """An earlier day; the first day of the calendar where there is none."""
    return day - min(by, day - date.min)


def previous(since: date, until: date) -> tuple[date, date]:
    """The period before, as long: whole months give whole months, anything else the same number of days."""
    if since.day == 1 and (until + DAY).day == 1:
        months = (until.year - since.year) * 12 + until.month - since.month + 1
        return moved(since, -months), since - DAY
    return since - (until - since) - DAY, since - DAY


def held_against(since: date, until: date) -> tuple[date, date]:
    """The period that 环比 means: of a month that still runs, the same days of the month before; otherwise ``previous``."""
    running = since.day == 1 and (since.year, since.month) == (until.year, until.month) and (until + DAY).day != 1
    return (moved(since, -1), moved(until, -1)) if running else previous(since, until)


def year_before(since: date, until: date) -> tuple[date, date]:
    """The same period a year ago; whole months stay whole, and of a 29 February the 28th is left."""
    first = moved(since, -12)
    return first, moved(until + DAY, -12) - DAY if (until + DAY).day == 1 else moved(until, -12)


def moved(day: date, months: int) -> date:
    """Some months later; the last day of a month where that month is shorter."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    length = (date(year + month // 11, (month + 1) % 12 + 1, 1) - DAY).day
    return date(year, month + 1, min(day.day, length))


def start_of(name: str, key: str) -> date:
    """The first day of a stretch of time from its key: 2026-W.. is not used, a week is its Monday."""
    if name in ("day", "week"):
        return date.fromisoformat(key)
    year, rest = int(key[:4]), re.sub(r"\D", "", key[5:])
    month = 1 if name == "year" else int(rest) * 3 - 2 if name == "quarter" else int(rest)
    return date(year, month, 1)


def end_of(name: str, key: str) -> date:
    """The last day of a stretch of time."""
    return _next(name, start_of(name, key)) - DAY


def key_of(name: str, day: date) -> str:
    """The key of the stretch of time that holds a day, as ``question.DIMENSIONS`` makes it."""
    if name == "week":
        return (day - timedelta(days=day.weekday())).isoformat()
    forms = {"day": day.isoformat(), "month": f"{day:%Y-%m}", "quarter": f"{day.year}-Q{(day.month + 2) // 3}", "year": f"{day.year}"}
    return forms[name]


def stretches(name: str, since: date, until: date) -> Iterator[str]:
    """The keys of all stretches from one day to another."""
    day = start_of(name, key_of(name, since))
    while day <= until:
        yield key_of(name, day)
        day = _next(name, day)


def _next(name: str, day: date) -> date:
    return moved(day, _MONTHS[name]) if name in _MONTHS else day + (DAY if name == "day" else 7 * DAY)


def covered(connection: duckdb.DuckDBPyConnection, name: str = "day") -> set[str]:
    """The stretches of time of which the snapshot holds anything at all. Elsewhere nothing was counted, which is not zero."""
    query = f"SELECT DISTINCT {dimension(name).sql} FROM (SELECT DISTINCT day FROM facts)"  # noqa: S608 - of the table of dimensions
    return {key for (key,) in connection.execute(query).fetchall()}


@dataclass(frozen=True)
class Coverage:
    """Of a period: whether the snapshot holds any request of it, from when to when it reaches at all (None: nothing), and the stretches in it
    of which it holds none: before it begins, after it ends, and of ``LONG`` days and more in between."""

    known: bool
    first: date | None
    last: date | None
    missing: tuple[tuple[date, date], ...]


def lately(connection: duckdb.DuckDBPyConnection, today: date) -> date:
    """The day to look back from where nobody chose one: the last one that the snapshot holds, or today where that is over ``LONG`` days ago."""
    (last,) = connection.execute("SELECT max(day) FROM facts WHERE day <= ?", [today]).fetchone() or (None,)
    return last if last is not None and (today - last).days <= LONG else today


def looked_at(connection: duckdb.DuckDBPyConnection, since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """``chosen``, and where nobody named a last day up to ``lately``."""
    last = lately(connection, today)
    return chosen(since, until or (last if since is None else max(last, min(since, today))), today)


def coverage(connection: duckdb.DuckDBPyConnection, since: date | None, until: date | None) -> Coverage:
    """What the snapshot knows of a period. An open end is where the snapshot ends. What is missing may begin before the period or go on after it."""
    days = sorted(day for (day,) in connection.execute("SELECT DISTINCT day FROM facts").fetchall())
    if not days:
        return Coverage(False, None, None, ())
    first, last = since or days[0], until or days[-1]
    if not any(first <= day <= last for day in days):
        return Coverage(False, days[0], days[-1], ((first, last),))
    holes = [(before + DAY, after - DAY) for before, after in pairwise(days) if (after - before).days > LONG]
    outside = [(first, days[0] - DAY), *holes, (days[-1] + DAY, last)]
    missing = [(max(first, begin), min(last, end)) for begin, end in outside if begin <= end and begin <= last and end >= first]
    return Coverage(True, days[0], days[-1], tuple(missing))


def filled(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[Table, tuple[str, ...]]:
    """A table by one stretch of time with the stretches in which nothing was found: lines of zero where the snapshot has other requests,
    and the keys of those where it has none."""
    name = table.question.by[0] if len(table.question.by) == 1 else ""
    told, keys = table.question.filter, [line.keys[0] for line in table.lines]
    if name not in TIMES or not (keys or (told.since and told.until)):
        return table, ()
    known = covered(connection, name)
    since, until = told.since or start_of(name, keys[0]), told.until or start_of(name, keys[-1])
    if (until - since).days > _FAR and known:  # an address may name any years: beyond the snapshot nothing is listed, only told
        since, until = max(since, start_of(name, min(known))), min(until, end_of(name, max(known)))
    found = {line.keys[0]: line for line in table.lines}
    wanted = list(stretches(name, since, until))
    lines = tuple(found.get(key) or Line((key,), 0, 0, 0, 0) for key in wanted if key in known)
    return replace(table, lines=lines), tuple(key for key in wanted if key not in known)


def compare(connection: duckdb.DuckDBPyConnection, question: Question, as_of: datetime | None = None) -> Compared:
    """Counts, and counts the period that the question compares with. The question must name both ends of its period."""
    table, told = count(connection, question, as_of), question.filter
    if not question.compare or told.since is None or told.until is None:
        return Compared(table, {}, None, None, None, "" if not question.compare else "未指明起止日期,不能比较")
    since, until = (held_against if question.compare == "previous" else year_before)(told.since, told.until)
    if note := _unsound(connection, since, until):
        return Compared(table, {}, None, since, until, note)
    before = count(connection, replace(question, filter=replace(told, since=since, until=until)), as_of)
    aligned = _aligned(question, before, since)
    rest = "" if len(aligned) == len(before.lines) else f"比较期({since} 至 {until})比本期长,多出的只计入合计,不在各行"
    return Compared(table, aligned, before.total, since, until, rest)


def only_before(connection: duckdb.DuckDBPyConnection, found: Compared) -> tuple[Line, ...]:
    """Lines of zero for what had requests in the compared period and has none now. Stretches of time without any data are left out."""
    by, shown = found.table.question.by, {line.keys for line in found.table.lines}
    if len(by) == 1 and by[0] in TIMES:
        return ()  # ``filled`` knows
    missing = [keys for keys in found.before if keys not in shown]
    for place, name in enumerate(by):
        if name in TIMES and missing:
            known = covered(connection, name)
            missing = [keys for keys in missing if keys[place] in known]
    return tuple(Line(keys, 0, 0, 0, 0) for keys in missing)


def _aligned(question: Question, before: Table, since: date) -> dict[tuple[str, ...], Line]:
    """Lines of the earlier period by the keys that they are held against: the third month against the third month."""
    places = [place for place, name in enumerate(question.by) if name in TIMES]
    if not places or question.filter.since is None:
        return {line.keys: line for line in before.lines}
    place, name = places[0], question.by[places[0]]
    assert question.filter.until is not None
    later = list(stretches(name, question.filter.since, question.filter.until))
    earlier = list(stretches(name, since, start_of(name, before.lines[-1].keys[place]) if before.lines else since))
    match = dict(zip(earlier, later, strict=False))
    return {
        (*line.keys[:place], match[line.keys[place]], *line.keys[place + 1 :]): line for line in before.lines if line.keys[place] in match
    }  # fmt: skip


def _unsound(connection: duckdb.DuckDBPyConnection, since: date, until: date) -> str:
    held = coverage(connection, since, until)
    if not held.known:
        return f"比较期({since} 至 {until})没有数据(不是零),不计变化"
    return f"比较期({since} 至 {until})的数据不完整(缺 {stretched(held.missing)}),不计变化" if held.missing else ""


def stretched(missing: Sequence[tuple[date, date]]) -> str:
    """Stretches of time in words, the first six of them."""
    told = "、".join(str(since) if since == until else f"{since} 至 {until}" for since, until in missing[:6])
    return f"{told} 等" if len(missing) > 6 else told
