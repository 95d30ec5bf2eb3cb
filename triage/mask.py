"""Personal data out of a text, a visible placeholder in its place.

Masked: names (where a title, a role or an introduction marks them), telephone numbers (also spelt in Chinese numerals),
identity, passport and bank card numbers, any other long number, e-mail, WeChat and QQ accounts, number plates, and house
and room numbers. Kept: organisations, the unified social credit code of firms (public register), amounts, dates, roads
and villages. A name in running text without any mark is not found; nothing but a register of persons could.

Identity numbers follow GB 11643-1999, plates GA 36-2018, mobile numbers the national numbering plan. The text must be
normalized; masking is idempotent.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

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
_NOT_GIVEN = (
    "的了在说反映住来电要因于为是和与及等现已被把向从到对我你他她它家有不没会能也都就还很这那哪某人先女小老师叔伯哥姐"
    "总工局村镇街路区市县省里个位名岁男性经理,委主任书记队长所院校长医生"
)
_SURNAME = f"(?:{_COMPOUND}|[{''.join(sorted(set(_SURE) | set(_UNSURE)))}])"
_CAREFUL = f"(?:{_COMPOUND}|[{''.join(sorted(set(_SURE) - set(_UNSURE)))}])"
_GIVEN = f"[一-龥](?<![{_NOT_GIVEN}])(?:[一-龥](?<![{_NOT_GIVEN}]))?"
_TITLES = (
    "先生 女士 小姐 太太 阿姨 阿伯 阿叔 阿婆 师傅 老师 医生 护士 主任 局长 书记 村长 校长 园长 经理 老板 警官 法官 律师 "
    "队长 科长 所长 镇长 院长 厂长 股长 组长 会计 教练 同志 婆婆 大爷 大妈 大叔 大姐 大哥 伯伯 叔叔 姨 伯 叔 婶 嫂 姐 哥 总 工 生"
).split()
_WEAK_TITLES = frozenset("姨伯叔婶嫂姐哥总工生")
_INTRODUCED = "我叫 名叫 叫做 我名叫 姓名 联系人 签名 署名 致电人 来电人 来信人 经办人 法人 法定代表人 负责人 找 孩子叫 小孩叫 儿子叫 女儿叫 名字叫 名字是".split()
_ROLES = (
    "我是 本人 业主 户主 当事人 举报人 投诉人 反映人 申请人 诉求人 患者 病人 学生 儿子 女儿 老公 丈夫 妻子 老婆 父亲 母亲 爸爸 妈妈 外婆 奶奶 爷爷 "
    "老板 书记 村支书 主任 村长 局长 医生 老师 班主任 校长 邻居 房东 租客 包工头 司机 同事 工友 村民 居民 市民 员工 职工 店主 代理人"
).split()
_NUMERAL = "零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"
_SEP = r"[ \-.·—~_]{0,2}"
_DIGIT_FORMS: tuple[tuple[str, str], ...] = (
    ("身份证", rf"(?<![0-9A-Za-z])[1-9](?:{_SEP}\d){{5}}{_SEP}(?:19|20)(?:{_SEP}\d){{9}}{_SEP}[\dXx](?![0-9A-Za-z])"),
    ("手机", rf"(?<!\d)(?:\+?0{{0,2}}86{_SEP})?1[3-9](?:{_SEP}\d){{9}}(?!\d)"),
    (
        "电话",
        rf"(?<!\d)(?:\+?85[23]{_SEP}\d{{4}}{_SEP}\d{{4}}|\(?0\d{{2,3}}\)?{_SEP}\d{{3,4}}{_SEP}\d{{4}}|[48]00(?:{_SEP}\d){{7}})(?:转\d{{1,5}})?(?!\d)",
    ),
    ("证件", r"(?<![0-9A-Za-z])(?:[EGDSPHMC][A-Za-z]?\d{7,8}|[A-Z]\d{6}\(?[0-9A]\)?)(?![0-9A-Za-z])"),
    (
        "号码",
        rf"(?<![0-9A-Za-z.])(?!\d{{4}}-\d{{1,2}}-\d{{1,2}}(?!\d))\d(?:{_SEP}\d){{6,}}(?![0-9A-Za-z]|\.\d|{_SEP}[0-9]|(?:万|亿|元|多|余|平方|公里|米|吨|斤|度|立方|美元|港元|人民币))",
    ),
)
_LETTER_FORMS: tuple[tuple[str, str], ...] = (
    ("邮箱", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    (
        "账号",
        r"(?i:(?:微信|薇信|威信|QQ|扣扣|抖音|wechat|vx|wx)(?:账号|帐号|号码|号|ID|id)?)[ :是为]{0,3}(?![A-Za-z]{1,4}(?![A-Za-z0-9_-]))(?P<secret>[A-Za-z0-9][A-Za-z0-9_-]{4,24})",
    ),
    (
        "车牌",
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]{_}[A-Z]{_}[·•]?{_}(?=[A-Z*]{{0,5}}\d)[A-Z0-9*]{{3,6}}[港澳学警领]?(?![A-Za-z0-9])".replace(
            "{_}", r"[ ·•.\-]{0,2}"
        )
        .replace("{{", "{")
        .replace("}}", "}"),
    ),
)
_COUNT = "[0-9A-Za-z一二三四五六七八九十百]{1,5}"
_DOOR_FORMS: tuple[tuple[str, str], ...] = (
    ("门牌", rf"{_COUNT}(?:栋|幢|座|号楼|期)(?:{_COUNT}(?:单元|梯|座|楼|层))?-?{_COUNT}(?:室|房|号房|号|单元)?(?<=[0-9室房号])(?![0-9楼层年月日元万栋幢座期])"),
    ("门牌", rf"(?<=[路街道巷里村坊弄园苑城邨厦湾庭府居圩组队])(?:第)?{_COUNT}号(?:之[一二三四五六七八九\d]+)?(?:{_COUNT}(?:栋|幢|座|单元|楼|层|铺))*(?:{_COUNT}(?:室|房|铺))?(?![线令文楼通公路0-9桥机车])"),
    ("门牌", r"(?<![0-9A-Za-z])[0-9]{3,4}(?:室|号房|房)(?![0-9东间产屋地价])"),
)  # fmt: skip
_DIGITS = [(kind, re.compile(pattern)) for kind, pattern in _DIGIT_FORMS]
_LETTERS = [(kind, re.compile(pattern)) for kind, pattern in _LETTER_FORMS]
_DOORS = [(kind, re.compile(pattern)) for kind, pattern in _DOOR_FORMS]
_SPELT = re.compile(rf"(?=[0-9 .\-]{{0,6}}[{_NUMERAL}])(?:[{_NUMERAL}0-9]{_SEP}){{6,}}[{_NUMERAL}0-9](?![十百千万亿])")
_INTRO = re.compile(rf"(?:{'|'.join(sorted(_INTRODUCED, key=len, reverse=True))})[ :是为叫,]{{0,3}}(?P<secret>{_SURNAME}{_GIVEN})")
_ROLE = re.compile(
    rf"(?:{'|'.join(sorted(_ROLES, key=len, reverse=True))})[ :是为叫(]{{0,3}}(?P<secret>{_CAREFUL}{_GIVEN})(?=[^一-龥]|$|[{_NOT_GIVEN}]|[一-龥]{{2}})"
)
_STRONG = "|".join(title for title in _TITLES if title not in _WEAK_TITLES)
_TITLE = re.compile(
    rf"(?P<secret>{_CAREFUL}(?:[一-龥](?<![{_NOT_GIVEN}])){{0,2}}|(?<![一-龥])[{_UNSURE}]|(?<=[是叫找给跟和向与由姓位])[{_UNSURE}])"
    rf"(?:{_STRONG}|(?<=[^一-龥][一-龥]|[人东是找给跟和向与由][一-龥])[{''.join(sorted(_WEAK_TITLES))}](?![一-龥]))"
)
_FAMILY = re.compile(rf"(?:我|本人|免贵|鄙人|贵|敝)?姓(?P<secret>{_SURNAME})(?=[^一-龥名]|$|[,的先女住,名是])(?!名)")
_TAIL = 40
_SIGNED = re.compile(rf"[\n。!?;] *(?P<secret>{_CAREFUL}[一-龥]{{1,2}})[ \n。]*(?:[12]\d{{3}}[年.\-/].{{0,8}})?$")


class Found(NamedTuple):
    """Characters ``start`` to ``end`` are personal data of this kind."""

    start: int
    end: int
    kind: str


_GROUPS: tuple[tuple[tuple[str, re.Pattern[str]], ...], ...] = (
    (*_DIGITS, ("号码", _SPELT)),
    tuple(_LETTERS),
    tuple(_DOORS),
    (("姓名", _TITLE),),
    (("姓名", _INTRO), ("姓名", _ROLE), ("姓名", _FAMILY)),
    (("姓名", _SIGNED),),
)


def find(texts: Sequence[str]) -> list[tuple[Found, ...]]:
    """The personal data of each text, in order of place, without overlaps."""
    found: list[tuple[Found, ...]] = [()] * len(texts)
    marks = suspects(texts)
    for row in np.flatnonzero(marks.any(axis=1)).tolist():
        groups = [group for group, marked in zip(_GROUPS, marks[row], strict=True) if marked]
        found[row] = _settle(_candidates(texts[row], groups))
    return found


def mask(text: str, found: Sequence[Found]) -> str:
    """The text with each stretch replaced by 〔kind〕."""
    parts, last = [], 0
    for start, end, kind in found:
        parts += [text[last:start], "〔", kind, "〕"]
        last = end
    return "".join([*parts, text[last:]])


def _candidates(text: str, groups: Sequence[tuple[tuple[str, re.Pattern[str]], ...]]) -> Iterator[Found]:
    for kind, pattern in (each for group in groups for each in group):
        secret = "secret" if "secret" in pattern.groupindex else 0
        for match in pattern.finditer(text, max(0, len(text) - _TAIL) if pattern is _SIGNED else 0):
            yield Found(*match.span(secret), kind)


def _settle(candidates: Iterator[Found]) -> tuple[Found, ...]:
    """Where two overlap, the one that starts first and reaches further wins and swallows the other."""
    kept: list[Found] = []
    for found in sorted(candidates, key=lambda each: (each.start, -each.end)):
        if kept and found.start < kept[-1].end:
            last = kept[-1]
            kept[-1] = last._replace(end=max(last.end, found.end))
        else:
            kept.append(found)
    return tuple(kept)


def suspects(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """(n, groups): which texts could hold anything that a group of patterns finds, a superset told by a few table look-ups
    per character.

    Most texts hold no personal data; this spares them the patterns. Whatever a pattern requires must be required less
    strictly here; a test holds the two against each other.
    """
    joined = "\x00".join([*texts, ""])
    kinds = _kinds()[np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)]
    size = len(kinds)
    kinds = np.concatenate([kinds, np.zeros(8, dtype=np.uint32)])

    def ahead(kind: int, steps: int = 0) -> npt.NDArray[np.bool_]:
        return np.asarray(kinds[steps : steps + size] & kind != 0)

    count = np.cumsum(ahead(_NUMBER), dtype=np.int32)
    long_number = count - np.maximum.accumulate(np.where(ahead(_NUMBER | _JOINT), 0, count)) >= 7
    title = [ahead(_TITLE_1, step) & ahead(_TITLE_2, step + 1) for step in (1, 2, 3)]
    weak = [ahead(_TITLE_WEAK, step) & ~ahead(_HAN, step + 1) for step in (1, 2)]
    named = ahead(_FAMILY_NAME) & (title[0] | title[1] | title[2] | weak[0] | weak[1])
    linked = ahead(_FAMILY_NAME, 1)
    for step in (2, 3, 4):
        links = [ahead(_LINK, before) for before in range(1, step)]
        linked = linked | (np.logical_and.reduce(links) & ahead(_FAMILY_NAME, step))
    marked = ahead(_MARK_END) & np.concatenate([[False], ahead(_MARK_START)[:-1]])
    introduced = (marked | ahead(_ALONE)) & linked
    door = ahead(_COUNTER) & ahead(_DOOR, 1)
    plate = ahead(_PROVINCE) & (ahead(_UPPER, 1) | ahead(_UPPER, 2) | ahead(_UPPER, 3))
    account = ahead(_ACCOUNT) & ahead(_ACCOUNT, 1)
    signed = ahead(_STOP) & (ahead(_FAMILY_NAME, 1) | ahead(_STOP, 1) | ahead(_LINK, 1))
    ends = np.cumsum([len(text) + 1 for text in texts])
    found = np.zeros((len(texts), len(_GROUPS)), dtype=np.bool_)
    for group, places in enumerate((long_number, plate | account | ahead(_AT), door, named, introduced, signed)):
        at = np.flatnonzero(places)
        owner = np.searchsorted(ends, at, side="right")
        found[owner if places is not signed else owner[ends[owner] - at <= _TAIL + 1], group] = True
    return found


_NUMBER, _FAMILY_NAME, _TITLE_1, _TITLE_2, _TITLE_WEAK, _MARK_END, _LINK, _COUNTER = (1 << bit for bit in range(8))
_DOOR, _PROVINCE, _UPPER, _ACCOUNT, _AT, _STOP, _HAN, _MARK_START, _ALONE, _JOINT = (1 << bit for bit in range(8, 18))


@cache
def _kinds() -> npt.NDArray[np.uint32]:
    """Code point → the kinds of character it can be in a pattern, as bits."""
    table = np.zeros(0x110000, dtype=np.uint32)
    digits = "0123456789"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    titles = [title for title in _TITLES if title not in _WEAK_TITLES]
    marks = (*_INTRODUCED, *_ROLES)
    kinds = {
        _NUMBER: digits + _NUMERAL,
        _JOINT: " -.·—~_()+EGDSPHMCXx" + letters,
        _FAMILY_NAME: _SURE + _UNSURE + _COMPOUND,
        _TITLE_1: "".join(title[0] for title in titles),
        _TITLE_2: "".join(title[1] if len(title) > 1 else title for title in titles),
        _TITLE_WEAK: "".join(_WEAK_TITLES),
        _MARK_START: "".join(word[-2] for word in marks if len(word) > 1),
        _MARK_END: "".join(word[-1] for word in marks if len(word) > 1),
        _ALONE: "".join(word for word in marks if len(word) == 1) + "姓",
        _LINK: " :是为叫,(",
        _COUNTER: digits + letters + letters.lower() + "一二三四五六七八九十百",
        _DOOR: "栋幢座号期室房",
        _PROVINCE: "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼",
        _UPPER: letters,
        _ACCOUNT: "微薇威信QqVvWwXxEeCc扣抖音",
        _AT: "@",
        _STOP: "\n。!?; ",
    }
    for kind, characters in kinds.items():
        for char in characters:
            table[ord(char)] |= kind
    table[0x4E00:0x9FA6] |= _HAN
    return table
