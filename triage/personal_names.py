"""What names of persons look like in a normalized text: surnames, the words that mark a name, and words that only look like one."""

from collections.abc import Iterable

Patterns = tuple[tuple[str, str], ...]

SURE = (
    "赵孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹华魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦昌苗凤花俞袁柳酆鲍史唐"
    "费廉岑薛雷贺倪汤滕殷罗毕郝邬傅卞齐康伍余顾孟黄穆萧肖尹姚邵湛汪祁毛禹狄臧戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵"
    "席麻贾娄颜郭梅盛林刁钟徐邱骆蔡樊胡凌霍虞柯管卢莫房裘缪解丁宣邓郁杭包诸左崔钮龚程嵇邢裴陆荣翁荀惠甄"
    "封储靳井段焦巴谷侯宓全郗班秋仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司韶黎薄印怀蒲邰赖卓蔺屠蒙池乔胥闻党翟谭"
    "贡姬申冉桑桂濮牛边燕冀浦尚温庄晏瞿阎慕茹习艾容向古易廖庾聂晁敖冷辛阚简饶曾沙养鞠关蒯查荆游竺盖岳司徒欧"
    "邝冼麦佘覃巫闫佟禤谌揭"
)
UNSURE = "高马方于安平常时全严经任万白金水洪钱文江成关单路农包车田石牛计游管解花房向盖司宁党印怀养束边查容沙武温华管巴班劳植利官代付丘区练"
COMPOUND = "欧阳|司徒|上官|诸葛|司马|东方|皇甫|尉迟|公孙|慕容|令狐|长孙|夏侯|端木|呼延|南宫|宇文|轩辕|钟离|淳于|申屠|赫连"
_NOT_FIRST = "的了在说反住电要因与及等现已被把向从到对我你他她它家不没就还这那哪某先女老师叔伯哥姐总局村镇街路区市县省个位岁男经委主书队所院校医氏姓"
NOT_SECOND = _NOT_FIRST + "映来于为是和有会能也都很人工里名性,任记打骂欠收拒躲未讲问答走去请求投诉让给叫找拿借催跑逃霸违拖诈骗偷卖"

