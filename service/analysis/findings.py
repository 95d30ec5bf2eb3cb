"""What the further searches find, as sheets: emerging words, repeat callers and group events, seasons, candidates for 每月一题.

``outside``: for readers outside of the office. What fewer than five people tell is left out, what a single caller told is only counted by item,
no text stands there, and no figure of 1 to 4, nor one from which it follows.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256

import duckdb

from service.analysis import candidates as monthly
from service.analysis import emerging, repeats, seasons, topics
from service.analysis.names import label, unit_name
from service.analysis.periods import DAY, LONG, back
from service.analysis.repeats import Repeat
from service.analysis.sheets import COUNT, COUNTED, DAYS, MEAN, Column, Row, Sheet
from service.analysis.suppress import LEAST, hidden_line, small
from service.analysis.topics import Topic
from triage.profile import Profile

WORDS, REPEATS, SEASONS, CANDIDATES = "words", "repeats", "seasons", "candidates"
TITLES: Mapping[str, str] = {WORDS: "新词", REPEATS: "重复来电与群体诉求", SEASONS: "季节规律", CANDIDATES: "每月一题候选"}
_TOWNS = 5
_NO_DATA, _NO_SNAPSHOT = "这段时间没有数据", "还没有快照"
_OUTSIDE = f"对外: 诉求人不足 {LEAST} 人的不列; 1 至 {LEAST - 1} 的数和能推算出它们的数以“—”代替。"
_ALL = 1_000_000


def find(
    connection: duckdb.DuckDBPyConnection, profile: Profile | None, kind: str, since: date, until: date, *, today: date, outside: bool = False
) -> list[Sheet]:  # fmt: skip
    """The sheets of a kind for the days from ``since`` to ``until``, both included. Seasons look at whole years up to ``today``, candidates
    at three months."""
    if kind == WORDS:
        return [_words(connection, since, until, outside)]
    if kind == REPEATS:
        return [_repeats(connection, profile, since, until, outside), _groups(connection, profile, since, until, outside)]
    if kind == SEASONS:
        return [_seasons(connection, profile, today, outside)]
    return [_candidates(connection, profile, until, outside)]


def _words(connection: duckdb.DuckDBPyConnection, since: date, until: date, outside: bool) -> Sheet:
    now = topics.told(connection, since, until)
    before = emerging.before(connection, since)
    found = [each for each in emerging.find(now, before) if not (outside and small(each.persons))]
    empty = "没有明显多于平常的词"
    if not now:
        empty = _nothing(connection)
    elif len(before) < len(now):
        few = f"此前 {emerging.BEFORE.days} 天的诉求只有 {_number(len(before), outside)} 件, 少于这段时间的 {_number(len(now), outside)} 件"
        empty = f"{few}, 不能判断哪些词是新的"
    shown: list[Row] = []
    for head, others in emerging.together(found):
        figures = (head.n, head.persons) if outside else (head.n, head.persons, head.expected)
        shown.append(Row((" · ".join((head.word, *others[:5])), *figures), _mark(WORDS, head.word), head.requests))
    heads = (Column("词(同一批诉求里的并作一行)"), Column("件数", COUNT), Column("人数", COUNT), *(() if outside else (Column("平常预计", MEAN),)))
    notes = (
        f"与此前 {emerging.BEFORE.days} 天相比明显增多的词: 至少 {emerging.LEAST} 件、{emerging.PEOPLE} 个不同诉求人(没有记号的各算一人)。",
        f"若来电互不相关, 看二十次约有一次会凭偶然列出词(总误报率 {emerging.ALARM:.0%})。件数和人数是首个词的; 疑似人名不列。",
        f"读了这段时间 {_number(len(now), outside)} 件、此前 {_number(len(before), outside)} 件有正文的诉求{_full(len(now), len(before))}。",
        "保密件不在其中。",
    )
    return Sheet(TITLES[WORDS], heads, tuple(shown), empty, (*notes, *_said(outside)))


def _repeats(connection: duckdb.DuckDBPyConnection, profile: Profile | None, since: date, until: date, outside: bool) -> Sheet:
    known, unknown, nothing = _callers(connection, since, until)
    found = repeats.between(connection, since, until, most=_ALL if outside else repeats.MOST)
    empty = f"没有人就同一事项来电 {repeats.LEAST} 次以上"
    if not known:
        empty = "这段时间的诉求都没有来电号码, 不能判断谁重复来电" if unknown else _nothing(connection)
    notes = (
        f"同一来电号码就同一事项 {repeats.LEAST} 件以上。知道来电号码的 {_number(known, outside)} 件; "
        f"不知道的 {_number(unknown, outside)} 件无从判断, 不在其中。",
        *((f"知道号码而不知事项的 {_number(nothing, outside)} 件不在其中。",) if nothing else ()),
        *(() if outside else ("记号由号码经密钥算出, 不能还原; 同一记号是同一人。",)),
        *((f"只列最多的 {repeats.MOST} 人。",) if not outside and len(found) >= repeats.MOST else ()),
    )
    if outside:
        return _by_item(found, profile, (*notes, _OUTSIDE))
    rows = tuple(
        Row(
            (
                label("item", each.item, profile), each.n, each.open, _days(each.first, each.last),
                "、".join(unit_name(unit, profile) for unit in each.units) or "未派单", each.caller[:6],
            ),
            _mark(REPEATS, f"{each.caller}\x00{each.item}"), each.requests,
        )
        for each in found
    )  # fmt: skip
    heads = (Column("事项"), Column("件数", COUNT), Column("未办结", COUNT), Column("起止", DAYS), Column("承办"), Column("诉求人记号"))
    return Sheet("重复来电", heads, rows, empty, notes)


def _by_item(found: Sequence[Repeat], profile: Profile | None, notes: tuple[str, ...]) -> Sheet:
    """How many came again about an item: a single caller is nobody else's business."""
    people, calls = Counter(each.item for each in found), Counter[str]()
    for each in found:
        calls[each.item] += each.n
    rows = tuple(Row((label("item", item, profile), n, calls[item])) for item, n in people.most_common() if not small(n))
    heads = (Column("事项"), Column("重复来电人数", COUNT), Column("件数", COUNT))
    return Sheet("重复来电", heads, rows, f"没有 {LEAST} 人以上重复来电的事项", notes)


