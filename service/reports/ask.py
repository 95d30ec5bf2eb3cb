"""Questions of a report to the statistics: the same period, the one before and the year before, asked once and kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import duckdb

from service.analysis.count import Line, Table, count
from service.analysis.periods import previous, year_before
from service.analysis.question import Filter, Question
from service.analysis.suppress import hidden_line
from service.reports.names import Names
from service.reports.paper import Period

NOW, BEFORE, YEAR = "now", "before", "year"
_Key = tuple[str, tuple[str, ...], str]


@dataclass
class Asking:
    """``as_of``: the moment in UTC by which deadlines have passed. Answers are kept: chapters ask alike."""

    connection: duckdb.DuckDBPyConnection
    period: Period
    names: Names
    as_of: datetime
    _kept: dict[_Key, Table] = field(default_factory=dict)

    def span(self, when: str = NOW) -> tuple[date, date]:
        """First and last day."""
        since, until = self.period.since, self.period.until
        return (since, until) if when == NOW else previous(since, until) if when == BEFORE else year_before(since, until)

    def table(self, by: tuple[str, ...] = (), rate: str = "count", when: str = NOW) -> Table:
        """Lines by some dimensions."""
        key = (rate, by, when)
        if key not in self._kept:
            self._kept[key] = count(self.connection, Question(Filter(*self.span(when)), by, rate), self.as_of)
        return self._kept[key]

    def total(self, rate: str = "count", when: str = NOW) -> Line:
        """All of the period."""
        return self.table((), rate, when).total

    def told(self, by: str, when: str = NOW) -> dict[str, int]:
        """The counts by one dimension that may stand on paper, beside the total of the period: all that is printed comes from here.

        Items stand beside the domains above them: none of a domain that is not told, nor one that gives away another of its domain.
        """
        if by != "item":
            return _open(self.table((by,), "count", when).lines)
        domains: dict[str, list[Line]] = {each: [] for each in self.told("item_1", when)}
        for line in self.table(("item_1", "item"), "count", when).lines:
            domains.get(line.keys[0], []).append(line)
        found = {key: n for lines in domains.values() for key, n in _open(lines).items()}
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    def earlier(self, by: str, when: str = BEFORE) -> dict[str, int | None] | None:
        """Counts by one dimension in an earlier period, None for one that must not be told; None where the snapshot does not hold all of it."""
        if not self.known(when):
            return None
        told = self.told(by, when)
        return {line.keys[0]: told.get(line.keys[0]) for line in self.table((by,), "count", when).lines}

    def known(self, when: str) -> bool:
        """Whether the snapshot reaches over the whole of a period. Before it begins nothing was counted, which is not zero."""
        first, last = self.connection.execute("SELECT min(day), max(day) FROM facts").fetchone() or (None, None)
        since, until = self.span(when)
        return first is not None and first <= since and last >= until

    def n(self, when: str) -> int | None:
        """How many in an earlier period; None where it is not known."""
        return self.total("count", when).n if self.known(when) else None

    def one(self, query: str) -> tuple[object, ...]:
        """One row of a query over ``facts`` with the two days of the period as parameters."""
        return self.connection.execute(query, list(self.span())).fetchone() or ()


def _open(lines: Sequence[Line]) -> dict[str, int]:
    """The counts of lines by their last key, without those that a reader who knows their total must not see."""
    hidden = hidden_line([line.n for line in lines])
    return {line.keys[-1]: line.n for place, line in enumerate(lines) if place not in hidden}
