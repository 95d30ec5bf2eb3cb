"""The engine of the running service: loaded once, loaded again when the profile's tables change, the last good one kept."""

import asyncio
import logging
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

    def __init__(self, load: Callable[[], Engine]) -> None:
        self._load = load
        self.engine: Engine | None = None
        self.failure = ""
        self.prepare: Callable[[Engine], None] | None = None
        self._stamp: object = None

    def start(self) -> None:
        """Loads the engine; why it cannot be loaded is kept as ``failure``, whatever went wrong."""
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
        """Loads again when a table has changed. A profile with errors changes nothing but ``failure``. Never raises."""
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
        self.start()
        if self.failure:
            _LOG.error("the profile was changed and cannot be used, the last good one stays: %s", self.failure)
        else:
            _LOG.info("the profile was changed and is in use")
