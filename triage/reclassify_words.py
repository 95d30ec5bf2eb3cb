"""The report of a reclassification, in Chinese."""

from collections.abc import Iterator, Mapping
from unicodedata import east_asian_width

from triage.profile import Profile
from triage.reclassify import Outcome, Pairs, per_label
from triage.records import Versions

_MOST = 20


def report(outcome: Outcome, versions: Versions, city: Profile | None) -> str:
    """What changes, by pairs, by unit and by item, with samples."""
    names = _names(city)
    return "\n".join([*_head(outcome, versions, city), *_matrix(outcome.units, names), *_labels("单位", outcome.units, names),
                      *_labels("事项", outcome.items, names), *_kept(outcome, names), *_samples(outcome, names)])  # fmt: skip


def _head(outcome: Outcome, versions: Versions, city: Profile | None) -> Iterator[str]:
    share = outcome.changed / max(1, outcome.rows)
    rest = f"无法阅读 {outcome.unreadable} 件, 经人确认 {outcome.confirmed} 件"
    yield f"重新分类: 共 {outcome.rows} 件, 变化 {outcome.changed} 件 ({share:.1%}), {rest}"
    taxonomy = f", 事项分类 {city.taxonomy}" if city is not None else ""
    yield f"模型 {versions.model}, 城市表 {versions.profile}{taxonomy}"


def _matrix(pairs: Pairs, names: Mapping[str, str]) -> Iterator[str]:
    moved = [(pair, count) for pair, count in pairs.most_common() if pair[0] != pair[1]]
    yield ""
    yield f"主办单位 旧 → 新 (不变 {sum(pairs.values()) - sum(count for _, count in moved)} 件)"
    for (old, new), count in moved[:_MOST]:
        yield f"{count:>8}  {_named(old, names)} → {_named(new, names)}"
    yield from _more(len(moved))


def _labels(what: str, pairs: Pairs, names: Mapping[str, str]) -> Iterator[str]:
    if not pairs:
        return
    moved = [(name, counts) for name, counts in per_label(pairs).items() if counts[2] or counts[3]]
    yield ""
    yield f"各{what}变化 (原有, 现有, 转出, 转入)"
    for name, counts in moved[:_MOST]:
        yield f"  {_wide(_named(name, names), 44)}{''.join(f'{count:>8}' for count in counts)}"
    yield from _more(len(moved))


def _kept(outcome: Outcome, names: Mapping[str, str]) -> Iterator[str]:
    if not outcome.kept:
        return
    yield ""
    yield f"经人确认、予以保留, 而新结果不同: {sum(outcome.kept.values())} 件"
    for (old, new), count in outcome.kept.most_common(_MOST):
        yield f"{count:>8}  {_named(old, names)} (保留), 新结果 {_named(new, names)}"


def _samples(outcome: Outcome, names: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield "样例 (已脱敏)"
    moved = [pair for pair, _ in outcome.units.most_common() if pair in outcome.samples]
    for pair in moved[:_MOST]:
        yield f"  {_named(pair[0], names)} → {_named(pair[1], names)}"
        for sample in outcome.samples[pair]:
            yield f"    [{sample.id}] {sample.old} → {sample.new}: {sample.excerpt}"
            yield from (f"        {reason}" for reason in sample.reasons)


def _more(count: int) -> Iterator[str]:
    if count > _MOST:
        yield f"  … 另有 {count - _MOST} 项, 见 --out 的文件"


def _names(city: Profile | None) -> dict[str, str]:
    if city is None:
        return {}
    return {each.code: each.name for table in (city.items, city.towns, city.units) for each in table.values()}


def _named(code: str, names: Mapping[str, str]) -> str:
    """CODE@TOWN and CODE with their names."""
    unit, _, town = code.partition("@")
    name = names.get(town or unit, "")
    return f"{name} [{code}]" if name else code or "无"


def _wide(text: str, width: int) -> str:
    return text + " " * max(1, width - sum(1 + (east_asian_width(char) in "WF") for char in text))
