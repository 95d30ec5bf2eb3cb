"""The hot path: masked text to a sparse row of hashed n-grams, and that row to a short dense vector.

A text is folded to code points: digits become one digit, letters lower case, every run of punctuation or blanks one
boundary. Its 1- to 4-grams are hashed to 32 bits and looked up in the vocabulary that training kept; grams of the title
count a second time under their own hash. A row weighs each gram by ``(1 + ln tf) * weight`` and has length 1 (Salton
and Buckley 1988). The dense vector is the row times a matrix of 4-bit numbers, whose rows have a scale each.

Whole chunks go through at once. The kernels are compiled once per machine and let other threads run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from triage.prefetch import prefetch

U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]

MAX_GRAM = 4
_TITLE_END, _TEXT_END = 1, 2
# 256 KiB: in the cache beside everything else, and 90,000 keys fill a twentieth of it.
_SIEVE_BITS = 21
_ZERO = 8
# So many grams ahead their rows of the matrix are asked for: it is larger than the caches.
_AHEAD = 16
_LINE = 64
_SIZE_SEED = 0xD1342543DE82EF95
_TITLE_SEED = 0x9E3779B97F4A7C15


class Rows(NamedTuple):
    """Sparse rows as in scipy's CSR: row i has columns ``ids[indptr[i]:indptr[i+1]]`` with ``weights`` beside them."""

    indptr: I64
    ids: I32
    weights: F32


class Grams(NamedTuple):
    """Text i has the grams ``indptr[i]`` to ``indptr[i+1]``: the hashed ``keys``, and where each stands in the folded
    codes (``starts``, ``sizes``; a gram may span collapsed punctuation)."""

    indptr: I64
    keys: U32
    starts: I32
    sizes: I32


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Which grams count. ``keys`` (V,) uint32, all different, none 0, best the most frequent first, which keeps what is read
    together; ``weights`` (V,) float32, positive; ``max_chars`` is
    how much of a text is read. ``sieve`` has a bit for every key: most grams are turned away before ``slots`` is touched."""

    keys: U32
    weights: F32
    max_chars: int
    slots: U64
    sieve: U64

    @classmethod
    def of(cls, keys: U32, weights: F32, max_chars: int) -> "Vocabulary":
        """Builds the look-up table of a vocabulary."""
        size = 1 << max(10, int(len(keys) * 1.9).bit_length())
        return cls(keys, weights, max_chars, np.asarray(_slots(keys, size)), np.asarray(_sieve(keys)))

    def places(self, keys: U32) -> I32:
        """Where each of ``keys`` stands in the vocabulary; -1 for a gram that does not count."""
        return np.asarray(_places(keys, self.sieve, self.slots))


def rows(titles: Sequence[str], texts: Sequence[str], vocabulary: Vocabulary) -> Rows:
    """One sparse row per text; a text without a known gram has an empty row."""
    found = grams(titles, texts, vocabulary.max_chars)
    return Rows(*_rows(found.indptr, found.keys, vocabulary.sieve, vocabulary.slots, vocabulary.weights, _LOG))


def pack(values: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    """(V, d) numbers from -7 to 7, two to a byte: column j in the lower half of byte j, column j + ceil(d / 2) in the upper."""
    half = -(-values.shape[1] // 2)
    shifted = np.full((len(values), 2 * half), _ZERO, dtype=np.uint8)
    shifted[:, : values.shape[1]] = values + _ZERO
    return np.asarray(shifted[:, :half] | (shifted[:, half:] << 4))


def unpack(packed: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.int8]:
    """What ``pack`` was given, (V, ``width``)."""
    return np.asarray(np.hstack([packed & 15, packed >> 4])[:, :width].astype(np.int8) - np.int8(_ZERO))


def embed(sparse: Rows, packed: npt.NDArray[np.uint8], scales: F32, width: int) -> F32:
    """(n, ``width``) float32: each row times the packed matrix (V, ceil(width / 2)), whose row v counts ``scales[v]``."""
    return np.asarray(_embed(sparse.indptr, sparse.ids, sparse.weights, packed, scales)[:, :width])


def grams(titles: Sequence[str], texts: Sequence[str], max_chars: int) -> Grams:
    """Every gram of every text in order of place."""
    return Grams(*_grams(fold(titles, texts, max_chars), len(texts)))


def fold(titles: Sequence[str], texts: Sequence[str], max_chars: int) -> U32:
    """All texts as one array of folded code points: title, mark 1, text, mark 2, next title …"""
    joined = "".join([f"{title[:max_chars]}\x01{text[:max_chars]}\x02" for title, text in zip(titles, texts, strict=True)])
    return _fold_table()[np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)]


@cache
def _fold_table() -> U32:
    """Code point → 0 boundary, 1 and 2 marks, or the code point that stands for it (16 bits)."""
    table = np.zeros(0x110000, dtype=np.uint32)
    for code in range(0x21, 0x10000):
        char = chr(code)
        if char.isdigit():
            table[code] = ord("0")
        elif char.isalpha():
            low = char.lower()
            table[code] = ord(low) if len(low) == 1 and ord(low) < 0x10000 else code
    table[0x10000:] = 0xFFFF
    table[_TITLE_END], table[_TEXT_END] = _TITLE_END, _TEXT_END
    return table


_LOG = (1.0 + np.log(np.maximum(np.arange(1024), 1))).astype(np.float32)


@njit(cache=True, nogil=True, inline="always")
def _key(packed: np.uint64, seed: np.uint64) -> np.uint32:
    """splitmix64's finalizer (Steele, Lea and Flood 2014), upper half; never 0."""
    x = packed + seed
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    key = np.uint32((x ^ (x >> np.uint64(31))) >> np.uint64(32))
    return key if key != 0 else np.uint32(1)


