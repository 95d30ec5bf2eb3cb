"""Spoils a copy of a profile, and tells what the check finds."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from triage.errors import Problem, ProfileError
from triage.profile_load import load

Rows = list[dict[str, str]]


def rewrite(folder: Path, file: str, change: Callable[[Rows], None]) -> None:
    path = folder / file
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    header = list(rows[0])
    change(rows)
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.DictWriter(target, header, restval="")
        writer.writeheader()
        writer.writerows(rows)


def set_cells(folder: Path, file: str, number: int, **cells: str) -> None:
    """Overwrites cells of the row that a spreadsheet calls ``number``."""
    rewrite(folder, file, lambda rows: rows[number - 2].update(cells))


def append(folder: Path, file: str, **cells: str) -> int:
    """Adds a row and returns its number."""
    numbers: list[int] = []

    def change(rows: Rows) -> None:
        rows.append(cells)
        numbers.append(len(rows) + 1)

    rewrite(folder, file, change)
    return numbers[0]


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(ProfileError) as caught:
        load(folder)
    for problem in caught.value.problems:
        assert problem.message
        assert problem.remedy
        assert str(problem) in str(caught.value)
    return list(caught.value.problems)


def places(folder: Path) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.row, problem.column) for problem in problems(folder)]


def said(folder: Path) -> list[str]:
    return [str(problem) for problem in problems(folder)]


def numbered(folder: Path, file: str, column: str) -> list[tuple[int, str]]:
    """The number of every row, as a spreadsheet counts, and its cell in a column."""
    with (folder / file).open(encoding="utf-8-sig", newline="") as source:
        return [(number, row[column]) for number, row in enumerate(csv.DictReader(source), start=2)]
