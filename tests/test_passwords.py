import pytest

from service import passwords
from service.failures import ServiceError

GOOD = "Abcdefgh-123"


def test_a_password_is_known_again_and_not_kept() -> None:
    kept = passwords.hashed(GOOD)
    assert kept.startswith("$argon2id$") and GOOD not in kept
    assert passwords.hashed(GOOD) != kept
    assert passwords.matches(GOOD, kept)
    assert not passwords.matches(GOOD + "x", kept)
    assert not passwords.matches("", "") and not passwords.matches(GOOD, "")


@pytest.mark.parametrize("fine", [GOOD, "Kaiping 12345!", "开平市政务热线Abc1上下左右"])
def test_passwords_that_keep_the_rules(fine: str) -> None:
    passwords.check(fine, "oper", 12)


@pytest.mark.parametrize(
    ("weak", "why"),
    [
        ("Ab-1", "length"), ("abcdefghijkl", "kinds"), ("abcdefgh1234", "kinds"), ("Aa1-Aa1-Aa1-", "same"), ("Oper-abcd-1234", "name"),
        ("A1-" * 50, "length"),
    ],
)  # fmt: skip
def test_passwords_that_break_one(weak: str, why: str) -> None:
    with pytest.raises(ServiceError, match="12 to 128") as caught:
        passwords.check(weak, "oper", 12)
    assert (caught.value.code, caught.value.fields) == ("weak_password", {"why": why, "account": "oper"})


def test_a_half_character_is_a_password_like_any_other() -> None:
    assert passwords.matches("\ud800", passwords.hashed("\ud800"))
