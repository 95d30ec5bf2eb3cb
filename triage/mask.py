"""Personal data out of a text, a visible placeholder in its place.

Masked: names (where a title, a role or an introduction marks them), telephone numbers (also spelt in Chinese numerals),
identity, passport and bank card numbers, any other long number, e-mail, WeChat and QQ accounts, number plates, and house
and room numbers. Kept: organisations, the unified social credit code of firms (public register), amounts, dates, roads
and villages. A name in running text without any mark is not found; nothing but a register of persons could.

The text must be normalized; masking is idempotent.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage import personal
from triage.personal import GROUPS, REACH, TAIL


class Found(NamedTuple):
    """Characters ``start`` to ``end`` are personal data of this kind."""

    start: int
    end: int
    kind: str


class Window(NamedTuple):
    """Where in a text the patterns of ``group`` are worth trying."""

    group: int
    start: int
    end: int


def find(texts: Sequence[str]) -> list[tuple[Found, ...]]:
    """The personal data of each text, in order of place, without overlaps."""
    found: list[tuple[Found, ...]] = [()] * len(texts)
    windows: dict[int, list[Window]] = {}
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)])
    for group, places in enumerate(_places(texts)):
        before, after = REACH[group]
        for row, place in zip(np.searchsorted(starts, places, side="right") - 1, places, strict=True):
            offset = int(place - starts[row])
            mine = windows.setdefault(int(row), [])
            if mine and mine[-1].group == group and offset - before <= mine[-1].end:
                mine[-1] = mine[-1]._replace(end=offset + after)
            else:
                mine.append(Window(group, max(0, offset - before), offset + after))
    for row, mine in windows.items():
        found[row] = _all(texts[row], mine)
    return found


def _all(text: str, windows: Sequence[Window]) -> tuple[Found, ...]:
    """What is masked may have hidden more behind it: looks again until nothing new is found."""
    found = more = _settle(_candidates(text, windows))
    while more:
        for each in more:
            text = f"{text[: each.start]}{'〓' * (each.end - each.start)}{text[each.end :]}"
        more = _settle(_candidates(text, windows))
        found = _settle(iter([*found, *more]))
    return found


def mask(text: str, found: Sequence[Found]) -> str:
    """The text with each stretch replaced by 〔kind〕."""
    parts, last = [], 0
    for start, end, kind in found:
        parts += [text[last:start], "〔", kind, "〕"]
        last = end
    return "".join([*parts, text[last:]])


def origin(found: Iterable[Found], place: int) -> int:
    """Where a place of the masked text (outside placeholders) stands in the text as received; ``found`` is what was masked."""
    for start, end, kind in found:
        if start >= place:
            break
        place += (end - start) - len(f"〔{kind}〕")
    return place


def _candidates(text: str, windows: Sequence[Window]) -> Iterator[Found]:
    for group, start, end in windows:
        for kind, pattern in GROUPS[group]:
            secret = "secret" if "secret" in pattern.groupindex else 0
            for match in pattern.finditer(text, start, end):
                yield Found(*match.span(secret), kind)


def _settle(candidates: Iterator[Found]) -> tuple[Found, ...]:
    """Where two overlap, the one that starts first and reaches further wins and swallows the other."""
    kept: list[Found] = []
    for found in sorted(candidates, key=lambda each: (each.start, -each.end)):
        if kept and found.start < kept[-1].end:
            last = kept[-1]
            kept[-1] = last._replace(end=max(last.end, found.end))
        else:
            kept.append(found)
    return tuple(kept)


def suspects(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """(n, groups): which texts could hold anything that a group of patterns finds; a superset."""
    ends = np.cumsum([len(text) + 1 for text in texts])
    found = np.zeros((len(texts), len(GROUPS)), dtype=np.bool_)
    for group, places in enumerate(_places(texts)):
        found[np.searchsorted(ends, places, side="right"), group] = True
    return found


def _places(texts: Sequence[str]) -> list[npt.NDArray[np.int64]]:
    """For each group, where in the joined texts something could be found, told by a few table look-ups per character.

    Most texts hold no personal data; this spares them the patterns. Whatever a pattern requires must be required less
    strictly here; a test holds the two against each other.
    """
    joined = "\x00".join([*texts, ""])
    kinds = personal.character_kinds()[np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)]
    size = len(kinds)
    kinds = np.concatenate([kinds, np.zeros(8, dtype=np.uint32)])

    def ahead(kind: int, steps: int = 0) -> npt.NDArray[np.bool_]:
        return np.asarray(kinds[steps : steps + size] & kind != 0)

    count = np.cumsum(ahead(personal.NUMBER), dtype=np.int32)
    long_number = count - np.maximum.accumulate(np.where(ahead(personal.NUMBER | personal.JOINT), 0, count)) >= 7
    title = [ahead(personal.TITLE_1, step) & ahead(personal.TITLE_2, step + 1) for step in (1, 2, 3)]
    weak = [ahead(personal.TITLE_WEAK, step) & ~ahead(personal.HAN, step + 1) for step in (1, 2)]
    named = ahead(personal.FAMILY_NAME) & (title[0] | title[1] | title[2] | weak[0] | weak[1])
    linked = ahead(personal.FAMILY_NAME, 1)
    for step in (2, 3, 4):
        links = [ahead(personal.LINK, before) for before in range(1, step)]
        linked = linked | (np.logical_and.reduce(links) & ahead(personal.FAMILY_NAME, step))
    marked = ahead(personal.MARK_END) & np.concatenate([[False], ahead(personal.MARK_START)[:-1]])
    introduced = (marked | ahead(personal.ALONE)) & linked
    door = ahead(personal.COUNTER) & ahead(personal.DOOR, 1)
    plate = ahead(personal.PROVINCE) & (ahead(personal.UPPER, 1) | ahead(personal.UPPER, 2) | ahead(personal.UPPER, 3))
    account = ahead(personal.ACCOUNT) & ahead(personal.ACCOUNT, 1)
    signed = ahead(personal.STOP) & (ahead(personal.FAMILY_NAME, 1) | ahead(personal.STOP, 1) | ahead(personal.LINK, 1))
    ends = np.cumsum([len(text) + 1 for text in texts])
    late = np.flatnonzero(signed)
    owner = np.searchsorted(ends, late, side="right")
    places = [np.flatnonzero(each) for each in (long_number, plate | account | ahead(personal.AT), door, named, introduced)]
    return [*places, late[ends[owner] - late <= TAIL + 1]]
