import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.keys import Keys, create, load, parse, rotate
from triage.errors import UsageError

KEYS = Keys({"k1": b"1" * 32}, b"i" * 32)
GOOD = "index aWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWk=\n"


@given(st.binary(max_size=200), st.sampled_from(["aes", "sm4"]))
def test_what_is_sealed_opens_and_shows_nothing(clear: bytes, cipher: str) -> None:
    keys = Keys({"k1": b"1" * 32}, b"i" * 32, cipher)
    name, sealed = keys.seal(clear, "t:1")
    assert name == f"{cipher}:k1"
    assert keys.unseal(name, sealed, "t:1") == clear
    assert KEYS.unseal(name, sealed, "t:1") == clear  # whatever is used for new rows, old ones open
    assert len(clear) < 4 or clear not in sealed


def test_one_text_sealed_twice_looks_different() -> None:
    assert KEYS.seal(b"x" * 16, "t:1")[1] != KEYS.seal(b"x" * 16, "t:1")[1]


@pytest.mark.parametrize(("place", "spoil"), [("t:2", False), ("t:1", True)])
def test_a_moved_or_changed_ciphertext_does_not_open(place: str, spoil: bool) -> None:
    name, sealed = KEYS.seal(b"clear", "t:1")
    with pytest.raises(UsageError, match=place):
        KEYS.unseal(name, sealed[:-1] + b"x" if spoil else sealed, place)


def test_a_rotated_key_seals_and_the_old_one_still_opens(tmp_path: Path) -> None:
    path = tmp_path / "a" / "keys.txt"
    old = load(path)
    name, sealed = old.seal(b"clear", "t:1")
    assert rotate(path) == "k2"
    new = load(path)
    assert new.newest == "aes:k2" and new.index == old.index
    assert new.unseal(name, sealed, "t:1") == b"clear"
    with pytest.raises(UsageError, match="no key 'k2'"):
        old.unseal(*new.seal(b"clear", "t:1"), "t:1")


def test_fresh_keys_are_for_their_owner_only_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    create(path)
    first = path.read_text(encoding="ascii")
    create(path)
    assert path.read_text(encoding="ascii") == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["keys.txt"]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "index"), (GOOD, "index"), ("k1 !!!", "x:1"), ("k1 aWlp", "3 bytes"), (GOOD + "\n# c\nk1 aWlp", "x:4"), ("k1", "0 bytes")],
)
def test_a_wrong_key_file_is_told_by_line_without_its_keys(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        parse(text, "x")
    assert "aWlp" not in str(caught.value)


def test_marks_are_equal_for_equal_words_and_one_key_only() -> None:
    assert KEYS.mark("phone", "1") == KEYS.mark("phone", "1") != KEYS.mark("once", "1")
    assert KEYS.mark("phone", "1") != Keys({"k1": b"1" * 32}, b"j" * 32).mark("phone", "1")
