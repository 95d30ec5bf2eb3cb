"""The letters of texts without what stands between them, for words that must be found however they are spaced.

People write a word with blanks, dots, stars, line breaks or pictures inside (跳 楼, 自·杀), by habit, by a line that wraps, or
to get past a filter. Only letters and digits stay; commas and full stops go too, but leave their mark on what they part.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from triage.find import join
from triage.sounds import SPELT

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

_STOPS = "。!?;\n…\x00"
_CUTS = ",、:"
_DROP, _CUT, _STOP, _OTHER, _CHINESE, _LATIN = range(6)
_END_OF_LETTERS = 0x32400
_SYLLABLES = 500
# Letters of Hangul that show nothing.
_FILLERS = (0x115F, 0x1160, 0x3164, 0xFFA0)


class Skeleton(NamedTuple):
    """Texts joined, a 0 behind each: code points (n,), the number of the sentence and of the clause that each is in, both
    ascending over all texts, and the places where Latin letters touch Chinese ones."""

    codes: U32
    sentences: I32
    clauses: I32
    mixed: I64


def read(texts: Sequence[str]) -> Skeleton:
    """The skeleton of normalized texts."""
    return Skeleton(*_read(join(texts), _kinds()))


@cache
def _kinds() -> U8:
    kinds = np.zeros(0x110000, dtype=np.uint8)
    kinds[:_END_OF_LETTERS] = [_OTHER if chr(code).isalnum() else _DROP for code in range(_END_OF_LETTERS)]
    for start, end in ((0x3400, 0x4DC0), (0x4E00, 0xA000)):
        kinds[start:end] = _CHINESE
    for letter in "abcdefghijklmnopqrstuvwxyz":
        kinds[[ord(letter), ord(letter.upper())]] = _LATIN
    kinds[list(_FILLERS)] = _DROP
    kinds[SPELT : SPELT + _SYLLABLES] = _OTHER
    kinds[[ord(char) for char in _CUTS]] = _CUT
    kinds[[ord(char) for char in _STOPS]] = _STOP
    return kinds


@njit(cache=True, nogil=True)
def _read(received: U32, kinds: U8) -> tuple[U32, I32, I32, I64]:
    n = len(received)
    codes, sentences, clauses = np.empty(n, np.uint32), np.empty(n, np.int32), np.empty(n, np.int32)
    mixed = [np.int64(0) for _ in range(0)]
    used, sentence, clause = 0, 0, 0
    last = np.uint8(_DROP)
    for place in range(n):
        code = received[place]
        kind = kinds[code]
        if kind == _STOP:
            sentence += 1
        if kind in (_STOP, _CUT):
            clause += 1
        elif kind == _DROP:
            continue
        if code != 0 and kind < _OTHER:
            continue
        if (kind == _LATIN and last == _CHINESE) or (kind == _CHINESE and last == _LATIN):
            mixed.append(np.int64(used))
        last = kind
        codes[used], sentences[used], clauses[used] = code, sentence, clause
        used += 1
    return codes[:used], sentences[:used], clauses[:used], np.array(mixed, dtype=np.int64)
