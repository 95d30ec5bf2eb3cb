"""Messages per second on one core: the baseline's pipeline against Engine.suggest_many, in one process, in turn.

The baseline is that of ../shared/eval/baseline.py: jieba words (1-2) and characters (1-3), TF-IDF, calibrated linear SVM,
for the lead unit alone. The engine does everything a row of a batch needs: masking, item, type, urgency, town, rules,
lead and co units, decision. Messages are the shared ones where present, else the project's own examples.

usage: python benchmarks/throughput.py [--messages 2000] [--train 0] [--rounds 5]
"""

import argparse
import gc
import os
import resource
import statistics
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

from pathlib import Path

import jieba
import numpy as np
import pandas as pd
from shared_rows import SHARED, labelled
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC

from triage import Engine, Request

EXAMPLES = Path(__file__).resolve().parent.parent / "data" / "kaiping" / "examples.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--train", type=int, default=0, help="rows the baseline is fitted on; 0 is all that are not measured on")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    rows = labelled() if SHARED.is_dir() else pd.read_csv(EXAMPLES, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    rows = rows.sample(frac=1, random_state=0)
    some = rows.tail(args.messages)
    requests = [Request(row.text, row.title, row.id) for row in some.itertuples()]
    texts = [f"{row.title}。{row.text}" for row in some.itertuples()]
    print(f"{len(texts)} messages of {np.mean([len(text) for text in texts]):.0f} characters on average, one core")

    engine = Engine.load()
    engine.suggest_many(requests[:64])
    engine.suggest(requests[0])
    loaded = memory()
    model = baseline(rows.iloc[: -args.messages].head(args.train or len(rows)))

    # The baseline's vocabulary is millions of objects; neither side shall pay for walking the other's.
    gc.collect()
    gc.freeze()

    ratios, ours, theirs = [], [], []
    for _ in range(args.rounds):
        begun = time.perf_counter()
        model.predict_proba(texts)
        middle = time.perf_counter()
        for start in range(0, len(requests), 1024):
            engine.suggest_many(requests[start : start + 1024])
        done = time.perf_counter()
        theirs.append(len(texts) / (middle - begun))
        ours.append(len(texts) / (done - middle))
        ratios.append((middle - begun) / (done - middle))
    print(f"baseline {statistics.median(theirs):7.0f} messages/s")
    print(f"engine   {statistics.median(ours):7.0f} messages/s")
    print(f"ratio    {statistics.median(ratios):7.1f} (of {args.rounds} rounds: {min(ratios):.1f} to {max(ratios):.1f})")

    taken = []
    for request in requests[:1000]:
        begun = time.perf_counter()
        engine.suggest(request)
        taken.append((time.perf_counter() - begun) * 1000)
    print(f"one suggest with reasons: median {statistics.median(taken):.2f} ms, p99 {np.quantile(taken, 0.99):.2f} ms")
    print(f"memory with the engine loaded: {loaded:.0f} MiB (the baseline's peak comes on top: {memory():.0f} MiB)")


def baseline(rows: pd.DataFrame) -> Pipeline:
    """The pipeline of baseline.py for the lead unit."""
    counts = rows["unit"].value_counts()
    rows = rows[rows["unit"].isin(counts[counts >= 3].index)]
    model = make_pipeline(
        make_union(
            TfidfVectorizer(tokenizer=words, token_pattern=None, ngram_range=(1, 2), min_df=2, sublinear_tf=True),
            TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True),
        ),
        CalibratedClassifierCV(LinearSVC(C=0.5), cv=3),
    )
    return model.fit(rows[["title", "text"]].agg("。".join, axis=1), rows["unit"])


def words(text: str) -> list[str]:
    return [word for word in jieba.cut(text) if word.strip()]


def memory() -> float:
    """Peak resident memory so far in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
