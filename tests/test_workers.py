import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from triage.errors import UsageError
from triage.workers import THREADS, in_order


def double(number: int) -> int:
    return number * 2


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_order(workers: int) -> None:
    assert list(in_order(double, iter(range(50)), workers)) == [number * 2 for number in range(50)]


def test_tasks_are_taken_no_faster_than_results_are() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = in_order(double, tasks(), 2)
    assert next(results) == 0
    assert len(taken) <= 5
    results.close()


def where(number: int) -> int:
    return os.getpid()


def test_work_is_done_elsewhere() -> None:
    assert os.getpid() not in set(in_order(where, iter(range(8)), 2))


def dies(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_worker_killed_from_outside_is_told() -> None:
    with pytest.raises(UsageError, match="--resume and fewer --workers") as caught:
        list(in_order(dies, iter(range(10)), 2))
    assert caught.value.code == "worker_killed"


def fails(number: int) -> int:
    raise KeyError("no")


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_task_raises_is_raised(workers: int) -> None:
    with pytest.raises(KeyError):
        list(in_order(fails, iter([1]), workers))


_COUNTED = """
import triage  # and with it numpy, before anything can be said of threads
from threadpoolctl import threadpool_info
from triage.workers import one_thread_each
one_thread_each()
print(sorted({each["num_threads"] for each in threadpool_info()}))
"""


@pytest.mark.parametrize(("told", "threads"), [({}, "[1]"), ({"OPENBLAS_NUM_THREADS": "2"}, "[2]")])
def test_libraries_that_are_loaded_already_get_one_thread_unless_somebody_said_otherwise(told: dict[str, str], threads: str) -> None:
    plain = {name: value for name, value in os.environ.items() if name not in THREADS}
    found = subprocess.run([sys.executable, "-c", _COUNTED], env={**plain, **told}, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == threads
