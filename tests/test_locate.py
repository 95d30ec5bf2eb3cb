import pytest

from triage.locate import NOWHERE, Gazetteer
from triage.normalize import normalize
from triage.profile import Profile
from triage.records import Place


@pytest.fixture(scope="module")
def gazetteer(kaiping: Profile) -> Gazetteer:
    return Gazetteer(kaiping)


def town_of(gazetteer: Gazetteer, text: str, known: str = "") -> str:
    return gazetteer.locate([known], normalize([text]))[0].name


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("水口镇的路灯坏了", "水口镇"),
        ("我住长沙,楼下很吵", "长沙街道"),
        ("三埠街道办", "三埠街道"),
        ("馬岡鎮道路破損", "马冈镇"),
        ("马岗镇的路灯", "马冈镇"),
        ("馬崗墟的路", "马冈镇"),
        ("三阜那边停水", "三埠街道"),
        ("沙溏噪音", "沙塘镇"),
        ("赤砍的店", "赤坎镇"),
        ("蚬岗有人养猪", "蚬冈镇"),
        ("仓城镇", "苍城镇"),
        ("翠山湖园区招工", "翠山湖新区"),
        ("自力村停车难", "塘口镇"),
        ("幕沙路塞车", "长沙街道"),
        ("大沙河水库钓鱼", "大沙镇"),
    ],
)
def test_names_aliases_misspellings_and_places(gazetteer: Gazetteer, text: str, town: str) -> None:
    assert town_of(gazetteer, text) == town


@pytest.mark.parametrize(
    "text",
    [
        "厨房下水口堵了",
        "排水口有臭味",
        "污水口",
        "湖南长沙寄来的快递",
        "我在长沙市被骗",
        "马冈鹅很好吃",
        "马岗鹅肥",
        "送百合花",
        "湛江赤坎区",
        "贵州赤水市",
        "赤水河边",
        "广西龙胜",
        "金鸡奖",
        "鱼塘口",
        "岁月山河",
        "路灯坏了",
        "",
    ],
)
def test_homonyms_are_no_towns(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.locate([""], [text]) == [NOWHERE]


def test_a_homonym_does_not_hide_the_town_beside_it(gazetteer: Gazetteer) -> None:
    assert gazetteer.locate([""], ["水口镇的下水口堵了,马冈鹅也不好吃"]) == [Place("440783117", "水口镇", "town", ("水口镇",))]


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("从水口到沙塘,沙塘那段烂了", "沙塘镇"),
        ("从水口到沙塘镇", "沙塘镇"),
        ("水口和沙塘", "水口镇"),
        ("沙塘和水口", "沙塘镇"),
        ("水口水口和沙塘镇", "水口镇"),
    ],
)
def test_the_town_named_most_often_wins_then_the_first(gazetteer: Gazetteer, text: str, town: str) -> None:
    assert town_of(gazetteer, text) == town


@pytest.mark.parametrize(
    ("known", "town"),
    [
        ("440783117", "水口镇"),
        ("水口", "水口镇"),
        ("开平市水口镇某路1号", "水口镇"),
        ("幕沙路", "长沙街道"),
        ("不知道", "沙塘镇"),
        ("999", "沙塘镇"),
        ("", "沙塘镇"),
    ],
)
def test_the_known_place_wins(gazetteer: Gazetteer, known: str, town: str) -> None:
    assert town_of(gazetteer, "沙塘镇路灯坏了", known) == town


def test_the_known_place_is_its_own_evidence(gazetteer: Gazetteer) -> None:
    assert gazetteer.locate(["440783400"], ["沙塘"]) == [Place("440783400", "翠山湖新区", "park", ("440783400",))]


def test_each_text_has_its_own_place(gazetteer: Gazetteer) -> None:
    places = gazetteer.locate(["", "水口", "", ""], ["沙塘", "沙塘", "无", "水口"])
    assert [place.name for place in places] == ["沙塘镇", "水口镇", "", "水口镇"]


def test_every_name_of_a_town_finds_it_and_no_homonym_does(kaiping: Profile, gazetteer: Gazetteer) -> None:
    for town in kaiping.towns.values():
        for name in (town.name, town.short, *town.aliases, *town.misspellings):
            assert town_of(gazetteer, f"在{name}那边") == town.name, name
        for name in town.homonyms:
            assert town_of(gazetteer, name) != town.name, name


def test_every_place_finds_its_town(kaiping: Profile, gazetteer: Gazetteer) -> None:
    # 苍江 is listed as a place of 苍城镇 and as a homonym of it; test_no_place_is_a_homonym says so.
    found = [(place.name, gazetteer.locate([""], [place.name])[0].town, place.town) for place in kaiping.places if place.name != "苍江"]
    assert [name for name, got, wanted in found if got != wanted] == []


def test_no_place_is_a_homonym(kaiping: Profile) -> None:
    homonyms = {name for town in kaiping.towns.values() for name in town.homonyms}
    assert [place.name for place in kaiping.places if place.name in homonyms] == []


def test_without_a_profile_there_is_no_place() -> None:
    assert Gazetteer(None).locate(["水口", ""], ["水口镇", "沙塘"]) == [NOWHERE, NOWHERE]
