"""How far a wrong item is from the right one in the tree of items."""

from collections.abc import Sequence
from typing import Any

from triage.profile import Profile


def hierarchy(profile: Profile, truth: Sequence[str], answers: Sequence[Sequence[str]]) -> dict[str, Any]:
    """``levels``: of the rows whose item lies at least so deep, the share whose first answer has the same ancestor there.
    ``precision``, ``recall``, ``f``: of the items from the root down to what was said, how many are among those of the truth, and the
    other way round, over all rows together (Kiritchenko 2005; Silla and Freitas 2011). ``left_out``: rows whose item the profile
    lacks; they have no ancestors to compare."""
    pairs = [(profile.path(label), profile.path(answer[0]) if answer else ()) for label, answer in zip(truth, answers, strict=True)]
    known = [(true, said) for true, said in pairs if true]
    shared = sum(len(set(true) & set(said)) for true, said in known)
    precision, recall = _share(shared, sum(len(said) for _, said in known)), _share(shared, sum(len(true) for true, _ in known))
    return {
        "levels": _levels(known),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f": round(_share(2 * precision * recall, precision + recall), 4),
        "left_out": len(pairs) - len(known),
    }


def _levels(known: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]) -> list[dict[str, Any]]:
    found = []
    for level in range(1, max((len(true) for true, _ in known), default=0) + 1):
        right = [true[:level] == said[:level] for true, said in known if len(true) >= level]
        found.append({"level": level, "n": len(right), "hit1": round(_share(sum(right), len(right)), 4)})
    return found


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
