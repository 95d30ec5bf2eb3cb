import pytest

from triage.decide import EVERYONE, decide
from triage.profile import Profile
from triage.promise import NEVER, Lines
from triage.records import Match, Question, UnitCandidate

THRESHOLDS = {"auto": 0.9, "suggest": 0.3, "level": 0.6}
TOWN = "440783117"


def rule(kind: str) -> Match:
    return Match("X", "某规则", kind, "", "词", "", "")


@pytest.mark.parametrize(
    ("p", "rules", "urgency", "decision"),
    [
        (0.95, (), "一般", "auto"),
        (0.90, (), "一般", "auto"),
        (0.89, (), "一般", "suggest"),
        (0.30, (), "一般", "suggest"),
        (0.29, (), "一般", "manual"),
        (0.99, (), "紧急", "suggest"),
        (0.99, (), "特急", "suggest"),
        (0.99, (rule("manual"),), "一般", "manual"),
        (0.99, (rule("suggest"),), "一般", "suggest"),
        (0.99, (rule("suggest"), rule("manual")), "一般", "manual"),
        (0.99, (rule(""),), "一般", "auto"),
    ],
)
def test_decides(kaiping: Profile, p: float, rules: tuple[Match, ...], urgency: str, decision: str) -> None:
    found, why = decide(kaiping, THRESHOLDS, [UnitCandidate("RS", "人社局", "主办", "", p)], rules, urgency, 20)
    assert found == decision
    assert why


def test_a_few_signs_are_no_matter(kaiping: Profile) -> None:
    assert decide(kaiping, THRESHOLDS, [UnitCandidate("RS", "人社局", "主办", "", 0.99)], (), "一般", 4) == ("manual", "内容过短, 须先问清")


def test_the_town_concerned_is_never_sent_to_without_a_town(kaiping: Profile) -> None:
    assert decide(kaiping, THRESHOLDS, [UnitCandidate("ZJX", "属地", "主办", "", 0.99)], (), "一般", 20) == ("suggest", "须先问清在哪个镇街")
    assert decide(kaiping, THRESHOLDS, [UnitCandidate("ZJX", "水口镇", "主办", TOWN, 0.99)], (), "一般", 20)[0] == "auto"


SURE = UnitCandidate("RS", "人社局", "主办", "", 0.99)


def test_what_must_be_asked_or_split_never_goes_by_itself(kaiping: Profile) -> None:
    open_fact = Question("noise", "请问噪声是哪来的?", ())
    assert decide(kaiping, THRESHOLDS, [SURE], (), "一般", 20)[0] == "auto"
    assert decide(kaiping, THRESHOLDS, [SURE], (), "一般", 20, [open_fact]) == ("suggest", "须先问清: 请问噪声是哪来的?")
    assert decide(kaiping, THRESHOLDS, [SURE], (), "一般", 20, matters=2)[0] == "suggest"


@pytest.mark.parametrize("unit", ["JW", "XFJ", "ZZ"])
def test_who_only_refers_or_takes_little_never_gets_it_by_itself(kaiping: Profile, unit: str) -> None:
    assert decide(kaiping, THRESHOLDS, [UnitCandidate(unit, unit, "主办", "", 0.99)], (), "一般", 20)[0] == "suggest"


def test_nobody_left_is_for_people(kaiping: Profile) -> None:
    assert decide(kaiping, THRESHOLDS, [], (), "一般", 20)[0] == "manual"


PROMISED = Lines(NEVER, {"RS": 0.8}, "95 % 把握下错误率不超过 3 %")


