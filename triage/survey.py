"""The first pass over a table, before any work: how many rows, a digest of what they hold, and which ids stand twice.

Memory does not grow with the rows: hashes of ids go to a file and are compared part by part. It grows with the number of repeated ids,
by 16 bytes for each.
"""

from array import array
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage.answers import Ask
from triage.tables import Row

_PART = 1 << 20
_BUFFER = 1 << 16
_Pairs = npt.NDArray[np.int64]


class Survey(NamedTuple):
    """Rows in all; a digest of their cells; for every row whose id an earlier one has: its number within the input, and the earlier row
    as a spreadsheet counts, (n, 2)."""

    rows: int
    digest: str
    repeated: _Pairs


class Digest:
    """Reads rows through, and knows at the end what they held."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows, self._hash = rows, blake2b(digest_size=16)

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self._hash.update(("\x1f".join(row.cells.values()) + "\x1e" + row.error).encode("utf-8", "replace"))
            yield row

    @property
    def told(self) -> str:
        """The digest of the rows so far."""
        return self._hash.hexdigest()


def survey(rows: Iterator[Row], ident: str, scratch: Path, progress: Callable[[int], object] = bool) -> Survey:
    """Reads all rows. ``ident``: column of the id, or "" when rows have none. ``scratch``: a file to use meanwhile."""
    through, number, pairs = Digest(rows), 0, array("q")
    with scratch.open("wb") as file:
        for number, row in enumerate(through, start=1):
            if name := row.cells.get(ident, ""):
                pairs.extend((hash(name), number, row.number))
                if len(pairs) >= _BUFFER:
                    pairs.tofile(file)
                    pairs = array("q")
                    progress(number)
        pairs.tofile(file)
    try:
        return Survey(number, through.told, _repeated(scratch))
    finally:
        scratch.unlink()


def asks(rows: Iterator[Row], ident: str, repeated: _Pairs) -> Iterator[Ask]:
    """Rows with their numbers, and a note where an earlier one has the same id."""
    at = 0
    for number, row in enumerate(rows, start=1):
        if at < len(repeated) and repeated[at, 0] == number:
            yield Ask(row, number, f"duplicate_id: {row.cells[ident]!r} stands in row {repeated[at, 1]} already")
            at += 1
        else:
            yield Ask(row, number)


def _repeated(file: Path) -> _Pairs:
    """Of the triples (hash, number, row) in a file: number and first row of each whose hash stands earlier."""
    size = file.stat().st_size // 24
    if not size:
        return np.empty((0, 2), np.int64)
    told = np.memmap(file, np.int64, "r", shape=(size, 3))
    parts = -(-size // _PART)
    found = [_within(told, part, parts) for part in range(parts)]
    pairs = np.concatenate(found)
    return pairs[np.argsort(pairs[:, 0], kind="stable")]


def _within(told: _Pairs, part: int, parts: int) -> _Pairs:
    """The same for the hashes of one part."""
    blocks = (np.array(told[start : start + _PART]) for start in range(0, len(told), _PART))
    mine = np.concatenate([block[block[:, 0] % parts == part] for block in blocks])
    mine = mine[np.argsort(mine[:, 0], kind="stable")]  # stable: within one hash in the order of the input
    again = np.flatnonzero(mine[1:, 0] == mine[:-1, 0]) + 1
    starts = np.flatnonzero(np.concatenate([[True], mine[1:, 0] != mine[:-1, 0]]))
    firsts = starts[np.searchsorted(starts, again, side="right") - 1]
    return np.stack([mine[again, 1], mine[firsts, 2]], axis=1)
