"""Who was found to have a right a moment ago, so that somebody who types need not be looked up at every word.

Only for suggestions, which read nothing from the store: a login that ends, or a right that is taken away, may still ask
for some seconds.
"""

import hashlib
import time
from collections.abc import Callable, Sequence

SECONDS = 5.0
_MOST = 10_000


class Lately:
    """Credentials, as hashes, and until when they count. ``clock`` tells seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._until: dict[bytes, float] = {}
        self._clock = clock

    def has(self, credentials: Sequence[str]) -> bool:
        """Whether they were added no longer than ``SECONDS`` ago."""
        return self._until.get(_mark(credentials), 0.0) > self._clock()

    def add(self, credentials: Sequence[str]) -> None:
        """They have the right now."""
        if len(self._until) >= _MOST:
            moment = self._clock()
            self._until = {mark: until for mark, until in self._until.items() if until > moment}
        if len(self._until) < _MOST:
            self._until[_mark(credentials)] = self._clock() + SECONDS


def _mark(credentials: Sequence[str]) -> bytes:
    return hashlib.sha256("\x00".join(credentials).encode("utf-8", "surrogatepass")).digest()
