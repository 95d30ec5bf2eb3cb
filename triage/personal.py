"""What personal data looks like in a normalized text: the patterns in groups, and the characters that their matches need."""

import re
from functools import cache

import numpy as np
import numpy.typing as npt

from triage import personal_names as names
from triage import personal_numbers as numbers
from triage.personal_names import is_no_name

__all__ = ["GROUPS", "NAME", "REACH", "TAIL", "character_kinds", "is_no_name", "pair", "pairs"]

GROUPS: tuple[tuple[tuple[str, re.Pattern[str]], ...], ...] = tuple(
    tuple((kind, re.compile(pattern, re.ASCII)) for kind, pattern in group)
    for group in (numbers.NUMBERS, numbers.ACCOUNTS, numbers.DOORS, names.TITLED, names.MARKED, names.SIGNED)
)
"""Patterns by what they need: numbers, accounts and plates, doors, titles, introductions, signatures. Where a pattern has
a group ``secret`` only that is personal data. The last group looks at the last ``TAIL`` characters only."""

NAME = "姓名"

REACH = ((120, 120), (96, 160), (24, 64), (4, 16), (12, 48), (2, 80))
"""For each group, how far before and after a suspicious character a match can reach."""

TAIL = 40
"""How far from the end of a text a signature may begin."""

NUMBER, FAMILY_NAME, CAREFUL, WEAK_TITLE, LINK, COUNTER, DOOR, PROVINCE = (1 << bit for bit in range(8))
LETTER, AT, STOP, HAN, ALONE, JOINT, SAYING, NICKNAMING, DIGIT, BEFORE_ROOM, WIDE = (1 << bit for bit in range(8, 19))
TITLE, ROLE, INTRODUCED, ACCOUNT = (1 << bit for bit in range(4))


@cache
def character_kinds() -> npt.NDArray[np.uint32]:
    """Code point → the kinds of character it can be in a pattern, as bits."""
    table = np.zeros(0x110000, dtype=np.uint32)
    table[:] |= JOINT
    digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for char in letters.lower() + "〔〕〓\x00":
        table[ord(char)] = 0
    table[0x4E00:0x9FA6] = HAN
    kinds = {
        NUMBER: digits + numbers.NUMERAL + numbers.LOOKALIKES,
        DIGIT: digits,
        JOINT: numbers.SAID_SIGNS,
        FAMILY_NAME: names.SURE + names.UNSURE + names.COMPOUND.replace("|", ""),
        CAREFUL: "".join(set(names.SURE) - set(names.UNSURE)) + names.COMPOUND.replace("|", ""),
        WEAK_TITLE: names.WEAK_TITLES,
        LINK: names.LINK,
        WIDE: " \n!。,:",
        ALONE: "姓叫",
        COUNTER: digits + letters + letters.lower() + numbers.COUNTING,
        DOOR: numbers.DOOR,
        BEFORE_ROOM: numbers.BEFORE_ROOM,
        PROVINCE: numbers.PROVINCES,
        LETTER: letters + letters.lower(),
        AT: "@#",
        STOP: "\n。!?;",
        SAYING: names.SAYING,
        NICKNAMING: names.NICKNAMING,
    }
    for kind, characters in kinds.items():
        for char in characters:
            table[ord(char)] |= kind
    return table


def pair(first: int, second: int) -> int:
    """Two code points as a place in the table of pairs; several may share one."""
    return (first * 31 + second) & 0xFFFF


@cache
def pairs() -> npt.NDArray[np.uint8]:
    """Pair → what begins (titles) or ends (marks) with these two characters, as bits."""
    table = np.zeros(0x10000, dtype=np.uint8)
    for kind, words in (
        (TITLE, [word[:2] for word in (*names.POLITE, *names.OFFICES)]),
        (ROLE, [word[-2:] for word in (*names.ROLES, *names.FAREWELL)]),
        (INTRODUCED, [word[-2:] for word in names.INTRODUCED]),
        (ACCOUNT, numbers.ACCOUNT_MARKS),
    ):
        for first, second in words:
            table[pair(ord(first), ord(second))] |= kind
    return table
