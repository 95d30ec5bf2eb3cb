import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage import mask
from triage.normalize import normalize
from triage.personal import GROUPS, TAIL

# Characters that patterns are made of, so that random texts come near personal data.
NEAR = (
    "张李王陈黄欧阳先生女士姐叔伯总我叫姓名联系人是业主投诉: ,.-·()_+0123456789一三八幺零栋号室房座期粤京JAQ微信x@。!\n的12XGEH路村区高方小年元某住"
)
SIGNS = " -.·—~_/,、*#+=:;|'\n\t…空杠😀❤★⃣（）【】"
SEPARATORS = st.one_of(st.sampled_from(["", " - ", "   ", "——", " — ", "…", "->"]), st.text(st.sampled_from(SIGNS), max_size=5))
CONTEXT = st.text(st.sampled_from("路灯坏了请打电话给我联系是:,。 \n元"), max_size=8)


def masked(text: str) -> str:
    plain = normalize([text])[0]
    return mask.mask(plain, mask.find([plain])[0])


def again(text: str) -> str:
    return mask.mask(text, mask.find([text])[0])


def found_by_patterns(text: str) -> list[int]:
    """Groups of which any pattern matches."""
    begins = [max(0, len(text) - TAIL) if group is GROUPS[-1] else 0 for group in GROUPS]
    return [
        number for number, (group, begin) in enumerate(zip(GROUPS, begins, strict=True)) if any(pattern.search(text, begin) for _, pattern in group)
    ]


def test_suspects_is_a_superset_on_the_examples(examples: list[dict[str, str]]) -> None:
    texts = normalize([row["text"] for row in examples])
    marks = mask.suspects(texts)
    assert [(text, group) for row, text in enumerate(texts) for group in found_by_patterns(text) if not marks[row, group]] == []


@given(st.lists(st.text(st.sampled_from(NEAR), max_size=60), min_size=1, max_size=30))
@example(["我叫张三", "", "13800001234", "谢谢!张三"])
def test_suspects_is_a_superset(texts: list[str]) -> None:
    marks = mask.suspects(texts)
    for row, text in enumerate(texts):
        assert all(marks[row, group] for group in found_by_patterns(text)), text


@given(st.text(st.sampled_from(NEAR), max_size=40))
@example("我叫张三,电话13800001234,住幕沙路12号3栋402房")
@example("@1先张三姓房黄伯姓2")  # the end of a part is not the end of the text
@example("@陈 王叔八0栋2。")  # what is masked changes what its neighbours look like
def test_idempotent(text: str) -> None:
    assert again(masked(text)) == masked(text)


def test_idempotent_next_to_a_placeholder() -> None:
    once = masked("1;8座X号0X期X5+姓")
    assert again(once) == once


def test_idempotent_on_the_examples(examples: list[dict[str, str]]) -> None:
    once = [masked(row["text"]) for row in examples]
    assert [text for text in once if again(text) != text] == []


@given(CONTEXT, st.sampled_from("3456789"), st.lists(st.sampled_from("0123456789"), min_size=9, max_size=9), SEPARATORS, CONTEXT)
def test_no_mobile_number_survives(before: str, second: str, rest: list[str], separator: str, after: str) -> None:
    digits = ["1", second, *rest]
    text = before + "".join(digits[:3]) + separator + "".join(digits[3:7]) + separator + "".join(digits[7:]) + after
    assert not re.search(r"\d{3}", masked(text)), masked(text)


# No colon: a number told as hours (13:51) is read as hours.
@given(
    CONTEXT,
    st.sampled_from("3456789"),
    st.lists(st.sampled_from("0123456789"), min_size=9, max_size=9),
    st.text(st.sampled_from(" -.·—~_/*#+=空😀\n"), min_size=1, max_size=5),
)
def test_no_mobile_number_told_digit_by_digit_survives(before: str, second: str, rest: list[str], separator: str) -> None:
    assert not re.search(r"\d", masked(before + separator.join(["1", second, *rest])))


@given(CONTEXT, st.lists(st.sampled_from("零一二三四五六七八九幺"), min_size=9, max_size=9), CONTEXT)
def test_no_spelt_mobile_number_survives(before: str, rest: list[str], after: str) -> None:
    assert not re.search("[零一二三四五六七八九幺]{3}", masked(f"{before}一三{''.join(rest)}{after}"))


@given(
    CONTEXT,
    st.sampled_from(["440783", "440701", "110101"]),
    st.dates().filter(lambda day: 1900 <= day.year < 2100),
    st.integers(0, 999),
    st.sampled_from("0123456789Xx"),
    SEPARATORS,
    CONTEXT,
)
def test_no_identity_number_survives(before: str, region: str, born: object, order: int, check: str, separator: str, after: str) -> None:
    number = separator.join((region, f"{born:%Y%m%d}", f"{order:03}{check}"))
    assert not re.search(r"\d{3}", masked(before + number + after))
    assert not re.search(r"\d", masked(before + (separator or "-").join(f"{region}{born:%Y%m%d}{order:03}{check}") + after))


