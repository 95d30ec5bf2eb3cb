import re
from dataclasses import replace

import pytest
from opencc import OpenCC

from triage.normalize import normalize
from triage.profile import CLAUSE, Profile, Rule
from triage.rules import Rules, soften

# Rule, a typical wording, and one in traditional characters or Cantonese.
WORDINGS = (
    ("ELSEWHERE_NAME", "广州市番禺区路灯坏了没人修", "我喺台山市，呢度條路爛晒"),
    ("GAS", "楼下有很浓的煤气味，3楼都闻到", "好大阵煤氣味，唔知邊度漏"),
    ("FIRE", "刚才12栋楼下着火了，烟很大", "隔篱屋火燭呀，快啲嚟人"),
    ("LIFE", "电梯停了，有2个人被困在里面", "阿婆喺屋企暈倒咗，救命呀"),
    ("SUICIDE", "我不想活了，活着没意思", "我真係唔想生喇"),
    ("VIOLENCE", "有人拿刀在路口追人", "佢揚言要斬人"),
    ("THREAT", "再不处理就要出人命", "唔好逼我，乜都做得出"),
    ("COLLAPSE", "后山塌方，泥土压到房子了", "圍牆就嚟冧"),
    ("ELECTRIC", "电线杆倒了，电线掉在路中间", "街燈杆漏電，掂到會麻"),
    ("WATER", "路口水管爆了，水浸到膝盖", "全村停水兩日喇"),
    ("CROWD", "工人拉横幅堵在门口", "成班人去咗堵門"),
    ("PETITION", "我去信访局反映过，要再上访", "唔理我就去上訪"),
    ("MEDIA", "再不处理我就找记者", "我要搵記者報導"),
    ("SCHOOL", "我儿子在学校被同学打，老师不管", "個仔喺學校被欺凌"),
    ("CONFIDENTIAL", "请替我保密，不要告诉厂里", "唔好話俾人知係我打嘅"),
    ("SECRET", "我捡到一份绝密文件", "撿到份機密文件"),
    ("DISCIPLINE", "村干部贪污征地款", "個村長收咗錢"),
    ("COURT", "法院判决下来了，对方还是不给钱", "贏咗官司但係執行不到位"),
    ("REVIEW", "我要申请行政复议", "想申請信息公開，依申請公開"),
    ("EMERGENCY_CALL", "我刚刚被骗了3万元", "個細路唔見咗"),
    ("TRAFFIC_ACCIDENT", "路口发生车祸，堵了2条车道", "架車撞到人"),
    ("CULT", "有人在小区发法轮功传单", "有人派邪教單張"),
    ("PRIVACY", "有人在商场偷拍女生", "俾人偷影，偷拍裙底"),
    ("MILITARY", "我是现役军人，家里的地被占", "軍婚嘅問題想問下"),
    ("THREAT_STAFF", "你们这些垃圾政府", "仆街，乜都唔做"),
    ("LOST_PERSON", "老人今早走失，还没找到", "阿爺行失咗，走丟咗成日"),
    ("WAGE_GROUP", "老板拖欠工人工资，一共30人", "幾十個工人冇糧出"),
    ("DISEASE", "养猪场大量病死猪丢在河边", "村口有隻瘋狗咬人"),
    ("POLLUTION", "工厂正在偷排污水", "河水變黑，好多死魚"),
    ("FOOD_POISON", "学生在饭堂吃完呕吐", "班學生嘔吐"),
    ("MANHOLE", "路口井盖不见了", "冇咗井蓋好危險"),
)
BY_LABEL = {"REPORT": ("举报", "010101"), "ELSEWHERE": ("咨询", "160602"), "PETITION": ("投诉", "160301"), "COURT": ("投诉", "160601")}


@pytest.fixture(scope="module")
def rules(kaiping: Profile) -> Rules:
    return Rules(kaiping)


def fired(rules: Rules, text: str) -> dict[str, str]:
    return rules.match(normalize([text])).get(0, {})


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def test_every_rule_that_stops_a_dispatch_is_tried(kaiping: Profile) -> None:
    stopping = {rule.code for rule in kaiping.rules if rule.decision or rule.urgency}
    assert stopping == {code for code, _, _ in WORDINGS} | BY_LABEL.keys()


