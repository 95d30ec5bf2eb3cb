from hypothesis import given
from hypothesis import strategies as st

from triage import sounds


def fold(text: str) -> str:
    return sounds.fold([text])[0]


def test_characters_of_one_syllable_become_one() -> None:
    assert fold("煤气泄漏") == fold("没汽谢楼") == fold("煤汽泄漏")
    assert fold("自杀") == fold("自沙")
    assert fold("着火") != fold("着急")


def test_what_is_not_chinese_stays() -> None:
    assert fold("12345, ok?") == "12345, ok?"


@given(st.lists(st.text(), max_size=4))
def test_many_are_folded_as_each_alone(texts: list[str]) -> None:
    assert sounds.fold(texts) == [fold(text) for text in texts]


@given(st.text())
def test_length_stays_and_folding_twice_changes_nothing(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


def test_syllables_in_latin_letters_fold_like_characters() -> None:
    assert fold(sounds.spell("我要zisha")) == fold("我要自杀")
    assert fold(sounds.spell("tiaoLou")) == fold("跳楼")


def test_what_is_no_syllable_stays() -> None:
    for text in ("KTV里", "wifi", "app好慢", "a", "路灯"):
        assert sounds.spell(text) == text


def test_the_table_of_readings_is_read_once() -> None:
    assert sounds.readings() is sounds.readings()
