"""Groups of texts that share what few others say, on bags made by hand."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from service.analysis.alike import MOST, groups


def bags(seed: int = 1, noise: int = 200, matter: tuple[str, ...] = ("搅拌站", "丽苑", "粉尘", "半夜", "卡车"), n: int = 8) -> list[dict[str, float]]:
    """``n`` texts of one matter, each with four of its words, after ``noise`` texts of words at random."""
    dice = random.Random(seed)
    found = [{f"w{dice.randrange(4000)}": 1.0 for _ in range(10)} for _ in range(noise)]
    return found + [dict.fromkeys(dice.sample(matter, 4), 1.0) | {f"w{dice.randrange(4000)}": 1.0 for _ in range(2)} for _ in range(n)]


def test_one_matter_among_noise_is_one_group_the_most_central_first() -> None:
    (found,) = groups(bags(), 5)
    assert set(found.members) == set(range(200, 208))
    assert 0.3 < found.close <= 1


def test_two_matters_are_two_groups_the_larger_first() -> None:
    two = bags(matter=("a", "b", "c", "d", "e"), n=6) + bags(seed=2, noise=0, matter=("f", "g", "h", "i", "j"), n=9)
    assert [set(each.members) for each in groups(two, 5)] == [set(range(206, 215)), set(range(200, 206))]


def test_a_chain_of_texts_is_not_one_matter() -> None:
    """Each shares half with the next one and nothing with those further off."""
    chain = [{f"c{place + step}": 1.0 for step in range(4)} for place in range(40)]
    assert all(len(each.members) < 10 for each in groups(chain + bags(n=0), 3))


def test_what_everybody_says_makes_no_group() -> None:
    assert groups([each | {"你好": 1.0, "谢谢": 1.0} for each in bags(n=0)], 3) == []


def test_nothing_and_nearly_nothing() -> None:
    assert groups([], 3) == []
    assert groups([{}] * 10, 3) == []
    assert [each.members for each in groups([{"甲": 1.0, "乙": 1.0}] * 3 + [{"丙": 1.0}] * 1 + [{}] * 2, 3)] == [(0, 1, 2)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("甲乙丙丁戊己庚辛"), st.floats(0.5, 2), max_size=5), max_size=40), st.integers(2, 4))
def test_laws(given_bags: list[dict[str, float]], least: int) -> None:
    found = groups(given_bags, least)
    members = [member for each in found for member in each.members]
    assert len(members) == len(set(members)) and all(0 <= each < len(given_bags) for each in members)
    assert all(len(each.members) >= least for each in found) and len(found) <= MOST
    assert [len(each.members) for each in found] == sorted((len(each.members) for each in found), reverse=True)
    assert found == groups(given_bags, least)