def _groups(connection: duckdb.DuckDBPyConnection, profile: Profile | None, since: date, until: date, outside: bool) -> Sheet:
    found = [each for each in topics.between(connection, since, until) if repeats.is_group(each)]
    known, unknown, _ = _callers(connection, since, until)
    heads = (
        Column("关键词与典型诉求"),
        Column("件数", COUNT),
        Column("人数", COUNTED),
        Column("起止", DAYS),
        Column("镇街"),
        Column("事项"),
        Column("主办"),
    )
    rows = tuple(
        Row(
            (_name(each, profile, outside), each.n, _people(each, outside), _days(each.first, each.last), *_where(each, profile, outside)),
            each.mark, each.requests, "" if outside else each.start,
        )
        for each in found
    )  # fmt: skip
    notes = (f"{repeats.GROUP_DAYS} 天之内由 {repeats.GROUP_PEOPLE} 个以上已知诉求人反映的同一件事。归类由机器完成, 请看过工单再下结论。",)
    empty = "没有短时间内多人反映的同一件事"
    if not known:
        empty = "这段时间的诉求都没有来电号码, 不能判断是否多人反映" if unknown else _nothing(connection)
    return Sheet("群体诉求", heads, rows, empty, (*notes, *_said(outside)))


def _seasons(connection: duckdb.DuckDBPyConnection, profile: Profile | None, today: date, outside: bool) -> Sheet:
    known = seasons.whole_years(connection, today)
    years, found = known.years, seasons.seasons(connection, known.years)
    (nowhere,) = connection.execute("SELECT count(*) FROM facts WHERE item_now = ''").fetchone() or (0,)
    rows = []
    for each in (each for each in found if each.months):
        gone = hidden_line(each.counts, also=each.few) if outside else set()
        index = tuple(None if month in gone else round(each.index[month], 1) if outside else each.index[month] for month in range(12))
        strong = tuple(month for month in each.months if month - 1 not in gone)
        cells = (label("item", each.item, profile), "、".join(f"{month}月" for month in strong), each.n, *index)
        rows.append(Row(cells, query=(("item", each.item), ("by", "month")), strong=tuple(2 + month for month in strong)))
    empty = "没有每年都在同一月份明显增多的事项"
    if len(years) < seasons.YEARS:
        empty = (
            f"快照里完整的只有 {len(years)} 年, 至少要 {seasons.YEARS} 年({seasons.YEARS * 12} 个整月)才能谈季节"
            if _any(connection)
            else _NO_SNAPSHOT
        )
    heads = (Column("事项"), Column("每年都多的月份"), Column("件数", COUNT), *(Column(f"{month}月", MEAN) for month in range(1, 13)))
    notes = (
        f"各月的数是该月件数与全年月均之比的多年平均, 1.0 为平常; 每年都到 {seasons.STRONG} 倍的月份才算。至少 {seasons.LEAST} 件。",
        f"只看从最近一个整月往回数的整年: {'、'.join(f'{since} 至 {until}' for since, until in years) or '没有'}。与所选起止日期无关。",
        *((f"有连续 {LONG} 天以上没有任何诉求的年份不计: 缺 {_gaps(known.gaps)}。",) if known.gaps else ()),
        *((f"登记日在今天以后的 {_number(known.future, outside)} 件不计。",) if known.future else ()),
        "未按月份长短折算(至多差一成)。",
        *((f"事项不明或在现行分类中无法对照的 {_number(nowhere, outside)} 件不在其中。",) if nowhere else ()),
    )
    return Sheet(TITLES[SEASONS], heads, tuple(rows), empty, (*notes, *_said(outside)))


