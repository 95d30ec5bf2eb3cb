"""Records to the texts that are learnt from: normalized and masked exactly as in serving; near-duplicates grouped."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from training.history import Record
from triage import features
from triage.errors import RequestError
from triage.locate import Gazetteer
from triage.profile import Profile
from triage.read import read_requests


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Texts ready to fit, all of length n. ``labels`` and ``alternates``: task → label or "" per row. ``groups``: rows of one number say the
    same in nearly the same words. ``dropped``: why rows were left out, and how many. ``unlabelled``: texts without any label,
    which tell what words go together. ``origin``: the place of each row among the records."""

    titles: list[str]
    texts: list[str]
    towns: list[str]
    callers: list[str]
    times: list[datetime | None]
    weights: npt.NDArray[np.float32]
    labels: dict[str, list[str]]
    groups: npt.NDArray[np.int64]
    dropped: dict[str, int]
    alternates: dict[str, list[str]] = field(default_factory=dict)
    unlabelled: list[str] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)


def clean(records: Sequence[Record], profile: Profile | None, similarity: float, permutations: int) -> Corpus:
    """The records that can be read, cleaned. Text of refused rows and rows without any label are dropped and counted."""
    gazetteer = Gazetteer(profile)
    kept: list[Record] = []
    origin: list[int] = []
    titles: list[str] = []
    texts: list[str] = []
    towns: list[str] = []
    dropped: Counter[str] = Counter()
    unlabelled: list[str] = []
    for start in range(0, len(records), 1024):
        chunk = records[start : start + 1024]
        readings = read_requests([record.request for record in chunk], gazetteer)
        for place, (record, reading) in enumerate(zip(chunk, readings, strict=True), start):
            if record.error:
                dropped[record.error] += 1
            elif isinstance(reading, RequestError):
                dropped[reading.code] += 1
            elif not any(record.labels.values()):
                dropped["no_label"] += 1
                unlabelled.append(f"{reading.clean.title}\n{reading.clean.text}")
            else:
                kept.append(record)
                origin.append(place)
                titles.append(reading.clean.title)
                texts.append(reading.clean.text)
                towns.append(reading.place.town)
    # A profile teaches units and items even where the history does not name them.
    tasks = {task for record in kept for task, label in record.labels.items() if label} | ({"unit", "item"} if profile else set())
    return Corpus(
        titles,
        texts,
        towns,
        [record.request.caller_kind for record in kept],
        [record.time for record in kept],
        np.array([record.weight for record in kept], dtype=np.float32),
        {task: [record.labels.get(task, "") for record in kept] for task in sorted(tasks)},
        near_duplicates([f"{title}\n{text}" for title, text in zip(titles, texts, strict=True)], similarity, permutations),
        dict(dropped),
        {task: [record.alternates.get(task, "") for record in kept] for task in sorted(tasks)},
        unlabelled,
        origin,
    )


def near_duplicates(texts: Sequence[str], similarity: float, permutations: int) -> npt.NDArray[np.int64]:
    """A group number per text: texts whose grams are ``similarity`` alike (Jaccard, estimated by MinHash; Broder 1997)."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=similarity, num_perm=permutations)
    parent = np.arange(len(texts))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = int(parent[node])
        return node

    for row, wide in enumerate(wide_grams(texts)):
        if not len(wide):
            continue
        sketch = MinHash(num_perm=permutations, hashfunc=int)
        sketch.update_batch(wide.tolist())
        for other in index.query(sketch):
            parent[root(row)] = root(other)
        index.insert(row, sketch)
    return np.array([root(row) for row in range(len(texts))], dtype=np.int64)


def wide_grams(texts: Sequence[str]) -> Iterator[npt.NDArray[np.uint32]]:
    """What near-duplicates are compared by: the different 3- and 4-grams of each text's beginning, all its grams where it has
    none of these."""
    grams = features.grams([""] * len(texts), texts, max_chars=400)
    for begin, end in pairwise(grams.indptr.tolist()):
        keys = grams.keys[begin:end]
        wide = np.unique(keys[grams.sizes[begin:end] >= 3])
        yield wide if len(wide) else np.unique(keys)
