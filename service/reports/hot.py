"""二、热点: what rose, and matters that many told alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.analysis.question import comparable
from service.analysis.suppress import LEAST, small
from service.reports import figures
from service.reports.ask import BEFORE, Asking
from service.reports.paper import Section, Table

_MOST = 10
_LEAST_RISE = 2 * LEAST


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter that was found: a burst 突增, a topic 热点话题 or a group event 群体性诉求. ``people``: how many, 0 where that is not known."""

    kind: str
    name: str
    n: int
    people: int = 0
    first: date | None = None
    last: date | None = None
    towns: tuple[str, ...] = ()
    unit: str = ""


def hot(ask: Asking, matters: Sequence[Matter]) -> Section:
    """The chapter. Matters of fewer than five people are left out: they could be known by them."""
    told = [each for each in matters if not small(each.people or each.n)][:_MOST]
    tables = [each for each in (_items(ask), _risen(ask), _matters(ask, told)) if each.rows]
    lead = [f"{each.kind}“{each.name}”{figures.about(each.n)}件" + (f"、{figures.about(each.people)}人" if each.people else "") for each in told[:3]]
    words = [f"本期发现{len(told)}个集中反映的事项，主要有：{'；'.join(lead)}。"] if told else ["本期未发现达到提示条件的集中反映事项。"]
    return Section("热点", (*words, *_said(ask)), tuple(tables))


def risen(ask: Asking) -> list[tuple[str, int, int | None]]:
    """Items that rose most against the period before: code, now, before (None: it must not be told). Only where both periods are known and
    enough came."""
    before = ask.earlier("item")
    if before is None:
        return []
    exact = {line.keys[0]: line.n for line in ask.table(("item",), when=BEFORE).lines}
    lines = [(code, n, exact.get(code, 0)) for code, n in ask.told("item").items() if comparable(code) and n >= _LEAST_RISE]
    # The distance from what chance alone would do to a count: small items do not lead by a few.
    found = sorted((each for each in lines if each[1] > each[2]), key=lambda each: (each[2] - each[1]) / (each[2] + each[1]) ** 0.5)[:_MOST]
    return [(code, now, before.get(code, 0)) for code, now, _ in found]


def _items(ask: Asking) -> Table:
    lines = [(code, n) for code, n in ask.told("item").items() if comparable(code) and n][:_MOST]
    before, total = ask.earlier("item"), ask.total().n
    rows = tuple(
        (ask.names.item(code), f"{n:,}", figures.share(n, total), figures.change(n, before.get(code, 0) if before else None)) for code, n in lines
    )
    return Table("件数居前的事项", ("事项", "件数", "占比", "环比"), rows, f"不足{LEAST}件的和能推算出它们的不列。")


def _risen(ask: Asking) -> Table:
    rows = tuple((ask.names.item(code), f"{now:,}", _old(old), figures.change(now, old)) for code, now, old in risen(ask))
    note = f"只列本期{_LEAST_RISE}件以上的；按偏离偶然波动的程度排列。“—”为不足{LEAST}件，或能推算出这样的数。"
    return Table("上升较快的事项", ("事项", "本期", "上期", "环比"), rows, note)


def _old(n: int | None) -> str:
    return figures.NONE if n is None else f"{n:,}"


def _matters(ask: Asking, matters: Sequence[Matter]) -> Table:
    rows = tuple(
        (
            each.name, each.kind, figures.about(each.n), figures.about(each.people) if each.people else figures.NONE,
            f"{each.first:%m-%d}至{each.last:%m-%d}" if each.first and each.last else figures.NONE,
            "、".join(ask.names.town(town) for town in each.towns[:3]) or figures.NONE, ask.names.unit(each.unit) if each.unit else figures.NONE,
        )
        for each in matters
    )  # fmt: skip
    return Table("集中反映的事项", ("事项", "类别", "件数", "人数", "起止", "镇街", "主办"), rows, "件数、人数取整到十。")


def _said(ask: Asking) -> list[str]:
    found = risen(ask)[:3]
    if not found or not ask.known(BEFORE):
        return []
    parts = [f"{ask.names.item(code)}（{_old(old)}→{now:,}件）" for code, now, old in found]
    return [f"较上期上升明显的有：{'、'.join(parts)}。"]
