"""The columns of every table of a profile, with their meaning for a clerk. Whoever reads, checks or writes tables takes them from here."""

from collections.abc import Mapping
from typing import NamedTuple

from triage.deadlines import KINDS, TYPES, UNITS


class Column(NamedTuple):
    """``meaning`` is one sentence for a clerk. ``values`` says what may stand in a cell: "" free text, "code" the row's own code,
    "date", "unit", "item", "town" or "area" a code of that table, "units", "items", "towns" or "types" several of them
    separated by ;, or the words that are allowed: one of them where it is ``needed``, else one or none."""

    name: str
    meaning: str
    values: str | tuple[str, ...] = ""
    needed: bool = False


_YES = ("yes",)
DANGER = "特急"
_URGENCIES = ("一般", "紧急", DANGER)
MOVES = ("none", "area", "consult", "overlap", "ask", "merge", "close", "escalate")
_FROM = Column("valid_from", "生效日(含当天),如 2026-07-01;留空表示一直有效", "date")
_TO = Column("valid_to", "失效日(含当天),如 2026-12-31;留空表示没有终止", "date")
_STATUS = Column("status", "本市已确认填 confirmed,待确认填 to_confirm", ("confirmed", "to_confirm"))
_SOURCE = Column("source", "这一行的出处:谁说的,或哪份文件")
_BASIS = Column("basis", "依据的法律、文件或承诺,如 劳动保障监察条例")

TAG_HOWS = ("rule", "model", "field", "derived", "manual")
TAG_FIELDS = (
    "item", "req_type", "urban_rural", "time_slot", "season", "missing", "duplicate", "bounce_reason", "corrected", "biz_env", "town", "caller_kind",
    "urgency", "channel", "state", "dispatch_mode", "bounce_count", "responded", "solved", "satisfied", "reopened", "conf",
)  # fmt: skip
"""Tags whose values the engine can tell without a rule: all that may have model, field or derived in ``how``."""
SENSITIVITIES = ("no", "yes", "restricted")

TITLES: Mapping[str, str] = {
    "units.csv": "承办单位:可以接单的单位",
    "towns.csv": "镇街:镇、街道和园区",
    "places.csv": "地点:村、路和地名各在哪个镇街",
    "items.csv": "事项:诉求的分类",
    "responsibility.csv": "职责表:哪个事项在哪个区域由谁主办、谁协办",
    "rules.csv": "规则:紧急程度,以及哪些诉求必须由人决定",
    "words.csv": "本地词:本市的地名、平台和方言字词",
    "overlaps.csv": "职能交叉:由一个事实决定由谁主办",
    "refusals.csv": "退单:各种退单理由怎么处理",
    "deadlines.csv": "时限:几天之内办到哪一步",
    "tags.csv": "标签:分析用,不影响分办",
    "calendar.csv": "工作日历:放假和调休上班的日子",
}

