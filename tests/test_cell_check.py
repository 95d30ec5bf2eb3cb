from pathlib import Path

import pytest
from spoil import places, said, set_cells

from triage.cell_check import wrong_words
from triage.profile_columns import TABLES
from triage.tables import Row

LISTED = [(file, column) for file, columns in TABLES.items() for column in columns if column.values == "types" or not isinstance(column.values, str)]


@pytest.mark.parametrize(("file", "column"), LISTED, ids=[f"{file}-{column.name}" for file, column in LISTED])
def test_every_listed_column_allows_its_words_only(file: str, column: object) -> None:
    name, values, needed = column.name, column.values, column.needed  # type: ignore[attr-defined]
    fine = {each.name: "" if isinstance(each.values, str) or not each.needed else each.values[0] for each in TABLES[file]}
    for word in ("咨询;举报",) if values == "types" else values:
        assert list(wrong_words(file, [Row(2, fine | {name: word})])) == []
    (problem,) = wrong_words(file, [Row(7, fine | {name: "有时"})])
    assert (problem.file, problem.row, problem.column) == (file, 7, name)
    assert "'有时'" in problem.message
    assert bool(list(wrong_words(file, [Row(2, fine | {name: ""})]))) is needed


@pytest.mark.parametrize(("file", "column"), [("responsibility.csv", "own"), ("rules.csv", "homophones")])
@pytest.mark.parametrize("word", ["Yes", "是", "TRUE", "1"])
def test_no_other_yes_is_read_as_no(profile_copy: Path, file: str, column: str, word: str) -> None:
    set_cells(profile_copy, file, 2, **{column: word})
    assert places(profile_copy) == [(file, 2, column)]
    assert said(profile_copy)[0].endswith(f"{word!r} is not allowed. Use yes or nothing")
