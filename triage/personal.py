"""What personal data looks like in a normalized text: the patterns, in groups, and the characters they need.

Identity numbers follow GB 11643-1999, plates GA 36-2018, mobile numbers the national numbering plan.
"""

import re
from functools import cache

import numpy as np
import numpy.typing as npt

_SURE = (
    "赵孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹华魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦昌苗凤花俞袁柳酆鲍史唐"
    "费廉岑薛雷贺倪汤滕殷罗毕郝邬傅卞齐康伍余顾孟黄穆萧肖尹姚邵湛汪祁毛禹狄臧戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵"
    "席麻贾娄颜郭梅盛林刁钟徐邱骆蔡樊胡凌霍虞柯管卢莫房裘缪解丁宣邓郁杭包诸左崔钮龚程嵇邢裴陆荣翁荀惠甄"
    "封储靳井段焦巴谷侯宓全郗班秋仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司韶黎薄印怀蒲邰赖卓蔺屠蒙池乔胥闻党翟谭"
    "贡姬申冉桑桂濮牛边燕冀浦尚温庄晏瞿阎慕茹习艾容向古易廖庾聂晁敖冷辛阚那简饶曾沙养鞠关蒯查后荆游竺盖岳司徒欧"
)
_UNSURE = "高马方于和安平常时全严经任万白金水洪钱文江成关单路农包车田石牛计游管解花房向那后盖司宁党印怀养束边查容沙武温华管巴班"
_COMPOUND = "欧阳|司徒|上官|诸葛|司马|东方|皇甫|尉迟|公孙|慕容|令狐|长孙|夏侯|端木"
_NOT_FIRST = "的了在说反住电要因与及等现已被把向从到对我你他她它家不没就还这那哪某先女老师叔伯哥姐总局村镇街路区市县省个位岁男经委主书队所院校医氏姓"
_NOT_SECOND = _NOT_FIRST + "映来于为是和有会能也都很人工里名性,任记"
_SURNAME = f"(?:{_COMPOUND}|[{''.join(sorted(set(_SURE) | set(_UNSURE)))}])"
_CAREFUL = f"(?:{_COMPOUND}|[{''.join(sorted(set(_SURE) - set(_UNSURE)))}])"
_GIVEN = f"(?!小姐)[一-龥](?<![{_NOT_FIRST}])(?:[一-龥](?<![{_NOT_SECOND}]))?"
_TITLES = (
    "先生 女士 小姐 太太 阿姨 阿伯 阿叔 阿婆 师傅 老师 医生 护士 主任 局长 书记 村长 校长 园长 经理 老板 警官 法官 律师 "
    "队长 科长 所长 镇长 院长 厂长 股长 组长 会计 教练 同志 婆婆 大爷 大妈 大叔 大姐 大哥 伯伯 叔叔 姨 伯 叔 婶 嫂 姐 哥 总 工 生"
).split()
_WEAK_TITLES = frozenset("姨伯叔婶嫂姐哥总工生")
_INTRODUCED = ("我叫 名叫 叫做 我名叫 姓名 联系人 签名 署名 致电人 来电人 来信人 经办人 法定代表人 孩子叫 小孩叫 儿子叫 女儿叫 名字叫 名字是").split()
_ROLES = (
    "我是 本人 业主 户主 当事人 举报人 投诉人 反映人 申请人 诉求人 患者 病人 学生 儿子 女儿 老公 丈夫 妻子 老婆 父亲 母亲 爸爸 妈妈 外婆 奶奶 爷爷 "
    "老板 书记 村支书 主任 村长 局长 医生 老师 班主任 校长 邻居 房东 租客 包工头 司机 同事 工友 村民 居民 市民 员工 职工 店主 代理人"
).split()
_NUMERAL = "零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"
_SEP = r"[ \-.·—~_]{0,2}"
_ANY_SEP = r"[ \-.·—~_/,、*]{0,2}"
_UNITS_OF_MEASURE = "万|亿|元|多|余|平方|公里|米|吨|斤|度|立方|美元|港元|人民币"
_DATE = "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_COUNT = "[0-9A-Za-z一二三四五六七八九十百]{1,5}"

