import pytest

from triage.phrases import REACH, fault, read


@pytest.mark.parametrize(
    ("part", "words"),
    [("着火", {"着火"}), ("(煤|燃)气", {"煤气", "燃气"}), ("打(了|)(我|他)", {"打了我", "打我", "打了他", "打他"})],
)
def test_short_lists_are_spelt_out(part: str, words: set[str]) -> None:
    phrase = read(part)
    assert (set(phrase.words), phrase.others, phrase.shape) == (words, (), None)


def test_a_gap_is_a_shape_found_by_its_rarest_piece() -> None:
    phrase = read("再不…(跳|砍|捅)")
    assert (phrase.words, phrase.others) == (("再不",), (("跳", "砍", "捅"),))
    assert phrase.shape is not None
    found = phrase.shape.search("再不给钱就跳")
    assert found is not None
    assert found.groups() == ("再不", "跳")
    assert phrase.shape.search("再不" + "啊" * REACH + "跳") is not None
    assert phrase.shape.search("再不" + "啊" * (REACH + 1) + "跳") is None


def test_words_are_read_as_asked_for() -> None:
    assert read("冇(水|电)", lambda word: word.replace("冇", "无")).words == ("无水", "无电")


def test_the_longest_alternative_is_shown() -> None:
    shape = read("(喝|喝药)…(死|死了)").shape
    assert shape is not None
    found = shape.search("喝药死了")
    assert found is not None
    assert found.groups() == ("喝药", "死了")


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("…死", "gap"),
        ("再不…", "gap"),
        ("(煤|燃气", "brackets"),
        ("煤|燃气", "brackets"),
        ("((煤|燃)气|电)", "brackets"),
        ("(煤|)", "may be empty"),
        ("再不…(死|)", "may be empty"),
        ("*", "may be empty"),
    ],
)
def test_faults(part: str, wrong: str) -> None:
    found = fault(part)
    assert found is not None
    assert wrong in found[0]


@pytest.mark.parametrize("part", ["着火", "(煤|燃)气", "打(了|)我", "再不…(跳|砍)……你"])
def test_no_fault(part: str) -> None:
    assert fault(part) is None