@njit(cache=True, nogil=True)
def _slots(keys: U32, size: int) -> U64:
    """An open-addressing table: a key in the upper half of a slot, its index in the lower; 0 is free."""
    slots = np.zeros(size, np.uint64)
    mask = np.uint32(size - 1)
    for index in range(len(keys)):
        slot = keys[index] & mask
        while slots[slot] != 0:
            slot = (slot + np.uint32(1)) & mask
        slots[slot] = (np.uint64(keys[index]) << np.uint64(32)) | np.uint64(index)
    return slots


@njit(cache=True, nogil=True, inline="always")
def _bit(key: np.uint32) -> tuple[np.uint32, np.uint64]:
    """Word of the sieve and place in it; by other bits of the key than its slot."""
    place = (key >> np.uint32(32 - _SIEVE_BITS)) & np.uint32((1 << _SIEVE_BITS) - 1)
    return place >> np.uint32(6), np.uint64(place & np.uint32(63))


@njit(cache=True, nogil=True)
def _sieve(keys: U32) -> U64:
    sieve = np.zeros(1 << (_SIEVE_BITS - 6), np.uint64)
    for key in keys:
        word, bit = _bit(key)
        sieve[word] |= np.uint64(1) << bit
    return sieve


@njit(cache=True, nogil=True)
def _grams(codes: U32, n: int) -> tuple[I64, U32, I32, I32]:
    indptr = np.zeros(n + 1, np.int64)
    keys = np.empty(2 * MAX_GRAM * len(codes), np.uint32)
    starts = np.empty(len(keys), np.int32)
    sizes = np.empty(len(keys), np.int32)
    places = np.zeros(MAX_GRAM, np.int32)
    window = np.uint64(0)
    used, row, filled = 0, 0, 0
    in_title = True
    for position in range(len(codes)):
        code = codes[position]
        if code in (_TITLE_END, _TEXT_END):
            in_title = code == _TEXT_END
            if in_title:
                row += 1
                indptr[row] = used
            window = np.uint64(0)
            filled = 0
            continue
        if code == 0 and filled > 0 and (window & np.uint64(0xFFFF)) == 0:
            continue
        window = (window << np.uint64(16)) | np.uint64(code)
        filled = min(filled + 1, MAX_GRAM)
        for k in range(MAX_GRAM - 1):
            places[k] = places[k + 1]
        places[MAX_GRAM - 1] = position
        for size in range(1, filled + 1):
            if size == 1 and code == 0:
                continue
            packed = (window << np.uint64(64 - 16 * size)) >> np.uint64(64 - 16 * size)
            start = places[MAX_GRAM - size]
            seed = np.uint64(size) * np.uint64(_SIZE_SEED)
            for title in range(2 if in_title else 1):
                keys[used] = _key(packed, seed + np.uint64(title) * np.uint64(_TITLE_SEED))
                starts[used] = start
                sizes[used] = position + 1 - start
                used += 1
    return indptr, keys[:used].copy(), starts[:used].copy(), sizes[:used].copy()


@njit(cache=True, nogil=True, inline="always")
def _place(key: np.uint32, sieve: U64, slots: U64) -> np.int32:
    word, bit = _bit(key)
    if (sieve[word] >> bit) & np.uint64(1) == 0:
        return np.int32(-1)
    return _walk(key, slots[key & np.uint32(len(slots) - 1)], slots)


