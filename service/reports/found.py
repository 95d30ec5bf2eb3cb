"""Bursts of a period, as the reports print them."""

from collections.abc import Sequence

import duckdb

from service.analysis.bursts import ALARM, LEAST, WEEKS, Burst, between
from service.reports.hot import Matter
from service.reports.names import Names
from service.reports.paper import Period

BURST = "突增"
HOW = (
    f"镇街×事项的当日件数，与此前{WEEKS}周推算的泊松期望相比，至少{LEAST}件；按泊松分布，全市平均每{1 / ALARM:.0f}日至多误报一次，"
    "实际波动更大时会多于此"
)


def found_matters(connection: duckdb.DuckDBPyConnection, period: Period, names: Names) -> tuple[Sequence[Matter], str]:
    """The bursts, days of one town and item together, the largest first; and in words how they were found."""
    together: dict[tuple[str, str], list[Burst]] = {}
    for each in between(connection, period.since, period.until):
        together.setdefault((each.town, each.item), []).append(each)
    found = [_matter(days, names) for days in together.values()]
    return sorted(found, key=lambda each: (-each.n, each.name)), HOW


def _matter(days: Sequence[Burst], names: Names) -> Matter:
    """People of different days may be the same, so their number is not told for several days."""
    first = days[0]
    people = first.people if len(days) == 1 else 0
    name = f"{names.town(first.town)}{names.item(first.item)}"
    ends = min(each.day for each in days), max(each.day for each in days)
    return Matter(BURST, name, sum(each.n for each in days), people, *ends, (first.town,))
