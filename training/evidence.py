"""Which rows of a history are evidence for a promise, and why the others are not."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from training import learnt
from training.history import Record
from training.leakage import Likeness
from triage.records import Request, Suggestion
from triage.suggest import Engine

_SHOWN = 3


def later(records: Iterable[Record], after: date, undated: bool) -> tuple[list[Record], Counter[str]]:
    """The labelled rows later than ``after``, the earliest first, rows without a date last; and why others were left out."""
    kept, left_out = [], Counter[str]()
    for record in records:
        reason = _reason(record, after, undated)
        if reason:
            left_out[reason] += 1
        else:
            kept.append(record)
    return sorted(kept, key=lambda record: record.time.isoformat() if record.time else "~"), left_out


def _reason(record: Record, after: date, undated: bool) -> str:
    return (
        record.error
        or ("" if record.labels.get("unit") else "no_label")
        or ("" if undated or record.time else "undated")
        or ("not_later" if record.time and record.time.date() <= after else "")
    )


def dated(record: Record) -> Request:
    """The request with the time of its row, which picks the rows of dated tables."""
    return replace(record.request, received_at=record.time.isoformat()) if record.time else record.request


def untaught(engine: Engine, records: Sequence[Record], answers: Sequence[Any], left_out: Counter[str]) -> tuple[list[Record], list[Any]]:
    """The rows that neither the model nor its encoder learnt from, whatever their file is called."""
    known = learnt.known(engine, answers)
    left_out["taught"] += int(known.sum())
    kept = np.flatnonzero(~known).tolist()
    return [records[row] for row in kept], [answers[row] for row in kept]


def grouped(engine: Engine, answers: Sequence[Any]) -> list[int]:
    """A number per row; rows of one number say the same in nearly the same words, by the model's own recipe."""
    texts = [f"{each.clean.title}\n{each.clean.text}" if isinstance(each, Suggestion) else "" for each in answers]
    return [int(group) for group in Likeness(engine.bundle.manifest.get("recipe", {})).groups(texts)]


def firsts(groups: Sequence[int]) -> list[int]:
    """The first row of each group: the test takes rows for independent, and a hundred copies are not."""
    return sorted({group: row for row, group in reversed(list(enumerate(groups)))}.values())


def in_words(left_out: Mapping[str, int], after: date, records: Sequence[Record], undated: bool, column: str) -> list[str]:
    """A line for each reason why rows of the ``records`` are left out, those without a date by the first of them; ``column``: of the
    time, "" where none was named."""
    words = {
        "not_later": f"not later than {after}, the last day that the model may have learnt from",
        "undated": _undated([each for each in records if _reason(each, after, undated) == "undated"], column),
        "no_label": "without a unit",
        "ragged_row": "whose cells do not fit the header",
        "taught": "that the model or its encoder learnt from",
    }
    return [f"{count} row(s) left out: {words.get(reason, reason)}" for reason, count in sorted(left_out.items()) if count]


def _undated(records: Sequence[Record], column: str) -> str:
    if not column:
        return "without a date, for no column of it is named; --time names it, --allow-undated takes them all the same"
    shown = ", ".join(f"{each.source} {each.when!r}" for each in records[:_SHOWN]) + (" …" if len(records) > _SHOWN else "")
    return (
        f"without a date that can be read in column {column} ({shown}); write 2026-07-01, or 2026-07-01 09:30:00, or name another column with "
        "--time; --allow-undated takes them all the same"
    )
