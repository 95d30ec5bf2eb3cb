"""Recall and false alarms per month for bursts and topics that were planted in a demo city.

    triage demo-city city --until 2026-11-01
    TRIAGE_DATA=city TRIAGE_PROFILE=city/profile triage snapshot
    python benchmarks/findings.py city

First the product's own (``service.analysis.bursts``). Then, as a yardstick, the plainest that is worth anything: of each town and
item the requests of three days against the mean of the eight weeks before, by a Poisson tail, with a smallest count.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from scipy.stats import poisson

from benchmarks.planted import Alarm, Planted, Score, read_planted, score_alarms, score_groups
from service.analysis import repeats, topics
from service.analysis.bursts import between
from service.analysis.snapshot import connect

KINDS = ("burst", "group")
MATTERS = ("topic", "burst", "group")
MONTH = timedelta(days=30)
WINDOW, BEFORE = 3, 56
FLOOR = 0.05
"""What is expected in a window where nothing was seen before: a first request alone is no surprise."""


def alarms(folder: Path, since: date, until: date, least: int, alpha: float) -> Iterator[Alarm]:
    """Every day, town and item whose last three days are too many. The first eight weeks only teach."""
    connection = connect(folder / "snapshot")
    rows = connection.execute("SELECT town, item_now, day FROM facts WHERE town <> '' AND item_now <> ''").fetchall()
    connection.close()
    counts: dict[tuple[str, str], dict[int, int]] = {}
    for town, item, day in rows:
        own = counts.setdefault((town, item), {})
        own[(day - since).days] = own.get((day - since).days, 0) + 1
    for (town, item), own in counts.items():
        for day in range(BEFORE + WINDOW, (until - since).days):
            seen = sum(own.get(each, 0) for each in range(day - WINDOW + 1, day + 1))
            if seen < least:
                continue
            usual = sum(own.get(each, 0) for each in range(day - WINDOW - BEFORE + 1, day - WINDOW + 1)) / BEFORE * WINDOW
            if poisson.sf(seen - 1, max(usual, FLOOR)) < alpha:
                yield Alarm(since + timedelta(days=day), town, item)


def hot(folder: Path, planted: Sequence[Planted], since: date, until: date) -> Score:
    """Topics of one period of 30 days after the other; a happening over the end of one may be found in both."""
    connection = connect(folder / "snapshot")
    groups, first = [], since
    while since < until:
        groups += [set(each.requests) for each in topics.between(connection, since, min(since + MONTH, until) - timedelta(days=1))]
        since += MONTH
    connection.close()
    return score_groups(groups, planted, set(MATTERS), first, until)


def told(score: Score) -> str:
    days = sorted(score.found.values())
    soon = f", first alarm after {days[len(days) // 2]} days (median)" if days else ""
    return f"found {len(score.found)} of {len(score.found) + len(score.missed)}{soon}; {score.false / score.months:.2f} false alarms a month"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    told_to = parser.parse_args()
    planted, since, until = read_planted(told_to.folder / "planted.json")
    first = since + timedelta(days=BEFORE + WINDOW)
    seen = [each for each in planted if each.since >= first]
    connection = connect(told_to.folder / "snapshot")
    own = [Alarm(each.day, each.town, each.item) for each in between(connection, first, until - timedelta(days=1))]
    connection.close()
    found = score_alarms(own, seen, set(KINDS), first, until)
    print(f"product: {told(found)}; missed: {', '.join(found.missed) or 'none'}")
    for least, alpha in ((4, 1e-4), (5, 1e-5), (6, 1e-6), (8, 1e-6)):
        found = score_alarms(alarms(told_to.folder, since, until, least, alpha), seen, set(KINDS), first, until)
        print(f"at least {least}, tail {alpha:g}: {told(found)}; missed: {', '.join(found.missed) or 'none'}")
    connection = connect(told_to.folder / "snapshot")
    groups = [set(each.requests) for each in repeats.between(connection, since, until)]
    connection.close()
    again = score_groups(groups, planted, {"repeat"}, since, until)
    print(f"repeat callers: found {len(again.found)} of {len(again.found) + len(again.missed)}; {again.false / again.months:.1f} others a month")
    matters = hot(told_to.folder, planted, since, until)
    print(
        f"topics: found {len(matters.found)} of {len(matters.found) + len(matters.missed)}; {matters.false / matters.months:.2f} about nothing planted a month"
    )


if __name__ == "__main__":
    main()
