import pytest

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
