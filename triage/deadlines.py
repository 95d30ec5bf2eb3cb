"""By when a request must be answered: the limits of ``deadlines.csv`` counted on the city's ``calendar.csv``.

Rows of kind public hold for every request, rows of kind company for company requests in addition. The provincial limit
binds whoever calls: 《广东省12345政务服务便民热线管理办法》 covers natural and legal persons alike (art. 2). A city's quicker
promise to companies comes on top and does not lift it: 7 days for closing leave the 2 working days for an enquiry as
they are. So a company request has both, and the earlier one comes first in practice.

Not handled: extensions 延期, statutory periods of a matter (consumer complaints, petitions …), office hours within a day.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from triage.errors import CalendarError, Problem, UsageError
from triage.records import Deadline

KINDS = ("public", "company")
TYPES = ("咨询", "求助", "投诉", "举报", "建议", "表扬", "其他")
WORKING_DAY = "working_day"
_WORDS = {"minute": "分钟", "hour": "小时", "day": "天", WORKING_DAY: "个工作日"}
_LENGTHS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
UNITS = tuple(_WORDS)
_LAST_SECOND = time(23, 59, 59)
_SATURDAY = 5
_UNKNOWN = "受理时间未知, 无法计算截止时间"
_UNREADABLE = "受理时间无法识别, 应写作 2026-07-01 或 2026-07-01 09:30"
# Spreadsheets write 2026/7/1 8:05; digits after a point are fractions of a second.
_SINGLE = re.compile(r"(?<![\d.])\d(?!\d)")
_CHINESE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]? ?(?:(\d{1,2})[时点:](?:(\d{1,2})分?)?(?::?(\d{1,2})秒?)?)?")
# Days since the end of 1899, as spreadsheets count; from 2000 to 2099.
_DOTTED = re.compile(r"^(\d{4})\.(\d{1,2})\.(\d{1,2})(?=\D|$)")
_SERIAL = re.compile(r"(?:3[6-9]|[4-6]\d|7[0-2])\d{3}(?:\.\d+)?")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - the city's own clock


class Limit(NamedTuple):
    """A row of ``deadlines.csv``. ``kind`` public or company; ``type`` a request type, or empty for all; ``amount`` > 0 of
    ``unit``, one of ``UNITS``."""

    code: str
    kind: str
    type: str
    stage: str
    amount: int
    unit: str
    basis: str
    confirmed: bool
    row: int


class SpecialDay(NamedTuple):
    """A row of ``calendar.csv``: a day that is not what its weekday says. ``kind``: holiday, a weekday that is off, or
    workday, a weekend day that is worked 调休上班."""

    day: date
    kind: str
    name: str
    row: int


class Clock:
    """Counts time in a city. A year is covered when at least one special day lies in it: every year has one."""

    def __init__(self, days: Iterable[SpecialDay], timezone: str) -> None:
        """``timezone`` is a name of the tz database. Raises UsageError when this machine does not know it."""
        self._kinds = {each.day: each.kind for each in days}
        self._years = {day.year for day in self._kinds}
        try:
            self._zone = ZoneInfo(timezone)
        except (LookupError, ValueError, OSError) as error:
            remedy = "Write timezone in profile.toml like Asia/Shanghai; if it is, install the package tzdata."
            raise UsageError(f"no time zone {timezone!r} on this machine. {remedy}", "no_such_timezone") from error

    def works(self, day: date) -> bool:
        """Whether offices work on ``day``. Raises CalendarError for a year that is not covered."""
        if day.year not in self._years:
            raise CalendarError(f"{day.year} 年没有工作日历: 在 calendar.csv 补上当年放假与调休安排")
        kind = self._kinds.get(day)
        return day.weekday() < _SATURDAY if kind is None else kind == "workday"

    def due(self, start: datetime, amount: int, unit: str) -> datetime:
        """``amount`` of ``unit`` after ``start``, in the city's zone; a naive ``start`` is the city's time.

        Minutes, hours and days run by the wall clock, day and night. Of working days the day of receipt does not count
        (民法典 art. 201) and the last one ends at 23:59:59 (art. 203). Raises CalendarError for a year that is not covered.
        """
        try:
            here = start.astimezone(self._zone) if start.tzinfo else start.replace(tzinfo=self._zone)
            if unit == WORKING_DAY:
                return datetime.combine(self._last(here.date(), amount), _LAST_SECOND, self._zone)
            return here + amount * _LENGTHS[unit]
        except OverflowError as error:
            raise CalendarError(f"{start.year} 年起 {amount}{_WORDS[unit]}超出可计算的范围: 改正受理时间或 deadlines.csv 的时限") from error

    @lru_cache(maxsize=4096)  # noqa: B019 - a clock lives as long as its process
    def _last(self, day: date, amount: int) -> date:
        while amount:
            day += timedelta(days=1)
            amount -= self.works(day)
        return day


class Deadlines:
    """The limits of a city, ready to be asked for each request."""

    def __init__(self, limits: Iterable[Limit], clock: Clock) -> None:
        self._limits = tuple(limits)
        self._clock = clock

    def of(self, kind: str, type: str, received_at: str) -> tuple[Deadline, ...]:
        """The deadlines of a request, in the table's order; ``kind`` is that of its likeliest item, empty when unknown.

        Never raises for ``received_at`` or for a year without calendar: ``due`` is empty then and ``note`` says why.
        """
        start = read_time(received_at) if received_at else None
        if start is None:
            return self._undated(kind, type, _UNREADABLE if received_at.strip() else _UNKNOWN)
        return self._dated(kind, type, start)

    # Rows of a table often came in at the same moment: on the same day, or all on the one that a batch counts from.
    @lru_cache(maxsize=4096)  # noqa: B019 - as long as its process
    def _dated(self, kind: str, type: str, start: datetime) -> tuple[Deadline, ...]:
        return tuple(self._deadline(limit, start) for limit in self._holding(kind, type))

    @lru_cache(maxsize=256)  # noqa: B019
    def _holding(self, kind: str, type: str) -> tuple[Limit, ...]:
        return tuple(limit for limit in self._limits if limit.kind in ("public", kind) and limit.type in ("", type))

    @lru_cache(maxsize=256)  # noqa: B019
    def _undated(self, kind: str, type: str, note: str) -> tuple[Deadline, ...]:
        return tuple(_stated(limit, "", note) for limit in self._holding(kind, type))

    def _deadline(self, limit: Limit, start: datetime) -> Deadline:
        try:
            due = self._clock.due(start, limit.amount, limit.unit)
        except CalendarError as error:
            return _stated(limit, "", str(error))
        return _stated(limit, due.isoformat(timespec="seconds"), "")


def _stated(limit: Limit, due: str, note: str) -> Deadline:
    basis = limit.basis if limit.confirmed else f"{limit.basis}, 待市确认"
    return Deadline(limit.code, limit.stage, f"{limit.amount}{_WORDS[limit.unit]}", due, basis, note)


@lru_cache(maxsize=4096)
def read_time(received_at: str) -> datetime | None:
    """An ISO 8601 date or time, with - or / or . or 年月日, also with single digits as spreadsheets write, or the number of days that a
    spreadsheet counts (46000.5); None when it is none of these: 05/03/2026 may be March or May.

    A date alone means its first moment; naive unless an offset is given.
    """
    text = _DOTTED.sub(r"\1-\2-\3", received_at.strip().replace("/", "-"))
    if _SERIAL.fullmatch(text):
        return _EPOCH + timedelta(seconds=round(float(text) * 86400))
    if chinese := _CHINESE.fullmatch(text):
        year, month, day, *clock = chinese.groups()
        text = f"{year}-{month}-{day}" + (f" {clock[0]}:{clock[1] or '00'}:{clock[2] or '00'}" if clock[0] else "")
    for form in (text, _SINGLE.sub(r"0\g<0>", text)):
        try:
            return datetime.fromisoformat(form)
        except ValueError:
            continue
    return None


def check_limits(limits: Iterable[Limit]) -> Iterator[Problem]:
    """Rows of ``deadlines.csv`` without a stage, or with the same kind, type and stage as another."""
    file = "deadlines.csv"
    first: dict[tuple[str, str, str], int] = {}
    for limit in limits:
        if not limit.stage:
            yield Problem(file, limit.row, "stage", "is empty", "Name what must be done by then: 答复, 联系企业, 提出方案 or 办结")
        same = first.setdefault((limit.kind, limit.type, limit.stage), limit.row)
        if same != limit.row:
            yield Problem(file, limit.row, "stage", f"row {same} has a limit for this kind, type and stage already", "Keep one of them")


def check_calendar(days: Iterable[SpecialDay]) -> Iterator[Problem]:
    """Rows of ``calendar.csv`` whose day stands twice, or is what its weekday says."""
    file = "calendar.csv"
    rows = list(days)
    count = Counter(each.day for each in rows)
    first = {each.day: each.row for each in reversed(rows)}
    for each in rows:
        if count[each.day] > 1 and first[each.day] != each.row:
            yield Problem(file, each.row, "date", f"{each.day} stands in row {first[each.day]} already", "Keep one of them")
        elif each.kind == "holiday" and each.day.weekday() >= _SATURDAY:
            yield Problem(file, each.row, "kind", f"{each.day} is a weekend day and off anyway", "Delete the row or correct the date")
        elif each.kind == "workday" and each.day.weekday() < _SATURDAY:
            yield Problem(file, each.row, "kind", f"{each.day} is a weekday and worked anyway", "Delete the row or correct the date")
