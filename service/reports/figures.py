"""Figures as they are printed: small ones hidden, rates only over enough, changes in words.

Exact counts of requests are those of ``ask.Asking.told``, in lists that hide what would give a small one away. A rate stands with its exact
denominator unless few people would follow from the two, or from the denominator and the whole: then the denominator is rounded.
"""

from collections.abc import Sequence
from math import ceil

from service.analysis.count import Line
from service.analysis.suppress import LEAST, hidden_line, small

HIDDEN, NONE = f"<{LEAST}", "—"
_TENS = 10


def count(n: int) -> str:
    """A count; ``<5`` for a small one."""
    return HIDDEN if small(n) else f"{n:,}"


def counts(numbers: Sequence[int]) -> list[str]:
    """A list of counts whose total is told: hidden so that no small one follows from the others."""
    hidden = hidden_line(numbers)
    return [("*" if not small(each) else HIDDEN) if place in hidden else f"{each:,}" for place, each in enumerate(numbers)]


def part(n: int, whole: int) -> str:
    """A count beside its whole: to the nearest ten where the rest of the whole is small, ``<5`` where it is small itself."""
    return f"约{(n + _TENS // 2) // _TENS * _TENS:,}" if small(whole - n) and not small(n) else count(n)


def exact(line: Line) -> bool:
    """Whether a rate may be told with its denominator: neither of its parts, nor what it leaves out, is small."""
    rest = line.denominator - line.numerator
    return line.denominator >= LEAST and not any(map(small, (line.numerator, rest, line.n - line.denominator, line.outside)))


def rate(line: Line | None) -> str:
    """A rate in per cent with its denominator: ``93.2%(1,204)``; over fewer than five it is not told. Where its numerator, or the rest, is
    small, only its range; where few are left out of it, to one per cent, over about how many: ``93%(约1,200)``."""
    if line is None or line.rate is None or line.denominator < LEAST:
        return NONE
    numerator, rest, of = line.numerator, line.denominator - line.numerator, part(line.denominator, line.n)
    if small(line.outside) and not of.startswith("约"):
        of = part(line.denominator, line.denominator + line.outside)
    if small(numerator) or small(rest):
        if line.denominator < 2 * LEAST:
            return NONE
        # From the rate and its denominator anybody could compute the small count: only the range is told.
        low, edge = numerator < rest, LEAST / line.denominator
        edge = ceil(100 * edge) / 100 if of.startswith("约") else edge
        return f"{'低于' if low else '高于'}{edge if low else 1 - edge:.{0 if of.startswith('约') else 1}%}({of})"
    return f"{line.rate:.1%}({of})" if exact(line) else f"{line.rate:.0%}({of})"


def share(n: int, total: int) -> str:
    """A part of a whole."""
    return f"{n / total:.1%}" if total and not small(n) else NONE


def change(now: int, before: int | None) -> str:
    """How a count changed: ``+12.5%``; a dash where nothing was counted before, too little, or what must not be told."""
    if before is None or before < LEAST or small(now):
        return NONE
    return f"{now / before - 1:+.1%}"


def points(now: Line | None, before: Line | None) -> str:
    """How a rate changed, in percentage points: ``+1.2个百分点``. Only where both are told exactly: else the change would tell them."""
    if now is None or before is None or now.rate is None or before.rate is None or min(now.denominator, before.denominator) < 4 * LEAST:
        return NONE
    return f"{100 * (now.rate - before.rate):+.1f}个百分点" if exact(now) and exact(before) else NONE


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
