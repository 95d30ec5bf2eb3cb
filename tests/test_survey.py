from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import survey as module
from triage.survey import Digest, asks, survey
from triage.tables import Row


def rows(ids: list[str]) -> Iterator[Row]:
    return (Row(number, {"id": ident, "text": "路灯"}) for number, ident in enumerate(ids, start=2))


@given(st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=40), st.integers(1, 8))
def test_repeated_ids_are_those_that_a_set_finds(tmp_path_factory: pytest.TempPathFactory, ids: list[str], part: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PART", part)
        patch.setattr(module, "_BUFFER", 6)
        found = survey(rows(ids), "id", tmp_path_factory.mktemp("scratch") / "ids")
    first: dict[str, int] = {}
    expected = [(number, first[ident]) for number, ident in enumerate(ids, 1) if first.setdefault(ident, number + 1) != number + 1 and ident]
    assert [tuple(pair) for pair in found.repeated.tolist()] == expected
    assert found.rows == len(ids)
    notes = [ask.note for ask in asks(rows(ids), "id", found.repeated) if ask.note]
    assert notes == [f"duplicate_id: {ids[number - 1]!r} stands in row {row} already" for number, row in expected]


def test_a_digest_sees_every_change(tmp_path: Path) -> None:
    def told(cells: list[dict[str, str]]) -> str:
        return survey((Row(number, each) for number, each in enumerate(cells)), "", tmp_path / "ids").digest

    same = [{"a": "路", "b": "灯"}]
    assert told(same) == told(list(same))
    assert len({told(same), told([*same, *same]), told([{"a": "路灯", "b": ""}]), told([]), told([{"a": "路", "b": "\ud800"}])}) == 5
    assert list(tmp_path.iterdir()) == []


def test_reading_through_changes_nothing() -> None:
    assert list(Digest(rows(["a", "b"]))) == list(rows(["a", "b"]))