@given(st.integers(10**6, 10**19))
def test_no_long_number_survives(number: int) -> None:
    assert not re.search(r"\d{3}", masked(f"号码{number},谢谢"))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("我叫张三,电话13800001234", "我叫〔姓名〕,电话〔手机〕"),
        ("１３８－００００－１２３４", "〔手机〕"),
        ("＋８６ 13800001234", "〔手机〕"),
        ("致电0750-2212345转8", "致电〔电话〕"),
        ("(0750)2212345", "〔电话〕"),
        ("打4001234567没人接", "打〔电话〕没人接"),
        ("身份證44078319900101123X", "身份证〔身份证〕"),
        ("护照E12345678", "护照〔证件〕"),
        ("银行卡6222021234567890123", "银行卡〔号码〕"),
        ("邮箱abc.def@163.com", "邮箱〔邮箱〕"),
        ("微信:wx_12345", "微信:〔账号〕"),
        ("QQ:12345", "QQ:〔账号〕"),
        ("李先生反映楼下噪音", "〔姓名〕先生反映楼下噪音"),
        ("欧阳女士来电", "〔姓名〕女士来电"),
        ("投诉人：黃志強", "投诉人:〔姓名〕"),
        ("业主张丽华反映", "业主〔姓名〕反映"),
        ("我姓陈,住三埠", "我姓〔姓名〕,住三埠"),
        ("请尽快处理。陈大明 2024年5月1日", "请尽快处理。〔姓名〕 2024年5月1日"),
        ("车牌粤J12345", "车牌〔车牌〕"),
        ("粵J·D12345占道", "〔车牌〕占道"),
        ("住幕沙路12号3栋402房", "住幕沙路〔门牌〕"),
        ("三栋二单元501室漏水", "〔门牌〕漏水"),
        ("光华路18号之一", "光华路〔门牌〕"),
        ("光华路18号之二402", "光华路〔门牌〕"),
        ("良园路28号201", "良园路〔门牌〕"),
        ("东兴路100号-3", "东兴路〔门牌〕"),
        ("十二座二梯三零二", "〔门牌〕"),
        ("微 信 号 : abc", "微 信 号 : 〔账号〕"),
        ("车架号LSVAU033XC2123456", "车架号〔证件〕"),
        ("甄炳祥反映邻居占地", "〔姓名〕反映邻居占地"),
        ("138 1234 5678(司徒志强)", "〔手机〕(〔姓名〕)"),
    ],
)
def test_masks(text: str, plain: str) -> None:
    assert masked(text) == plain


@pytest.mark.parametrize("text", ["联系人:李小明", "我叫陈小燕,住三埠"])
def test_masks_given_names_with_xiao(text: str) -> None:
    assert "〔姓名〕" in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "开平市城市管理和综合执法局",
        "三埠街道长沙街道水口镇",
        "统一社会信用代码91440783MA4W12345X",
        "金额1234567元",
        "欠款1234567.50元",
        "2024年5月6日",
        "2024-05-06",
        "12345热线和110",
        "幕沙路与光华路交界",
        "8号线和325国道",
        "投诉高层住户扰民",
        "黄金海岸小区",
        "我是马冈镇村民",
        "我是学生",
        "3号楼楼下",
        "拖欠3个月工资共12000元",
        "水泥路面宽3.5米",
        "陈某某经营的饭店",
        "一个叫水口的地方",
        "林业局长和康复医生",
        "合同HT-2025-001",
        "标准GB/T 19001-2016",
        "第20260001号文",
        "统一社会信用代码914407837123456789",
        "感谢领导。谢谢",
        "面积7536.993亩",
        "2018-0058",
        "本村5号停水",
    ],
)
def test_keeps(text: str) -> None:
    assert masked(text) == text


def test_found_in_order_without_overlap(examples: list[dict[str, str]]) -> None:
    texts = normalize([row["text"] for row in examples])
    for text, found in zip(texts, mask.find(texts), strict=True):
        ends = [0, *(each.end for each in found)]
        assert all(end <= each.start < each.end <= len(text) for end, each in zip(ends, found, strict=False))


@given(st.lists(st.text(st.sampled_from(NEAR), max_size=30), max_size=8))
def test_texts_do_not_influence_each_other(texts: list[str]) -> None:
    assert mask.find(texts) == [mask.find([text])[0] for text in texts]


