"""What is taken for what, and which labels swallow others."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

_PAIRS, _WIDTH = 30, 10
_PRECISION, _EXCESS, _FEWEST = 0.5, 1.5, 5


def confusions(truth: Sequence[str], answers: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """The 30 most frequent wrong pairs: ``truth``, ``said`` ("" for no answer), ``rows``."""
    wrong = Counter(pair for pair in _pairs(truth, answers) if pair[0] != pair[1])
    ranked = sorted(wrong.items(), key=lambda each: (-each[1], each[0]))
    return [{"truth": true, "said": said, "rows": rows} for (true, said), rows in ranked[:_PAIRS]]


def sinks(truth: Sequence[str], answers: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Labels that receive far more than they are: said at least 5 times, less than half of that right, and said over 1.5 times
    as often as true. ``excess`` is that ratio, None for a label that is never true."""
    pairs = _pairs(truth, answers)
    true, said, right = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs), Counter(a for a, b in pairs if a == b)
    return [
        {
            "label": label,
            "said": count,
            "rows": true[label],
            "precision": round(right[label] / count, 4),
            "excess": round(count / true[label], 2) if true[label] else None,
        }
        for label, count in said.most_common()
        if label and count >= _FEWEST and right[label] < _PRECISION * count and count > _EXCESS * true[label]
    ]


def confusion_table(truth: Sequence[str], answers: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The 10 labels with most errors to and from them, against each other: ``labels``, and ``rows``, per true label how often each
    of them was said, with everything else in one more column at the end."""
    pairs = Counter(_pairs(truth, answers))
    errors: Counter[str] = Counter()
    for (true, said), rows in sorted(pairs.items()):
        if true != said:
            errors.update({label: rows for label in (true, said) if label})
    labels = [label for label, _ in errors.most_common(_WIDTH)]
    totals = Counter(truth)
    inside = [[pairs[true, said] for said in labels] for true in labels]
    return {"labels": labels, "rows": [[*row, totals[true] - sum(row)] for true, row in zip(labels, inside, strict=True)]}


def _pairs(truth: Sequence[str], answers: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    return [(label, answer[0] if answer else "") for label, answer in zip(truth, answers, strict=True)]
