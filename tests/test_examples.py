import re
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from training.clean import near_duplicates
from triage.profile import Profile

Rows = list[dict[str, str]]
DATASETS = Path(__file__).parents[2] / "shared" / "datasets"
_RUN = 24


def whole(row: dict[str, str]) -> str:
    return f"{row['title']}\n{row['text']}"


def windows(text: str) -> npt.NDArray[np.uint64]:
    """A hash of every stretch of ``_RUN`` characters, blanks left out."""
    codes = np.frombuffer(re.sub(r"\s", "", text).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    count = max(0, len(codes) - _RUN + 1)
    total = np.zeros(count, dtype=np.uint64)
    for offset in range(_RUN):
        total = total * np.uint64(0x100000001B3) + codes[offset : offset + count]
    return total


def test_there_are_enough_of_every_item(examples: Rows, kaiping: Profile) -> None:
    counts = Counter(row["item"] for row in examples)
    assert len(examples) >= 1500
    assert {leaf: counts[leaf] for leaf in kaiping.leaves() if counts[leaf] < (12 if kaiping.items[leaf].kind == "company" else 5)} == {}


def test_labels_are_those_of_the_profile(examples: Rows, kaiping: Profile) -> None:
    leaves = set(kaiping.leaves())
    for row in examples:
        assert row["item"] in leaves, row["id"]
        assert row["unit"] in kaiping.units and kaiping.units[row["unit"]].accepts != "no", row["id"]
        assert row["town"] == "" or row["town"] in kaiping.towns, row["id"]
    assert {row["type"] for row in examples} == {"投诉", "求助", "咨询", "举报", "建议", "表扬", "其他"}
    assert {row["urgency"] for row in examples} == {"一般", "紧急", "特急"}
    assert {row["caller_kind"] for row in examples} <= {"个人", "企业", ""}


def test_leads_agree_with_the_responsibility_table(examples: Rows, kaiping: Profile) -> None:
    today = date(2026, 11, 1)
    leads = [kaiping.lead(row["item"], row["town"], today) for row in examples]
    agreed = [lead is not None and lead.unit == row["unit"] for lead, row in zip(leads, examples, strict=True)]
    assert np.mean(agreed) >= 0.97


def test_ids_stand_once_and_no_text_is_empty(examples: Rows) -> None:
    assert len({row["id"] for row in examples}) == len(examples)
    assert all(len(row["text"]) >= 8 for row in examples)


def test_no_two_are_near_duplicates(examples: Rows) -> None:
    groups = near_duplicates([whole(row) for row in examples], 0.6, 64)
    assert [[examples[row]["id"] for row in np.flatnonzero(groups == group)] for group, count in Counter(groups.tolist()).items() if count > 1] == []


def test_no_two_are_from_one_mould(examples: Rows) -> None:
    found = np.concatenate([np.unique(windows(whole(row))) for row in examples])
    assert len(np.unique(found)) == len(found)


def test_personal_data_is_invented(examples: Rows) -> None:
    mobiles = [number for row in examples for number in re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", whole(row))]
    assert [number for number in mobiles if number[3:7] != "0000"] == []


@pytest.mark.skipif(not DATASETS.is_dir(), reason="the shared datasets lie outside this repository and are not here")
def test_none_is_copied_from_the_shared_datasets(examples: Rows) -> None:
    own = np.unique(np.concatenate([windows(whole(row)) for row in examples]))
    known = np.zeros(1 << 24, dtype=np.bool_)  # most stretches are ruled out by their upper bits
    known[own >> np.uint64(40)] = True
    for path in sorted(DATASETS.glob("*.csv")):
        theirs = windows(path.read_text(encoding="utf-8-sig"))
        assert not np.isin(theirs[known[theirs >> np.uint64(40)]], own).any(), path.name
