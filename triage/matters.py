"""Several matters in one request: where its text can be cut, by numbered points and by words that begin another matter.

Whether the parts are really different matters is for the engine to say: it gives each its item and its lead.
"""

import re
from collections.abc import Sequence
from functools import cache

from triage.find import Finder

_NUMBERS = "一二三四五六"
_NUMBERED = re.compile(
    r"(?:^|(?<=[\s。;!?,:]))(?:[第其]?([一二三四五六])(?:[、.,:]|是|来|点|件事|个(?:问题|是|,))|\(([一二三四五六])\)|\(?([1-6])(?:[、.):]|\))|问题([一二三四五六1-6])[:、.,])"
)
_LINK = re.compile(
    r"(?:^|(?<=[\s。;!?,]))(?:另外|此外|除此之外|还有一(?:件|个|点|样)|还有就是|还有,|再有|再一个|顺便|顺带|另一(?:件|个)(?:事|问题)|同时(?:还|也)?(?:反映|咨询|投诉|要)|"
    r"还想(?:问|反映|咨询|投诉)|另(?:反映|咨询|投诉|有一|想)|仲有|又及|其次)"
)
# Few texts hold any of these; this spares the others the expressions.
_POINTS = tuple("其一 一、 一. 一, 一: 一是 一来 一点 一件事 一个问题 一个是 一个, (一) 1、 1. 1) 1: 问题一 问题1".split())
_LINKS = tuple("另 此外 除此之外 还有 再有 再一个 顺便 顺带 同时 还想 仲有 又及 其次".split())
LIKELY = 0.5
_ENOUGH = 8
_MOST = 5


def split(text: str) -> list[tuple[int, int]]:
    """Stretches of the text (start, end) that may each be a matter; empty when there is only one. At most five."""
    return split_many([text]).get(0, [])


def split_many(texts: Sequence[str]) -> dict[int, list[tuple[int, int]]]:
    """Text index → its stretches; texts of one matter are left out."""
    cuts = {}
    for index, hits in _signs().find(texts).items():
        text = texts[index]
        numbered = _numbered(text) if any(hit.word < len(_POINTS) for hit in hits) else []
        points = numbered or [hit.start for hit in hits if _LINK.match(text, hit.start)]
        begins = points if numbered or (points and points[0] < _ENOUGH) else [0, *points]
        spans = [span for span in zip(begins, [*begins[1:], len(text)], strict=True) if span[1] - span[0] >= _ENOUGH]
        if 1 < len(spans) <= _MOST:
            cuts[index] = spans
    return cuts


@cache
def _signs() -> Finder:
    return Finder([*_POINTS, *_LINKS])


def _numbered(text: str) -> list[int]:
    """Where points 1, 2, … begin; empty unless they count up from one."""
    points: list[int] = []
    for found in _NUMBERED.finditer(text):
        sign = next(filter(None, found.groups()))
        number = int(sign) if sign.isdigit() else _NUMBERS.index(sign) + 1
        if number == len(points) + 1:
            points.append(found.start())
    return points if len(points) > 1 else []
