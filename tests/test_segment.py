import re

import jieba
import pytest

from triage.segment import Segmenter, lexicon

HAN = re.compile("[一-龥]")


@pytest.mark.parametrize("text", ["水口镇的路灯坏了", "", "  \n", "AB-12 路灯%", "😀路灯"])
def test_words_join_to_the_text(text: str) -> None:
    assert "".join(Segmenter().words(text)) == text


def test_words_of_the_city_stay_whole() -> None:
    assert "飞线充电" in Segmenter(["飞线充电"]).words("楼下飞线充电很危险")


def test_cuts_as_jieba_does(examples: list[dict[str, str]]) -> None:
    """jieba keeps a word of Latin letters and characters whole (T恤), and the two differ in a few guessed words."""
    segmenter, reference = Segmenter(), jieba.Tokenizer()
    texts = [row["text"] for row in examples]
    different = 0
    for text in texts:
        ours, theirs = ([word for word in cut if HAN.search(word)] for cut in (segmenter.words(text), reference.lcut(text)))
        different += ours != theirs
    assert different <= 0.02 * len(texts)


def test_the_lexicon_holds_short_words_only() -> None:
    words = lexicon()
    assert {"路灯", "工资"} <= words
    assert {len(word) for word in words} == {2, 3, 4}