TABLES: Mapping[str, tuple[Column, ...]] = {
    "units.csv": (
        Column("code", "单位代码,不得重复,历史工单和结果都用它,如 RS", "code"),
        Column("name", "单位全称,必填,如 开平市人力资源和社会保障局"),
        Column("short", "屏幕上显示的简称,如 人社局;留空则用全称"),
        Column("aliases", "其他叫法,多个用 ; 隔开,如 人社局;劳动局"),
        Column("level", "层级,仅作记录,如 county、prefecture、national、enterprise、town"),
        Column("duties", "主要职责,多个用 ; 隔开"),
        Column("keywords", "群众常用的说法,多个用 ; 隔开,如 拖欠工资;社保卡"),
        Column("accepts", "是否接单:yes 接,limited 只接部分,refer 只解释和转介,no 不接", ("yes", "limited", "refer", "no"), needed=True),
        _FROM,
        _TO,
        Column("successor", "撤并后由哪个单位承接,填单位代码,多个用 ; 隔开;填了就必须有失效日", "units"),
        _STATUS,
        _SOURCE,
    ),
    "towns.csv": (
        Column("code", "镇街代码,不得重复,宜用统计用区划代码,如 440783108", "code"),
        Column("name", "镇街全称,如 水口镇"),
        Column("short", "简称,如 水口;留空则用全称"),
        Column("area", "区域类别,填 profile 页 [areas] 下的代码,如 town", "area"),
        Column("unit", "在此代替镇街承办的单位的代码(如园区管委会);一般留空", "unit"),
        Column("aliases", "其他叫法,多个用 ; 隔开;一个叫法只能属于一个镇街"),
        Column("misspellings", "常见误写,多个用 ; 隔开,如 马岗"),
        Column("homonyms", "含有此名但另有所指的更长的词,多个用 ; 隔开,如 长沙市;湖南长沙"),
        _FROM,
        _TO,
        Column("successor", "撤并后并入哪个镇街,填镇街代码,多个用 ; 隔开;填了就必须有失效日", "towns"),
        _STATUS,
        _SOURCE,
    ),
    "places.csv": (
        Column("name", "地名,不得重复,按群众的写法,如 自力村"),
        Column("town", "所在镇街的代码,如 440783108", "town"),
        Column("kind", "village 村,road 路,spot 其他地点;仅作记录", ("village", "road", "spot")),
        _STATUS,
        _SOURCE,
    ),
    "items.csv": (
        Column("code", "事项代码,不得重复,不得改作他用,如 010101", "code"),
        Column("parent", "上级事项的代码,如 0101;最上一级留空", "item"),
        Column("name", "事项名称,必填,如 拖欠工资(非工程)"),
        Column("keywords", "来电人对这类事的各种说法,多个用 ; 隔开,训练时学习"),
        Column("kind", "public 公众事项,company 企业事项", KINDS, needed=True),
        _FROM,
        _TO,
        Column("successor", "由哪个事项代替,填事项代码,多个用 ; 隔开;填了就必须有失效日", "items"),
        _STATUS,
    ),
    "responsibility.csv": (
        Column("item", "末级事项的代码,如 010101", "item"),
        Column("area", "* 表示所有地方;也可填区域类别(如 town)或一个镇街的代码", "area"),
        Column("unit", "承办单位的代码;由所在镇街承办的填镇街(泛指)的代码,如 ZJX", "unit"),
        Column("role", "lead 主办,co 协办", ("lead", "co"), needed=True),
        Column("own", "yes 表示部门的本职,不得下派给镇街;否则留空", _YES),
        _BASIS,
        _FROM,
        _TO,
        Column("confirmed_by", "由谁确认的,如 市委编办"),
        _STATUS,
        _SOURCE,
    ),
    "rules.csv": (
        Column("code", "规则代码,不得重复,如 GAS", "code"),
        Column("name", "规则名称,显示在屏幕上,如 燃气泄漏"),
        Column("types", f"对这些诉求类型一律适用,多个用 ; 隔开:{'、'.join(TYPES)}", "types"),
        Column("items", "对这些事项一律适用,填事项代码,多个用 ; 隔开", "items"),
        Column(
            "patterns",
            "触发的词:; 隔开几种说法,+ 连接须在同一句出现的词,(甲|乙) 表示任选一词,… 表示随后不远处,如 煤气+味;漏煤气;再不(处理|给钱)…跳楼",
        ),
        Column("unless", "与触发的词重叠的更长的词,有它就不触发,如 火灾隐患;前加 ~ 的词在同一分句任何位置都算,如 ~演练(特急的规则不可用 ~)"),
        Column("homophones", "yes 表示写成同音字(三字以上)、夹拼音或被标点拆开也触发;否则留空", _YES),
        Column("urgency", "触发后至少为哪种紧急程度;留空表示不改", _URGENCIES),
        Column("decision", "suggest 须由人确认,manual 须由人决定;留空表示不限制", ("suggest", "manual")),
        Column("lead", "触发后排在首位的单位的代码;一般留空", "unit"),
        Column("handling", "话务员应怎么做"),
        Column("transfer", "电话转接到哪里,如 119"),
        _STATUS,
        _SOURCE,
    ),
    "words.csv": (
        Column("word", "词,不得重复:应当作一个词来读的地名、平台或方言词"),
        Column("standard", "规范写法,字数须与该词相同,如 冇 写 无;没有就留空"),
        Column("note", "备注"),
    ),
    "overlaps.csv": (
        Column("code", "代码,不得重复,每个答案一行,如 noise.site", "code"),
        Column("issue", "争议的代码,同一争议的几行写同一个,如 noise", "code"),
        Column("question", "该问来电人的话,如 请问噪声是工厂、工地还是商铺发出的?"),
        Column("topic", "说明来电是在讲这类事的词,写法同 clues;同一 issue 各行相同,如 噪音;很吵"),
        Column("answer", "来电人的回答,如 建筑工地"),
        Column("items", "这个答案对应的事项的代码,多个用 ; 隔开", "items"),
        Column("clues", "文中说明是这个答案的词:; 隔开几种说法,+ 连接须在同一句出现的词,如 工地+噪音;夜间施工+扰民"),
        Column("unless", "同一分句里有这些词就不算,多个用 ; 隔开,如 装修"),
        Column("lead", "这样回答时主办单位的代码", "unit"),
        Column("co", "这样回答时协办单位的代码,多个用 ; 隔开", "units"),
        _BASIS,
        _FROM,
        _TO,
        _STATUS,
        _SOURCE,
    ),
    "refusals.csv": (
        Column("reason", "退单理由,不得重复,如 属地不符"),
        Column(
            "move",
            "退单后怎么办:none 不变,area 换区域,consult 会商,overlap 换职能交叉的另一方,ask 问来电人,merge 并单,close 不受理,escalate 再次退单时提级",
            MOVES,
            needed=True,
        ),
        Column("handling", "话务员应怎么做"),
        _STATUS,
        _SOURCE,
    ),
    "deadlines.csv": (
        Column("code", "代码,不得重复,如 GD_HELP", "code"),
        Column("kind", "public 对所有诉求有效,company 另外只对企业诉求有效", KINDS, needed=True),
        Column("type", "诉求类型,如 求助;留空表示所有类型", TYPES),
        Column("stage", "到期前要做到哪一步:答复、联系企业、提出方案、办结"),
        Column("amount", "数目,正整数,如 10"),
        Column("unit", "数目的单位:minute 分钟,hour 小时,day 自然日,working_day 工作日", UNITS, needed=True),
        _BASIS,
        _STATUS,
        _SOURCE,
    ),
    "tags.csv": (
        Column("code", "代码,不得重复;规则标签每个取值一行,如 crowd.elder,其余标签一行", "code"),
        Column("tag", "标签的代码,同一标签的几行写同一个,如 crowd", "code"),
        Column("dimension", "所属维度,如 主体"),
        Column("name", "标签的名称,如 人群"),
        Column("definition", "什么情况下打这个标签,写给分析员看"),
        Column("value", "这一行的取值,如 老年人;规则标签留空即为 是"),
        Column("how", "由什么得出:rule 本行的条件,model 模型,field 工单字段,derived 推算,manual 人工", TAG_HOWS, needed=True),
        Column("patterns", "规则标签:触发的词,写法同 rules.csv,如 爷爷;奶奶;独居+老人"),
        Column("unless", "与触发的词重叠的更长的词,有它就不触发;前加 ~ 的词在同一分句任何位置都算"),
        Column("items", "规则标签:只对这些事项及其下级,填事项代码,多个用 ; 隔开", "items"),
        Column("types", f"规则标签:只对这些诉求类型,多个用 ; 隔开:{'、'.join(TYPES)}", "types"),
        Column("towns", "规则标签:只对这些镇街,填镇街代码,多个用 ; 隔开", "towns"),
        Column("sensitivity", "敏感程度:no 一般,yes 敏感,restricted 严控", SENSITIVITIES, needed=True),
        Column("visible_to", "谁可以看,多个用 ; 隔开:analyst 分析员,supervisor 班长"),
        _FROM,
        _TO,
        _STATUS,
        _SOURCE,
    ),
    "calendar.csv": (
        Column("date", "日期,不得重复,如 2026-10-01;只写与平常不同的日子", "date"),
        Column("kind", "holiday 放假的工作日,workday 调休上班的周末", ("holiday", "workday"), needed=True),
        Column("name", "属于哪个节日,如 国庆节"),
        Column("source", "出自哪份放假通知"),
    ),
}

OPTIONAL = frozenset(("tags.csv", "overlaps.csv", "refusals.csv", "deadlines.csv", "calendar.csv"))
