from collections.abc import Sized

from hypothesis import given
from hypothesis import strategies as st

from training.clean import Corpus, clean, near_duplicates
from training.history import Record
from triage.profile import Profile
from triage.records import Request

WAGES = "本人在水口镇一间水龙头厂做了四个月, 老板只发了头一个月的工资, 后面每次问都说等外商回款"
LIGHTS = "泮村牌坊到小学门口那一段的路灯坏了半个月, 晚上放学的学生摸黑走路, 麻烦派人来修一下"
SMOKE = "圩口天天有人烧垃圾, 浓烟飘进屋里, 家里老人咳得睡不着, 请环保部门来看看"


def record(text: str, unit: str = "RS", title: str = "", **more: str) -> Record:
    return Record(Request(text, title), {"unit": unit, **more})


def cleaned(*records: Record, profile: Profile | None = None) -> Corpus:
    return clean(records, profile, similarity=0.8, permutations=64)


def test_texts_are_learnt_as_the_engine_reads_them(kaiping: Profile) -> None:
    corpus = cleaned(record("水口鎮的路燈壞了,電話13800001234", title="路燈"), profile=kaiping)
    assert corpus.titles == ["路灯"]
    assert corpus.texts[0].startswith("水口镇的路灯坏了,电话")
    assert "13800001234" not in corpus.texts[0]
    assert corpus.towns == ["440783117"]


def test_every_column_has_one_entry_per_kept_row() -> None:
    corpus = cleaned(record(WAGES), record("", "RS"), record(LIGHTS, ""), record(SMOKE, "STJ", type="投诉"))
    columns: list[Sized] = [corpus.titles, corpus.texts, corpus.towns, corpus.callers, corpus.times, corpus.weights, corpus.groups]
    columns += corpus.labels.values()
    assert [len(column) for column in columns] == [2] * len(columns) == [len(corpus)] * len(columns)


def test_rows_left_out_are_counted_by_reason() -> None:
    corpus = cleaned(record(WAGES), record(" \n "), record("好\x00的路灯"), record("好"), record(LIGHTS, ""))
    assert corpus.texts == [WAGES]
    assert corpus.dropped == {"text_empty": 2, "nul_byte": 1, "no_label": 1}


def test_a_task_without_any_label_is_no_task() -> None:
    corpus = cleaned(record(WAGES, "RS", item=""), record(LIGHTS, "", type="投诉"))
    assert corpus.labels == {"type": ["", "投诉"], "unit": ["RS", ""]}


def test_a_history_of_unreadable_rows_leaves_nothing() -> None:
    corpus = cleaned(record(""), record("\x00路灯坏了"))
    assert (len(corpus), corpus.dropped) == (0, {"text_empty": 1, "nul_byte": 1})


def test_nearly_the_same_words_are_one_group_and_other_matters_are_not() -> None:
    groups = near_duplicates([WAGES, LIGHTS, WAGES + "!!", LIGHTS.replace("半个月", "快半个月"), SMOKE], 0.8, 64)
    assert groups[0] == groups[2]
    assert groups[1] == groups[3]
    assert len({groups[0], groups[1], groups[4]}) == 3


def test_texts_without_a_gram_stand_alone() -> None:
    assert len(set(near_duplicates(["", "!", ""], 0.8, 64).tolist())) == 3


@given(st.lists(st.sampled_from([WAGES, LIGHTS, SMOKE, WAGES[:20], LIGHTS[5:40]]), min_size=1, max_size=8))
def test_equal_texts_are_always_in_one_group(texts: list[str]) -> None:
    groups = near_duplicates(texts, 0.8, 32)
    assert all(groups[i] == groups[j] for i in range(len(texts)) for j in range(i) if texts[i] == texts[j])


def test_equal_requests_written_in_the_title_are_one_group() -> None:
    corpus = cleaned(record("", title=WAGES), record("", title=WAGES))
    assert corpus.groups[0] == corpus.groups[1]


def test_equal_texts_of_two_signs_are_one_group() -> None:
    groups = near_duplicates(["欠薪", "欠薪"], 0.8, 64)
    assert groups[0] == groups[1]