def _gaps(gaps: Sequence[tuple[date, date]]) -> str:
    """The latest ones."""
    return "、".join(_days(*each) for each in gaps[-_TOWNS:]) + (" 等" if len(gaps) > _TOWNS else "")


def _candidates(connection: duckdb.DuckDBPyConnection, profile: Profile | None, until: date, outside: bool) -> Sheet:
    since = back(until, (monthly.DAYS - 1) * DAY)
    rows = []
    for found in monthly.candidates(connection, until):
        each = found.topic
        figures: tuple[int | None, ...] = (found.known, found.unresolved)
        if outside and any(map(small, (found.known, found.unresolved, found.known - found.unresolved, each.n - found.known))):
            figures = (None, None)
        cells = (_name(each, profile, outside), each.n, _people(each, outside), found.weeks, *figures, *_where(each, profile, outside))
        rows.append(Row(cells, each.mark, each.requests, "" if outside else each.start))
    heads = (
        Column("关键词与典型诉求"), Column("件数", COUNT), Column("人数", COUNTED), Column("涉及周数", COUNT), Column("已回访", COUNT),
        Column("未解决", COUNT), Column("镇街"), Column("事项"), Column("主办"),
    )  # fmt: skip
    notes = (
        f"{since} 至 {until}({monthly.DAYS} 天)里反复出现的同一件事: 至少 {monthly.PEOPLE} 个已知诉求人、{monthly.WEEKS} 个不同的周。",
        f"已知结果的诉求中, 未解决和部分解决的占 {monthly.UNRESOLVED:.0%} 以上; 一件回访都没有的也列出。候选供人选题, 不是结论。",
    )
    known = connection.execute("SELECT count(*) FROM facts WHERE day BETWEEN ? AND ?", [since, until]).fetchone() or (0,)
    empty = "没有达到条件的候选" if known[0] else _nothing(connection)
    return Sheet(TITLES[CANDIDATES], heads, tuple(rows), empty, (*notes, *_said(outside)))


def _name(each: Topic, profile: Profile | None, outside: bool) -> str:
    """By its phrases; outside, where few may say one, by its item."""
    return ("" if outside else " · ".join(each.phrases)) or (label("item", each.item, profile) if each.item else "一件事")


def _people(each: Topic, outside: bool) -> str | None:
    """Only what is known: outside, none where a caller is not."""
    if outside:
        return str(each.people) if not each.unknown and not small(each.people) else None
    return f"{each.people} (另 {each.unknown} 件不明)" if each.unknown else str(each.people)


def _where(each: Topic, profile: Profile | None, outside: bool) -> tuple[str, str, str]:
    towns = [label("town", code, profile) + ("" if outside else f" {n}") for code, n in each.towns[:_TOWNS] if not (outside and small(n))]
    if not outside:
        rest = sum(n for _, n in each.towns[_TOWNS:])
        towns += [f"其他镇街 {rest}"] if rest else []
        towns += [f"不明 {each.nowhere}"] if each.nowhere else []
    return "、".join(towns) or "不明", label("item", each.item, profile), unit_name(each.unit, profile) if each.unit else "未派单"


def _days(first: date, last: date) -> str:
    return str(first) if first == last else f"{first} 至 {last}"


def _callers(connection: duckdb.DuckDBPyConnection, since: date, until: date) -> tuple[int, int, int]:
    """Requests of a period whose caller is known, others, and of the first those without an item; confidential ones are none of them."""
    query = """SELECT count(*) FILTER (caller <> ''), count(*) FILTER (caller = ''), count(*) FILTER (caller <> '' AND item = '') FROM facts
      WHERE day BETWEEN ? AND ? AND NOT confidential"""
    known, unknown, nothing = connection.execute(query, [since, until]).fetchone() or (0, 0, 0)
    return known, unknown, nothing


def _any(connection: duckdb.DuckDBPyConnection) -> bool:
    return connection.execute("SELECT 1 FROM facts LIMIT 1").fetchone() is not None


def _nothing(connection: duckdb.DuckDBPyConnection) -> str:
    return _NO_DATA if _any(connection) else _NO_SNAPSHOT


def _full(*read: int) -> str:
    return f"(太多, 只读了最新的 {topics.MOST} 件)" if topics.MOST in read else ""


def _number(n: int, outside: bool) -> str:
    return "—" if outside and small(n) else f"{n:,}"


def _said(outside: bool) -> tuple[str, ...]:
    return (_OUTSIDE,) if outside else ()


def _mark(kind: str, words: str) -> str:
    """The same however often it is found."""
    return sha256(f"{kind}\x00{words}".encode()).hexdigest()[:16]
