"""Who took over: codes of units, towns or items carried from one day to another through their successors."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, Protocol


class Period(NamedTuple):
    """From one day to another, both included."""

    start: date
    end: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end


class _Dated(Protocol):
    @property
    def period(self) -> Period: ...
    @property
    def successors(self) -> tuple[str, ...]: ...


def heirs(table: Mapping[str, _Dated], code: str, day: date) -> tuple[str, ...]:
    """Who stands on ``day`` for ``code``: itself where it exists then, else its living successors, theirs where they ended
    too; before its beginning, whoever it succeeded. Several after a split; empty when nobody did, or in a circle."""
    return tuple(_heirs(table, code, day, {code}))


def _heirs(table: Mapping[str, _Dated], code: str, day: date, seen: set[str]) -> Iterator[str]:
    each = table.get(code)
    if each is None:
        return
    if day in each.period:
        yield code
        return
    later = day > each.period.end
    onward = each.successors if later else tuple(old for old, other in table.items() if code in other.successors)
    for one in onward:
        if one not in seen and not _gap(table.get(one), day, later):
            seen.add(one)
            yield from _heirs(table, one, day, seen)


def _gap(each: _Dated | None, day: date, later: bool) -> bool:
    """Whether the successor begins after the day, or its forerunner ended before it: nobody stands for the code then."""
    return each is not None and (day < each.period.start if later else day > each.period.end)


def relatives(table: Mapping[str, _Dated], codes: Iterable[str]) -> set[str]:
    """The codes with all that they became and all that they came from."""
    onward = {code: each.successors for code, each in table.items()}
    back: dict[str, list[str]] = defaultdict(list)
    for code, successors in onward.items():
        for successor in successors:
            back[successor].append(code)
    return _reach(onward, codes) | _reach(back, codes)


def _reach(links: Mapping[str, Sequence[str]], codes: Iterable[str]) -> set[str]:
    found = set(codes)
    todo = list(found)
    while todo:
        new = [each for each in links.get(todo.pop(), ()) if each not in found]
        found.update(new)
        todo += new
    return found
