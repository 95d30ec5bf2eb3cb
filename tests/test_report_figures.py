"""What nobody can compute from all figures of a report together: a count of 1 to 4."""

import random
import re
from datetime import date, datetime
from functools import cache

import pytest

from service.analysis.count import Line, count
from service.analysis.question import Filter, Question
from service.analysis.suppress import LEAST, small
from service.reports import figures
from service.reports.collect import collect
from service.reports.names import Names
from service.reports.paper import Paper, period_of
from tests.snapshots import opened, row

MADE = datetime(2026, 4, 1, 8)
SINCE, UNTIL = date(2026, 3, 1), date(2026, 3, 31)
RATE = re.compile(r"(?:不低于|不高于)?[\d.]+%\(约[\d,]+\)")


@cache
def meant(most: int) -> dict[str, tuple[set[int], set[int]]]:
    """By what stands on paper for a rate: all numerators and denominators up to a total that it may stand for."""
    found: dict[str, tuple[set[int], set[int]]] = {}
    for whole in range(1, most + 1):
        for part in range(whole + 1):
            parts, wholes = found.setdefault(figures.rate(Line((), 0, part, whole, 0)), (set(), set()))
            parts.add(part)
            wholes.add(whole)
    return found


@pytest.mark.parametrize("total", [20, 23, 52, 104, 126])
def test_no_small_count_follows_from_a_rate_and_the_total(total: int) -> None:
    for whole in range(1, total + 1):
        for part in range(whole + 1):
            told = figures.rate(Line((), 0, part, whole, 0))
            if told == figures.NONE:
                continue
            parts, wholes = meant(total)[told]
            for truth, known in ((part, parts), (total - whole, {total - each for each in wholes})):
                assert not small(truth) or len(known) > 1, (part, whole, total, told)
            assert not small(whole - part) or len(parts) > 1


@pytest.mark.parametrize("whole", [1000, 1004, 1249, 1250, 1334, 3334, 4321])
@pytest.mark.parametrize("part", [1, 4, 5, 30])
def test_every_denominator_of_ten_may_be_meant(whole: int, part: int) -> None:
    told, near = figures.rate(Line((), 0, part, whole, 0)), figures.tens(whole)
    fit = [each for each in range(near - 5, near + 5) if any(figures.rate(Line((), 0, one, each, 0)) == told for one in range(part + 30))]
    assert len(fit) >= LEAST and whole in fit


