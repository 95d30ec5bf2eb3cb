"""Results of return visits 回访 in a file: which column says what, and each row as the report that ``POST /feedback`` takes.

Kept in parts, so that no decision waits for a whole file. The same file read the same way adds nothing the second time: a row is known by
the file's bytes, its place in it and the columns that were read. A file that was edited is another file.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from service import feedback, hiding, tabular
from service.audit import Who
from service.database import Database, now
from service.feedback import RESOLVED, SATISFIED, Told
from service.keys import Keys
from service.moments import in_utc, registered_at
from service.once import once
from service.tables import requests
from triage.errors import TriageError, UsageError
from triage.normalize import simplify
from triage.tables import Row, listed

USUAL: Mapping[str, tuple[str, ...]] = {
    "request": ("request", "系统编号", "本系统编号"),
    "id": ("id", "ref", "工单编号", "工单号", "编号", "受理编号", "诉求编号"),
    "contacted": ("contacted", "是否按时联系", "按时联系", "是否响应", "是否及时联系"),
    "contacted_at": ("contacted_at", "首次联系时间", "联系时间"),
    "closed_at": ("closed_at", "办结时间"),
    "resolved": ("resolved", "解决情况", "是否解决"),
    "satisfied": ("satisfied", "满意度", "满意情况", "评价", "是否满意"),
    "reopened": ("reopened", "是否重办", "重办"),
    "note": ("note", "回访备注", "备注"),
}
"""Field → usual names of its column. ``request``: our number; ``id``: the hotline's own."""

YES, NO = frozenset("1 1.0 true yes y 是 已联系 按时 有 重办".split()), frozenset("0 0.0 false no n 否 未联系 未按时 无 未重办".split())
_SAME: Mapping[str, Mapping[str, str]] = {
    "resolved": {"是": "解决", "已解决": "解决", "否": "未解决"}, "satisfied": {"是": "满意", "否": "不满意"},
}  # fmt: skip
_WORDS: Mapping[str, Sequence[str]] = {"resolved": RESOLVED, "satisfied": SATISFIED}
_FLAGS, _TIMES = ("contacted", "reopened"), ("contacted_at", "closed_at")
_SERIAL = re.compile(r"[0-9]{1,5}(\.[0-9]*)?")
_CHUNK, _SHOWN, _BIGGEST = 200, 40, 2**53 - 1
ADDED, SAME, BAD, OPEN = "added", "same", "bad", "open"


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read. ``columns``: field → column; ``unread``: the other ones; ``mark``: of its bytes and of how they are read."""

    name: str
    columns: Mapping[str, str]
    unread: tuple[str, ...]
    rows: tuple[Row, ...]
    mark: str


class Report(NamedTuple):
    """A row that says something: our number (None: look for ``ref``), and what it says."""

    row: int
    request: int | None
    ref: str
    told: Told


class Problem(NamedTuple):
    """Why a row was not kept, with the column where one is to blame."""

    row: int
    column: str
    message: str


def read(path: Path, named: Mapping[str, str]) -> Source:
    """A file with its columns found; ``named``: field → column where it has no usual name. Raises UsageError for what cannot be used."""
    header, rows = tabular.read(path)
    columns = _columns(path.name, header, named)
    digest = hashlib.sha256(path.read_bytes() + json.dumps(columns, sort_keys=True).encode()).hexdigest()
    return Source(path.name, columns, tuple(each for each in header if each and each not in columns.values()), tuple(rows), digest)


def keep(
    database: Database, keys: Keys, who: Who, source: Source, zone: tzinfo | None, tell: Callable[[str], None]
) -> dict[str, int]:  # fmt: skip
    """Keeps every row that can be, and tells every other one; how many of each result. ``open``: rows that say nothing yet."""
    counts = dict.fromkeys((ADDED, SAME, OPEN, BAD), 0)
    rows = iter(source.rows)
    while part := list(islice(rows, _CHUNK)):
        found = [_report(row, source.columns, zone, now()) for row in part]
        reports = [each for each in found if isinstance(each, Report) and each.told != Told()]
        results = [each for each in found if isinstance(each, Problem)] + _put(database, keys, who, source, reports, zone)
        for problem in sorted(each for each in results if isinstance(each, Problem)):
            tell(f"{source.name}:{problem.row}{f' [{problem.column}]' if problem.column else ''}: {problem.message}")
        for result in results:
            counts[BAD if isinstance(result, Problem) else result] += 1
        counts[OPEN] += len(part) - len(results)
    return counts


def _put(
    database: Database, keys: Keys, who: Who, source: Source, reports: Iterable[Report], zone: tzinfo | None
) -> list[str | Problem]:  # fmt: skip
    found: list[str | Problem] = []
    with database.write() as connection:
        for each in reports:
            try:
                request = each.request or feedback.find(connection, hiding.ref(keys, each.ref))
                if problem := _too_early(connection, request, each, source.columns, zone):
                    found.append(problem)
                    continue
                call = once(keys, who.name, f"feedback-file:{source.mark}:{each.row}", {"request": request, **asdict(each.told)})
                found.append(ADDED if feedback.add(connection, who, request, each.told, call) else SAME)
            except TriageError as error:
                column = source.columns.get("request" if each.request else "id", "")
                found.append(Problem(each.row, column, str(error)))
    return found


def _too_early(
    connection: sa.Connection, request: int, report: Report, columns: Mapping[str, str], zone: tzinfo | None
) -> Problem | None:  # fmt: skip
    """What is wrong with a request's having been closed on a day before it was registered."""
    row = connection.execute(sa.select(requests.c.received_at, requests.c.made_at).where(requests.c.id == request)).one_or_none()
    if row is None or report.told.closed_at is None:
        return None
    place = zone or datetime.now().astimezone().tzinfo or UTC
    registered, _ = registered_at(row.received_at, row.made_at, place)
    closed, begun = (moment.replace(tzinfo=UTC).astimezone(place).date() for moment in (report.told.closed_at, registered))
    if closed >= begun:
        return None
    return Problem(report.row, columns["closed_at"], f"{closed} lies before the day when the request was registered, {begun}. Correct the day.")


