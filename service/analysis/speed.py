"""How fast requests are sent out: from registration to the first dispatch, and to the dispatch to the unit that finally accepted.

The second figure is what keeps the first honest: a fast wrong dispatch is no success. By the wall clock, nights and weekends included.
The plan asks for 20 % less time than in a baseline period; the provincial target in minutes is set once the city's office names it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import duckdb

from service.analysis.count import where
from service.analysis.names import HOWS
from service.analysis.question import Filter

_ROUNDING = 1e-9


class Speed(NamedTuple):
    """Seconds; None where nothing could be timed. ``untimed``: sent, but registered by day only, or with clocks that disagree."""

    how: str
    sent: int
    untimed: int
    first_median: float | None
    first_p90: float | None
    final: int
    final_median: float | None
    final_p90: float | None
    refused: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """``gain``: by what share the median fell against the baseline, negative where it rose. ``met``: whether the required gain, and the target
    where there is one, are reached; None where it cannot be said."""

    gain: float | None
    met_gain: bool | None
    met_target: bool | None


_SPEED = """
SELECT {how}, count(*), count(*) FILTER (first_s IS NULL), quantile_cont(first_s, [0.5, 0.9]),
  count(*) FILTER (final_s IS NOT NULL), quantile_cont(final_s, [0.5, 0.9]), count(*) FILTER (refused > 0)
FROM facts WHERE first_at IS NOT NULL AND {condition} GROUP BY {group}
"""


def speeds(connection: duckdb.DuckDBPyConnection, filter: Filter) -> list[Speed]:
    """All requests that were sent, then split by how they were sent first; ways that do not occur have zeros."""
    condition, values = where(filter)
    query = _SPEED.format(how="how, grouping(how)", condition=condition, group="GROUPING SETS ((), (how))")
    rows = connection.execute(query, values).fetchall()
    known = {"" if whole else how: _speed("" if whole else how, rest) for how, whole, *rest in rows if whole or how}
    none = Speed("", 0, 0, None, None, 0, None, None, 0)
    return [known.get(how, none._replace(how=how)) for how in ("", *HOWS)]


def months(connection: duckdb.DuckDBPyConnection, filter: Filter) -> Sequence[Speed]:
    """The same month by month; ``how`` holds the month."""
    condition, values = where(filter)
    query = _SPEED.format(how="strftime(day, '%Y-%m') AS month", condition=condition, group="month ORDER BY month")
    return [_speed(month, rest) for month, *rest in connection.execute(query, values).fetchall()]


def _speed(how: str, row: Sequence[Any]) -> Speed:
    sent, untimed, first, final, last, refused = row
    (first_median, first_p90), (final_median, final_p90) = first or (None, None), last or (None, None)
    return Speed(how, sent, untimed, first_median, first_p90, final, final_median, final_p90, refused)


def verdict(median: float | None, baseline: float | None, required: float, target_minutes: float) -> Verdict:
    """What a director asks. ``target_minutes`` 0: no target was named."""
    gain = 1 - median / baseline if median is not None and baseline else None
    met_target = None if median is None or not target_minutes else median <= target_minutes * 60
    return Verdict(gain, None if gain is None else gain >= required - _ROUNDING, met_target)


def period(text: str) -> tuple[date, date] | None:
    """A period written as 2025-01-01/2025-12-31; None for anything else."""
    first, sign, last = text.partition("/")
    try:
        found = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
    except ValueError:
        return None
    return found if sign and found[0] <= found[1] else None
