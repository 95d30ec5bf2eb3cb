"""Times as people and programs tell them, as the store keeps them; and when a request was registered."""

import re
from datetime import UTC, datetime, time, tzinfo

from triage.deadlines import read_time

YEARS = range(1900, 2200)
"""Of days that are asked for or told: far from the ends of the calendar, where there is no year before."""
_CLOCK = re.compile(r"[:时点T]|\d\s+\d")


def is_day(told: str) -> bool:
    """Whether a time is a day alone, in whatever form ``read_time`` reads."""
    found = read_time(told)
    return found is not None and found.time() == time() and _CLOCK.search(told.strip()) is None


def in_utc(told: str, zone: tzinfo | None) -> datetime | None:
    """A time of the store (UTC, without offset); told without an offset it is the city's, of an hour that a change of clocks repeats the
    first. None for what is no time, or none that can be stored."""
    found = read_time(told)
    if found is None:
        return None
    try:
        there = found if found.tzinfo else found.replace(tzinfo=zone) if zone else found.astimezone()
        return there.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return None


def registered_at(received: str, made: datetime, zone: tzinfo) -> tuple[datetime, bool]:
    """When a request was registered, in UTC without offset, and whether the time of day is known.

    A day alone that is the day of entry gives the time of entry; another day its first moment, inexactly. Words that are no
    time, of no year of ``YEARS``, or lie after the entry, give the time of entry.
    """
    found = read_time(received) if received else None
    if found is None or found.year not in YEARS:
        return made, not received.strip()
    try:
        there = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return made, False
    if is_day(received):
        same = made.replace(tzinfo=UTC).astimezone(zone).date() == found.date()
        return (made, True) if same else (min(there, made), False)
    return (there, True) if there <= made else (made, False)
