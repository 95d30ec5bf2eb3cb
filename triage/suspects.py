"""Where in texts personal data could stand, told by a few look-ups per character: it spares most texts the patterns.

Whatever a pattern requires must be required less strictly here; a test holds the two against each other.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from triage import personal
from triage.personal_numbers import GAP

U32 = npt.NDArray[np.uint32]
I64 = npt.NDArray[np.int64]

_LEAST_DIGITS = 6
_LINKS = 4
_FAREWELL_LINKS = 6
_GROUPS = len(personal.GROUPS)
_NUMBERS, _MAIL, _ACCOUNTS, _DOORS, _DASHED, _TITLED, _INTRODUCED, _ROLES, _CALLED, _SIGNED = range(_GROUPS)


class Window(NamedTuple):
    """Where in the text of index ``row`` the patterns of ``group`` are worth trying."""

    row: int
    group: int
    start: int
    end: int


def windows(texts: Sequence[str]) -> list[Window]:
    """All windows; those of one text and group are in order and do not touch."""
    if not texts:
        return []
    codes = np.frombuffer("\x00".join([*texts, ""]).encode("utf-32-le"), dtype=np.uint32)
    ends = np.cumsum([len(text) + 1 for text in texts])
    kinds = personal.character_kinds()[codes]
    found = _windows(codes, kinds, personal.pairs(), ends, np.array(personal.REACH, dtype=np.int64))
    return [Window(*each) for each in found.tolist()]


@njit(cache=True, nogil=True)
def _windows(codes: U32, kinds: U32, pairs: npt.NDArray[np.uint8], ends: I64, reach: I64) -> I64:
    """(n, 4) windows: row, group, start, end."""
    out = np.empty((64, 4), np.int64)
    used = 0
    starts, stops = np.full(_GROUPS, -1, np.int64), np.full(_GROUPS, -1, np.int64)
    first = np.int64(0)
    for row in range(len(ends)):
        last = ends[row] - 1
        count, gap, begin = 0, 0, 0
        for i in range(first, last):
            kind = kinds[i]
            suspected = 0
            if kind & personal.NUMBER:
                begin = i if count == 0 else begin
                count, gap = count + 1, 0
                suspected = (1 << _NUMBERS) if count >= _LEAST_DIGITS else 0
            elif count > 0:
                gap += 1
                if gap > GAP or kind & personal.JOINT == 0:
                    count = 0
            if kind & personal.BEGINS:
                suspected |= _suspected(codes, kinds, pairs, i, last)
            group = 0
            while suspected:
                if suspected & 1:
                    start, stop = max(0, (begin if group == _NUMBERS else i) - first - reach[group, 0]), i - first + reach[group, 1]
                    if starts[group] >= 0 and start <= stops[group]:
                        stops[group] = stop
                    else:
                        if starts[group] >= 0:
                            if used == len(out):
                                out = np.concatenate((out, np.empty((used, 4), np.int64)))
                            out[used, 0], out[used, 1], out[used, 2], out[used, 3] = row, group, starts[group], stops[group]
                            used += 1
                        starts[group], stops[group] = start, stop
                suspected >>= 1
                group += 1
        for group in range(_GROUPS):
            if starts[group] >= 0:
                if used == len(out):
                    out = np.concatenate((out, np.empty((used, 4), np.int64)))
                out[used, 0], out[used, 1], out[used, 2], out[used, 3] = row, group, starts[group], stops[group]
                used += 1
                starts[group] = -1
        first = ends[row]
    return out[:used]


@njit(cache=True, nogil=True, inline="always")
def _at(kinds: U32, place: int, last: int) -> np.uint32:
    return kinds[place] if place < last else np.uint32(0)


@njit(cache=True, nogil=True, inline="always")
def _marks(codes: U32, pairs: npt.NDArray[np.uint8], place: int, last: int) -> int:
    """What the two characters from ``place`` on begin or end; see ``personal.pair``."""
    if place + 1 >= last:
        return 0
    mixed = np.uint32(codes[place] * np.uint32(0x9E3779B1)) + np.uint32(codes[place + 1] * np.uint32(0x85EBCA77))
    return int(pairs[np.uint32(mixed) >> np.uint32(16)])


@njit(cache=True, nogil=True)
def _suspected(codes: U32, kinds: U32, pairs: npt.NDArray[np.uint8], i: int, last: int) -> int:
    """Bits of the groups of which something could begin, or have its mark, at place ``i`` of the text that ends before ``last``."""
    kind, after = kinds[i], _at(kinds, i + 1, last)
    found = 0
    if kind & personal.PAIRED:
        marks = _marks(codes, pairs, i, last)
        if marks & personal.ACCOUNT or (kind & personal.SPACED and after & personal.WIDE):
            found |= 1 << _ACCOUNTS
        if marks & personal.MAIL:
            found |= 1 << _MAIL
        if marks & personal.INTRODUCED:
            found |= 1 << _INTRODUCED
        if marks & personal.ROLE and (
            _linked(kinds, i + 2, last, personal.LINK, _LINKS) or _linked(kinds, i + 2, last, personal.WIDE, _FAREWELL_LINKS)
        ):
            found |= 1 << _ROLES
    if kind & personal.AT:
        found |= 1 << _MAIL
    if kind & personal.PROVINCE and _plate(kinds, i, last):
        found |= 1 << _ACCOUNTS
    if (kind & personal.COUNTER and after & personal.DOOR) or (kind & personal.BEFORE_ROOM and after & personal.DIGIT):
        found |= 1 << _DOORS
    if kind & personal.DIGIT and after & personal.DASH and _dashed(kinds, i, last):
        found |= 1 << _DASHED
    if (kind & personal.FAMILY_NAME and _titled(codes, kinds, pairs, i, last)) or (
        kind & personal.NICKNAMING and after & personal.CAREFUL and _says(_at(kinds, i + 2, last))
    ):
        found |= 1 << _TITLED
    if kind & personal.ALONE and (after & personal.FAMILY_NAME or (after & personal.LINK and _at(kinds, i + 2, last) & personal.FAMILY_NAME)):
        found |= 1 << _CALLED
    if kind & personal.STOP and last - i <= personal.TAIL + 1 and _signed(codes, kinds, i + 1, last):
        found |= 1 << _SIGNED
    return found


@njit(cache=True, nogil=True, inline="always")
def _says(kind: np.uint32) -> bool:
    return bool(kind & personal.HAN == 0 or kind & personal.SAYING != 0)


@njit(cache=True, nogil=True)
def _plate(kinds: U32, i: int, last: int) -> bool:
    """Whether a letter and a figure follow soon."""
    for step in range(1, 4):
        if _at(kinds, i + step, last) & personal.LETTER:
            figures = np.uint32(0)
            for more in range(step + 1, step + 11):
                figures |= _at(kinds, i + more, last) & personal.NUMBER
            return bool(figures)
    return False


@njit(cache=True, nogil=True)
def _dashed(kinds: U32, i: int, last: int) -> bool:
    """Whether a room of three figures follows the sign at ``i + 1``, perhaps after a word and another sign."""
    run = 0
    for step in range(2, 8):
        kind = _at(kinds, i + step, last)
        run = run + 1 if kind & personal.DIGIT else 0
        if run == 3:
            return True
        if kind & (personal.DIGIT | personal.DASH | personal.DOOR) == 0:
            return False
    return False


@njit(cache=True, nogil=True)
def _titled(codes: U32, kinds: U32, pairs: npt.NDArray[np.uint8], i: int, last: int) -> bool:
    """Whether a title follows the last character of a surname, up to two characters of a given name between."""
    for step in range(1, 4):
        kind = _at(kinds, i + step, last)
        if kind & personal.PAIRED and _marks(codes, pairs, i + step, last) & personal.TITLE:
            return True
        if kind & personal.WEAK_TITLE and _says(_at(kinds, i + step + 1, last)):
            return True
        if kind & personal.HAN == 0:
            return False
    return False


@njit(cache=True, nogil=True)
def _linked(kinds: U32, i: int, last: int, link: int, most: int) -> bool:
    """Whether a surname follows, after ``most`` links; without any between, one that is hardly ever a word or is clearly part of a name."""
    for step in range(most + 1):
        kind = _at(kinds, i + step, last)
        if kind & personal.CAREFUL or (
            kind & personal.FAMILY_NAME and (step > 0 or (kinds[i - 1] & personal.LINK) or _at(kinds, i + 1, last) & personal.NAMELY)
        ):
            return True
        if kind & link == 0:
            return False
    return False


@njit(cache=True, nogil=True)
def _signed(codes: U32, kinds: U32, i: int, last: int) -> bool:
    """Whether a surname follows after blanks, and two or three characters later no other."""
    while i < last and codes[i] == 0x20:
        i += 1
    if _at(kinds, i, last) & personal.CAREFUL == 0:
        return False
    return bool(_at(kinds, i + 2, last) & personal.HAN == 0 or _at(kinds, i + 3, last) & personal.HAN == 0)