@pytest.mark.parametrize(
    ("code", "p", "decision", "why"),
    [
        ("RS", 0.85, "auto", "首选 85.0%, 达到人社局的自动派单线 80.0% (承诺: 95 % 把握下错误率不超过 3 %)"),
        ("RS", 0.80, "auto", "首选 80.0%, 达到人社局的自动派单线 80.0% (承诺: 95 % 把握下错误率不超过 3 %)"),
        ("RS", 0.79, "suggest", "首选 79.0%, 未达人社局的自动派单线 80.0%"),
        ("CG", 0.99, "suggest", "首选 99%, 人社局未证明可自动派单"),
        ("CG", 0.20, "manual", "首选 20%, 人社局未证明可自动派单"),
        ("RS", 0.20, "manual", "把握不足: 首选 20%"),
    ],
)
def test_a_unit_follows_its_own_proven_line(kaiping: Profile, code: str, p: float, decision: str, why: str) -> None:
    assert decide(kaiping, THRESHOLDS, [UnitCandidate(code, "人社局", "主办", "", p)], (), "一般", 20, lines=PROMISED) == (decision, why)


def test_a_promise_of_nothing_sends_nothing(kaiping: Profile) -> None:
    assert decide(kaiping, THRESHOLDS, [SURE], (), "一般", 20, lines=Lines(NEVER, {})) == ("suggest", "首选 99%, 本模型未启用自动派单")


@pytest.mark.parametrize("line", [0.3, 0.9])
def test_the_line_never_opens_what_is_held_back(kaiping: Profile, line: float) -> None:
    lines = Lines(line, {"RS": line, "JW": line})
    assert decide(kaiping, THRESHOLDS, [SURE], (rule("manual"),), "一般", 20, lines=lines)[0] == "manual"
    assert decide(kaiping, THRESHOLDS, [SURE], (), "紧急", 20, lines=lines)[0] == "suggest"
    assert decide(kaiping, THRESHOLDS, [UnitCandidate("JW", "纪委", "主办", "", 0.99)], (), "一般", 20, lines=lines)[0] == "suggest"


def test_a_suspended_unit_gets_nothing_by_itself_and_the_reason_says_so(kaiping: Profile) -> None:
    def why(*suspended: str, best: UnitCandidate = SURE) -> tuple[str, str]:
        return decide(kaiping, THRESHOLDS, [best], (), "一般", 20, suspended=set(suspended))

    assert why("RS") == ("suggest", "首选 99.0%, 但人社局近期退改率上升, 已暂停自动派单")
    assert why(EVERYONE) == ("suggest", "首选 99.0%, 但全市近期退改率上升, 已暂停自动派单")
    assert why("CG")[0] == "auto"
    told = {"RS": "的自动派单已由人关闭"}
    assert decide(kaiping, THRESHOLDS, [SURE], (), "一般", 20, suspended=told) == ("suggest", "首选 99.0%, 但人社局的自动派单已由人关闭")
    town = UnitCandidate("ZJX", "水口镇", "主办", TOWN, 0.99)
    assert why(f"ZJX@{TOWN}", best=town) == ("suggest", "首选 99.0%, 但水口镇近期退改率上升, 已暂停自动派单")
    assert why("ZJX", best=town)[0] == "suggest"
    assert why("ZJX@440783118", best=town)[0] == "auto"


def test_below_the_line_the_line_is_the_reason_also_when_suspended(kaiping: Profile) -> None:
    assert decide(kaiping, THRESHOLDS, [UnitCandidate("RS", "人社局", "主办", "", 0.5)], (), "一般", 20, suspended={"RS"})[1] == (
        "首选 50.0%, 未达自动派单线 90.0%"
    )


NAN = float("nan")


@pytest.mark.parametrize(
    ("p", "lines"), [(NAN, Lines(0.9)), (NAN, Lines(0.0)), (0.99, Lines(NAN)), (0.99, Lines(0.9, {"RS": NAN})), (NAN, Lines(NAN))]
)
def test_what_is_not_a_number_never_goes_by_itself(kaiping: Profile, p: float, lines: Lines) -> None:
    best = UnitCandidate("RS", "人社局", "主办", "", p)
    for thresholds in (THRESHOLDS, {**THRESHOLDS, "suggest": 0.0}):
        decision, why = decide(kaiping, thresholds, [best], (), "一般", 20, lines=lines)
        assert decision == ("manual" if p != p else "suggest")
        assert "自动派单线 nan" not in why
