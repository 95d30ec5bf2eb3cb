"""What the search for bursts and topics found in a period, as the reports print it."""

from collections.abc import Sequence

import duckdb

from service.reports.hot import Matter
from service.reports.paper import Period


def found_matters(connection: duckdb.DuckDBPyConnection, period: Period) -> tuple[Sequence[Matter], str]:
    """The matters, and in words how they were found; none where nothing searches."""
    del connection, period
    return (), ""
