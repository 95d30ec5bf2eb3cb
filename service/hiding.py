"""Free words without personal data: what may be kept in clear, beside the text, of a request and of anything else that people name.

The masker finds a name where something marks it. Short fields have no room for marks, so that here the caller's own name counts as one, what
stands behind a masked number or house is looked at as a name, and what calls itself a kind of caller or a channel but holds a person is left out.
"""

import re
from dataclasses import replace

from service.keys import Keys
from triage import mask, normalize
from triage.deadlines import read_time
from triage.records import Request

LONGEST, SHORT = 500, 40
_NAME, _MARK = "〔姓名〕", "联系人"
_CODE = re.compile(r"[0-9A-Za-z_.:/\-]*")
_PHONE = re.compile(r"(?<!\d)(?:(?:\+?86-?)?1[3-9]\d-?\d{4}-?\d{4}|0\d{2,3}-\d{7,8})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{6}(?:19\d\d|20(?:0\d|1[0-2]))\d{7}[\dXx](?!\d)")
"""Born before 2013: numbers of a hotline hold later days at that place."""

_WEIGHTS, _CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def hide(words: str) -> str:
    """Free words without personal data, in the form in which texts are kept; at most 1,000 characters."""
    plain = normalize.normalize([words.encode("utf-8", "replace").decode().replace("\x00", " ")])
    return mask.mask(plain[0], mask.find(plain)[0])[:1000]


def words(told: str, name: str = "") -> str:
    """A place or an answer: codes stay, but for those that are a telephone's or a person's; ``name``: the caller's, hidden too."""
    if _CODE.fullmatch(told):
        return _code(told)[:LONGEST]
    kept = hide(told.replace(name, _NAME) if len(name) > 1 else told)
    parts = re.split(r"(?<=〕)", kept)
    return ("".join(hide(_MARK + each).removeprefix(_MARK) for each in parts if each) if len(parts) > 1 else kept)[:LONGEST]


def kind(told: str, name: str = "") -> str:
    """A kind of caller or a channel, at most 40 characters; "" where personal data is in it: what is left of that is none."""
    kept = words(told, name)
    return "" if "〔" in kept or "〔" in hide(_MARK + kept) else kept[:SHORT]


def ref(keys: Keys, told: str) -> str:
    """The hotline's own number, which stays, as a code does. Where personal data was hidden in it a keyed mark keeps it apart from all
    others, so that it is found again by the same words."""
    kept = words(told)
    if kept == told or not ("〔" in kept or len(told) > LONGEST):
        return kept
    return f"{kept[: LONGEST - 20]}·{keys.mark('ref', told)[:16].translate(_LETTERS)}"


def moment(told: str, name: str = "") -> str:
    """When it was received, as told; what is no time is kept as words are. At most 64 characters."""
    return told[:64] if read_time(told) is not None else words(told, name)[:64]


def request(keys: Keys, told: Request, name: str = "") -> Request:
    """The fields of a request beside title and text, as they may be kept. ``name``: the caller's."""
    answers = {words(issue): words(each, name) for issue, each in told.answers.items()}
    return replace(
        told, id=ref(keys, told.id), place=words(told.place, name), caller_kind=kind(told.caller_kind, name), channel=kind(told.channel, name),
        received_at=moment(told.received_at, name), answers=answers,
    )  # fmt: skip


def _code(told: str) -> str:
    return _IDENTITY.sub(lambda found: "〔身份证〕" if _is_identity(found[0]) else found[0], _PHONE.sub("〔手机〕", told))


def _is_identity(digits: str) -> bool:
    """By the check digit of GB 11643-1999: one in eleven other numbers passes too."""
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True))
    return digits[17].upper() == _CHECKS[total % 11]