# Words that begin like a name. No pair here is likely as the beginning of a name: 王国 is left out for 王国强.
NOT_NAMES = frozenset(
    (
        "卫浴 舒适 柏悦 水平 荆花 闵行 昌平 庄行 着定 班班 谢周 龙坞 徐汇 班地 班数 班语 班英 经律 何是 仲话 段跟 章教 "
        "许多 许可 许久 许诺 项目 程度 程序 左右 左边 左侧 左手 左转 尤其 尤为 简单 简直 简易 简陋 简介 曾经 曾多 曾向 曾在 曾到 曾反 曾被 "
        "曾提 曾说 曾有 曾找 曾要 曾打 曾拨 曾联 曾投 曾就 曾因 曾与 曾和 曾去 曾报 曾发 曾一 曾两 曾三 曾以 曾于 曾是 曾表 曾承 曾申 曾告 "
        "曾请 曾对 曾为 曾用 曾看 曾听 曾问 曾数 曾几 毕业 毕竟 贡献 周围 周边 周期 周末 周年 周岁 周到 周日 周一 周二 周三 周四 周五 周六 "
        "周转 周密 宣布 宣传 宣告 宣称 习惯 习俗 符合 符号 卫生 卫星 卫健 厉害 费用 尚未 尚无 尚有 尚且 申请 申报 申诉 申领 申办 申购 纪念 "
        "纪律 纪录 纪委 纪检 谈话 谈判 谈到 谈论 谈起 谈好 谈妥 何况 何时 何处 何必 何以 何等 何不 何在 何故 何人 何事 何种 何地 陆续 陆地 "
        "陆路 林业 林区 林地 林木 林中 林长 施工 施行 施肥 施暴 封闭 封锁 封路 封口 封堵 封控 景观 景区 景点 景象 景色 古代 古镇 古城 古迹 "
        "古树 古老 古建 古墓 古人 古井 古楼 黄河 黄金 黄色 黄昏 黄土 黄沙 黄豆 黄牛 黄线 黄冈 黄灯 黄皮 麻烦 麻将 麻木 麻袋 麻醉 龙头 龙舟 "
        "龙门 龙船 龙胜 龙眼 盛行 盛产 盛大 储存 储蓄 储备 储值 陶瓷 陶器 闻到 闻名 闻讯 辛苦 辛勤 冷却 冷水 冷静 冷漠 冷淡 冷气 冷库 冷冻 "
        "诸多 诸位 诸如 练习 易于 易燃 易爆 易腐 余地 余额 余款 余下 余处 余人 余户 余名 余年 余家 余元 余万 凌晨 仇恨 仇人 幸好 幸福 幸亏 "
        "幸运 祝愿 祝福 祝贺 祝好 祝您 祝你 祝各 谢谢 谢绝 康复 康养 钟头 钟点 张贴 张开 张口 张嘴 张罗 张桥 毛病 毛巾 毛笔 毛坯 胡乱 胡说 "
        "胡同 胡须 胡椒 胡闹 秋季 秋天 池塘 顾客 顾问 顾虑 顾及 雷电 雷声 雷达 蓝色 蓝天 蓝牌 蓝图 桂林 桂花 梅花 柳州 苏州 杭州 韩国 欧洲 "
        "欧元 欧式 唐朝 宋朝 宋代 庄稼 庄园 庞大 席位 席卷 颜色 颜料 井盖 井口 井水 段时 段路 史料 屈服 焦急 焦虑 解决 解释 解除 解封 解答 "
        "解约 解雇 解散 解聘 全部 全科 全体 全国 全家 全程 全款 全额 全镇 全市 全村 全校 全员 全权 全日 全力 全身 全面 甘心 甘蔗 祖国 祖父 "
        "祖母 祖屋 祖坟 祖先 祖宗 祖业 厉行 薄膜 薄弱 董事 徒弟 屠宰 屠杀 党员 党委 党建 党支 党群 管理 管道 管辖 管制 包括 包车 包装 包庇 "
        "包工 包租 经过 经常 经济 经营 文化 文明 文件 文书 文体 安全 安装 安排 安监 安置 安保 平安 平时 平台 平常 水利 水务 水口 水电 水管 "
        "农业 农村 农民 农户 农商 农资 时间 时候 时常 任何 任课 任职 成人 成立 成功 成员 高级 高中 高层 高速 高龄 高价 高温 金牌 金额 金融 "
        "金鸡 马路 马上 马冈 方便 方向 方面 方式 方案 和平 和谐 那些 那位 那么 那个 那家 那边 白天 白色 白衣 石场 石材 石油 车间 车队 车主 "
        "车位 车辆 车牌 车库 路边 路面 路灯 路口 路过 单位 单车 单独 单元 单价 单方 温度 温馨 温泉 沙石 沙塘 沙冈 华侨 华润 华为 班级 班车 "
        "班长 查询 查处 查看 查封 房屋 房东 房产 房地 房主 房价 房租 边上 边防 江边 江门 江苏 江西 后来 后面 后续 后果 后勤 常务 常委 常住 "
        "常年 严重 严禁 严格 严肃 容易 容许 容积 花园 花费 花钱 花木 牛奶 牛肉 游客 游泳 游戏 游乐 计划 计生 计算 计费 钱财 钱款 钱包 万元 "
        "印章 印刷 怀疑 怀孕 养老 养殖 养猪 养护 养鸡 向东 向阳 向前 向上 向下 田地 田里 利用 利息 利益 利润 代理 代表 代办 代收 官方 付款 "
        "付费 付清 区域 区间 区别 劳动 劳务 劳保 植物 植树 丘陵 宁可 宁愿 宁波 武汉 武术 巴士 巴黎 谭江 潭江 梁金 赤坎 祝老 姜葱 汤面 罗马 "
        "罗列 蒙古 蒙骗 蒙受 柏油 华南 乔木 杜绝 葛根 梁柱 童工 叶子 范围 范本 范畴 荣誉 荣获 卓越 柜台 殷切 邱县 井里 燕窝 桑拿 侯车 储物 "
        "喻为 房开 花卉 申通 韵达 圆通 顺丰 中通 柳树 杨树 松树 李树 桃树 樊笼 伍佰 贺卡 贺岁 陈旧 陈列 陈述 陈皮 陈年 秦皇 尹始 齐全 齐心 "
        "郎中 郁闷 惠民 惠州 惠及 惠农 卢浮 束手 束缚 伊始 伊利 裁缝 向导 向左 向右 向来 向后 常规 班主 高兴 开心 平均 单身 江水 石头 金属 "
        "文盲 万一 白酒 武警 严惩 关门 关闭 关于 关系 关注 关心 关停 祖籍 浦东 浦西 马桥 乔司 萧山 康桥 严令 程中 费是 经上 房号 封律 汤平 "
        "尤难 尤是 厉声 黎明 荣幸 席间 司机 司法 司空"
    ).split()
)
# A surname that ends one of these words begins no name: 感谢胡书记.
ENDINGS = frozenset(
    (
        "师傅 感谢 多谢 致谢 答谢 鸣谢 谢谢 过程 工程 流程 全程 行程 课程 章程 里程 不曾 未曾 何曾 一封 信封 密封 查封 阶段 地段 路段 手段 时段 "
        "身段 分段 老板 公司 上司 官司 寿司 期许 也许 或许 允许 准许 少许 名单 订单 毕竟 老师 大师 律师 恶劣 花费 收费 缴费 交费 学费 水费 "
        "电费 话费 免费 消费 欠费 退费 缓解 理解 了解 调解 误解 分解 红黄 左右 收左 咗左 平易 容易 交易 贸易 轻易 周易 集邮 包邮 水井 油井 "
        "市井 窨井 下井 人常"
    ).split()
)
ORGANISATION_ENDS = "局院所厂部会社站店公司行处委办市县镇村街路"

