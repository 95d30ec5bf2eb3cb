from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import features
from triage.features import MAX_GRAM, Vocabulary, embed, fold, grams, pack, rows, unpack

TEXT = st.text(st.sampled_from("路灯坏了水口镇路灯, 。1９aB😀"), max_size=20)


def keys_of(text: str, title: str = "") -> list[int]:
    return grams([title], [text], 100).keys.tolist()


def vocabulary_of(*texts: str, max_chars: int = 100) -> Vocabulary:
    keys = np.unique(grams(["" for _ in texts], texts, max_chars).keys)
    return Vocabulary.of(keys, np.linspace(1, 2, len(keys), dtype=np.float32), max_chars)


def naive_grams(text: str) -> Counter[str]:
    """The surfaces of the grams of a text, collapsed as the module says."""
    signs = [0 if not char.isalnum() else ord("0") if char.isdigit() else ord(char.lower()) for char in text]
    kept = [sign for place, sign in enumerate(signs) if sign or not place or signs[place - 1]]
    found = [tuple(kept[start : start + size]) for size in range(1, MAX_GRAM + 1) for start in range(len(kept) - size + 1)]
    return Counter(str(gram) for gram in found if gram != (0,))


@given(st.text(st.sampled_from("路灯坏了水口镇,。 !1９aB"), max_size=20))
def test_grams_are_those_of_a_naive_count(text: str) -> None:
    assert sorted(Counter(keys_of(text)).values()) == sorted(naive_grams(text).values())


def test_equal_after_folding() -> None:
    assert keys_of("A座12号!!  路灯") == keys_of("a座34号,路灯")


def test_keys_are_never_zero_and_differ_by_gram() -> None:
    keys = keys_of("路灯坏了")
    assert 0 not in keys
    assert len(set(keys)) == 4 + 3 + 2 + 1


def test_the_title_counts_again_under_its_own_keys() -> None:
    text, title = Counter(keys_of("路灯")), Counter(keys_of("", "路灯"))
    assert text < title
    assert len(set(title)) == 2 * len(set(text))


def test_grams_know_where_they_stand() -> None:
    found = grams(["水口"], ["路,,灯"], 100)
    codes = fold(["水口"], ["路,,灯"], 100)
    spans = {(int(start), int(size)) for start, size in zip(found.starts, found.sizes, strict=True)}
    # Title 水口 at 0-1, its mark at 2, text at 3-6: the gram 路 boundary 灯 spans both commas.
    assert spans == {(0, 1), (1, 1), (0, 2), (3, 1), (3, 2), (4, 3), (3, 4), (6, 1)}
    assert codes.tolist() == [ord("水"), ord("口"), 1, ord("路"), 0, 0, ord("灯"), 2]


def test_reads_so_many_characters_only() -> None:
    assert grams([""], ["路灯坏了"], 2).keys.tolist() == grams([""], ["路灯"], 100).keys.tolist()


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6))
def test_a_chunk_is_the_sum_of_its_texts(pairs: list[tuple[str, str]]) -> None:
    kept = vocabulary_of("路灯坏了", "水口镇路灯")
    whole = rows([title for title, _ in pairs], [text for _, text in pairs], kept)
    single = [rows([title], [text], kept) for title, text in pairs]
    assert whole.ids.tolist() == [index for each in single for index in each.ids.tolist()]
    np.testing.assert_array_equal(whole.weights, np.concatenate([each.weights for each in single]))
    assert np.diff(whole.indptr).tolist() == [len(each.ids) for each in single]


@given(st.lists(TEXT, min_size=1, max_size=6))
def test_rows_have_length_one_and_no_column_twice(texts: list[str]) -> None:
    kept = vocabulary_of("路灯坏了", "水口镇路灯")
    found = rows([""] * len(texts), texts, kept)
    for start, end in zip(found.indptr, found.indptr[1:], strict=False):
        assert len(set(found.ids[start:end].tolist())) == end - start
        if end > start:
            assert float(np.linalg.norm(found.weights[start:end])) == pytest.approx(1, abs=1e-5)


def test_weights_follow_the_formula() -> None:
    keys = np.unique(np.array([keys_of("路")[0], keys_of("灯")[0]], dtype=np.uint32))
    of = {keys_of("路")[0]: 2.0, keys_of("灯")[0]: 3.0}
    kept = Vocabulary.of(keys, np.array([of[int(key)] for key in keys], dtype=np.float32), 100)
    found = rows([""], ["路,路,灯"], kept)
    got = {int(kept.keys[column]): float(weight) for column, weight in zip(found.ids, found.weights, strict=True)}
    raw = {keys_of("路")[0]: 2 * (1 + np.log(2)), keys_of("灯")[0]: 3.0}
    length = np.hypot(*raw.values())
    assert got == pytest.approx({key: value / length for key, value in raw.items()}, rel=1e-5)


def test_a_text_without_a_known_gram_has_an_empty_row() -> None:
    found = rows(["", ""], ["天气", "路灯"], vocabulary_of("路灯"))
    assert found.indptr.tolist() == [0, 0, 3]


def test_every_key_is_found_in_a_large_vocabulary() -> None:
    keys = np.unique(np.random.default_rng(0).integers(1, 2**32, 5000, dtype=np.uint32))
    kept = Vocabulary.of(keys, np.ones(len(keys), np.float32), 100)
    filled = np.sort(kept.slots[kept.slots != 0])
    assert (filled >> np.uint64(32)).tolist() == keys.tolist()
    assert (filled & np.uint64(0xFFFFFFFF)).tolist() == list(range(len(keys)))


@given(st.lists(TEXT, min_size=1, max_size=5), st.integers(1, 9))
def test_embedding_is_a_matrix_product(texts: list[str], width: int) -> None:
    kept = vocabulary_of("路灯坏了", "水口镇路灯")
    random = np.random.default_rng(width)
    matrix = random.integers(-7, 8, (len(kept.keys), width), dtype=np.int8)
    scales = random.random(len(kept.keys), dtype=np.float32)
    found = rows([""] * len(texts), texts, kept)
    dense = np.zeros((len(texts), len(kept.keys)), np.float32)
    dense[np.repeat(np.arange(len(texts)), np.diff(found.indptr)), found.ids] = found.weights
    np.testing.assert_allclose(embed(found, pack(matrix), scales, width), dense @ (matrix * scales[:, None]), rtol=1e-4, atol=1e-4)


def test_no_texts() -> None:
    found = rows([], [], vocabulary_of("路灯"))
    assert (found.indptr.tolist(), len(found.ids)) == ([0], 0)
    assert features.embed(found, np.zeros((3, 1), np.uint8), np.zeros(3, np.float32), 2).shape == (0, 2)


@given(st.integers(1, 9), st.integers(0, 100))
def test_what_is_packed_comes_out_again(width: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(-7, 8, (5, width), dtype=np.int8)
    packed = pack(values)
    assert packed.shape == (5, (width + 1) // 2)
    np.testing.assert_array_equal(unpack(packed, width), values)
