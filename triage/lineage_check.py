"""What must hold of rows that end: they end after they begin, and whoever follows them is there."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from triage.errors import Problem
from triage.profile import Item, Profile, Town, Unit
from triage.succession import Period, heirs


def lineage(file: str, table: Mapping[str, Unit] | Mapping[str, Town] | Mapping[str, Item]) -> Iterator[Problem]:
    """What is wrong with the dates and successors of a table."""
    edges = {code: each.successors for code, each in table.items()}
    for code, each in table.items():
        yield from backwards(file, each.row, each.period)
        for successor in each.successors:
            if successor not in table:
                yield Problem(file, each.row, "successor", f"no {successor!r} in this table", "Use a code of this table")
        if each.successors and each.period.end == date.max:
            yield Problem(file, each.row, "successor", f"{code} has a successor but no end", "Fill in valid_to")
        if cyclic(code, edges):
            yield Problem(file, each.row, "successor", f"{code} succeeds itself", "Break the circle")


def cyclic(code: str, edges: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the edges lead from ``code`` back to it."""
    seen: set[str] = set()
    todo = list(edges.get(code, ()))
    while todo:
        current = todo.pop()
        if current == code:
            return True
        if current not in seen:
            seen.add(current)
            todo += edges.get(current, ())
    return False


def followed(profile: Profile, file: str, row: int, column: str, code: str, until: date) -> Iterator[Problem]:
    """A unit that ends before the row does must have one successor, so that the row still names somebody."""
    unit = profile.units.get(code)
    if unit is not None and unit.period.end < until and len(heirs(profile.units, code, unit.period.end + timedelta(days=1))) != 1:
        yield Problem(file, row, column, f"{code} ends on {unit.period.end} without one successor", "End this row too, or name another unit")


def backwards(file: str, row: int, period: Period) -> Iterator[Problem]:
    """A row that ends before it begins."""
    if period.start > period.end:
        yield Problem(file, row, "valid_to", "lies before valid_from", "Swap or correct the dates")


def within(inner: Period, outer: Period) -> bool:
    """Whether a period lies wholly in another."""
    return outer.start <= inner.start and inner.end <= outer.end


def together(one: Period, other: Period) -> bool:
    """Whether two periods share a day."""
    return one.start <= other.end and other.start <= one.end
