"""Cells that hold one of several allowed words: held against ``profile_columns.py``, before anything is read into them."""

from collections.abc import Iterable, Iterator

from triage.deadlines import TYPES
from triage.errors import Problem
from triage.profile_columns import TABLES
from triage.tables import Row, split


def wrong_words(file: str, rows: Iterable[Row]) -> Iterator[Problem]:
    """Every cell of a table that holds another word than its column allows: ``Yes`` and ``TRUE`` are not ``yes``."""
    allowed = {column: TYPES if column.values == "types" else column.values for column in TABLES[file]}
    listed = {column: words for column, words in allowed.items() if not isinstance(words, str)}
    for row in rows:
        for column, words in listed.items():
            cell = row[column.name]
            for each in split(cell) if column.values == "types" else (cell,) if cell or column.needed else ():
                if each not in words:
                    wrong = f"no request type {each!r}" if words is TYPES else f"{each!r} is not allowed"
                    yield Problem(file, row.number, column.name, wrong, f"Use {', '.join(words)}{'' if column.needed else ' or nothing'}")