POLITE = "先生 女士 小姐 太太 阿姨 阿伯 阿叔 阿婆 师傅 婆婆 大爷 大妈 大叔 大姐 大哥 伯伯 叔叔 同志 姑娘 伯母".split()
REPORTING = "反映 来电 致电 来访 来信 投诉 举报 求助".split()
OFFICES = (
    "老师 医生 护士 主任 局长 书记 村长 校长 园长 经理 老板 警官 法官 律师 队长 科长 所长 镇长 院长 厂长 股长 组长 会计 教练 董事 总经理 "
    "主管 店长 站长 馆长 班长 行长 处长 支书 社长 会长 主席 教授 大夫 秘书 出纳 检察官 副局 副镇 副主 副经 副厂 副总"
).split()
WEAK_TITLES = "姨伯叔婶嫂姐哥总工生太董队"
SAYING = "说讲话电的来反在又就都也同介打答不已让要收骗借欠转跟最和、独家签"
"""What may follow a weak title or a surname with 老, 小, 阿 before it."""
NICKNAMING = "老小阿"
_NO_NICKNAME = "康费段景曲麦祖党古井龙林梅钟左全项束封贡幸简程许符时习厉薄席冷蒙解宁池赖"

INTRODUCED = (
    "我叫 名叫 叫做 姓名 联系人 联络人 签名 署名 签字人 致电人 来电人 来信人 来访人 经办人 承办人 法定代表人 法人代表 名字叫 名字是 名字系 "
    "联系人为 本人叫 孩子叫 小孩叫 儿子叫 女儿叫"
).split()
ROLE_WORDS = (
    "人: 名: 真名 本名 建议人 反馈人 个仔 个女 阿仔 仔女 "
    "我是 我系 本人 业主 户主 当事人 举报人 投诉人 反映人 申请人 诉求人 求助人 信访人 患者 病人 学生 儿子 女儿 老公 丈夫 妻子 老婆 父亲 "
    "母亲 爸爸 妈妈 外婆 奶奶 爷爷 外公 公公 婆婆 岳父 岳母 老板 书记 支书 主任 村长 局长 医生 老师 校长 邻居 房东 租客 包工头 工头 司机 "
    "同事 工友 村民 居民 市民 员工 职工 店主 代理人 委托人 监护人 法人 负责人 车主 机主 户名 收款人 付款人 被告 原告 被告人 嫌疑人 保安 "
    "民警 辅警 警察 交警 工作人员 老板娘 欠款人 借款人 债务人 债权人 担保人 经理 死者 伤者 受害人 受害者 小朋友 孩子 小孩 名字 股东 家属 "
    "队员 队长 组长 厂长 主管 财务 会计 出纳 客服 前台 护士 护士长 院长 股长 科长 所长 镇长 副局长 主席 社长 理事长 会长 班长 店长 站长 "
    "教练 教师 驾驶员 快递员 中介 房主 屋主 承包人 承租人 出租人 买方 卖方 甲方 乙方 我爸 我妈 老豆 阿妈 阿爸 老爸 老妈 我弟 弟弟 我哥 "
    "哥哥 我姐 姐姐 我妹 妹妹 我仔 我女 我叔 叔叔 我伯 伯父 舅舅 表哥 表弟 表姐 表妹 堂哥 堂弟 侄子 侄女 孙子 孙女 外甥 男友 女友 朋友 "
    "前夫 前妻 爱人 家公 家婆 细佬 家姐 阿嫲 阿公 阿婆 大佬 亲戚 同学 室友 合伙人 联系 联络 律师 董事长 总经理 秘书 联系电话 寄件人 收件人 "
    "订票人 乘客 客户 用户 消费者 读者 群众 残疾人 独居老人 老人"
).split()
LINK = ' :是为叫系,("“《-/'
FAREWELL = ("此致", "敬礼")

