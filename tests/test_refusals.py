from pathlib import Path

import pytest
from spoil import numbered, set_cells

from triage import Engine, Request, Suggestion
from triage.errors import RequestError
from triage.records import Refusal

SWEEP = "塘口镇我们村路边的垃圾堆了半个月没人清理"


def ask(engine: Engine, text: str, *refused: Refusal, place: str = "") -> Suggestion:
    return engine.suggest(Request(text, place=place, refused=refused))


@pytest.mark.parametrize("reason", ["属地不符", "权属不清", "职能交叉", "信息不全", "已有主办件", "涉法涉诉", "其他", ""])
def test_a_refusing_unit_is_never_suggested_again(engine: Engine, reason: str) -> None:
    for text in ("光华路路灯坏了三天没人修", "工厂晚上机器噪音大", "老板拖欠工资两个月"):
        first = ask(engine, text).units[0].code
        again = ask(engine, text, Refusal(first, reason))
        assert first not in {unit.code for unit in again.units}
        assert sum(unit.p for unit in again.units) > 0
        assert again.decision != "auto"


def test_one_after_the_other_all_are_left_out(engine: Engine) -> None:
    refused: list[Refusal] = []
    for _ in range(8):
        refused.append(Refusal(ask(engine, "路灯坏了", *refused).units[0].code, "其他"))
        assert not {each.unit for each in refused} & {unit.code for unit in ask(engine, "路灯坏了", *refused).units}


def test_nobody_is_left(engine: Engine) -> None:
    answer = ask(engine, "路灯坏了", *(Refusal(unit, "其他") for unit in engine.labels("unit")))
    assert answer.units == ()
    assert answer.decision == "manual"


def test_a_town_that_says_elsewhere_is_asked_for(engine: Engine) -> None:
    before = ask(engine, SWEEP)
    assert before.place.name == "塘口镇"
    after = ask(engine, SWEEP, Refusal("ZJX", "属地不符"))
    assert after.place.town == ""
    assert [question.issue for question in after.questions] == ["place"]
    assert all(unit.area != before.place.town for unit in after.units)


def test_another_town_may_still_take_it(engine: Engine) -> None:
    after = ask(engine, "路边垃圾没人清理", Refusal("ZJX", "属地不符", "440783108"), place="440783117")
    assert after.place.name == "水口镇"


def test_elsewhere_keeps_the_function(engine: Engine) -> None:
    """The city's bureau denies the place: those who lead the same item in other areas move up."""
    text = "光华路垃圾桶满了没人清运"
    before = ask(engine, text, place="长沙街道")
    assert before.units[0].code == "CG"
    after = ask(engine, text, Refusal("CG", "属地不符"), place="长沙街道")
    assert after.units[0].code in ("ZJX", "CSH")


def test_two_refusals_ask_for_a_decision_above(engine: Engine) -> None:
    once = ask(engine, "路灯坏了", Refusal("CG", "其他"))
    assert "两次退单" not in [rule.code for rule in once.rules]
    twice = ask(engine, "路灯坏了", Refusal("CG", "其他"), Refusal("GD", "其他"))
    assert "两次退单" in [rule.code for rule in twice.rules]
    assert twice.decision == "manual"


@pytest.mark.parametrize(("reason", "decision"), [("权属不清", "manual"), ("信息不全", "manual"), ("涉法涉诉", "manual"), ("职能交叉", "suggest")])
def test_the_reason_says_who_decides(engine: Engine, reason: str, decision: str) -> None:
    answer = ask(engine, "光华路路灯坏了三天没人修", Refusal("GD", reason))
    assert answer.decision == decision
    assert any(rule.code == reason and rule.handling for rule in answer.rules)


@pytest.mark.parametrize(
    ("refusal", "code"),
    [(Refusal("火星局"), "unknown_unit"), (Refusal("CG", "不想办"), "unknown_reason"), (Refusal("ZJX", "属地不符", "999"), "unknown_town")],
)
def test_unknown_names_are_refused(engine: Engine, refusal: Refusal, code: str) -> None:
    with pytest.raises(RequestError) as caught:
        ask(engine, "路灯坏了", refusal)
    assert caught.value.code == code


def test_what_the_caller_told_after_a_refusal_holds(engine: Engine) -> None:
    """A town said no without saying which; then the caller named the place: it is not asked for again."""
    told = engine.suggest(Request(SWEEP, refused=(Refusal("ZJX", "属地不符"),), answers={"place": "440783117"}))
    assert told.place.name == "水口镇"
    assert (told.units[0].code, told.units[0].area) == ("ZJX", "440783117")
    assert told.questions == ()


def test_the_town_that_the_caller_told_may_refuse_too(engine: Engine) -> None:
    refused = (Refusal("ZJX", "属地不符"), Refusal("ZJX", "属地不符", "440783117"))
    told = engine.suggest(Request(SWEEP, refused=refused, answers={"place": "440783117"}))
    assert told.place.town == ""
    assert "440783117" not in {unit.area for unit in told.units}


def test_the_reason_of_a_second_refusal_is_none_to_choose(engine: Engine) -> None:
    with pytest.raises(RequestError, match="两次退单") as caught:
        ask(engine, SWEEP, Refusal("ZJX", "两次退单"))
    assert caught.value.code == "unknown_reason"
    assert "两次退单" not in str(caught.value).partition("Use one of")[2]


def test_a_refusal_follows_a_town_that_was_merged(toy: Path, profile_copy: Path) -> None:
    """塘口镇 is merged into 水口镇: what it refused, its heir has refused."""
    row = next(number for number, name in numbered(profile_copy, "towns.csv", "name") if name == "塘口镇")
    old = dict(numbered(profile_copy, "towns.csv", "code"))[row]
    set_cells(profile_copy, "towns.csv", row, valid_to="2026-12-31", successor="440783117")
    merged = Engine.load(profile_copy, toy)
    for refusal in (Refusal("ZJX", "属地不符", old), Refusal("ZJX", "属地不符")):
        before = merged.suggest(Request(SWEEP, received_at="2027-01-05"))
        assert before.place.name == "水口镇"
        after = merged.suggest(Request(SWEEP, received_at="2027-01-05", refused=(refusal,)))
        assert after.place.town == ""
        assert "440783117" not in {unit.area for unit in after.units}
        asked = {option.code for question in after.questions if question.issue == "place" for option in question.options}
        assert "440783117" not in asked
