from pathlib import Path

import pytest
from spoil import append, places, said, set_cells

from triage.profile_load import load
from triage.segment import Segmenter

TOWN = {"code": "1", "name": "新安镇", "short": "新安", "area": "town"}


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"name": "", "short": ""}, "name", "is empty"),
        ({"aliases": "馬崗圩"}, "aliases", "'馬崗圩' is read as '马岗圩'"),
        ({"aliases": "新安 墟"}, "aliases", "'新安 墟' holds a blank"),
        ({"aliases": "新"}, "aliases", "'新' is too short to be found"),
        ({"misspellings": "Ａ城"}, "misspellings", "'Ａ城' is read as 'A城'"),
        ({"aliases": "水口"}, "aliases", "'水口' also means 水口镇"),
        ({"homonyms": "新安"}, "homonyms", "'新安' is a name of 新安镇 itself"),
        ({"homonyms": "新安镇"}, "homonyms", "'新安镇' is a name of 新安镇 itself"),
        ({"homonyms": "宝安县"}, "homonyms", "'宝安县' contains no name of 新安镇"),
        ({"homonyms": "新安縣"}, "homonyms", "'新安縣' is read as '新安县'"),
    ],
)
def test_a_name_of_a_town_that_no_text_holds(profile_copy: Path, cells: dict[str, str], column: str, words: str) -> None:
    row = append(profile_copy, "towns.csv", **{**TOWN, **cells})
    assert ("towns.csv", row, column) in places(profile_copy)
    assert any(f"[{column}]: {words}" in line for line in said(profile_copy))


def test_a_town_with_all_its_names(profile_copy: Path) -> None:
    append(profile_copy, "towns.csv", **TOWN, aliases="新安墟", misspellings="新按", homonyms="新安县")
    assert load(profile_copy).towns["1"].homonyms == ("新安县",)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("自立 村", "holds a blank"),
        ("自強村", "'自強村' is read as '自强村'"),
        ("的", "'的' is too short to be found"),
        ("长沙市", "'长沙市' is a homonym of 长沙街道 (towns.csv:3)"),
        ("水口", "'水口' also means 水口镇"),
    ],
)
def test_a_name_of_a_place_that_no_text_holds(profile_copy: Path, name: str, words: str) -> None:
    row = append(profile_copy, "places.csv", name=name, town="440783108")
    assert places(profile_copy) == [("places.csv", row, "name")]
    assert words in said(profile_copy)[0]


def test_any_character_may_be_a_word(profile_copy: Path) -> None:
    """A backslash in words.csv was once read as part of an expression."""
    for word in ("\\", "(", "[a", "*"):
        append(profile_copy, "words.csv", word=word, standard="无" if len(word) == 1 else "")
    profile = load(profile_copy)
    assert Segmenter(profile.words).words("路\\灯") != []


def test_words_are_written_as_they_are_read(profile_copy: Path) -> None:
    set_cells(profile_copy, "words.csv", 2, word="三埠鎮")
    assert "'三埠鎮' is read as '三埠镇'" in said(profile_copy)[0]
