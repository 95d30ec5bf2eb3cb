"""Figures as they are printed, so that no count of 1 to 4 follows from all figures of a report together.

Exact counts are those of ``ask.Asking.told`` alone: of requests, in lists that hide what would give a small one away. Every other count is
told to the nearest ten, and a rate no finer than its denominator carries, so that each denominator of those ten may be meant: none can be
taken from a total, nor a numerator from it.
"""

from math import ceil

from service.analysis.count import Line
from service.analysis.suppress import LEAST, small

HIDDEN, NONE = f"<{LEAST}", "—"
TENS = 10
ENOUGH = 4 * LEAST
"""The smallest denominator of a rate that is told."""
_STEPS = ((1000, 0.001), (100, 0.01), (ENOUGH, 0.05))
"""From which denominator on a rate is told how finely: one over the denominator is never more than a step."""


def count(n: int) -> str:
    """A count; ``<5`` for a small one."""
    return HIDDEN if small(n) else f"{n:,}"


def about(n: int) -> str:
    """A count to the nearest ten: 约1,200; 不足10 below it."""
    return f"约{tens(n):,}" if n >= TENS else f"不足{TENS}" if n else "0"


def tens(n: int) -> int:
    """The nearest ten."""
    return (n + TENS // 2) // TENS * TENS


def _step(line: Line) -> float:
    return next((step for least, step in _STEPS if line.denominator >= least), 0.0)


def _edge(line: Line) -> float:
    """The least rate of whose numerator it is sure that it is not small, whichever denominator of ten is meant."""
    step = _step(line)
    return ceil(LEAST / max(tens(line.denominator) - TENS // 2, ENOUGH) / step - 1e-9) * step


def told(line: Line | None) -> float | None:
    """A rate as it is told; None where it is not told, or only as a bound."""
    if line is None or line.rate is None or not _step(line):
        return None
    found = round(line.rate / _step(line)) * _step(line)
    inside = _edge(line) + 1e-9 < found < 1 - _edge(line) - 1e-9
    return found if inside or line.numerator in (0, line.denominator) else None


def rate(line: Line | None) -> str:
    """A rate in per cent with its denominator to the nearest ten: ``93.2%(约1,200)``; over fewer than ``ENOUGH`` it is not told."""
    if line is None or line.rate is None or not (step := _step(line)):
        return NONE
    form, of, found = ".1%" if step == _STEPS[0][1] else ".0%", about(line.denominator), told(line)
    if found is not None:
        return f"{found:{form}}({of})"
    return f"不高于{_edge(line):{form}}({of})" if line.rate < 0.5 else f"不低于{1 - _edge(line):{form}}({of})"


def share(n: int, total: int) -> str:
    """A part of a whole."""
    return f"{n / total:.1%}" if total and not small(n) else NONE


def change(now: int, before: int | None) -> str:
    """How a count changed: ``+12.5%``; a dash where nothing was counted before, too little, or what must not be told."""
    if before is None or before < LEAST or small(now):
        return NONE
    return f"{now / before - 1:+.1%}"


def points(now: Line | None, before: Line | None) -> str:
    """How a rate changed, in percentage points: ``+1.2个百分点``: the difference of what is told."""
    one, other = told(now), told(before)
    return NONE if one is None or other is None else f"{100 * (one - other):+.1f}个百分点"


def rose(now: int, before: int | None) -> str:
    """The same in a sentence: 上升12.5%, 下降3.0%, 持平."""
    words = change(now, before)
    if words == NONE:
        return ""
    return "持平" if words in ("+0.0%", "-0.0%") else f"{'上升' if words.startswith('+') else '下降'}{words[1:]}"


def lasting(seconds: float | None) -> str:
    """A duration in words."""
    if seconds is None:
        return NONE
    if seconds < 60:
        return f"{seconds:.0f}秒"
    return f"{seconds / 60:.1f}分钟" if seconds < 7200 else f"{seconds / 3600:.1f}小时"
