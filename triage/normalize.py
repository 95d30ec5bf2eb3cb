"""Text as received to text that compares: simplified characters, half-width forms, no markup.

Every stage after this one relies on a law: a text keeps its length, so an offset in the normalized text is the same
offset in the text as received. Idempotent.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from opencc import OpenCC

from triage.errors import RequestError
from triage.records import Request

MAX_CHARS = 50_000
_MAX_KNOWN = 2_000
_SEPARATOR = "\x00"
_TAG = re.compile(r"<(?:!--[^<>]*--|/?[a-zA-Z][^<>]{0,500})>")
_ENTITY = re.compile(r"&(?:nbsp|lt|gt|amp|quot|#\d{1,6});")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"'}
# Blanks of every width, joiners, marks of direction, soft hyphens, variation selectors.
_INVISIBLE = (
    (0x3000, 0x3000), (0x00A0, 0x00A0), (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x180B, 0x180E), (0x2000, 0x200F),
    (0x202A, 0x202F), (0x205F, 0x206F), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xE0000, 0xE01EF),
)  # fmt: skip
_LEAST_WIDE = 6
_LEAST_BEFORE = 3
# Frequent characters whose bytes in GB18030 cannot come from the UTF-8 bytes of Chinese text.
_NEVER_BROKEN = frozenset("的是我在有了们")
_WESTERN = re.compile("[\x80-\u024f\u20ac\u2122\u2020-\u2021]")
_THREE_BYTES = re.compile("[\u0800-\uffff]")
_PLAIN = re.compile("[\x00-\x7f]+")
_TWO_LETTERS = re.compile(r"[^\W\d_][\W\d_]*[^\W\d_]")


def refuse(request: Request) -> RequestError | None:
    """Why this request cannot be read, or None. Never raises."""
    title, text = request.title, request.text
    whole = title + text
    known = request.place + request.caller_kind + request.channel + request.received_at
    if len(whole) > MAX_CHARS or len(known) > _MAX_KNOWN:
        return RequestError(
            f"the request has {len(whole)} characters and {len(known)} in its fields; at most {MAX_CHARS} and {_MAX_KNOWN} are read. "
            "Send its essential part.",
            "text_too_long",
        )
    if _SEPARATOR in whole or _SEPARATOR in known:
        return RequestError(f"a NUL byte at character {(whole + known).index(_SEPARATOR)}. Send text, not binary data.", "nul_byte")
    try:
        (whole + known).encode()
    except UnicodeEncodeError as error:
        return RequestError(f"half a surrogate pair at character {error.start}. Export the text again.", "lone_surrogate")
    if "\ufffd" in whole or _looks_broken(whole):
        return RequestError("the text was damaged by a wrong encoding (mojibake). Read its source again as UTF-8 or GB18030.", "mojibake")
    if _TWO_LETTERS.search(_plain(whole) if "<" in whole or "&" in whole else whole) is None:
        return RequestError("no words to read. Ask the caller what it is about.", "text_empty")
    return None


def _looks_broken(text: str) -> bool:
    """Whether the text is UTF-8 that was read as GB18030, or GB18030 or UTF-8 that was read as a Western encoding.

    Bytes of Chinese text in GB18030 hardly ever form three-byte characters of UTF-8; where most do, they were UTF-8.
    """
    head = text[:80]
    if head.isascii() or not _NEVER_BROKEN.isdisjoint(head):
        return False
    if len(_WESTERN.findall(head)) > len(_PLAIN.sub("", head)) / 2:
        return len(set(_WESTERN.findall(head))) >= _LEAST_WIDE
    data = head.encode("gb18030")
    before = _THREE_BYTES.findall(data.decode("utf-8", "ignore"))
    wide = len(data) - len(head.encode("ascii", "ignore"))
    return len(before) >= _LEAST_BEFORE and 3 * len(before) > 0.6 * wide and not _reads_as_chinese(head)


def _reads_as_chinese(text: str) -> bool:
    """Whether half of the wide characters are among the 3,755 frequent ones of GB 2312, level 1 (16-01 to 55-94). Of damaged
    text about one in eight is; of a Chinese word that happens to look like UTF-8 (电话, 社保) nearly all are."""
    frequent = wide = 0
    for char in text:
        code = char.encode("gb18030")
        wide += len(code) > 1
        frequent += len(code) == 2 and 0xB0 <= code[0] <= 0xD7 and code[1] >= 0xA1
    return 2 * frequent >= wide


def normalize(texts: Sequence[str]) -> list[str]:
    """Each text normalized, in order and of unchanged length. They must have passed ``refuse``."""
    if not texts:
        return []
    joined = _SEPARATOR.join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
    table, traditional = _tables()
    folded = table[codes]
    parts: list[str] = folded.tobytes().decode("utf-32-le").split(_SEPARATOR)
    found = np.flatnonzero(traditional[codes])
    if len(found):
        ends = np.cumsum([len(text) + 1 for text in texts])
        for row in np.unique(np.searchsorted(ends, found, side="right")).tolist():
            parts[row] = _by_phrase(texts[row])
    return [_plain(part) if "<" in part or "&" in part else part for part in parts]


def simplify(text: str) -> str:
    """Traditional to simplified characters, by phrase where the length allows it."""
    converted = str(_opencc().convert(text))
    if len(converted) != len(text):
        return text
    if any(char > "\uffff" for char in converted):
        return "".join(old if new > "\uffff" else new for old, new in zip(text, converted, strict=True))
    return converted


def _by_phrase(text: str) -> str:
    """One traditional character may stand for two simplified ones; the phrase around it decides (乾燥, 乾隆)."""
    table, _ = _tables()
    fold = table[np.frombuffer(simplify(text).encode("utf-32-le"), dtype=np.uint32)]
    return str(fold.tobytes().decode("utf-32-le"))


def _plain(text: str) -> str:
    """Markup out, blanks in its place."""
    blanked = _TAG.sub(lambda found: " " * len(found[0]), text)
    return _ENTITY.sub(lambda found: _ENTITIES.get(found[0], " ").ljust(len(found[0])), blanked)


@cache
def _opencc() -> OpenCC:
    return OpenCC("t2s")


@cache
def _tables() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
    """Code point → folded code point, and whether it is a traditional character."""
    table = np.arange(0x110000, dtype=np.uint32)
    table[0xFF01:0xFF5F] -= 0xFEE0
    for first, last in _INVISIBLE:
        table[first : last + 1] = ord(" ")
    table[[0x09, 0x0B, 0x0C, 0x0D, 0x2028, 0x2029]] = ord("\n")
    for code in range(0x80, 0x20000):
        if (digit := unicodedata.decimal(chr(code), None)) is not None:
            table[code] = ord("0") + digit
    table[0x24EA] = ord("0")
    for start in (0x2460, 0x2776, 0x278A):
        table[start : start + 9] = np.arange(ord("1"), ord("1") + 9)
    han = [*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000)]
    # The phrase tables of OpenCC never cross a line break.
    simplified = str(_opencc().convert("\n".join(map(chr, han)))).split("\n")
    traditional = np.zeros(0x110000, dtype=np.bool_)
    for code, char in zip(han, simplified, strict=True):
        # Some rare forms (嗰) have a simplified character outside the basic plane that nobody writes.
        if len(char) == 1 and ord(char) != code and ord(char) < 0x10000:
            table[code] = ord(char)
            traditional[code] = True
    # 「於」「著」 and the like stand in simplified texts too (names); folding them is still right for comparing.
    return table, traditional
