from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.profile import Profile, Tag
from triage.succession import Period
from triage.tag import Subject, Tagger
from triage.tag_trial import Look, Trial

LAMPS = ("07", "0703", "070301")


def rule(patterns: str = "", unless: str = "", items: tuple[str, ...] = (), types: tuple[str, ...] = (), towns: tuple[str, ...] = ()) -> Tag:
    ways = tuple(tuple(way.split("+")) for way in patterns.split(";") if way)
    return Tag("x", "x", "自建", "x", "x", "", "rule", ways, tuple(each for each in unless.split(";") if each), items, types, towns, "no",
               ("analyst",), Period(date.min, date.max), 0)  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "subject", "found"),
    [
        (rule("路灯+不亮;街灯"), Subject("村口路灯三盏不亮"), Look(True, "路灯…不亮", (), False)),
        (rule("路灯+不亮;街灯"), Subject("村口路灯歪了"), Look(False, "路灯", ("patterns",), True)),
        (rule("路灯+不亮"), Subject("自来水很黄"), Look(False, "", ("patterns",), False)),
        (rule("路灯", "路灯费"), Subject("路灯费谁交"), Look(False, "路灯", ("unless",), True)),
        (rule("路灯", items=("0703",)), Subject("很黑", LAMPS), Look(False, "", ("patterns",), True)),
        (rule("路灯", items=("0703",)), Subject("路灯", ("08",)), Look(False, "路灯", ("items",), True)),
        (rule(items=("0703",), types=("投诉",)), Subject("很黑", LAMPS, type="求助"), Look(False, "", ("types",), True)),
        (rule(towns=("1",)), Subject("路灯", town="2"), Look(False, "", ("towns",), False)),
        (rule(towns=("1",)), Subject("路灯", town="1"), Look(True, "", (), False)),
    ],
)
def test_a_rule_holds_or_says_what_it_lacks(tag: Tag, subject: Subject, found: Look, kaiping: Profile) -> None:
    (told,) = Trial(tag, kaiping.words.values()).look([subject])
    assert told._replace(words="") == found._replace(words="")
    assert bool(told.words) == bool(found.words)


@given(st.lists(st.sampled_from(["路灯坏了", "路灯费", "街灯不亮", "路灯。不亮", "水压低", ""]), max_size=8), st.sampled_from([(), LAMPS]))
def test_a_trial_holds_exactly_where_the_tag_would_be_set(kaiping: Profile, texts: list[str], path: tuple[str, ...]) -> None:
    tag = rule("路灯+不亮;街灯;路灯", "路灯费", items=("0703",) if path else ())
    subjects = [Subject(each, path) for each in texts]
    set_ = [any(value.tag == "x" for value in found) for found in Tagger(kaiping, [tag]).tag_many(subjects)]
    assert [each.holds for each in Trial(tag, kaiping.words.values()).look(subjects)] == set_
