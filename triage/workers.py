"""Work on several cores: results in the order of the tasks, never more of them at a time than the workers need.

Workers are forked from this process, so what it has loaded is shared with them and not copied; where a platform cannot fork, this
process does all by itself. The pool is that of concurrent.futures.
"""

import ctypes
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from triage.errors import UsageError

Task = TypeVar("Task")
Result = TypeVar("Result")
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_AHEAD = 2
_DIE_WITH_PARENT = 1

_work: Callable[[Any], Any] | None = None


def one_thread_each() -> None:
    """Libraries shall not start threads of their own: for products as small as ours they cost more than they bring, and workers would fight
    for the cores. Holds for this process and those that it starts; where somebody set the number of threads, that one holds."""
    told = [name for name in THREADS if name in os.environ]
    for name in THREADS:
        os.environ.setdefault(name, "1")  # for what is loaded later
    if not told:
        threadpool_limits(1)  # for what is loaded already


def in_order(work: Callable[[Task], Result], tasks: Iterator[Task], workers: int) -> Generator[Result, None, None]:
    """``work(task)`` for each task, in order.

    Raises UsageError when a worker is ended from outside; what a task raises is raised here.
    """
    if workers == 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(work, tasks)
        return
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), _begin, (work, os.getpid()))
    running: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            running.append(pool.submit(_do, task))
            if len(running) >= workers * _AHEAD:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    except BrokenProcessPool:
        told = "a worker process was ended from outside, most likely by the system for want of memory. What is done is safe: go on with --resume"
        raise UsageError(f"{told} and fewer --workers.", "worker_killed") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(work: Callable[[Any], Any], parent: int) -> None:
    """In a worker, first of all: it ends when whoever started it is killed, and leaves Ctrl-C to that process."""
    global _work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    _work = work


def _do(task: Any) -> Any:
    assert _work is not None
    return _work(task)
