"""Characters that sound alike, for words mistyped by sound: most typing errors in Chinese, and those of speech recognition,
keep the sound and change the character.

Only the characters of GB 2312 take part; tones and second readings do not.
"""

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path


def fold(text: str) -> str:
    """The text with every Chinese character replaced by the one that stands for its syllable; the length stays."""
    return text.translate(_stand_ins())


@cache
def _stand_ins() -> Mapping[int, str]:
    stand_ins: dict[int, str] = {}
    first: dict[str, str] = {}
    for char, syllable in _readings().items():
        stand_ins[ord(char)] = first.setdefault(syllable, char)
    return stand_ins


def _readings() -> dict[str, str]:
    # Read as data: importing pypinyin takes longer than loading a whole model.
    found = find_spec("pypinyin")
    assert found is not None and found.origin is not None
    table = json.loads((Path(found.origin).parent / "pinyin_dict.json").read_text(encoding="utf-8"))
    chars = [bytes((high, low)).decode("gb2312", "ignore") for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF)]
    return {char: _toneless(table[str(ord(char))]) for char in chars if char and str(ord(char)) in table}


def _toneless(readings: str) -> str:
    plain = unicodedata.normalize("NFD", readings.split(",")[0])
    return "".join(letter for letter in plain if letter.isalpha() or letter == "\u0308")
