import csv
from pathlib import Path

import pytest

from training.clean import clean
from training.history import Record
from training.leakage import Likeness, history_texts, texts_of
from triage.columns import Columns
from triage.errors import UsageError
from triage.profile import Profile
from triage.records import Request

WAGES = "本人在水口镇一间水龙头厂做了四个月, 老板只发了头一个月的工资, 后面每次问都说等外商回款"
LIGHTS = "泮村牌坊到小学门口那一段的路灯坏了半个月, 晚上放学的学生摸黑走路, 麻烦派人来修一下"
SMOKE = "圩口天天有人烧垃圾, 浓烟飘进屋里, 家里老人咳得睡不着, 请环保部门来看看"


@pytest.fixture(scope="module")
def likeness() -> Likeness:
    return Likeness({})


def write(path: Path, *rows: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_what_the_history_says_in_nearly_the_same_words_is_known(likeness: Likeness) -> None:
    assert likeness.known([WAGES + "!!", SMOKE, LIGHTS], [LIGHTS.replace("半个月", "快半个月"), WAGES]).tolist() == [True, False, True]


def test_neither_an_empty_text_nor_an_empty_history_is_known(likeness: Likeness) -> None:
    assert likeness.known(["", WAGES], ["", "\n"]).tolist() == [False, False]
    assert likeness.known([WAGES], []).tolist() == [False]
    assert likeness.known([], [WAGES]).tolist() == []


def test_all_but_the_first_of_equal_texts_repeat(likeness: Likeness) -> None:
    assert likeness.repeats([WAGES, LIGHTS, WAGES + "。", SMOKE, WAGES, ""]).tolist() == [False, False, True, False, True, False]
    assert likeness.repeats([]).tolist() == []


def test_the_model_says_how_like_is_alike() -> None:
    """Half of the words are the same: the shipped recipe tells the texts apart, a laxer one does not."""
    texts, history = [WAGES + LIGHTS], [WAGES + SMOKE]
    assert not Likeness({}).known(texts, history).any()
    assert Likeness({"duplicates": {"similarity": 0.2, "permutations": 128}}).known(texts, history).all()


def test_texts_are_those_that_training_learns_from(kaiping: Profile) -> None:
    requests = [Request("電話13800001234, 路燈壞了", title="路燈"), Request("\x00"), Request(WAGES)]
    texts = texts_of(requests, kaiping)
    corpus = clean([Record(request, {"unit": "CG"}) for request in requests], kaiping, 0.8, 64)
    assert [text for text in texts if text] == [f"{title}\n{text}" for title, text in zip(corpus.titles, corpus.texts, strict=True)]
    assert texts[1] == ""
    assert "13800001234" not in texts[0]


def test_files_need_no_labels_and_may_name_their_columns_otherwise(tmp_path: Path) -> None:
    told = Columns("诉求", "题")
    named = write(tmp_path / "a.csv", ["诉求", "题"], [WAGES, "欠薪"], [LIGHTS])
    usual = write(tmp_path / "b.csv", ["留言内容"], [SMOKE])
    assert history_texts([named, usual], told, None) == [f"欠薪\n{texts_of([Request(WAGES)], None)[0][1:]}", "", texts_of([Request(SMOKE)], None)[0]]


def test_a_file_without_a_text_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column looks like the text"):
        history_texts([write(tmp_path / "a.csv", ["unit"], ["RS"])], Columns(), None)
    with pytest.raises(UsageError, match="no such file"):
        history_texts([tmp_path / "b.csv"], Columns(), None)
