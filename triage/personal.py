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
    for group in (
        (*numbers.NUMBERS, *names.BESIDE_NUMBERS),
        numbers.MAIL,
        numbers.ACCOUNTS,
        numbers.DOORS,
        numbers.DASHED,
        names.TITLED,
        names.INTRODUCTIONS,
        names.ROLES,
        names.CALLED,
        names.SIGNED,
    )
)
"""Patterns by what they need: numbers, mail addresses, accounts and plates, doors, doors with
a sign, titles, introductions, roles, what somebody is called, signatures. Where a pattern has a group ``secret`` only that
is personal data. The last group looks at the last ``TAIL`` characters only."""

NAME = "姓名"

REACH = ((20, 24), (70, 160), (8, 56), (8, 48), (10, 16), (4, 16), (8, 128), (8, 56), (4, 16), (2, 80))
"""For each group, how far before and after a suspicious character a match can reach; for numbers, from their first and
last digit."""

TAIL = 40
"""How far from the end of a text a signature may begin."""

NUMBER, FAMILY_NAME, CAREFUL, WEAK_TITLE, LINK, COUNTER, DOOR, PROVINCE, LETTER, AT, STOP, HAN = (1 << bit for bit in range(12))
ALONE, JOINT, SAYING, NICKNAMING, DIGIT, BEFORE_ROOM, WIDE, NAMELY, DASH, PAIRED, SPACED, BEGINS = (1 << bit for bit in range(12, 24))
_ANY_BEGINNING = PAIRED | AT | PROVINCE | COUNTER | BEFORE_ROOM | FAMILY_NAME | NICKNAMING | ALONE | STOP
TITLE, ROLE, INTRODUCED, ACCOUNT, MAIL = (1 << bit for bit in range(5))


@cache
def character_kinds() -> npt.NDArray[np.uint32]:
    """Code point → the kinds of character it can be in a pattern, as bits."""
    table = np.zeros(0x110000, dtype=np.uint32)
    table[:] |= JOINT
    digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for char in letters.lower() + "〔〕〓\x00":
        table[ord(char)] = 0
    table[0x4E00:0x9FA6] = HAN
    words = [word for mine in _paired().values() for word in mine]
    kinds = {
        NUMBER: digits + numbers.NUMERAL + numbers.LOOKALIKES,
        DIGIT: digits,
        JOINT: numbers.SAID_SIGNS + letters,
        FAMILY_NAME: names.SURE + names.UNSURE + names.COMPOUND.replace("|", ""),
        CAREFUL: "".join(set(names.SURE) - set(names.UNSURE)) + names.COMPOUND.replace("|", ""),
        WEAK_TITLE: names.WEAK_TITLES,
        LINK: names.LINK,
        WIDE: " \n!。,:",
        DASH: "-#",
        PAIRED: "".join(word[0] for word in words),
        SPACED: "微加",
        ALONE: "姓叫",
        COUNTER: digits + letters + letters.lower() + numbers.COUNTING,
        DOOR: numbers.DOOR,
        BEFORE_ROOM: numbers.BEFORE_ROOM,
        PROVINCE: numbers.PROVINCES,
        LETTER: letters + letters.lower(),
        NAMELY: names.NAMELY,
        AT: "@#",
        STOP: "\n。!?;",
        SAYING: names.SAYING,
        NICKNAMING: names.NICKNAMING,
    }
    for kind, characters in kinds.items():
        for char in characters:
            table[ord(char)] |= kind
    table[table & _ANY_BEGINNING != 0] |= BEGINS
    return table


def _paired() -> dict[int, list[str]]:
    """What marks personal data, by its first (titles) or last (marks) two characters."""
    return {
        TITLE: [word[:2] for word in (*names.POLITE, *names.OFFICES, *names.REPORTING)],
        ROLE: [word[-2:] for word in (*names.ROLE_WORDS, *names.FAREWELL)],
        INTRODUCED: [word[-2:] for word in names.INTRODUCED],
        ACCOUNT: numbers.ACCOUNT_MARKS,
        MAIL: numbers.MAIL_MARKS,
    }


def pair(first: int, second: int) -> int:
    """Two code points as a place in the table of pairs; several may share one."""
    return (first * 0x9E3779B1 + second * 0x85EBCA77 & 0xFFFFFFFF) >> 16


@cache
def pairs() -> npt.NDArray[np.uint8]:
    """Pair → what has these two characters, as bits."""
    table = np.zeros(0x10000, dtype=np.uint8)
    for kind, words in _paired().items():
        for word in words:
            table[pair(ord(word[0]), ord(word[1]))] |= kind
    return table
