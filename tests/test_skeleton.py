from hypothesis import given
from hypothesis import strategies as st

from triage.skeleton import read

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30)


def test_only_letters_and_digits_stay_and_punctuation_counts() -> None:
    found = read(["跳 楼,3次。快·来", "a"])
    assert found.codes.tobytes().decode("utf-32-le") == "跳楼3次快来\x00a\x00"
    assert found.sentences.tolist() == [0, 0, 0, 0, 1, 1, 2, 2, 3]
    assert found.clauses.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4]


def test_letters_that_show_nothing_go_too() -> None:
    assert read(["跳\u3164\ufe0f楼"]).codes.tolist() == [*map(ord, "跳楼"), 0]


def test_says_where_latin_touches_chinese() -> None:
    assert read(["跳lou了", "KTV", "路灯"]).mixed.tolist() == [1, 4]


@given(st.lists(TEXT, max_size=4))
def test_each_text_keeps_its_letters_and_its_end(texts: list[str]) -> None:
    found = read(texts)
    whole = found.codes.tobytes().decode("utf-32-le").split("\x00")
    assert whole == [*("".join(read([text]).codes[:-1].tobytes().decode("utf-32-le")) for text in texts), ""]
    assert all(char in text for text, letters in zip(texts, whole, strict=False) for char in letters)
    assert sorted(found.sentences) == found.sentences.tolist()
    assert sorted(found.clauses) == found.clauses.tolist()
