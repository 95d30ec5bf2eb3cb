"""Passwords: argon2id hashes, and what a password must be."""

import secrets
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from service.failures import refuse

MOST = 128
_KINDS = 3


def hashed(password: str) -> str:
    """An argon2id hash with its own salt. Takes tens of milliseconds: never inside a transaction."""
    return _hasher().hash(password.encode("utf-8", "surrogatepass"))


def matches(password: str, kept: str) -> bool:
    """Whether a password is the one that was hashed. For an empty hash it takes as long, and is False."""
    return _hasher().verify(password.encode("utf-8", "surrogatepass"), kept or _nobody()) and bool(kept)


def check(password: str, name: str, shortest: int) -> None:
    """Raises ``weak_password`` with all the rules when one is broken; ``why`` is the first broken one: length, same, kinds or name."""
    kinds = sum((any(map(str.islower, password)), any(map(str.isupper, password)), any(map(str.isdigit, password)), not password.isalnum()))
    kinds += any(char > "\x7f" for char in password)
    broken = {
        "length": not shortest <= len(password) <= MOST, "same": len(set(password)) < shortest // 2, "kinds": kinds < _KINDS,
        "name": bool(name) and name.lower() in password.lower(),
    }  # fmt: skip
    if why := next((rule for rule, found in broken.items() if found), ""):
        raise refuse(
            "weak_password",
            f"a password has {shortest} to {MOST} characters, at least {shortest // 2} different ones, of at least three kinds (small, capital, "
            "digit, other), and does not contain the account's name.",
            why=why,
            account=name,
        )


def secret() -> str:
    """Fresh random words for links, cookies and tokens: 256 bits."""
    return secrets.token_urlsafe(32)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _nobody() -> str:
    return hashed(secret())
