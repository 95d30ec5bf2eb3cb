from pathlib import Path

import pytest

from tests.spoil import append, said
from triage.profile_load import load

FINE = {"code": "x", "tag": "x", "dimension": "自建", "name": "甲", "definition": "乙", "how": "rule", "patterns": "路灯", "sensitivity": "no",
        "visible_to": "analyst"}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({"patterns": ""}, "patterns", "x can never fire"),
        ({"patterns": "a+"}, "patterns", "'a+' has a + without a word"),
        ({"how": "derived", "patterns": ""}, "how", "nothing tells 'x' by itself"),
        ({"how": "manual"}, "how", "x has conditions that are never looked at"),
        ({"how": "magic"}, "how", "'magic' is not allowed"),
        ({"items": "999"}, "items", "no item '999'"),
        ({"towns": "999"}, "towns", "no town '999'"),
        ({"types": "抱怨"}, "types", "no request type '抱怨'"),
        ({"name": ""}, "name", "is empty"),
        ({"visible_to": ""}, "visible_to", "nobody may see it"),
        ({"visible_to": "operator"}, "visible_to", "no role 'operator' that sees statistics"),
        ({"sensitivity": "restricted"}, "visible_to", "a restricted tag is for the supervisor only"),
        ({"tag": "crowd"}, "dimension", "is not that of row"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "valid_to", ""),
        ({"code": "crowd.elder"}, "code", "'crowd.elder' stands in row"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_with_its_place(profile_copy: Path, change: dict[str, str], column: str, words: str) -> None:
    row = append(profile_copy, "tags.csv", **(FINE | change))
    assert any(each.startswith(f"tags.csv:{row} [{column}]: {words}") for each in said(profile_copy)), said(profile_copy)


def test_a_fine_row_is_fine_and_a_profile_without_the_table_works(profile_copy: Path) -> None:
    append(profile_copy, "tags.csv", **FINE)
    assert load(profile_copy).tags[-1].patterns == (("路灯",),)
    (profile_copy / "tags.csv").unlink()
    assert load(profile_copy).tags == ()
