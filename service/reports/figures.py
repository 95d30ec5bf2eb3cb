"""Figures as they are printed: small ones hidden, rates only over enough, changes in words."""

from collections.abc import Sequence

from service.analysis.count import Line
from service.analysis.suppress import LEAST, hidden_line, small

HIDDEN, NONE = f"<{LEAST}", "—"


def count(n: int) -> str:
    """A count; ``<5`` for a small one."""
    return HIDDEN if small(n) else f"{n:,}"


def counts(numbers: Sequence[int]) -> list[str]:
    """A list of counts whose total is told: hidden so that no small one follows from the others."""
    hidden = hidden_line(numbers)
    return [("*" if not small(each) else HIDDEN) if place in hidden else f"{each:,}" for place, each in enumerate(numbers)]


def rate(line: Line | None) -> str:
    """A rate in per cent with its denominator: ``93.2%(1,204)``; over fewer than five it is not told."""
    if line is None or line.rate is None or line.denominator < LEAST:
        return NONE
    numerator, rest = line.numerator, line.denominator - line.numerator
    if small(numerator) or small(rest):
        # From the rate and its denominator anybody could compute the small count: only the range is told.
        edge = (LEAST if numerator < rest else line.denominator - LEAST) / line.denominator
        return f"{'低于' if numerator < rest else '高于'}{edge:.1%}({line.denominator:,})"
    return f"{line.rate:.1%}({line.denominator:,})"


def share(n: int, total: int) -> str:
    """A part of a whole."""
    return f"{n / total:.1%}" if total and not small(n) else NONE


def change(now: int, before: int | None) -> str:
    """How a count changed: ``+12.5%``; a dash where nothing was counted before, or too little."""
    if before is None or before < LEAST or small(now):
        return NONE
    return f"{now / before - 1:+.1%}"


def points(now: Line | None, before: Line | None) -> str:
    """How a rate changed, in percentage points: ``+1.2个百分点``. Only where both are told exactly: else the change would tell them."""
    if now is None or before is None or now.rate is None or before.rate is None or min(now.denominator, before.denominator) < 4 * LEAST:
        return NONE
    if any(small(part) for each in (now, before) for part in (each.numerator, each.denominator - each.numerator)):
        return NONE
    return f"{100 * (now.rate - before.rate):+.1f}个百分点"


def rose(now: int, before: int | None) -> str:
    """The same in a sentence: 上升12.5%, 下降3.0%, 持平."""
    told = change(now, before)
    if told == NONE:
        return ""
    return "持平" if told in ("+0.0%", "-0.0%") else f"{'上升' if told.startswith('+') else '下降'}{told[1:]}"


def lasting(seconds: float | None) -> str:
    """A duration in words."""
    if seconds is None:
        return NONE
    if seconds < 60:
        return f"{seconds:.0f}秒"
    return f"{seconds / 60:.1f}分钟" if seconds < 7200 else f"{seconds / 3600:.1f}小时"
