"""The demo city's tables: the city's own, with departments that merge in the middle of the time, as a city would write it down:
the unit ends and names its successor, its duties end, and the successor has them from the next day on."""

import csv
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from service.demo_plan import MERGER, Happening, Span
from service.demo_texts import EXAMPLES, HAPPENINGS
from triage.tables import read_rows

_LEFT_OUT = (EXAMPLES, HAPPENINGS, "cases.csv")
_Cells = dict[str, str]


def day_of_change(span: Span) -> date:
    """The first of a month nearest to the middle of the span; the middle itself where that lies outside of it."""
    middle = span.since + timedelta(days=span.days // 2)
    first = (middle + timedelta(days=15)).replace(day=1)
    return first if span.since < first < span.until else middle


def write(source: Path, target: Path, happenings: Sequence[Happening], span: Span) -> Path:
    """Copies the tables of a city, changed by its mergers. The folder."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    mergers = {each.unit: each.words for each in happenings if each.kind == MERGER}
    change = day_of_change(span)
    last = (change - timedelta(days=1)).isoformat()
    ended = {unit: {"valid_to": last, "successor": heir} for unit, heir in mergers.items()}
    _edit(target / "units.csv", lambda rows: [{**row, **ended.get(row["code"], {})} for row in rows])
    _edit(target / "responsibility.csv", lambda rows: list(_duties(rows, mergers, last, change.isoformat())))
    return target


def _duties(rows: Sequence[_Cells], mergers: Mapping[str, str], last: str, first: str) -> Iterator[_Cells]:
    """The old unit's rows end; the successor gets one where it has none for that item and area yet, or leads what it helped with."""
    moved = {(row["item"], row["area"], mergers[row["unit"]]): row for row in rows if row["unit"] in mergers}
    standing = {(row["item"], row["area"], row["unit"]) for row in rows}
    for row in rows:
        had = moved.get((row["item"], row["area"], row["unit"]))
        if row["unit"] in mergers:
            yield {**row, "valid_to": last}
            if (row["item"], row["area"], mergers[row["unit"]]) not in standing:
                yield {**row, "unit": mergers[row["unit"]], "valid_from": first}
        elif had is not None and had["role"] == "lead":
            yield {**row, "valid_to": last}
            yield {**had, "unit": row["unit"], "valid_from": first}
        else:
            yield row


def _edit(path: Path, change: Callable[[Sequence[_Cells]], Sequence[_Cells]]) -> None:
    header, rows = read_rows(path)
    cells = change([row.cells for row in rows])
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(cells)
