"""What numbers, accounts, plates and doors of persons look like in a normalized text.

Every repeat is bounded or possessive, so that a search is linear in the text. Identity numbers follow GB 11643-1999, plates GA 36-2018,
vehicle identification numbers GB 16735, credit codes of firms (kept) GB 32100-2015, mobile numbers the national numbering plan.
"""

Patterns = tuple[tuple[str, str], ...]

NUMERAL = "零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"
LOOKALIKES = "oOlI"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
SAID_SIGNS = "空杠横"
"""Words for a sign between digits."""

GAP = 5
"""The most characters between two digits of one number."""

_HIDING = "".join(rf"{chr(start)}-{chr(end - 1)}" for start, end in ((0x4E00, 0x6760), (0x6761, 0x6A2A), (0x6A2B, 0x7A7A), (0x7A7B, 0x9FA6)))
# Whatever is no letter, digit, character of a word or edge of a placeholder can stand between the digits.
_ANY = rf"[^0-9A-Za-z〔〕〓{_HIDING}]{{0,{GAP}}}"
_SIGN = r"[ \-.·—~_]"
_SEP = rf"{_SIGN}{{0,3}}"
_LAND = r"[ \-.·—~_()/\n]{0,4}"
_UNITS_OF_MEASURE = "万|亿|元|多|余|亩|㎡|m|平|公顷|公里|米|吨|斤|度|立方|美元|港元|人民币"
_DATE = "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_EXTENSION = r"(?:[ ,(]{0,2}(?:转分机|分机|转|ext\.?|#|-)[ :号]{0,2}\d{1,5})?"
# Hours, days and lists are no mobile numbers, ranges of years and amounts no others.
_HOURS = r"1\d:[0-5]\d(?!\d)|19\d\d[.\-/]\d{1,2}[.\-/]\d|\d{2}(?:[、,]\d{1,2}){4}|1\d?\.\d{1,2}[(+*/×=]"
_RANGES = (
    r"(?:19|20)\d\d[\-./—~]{1,2}\d{1,2}[\-./—~]{1,2}\d{1,2}(?!\d)|(?:19|20)\d\d[\-~—]{1,2}\d{1,4}(?!\d)|\d{1,2}\.\d{1,2}[\-~—]{1,2}\d{1,2}\.\d{1,2}(?!\d)"
    rf"|{_DATE}(?!\d)|\d{{1,3}}00[\-~—]{{1,2}}\d{{1,4}}00(?!\d)|\d{{1,8}}\.\d{{1,3}}(?![0-9.]|{_SEP}\d)"
)
_PUBLIC = rf"9[123](?!\d{{4}}{_DATE})\d{{16}}(?!\d)|(?<=第)\d{{4,10}}号"
_STANDARD = r"(?<![A-Z]-)(?<!/T)(?<!/T )(?<![A-Z]{2} )"

NUMBERS: Patterns = (
    ("身份证", rf"(?<!\d)[1-8](?:{_ANY}\d){{5}}{_ANY}(?:1{_ANY}9|2{_ANY}0)(?:{_ANY}\d){{9}}{_ANY}[\dXx](?![0-9A-Za-z])"),
    # Letters that look like digits, and any sign between, do not hide a mobile number.
    (
        "手机",
        rf"(?=[1lI+08])(?!{_HOURS})(?:(?<![0-9])(?:\+{_ANY})?(?:0{_ANY}){{0,2}}8{_ANY}6{_ANY})?(?:(?<![0-9])1|(?<=86)1|(?<![0-9A-Za-z])[lI])"
        rf"{_ANY}[3-9](?:{_ANY}[0-9{LOOKALIKES}]){{9}}(?!\d)",
    ),
    ("电话", rf"(?<!\d)\+?85[23](?:{_SEP}\d){{8}}(?!\d)"),
    ("电话", rf"(?<!\d)(?!0\.)\(?0{_LAND}[1-9](?:{_LAND}\d){{8,10}}(?!\d){_EXTENSION}(?!\d)"),
    ("电话", rf"(?<!\d)[48]{_SEP}0{_SEP}0(?:{_SEP}\d){{7}}{_EXTENSION}(?!\d)"),
    ("号码", rf"(?<!\d)6{_ANY}2{_ANY}[1-9](?:{_ANY}\d){{13,16}}(?!\d)"),
    ("证件", r"(?<![0-9A-Za-z])(?:[EGDSPHMC][A-Za-z]?\d{7,8}|[HM]\d{10}|[A-Z]\d{6}\(?[0-9A]\)?)(?![0-9A-Za-z])"),
    ("证件", r"(?<![0-9A-Za-z])(?=(?:[A-Z]{0,5}\d){7})L[A-HJ-NPR-Z0-9]{16}(?![0-9A-Za-z])"),
    (
        "号码",
        rf"(?<![0-9A-Za-z.]){_STANDARD}(?!{_RANGES}|{_PUBLIC})\d(?:{_SEP}\d){{6,40}}"
        rf"(?![0-9A-Za-z]|\.\d|{_SEP}[0-9]|(?:{_UNITS_OF_MEASURE}))",
    ),
    # Possessive, and only from the first digit on: linear although without a bound.
    ("号码", rf"(?<!\d)(?<!\d{_SIGN})(?<!\d{_SIGN}{{2}})(?<!\d{_SIGN}{{3}})\d(?:{_SEP}\d){{41,}}+"),
    ("号码", rf"(?<!\d)(?=(?:[0-9 .\-]{{0,10}}[{NUMERAL}]){{2}})(?:[{NUMERAL}0-9]{_SEP}){{6,40}}[{NUMERAL}0-9](?![十百千万亿])"),
)

_LATIN = r"(?![A-Za-z]{1,4}(?![A-Za-z0-9_-]))[A-Za-z0-9][A-Za-z0-9_-]{4,24}"
_IS = r" {0,2}(?:[账帐]? {0,2}号 {0,2}码?|ID|id|名)? {0,2}[ :是为系叫加搜]{0,3}"
_SITE = r"[A-Za-z0-9-]{1,64}"
_OF_PLATE = rf"[A-Za-z0-9*{NUMERAL}]"
ACCOUNT_MARKS = (
    "微信 薇信 威信 徽信 v信 V信 i信 I信 QQ qq Qq qQ 扣扣 抖音 快手 红书 AT at At aT IN in In iN VX vx Vx vX WX wx Wx wX V❤ v❤ "
    "加V 加v 加微 加薇 加徽 车牌 号牌 车架 识别 动机"
).split()
MAIL_MARKS = "at AT At aT 艾特 圈a 圈A".split()
"""Two characters that every account, plate without its province and number of a vehicle, every mail address without @ has
in front or in it."""

MAIL: Patterns = (
    ("邮箱", rf"(?i:[a-z0-9._%+-]{{1,64}} {{0,2}}(?:@|\(at\)|\[at\]| at |艾特|圈a) {{0,2}}{_SITE}(?: ?(?:\.|点|dot|。) ?{_SITE}){{1,4}})"),
    ("邮箱", rf"(?i:[a-z0-9._%+-]{{1,64}}#{_SITE}(?:[.点]{_SITE}){{0,3}}[.点](?:com|cn|net|org|hk))"),
)

ACCOUNTS: Patterns = (
    ("账号", rf"(?i:微 {{0,2}}信|薇信|威信|徽信|QQ|扣扣|抖音|快手|小红书|wechat|weixin){_IS}(?P<secret>{_LATIN})"),
    (
        "账号",
        rf"(?:加[Vv]|加[微薇徽]|[Vv]❤\ufe0f?|[Vv]信|微 {{0,2}}信(?= {{0,2}}号 {{0,2}}[:是])|(?<![A-Za-z])(?i:wei信|vx|wx)){_IS}"
        r"(?P<secret>(?i:(?!id|app)[a-z0-9][a-z0-9_-]{2,24}))",
    ),
    (
        "车牌",
        rf"[{PROVINCES}][ ·•.\-]{{0,2}}[A-Za-z][ ·•.\-]{{0,2}}(?=[A-Za-z* ]{{0,6}}[\d{NUMERAL}])"
        rf"(?:{_OF_PLATE} ?){{2,5}}{_OF_PLATE}[港澳学警领挂]?(?![A-Za-z0-9])",
    ),
    ("车牌", r"(?:车牌|号牌)(?:号码?|照)?[ :是为系]{0,3}(?P<secret>[A-Za-z]?[ ·.\-]?(?=[A-Za-z]{0,4}\d)[A-Za-z0-9]{5,6})(?![A-Za-z0-9])"),
    ("证件", r"(?:车架|识别|发动机)(?:代?[号码]码?)?[ :是为系]{0,3}(?P<secret>[A-Za-z0-9*]{6,17})(?![A-Za-z0-9])"),
)

COUNTING = "零〇一二两三四五六七八九十百"
DOOR = "栋幢座号期室房#楼"
BEFORE_ROOM = "住在上下壁面元梯"
_COUNT = rf"[0-9A-Za-z{COUNTING}]{{1,5}}"
_ROOM = rf"(?:{_COUNT}(?:号房|室|房|号|单元|铺)|\d{{1,5}}|[零〇一二两三四五六七八九]{{3,4}})"
_BUILT = "路街道巷里村坊弄园苑城邨厦湾庭府居圩组队段区场寨屯坑塘埗墟苑轩阁峰邸寓庐"
_NO_DOOR = "[线令文楼通公路桥机车仓门井闸泵矿]|厂房|地块|停|开始|开业|晚|早|上午|下午|凌晨|中午|到|至|起|那天|左右|以|前后"
DOORS: Patterns = (
    (
        "门牌",
        rf"{_COUNT}(?:栋|幢|座|号楼|期)(?:{_COUNT}(?:单元|梯|座|楼|层)){{0,3}}-?{_ROOM}(?![0-9楼层年月日元万栋幢座期个#+])",
    ),
    (
        "门牌",
        rf"(?<=[{_BUILT}])第?{_COUNT}号(?:之(?:[一二三四五六七八九十]{{1,2}}|\d{{1,2}})|-\d{{1,3}}(?!\d))?"
        rf"(?:{_COUNT}(?:栋|幢|座|单元|楼|层|铺)){{0,4}}(?:-?\d{{3,4}}(?![0-9年元多万])(?:号房|室|房|铺)?|{_COUNT}(?:室|房|铺))?(?!{_NO_DOOR})",
    ),
    ("门牌", r"(?<![0-9A-Za-z])[0-9]{3,4}(?:室|号房|房)(?![0-9东间产屋地价])"),
    ("门牌", r"(?:住在?|楼上|楼下|隔壁|对面|单元|梯)(?P<secret>\d{3,4})(?=住户|业主|那户|的住|的业|,|。|;|!|\n|$)"),
)

DASHED: Patterns = (
    ("门牌", r"(?<![0-9A-Za-z])[A-Za-z]?\d{1,2}#(?:楼|栋|座)?-?\d{3,4}(?!\d)"),
    ("门牌", rf"(?:(?<=[{_BUILT}])\d{{1,2}}|(?<![0-9A-Za-z\-])(?:[A-Z]\d{{1,2}}|\d{{1,2}}-\d{{1,2}}))-(?!(?:19|20)\d\d(?!\d))\d{{3,4}}(?![0-9\-])"),
)
