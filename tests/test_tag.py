from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.profile import Profile
from triage.profile_columns import TAG_FIELDS
from triage.records import CleanText, ItemCandidate, Place, Request, Suggestion, UnitCandidate, Versions
from triage.tag import Outcome, Subject, Tagger, subject, visible


@pytest.fixture(scope="module")
def tagger(kaiping: Profile) -> Tagger:
    return Tagger(kaiping)


def values(tagger: Tagger, tag: str, *subjects: Subject) -> list[list[str]]:
    return [[each.value for each in found if each.tag == tag] for found in tagger.tag_many(subjects)]


@pytest.mark.parametrize(
    ("tag", "text", "found"),
    [
        ("crowd", "我阿婆八十岁, 孩子上学也不方便", ["老年人", "学生家长"]),
        ("crowd", "路灯坏了", []),
        ("threat", "再不处理我就跳楼", ["扬言轻生"]),
        ("threat", "超市跳楼价大甩卖", []),
        ("demand", "要求退款并赔偿损失", ["退款", "赔偿"]),
        ("crowd_event", "我们全小区都没水", ["是"]),
        ("risk", "工地拖欠工资", ["劳资"]),
    ],
)
def test_rule_tags_by_words(tagger: Tagger, tag: str, text: str, found: list[str]) -> None:
    assert values(tagger, tag, Subject(text)) == [found]


def test_each_value_says_what_set_it(tagger: Tagger, kaiping: Profile) -> None:
    (found,) = tagger.tag_many([Subject("要求退款", type="投诉", type_p=0.7)])
    told = {each.tag: each for each in found}
    row = next(each.row for each in kaiping.tags if each.code == "demand.refund")
    assert (told["demand"].source, told["demand"].who, told["demand"].p) == ("rule", f"tags.csv:{row}", 1.0)
    assert (told["req_type"].source, told["req_type"].p) == ("model", 0.7)


def test_fields_and_what_is_derived(tagger: Tagger) -> None:
    night = Subject("x", ("07", "0703", "070301"), 0.8, "求助", 0.9, "440783117", "一般", "个人", "电话", 0.95, datetime(2026, 9, 1, 23))
    done = night._replace(outcome=Outcome("final", "accepted", ("属地不符", "职能交叉"), "解决", "满意", True, True, True, True, False))
    for tag, found in (
        ("item", "070301"),
        ("town", "440783117"), ("time_slot", "夜间"), ("urban_rural", "镇"), ("conf", "高"), ("bounce_count", "0次"),
    ):  # fmt: skip
        assert values(tagger, tag, night) == [[found]]
    assert values(tagger, "season", night) == [["汛期", "开学"]]
    for tag, several in (("bounce_reason", ["属地不符", "职能交叉"]), ("bounce_count", ["2次及以上"]), ("corrected", ["改单位"]),
                         ("responded", ["按时联系"]), ("reopened", ["是"]), ("duplicate", ["同人同事重复"])):  # fmt: skip
        assert values(tagger, tag, done) == [several]


@pytest.mark.parametrize(
    ("at", "found"),
    [("2026-11-26T10:00", "工作时间"), ("2026-11-26T19:00", "工作日早晚"), ("2026-10-01T10:00", "休息日"), ("2026-10-01T03:00", "夜间")],
)
def test_time_slots_follow_the_calendar(tagger: Tagger, at: str, found: str) -> None:
    assert values(tagger, "time_slot", Subject("x", at=datetime.fromisoformat(at))) == [[found]]


def test_what_is_not_known_is_no_value(tagger: Tagger) -> None:
    (found,) = tagger.tag_many([Subject("x")])
    assert {each.tag for each in found} == {"missing", "bounce_count"}
    assert values(tagger, "time_slot", Subject("x", at=datetime(1990, 1, 1))) == [[]]  # a year without calendar


def test_a_rule_of_an_analyst_needs_all_its_conditions(kaiping: Profile) -> None:
    base = kaiping.tags[0]
    extra = base._replace(code="lamp", tag="lamp", how="rule", value="", patterns=(("路灯",),), items=("07",), towns=("440783117",), row=0)
    tagger = Tagger(kaiping, [extra])
    path = ("07", "0703", "070301")
    subjects = [Subject("路灯", path, town="440783117"), Subject("路灯", path, town="440783108"), Subject("路灯", ("08",), town="440783117"),
                Subject("灯", path, town="440783117")]  # fmt: skip
    assert values(tagger, "lamp", *subjects) == [["是"], [], [], []]


def test_a_tag_holds_from_its_first_to_its_last_day(kaiping: Profile) -> None:
    period = kaiping.tags[0].period._replace(start=date(2026, 5, 1), end=date(2026, 5, 31))
    extra = kaiping.tags[0]._replace(code="may", tag="may", how="rule", patterns=(("路灯",),), row=0, period=period)
    days = [datetime(2026, 4, 30, 23, 59), datetime(2026, 5, 1), datetime(2026, 5, 31, 23), datetime(2026, 6, 1)]
    assert [bool(each) for each in values(Tagger(kaiping, [extra]), "may", *(Subject("路灯", at=day) for day in days))] == [False, True, True, False]


def test_who_may_see_what(kaiping: Profile) -> None:
    today = date(2026, 11, 26)
    analyst, supervisor = (visible(kaiping.tags, role, today) for role in ("analyst", "supervisor"))
    assert supervisor - analyst == {"threat", "risk", "sensitive_id", "state_secret"}
    assert visible(kaiping.tags, "operator", today) == frozenset()


def test_a_suggestion_and_a_request_make_a_subject(kaiping: Profile) -> None:
    told = Suggestion(
        "", "求助", 0.9, (ItemCandidate("070301", (), 0.8, 3),), (UnitCandidate("ZJ", "", "", "", 0.6),), (), Place("440783117"), "一般",
        (), (), (), (), (), "suggest", "", CleanText("路灯", "坏了"), Versions("", "", ""),
    )  # fmt: skip
    found = subject(Request("x", channel="电话", received_at="2026-11-26T09:00"), told, Outcome(), kaiping)
    assert (found.text, found.path, found.town, found.suggested_p, found.at) == (
        "路灯\n坏了", ("07", "0703", "070301"), "440783117", 0.6, datetime(2026, 11, 26, 9),
    )  # fmt: skip


@given(st.text(alphabet="阿婆退款赔偿跳楼路灯,。要求 ", max_size=30))
def test_no_value_comes_twice_and_each_is_of_a_tag(tagger: Tagger, kaiping: Profile, text: str) -> None:
    (found,) = tagger.tag_many([Subject(text)])
    pairs = [(each.tag, each.value) for each in found]
    assert len(pairs) == len(set(pairs)) and all(0 <= each.p <= 1 and each.value for each in found)
    assert {tag for tag, _ in pairs} <= {each.tag for each in kaiping.tags}


def test_the_shipped_table_has_the_tags_of_the_plan(kaiping: Profile) -> None:
    assert len({each.tag for each in kaiping.tags}) == 45
    assert len({each.dimension for each in kaiping.tags}) == 11
    assert {each.tag for each in kaiping.tags if each.how in ("model", "field", "derived")} == set(TAG_FIELDS)