def _columns(name: str, header: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    if unknown := [each for each in named if each not in USUAL]:
        raise UsageError(f"--column {unknown[0]}: no such field. Use {', '.join(USUAL)}.", "bad_option")
    if missing := [each for each in named.values() if each not in header]:
        raise UsageError(f"{name}:1: no column {missing[0]}; it has {listed(header)}.", "missing_column")
    plain = {simplify(each.lower()): each for each in reversed(header) if each not in named.values()}
    found = {field: named.get(field) or next((plain[each] for each in usual if each in plain), "") for field, usual in USUAL.items()}
    found = {field: column for field, column in found.items() if column}
    if not {"request", "id"} & set(found):
        raise UsageError(f"{name}:1: no column names the request; it has {listed(header)}. Name it: --column id=COLUMN.", "missing_column")
    if not set(found) - {"request", "id"}:
        raise UsageError(f"{name}:1: no column says a result; it has {listed(header)}. Name one: --column resolved=COLUMN.", "missing_column")
    return found


def _report(row: Row, columns: Mapping[str, str], zone: tzinfo | None, present: datetime) -> Report | Problem:
    if row.error:
        return Problem(row.number, "", row.error)
    cells = {field: row[column].strip() for field, column in columns.items()}
    number = cells.get("request", "")
    if number and not (number.isascii() and number.isdigit() and 0 < int(number) <= _BIGGEST):
        return Problem(row.number, columns["request"], f"{number[:_SHOWN]!r} is no number of a request. Write digits only, or name it by its id.")
    if not number and not cells.get("id"):
        return Problem(row.number, columns.get("id", columns.get("request", "")), "no request is named. Fill in its number.")
    told: dict[str, object] = {}
    wrong: list[tuple[str, str]] = []
    for field in (each for each in columns if each not in ("request", "id") and cells[each]):
        told[field], problem = _value(field, cells[field], zone, present)
        if problem:
            wrong.append((columns[field], problem))
    if wrong:
        return Problem(row.number, ", ".join(column for column, _ in wrong), " ".join(problem for _, problem in wrong))
    return Report(row.number, int(number) if number else None, cells.get("id", ""), Told(**told))  # type: ignore[arg-type]


def _value(field: str, cell: str, zone: tzinfo | None, present: datetime) -> tuple[object, str]:
    """What a cell says, and what is wrong with it."""
    if field == "note":
        return hiding.hide(cell), ""
    if field in _TIMES:
        return _time(cell, zone, present)
    if field in _FLAGS:
        known = cell.lower() in YES | NO
        return cell.lower() in YES, "" if known else f"{cell[:_SHOWN]!r} is neither yes nor no. Use 是 or 否, or leave it empty."
    word = _SAME[field].get(cell, cell)
    return word, "" if word in _WORDS[field] else f"{cell[:_SHOWN]!r} is none of {'、'.join(_WORDS[field])}. Use one of them, or leave it empty."


def _time(cell: str, zone: tzinfo | None, present: datetime) -> tuple[object, str]:
    if _SERIAL.fullmatch(cell):
        return None, f"{cell[:_SHOWN]!r} is a number, as Excel keeps a day. Format the cell as a date, or write 2026-11-26 09:30."
    found = in_utc(cell, zone)
    if found is None:
        return None, f"{cell[:_SHOWN]!r} is not a time. Write it as 2026-11-26 09:30."
    return found, f"{cell[:_SHOWN]} lies in the future. Correct the day." if found > present else ""