def test_a_rate_is_told_no_finer_than_its_denominator_carries() -> None:
    told = {each: figures.rate(Line((), 0, each // 3, each, 0)) for each in (19, 20, 99, 100, 999, 1000)}
    assert told == {19: "—", 20: "30%(约20)", 99: "35%(约100)", 100: "33%(约100)", 999: "33%(约1,000)", 1000: "33.3%(约1,000)"}
    assert figures.rate(Line((), 0, 3, 104, 0)) == "不高于6%(约100)" and figures.rate(Line((), 0, 101, 104, 0)) == "不低于94%(约100)"
    assert [figures.about(n) for n in (0, 4, 9, 10, 14, 1204)] == ["0", "不足10", "不足10", "约10", "约10", "约1,200"]


def city(seed: int) -> list[dict[str, object]]:
    chance = random.Random(seed)
    rows = []
    for number in range(chance.choice([8, 30, 64, 104, 125])):
        item = chance.choices(["080104", "080301", "070301", "030101", "140102"], [20, 3, 8, 1, 1])[0]
        sent = [(chance.choices(["A", "B"], [9, 1])[0], 5)] if chance.random() < 0.97 else []
        rows.append(
            row(
                number, f"2026-{chance.choice(['02', '03', '03'])}-{1 + number % 28:02}T09:00", item=item, caller=chance.choice(["", *"abcdefghi"]),
                type=chance.choices(["投诉", "求助", "咨询", "建议"], [20, 4, 1, 1])[0], town=chance.choices(["T", "U", "V", ""], [20, 4, 1, 1])[0],
                channel=chance.choices(["电话", "微信", "网站"], [20, 2, 1])[0], how=chance.choices(["accepted", "auto"], [20, 1])[0], sent=sent,
                back=[(sent[0][0], chance.choices(["area", "duty"], [4, 1])[0])] if sent and chance.random() < 0.2 else [],
                final=sent[0][0] if sent and chance.random() < 0.8 else "", satisfied=chance.choices(["满意", "不满意", ""], [30, 1, 1])[0],
                resolved=chance.choices(["解决", "未解决", ""], [30, 1, 1])[0], contacted=True, reopened=chance.random() < 0.03,
            )
        )  # fmt: skip
    return [*rows, row(9999, "2026-02-01T09:00"), row(9998, "2026-04-01T09:00")]


def texts(paper: Paper) -> list[str]:
    cells = [cell for section in paper.sections for table in section.tables for cells in table.rows for cell in cells]
    return [*cells, *(each for section in paper.sections for each in section.paragraphs), *paper.notes]


@pytest.mark.parametrize("seed", range(40))
def test_who_knows_a_whole_report_knows_no_small_count(seed: int) -> None:
    connection = opened(city(seed))
    paper = collect(connection, Names(None), period_of("monthly", SINCE), MADE, MADE)
    truth = {
        by: {each.keys[0]: each.n for each in count(connection, Question(Filter(SINCE, UNTIL), (by,))).lines} for by in ("type", "item_1", "town")
    }
    truth |= {by: {each.keys[0]: each.n for each in count(connection, Question(Filter(SINCE, UNTIL), (by,))).lines} for by in ("channel", "item")}
    before = {each.keys[0]: each.n for each in count(connection, Question(Filter(date(2026, 2, 1), date(2026, 2, 28)), ("type",))).lines}
    connection.close()
    total = sum(truth["type"].values())
    tables = {table.title: table.rows for section in paper.sections for table in section.tables}
    words = "\n".join(texts(paper))
    printed = {
        "type": {cells[0]: int(cells[1]) for cells in tables["诉求类型分布"] if cells[0] != "其他"},
        "item_1": {cells[0]: int(cells[1]) for cells in tables["诉求领域分布"] if cells[0] != "其他"},
        "town": {"" if cells[0] == "(不明)" else cells[0]: int(cells[1]) for cells in tables["镇街分布"] if cells[0] != "其他"},
        "item": {cells[0]: int(cells[1]) for cells in tables.get("件数居前的事项", ())},
        "channel": {name: int(n) for name, n in re.findall(r"(电话|微信|网站)(\d+)件", words)},
    }
    for by, told in printed.items():
        assert all(truth[by][name] == n and not small(n) for name, n in told.items()), (by, told)
        if by != "item":
            _no_rest(truth[by], told, total)
    for domain, n in printed["item_1"].items():
        own = {name: each for name, each in truth["item"].items() if name[:2] == domain}
        _no_rest(own, {name: each for name, each in printed["item"].items() if name in own}, n)
    for domain in truth["item_1"].keys() - printed["item_1"].keys():
        assert not any(name[:2] == domain for name in printed["item"])
    changed = {cells[0] for cells in tables["诉求类型分布"] if cells[3] != figures.NONE and before}
    _no_rest(before, {name: n for name, n in before.items() if name in changed}, sum(before.values()))
    for told_rate in set(RATE.findall(words)):
        left = {total - each for each in meant(140)[told_rate][1] if each <= total}
        assert len(left) != 1 or not any(map(small, left)), told_rate
    assert not re.search(r"\d%\(\d", words)


def _no_rest(truth: dict[str, int], told: dict[str, int], total: int) -> None:
    """What a list does not tell of its total is nobody, or so many that no line of it is known."""
    rest = [n for name, n in truth.items() if name not in told]
    assert not any(map(small, rest)) or (len(rest) > 1 and sum(rest) > len(rest)) or not told, (truth, told)
    assert not told or (total - sum(told.values()) == sum(rest) and not small(sum(rest))), (truth, told)
