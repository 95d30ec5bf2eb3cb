"""Characters that sound alike, for words mistyped by sound: most typing errors in Chinese, and those of speech recognition,
keep the sound and change the character.

Only the characters of GB 2312 take part; tones and second readings do not.
"""

import json
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt


def fold(texts: Sequence[str]) -> list[str]:
    """Each text with every Chinese character replaced by the one that stands for its syllable; lengths stay."""
    if not texts:
        return []
    joined = "\x00".join(texts)
    folded = _stand_ins()[np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)]
    whole = folded.tobytes().decode("utf-32-le", "surrogatepass")
    ends = list(accumulate(len(text) + 1 for text in texts))
    return [whole[end - len(text) - 1 : end - 1] for text, end in zip(texts, ends, strict=True)]


@cache
def _stand_ins() -> npt.NDArray[np.uint32]:
    table = np.arange(0x110000, dtype=np.uint32)
    first: dict[str, int] = {}
    for char, syllable in readings().items():
        table[ord(char)] = first.setdefault(syllable, ord(char))
    return table


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
