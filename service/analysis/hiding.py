"""Which lines of an answer to hide from a reader outside of the office, so that no few people are counted or can be computed."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from service.analysis import suppress
from service.analysis.count import Line, Table, count
from service.analysis.question import Filter, Question
from service.analysis.rates import RATES

Parent = Mapping[tuple[str, ...], Line]
"""A wider answer by keys; its total under ()."""


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


def hidden(lines: Sequence[Shown], total: Shown, table: Table, parents: Sequence[Parent] = ()) -> tuple[tuple[Shown, ...], Shown]:
    """The lines with small cells marked, and others with which they could be computed. Comparisons are left out: a change tells the count.

    Whatever is shown of a line is looked at for itself: a line that must go for one figure goes as a whole, and what more is hidden
    makes nothing that was hidden before easier to compute. ``parents``: answers to wider questions; a line goes, too, where few people
    stand in a parent's line and not in it.
    """
    rest = {place for place, each in enumerate(lines) if any(_few_more(each.line, parent, table) for parent in parents)}
    whole = any(suppress.small(each) for each in _figures(total.line, table)) or any(_few_more(total.line, each, table) for each in parents)
    places: set[int] = set(rest)
    for number, figures in enumerate(zip(*(_figures(each.line, table) for each in lines), strict=True)):
        found, all_too = _hidden_places(lines, figures, rest, table)
        places, whole = places | found, whole or all_too or (table.several and _few_missing(figures, _figures(total.line, table)[number]))
    if whole and not places and not table.several:
        places = set(range(len(lines)))  # their sum is the total
    marked = tuple(Shown(each.keys, each.labels, each.line, hidden=place in places) for place, each in enumerate(lines))
    return marked, Shown(total.keys, total.labels, total.line, hidden=whole)


def wider(connection: duckdb.DuckDBPyConnection, question: Question, as_of: datetime | None) -> list[Parent]:
    """The answers to the same question with one of its filters left out, with all of them, and with all of them and the period."""
    told = question.filter
    filters = [replace(told, values=tuple(each for each in told.values if each != one)) for one in told.values]
    filters += [replace(told, words=tuple(each for each in told.words if each != one)) for one in told.words]
    filters += [replace(told, values=(), words=()), Filter()]
    tables = [count(connection, replace(question, filter=each), as_of) for each in dict.fromkeys(filters) if each != told]
    return [{each.keys: each for each in (*table.lines, table.total)} for table in tables]


def _few_more(line: Line, parent: Parent, table: Table) -> bool:
    """Whether a line of a wider answer holds a few people more than that of this one."""
    wide = parent.get(line.keys, line)
    return any(suppress.small(more - less) for more, less in zip(_figures(wide, table), _figures(line, table), strict=True))


def _few_missing(figures: Sequence[int], total: int) -> bool:
    """Whether a few people stand in the total and not in some line: where lines overlap, no other line tells of them."""
    return any(suppress.small(total - each) for each in figures)


def _figures(line: Line, table: Table) -> tuple[int, ...]:
    """All counts of people that a line shows, or that follow from what it shows."""
    if not RATES[table.question.rate].numerator:
        return (line.n,)
    return line.n, line.numerator, line.denominator, line.denominator - line.numerator, line.n - line.denominator, line.outside


def _hidden_places(lines: Sequence[Shown], counts: Sequence[int], also: Set[int], table: Table) -> tuple[set[int], bool]:
    """Which lines to hide for one figure, those of ``also`` in any case, and whether to hide the total, too."""
    if len(table.question.by) != 2 or table.several:
        found = suppress.hidden_line(counts, total_shown=not table.several, also=also)
        # Where lines overlap, what they share is not known: who has one value and not the other may be the rest of the total. So the total goes.
        return found, bool(found) and (table.several or len(found) == len(lines))
    rows = {key: place for place, key in enumerate(dict.fromkeys(each.keys[0] for each in lines))}
    columns = {key: place for place, key in enumerate(dict.fromkeys(each.keys[1] for each in lines))}
    cells = [(rows[each.keys[0]], columns[each.keys[1]]) for each in lines]
    gone = suppress.hidden_grid(dict(zip(cells, counts, strict=True)), len(rows), len(columns), {cells[place] for place in also})
    return {place for place, cell in enumerate(cells) if cell in gone}, (len(rows), len(columns)) in gone