_NUMBERS = (
    ("身份证", rf"(?<![0-9A-Za-z])[1-9](?:{_SEP}\d){{5}}{_SEP}(?:19|20)(?:{_SEP}\d){{9}}{_SEP}[\dXx](?![0-9A-Za-z])"),
    # Letters that look like digits, and any sign between, do not hide a mobile number.
    ("手机", rf"(?<![0-9A-Za-z])(?:\+?0{{0,2}}86{_SEP})?[1lI]{_ANY_SEP}[3-9](?:{_ANY_SEP}[0-9oOlI]){{9}}(?![0-9A-Za-z])"),
    ("电话", rf"(?<!\d)\+?85[23]{_SEP}\d{{4}}{_SEP}\d{{4}}(?!\d)"),
    ("电话", rf"(?<!\d)(?:\(?0\d{{2,3}}\)?{_SEP}\d{{3,4}}{_SEP}\d{{4}}|[48]00(?:{_SEP}\d){{7}})(?:转\d{{1,5}})?(?!\d)"),
    ("证件", r"(?<![0-9A-Za-z])(?:[EGDSPHMC][A-Za-z]?\d{7,8}|[A-Z]\d{6}\(?[0-9A]\)?)(?![0-9A-Za-z])"),
    (
        "号码",
        rf"(?<![0-9A-Za-z.])(?!\d{{4}}-\d{{1,2}}-\d{{1,2}}(?!\d))(?!{_DATE}(?!\d))\d(?:{_SEP}\d){{6,}}"
        rf"(?![0-9A-Za-z]|\.\d|{_SEP}[0-9]|(?:{_UNITS_OF_MEASURE}))",
    ),
    ("号码", rf"(?=[0-9 .\-]{{0,6}}[{_NUMERAL}])(?:[{_NUMERAL}0-9]{_SEP}){{6,}}[{_NUMERAL}0-9](?![十百千万亿])"),
)
_ACCOUNTS = (
    ("邮箱", r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,64}(?:\.[A-Za-z0-9-]{1,64})+"),
    (
        "账号",
        r"(?i:(?:微信|薇信|威信|QQ|扣扣|抖音|wechat|vx|wx)(?:账号|帐号|号码|号|ID)?)[ :是为]{0,3}"
        r"(?![A-Za-z]{1,4}(?![A-Za-z0-9_-]))(?P<secret>[A-Za-z0-9][A-Za-z0-9_-]{4,24})",
    ),
    (
        "车牌",
        rf"[{_PROVINCES}][ ·•.\-]{{0,2}}[A-Za-z][ ·•.\-]{{0,2}}(?=[A-Za-z* ]{{0,6}}\d)"
        r"(?:[A-Za-z0-9*] ?){2,5}[A-Za-z0-9*][港澳学警领]?(?![A-Za-z0-9])",
    ),
)
_DOORS = (
    (
        "门牌",
        rf"{_COUNT}(?:栋|幢|座|号楼|期)(?:{_COUNT}(?:单元|梯|座|楼|层))?-?{_COUNT}(?:室|房|号房|号|单元)?"
        r"(?<=[0-9室房号])(?![0-9楼层年月日元万栋幢座期])",
    ),
    (
        "门牌",
        rf"(?<=[路街道巷里村坊弄园苑城邨厦湾庭府居圩组队])(?:第)?{_COUNT}号(?:之[一二三四五六七八九\d]+)?"
        rf"(?:{_COUNT}(?:栋|幢|座|单元|楼|层|铺))*(?:{_COUNT}(?:室|房|铺))?(?![线令文楼通公路0-9桥机车])",
    ),
    ("门牌", r"(?<![0-9A-Za-z])[0-9]{3,4}(?:室|号房|房)(?![0-9东间产屋地价])"),
)
_INTRO = rf"(?:{'|'.join(sorted(_INTRODUCED, key=len, reverse=True))})[ :是为叫,]{{0,3}}(?P<secret>{_SURNAME}{_GIVEN})(?![局院所厂部会社站公])"
_ROLE = (
    rf"(?:{'|'.join(sorted(_ROLES, key=len, reverse=True))})[ :是为叫(]{{0,3}}(?P<secret>{_CAREFUL}{_GIVEN})"
    rf"(?=[^一-龥]|$|[{_NOT_SECOND}]|[一-龥]{{2}})"
)
_STRONG = "|".join(title for title in _TITLES if title not in _WEAK_TITLES)
_TITLE = (
    rf"(?P<secret>{_CAREFUL}(?:[一-龥](?<![{_NOT_SECOND}])){{0,2}}|(?<![一-龥])[{_UNSURE}]|(?<=[是叫找给跟和向与由姓位])[{_UNSURE}])"
    rf"(?:{_STRONG}|(?<=[^一-龥][一-龥]|[人东是找给跟和向与由][一-龥])[{''.join(sorted(_WEAK_TITLES))}](?![一-龥]))"
)
_CALLED = rf"(?:叫|我系|我係)[ :]?(?P<secret>{_SURNAME}{_GIVEN})(?=[^一-龥]|$|[{_NOT_SECOND}])"
_FAMILY = rf"姓(?P<secret>{_SURNAME})(?=[^一-龥名]|$|[,的先女住,名是])(?!名)"
TAIL = 40
"""How far from the end of a text a signature may begin."""

