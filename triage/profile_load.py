"""Reads a profile from its folder: profile.toml and the tables named in ``profile_columns.py``, checked before anybody uses it."""

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from triage.cell_check import wrong_words
from triage.deadlines import Limit, SpecialDay
from triage.errors import Problem, ProfileError, UsageError
from triage.normalize import normalize
from triage.profile import Duty, Item, Overlap, Place, Profile, RefusalReason, Rule, Tag, Town, Unit, Word
from triage.profile_check import check
from triage.profile_columns import OPTIONAL, TABLES
from triage.succession import Period
from triage.tables import Row, read_table, split

Stamp = tuple[tuple[str, int, int], ...]
_DATE = re.compile("([1-9][0-9]{3})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")
_AMOUNT = re.compile("[1-9][0-9]{0,4}")
_SHOWN = 20


def load(path: Path) -> Profile:
    """Reads and checks a profile. Raises UsageError when there is none, ProfileError with every problem when it is bad."""
    if not (path / "profile.toml").is_file():
        raise UsageError(f"{path}: no profile here (profile.toml is missing). Name a folder like data/kaiping.", "no_such_profile")
    problems: list[Problem] = []
    profile = _read(path, problems)
    problems += check(profile, {problem.file for problem in problems if not problem.row})
    if problems:
        raise ProfileError(str(path), problems)
    return profile


def _read(path: Path, problems: list[Problem]) -> Profile:
    head = _head(path, problems)
    present = {name: [column.name for column in columns] for name, columns in TABLES.items() if name not in OPTIONAL or (path / name).exists()}
    tables = {name: read_table(path / name, columns, problems) for name, columns in present.items()}
    problems += (problem for name, rows in tables.items() for problem in wrong_words(name, rows))

    def period(file: str, row: Row) -> Period:
        return Period(_day(file, row, "valid_from", date.min, problems), _day(file, row, "valid_to", date.max, problems))

    def unique(file: str, column: str = "code") -> list[Row]:
        seen: dict[str, int] = {}
        for row in tables.get(file, ()):
            if not row[column]:
                problems.append(Problem(file, row.number, column, "is empty", "Give every row its own value"))
            elif row[column] in seen:
                first = seen[row[column]]
                problems.append(Problem(file, row.number, column, f"{row[column]!r} stands in row {first} already", "Keep one of them"))
            seen.setdefault(row[column], row.number)
        return tables.get(file, [])

    duties: dict[str, list[Duty]] = defaultdict(list)
    for row in tables["responsibility.csv"]:
        when = period("responsibility.csv", row)
        duties[row["item"]].append(
            Duty(
                row["item"],
                row["area"],
                row["unit"],
                row["role"],
                row["basis"],
                when,
                row["status"] == "confirmed",
                row.number,
                row["own"] == "yes",
                row["confirmed_by"],
            )
        )
    return Profile(
        code=str(head.get("code", "")),
        name=str(head.get("name", "")),
        version=str(head.get("version", "")),
        taxonomy=str(head.get("taxonomy", "")),
        timezone=str(head.get("timezone", "Asia/Shanghai")),
        town_unit=str(head.get("town_unit", "")),
        areas={str(key): str(name) for key, name in areas.items()} if isinstance(areas := head.get("areas"), dict) else {},
        units={row["code"]: _unit(row, period("units.csv", row)) for row in unique("units.csv")},
        towns={row["code"]: _town(row, period("towns.csv", row)) for row in unique("towns.csv")},
        items={row["code"]: _item(row, period("items.csv", row)) for row in unique("items.csv")},
        duties={item: tuple(rows) for item, rows in duties.items()},
        rules=tuple(_rule(row) for row in unique("rules.csv")),
        places=tuple(Place(row["name"], row["town"], row.number) for row in unique("places.csv", "name")),
        words={row["word"]: Word(row["word"], row["standard"], row.number) for row in unique("words.csv", "word")},
        fingerprint=_fingerprint(path),
        overlaps=tuple(_overlap(row, period("overlaps.csv", row)) for row in unique("overlaps.csv")),
        refusals={row["reason"]: RefusalReason(row["reason"], row["move"], row["handling"], row.number) for row in unique("refusals.csv", "reason")},
        limits=tuple(_limit(row, problems) for row in unique("deadlines.csv")),
        tags=tuple(_tag(row, period("tags.csv", row)) for row in unique("tags.csv")),
        special_days=tuple(day for row in tables.get("calendar.csv", ()) for day in _special_day(row, problems)),
    )


