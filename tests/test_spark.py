import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clusters import must_have_spark
from tests.test_arrow import AS_OF, expected, requests
from triage import Engine
from triage.arrow import Plan
from triage.spark import answered, ddl


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Spark with two executors' threads on this machine."""
    must_have_spark()
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1").config("spark.local.dir", str(tmp_path_factory.mktemp("spark"))).getOrCreate()
    )  # fmt: skip
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore")  # Spark's own
def test_spark_says_what_one_process_says(spark: Any, toy_engine: Engine, toy: Path, tmp_path: Path) -> None:
    source = requests(tmp_path, 4000)
    frame = spark.read.parquet(str(source)).repartition(3)
    answers = answered(frame, AS_OF, model=str(toy)).collect()
    told = sorted((row.asDict() for row in answers), key=lambda row: int(row["id"][1:]))
    assert told == expected(toy_engine, source)


def test_the_schema_that_spark_is_told() -> None:
    told = ddl(Plan(("id", "text", "a`b"), AS_OF, kept=True))
    assert told.startswith("`id` string, `text` string, `a``b` string, `unit_1` string")
    assert "`unit_1_p` double" in told
