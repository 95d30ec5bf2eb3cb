from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from triage import Engine
from triage.arrow import Plan
from triage.batch import classify_file
from triage.columns import Columns
from triage.errors import UsageError

AS_OF = "2026-07-01"


def requests(folder: Path, rows: int) -> Path:
    """A Parquet file of requests, some of them unreadable."""
    texts = ("水口镇路灯坏了半个月", "老板拖欠工资,电话13800001234", "", "楼道里好大煤气味", "路边垃圾没人扫")
    path = folder / "in.parquet"
    pq.write_table(pa.table({"id": [f"r{number}" for number in range(rows)], "text": [texts[number % len(texts)] for number in range(rows)]}), path)
    return path


def expected(engine: Engine, source: Path) -> list[dict[str, object]]:
    """What one process says."""
    target = source.with_name("out.parquet")
    classify_file(engine, source, target, Columns(), as_of=AS_OF)
    found: list[dict[str, object]] = pq.read_table(target).to_pylist()
    return found


@pytest.mark.parametrize("size", [1, 700, 5000])
def test_answers_are_those_of_a_batch_however_the_rows_are_cut(toy_engine: Engine, toy: Path, tmp_path: Path, size: int) -> None:
    source = requests(tmp_path, 3000)
    plan = Plan(("id", "text"), AS_OF, model=str(toy))
    batches = pq.read_table(source).to_batches(max_chunksize=size)
    assert pa.Table.from_batches(plan.run(batches), plan.schema()).to_pylist() == expected(toy_engine, source)


def test_no_rows(toy: Path) -> None:
    assert list(Plan(("id", "text"), AS_OF, model=str(toy)).run([])) == []


def test_a_missing_text_column_is_told_before_anything_runs() -> None:
    with pytest.raises(UsageError, match="no column looks like the text"):
        Plan(("a", "b"), AS_OF).schema()
