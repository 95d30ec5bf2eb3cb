"""Characters that sound alike, for words mistyped by sound: most typing errors in Chinese, and those of speech recognition,
keep the sound and change the character.

Only the characters of GB 2312 take part; tones and second readings do not. Syllables in Latin letters (跳lou) can be read too.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from triage.find import join

# Where the code points begin that stand for syllables in Latin letters; Unicode leaves them to private use.
SPELT = 0xF0000
_LATIN = re.compile("[A-Za-z]{2,30}")
_VOWELS = frozenset("aeiouv")


def fold(texts: Sequence[str]) -> list[str]:
    """Each text with every Chinese character replaced by the one that stands for its syllable; lengths stay."""
    if not texts:
        return []
    codes = join(texts)
    whole: str = fold_codes(codes).tobytes().decode("utf-32-le", "surrogatepass")
    ends = list(accumulate(len(text) + 1 for text in texts))
    return [whole[end - len(text) - 1 : end - 1] for text, end in zip(texts, ends, strict=True)]


def fold_codes(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The same for code points."""
    return _stand_ins()[codes]


def spell(text: str) -> str:
    """The text with every run of Latin letters that is nothing but syllables (zisha) replaced by a stand-in for each. They
    fold like characters of that sound."""
    return _LATIN.sub(lambda found: _spelt(found[0].lower()) or found[0], text)


def _spelt(letters: str) -> str:
    syllable, numbers = _syllables()
    read = syllable.findall(letters)
    return "".join(chr(SPELT + numbers[each]) for each in read) if sum(map(len, read)) == len(letters) else ""


@cache
def _stand_ins() -> npt.NDArray[np.uint32]:
    table = np.arange(0x110000, dtype=np.uint32)
    first: dict[str, int] = {}
    for char, syllable in readings().items():
        table[ord(char)] = first.setdefault(syllable, ord(char))
    table[SPELT : SPELT + len(first)] = list(first.values())
    return table


@cache
def _syllables() -> tuple[re.Pattern[str], Mapping[str, int]]:
    """One syllable of two letters and more, and the number of each, in the order in which ``_stand_ins`` counts them."""
    numbers = {syllable.replace("ü", "v"): number for number, syllable in enumerate(dict.fromkeys(readings().values()))}
    long = sorted((each for each in numbers if each.isascii() and len(each) > 1 and not _VOWELS.isdisjoint(each)), key=len, reverse=True)
    return re.compile("|".join(long)), numbers


@cache
def readings() -> dict[str, str]:
    """Each character of GB 2312 and its commonest syllable, without the tone."""
    # Read as data: importing pypinyin takes longer than loading a whole model.
    found = find_spec("pypinyin")
    assert found is not None and found.origin is not None
    table = json.loads((Path(found.origin).parent / "pinyin_dict.json").read_text(encoding="utf-8"))
    chars = [bytes((high, low)).decode("gb2312", "ignore") for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF)]
    return {char: _toneless(table[str(ord(char))]) for char in chars if char and str(ord(char)) in table}


def _toneless(several: str) -> str:
    plain = unicodedata.normalize("NFD", several.split(",")[0])
    return "".join(letter for letter in plain if letter.isalpha() or letter == "\u0308")
