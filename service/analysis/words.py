"""The words of a masked text that may tell of its matter, and phrases that tell a few texts from many others."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from math import log

from triage.personal_names import COMPOUND, NOT_NAMES, SURE, UNSURE
from triage.segment import Segmenter, lexicon

CHARS, TITLE = 300, 2.0
"""So much of a text is read; a word of the title counts so many times."""
Words = tuple[str, ...]
_MARK = re.compile(r"〔[^〕]*〕")
_WORD = re.compile(r"[\u4e00-\u9fffA-Za-z][\u4e00-\u9fffA-Za-z0-9]*")
_LONGEST, _SHORTEST, _PARTS = 12, 2, 3
_SHARE, _STRONG = 0.25, 0.7
_NAME = 4
_COMPOUND = frozenset(COMPOUND.split("|"))
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_THINGS = frozenset("站厂路村镇街区院校房费车机场局所证款金电水气灯声味店楼城苑园桥河江山库队费税票卡号线物品")
"""Characters that end words for things and places and rarely a given name."""
_LOOSE = tuple("的了是在和与也就都把被给又还很到对从我你他她它们这那有没不")
"""A phrase neither begins nor ends with one of these."""


def cut(text: str, segmenter: Segmenter) -> Words:
    """The words of a text in order, "" where something stands between them; marks of what was masked are no words."""
    return tuple(word if _WORD.fullmatch(word) else "" for word in segmenter.words(_MARK.sub("。", text[:CHARS])))


def bag(title: Words, text: Words) -> dict[str, float]:
    """Each word of two characters or more with how much it counts."""
    found = {word: 1.0 for word in text if len(word) >= _SHORTEST}
    return found | {word: TITLE for word in title if len(word) >= _SHORTEST}


def phrases(words: Words) -> set[str]:
    """Runs of one to three neighbouring words, of 2 to 12 characters."""
    found = set()
    for start, first in enumerate(words):
        whole = first
        for word in (*words[start + 1 : start + _PARTS], ""):
            if len(whole) >= _SHORTEST and not whole.startswith(_LOOSE) and not whole.endswith(_LOOSE):
                found.add(whole)
            whole += word
            if not word or len(whole) > _LONGEST:
                break
    return found


def nameless(words: Words) -> Words:
    """The words with "" for all that may be the name of a person, also where it was cut in two."""
    found = list(words)
    for place, word in enumerate(words):
        if _named(word):
            found[place] = ""
        elif place and words[place - 1] and word and len(words[place - 1]) + len(word) <= _NAME and _named(words[place - 1] + word):
            found[place - 1 : place + 1] = ["", ""]
    return tuple(found)


def telling(
    inside: Sequence[set[str]], callers: Sequence[str], usual: Mapping[str, int], n: int, own: Mapping[str, int], most: int = 4
) -> tuple[str, ...]:
    """Phrases that a group's texts (``inside``) have far more often than the ``n`` others, by texts.

    ``usual`` counts texts by phrase, among them those that ``own`` counts, which are the group's.
    By the log-likelihood ratio of Dunning (1993). Each stands in a quarter of the group and was said by three callers; none holds
    another one, and of two that stand together it is the longer.
    """
    counts = Counter(phrase for each in inside for phrase in each)
    least = max(3, _SHARE * len(inside))
    known = {phrase: count for phrase, count in counts.items() if count >= least and _said_by_three(phrase, inside, callers)}
    outside = {phrase: usual.get(phrase, 0) - own.get(phrase, 0) for phrase in known}
    known = {phrase: count for phrase, count in known.items() if count * (n + 1) > 3 * len(inside) * outside[phrase]}
    ranked = sorted(known, key=lambda phrase: (-_ratio(known[phrase], len(inside), outside[phrase], n), -len(phrase), phrase))
    chosen: list[str] = []
    for phrase in ranked:
        whole = _longest(phrase, known)
        if not any(whole in each or each in whole or _overlap(each, whole) for each in chosen):
            chosen.append(whole)
        if len(chosen) == most:
            break
    return tuple(chosen)


def counted(texts: Iterable[set[str]]) -> Counter[str]:
    """In how many texts each phrase stands."""
    return Counter(phrase for each in texts for phrase in each)


def _said_by_three(phrase: str, inside: Sequence[set[str]], callers: Sequence[str]) -> bool:
    """A caller without a mark is somebody else each time."""
    said = {caller or number for number, (each, caller) in enumerate(zip(inside, callers, strict=True)) if phrase in each}
    return len(said) >= 3


def _longest(phrase: str, known: Mapping[str, int]) -> str:
    """The longest phrase that holds it and stands nearly as often."""
    return max((each for each in known if phrase in each and known[each] >= _STRONG * known[phrase]), key=lambda each: (len(each), each))


def _overlap(one: str, other: str) -> bool:
    """Whether the end of one is the beginning of the other, by two characters or more."""
    return any(one.endswith(other[:size]) or other.endswith(one[:size]) for size in range(2, min(len(one), len(other))))


def _ratio(inside: int, group: int, outside: int, n: int) -> float:
    """Dunning's G2 of a phrase in ``inside`` of ``group`` texts and ``outside`` of ``n`` others."""
    both = (inside + outside) / (group + n)
    told = _fit(inside, group, inside / group) + _fit(outside, n, outside / n if n else 0.0)
    return 2 * (told - _fit(inside, group, both) - _fit(outside, n, both))


def _fit(k: int, n: int, p: float) -> float:
    return (k * log(p) if k else 0.0) + ((n - k) * log(1 - p) if n > k else 0.0)


@cache
def _named(word: str) -> bool:
    """Whether a word looks like surname and given name. Rather too often than too rarely: what many say must not name somebody either."""
    if not 2 <= len(word) <= _NAME or word[:2] in NOT_NAMES or word[-1] in _THINGS or not _HAN.fullmatch(word):
        return False
    if word[:2] in _COMPOUND:
        return len(word) > 2
    # The dictionary holds names of three characters, too; it knows words that begin like a rare surname.
    return word[0] in SURE + UNSURE and len(word) <= 3 and (word not in lexicon() or (len(word) == 3 and word[0] in SURE))
