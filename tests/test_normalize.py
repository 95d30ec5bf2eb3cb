import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.normalize import MAX_CHARS, normalize, refuse, simplify
from triage.records import Request

# Of what people type: no surrogates, no NUL, and no full-width markup (its own test).
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00＜＆"))
CHINESE = st.text(st.sampled_from("開开平市關于於著乾隆乾燥髮發后後里裏裡台臺 １２３ａＢ，。！　\t\r\n<br>&lt;&amp;①⑨𝟘😀"))


# Words whose bytes in GB18030 happen to be valid UTF-8 for the most part.
SHORT = "电话13812345678 12345电话 社保 落户 赤坎 租房 麻将 设备 电工 年化9.2% 社保电话租房落户 电话电话电话电话".split()


def one(text: str) -> str:
    return normalize([text])[0]


@given(TEXT)
def test_length_is_kept(text: str) -> None:
    assert len(one(text)) == len(text)


@given(st.one_of(TEXT, CHINESE))
def test_idempotent(text: str) -> None:
    assert one(one(text)) == one(text)


@pytest.mark.parametrize("text", ["＜b＞你好", "你好＆nbsp;世界"])
def test_idempotent_on_full_width_markup(text: str) -> None:
    assert one(one(text)) == one(text)


@given(st.lists(CHINESE, max_size=6))
def test_texts_do_not_influence_each_other(texts: list[str]) -> None:
    assert normalize(texts) == [one(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("開平市馬岡鎮煤氣洩漏", "开平市马冈镇煤气泄漏"),
        ("電話：１３８００００１２３４（ＱＱ）", "电话:13800001234(QQ)"),
        ("①⑨⓪", "190"),
        ("水\u3000口\u00a0镇", "水 口 镇"),
        ("一\r\n二\t三", "一\n\n二\n三"),
        ("头髮乾燥", "头发干燥"),
        ("自\u00ad杀\u202e跳\u180e楼\ufe0f", "自 杀 跳 楼 "),
        ("跳\u2006楼\u202f了\u2066", "跳 楼 了 "),
    ],
)
def test_folds(text: str, plain: str) -> None:
    assert one(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>路灯坏了</p>", "   路灯坏了    "),
        ("<!--x-->路灯", "        路灯"),
        ('<a href="http://x">点此</a>', " " * 19 + "点此    "[0:6]),
        ("A&nbsp;B&amp;C", "A      B&    C"),
        ("3 < 5 且 7 > 6", "3 < 5 且 7 > 6"),
    ],
)
def test_blanks_markup(text: str, plain: str) -> None:
    assert one(text) == plain


def test_no_texts() -> None:
    assert normalize([]) == []


def test_simplify_never_changes_the_length() -> None:
    assert simplify("臺灣開平") == "台湾开平"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "text_empty"),
        (" \n\u3000\t", "text_empty"),
        ("路", "text_empty"),
        ("a1", "text_empty"),
        ("13800138000 12345", "text_empty"),
        ("?!。…", "text_empty"),
        ("路" * 200_000, "text_too_long"),
        ("路灯\x00坏了", "nul_byte"),
        ("路灯坏了\ud83d", "lone_surrogate"),
        ("\udc00路灯", "lone_surrogate"),
        ("路灯坏\ufffd了", "mojibake"),
        ("开平市水口镇路灯坏了".encode().decode("latin-1"), "mojibake"),
    ],
)
def test_refuses(text: str, code: str) -> None:
    error = refuse(Request(text))
    assert error is not None
    assert error.code == code
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    "text", ["路灯", "<b>路灯坏了</b>", "=cmd()|路灯", "Street lamp broken", "ab", "路" * MAX_CHARS, "café 店噪音", "冇水冇電", *SHORT]
)
def test_accepts(text: str) -> None:
    assert refuse(Request(text)) is None


def test_title_alone_is_enough() -> None:
    assert refuse(Request("", "路灯坏了")) is None


def test_the_error_says_where() -> None:
    assert "character 2" in str(refuse(Request("路灯\x00坏了")))


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_is_accepted_can_be_normalized(text: str) -> None:
    if refuse(Request(text)) is None:
        assert len(one(text)) == len(text)


def test_every_example_is_accepted(examples: list[dict[str, str]]) -> None:
    assert [row["id"] for row in examples if refuse(Request(row["text"], row["title"]))] == []


@pytest.mark.parametrize(("bytes_are", "read_as"), [("utf-8", "gb18030"), ("gb18030", "latin-1")])
def test_recognises_mojibake_of_the_examples(examples: list[dict[str, str]], bytes_are: str, read_as: str) -> None:
    damaged = [row["text"].encode(bytes_are).decode(read_as, "ignore") for row in examples]
    codes = [error.code for text in damaged if (error := refuse(Request(text)))]
    assert codes.count("mojibake") >= 0.9 * len(damaged)


def test_recognises_utf_8_read_as_western(examples: list[dict[str, str]]) -> None:
    damaged = [row["text"].encode().decode("cp1252", "ignore") for row in examples]
    codes = [error.code for text in damaged if (error := refuse(Request(text)))]
    assert codes.count("mojibake") >= 0.99 * len(damaged)


@pytest.mark.parametrize(("place", "code"), [("\x00水口镇", "nul_byte"), ("水口\ud800", "lone_surrogate"), ("水" * 3000, "text_too_long")])
def test_what_the_hotline_knows_is_refused_like_the_text(place: str, code: str) -> None:
    error = refuse(Request("路灯坏了", place=place))
    assert error is not None
    assert error.code == code


@pytest.mark.parametrize("text", ["路灯坏了", "拖欠工资三个月", "煤气泄漏", "水口镇泮村"])
def test_recognises_short_mojibake(text: str) -> None:
    error = refuse(Request(text.encode().decode("gb18030", "ignore")))
    assert error is not None
    assert error.code == "mojibake"