_HAN = "[一-龥]"


def _surname(single: Iterable[str]) -> str:
    """A pattern of one of these surnames or of a compound one that begins with one set of characters: a search skips fast."""
    one = "".join(sorted(single))
    firsts, seconds = ("".join(sorted({word[place] for word in COMPOUND.split("|")})) for place in (0, 1))
    return f"[{one}{firsts}](?:[{seconds}](?<={COMPOUND})|(?<=[{one}]))"


_SURNAME = _surname(set(SURE) | set(UNSURE))
_CAREFUL = _surname(set(SURE) - set(UNSURE))
_NO_TITLE = f"(?!{'|'.join([*POLITE, *OFFICES])})"
_LATER = f"{_NO_TITLE}{_HAN}(?<![{NOT_SECOND}])"
# Characters of given names: where a surname that is also a word stands right behind a role, only these make it a name.
NAMELY = (
    "伟强国明志文华建平军勇杰涛磊鹏辉斌波宇浩俊健峰飞龙超刚林海永光荣新生德贵福才财富成良元金银玉秀英红霞丽芳燕娟敏静玲艳萍梅兰桂珍珠凤琴云莲春香月娥翠爱巧美清慧颖婷雪琳倩欣怡"
    "佳嘉雅诗紫梓子轩涵萱然睿泽豪博思雨悦晴彤妍琪瑶晨曦阳洋铭凯立毅鸿坚锦润兴祥耀炳景启少卓绍汉洪锡达泉森柏松棠灿权胜民彬钊焕煜乐康宁安仁义礼智信忠孝仪彩好惠菊洁珊瑜茵莹蓉妙亮浓"
)
_HOME = "家(?=[豪辉明伟欣乐俊华强文荣琪怡良铭威健杰希骏浩宝兴源诚慧敏玲仪颖祺麟裕聪龙康])|氏(?=[一-龥])"
_GIVEN = f"{_NO_TITLE}(?:{_HAN}(?<![{_NOT_FIRST}])|{_HOME})(?:{_LATER})?"
_SPACED = f"(?: {{1,3}}{_HAN}(?<![{_NOT_FIRST}])){{1,2}}(?!{_HAN})|(?: {{1,3}}{_HAN}(?<![{_NOT_FIRST}]){_LATER})(?!{_HAN})"
_OTHER = rf"{_HAN}{{2,6}}(?:[·•・]{_HAN}{{2,8}}){{1,3}}|[A-Z][A-Za-z'.\-]{{1,24}}(?: [A-Z][A-Za-z'.\-]{{0,24}}){{0,3}}"
_LINKS = f"[{LINK.replace('-', chr(92) + '-')}]"


def _any(words: Iterable[str]) -> str:
    """A pattern of these words, the longer first, that reads each first character once."""
    heads: dict[str, set[str]] = {}
    for word in words:
        heads.setdefault(word[0], set()).add(word[1:])
    return "|".join(f"{head}(?:{'|'.join(sorted(rest, key=len, reverse=True))})" for head, rest in sorted(heads.items()))


