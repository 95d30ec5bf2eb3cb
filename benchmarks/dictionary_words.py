"""The dictionary's words and single characters that stand in the texts of some CSV files, a word a line.

usage: python benchmarks/dictionary_words.py FILE.csv ...     columns: title, text
"""

import sys

import numpy as np
import pandas as pd

from triage import features, normalize
from triage.segment import lexicon

LEAST = 3


def main() -> None:
    files = [pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig") for path in sys.argv[1:]]
    texts = normalize.normalize([f"{row.title}\n{row.text}" for file in files for row in file.itertuples()])
    found = features.grams([""] * len(texts), texts, 1500)
    keys, counts = np.unique(found.keys, return_counts=True)
    words = sorted({*lexicon(), *map(chr, range(0x4E00, 0x9FA6))})
    own = features.grams([""] * len(words), words, features.MAX_GRAM)
    places = np.searchsorted(keys, own.keys[own.indptr[1:] - 1]).clip(max=len(keys) - 1)
    held = (keys[places] == own.keys[own.indptr[1:] - 1]) & (counts[places] >= LEAST)
    print("\n".join(word for word, here in zip(words, held, strict=True) if here))


if __name__ == "__main__":
    main()
