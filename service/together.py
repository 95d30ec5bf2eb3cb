"""Suggestions that are asked for at the same time, made together: most of what one costs is spent once for all of them.

While a thread of its own makes some, the next ones wait and become the next batch; nobody waits for a batch to fill. The thread is
not one of those that wait for the store, so a busy store never delays a suggestion.
"""

import asyncio
import json
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from service.fallback import ByRules
from triage.errors import TriageError
from triage.records import Request, Suggestion
from triage.suggest import Engine

MOST, MOST_CLOSELY = 32, 4
"""Largest batch, of what is read fast and closely: what comes later than these waits for at most one such batch before its own."""
_LATER = 10

Waiting = tuple[Engine | ByRules, Request, "asyncio.Future[bytes]"]
Answer = bytes | Exception


class Together:
    """One per process and reading; ``suggest`` belongs to one event loop."""

    def __init__(self, most: int = MOST, *, yielding: bool = False) -> None:
        """``most``: the largest batch. A ``yielding`` thread works when no other has anything to do."""
        self._most = most
        self._waiting: list[Waiting] = []
        self._working: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "suggest", _yield if yielding else None)

    @property
    def full(self) -> bool:
        """Whether more wait than the next batch takes."""
        return len(self._waiting) >= self._most

    async def suggest(self, engine: Engine | ByRules, request: Request) -> bytes:
        """The suggestion with reasons, as JSON. Raises what ``Engine.suggest`` raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bytes] = loop.create_future()
        self._waiting.append((engine, request, future))
        if self._working is None:
            self._working = loop.create_task(self._work())
        return await future

    def close(self) -> None:
        """Ends the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._answer([each for each in batch if not each[2].done()])
        finally:
            self._working = None

    async def _answer(self, batch: Sequence[Waiting]) -> None:
        loop = asyncio.get_running_loop()
        # While another engine is taken into use, a batch may hold requests for both.
        for engine in {id(each[0]): each[0] for each in batch}.values():
            mine = [each for each in batch if each[0] is engine]
            try:
                answers = await loop.run_in_executor(self._thread, _make, engine, [each[1] for each in mine])
            except RuntimeError as error:
                answers = [error] * len(mine)
            for (_, _, future), answer in zip(mine, answers, strict=True):
                if future.done():
                    continue  # whoever asked has gone
                if isinstance(answer, bytes):
                    future.set_result(answer)
                else:
                    future.set_exception(answer)


def _yield() -> None:
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LATER)  # on Linux a thread has a priority of its own


def _make(engine: Engine | ByRules, requests: Sequence[Request]) -> list[Answer]:
    try:
        answers = engine.suggest_many(requests, thorough=True)
    except Exception as error:
        if len(requests) == 1:
            return [error]
        # One of them is at fault; the others get their answer.
        return [answer for each in requests for answer in _make(engine, [each])]
    return [_tell(engine, request, answer) for request, answer in zip(requests, answers, strict=True)]


def _tell(engine: Engine | ByRules, request: Request, answer: Suggestion | TriageError) -> Answer:
    if isinstance(answer, TriageError):
        return answer
    try:
        return json.dumps(asdict(engine.explain(answer, request)), ensure_ascii=False, separators=(",", ":")).encode()
    except Exception as error:
        return error
