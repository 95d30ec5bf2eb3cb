import pytest

from triage.decide import decide
from triage.profile import Profile
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
