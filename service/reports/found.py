"""Topics and bursts of a period, as the reports print them."""

from collections.abc import Callable, Mapping, Sequence, Set

import duckdb

from service.analysis import repeats, topics
from service.analysis.bursts import ALARM, LEAST, WEEKS, Burst, between
from service.analysis.suppress import small
from service.analysis.topics import Topic
from service.reports.hot import Matter
from service.reports.names import Names
from service.reports.paper import Period

BURST, TOPIC, GROUP = "突增", "热点话题", "群体性诉求"
HOW = (
    f"镇街×事项的当日件数，与此前{WEEKS}周推算的泊松期望相比，至少{LEAST}件；按泊松分布，全市平均每{1 / ALARM:.0f}日至多误报一次，"
    "实际波动更大时会多于此；热点话题：用词相近的诉求由机器归为一类，"
    f"至少{topics.LEAST}件，诉求人不足5人的不列，可能把同一口吻的不同事情归在一起；"
    f"{repeats.GROUP_DAYS}日之内{repeats.GROUP_PEOPLE}人以上的记作群体性诉求"
)


def found_matters(
    connection: duckdb.DuckDBPyConnection, period: Period, names: Names, muted: Callable[[Mapping[str, Sequence[int]]], Set[str]] = lambda _: set()
) -> tuple[Sequence[Matter], str]:
    """Topics, and bursts (days of one town and item together) that no topic tells of, the largest first; and in words how they were found.

    ``muted``: from the requests of topics by their marks to the marks of what somebody muted, topics and bursts: that is left out, and said.
    """
    hot = [each for each in topics.between(connection, period.since, period.until) if not small(each.persons)]
    together: dict[tuple[str, str], list[Burst]] = {}
    quiet = muted({each.mark: each.requests for each in hot})
    bursts = list(between(connection, period.since, period.until))
    for each in bursts:
        if each.mark not in quiet:
            together.setdefault((each.town, each.item), []).append(each)
    few = [days for days in together.values() if small(sum(each.people for each in days))]
    found = [_matter(days, names) for days in together.values() if days not in few and not any(_tells(each, days) for each in hot)]
    found += [_topic(each, names) for each in hot if each.mark not in quiet]
    gone = sum(each.mark in quiet for each in hot) + sum(each.mark in quiet for each in bursts)
    return sorted(found, key=lambda each: (-each.n, each.name)), HOW + (f"；已由人静音的{gone}项不列" if gone else "") + (
        f"；已知诉求人不足5人的突增{len(few)}项不列" if few else ""
    )


def _matter(days: Sequence[Burst], names: Names) -> Matter:
    """People of different days may be the same, so their number is not told for several days."""
    first = days[0]
    people = first.people if len(days) == 1 else 0
    name = f"{names.town(first.town)}{names.item(first.item)}"
    ends = min(each.day for each in days), max(each.day for each in days)
    return Matter(BURST, name, sum(each.n for each in days), people, *ends, (first.town,))


def _topic(each: Topic, names: Names) -> Matter:
    """How many people is told only where every caller is known."""
    words = "、".join(each.phrases[:3])
    name = f"{names.item(each.item)}（{words}）" if each.item and words else words or names.item(each.item)
    people = 0 if each.unknown else each.people
    kind = GROUP if repeats.is_group(each) else TOPIC
    return Matter(kind, name, each.n, people, each.first, each.last, tuple(town for town, _ in each.towns), each.unit)


def _tells(topic: Topic, days: Sequence[Burst]) -> bool:
    """Whether a burst is mostly the topic: of its item and town, with at least half as many requests."""
    first = days[0]
    return topic.item == first.item and dict(topic.towns).get(first.town, 0) * 2 >= sum(each.n for each in days)
