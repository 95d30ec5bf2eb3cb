"""Small cells: what leaves the office shows no count of 1 to 4 people, nor lets anybody compute one from what it does show.

A cell that is small is hidden; then so many others that no hidden one follows from sums. Kept simple on purpose: bounds that follow
from counts being whole and not negative are not looked at. Of other questions only those are held against a file that leave out some of
its own filters: whoever narrows a question down and takes the one answer from the other learns the rest.
"""

from collections.abc import Iterable, Mapping, Sequence

LEAST = 5
"""The smallest count that is shown, 0 apart."""
Cell = tuple[int, int]


def small(count: int) -> bool:
    """Whether a count must not be shown."""
    return 0 < count < LEAST


def hidden_line(counts: Sequence[int], total_shown: bool = True, also: Iterable[int] = ()) -> set[int]:
    """Which places of a list to hide, when their total is shown beside them.

    All small ones, and those of ``also``; where that leaves one, or together fewer than ``LEAST``, the next smallest, too.
    """
    hidden = {place for place, count in enumerate(counts) if small(count)} | set(also)
    if not (hidden and total_shown):
        return hidden
    rest = sorted((place for place in range(len(counts)) if place not in hidden), key=lambda place: (counts[place] == 0, counts[place], place))
    while rest and (len(hidden) < 2 or sum(counts[place] for place in hidden) < LEAST):
        hidden.add(rest.pop(0))
    return hidden


def hidden_grid(cells: Mapping[Cell, int], rows: int, columns: int, also: Iterable[Cell] = ()) -> set[Cell]:
    """Which cells to hide of a table shown with the sums of its rows and columns: small ones, those of ``also``, and what they follow from.

    ``cells`` holds counts by row and column. Missing ones have no line, which tells every reader that they are 0: they cover nothing. In the
    answer, row ``rows`` and column ``columns`` are the sums.
    """
    full = _with_sums(cells, rows, columns)
    hidden = {cell for cell, count in full.items() if small(count)} | set(also)
    candidates = [cell for cell in full if cell in cells or cell[0] == rows or cell[1] == columns]
    while alone := next((cell for cell in sorted(hidden) if _follows(cell, hidden)), None):
        reached = _reached(alone, hidden)
        shown = [cell for cell in candidates if cell not in hidden and (("r", cell[0]) in reached) != (("c", cell[1]) in reached)]
        if not shown:
            return set(full)
        hidden.add(min(shown, key=lambda cell: (full[cell] == 0, cell[0] == rows or cell[1] == columns, full[cell], cell)))
    return hidden


def _with_sums(cells: Mapping[Cell, int], rows: int, columns: int) -> dict[Cell, int]:
    full = {(row, column): cells.get((row, column), 0) for row in range(rows) for column in range(columns)}
    full |= {(row, columns): sum(full[row, column] for column in range(columns)) for row in range(rows)}
    return full | {(rows, column): sum(full[row, column] for row in range(rows)) for column in range(columns + 1)}


def _follows(cell: Cell, hidden: Iterable[Cell]) -> bool:
    """Whether a hidden cell can be computed from the shown ones.

    Rows and columns are points, hidden cells are lines between them: a cell on a ring of hidden cells may be more or less by any
    amount, with the others of the ring in turn less or more, and every sum as it was. One on no ring is fixed.
    """
    return ("c", cell[1]) not in _reached(cell, hidden)


def _reached(cell: Cell, hidden: Iterable[Cell]) -> set[tuple[str, int]]:
    """Rows and columns that hang together with the row of a cell by other hidden cells."""
    links: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for row, column in hidden:
        if (row, column) != cell:
            links.setdefault(("r", row), []).append(("c", column))
            links.setdefault(("c", column), []).append(("r", row))
    found = {("r", cell[0])}
    todo = list(found)
    while todo:
        new = [each for each in links.get(todo.pop(), ()) if each not in found]
        found.update(new)
        todo += new
    return found
