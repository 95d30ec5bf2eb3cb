"""Does the jobs, one at a time: each in a process of its own, which is the command line itself. So a job outlives a restart of the service:
its journal says how far it came, and ``--resume`` goes on. One such runner in each process of the service; the store says whose turn it is.
"""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from typing import Any

from fastapi.concurrency import run_in_threadpool

from service import jobs
from service.active import now_in_use
from service.failures import ServiceError
from service.state import State
from triage.errors import TriageError
from triage.journal import read_job, read_progress

_LOG = logging.getLogger("triage.service")
_IDLE, _BEAT, _ROUNDS = 2.0, 1.0, 300
_SOME_ROWS, _REFUSED = 3, 2


async def run(state: State) -> None:
    """Looks for work until it is cancelled. A job that runs then is interrupted, and waits for the next start."""
    rounds = 0
    while True:
        try:
            if rounds % _ROUNDS == 0:
                await run_in_threadpool(jobs.purge, state.store, state.settings.jobs_folder)
            rounds += 1
            row = await run_in_threadpool(_claim, state)
            if row is not None:
                await _work(state, row)
                continue
        except ServiceError:
            rounds = 0  # the store is away, and says so itself
        except OSError as error:
            _LOG.error("jobs: %s", type(error).__name__)
        await asyncio.sleep(_IDLE)


def _claim(state: State) -> Any:
    with state.store.read() as connection:
        if not jobs.any_work(connection):
            return None
    with state.store.write() as connection:
        return jobs.claim(connection)


async def _work(state: State, row: Any) -> None:
    """One job, from its claim to its end, its being paused or cancelled, or the end of the service."""
    folder = jobs.make_folder(state.settings.jobs_folder, row.folder)
    try:
        line = await run_in_threadpool(command, state, row)
    except TriageError as error:
        with state.store.write() as connection:
            jobs.end(connection, row.id, jobs.FAILED, str(error))
        return
    with (folder / "words").open("wb") as words:
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=words)
    try:
        while process.poll() is None:
            await asyncio.sleep(_BEAT)
            asked = await run_in_threadpool(_beat, state, row)
            if asked != jobs.RUNNING:
                await _stop(process)
                return
        await run_in_threadpool(_end, state, row, process.returncode)
    finally:
        if process.poll() is None:
            # The service ends. The job is given back at once, not only when it counts as left.
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            process.wait()
            with contextlib.suppress(ServiceError), state.store.write() as connection:
                jobs.end(connection, row.id, jobs.WAITING)


async def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    for _ in range(50):
        if process.poll() is not None:
            return
        await asyncio.sleep(0.2)
    process.kill()
    await run_in_threadpool(process.wait)


def command(state: State, row: Any) -> list[str]:
    """What does the job: a batch over its file, or a reclassification of the store that changes nothing. It finds store and keys as the
    service does, in the environment; model and tables are those of the time when the job was made. Raises TriageError where a job of an
    earlier release names none, and what is in use cannot be had."""
    target = jobs.result(state.settings.jobs_folder, row)
    triage = [sys.executable, "-c", "from triage.cli import main; main()"]
    told = _engine(state, row)
    options = [
        *(["--fast"] if state.settings.fast_only else []),
        "--model",
        told["model"],
        *(["--profile", told["profile"]] if told["profile"] else []),
    ]
    if row.kind == jobs.PERIOD:
        target.unlink(missing_ok=True)
        period = [word for name in ("since", "until") if getattr(row, name) for word in (f"--{name}", getattr(row, name))]
        return [*triage, "reclassify", "store", *period, "--out", str(target), *options]
    again = ["--resume"] if (target.with_name(f"{target.name}.job") / "job.json").exists() else []
    return [*triage, "batch", str(jobs.source(state.settings.jobs_folder, row)), str(target), *again, *options]


def _engine(state: State, row: Any) -> dict[str, str]:
    root = state.settings.jobs_folder
    told = jobs.frozen(root, row.folder)
    if told is None:
        chosen = now_in_use(state.store, state.settings)
        told = jobs.freeze(root, row.folder, chosen.model, chosen.profile)
    return told


def _beat(state: State, row: Any) -> str:
    with state.store.write() as connection:
        return jobs.beat(connection, row.id, *_progress(state, row))


def _progress(state: State, row: Any) -> tuple[int, int]:
    """Rows done, and rows in all; 0 while that is not known."""
    target = jobs.result(state.settings.jobs_folder, row)
    folder = target.with_name(f"{target.name}.job")
    return read_progress(folder).rows, int((read_job(folder) or {}).get("rows", 0))


def _end(state: State, row: Any, code: int) -> None:
    target = jobs.result(state.settings.jobs_folder, row)
    words = (target.parent / "words").read_text(encoding="utf-8", errors="replace").splitlines()
    good = code in (0, _SOME_ROWS) and target.exists()
    with state.store.write() as connection:
        if good:
            jobs.close_to_others(target)
            rows = _rows(words)
            jobs.beat(connection, row.id, rows, rows)
            jobs.end(connection, row.id, jobs.DONE, _errors(words))
        else:
            jobs.end(connection, row.id, jobs.FAILED, _why(words, str(target.parent)))
    if good or code == _REFUSED:
        # Texts as received lie here in clear no longer than they are needed.
        jobs.source(state.settings.jobs_folder, row).unlink(missing_ok=True)


def _rows(words: list[str]) -> int:
    first = _written(words).partition(" ")[0]
    return int(first) if first.isdigit() else 0


def _errors(words: list[str]) -> str:
    """What a batch says of rows with errors."""
    return _written(words).rpartition("result.")[2].partition(", ")[2]


def _written(words: list[str]) -> str:
    """The line that says how many rows were written; warnings may come before it."""
    return next((line for line in words if " rows written " in line), "")


def _why(words: list[str], folder: str) -> str:
    """The last line, without paths of this machine."""
    told = next((line for line in reversed(words) if line.strip()), "it ended without a word")
    return told.removeprefix("triage: ").replace(f"{folder}{os.sep}", "")
