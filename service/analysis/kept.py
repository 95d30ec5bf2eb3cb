"""The last few answers that take seconds, for as long as the snapshot they are of does not change."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

MOST = 8
T = TypeVar("T")


class Kept(Generic[T]):
    """Safe to share between threads. Two calls that ask for the same at once may both work it out; neither waits for the other."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._turn = most, threading.Lock()
        self._found: dict[Hashable, T] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under a key; made where nothing is. The oldest goes where there are too many."""
        with self._turn:
            if key in self._found:
                return self._found[key]
        made = make()
        with self._turn:
            self._found[key] = made
            while len(self._found) > self._most:
                del self._found[next(iter(self._found))]
        return made