_SIGNED = rf"[\n。!?;] *(?P<secret>{_CAREFUL}[一-龥]{{1,2}})[ \n。]*(?:[12]\d{{3}}[年.\-/].{{0,8}})?$"

GROUPS: tuple[tuple[tuple[str, re.Pattern[str]], ...], ...] = tuple(
    tuple((kind, re.compile(pattern, re.ASCII)) for kind, pattern in group)
    for group in (
        _NUMBERS,
        _ACCOUNTS,
        _DOORS,
        (("姓名", _TITLE),),
        (("姓名", _INTRO), ("姓名", _ROLE), ("姓名", _CALLED), ("姓名", _FAMILY)),
        (("姓名", _SIGNED),),
    )
)
"""Patterns by what they need: numbers, accounts and plates, doors, titles, introductions, signatures. Where a pattern has
a group ``secret`` only that is personal data. The last group looks at the last ``TAIL`` characters only."""

REACH = ((80, 40), (80, 160), (16, 64), (2, 16), (12, 24), (2, 80))
"""For each group, how far before and after a suspicious character a match can reach."""


NUMBER, FAMILY_NAME, TITLE_1, TITLE_2, TITLE_WEAK, MARK_END, LINK, COUNTER = (1 << bit for bit in range(8))
DOOR, PROVINCE, UPPER, ACCOUNT, AT, STOP, HAN, MARK_START, ALONE, JOINT = (1 << bit for bit in range(8, 18))


@cache
def character_kinds() -> npt.NDArray[np.uint32]:
    """Code point → the kinds of character it can be in a pattern, as bits."""
    table = np.zeros(0x110000, dtype=np.uint32)
    digits = "0123456789"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    titles = [title for title in _TITLES if title not in _WEAK_TITLES]
    marks = (*_INTRODUCED, *_ROLES)
    kinds = {
        NUMBER: digits + _NUMERAL,
        JOINT: " -.·—~_()+/,、*ol" + letters,
        FAMILY_NAME: _SURE + _UNSURE + _COMPOUND,
        TITLE_1: "".join(title[0] for title in titles),
        TITLE_2: "".join(title[1] if len(title) > 1 else title for title in titles),
        TITLE_WEAK: "".join(_WEAK_TITLES),
        MARK_START: "".join(word[-2] for word in marks if len(word) > 1),
        MARK_END: "".join(word[-1] for word in marks if len(word) > 1),
        ALONE: "".join(word for word in marks if len(word) == 1) + "姓叫系係",
        LINK: " :是为叫,(",
        COUNTER: digits + letters + letters.lower() + "一二三四五六七八九十百",
        DOOR: "栋幢座号期室房",
        PROVINCE: _PROVINCES,
        UPPER: letters + letters.lower(),
        ACCOUNT: "微薇威信QqVvWwXxEeCc扣抖音",
        AT: "@",
        STOP: "\n。!?; ",
    }
    for kind, characters in kinds.items():
        for char in characters:
            table[ord(char)] |= kind
    table[0x4E00:0x9FA6] |= HAN
    return table
