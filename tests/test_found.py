"""Bursts on paper: days of one matter together, people only where they can be counted."""

from collections.abc import Mapping, Sequence
from datetime import date

from service.analysis.bursts import between
from service.reports.found import found_matters
from service.reports.names import Names
from service.reports.paper import period_of
from tests.snapshots import opened, row
from tests.test_topics import OTHERS, WATER
from triage.profile import Profile


def test_a_burst_of_two_days_is_one_matter(kaiping: Profile) -> None:
    quiet = [row(day, f"2026-0{1 + day // 29}-{1 + day % 28:02}T09:00", town="440783117", item="070301") for day in range(1, 57)]
    burst = [row(1000 + n, f"2026-03-{10 + n % 2}T10:00", town="440783117", item="140102", caller=f"c{n}") for n in range(40)]
    connection = opened([*quiet, *burst])
    matters, how = found_matters(connection, period_of("monthly", date(2026, 3, 1)), Names(kaiping))
    connection.close()
    assert [(each.name, each.n, each.people, each.towns) for each in matters] == [("水口镇供水—水质", 40, 0, ("440783117",))]
    assert (matters[0].first, matters[0].last) == (date(2026, 3, 10), date(2026, 3, 11))
    assert "误报" in how


def test_a_topic_is_told_instead_of_the_burst_that_it_is(kaiping: Profile) -> None:
    quiet = [row(day, f"2026-0{1 + day // 29}-{1 + day % 28:02}T09:00", town="440783117") for day in range(1, 57)]
    usual = [row(500 + n, "2026-03-04T09:00", text=OTHERS[n % 12] + f"{n * 7919}", caller=f"u{n}") for n in range(24)]
    water = [row(1000 + n, "2026-03-10T10:00", town="440783117", item="140102", caller=f"c{n}", text=WATER[n % 3]) for n in range(12)]
    connection = opened([*quiet, *usual, *water])
    matters, how = found_matters(connection, period_of("monthly", date(2026, 3, 1)), Names(kaiping))
    connection.close()
    (found,) = [each for each in matters if "水质" in each.name]
    assert (found.kind, found.n, found.people, found.towns) == ("群体性诉求", 12, 12, ("440783117",))
    assert "自来水" in found.name and "热点话题" in how


def test_a_topic_of_fewer_than_five_people_is_not_printed(kaiping: Profile) -> None:
    usual = [row(500 + n, "2026-03-04T09:00", text=OTHERS[n % 12] + f"{n * 7919}", caller=f"u{n}") for n in range(24)]
    water = [row(1000 + n, "2026-03-10T10:00", town="440783117", item="140102", caller=f"c{n % 4}", text=WATER[n % 3]) for n in range(12)]
    connection = opened([*usual, *water])
    matters, _ = found_matters(connection, period_of("monthly", date(2026, 3, 1)), Names(kaiping))
    connection.close()
    assert not [each for each in matters if "水质" in each.name]


def test_what_is_muted_is_not_printed_and_said(kaiping: Profile) -> None:
    quiet = [row(day, f"2026-0{1 + day // 29}-{1 + day % 28:02}T09:00", town="440783117") for day in range(1, 57)]
    usual = [row(500 + n, "2026-03-04T09:00", text=OTHERS[n % 12] + f"{n * 7919}", caller=f"u{n}") for n in range(24)]
    water = [row(1000 + n, "2026-03-10T10:00", town="440783117", item="140102", caller=f"c{n}", text=WATER[n % 3]) for n in range(12)]
    other = [row(2000 + n, f"2026-03-{12 + n % 2}T10:00", town="440783117", item="080104") for n in range(24)]
    connection = opened([*quiet, *usual, *water, *other])

    def muted(topics: Mapping[str, Sequence[int]]) -> set[str]:
        (found,) = [mark for mark, requests in topics.items() if set(requests) <= set(range(1000, 1012))]
        burst = next(each for each in between(connection, date(2026, 3, 13), date(2026, 3, 13)) if each.item == "080104")
        return {found, burst.mark}

    matters, how = found_matters(connection, period_of("monthly", date(2026, 3, 1)), Names(kaiping), muted)
    connection.close()
    assert [(each.kind, each.n, each.last) for each in matters if each.towns == ("440783117",)] == [("突增", 12, date(2026, 3, 12))]
    assert how.endswith("；已由人静音的2项不列")


def test_a_burst_of_one_caller_on_two_days_is_not_printed_and_said(kaiping: Profile) -> None:
    quiet = [row(day, f"2026-0{1 + day // 29}-{1 + day % 28:02}T09:00", town="440783117", item="070301") for day in range(1, 57)]
    burst = [row(1000 + n, f"2026-03-{10 + n % 2}T10:00", town="440783117", item="140102", caller="one") for n in range(12)]
    connection = opened([*quiet, *burst])
    matters, how = found_matters(connection, period_of("monthly", date(2026, 3, 1)), Names(kaiping))
    connection.close()
    assert not matters and how.endswith("；已知诉求人不足5人的突增1项不列")
