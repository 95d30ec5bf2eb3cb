"""What a model promises of the requests that go out by themselves, and from which probability they do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NEVER = 2.0
"""A line that no probability reaches."""

PER_UNIT = "per_unit"
"""The scheme of a promise that holds for every unit by itself; otherwise it holds for all units together."""


@dataclass(frozen=True, slots=True)
class Lines:
    """From which probability a request goes out by itself. ``common``: to any unit. ``own``: unit → its line, where a
    promise was proven; a unit that is not in it gets nothing by itself. ``promise``: what was proven, in short."""

    common: float
    own: Mapping[str, float] | None = None
    promise: str = ""

    @classmethod
    def of(cls, manifest: Mapping[str, Any], profile: str) -> "Lines":
        """The lines of a model with a ``profile``, as ``Versions`` names it. Raises KeyError, TypeError, ValueError or
        AttributeError for a manifest that does not hold together."""
        own = {str(unit): float(line) for unit, line in manifest["lines"].items()} if "lines" in manifest else None
        promise = manifest.get("promise")
        words = in_short(promise) + ("" if promise["profile"] == profile else ", 但城市表在验证后改过") if promise else ""
        return cls(float(manifest["thresholds"]["auto"]), own, words)

    def at(self, unit: str) -> float:
        """The line of a unit; ``NEVER`` where nothing goes to it by itself."""
        return self.common if self.own is None else self.own.get(unit, NEVER)

    @property
    def any(self) -> bool:
        """Whether anything may go out by itself."""
        return self.common <= 1 if self.own is None else any(line <= 1 for line in self.own.values())


def percent(share: float) -> str:
    """A share as it is written on paper: 3 %, 0.5 %."""
    return f"{100 * share:.4g} %"


def in_short(promise: Mapping[str, Any]) -> str:
    """What a promise says, in few words."""
    return f"{percent(promise['confidence'])} 把握下错误率不超过 {percent(promise['max_error'])}"


def sentence(promise: Mapping[str, Any]) -> str:
    """The promise as a city signs it; or that none can be given, and the best that can."""
    sure, most = percent(promise["confidence"]), percent(promise["max_error"])
    apart = promise["scheme"] == PER_UNIT
    if promise["auto"]:
        whom = "自动派给每个单位的诉求, 各自" if apart else "自动派出的诉求"
        return f"在 {sure} 的把握下, {whom}错误率不超过 {most}, 可自动派出 {percent(round(promise['coverage'], 2))}。"
    best = promise["reachable"]
    instead = f"最好能证明的是 {percent(best['max_error'])}, 可自动派出 {percent(round(best['coverage'], 2))}" if best else "任何错误率都证明不了"
    together = "各单位合在一起, " if apart else ""
    return f"依据 {promise['rows']} 件, 没有一条自动派单线能在 {sure} 的把握下做到 {most}: 不会自动派出任何诉求; {together}{instead}。"
