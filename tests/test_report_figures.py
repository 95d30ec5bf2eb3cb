"""What nobody can compute from all figures of a report together: a count of 1 to 4."""

import random
import re
from datetime import date, datetime

import pytest

from service.analysis.count import Line, count
from service.analysis.question import Filter, Question
from service.analysis.suppress import small
from service.reports import figures
from service.reports.collect import collect
from service.reports.names import Names
from service.reports.paper import Paper, period_of
from tests.snapshots import opened, row

MADE = datetime(2026, 4, 1, 8)
SINCE, UNTIL = date(2026, 3, 1), date(2026, 3, 31)


def rate(numerator: int, denominator: int, n: int = 0, outside: int = 0) -> str:
    return figures.rate(Line((), n or denominator, numerator, denominator, outside))


def test_a_rate_stands_with_its_denominator_unless_few_follow() -> None:
    assert rate(101, 1204) == rate(101, 1204, 1209) == "8.4%(1,204)"
    assert rate(0, 104) == "0.0%(104)" and rate(104, 104) == "100.0%(104)"
    assert rate(3, 104) == "低于4.8%(104)" and rate(101, 104) == "高于95.2%(104)"
    assert rate(60, 101, 104) == rate(60, 101, 101, outside=3) == "59%(约100)"  # else 104 less 101
    assert rate(98, 101, 104) == "高于95%(约100)" and rate(3, 101, 104) == "低于5%(约100)"
    assert rate(4, 4) == rate(1, 6) == rate(5, 9) == "—"  # 4 of 9: no range says less than the rate


@pytest.mark.parametrize("total", [20, 52, 104, 1004])
def test_no_small_part_follows_from_a_rate_its_denominator_and_the_whole(total: int) -> None:
    told: dict[str, set[int]] = {}
    for whole in range(max(0, total - 12), total + 1):
        for part in range(whole + 1):
            told.setdefault(rate(part, whole, total), set()).add(part)
    for words, parts in told.items():
        assert len(parts) > 1 or not any(map(small, parts)), (words, parts)


def test_a_whole_of_which_little_is_missing_does_not_tell_its_part() -> None:
    assert [figures.part(n, 104) for n in (104, 99, 101, 3)] == ["104", "99", "约100", "<5"]
    assert not any(str(n) in figures.part(n, 104) for n in range(100, 104) if n != 100)


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
    words = "".join(texts(paper))
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


def _no_rest(truth: dict[str, int], told: dict[str, int], total: int) -> None:
    """What a list does not tell of its total is nobody, or so many that no line of it is known."""
    rest = [n for name, n in truth.items() if name not in told]
    assert not any(map(small, rest)) or (len(rest) > 1 and sum(rest) > len(rest)) or not told, (truth, told)
    assert not told or (total - sum(told.values()) == sum(rest) and not small(sum(rest))), (truth, told)