def _head(path: Path, problems: list[Problem]) -> dict[str, Any]:
    try:
        return tomllib.loads((path / "profile.toml").read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        problems.append(
            Problem("profile.toml", 0, "", f"is not UTF-8 (byte {error.start})", "Save it as UTF-8, e.g. in an editor: 另存为, 编码 UTF-8")
        )
        return {}
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem("profile.toml", 0, "", f"not valid TOML: {error}", "Repair the line it names"))
        return {}


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    for name in ("profile.toml", *TABLES):
        if (path / name).is_file():
            digest.update(name.encode() + b"\0" + (path / name).read_bytes())
    return digest.hexdigest()[:16]


def stamp(path: Path | None) -> Stamp:
    """Name, time of change and size of every table: another stamp means that somebody edited the profile."""
    files = [path / name for name in ("profile.toml", *TABLES)] if path is not None else []
    return tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.exists())


def _day(file: str, row: Row, column: str, empty: date, problems: list[Problem]) -> date:
    if not row[column]:
        return empty
    written = _DATE.fullmatch(row[column])
    with suppress(ValueError):
        if written:
            return date(*map(int, written.groups()))
    problems.append(Problem(file, row.number, column, f"{row[column]!r} is not a date", "Write it as 2026-07-01"))
    return empty


def _unit(row: Row, period: Period) -> Unit:
    return Unit(
        row["code"], row["name"], row["short"] or row["name"], split(row["aliases"]), row["level"], split(row["duties"]),
        split(row["keywords"]), row["accepts"], period, split(row["successor"]), row["status"] == "confirmed", row.number,
    )  # fmt: skip


def _town(row: Row, period: Period) -> Town:
    return Town(
        row["code"], row["name"], row["short"] or row["name"], row["area"], row["unit"], split(row["aliases"]), split(row["misspellings"]),
        split(row["homonyms"]), period, split(row["successor"]), row.number,
    )  # fmt: skip


def _item(row: Row, period: Period) -> Item:
    return Item(row["code"], row["parent"], row["name"], split(row["keywords"]), row["kind"], period, split(row["successor"]), row.number)


def _tag(row: Row, period: Period) -> Tag:
    return Tag(
        row["code"], row["tag"], row["dimension"], row["name"], row["definition"], row["value"], row["how"], _ways(row["patterns"]),
        split(_read_as(row["unless"])), split(row["items"]), split(row["types"]), split(row["towns"]), row["sensitivity"], split(row["visible_to"]),
        period, row.number,
    )  # fmt: skip


def _read_as(cell: str) -> str:
    """A pattern as requests are read: simplified and half-width."""
    return normalize([cell])[0]


def _ways(cell: str) -> tuple[tuple[str, ...], ...]:
    """Alternatives of parts. A part may be empty: that is for the check to tell."""
    return tuple(tuple(part.strip() for part in way.split("+")) for way in split(_read_as(cell)))


def _rule(row: Row) -> Rule:
    return Rule(
        row["code"], row["name"], split(row["types"]), split(row["items"]), _ways(row["patterns"]), split(_read_as(row["unless"])), row["urgency"],
        row["decision"], row["handling"], row["transfer"], row.number, row["homophones"] == "yes", row["lead"],
    )  # fmt: skip


def _limit(row: Row, problems: list[Problem]) -> Limit:
    whole = _AMOUNT.fullmatch(row["amount"])
    if not whole:
        shown = f"{row['amount'][:_SHOWN]!r}{' …' if len(row['amount']) > _SHOWN else ''}"
        problems.append(Problem("deadlines.csv", row.number, "amount", f"{shown} is not a whole number of 1 to 99999", "Write it in digits, e.g. 15"))
    amount = int(row["amount"]) if whole else 0
    return Limit(
        row["code"], row["kind"], row["type"], row["stage"], amount, row["unit"], row["basis"], row["status"] == "confirmed", row.number
    )  # fmt: skip


def _special_day(row: Row, problems: list[Problem]) -> Iterator[SpecialDay]:
    """The day of a row; none, and a problem, where it has no date."""
    if not row["date"]:
        problems.append(Problem("calendar.csv", row.number, "date", "is empty", "Write it as 2026-10-01"))
    day = _day("calendar.csv", row, "date", date.min, problems)
    if day != date.min:
        yield SpecialDay(day, row["kind"], row["name"], row.number)


def _overlap(row: Row, period: Period) -> Overlap:
    return Overlap(
        row["code"], row["issue"], row["question"], _ways(row["topic"]), row["answer"], split(row["items"]), _ways(row["clues"]),
        split(_read_as(row["unless"])),
        row["lead"], split(row["co"]), row["basis"], period, row["status"] == "confirmed", row.number,
    )  # fmt: skip
