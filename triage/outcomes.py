"""What became of dispatches, from a CSV file: which unit, and whether it accepted. And the guard's report on them, in words."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from triage.deadlines import read_time
from triage.decide import EVERYONE
from triage.drift import PATIENCE, State
from triage.promise import percent
from triage.tables import Row, read_rows

ACCEPTED = frozenset("1 true yes y accepted 是 采纳 接收 已接收 接受 受理 签收 已签收 办结 已办结".split())
RETURNED = frozenset("0 false no n overridden returned refused 否 改派 退单 退回 退件 拒收 转派".split())


class Columns(NamedTuple):
    """The columns of an outcome; ``time`` may be ""."""

    unit: str
    accepted: str
    time: str = ""


class Outcomes(NamedTuple):
    """(unit, whether it accepted), the oldest first; how many rows do not say it yet; what is wrong with others, as lines."""

    told: list[tuple[str, bool]]
    pending: int
    problems: list[str]


def read_outcomes(source: Path, columns: Columns) -> Outcomes:
    """The outcomes in a CSV file, in order of their time where a column is named, else as they stand. A row that cannot be read
    only becomes a problem. Raises UsageError for a file or column that cannot be used."""
    _, rows = read_rows(source, required=[column for column in columns if column])
    told: list[tuple[str, int, tuple[str, bool]]] = []
    problems: list[str] = []
    pending = 0
    for row in rows:
        said = row[columns.accepted].strip().lower()
        problem = _problem(row, columns)
        if problem:
            problems.append(f"{source.name}:{row.number} {problem}")
        elif not said:
            pending += 1
        else:
            told.append((_order(row[columns.time]), row.number, (row[columns.unit].strip(), said in ACCEPTED)))
    return Outcomes([outcome for _, _, outcome in sorted(told)], pending, problems)


def report(states: Mapping[str, State], limit: float, names: Mapping[str, str]) -> str:
    """One line per unit, the suspended ones first, then all together. ``names``: code → name, where it is known."""
    units = sorted((unit for unit in states if unit != EVERYONE), key=lambda unit: (not states[unit].stopped, -states[unit].seen, unit))
    lines = [_line(f"{names.get(unit.partition('@')[0], '')} [{unit}]".lstrip(), states[unit]) for unit in units]
    lines += [_line("全市合计", states[EVERYONE])] if EVERYONE in states else ["没有已知结果的派单。"]
    often = percent(1000 / PATIENCE)
    return "\n".join([f"承诺错误率不超过 {percent(limit)}。未超过时, 每 1000 件派单误停一个单位的可能不超过 {often}。", *lines])


def _line(name: str, state: State) -> str:
    every = f"{state.seen} 件, 退改 {state.wrong} 件 ({percent(round(state.wrong / state.seen, 3))})"
    if not state.stopped:
        return f"正常          {name}: {every}"
    rate = percent(round(state.recent_wrong / state.recent, 3))
    return f"暂停自动派单  {name}: {every}; 到第 {state.stopped} 件为止, 最近 {state.recent} 件退改 {state.recent_wrong} 件 ({rate}), 超过承诺"


def _problem(row: Row, columns: Columns) -> str:
    said = row[columns.accepted].strip()
    if row.error:
        return row.error
    if not row[columns.unit].strip():
        return f"[{columns.unit}]: no unit. Name the unit that the request went to."
    if said and said.lower() not in ACCEPTED | RETURNED:
        return f"[{columns.accepted}]: {said!r} is neither yes nor no. Use 是 or 否, or leave it empty where it is not known yet."
    if said and columns.time and read_time(row[columns.time]) is None:
        return f"[{columns.time}]: {row[columns.time].strip()!r} is not a time. Write it as 2026-07-01 09:30."
    return ""


def _order(time: str) -> str:
    """A key that sorts times; those without an offset are taken as the machine's own."""
    moment = read_time(time)
    return "" if moment is None else _local(moment).isoformat(timespec="microseconds")


def _local(moment: datetime) -> datetime:
    return moment.astimezone().replace(tzinfo=None) if moment.tzinfo else moment
