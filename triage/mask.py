"""Personal data out of a text, a visible placeholder in its place.

Masked: names (where a title, a role, an introduction, a number beside or a report behind marks them), telephone numbers
(also spelt in Chinese numerals), identity, passport and bank card numbers, any other long number, e-mail, WeChat and QQ
accounts, number plates, numbers of vehicles, and house and room numbers. Kept: organisations, the unified social credit
code of firms (public register), amounts, dates, roads and villages. A name in running text without any mark is not found;
nothing but a register of persons could.

The text must be normalized; masking is idempotent.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage import suspects as prefilter
from triage.personal import GROUPS, NAME, REACH, is_no_name

_COVERED = "〓"
# What a pattern may want to see behind a match; a search that ends sooner takes the end of a part for the end of the text.
_SLACK = 8


class Found(NamedTuple):
    """Characters ``start`` to ``end`` are personal data of this kind."""

    start: int
    end: int
    kind: str


class Part(NamedTuple):
    """The patterns of ``group`` are tried from ``start`` to ``end`` of a text."""

    group: int
    start: int
    end: int


def find(texts: Sequence[str]) -> list[tuple[Found, ...]]:
    """The personal data of each text, in order of place, without overlaps.

    What is masked may have hidden more beside it: a text is looked at again, around what the last round found, until that
    finds nothing. So the work grows with the text and no faster.
    """
    found: list[tuple[Found, ...]] = [()] * len(texts)
    last: dict[int, tuple[Found, ...]] = dict.fromkeys(range(len(texts)), ())
    covered = list(texts)
    while last:
        rows, before = list(last), last
        last = {}
        for row, parts in _parts([covered[row] for row in rows], rows).items():
            more = _settle(_candidates(covered[row], _around(before[row], parts) if before[row] else parts))
            if more:
                found[row] = _settle(iter([*found[row], *more])) if found[row] else more
                covered[row] = _cover(covered[row], more)
                last[row] = more
    return found


def _parts(texts: Sequence[str], rows: Sequence[int]) -> dict[int, list[Part]]:
    """Row → where its text is worth trying."""
    parts: dict[int, list[Part]] = {}
    for index, *part in prefilter.windows(texts):
        parts.setdefault(rows[index], []).append(Part(*part))
    return parts


def _cover(text: str, found: Sequence[Found]) -> str:
    pieces, last = [], 0
    for start, end, _ in found:
        pieces += [text[last:start], _COVERED * (end - start)]
        last = end
    return "".join([*pieces, text[last:]])


def _around(found: Sequence[Found], parts: Sequence[Part]) -> list[Part]:
    """The parts, cut to what lies within reach of something found; in order, without overlaps in a group."""
    near: list[Part] = []
    for group, (before, after) in enumerate(REACH):
        wide = before + after
        mine = iter([part for part in parts if part.group == group])
        part = next(mine, None)
        for start, end, _ in found:
            while part is not None and part.end <= start - wide:
                part = next(mine, None)
            while part is not None and part.start < end + wide:
                begin = max(part.start, start - wide)
                if near and near[-1].group == group and begin <= near[-1].end:
                    near[-1] = near[-1]._replace(end=max(near[-1].end, min(part.end, end + wide)))
                else:
                    near.append(Part(group, begin, min(part.end, end + wide)))
                if part.end > end + wide:
                    break
                part = next(mine, None)
    return near


def mask(text: str, found: Sequence[Found]) -> str:
    """The text with each stretch replaced by 〔kind〕."""
    parts, last = [], 0
    for start, end, kind in found:
        parts += [text[last:start], "〔", kind, "〕"]
        last = end
    return "".join([*parts, text[last:]])


def origin(found: Iterable[Found], place: int) -> int:
    """Where a place of the masked text (outside placeholders) stands in the text as received; ``found`` is what was masked."""
    return origins(found, [place])[0]


def origins(found: Iterable[Found], places: Iterable[int]) -> list[int]:
    """Like ``origin`` for places in ascending order, in one pass over both."""
    there, shift = [], 0
    masked = iter(found)
    ahead = next(masked, None)
    for place in places:
        while ahead is not None and ahead.start < place + shift:
            shift += ahead.end - ahead.start - len(f"〔{ahead.kind}〕")
            ahead = next(masked, None)
        there.append(place + shift)
    return there


def _candidates(text: str, parts: Sequence[Part]) -> Iterator[Found]:
    for group, start, end in parts:
        for kind, pattern in GROUPS[group]:
            secret = "secret" if "secret" in pattern.groupindex else 0
            match = pattern.search(text, start, end + _SLACK)
            while match:
                if kind == NAME and is_no_name(text, *match.span(secret)):
                    match = pattern.search(text, match.start() + 1, end + _SLACK)
                    continue
                if match.end() <= end:
                    yield Found(*match.span(secret), kind)
                match = pattern.search(text, match.end(), end + _SLACK)


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
    marks = np.zeros((len(texts), len(GROUPS)), dtype=np.bool_)
    for window in prefilter.windows(texts):
        marks[window.row, window.group] = True
    return marks
