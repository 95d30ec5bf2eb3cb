from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clusters import must_have_ray
from tests.test_arrow import AS_OF, expected, requests
from triage import Engine


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Ray Data on two cores of this machine."""
    must_have_ray()
    import ray

    ray.init(num_cpus=2, include_dashboard=False, configure_logging=False, object_store_memory=200 * 1024 * 1024)
    ray.data.DataContext.get_current().execution_options.preserve_order = True
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield ray.data
    ray.shutdown()


@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_ray_says_what_one_process_says(data: Any, toy_engine: Engine, toy: Path, tmp_path: Path) -> None:
    from triage.ray import answered

    source = requests(tmp_path, 4000)
    dataset = data.read_parquet(str(source)).repartition(3)
    assert answered(dataset, AS_OF, model=str(toy)).take_all() == expected(toy_engine, source)