@pytest.mark.parametrize(("code", "typical", "dialect"), WORDINGS)
def test_fires_on_every_wording(rules: Rules, code: str, typical: str, dialect: str) -> None:
    to_taiwan, to_hong_kong = OpenCC("s2t").convert(typical), OpenCC("s2hk").convert(typical)
    for text in (typical, dialect, to_taiwan, to_hong_kong, full_width(typical), f"你好,我想反映。{typical}!谢谢", f"<p>{typical}</p>"):
        assert code in fired(rules, text), text


@pytest.mark.parametrize(("code", "labels"), BY_LABEL.items())
def test_fires_on_type_or_item(rules: Rules, code: str, labels: tuple[str, str]) -> None:
    (match,) = (match for match in rules.matches({}, labels[:1], labels[1]) if match.code == code)
    assert match.kind == "manual"
    assert match.words in (f"类型: {labels[0]}", f"事项: {labels[1]}")


def sample(part: str) -> str:
    """One text that a part of a pattern stands for."""
    return re.sub(r"\(([^()]*)\)", lambda found: found[1].split("|")[0], part.removeprefix(CLAUSE)).replace("…", "甲")


def test_every_pattern_fires_and_exceptions_elsewhere_do_not_matter(kaiping: Profile, rules: Rules) -> None:
    traditional = OpenCC("s2t")
    for rule in kaiping.rules:
        texts = [",那边,".join(map(sample, way)) for way in rule.patterns]
        texts += [traditional.convert(text) for text in texts]
        found = rules.match(normalize(texts))
        assert [text for row, text in enumerate(texts) if rule.code not in found.get(row, {})] == []
        around = [f"{sample(word)}。{texts[0]}。{sample(word)}" for word in rule.unless]
        found = rules.match(normalize(around))
        assert [text for row, text in enumerate(around) if rule.code not in found.get(row, {})] == []


def test_no_exception_fires_its_own_rule(kaiping: Profile, rules: Rules) -> None:
    for rule in kaiping.rules:
        exceptions = [word for word in rule.unless if not word.startswith(CLAUSE)]
        assert [word for word in exceptions if rule.code in fired(rules, sample(word))] == []


def test_a_marked_exception_counts_anywhere_in_the_clause(kaiping: Profile, rules: Rules) -> None:
    for rule in kaiping.rules:
        for word in (word for word in rule.unless if word.startswith(CLAUSE)):
            assert rule.code not in fired(rules, f"{sample(word)}的那个{sample(rule.patterns[0][0])}")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("炒菜的时候闻到煤气味", "GAS"),
        ("煤气泄漏,开户的电话打不通", "GAS"),
        ("大水把阿婆困在家里出不来", "LIFE"),
        ("上了台阶就说要跳楼", "SUICIDE"),
        ("担心着火,昨晚真着火了", "FIRE"),
        ("校车上学生呕吐", "FOOD_POISON"),
        ("门禁旁边捡到涉密文件", "SECRET"),
    ],
)
def test_what_else_is_said_never_silences_danger(rules: Rules, text: str, code: str) -> None:
    assert code in fired(rules, text)


def test_breathless(rules: Rules) -> None:
    assert "LIFE" in fired(rules, "有老人呼吸困难,快来")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("楼道堆放杂物,容易引发火灾", "FIRE"),
        ("煤气开户怎么办理,有没有味", "GAS"),
        ("商场卖跳楼价", "SUICIDE"),
        ("失信名单里的法院执行记录怎么查", "COURT"),
        ("签了商业保密协议", "CONFIDENTIAL"),
        ("电动车飞线充电有触电隐患", "LIFE"),
        ("鞋带打死结", "VIOLENCE"),
    ],
)
def test_exceptions(rules: Rules, text: str, code: str) -> None:
    assert code not in fired(rules, text)


@pytest.mark.parametrize("text", ["水口镇的路灯坏了", "咨询社保怎么转移", "小区门口垃圾没人清理", ""])
def test_ordinary_requests_fire_nothing(rules: Rules, text: str) -> None:
    assert rules.match([text]) == {}


