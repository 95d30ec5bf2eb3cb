"""Changes of a profile and of its routes in words, for the clerk who made them."""

from collections.abc import Iterator, Sequence

from triage.decide import DECISIONS
from triage.dry_run import Moved, Outcome
from triage.profile import Profile
from triage.profile_diff import HEIR, Balance, Change, by_unit, codes

MOVED = ("unit_old", "unit_new", "co_old", "co_new", "decision_old", "decision_new")
_SHOWN = 8


def in_words(changes: Sequence[Change], old: Profile, new: Profile) -> str:
    """The changes by unit, then those of towns, items, rules and disputed duties."""
    words = _Words(old, new)
    lines = [line for unit, balance in by_unit(changes).items() for line in words.unit(unit, balance)]
    for what, title in (("town", "镇街"), ("item", "事项"), ("rule", "规则"), ("overlap", "职能交叉")):
        some = [change for change in changes if change.what == what]
        if some:
            lines += [f"{title}: {len(some)} 处变动", *(f"  {words.life(change)}" for change in some)]
    return "\n".join(lines) or "没有变化。"


class _Words:
    def __init__(self, old: Profile, new: Profile) -> None:
        self._units = {code: unit.short for profile in (old, new) for code, unit in profile.units.items()}
        towns = {code: town.name for profile in (old, new) for code, town in profile.towns.items()}
        self._places = {"": "全市", **old.areas, **new.areas, **towns}

    def unit(self, unit: str, balance: Balance) -> Iterator[str]:
        parts = [
            (title, [change for change in side if change.what == what])
            for title, side, what in (
                ("新增主办", balance.gains, "lead"),
                ("移出主办", balance.losses, "lead"),
                ("新增协办", balance.gains, "helper"),
                ("退出协办", balance.losses, "helper"),
            )
        ]
        counts = [f"{title} {len({change.code for change in some})} 项" for title, some in parts if some]
        yield f"{self._unit(unit)}: {', '.join([*(self._fate(change) for change in balance.itself), *counts])}"
        for title, some in parts:
            if some:
                shown = "; ".join(self._duty(change, unit) for change in some[:_SHOWN])
                yield f"  {title}: {shown}{f' 等 {len(some)} 行' if len(some) > _SHOWN else ''}"

    def life(self, change: Change) -> str:
        return f"{change.name} [{change.code}]: {self._fate(change)}"

    def _fate(self, change: Change) -> str:
        if not change.before:
            return "新增"
        if not change.after:
            return "终止"
        if change.after.startswith(HEIR):
            heirs = codes(change.after.removeprefix(HEIR))
            return f"终止, 由 {'、'.join(map(self._unit, heirs) if change.what == 'unit' else heirs)} 承接"
        return f"{change.before} 改为 {change.after}"

    def _duty(self, change: Change, unit: str) -> str:
        """The item, where, and for a lead who had it before or has it after."""
        where = f"({self._places.get(change.where, change.where)})" if change.where else ""
        other = ""
        if change.what == "lead":
            gained = unit in codes(change.after) and unit not in codes(change.before)
            units = "、".join(map(self._unit, codes(change.before if gained else change.after))) or "无"
            other = f" {'原' if gained else '改'}{units}"
        return f"{change.code} {change.name}{where}{other}"

    def _unit(self, code: str) -> str:
        return f"{self._units.get(code, code)}[{code}]"


def outcome_in_words(outcome: Outcome, first: Sequence[Moved]) -> str:
    """The counts of a dry run, the moves by pair of leads, and the first rows that change."""
    lines = [
        f"共 {outcome.rows} 件{f', 其中 {outcome.unreadable} 件无法读取' if outcome.unreadable else ''}",
        f"主办改变 {outcome.leads} 件, 协办改变 {outcome.helpers} 件, 决定改变 {outcome.decisions} 件",
        *(f"  {_lead(old, outcome.names)} → {_lead(new, outcome.names)}: {count} 件" for (old, new), count in outcome.pairs.items()),
    ]
    if first:
        lines += ["改变的前几件:", *(f"  {moved.id}: {_moves(moved)}" for moved in first)]
    return "\n".join(lines)


def _lead(code: str, names: dict[str, str]) -> str:
    return f"{names[code]}[{code}]" if code else names[code]


def _moves(moved: Moved) -> str:
    old, new = moved.old, moved.new
    parts = []
    if old.lead != new.lead:
        parts.append(f"主办 {old.lead or '无'} → {new.lead or '无'}")
    if old.helpers != new.helpers:
        parts.append(f"协办 {'、'.join(old.helpers) or '无'} → {'、'.join(new.helpers) or '无'}")
    if old.decision != new.decision:
        parts.append(f"{DECISIONS[old.decision]} → {DECISIONS[new.decision]}")
    return "; ".join(parts)


def moved_cells(moved: Moved) -> list[str]:
    """The id and the ``MOVED`` cells of a row."""
    old, new = moved.old, moved.new
    return [moved.id, old.lead, new.lead, ";".join(old.helpers), ";".join(new.helpers), old.decision, new.decision]
