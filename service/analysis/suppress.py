"""Small cells: what leaves the office shows no count of 1 to 4 people, nor lets anybody compute one from what it does show.

A cell that is small is hidden; then so many others that no hidden small one follows from sums. Counts are whole and not negative, and
every reader knows that. Of other questions only those are held against a file that leave out some of its own filters: whoever narrows a
question down and takes the one answer from the other learns the rest.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import pairwise, product
from typing import NamedTuple

LEAST = 5
"""The smallest count that is shown, 0 apart."""
Cell = tuple[int, int]
_SUMS = -1
"""The column of the sums of rows, and the row of the sums of columns."""


class Ends(NamedTuple):
    """Of each row the columns that changes lead to ``out`` of it, and those that they lead ``into`` it from; or the same of each column."""

    out: dict[int, set[int]]
    into: dict[int, set[int]]


Links = tuple[Ends, Ends]
"""Of rows, and of columns."""


def small(count: int) -> bool:
    """Whether a count must not be shown."""
    return 0 < count < LEAST


def hidden_line(counts: Sequence[int], total_shown: bool = True, also: Iterable[int] = ()) -> set[int]:
    """Which places of a list to hide, when their total is shown beside them.

    All small ones, and those of ``also``; where that leaves one, or together fewer than ``LEAST``, or one person each, the next smallest, too.
    """
    hidden = {place for place, count in enumerate(counts) if small(count)} | set(also)
    if not (hidden and total_shown):
        return hidden
    rest = sorted((place for place in range(len(counts)) if place not in hidden), key=lambda place: (counts[place] == 0, counts[place], place))
    while rest and (len(hidden) < 2 or sum(counts[place] for place in hidden) < max(LEAST, len(hidden) + 1)):
        hidden.add(rest.pop(0))
    return hidden


def hidden_grid(cells: Mapping[Cell, int], rows: Set[int], columns: Set[int], also: Iterable[Cell] = (), empty: bool = True) -> set[Cell]:
    """Which cells of a table of two dimensions to hide from a reader who knows the sums of some ``rows`` and ``columns``, and of all.

    ``cells``: counts by row and column; what is hidden is not listed, so that it looks like a cell without a line: such a one may be more than
    0 for the reader, unless ``empty`` is False. Each small cell, each of ``also`` and each small sum that is not known may have another value:
    some other table of whole numbers has the same shown cells and known sums. Other hidden cells are cover only, and may follow. What is
    hidden of a known sum is nobody or at least ``LEAST`` people. Where no cover is left all cells are hidden; then what still follows, follows
    from the sums.
    """
    targets = sorted({cell for cell, count in cells.items() if small(count)} | set(also))
    hidden: set[Cell] = set()
    links = _links(cells, rows, columns, empty)
    for cell in targets:
        _hide(cell, cells, hidden, links)
    wanted = [(cell, (1, 0) if cells[cell] else (1,)) for cell in targets]  # one more of it, one less of it
    wanted += [(line, (0, 1) if count > 1 else (0,)) for line, count in _hidden_sums(cells, rows, columns).items() if small(count)]
    for cell, sides in wanted:
        if not any(_reaches(cell, side, links) for side in sides):
            ways = [way for side in sides if (way := _cheapest(cell, side, cells, hidden, links)) is not None]
            if not ways:
                return set(cells)
            for each in min(ways)[1]:
                _hide(each, cells, hidden, links)
    return _rests(cells, hidden, rows, columns)


def _links(cells: Mapping[Cell, int], rows: Set[int], columns: Set[int], empty: bool) -> Links:
    """What may change for the reader. One more in a cell leads from its row to its column, one less from its column to its row; and so
    for sums that are not known, of which the single file tells that they are more than 0. A table with the same known sums is a ring."""
    links = Ends({}, {}), Ends({}, {})
    for row, column in product(*({cell[side] for cell in cells} for side in (0, 1))) if empty else ():
        if (row, column) not in cells:
            _link(links, 0, row, column)
    for (row, column), count in _hidden_sums(cells, rows, columns).items():
        _link(links, 1, column, row)
        if count > 1:
            _link(links, 0, row, column)
    return links


def _hidden_sums(cells: Mapping[Cell, int], rows: Set[int], columns: Set[int]) -> dict[Cell, int]:
    """The sums that the reader does not know, each at its place beside or below the table."""
    found: dict[Cell, int] = {}
    for (row, column), count in sorted(cells.items()):
        for line, known in (((row, _SUMS), row in rows), ((_SUMS, column), column in columns)):
            if not known:
                found[line] = found.get(line, 0) + count
    return found


def _link(links: Links, side: int, start: int, end: int) -> None:
    """From a row (0) or column (1)."""
    links[side].out.setdefault(start, set()).add(end)
    links[1 - side].into.setdefault(end, set()).add(start)


def _hide(cell: Cell, cells: Mapping[Cell, int], hidden: set[Cell], links: Links) -> None:
    hidden.add(cell)
    _link(links, 0, *cell)
    if cells[cell]:
        _link(links, 1, cell[1], cell[0])


def _reaches(cell: Cell, side: int, links: Links) -> bool:
    """Whether changes lead from the row (0) or column (1) of a cell to its other end without the cell itself."""
    start, end = cell[side], cell[1 - side]
    last = {place for place in links[1 - side].into.get(end, ()) if place != start}
    found: tuple[set[int], set[int]] = (set(), set())
    found[side].add(start)
    todo = [(side, start)]
    while todo and found[side].isdisjoint(last):
        at, place = todo.pop()
        new = links[at].out.get(place, set()) - found[1 - at]
        if (at, place) == (side, start):
            new.discard(end)
        found[1 - at].update(new)
        todo += [(1 - at, each) for each in new]
    return not found[side].isdisjoint(last)


def _cheapest(cell: Cell, side: int, cells: Mapping[Cell, int], hidden: Set[Cell], links: Links) -> tuple[int, list[Cell]] | None:
    """The same way with the fewest people in shown cells that must be hidden for it: how many, and which; None where there is none."""
    prices: tuple[dict[int, dict[int, int]], dict[int, dict[int, int]]] = ({}, {})
    for each, count in cells.items():
        if each not in hidden:
            prices[0].setdefault(each[0], {})[each[1]] = count + 1
            prices[1].setdefault(each[1], {}).update({each[0]: count + 1} if count else {})
    todo: list[tuple[int, list[tuple[int, int]]]] = [(0, [(side, cell[side])])]
    done: set[tuple[int, int]] = set()
    while todo:
        cost, way = heapq.heappop(todo)
        at, place = way[-1]
        if way[-1] == (1 - side, cell[1 - side]):
            steps = [(one[1], other[1]) if one[0] == 0 else (other[1], one[1]) for one, other in pairwise(way)]
            return cost, [each for each in steps if each in cells and each not in hidden]
        if way[-1] in done:
            continue
        done.add(way[-1])
        near = prices[at].get(place, {}) | dict.fromkeys(links[at].out.get(place, ()), 0)
        for other, price in near.items():
            if (1 - at, other) not in done and (len(way) > 1 or other != cell[1 - side]):
                heapq.heappush(todo, (cost + price, [*way, (1 - at, other)]))
    return None


def _rests(cells: Mapping[Cell, int], hidden: Set[Cell], rows: Set[int], columns: Set[int]) -> set[Cell]:
    """All that is hidden, with more, so that in no known sum, nor in all, a few people are what is hidden."""
    found, groups = set(hidden), {(side, place): list[Cell]() for side, known in ((0, rows), (1, columns)) for place in known}
    for each in cells:
        for side in (0, 1):
            if (side, each[side]) in groups:
                groups[side, each[side]].append(each)
    for group in (*groups.values(), list(cells)):
        shown = [each for each in group if each not in found]
        if shown and small(sum(cells[each] for each in group if each in found)):
            found.add(min(shown, key=lambda each: (cells[each] == 0, cells[each], each)))
    return found