def test_words_of_a_pattern_must_stand_in_one_sentence(rules: Rules) -> None:
    assert "GAS" in fired(rules, "煤气很贵,有味")
    assert "GAS" not in fired(rules, "煤气很贵。厨房有味")


def test_an_exception_in_one_sentence_does_not_silence_another(rules: Rules) -> None:
    assert "FIRE" in fired(rules, "平时要注意防火。现在隔壁着火了")
    assert "FIRE" in fired(rules, "平时要注意防火,现在隔壁着火了")


ADVERSARIAL = """
我唔想做人了,欠薪三个月没发工资|我想死,社保中心不给我办退休|不发工资我就带炸药去|我要炸掉社保局|我要砍社保局的人
包工头不发工资还说要打断我的腿|老板威胁要找人弄我|的士司机被人打得头破血流|幼儿园老师用针扎孩子|养老院护工打老人
请替我保守秘密|别透露我的姓名,老板拖欠工资|不要说是我投诉的|请不要公布我的名字|为我的信息守密|请勿让厂里知道是我反映的
驾校教练收钱包过|麻将馆赌钱|城管和商贩是亲戚,只罚别人|另外我要举报老板|隔壁起火了,我好怕|我家煤气泄漏,点解办理咁慢,怎么办理
小孩溺水,以前避免不了|老人晕倒了,万一死了怎么办|有人中毒,会不会死|去年装修的房子今天起火了|外墙脱落砸到人,会不会再掉
有个女孩要跳楼,就在跳楼机旁边的楼顶|煤 气 泄 漏|起 火 了|我要自-杀|着<b>火</b>了|着\u200b火了|樓下著火|我係俾人打嘅
村口的高压线断了垂在路上|派出所民警收了人家好处|村主任贪了征地款|厨房起火啦，可能仲有人喺入面|小区电梯困人|小孩掉进池塘了
我老公打我|邻居拿着菜刀追我|包工头跑了,准备爬塔吊|个仔唔见咗|摩托车被偷了|家里进了贼|煤气罐爆了|幼儿园十几个小朋友呕吐
"""


@pytest.mark.parametrize("text", ADVERSARIAL.replace("\n", "|").strip("|").split("|"))
def test_fires_whatever_stands_around_it(rules: Rules, text: str) -> None:
    assert fired(rules, text)


def test_each_text_has_its_own_rules(rules: Rules) -> None:
    assert {row: set(found) for row, found in rules.match(["路灯", "着火了", "", "电线杆漏电"]).items()} == {1: {"FIRE"}, 3: {"ELECTRIC"}}


def test_matches_come_in_the_order_of_the_table_with_what_to_do(kaiping: Profile, rules: Rules) -> None:
    found = rules.matches({"LIFE": "昏迷", "GAS": "煤气+味"}, ["举报"], "160602")
    assert [match.code for match in found] == ["GAS", "LIFE", "REPORT", "ELSEWHERE"]
    gas = next(rule for rule in kaiping.rules if rule.code == "GAS")
    assert (found[0].words, found[0].level, found[0].kind, found[0].handling) == ("煤气+味", "特急", "manual", gas.handling)
    assert rules.matches({}, ["咨询"], "010101") == ()


def test_danger_that_is_over_is_only_confirmed(rules: Rules) -> None:
    found = soften(rules.matches({"LIFE": "落水", "CONFIDENTIAL": "保密", "COLLAPSE": "塌了"}, (), ""))
    assert [(match.code, match.kind, match.level) for match in found] == [
        ("LIFE", "suggest", ""),
        ("COLLAPSE", "suggest", "紧急"),
        ("CONFIDENTIAL", "manual", ""),
    ]


def test_dialect_is_read_on_both_sides(kaiping: Profile) -> None:
    rule = Rule("A", "甲", (), (), (("冇水",),), ("~唔使",), "", "manual", "", "", 2)
    rules = Rules(replace(kaiping, rules=(rule,)))
    assert [bool(fired(rules, text)) for text in ("全楼冇水", "全楼无水", "无水不使", "冇水唔使", "有水")] == [True, True, False, False, False]


def test_without_a_profile_there_are_no_rules() -> None:
    assert Rules(None).match(["着火了"]) == {}
    assert Rules(None).matches({}, ["举报"], "") == ()