@njit(cache=True, nogil=True, inline="always")
def _walk(key: np.uint32, found: np.uint64, slots: U64) -> np.int32:
    """Index of the key, whose own slot holds ``found``; -1 for none."""
    mask = np.uint32(len(slots) - 1)
    slot = key & mask
    while found != 0 and np.uint32(found >> np.uint64(32)) != key:
        slot = (slot + np.uint32(1)) & mask
        found = slots[slot]
    return np.int32(found & np.uint64(0xFFFFFFFF)) if found != 0 else np.int32(-1)


@njit(cache=True, nogil=True)
def _places(keys: U32, sieve: U64, slots: U64) -> I32:
    places = np.empty(len(keys), np.int32)
    for k in range(len(keys)):
        places[k] = _place(keys[k], sieve, slots)
    return places


@njit(cache=True, nogil=True)
def _rows(indptr: I64, keys: U32, sieve: U64, slots: U64, weights: F32, log: F32) -> tuple[I64, I32, F32]:
    out = np.zeros(len(indptr), np.int64)
    ids = np.empty(len(keys), np.int32)
    values = np.empty(len(keys), np.float32)
    counts = np.zeros(len(weights), np.int32)
    used = 0
    longest = int(np.max(indptr[1:] - indptr[:-1])) if len(indptr) > 1 else 0
    passed, seen = np.empty(longest, np.uint32), np.empty(longest, np.uint64)
    mask = np.uint32(len(slots) - 1)
    for row in range(len(indptr) - 1):
        first = used
        held = np.int64(0)
        for k in range(indptr[row], indptr[row + 1]):
            word, bit = _bit(keys[k])
            passed[held] = keys[k]
            held += np.int64((sieve[word] >> bit) & np.uint64(1))
        # All slots are read before any is looked at: no read waits for what another one said.
        for k in range(held):
            seen[k] = slots[passed[k] & mask]
        for k in range(held):
            index = _walk(passed[k], seen[k], slots)
            if index >= 0:
                if counts[index] == 0:
                    ids[used] = index
                    used += 1
                counts[index] += 1
        norm = np.float32(0)
        for k in range(first, used):
            values[k] = log[min(counts[ids[k]], len(log) - 1)] * weights[ids[k]]
            counts[ids[k]] = 0
            norm += values[k] * values[k]
        if norm > 0:
            values[first:used] /= np.sqrt(norm)
        out[row + 1] = used
    return out, ids[:used].copy(), values[:used].copy()


@njit(cache=True, nogil=True, fastmath=True)
def _embed(indptr: I64, ids: I32, weights: F32, packed: npt.NDArray[np.uint8], scales: F32) -> F32:
    n, half = len(indptr) - 1, packed.shape[1]
    out = np.zeros((n, 2 * half), np.float32)
    for row in range(n):
        low, high = out[row, :half], out[row, half:]
        last = indptr[row + 1]
        whole = np.float32(0)
        # Four rows a pass: the sums are read and written once for all of them.
        k = indptr[row]
        while k < last:
            for soon in range(k + _AHEAD, min(k + _AHEAD + 4, len(ids))):
                for j in range(0, half, _LINE):
                    prefetch(packed, np.int64(ids[soon]), np.int64(j))
            a, b, c, d = ids[k], ids[min(k + 1, last - 1)], ids[min(k + 2, last - 1)], ids[min(k + 3, last - 1)]
            wa = weights[k] * scales[a]
            wb = weights[k + 1] * scales[b] if k + 1 < last else np.float32(0)
            wc = weights[k + 2] * scales[c] if k + 2 < last else np.float32(0)
            wd = weights[k + 3] * scales[d] if k + 3 < last else np.float32(0)
            whole += wa + wb + wc + wd
            ra, rb, rc, rd = packed[a], packed[b], packed[c], packed[d]
            for j in range(half):
                low[j] += wa * _low(ra[j]) + wb * _low(rb[j]) + wc * _low(rc[j]) + wd * _low(rd[j])
            for j in range(half):
                high[j] += wa * _high(ra[j]) + wb * _high(rb[j]) + wc * _high(rc[j]) + wd * _high(rd[j])
            k += 4
        out[row] -= whole * np.float32(_ZERO)
    return out


@njit(inline="always")
def _low(pair: np.uint8) -> np.float32:
    # By way of 32 bits: a byte is else made a number of 64 bits first, half as many at a time.
    return np.float32(np.int32(pair & np.uint8(15)))


@njit(inline="always")
def _high(pair: np.uint8) -> np.float32:
    return np.float32(np.int32(pair >> np.uint8(4)))