def test_a_signature_counts_only_at_the_end() -> None:
    assert "张三" in masked("谢谢!张三\n" + "路灯坏了三天没人修," * 10)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("电话138o1234567", "138o1234567"),
        ("电话l3812345678", "l3812345678"),
        ("138/1234/5678", "138/1234/5678"),
        ("138，1234，5678", "138,1234,5678"),
        ("粤j88888", "粤j88888"),
        ("粤J 8 8 8 8 8", "粤J 8 8 8 8 8"),
        ("我阿爸叫关伟雄,八十岁", "关伟雄"),
        ("我係陳大文", "陈大文"),
    ],
)
def test_disguises_do_not_hide(text: str, secret: str) -> None:
    assert secret not in masked(text)
    assert "〔" in masked(text)


@pytest.mark.parametrize("text", ["负责人包庇", "法人成立公司", "找金融机构", "联系人:农业局"])
def test_words_after_a_role_are_no_names(text: str) -> None:
    assert masked(text) == text


@given(st.lists(st.sampled_from(["路灯坏了", "13800001234", "张三丰先生", "在水口", "a@b.cn"]), max_size=6))
def test_a_place_in_the_masked_text_leads_back(parts: list[str]) -> None:
    text = ",".join(parts)
    found = mask.find([text])[0]
    masked = mask.mask(text, found)
    for word in ("路灯坏了", "在水口"):
        start = masked.find(word)
        if start >= 0:
            there = mask.origin(found, start)
            assert text[there : there + len(word)] == word


WORDINGS = Path(__file__).parent / "wordings"


def wordings(name: str, *, held: bool | None = None) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Normalized text and its secrets, as start and end; every third line is held aside."""
    lines = [line for line in (WORDINGS / name).read_text("utf-8").splitlines() if line and not line.startswith("#")]
    for number, line in enumerate(lines, start=1):
        if held is None or held == (number % 3 == 0):
            text, secrets = "", []
            for place, part in enumerate(re.split("[【】]", line.replace("\\n", "\n").replace("\\t", "\t"))):
                if place % 2:
                    secrets.append((len(text), len(text) + len(part)))
                text += part
            yield normalize([text])[0], secrets


def rates(cases: Iterable[tuple[str, list[tuple[int, int]]]]) -> tuple[float, float]:
    """Share of the secrets that are masked, share of the texts in which something else is."""
    covered, wrong = [], []
    for text, secrets in cases:
        found = mask.find([text])[0]
        places = {place for each in found for place in range(each.start, each.end)}
        covered += [all(place in places or text[place] == " " for place in range(*secret)) for secret in secrets]
        wrong.append(any(all(each.end <= start or end <= each.start for start, end in secrets) for each in found))
    return sum(covered) / len(covered), sum(wrong) / len(wrong)


@pytest.mark.parametrize(("name", "held", "least"), [("masking.txt", False, 0.99), ("masking.txt", True, 0.94), ("masking_letters.txt", None, 0.95)])
def test_rates_on_written_wordings(name: str, held: bool | None, least: float) -> None:
    recall, wrong = rates(wordings(name, held=held))
    assert recall >= least
    assert wrong <= 0.02


def test_there_are_wordings_enough() -> None:
    cases = list(wordings("masking.txt"))
    assert sum(bool(secrets) for _, secrets in cases) >= 120
    assert sum(not secrets for _, secrets in cases) >= 60


# Repeated to the most that is read. In what one pattern tries there must be no room for work that grows faster than the text.
@pytest.mark.parametrize(
    "part",
    [
        "陈先生",
        "1",
        "1 2 3 4 ",
        "138-",
        "12-3-",
        "6-5",
        "一",
        "1,3,",
        "a@",
        "姓名:A ",
        "业主陈大文、",
        "林业局长",
        "0750-",
        "陈总高总",
        "微信a",
        "5 6 7元",
    ],
)
def test_work_grows_with_the_text_only(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    work = 0
    candidates = mask._candidates

    def counted(text: str, parts: Iterable[mask.Part]) -> Iterator[mask.Found]:
        nonlocal work
        parts = list(parts)
        work += sum(min(each.end, len(text)) - each.start for each in parts)
        return candidates(text, parts)

    monkeypatch.setattr(mask, "_candidates", counted)
    text = (part * 50_000)[:50_000]
    mask.find([text])
    assert work <= 20 * len(text)


def test_no_pattern_backtracks_without_bound() -> None:
    patterns = [pattern.pattern for group in GROUPS for _, pattern in group]
    bounded = [re.sub(r"(\*|\+|\{\d+,\})\+", "", re.sub(r"\[[^\]]*\]|\\.", "x", pattern)) for pattern in patterns]
    assert [pattern for pattern in bounded if re.search(r"[*+]|\{\d+,\}", pattern)] == []


@given(st.lists(st.sampled_from(["路灯坏了", "13800001234", "张三丰先生", "在水口", "a@b.cn"]), max_size=9))
def test_origins_are_the_origin_of_each(parts: list[str]) -> None:
    found = mask.find([",".join(parts)])[0]
    places = range(len(mask.mask(",".join(parts), found)))
    assert mask.origins(found, places) == [mask.origin(found, place) for place in places]
