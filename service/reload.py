"""The engine of the running service: loaded once, loaded again when the profile's tables change or others are activated, the last good
one kept."""

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from fastapi.concurrency import run_in_threadpool

from triage.errors import TriageError
from triage.profile_load import stamp
from triage.suggest import Engine

_LOG = logging.getLogger("triage.service")
_UNEXPECTED = "an unexpected error"


class Loaded:
    """``engine`` is None until one could be loaded. ``failure`` says why the newest attempt failed, "" when it did not. ``prepare``
    is called with each new engine before it is used."""

    def __init__(self, load: Callable[[], Engine], pointer: Callable[[], object] = bool) -> None:
        """``pointer``: what is to be in use; another one than before means that the engine is loaded again. Must never raise."""
        self._load, self._pointer = load, pointer
        self._pointed: object = None
        self.engine: Engine | None = None
        self.failure = ""
        self.prepare: Callable[[Engine], None] | None = None
        self._stamp: object = None
        self._turn = threading.Lock()

    def start(self) -> None:
        """Loads the engine; why it cannot be loaded is kept as ``failure``, whatever went wrong."""
        self._pointed = self._pointer()
        try:
            engine = self._load()
            engine.suggest_many([])
            if self.prepare is not None:
                self.prepare(engine)
        except TriageError as error:
            self.failure = str(error)
        except Exception as error:
            _LOG.exception("the engine cannot be loaded")
            self.failure = f"{_UNEXPECTED} ({type(error).__name__}: {error}). Undo the last change, and report this."
        else:
            # The stamp of what was read: a table saved while the engine was made has another.
            self.engine, self.failure, self._stamp = engine, "", engine.stamp

    async def watch(self, seconds: float) -> None:
        """Looks at the tables every so often, for as long as it is not cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await run_in_threadpool(self.refresh)

    def refresh(self) -> None:
        """Loads again when a table has changed, or something else was activated. What has errors changes nothing but ``failure``. Never
        raises. Whoever calls while it goes on waits."""
        with self._turn:
            self._refresh()

    def _refresh(self) -> None:
        if self._pointer() != self._pointed:
            self._again("another version was activated")
            return
        folder: Path | None = self.engine.folder if self.engine is not None else None
        if folder is None:
            return
        try:
            now = stamp(folder)
        except OSError as error:
            # Loaded again at the next look, unless it fails once more.
            self._stamp, self.failure = None, f"{folder} cannot be looked at ({error.strerror}). Give the service the right to read it."
            return
        if now == self._stamp:
            return
        self._stamp = now
        self._again("the profile was changed")

    def _again(self, why: str) -> None:
        self.start()
        if self.failure:
            _LOG.error("%s and cannot be used, the last good one stays: %s", why, self.failure)
        else:
            _LOG.info("%s and is in use", why)
