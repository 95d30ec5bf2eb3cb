"""Which lines of an answer to hide from a reader outside of the office, so that no few people are counted or can be computed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from service.analysis import suppress
from service.analysis.count import IN_ORDER, Line, Table, count
from service.analysis.question import ITEMS, TIMES, Filter, Question
from service.analysis.rates import RATES

Parent = Mapping[tuple[str, ...], Line]
"""A wider answer by keys; its total under ()."""
_LEVELS = (ITEMS, TIMES[::-1], ("weekday", "day"))
"""Dimensions of which each divides the one before: everybody knows which pairs cannot be. The finer one's own file is no part of the promise."""


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

    Each of the counts that a line is made of is looked at for itself: a line that must go for one goes as a whole, and what more is hidden
    makes nothing that was hidden before easier to compute. ``parents``: answers to wider questions; a line goes, too, where few people
    stand in a parent's line and not in it. Hidden lines of one dimension stand last, for the order of lines is that of their counts; of two
    dimensions they are no lines at all, so that nobody knows them from a 0; nor are they where all are hidden: five lines and a total of 5
    in another file are one person each.
    """
    told, two = [each.line for each in lines], len(table.question.by) == 2
    found = (_gone_of_two if two and not table.several else _gone)(told, parents, table)
    gone = set().union(*found)
    whole = any(also or suppress.small(counts[0]) for counts, also in _parts([total.line], parents, table))
    if table.several:
        whole = whole or bool(gone) or _few_missing(told, total.line, table)
    elif whole and not gone:
        gone = {each.keys for each in told}  # their sum is the total
    elif not two:
        whole = whole or any(each and len(each) == len(lines) for each in found)
    marked = [Shown(each.keys, each.labels, each.line, hidden=each.keys in gone) for each in lines]
    last = [] if two or all(each.hidden for each in marked) else sorted((each for each in marked if each.hidden), key=lambda each: each.keys)
    if not last or table.question.by[:1] not in [(name,) for name in IN_ORDER]:
        marked = [each for each in marked if not each.hidden] + last
    return tuple(marked), Shown(total.keys, total.labels, total.line, hidden=whole)


def wider(connection: duckdb.DuckDBPyConnection, question: Question, as_of: datetime | None) -> list[Parent]:
    """The answers to the same question with one of its filters left out, with all of them, and with all of them and the period."""
    told = question.filter
    filters = [replace(told, values=tuple(each for each in told.values if each != one)) for one in told.values]
    filters += [replace(told, words=tuple(each for each in told.words if each != one)) for one in told.words]
    filters += [replace(told, values=(), words=()), Filter()]
    tables = [count(connection, replace(question, filter=each), as_of) for each in dict.fromkeys(filters) if each != told]
    return [{each.keys: each for each in (*table.lines, table.total)} for table in tables]


def _few_missing(lines: Sequence[Line], total: Line, table: Table) -> bool:
    """Whether a few people stand in the total and not in some line: where lines overlap, no other line tells of them."""
    return any(suppress.small(more - less) for each in lines for more, less in zip(_apart(total, table), _apart(each, table), strict=True))


def _apart(line: Line, table: Table) -> tuple[int, ...]:
    """The counts of people of which all that a line shows is made; over lines they add up. By reason, all of them have one denominator."""
    if not RATES[table.question.rate].numerator or _by_reason(table):
        return (line.numerator,)
    return line.numerator, line.denominator - line.numerator, line.outside, line.n - line.denominator - line.outside


def _by_reason(table: Table) -> bool:
    return RATES[table.question.rate].acts and "reason" in table.question.by


def _parts(lines: Sequence[Line], parents: Sequence[Parent], table: Table) -> list[tuple[list[int], set[int]]]:
    """For each of the counts that lines are made of: that of every line, and the places of lines to hide whatever it is."""
    counts = list(zip(*(_apart(each, table) for each in lines), strict=True))
    wide = [list(zip(*(_apart(parent.get(each.keys, each), table) for each in lines), strict=True)) for parent in parents]
    few = [{place for more in wide for place, n in enumerate(more[part]) if suppress.small(n - own[place])} for part, own in enumerate(counts)]
    if _by_reason(table):
        few = [{*found, *(place for place, each in enumerate(lines) if _few_others(each, parents))} for found in few]
    return [(list(own), found) for own, found in zip(counts, few, strict=True)]


def _few_others(line: Line, parents: Sequence[Parent]) -> bool:
    """Whether few people stand in a denominator and not in its numerator, or in that of a wider answer and not in this one."""
    more = [parent[line.keys] for parent in parents if line.keys in parent]
    others = [line.denominator - line.numerator, *(each.denominator - line.denominator for each in more)]
    return any(map(suppress.small, [*others, *(each.denominator - each.numerator - others[0] for each in more)]))


def _gone(lines: Sequence[Line], parents: Sequence[Parent], table: Table) -> list[set[tuple[str, ...]]]:
    """The keys of lines of a list to hide, for each count. Between equals the order of keys decides, so that it is the same in every file."""
    order = sorted(lines, key=lambda each: (each.n == 0, each.keys))
    found = [suppress.hidden_line(counts, not table.several, also) for counts, also in _parts(order, parents, table)]
    return [{order[place].keys for place in places} for places in found]


def _gone_of_two(lines: Sequence[Line], parents: Sequence[Parent], table: Table) -> list[set[tuple[str, ...]]]:
    """The same of a table of two dimensions, for a reader who has the files by each of the two alone, too."""
    by = table.question.by
    levels = next((each for each in _LEVELS if by[0] in each and by[1] in each), ())
    known: list[set[int]] = []
    places: list[dict[str, int]] = []
    for side in (0, 1):
        numbers = {key: number for number, key in enumerate(sorted({each.keys[side] for each in lines}))}
        places.append(numbers)
        finer = levels and levels.index(by[side]) > levels.index(by[1 - side])
        known.append({numbers[key] for key in _shown_sums(lines, parents, table, side)} if not finer else set())
    cells = {(places[0][each.keys[0]], places[1][each.keys[1]]): each.keys for each in lines}
    order = list(cells)
    found = []
    for counts, also in _parts(lines, parents, table):
        gone = suppress.hidden_grid(dict(zip(order, counts, strict=True)), known[0], known[1], {order[place] for place in also}, not levels)
        found.append({cells[cell] for cell in gone})
    return found


def _shown_sums(lines: Sequence[Line], parents: Sequence[Parent], table: Table, side: int) -> set[str]:
    """Which lines the file by one of two dimensions shows; by reason, where it follows another law, all that it may show."""
    sums = _summed(lines, side)
    if _by_reason(table):
        return {keys[0] for keys, each in sums.items() if not suppress.small(each.numerator)}
    gone = _gone(list(sums.values()), [_summed(each.values(), side) for each in parents], table)
    return {keys[0] for keys in sums.keys() - set().union(*gone)}


def _summed(lines: Iterable[Line], side: int) -> dict[tuple[str, ...], Line]:
    found: dict[tuple[str, ...], list[tuple[int, ...]]] = {}
    for line in lines:
        if line.keys:
            found.setdefault((line.keys[side],), []).append(line[1:])
    return {keys: Line(keys, *map(sum, zip(*each, strict=True))) for keys, each in found.items()}