_ORGANISATION = "(?![局院所厂部会社站公])"
_INTRO = rf"(?:{_any(INTRODUCED)}){_LINKS}{{0,4}}(?P<secret>{_OTHER}|{_SURNAME}(?:{_GIVEN}|{_SPACED})){_ORGANISATION}"
_MORE = f"(?:[、和及与] ?{_CAREFUL}{_GIVEN}(?=[^一-龥]|$|[等和及与])){{0,5}}"
_ROLE = (
    rf"(?:{_any(ROLE_WORDS)}){_LINKS}{{0,4}}(?P<secret>{_CAREFUL}(?:{_GIVEN}|{_SPACED}){_ORGANISATION}{_MORE}|[{UNSURE}][{NAMELY}](?:[{NAMELY}]|(?!{_HAN}))"
    rf"|(?<=[ :是叫系为(])(?<!我是)(?<!我系)(?<!联系){_SURNAME}{_GIVEN}(?=[^一-龥]|$|[{NOT_SECOND}]))"
)
_FAREWELL = rf"(?:{'|'.join(FAREWELL)})[ \n!。,:]{{0,6}}(?P<secret>{_CAREFUL}{_HAN}{{1,2}})(?!{_HAN})"
_BEFORE_TITLE = f"(?:{_LATER}){{0,2}}"
_WHO = "是叫找给跟和向与由姓位诉报被欠人搵揾东板"
_AT_HAND = "[是叫找给跟和向与由姓位人东到搵揾系等板务篱壁友事问镇村号队组厂]"
_SAYS = rf"(?=[^一-龥]|$|[{SAYING}])"
_TITLE = (
    rf"(?P<secret>{_CAREFUL}{_BEFORE_TITLE}|(?<!{_HAN})[{UNSURE}](?:{_BEFORE_TITLE}?)|(?<=[{_WHO}])[{UNSURE}])"
    rf"(?:{_any([*POLITE, *OFFICES])}|(?:(?<=[^一-龥]{_HAN})|(?<=\A{_HAN})|(?<={_AT_HAND}{_HAN}))[{WEAK_TITLES}]{_SAYS})"
)
_REPORTER = rf"(?P<secret>{_CAREFUL}(?:(?<!{_HAN}.)|(?<!{_HAN}..)(?<={COMPOUND})|(?<=[村镇区号队组路街].)){_GIVEN})(?:{'|'.join(REPORTING)})"
_CHECKED = "".join(sorted(set(SURE) - set(UNSURE) - set(_NO_NICKNAME)))
_NICKNAME = rf"[{NICKNAMING}](?P<secret>[{_CHECKED}]){_SAYS}"
_NO_PLACE = "(?!的?(?:地方|村|镇|路|街|店|小区|公司|工地|厂|项目|软件|平台))"
_CALLED = (
    rf"叫[ :]?(?P<secret>{_CAREFUL}{_GIVEN}|(?<=[人我仔女孩生友儿子婆公妻妹弟哥姐爸妈]叫){_SURNAME}{_GIVEN}){_NO_PLACE}(?=[^一-龥]|$|[{NOT_SECOND}])"
)
_FAMILY = rf"姓(?P<secret>{_SURNAME})(?=[^一-龥名]|$|[,的先女住,名是])(?!名)"

TITLED: Patterns = (("姓名", _TITLE), ("姓名", _NICKNAME), ("姓名", _REPORTER))
INTRODUCTIONS: Patterns = (("姓名", _INTRO),)
ROLES: Patterns = (("姓名", _ROLE), ("姓名", _FAREWELL))
BESIDE_NUMBERS: Patterns = (
    (
        "姓名",
        rf"(?P<secret>{_CAREFUL}(?:(?<!{_HAN}.)|(?<!{_HAN}..)(?<={COMPOUND})){_GIVEN})[ :,(]{{0,3}}(?:联系电话|联系方式|手机号?|电话)?[ :]{{0,2}}"
        r"(?=1[3-9]\d{9}|0\d{2,3}-?\d{7})",
    ),
    ("姓名", rf"\d{{4}} ?\((?P<secret>{_CAREFUL}{_HAN}{{1,2}})\)"),
)
CALLED: Patterns = (("姓名", _CALLED), ("姓名", _FAMILY))
SIGNED: Patterns = (("姓名", rf"[\n。!?;] {{0,20}}(?P<secret>{_CAREFUL}{_HAN}{{1,2}})[ \n。]{{0,20}}(?:[12]\d{{3}}[年.\-/].{{0,8}})?$"),)


def is_no_name(text: str, start: int, end: int) -> bool:
    """Whether what stands where a name could is a word or an organisation."""
    if text[start : start + 2] in NOT_NAMES or text[max(start - 1, 0) : start + 1] in ENDINGS:
        return True
    return end - start > 2 and text[end - 1] in ORGANISATION_ENDS
