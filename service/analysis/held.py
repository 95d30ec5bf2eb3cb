"""The snapshot that a running service reads: one DuckDB per state of it, and a cursor for each call."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from service.analysis import snapshot
from service.analysis.snapshot import MANIFEST, Manifest


class Held:
    """Safe to share between threads. A new state of the snapshot is taken up with the next call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._stamp: object = None
        self._manifest = Manifest()

    @contextmanager
    def open(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, Manifest]]:
        """A connection with the view ``facts``, and what it is of."""
        with self._turn:
            stamp = self._now()
            if self._connection is None or stamp != self._stamp:
                # The last connection lives on while calls hold cursors of it.
                (self._connection, self._manifest), self._stamp = snapshot.opened(self._folder), stamp
            cursor, manifest = self._connection.cursor(), self._manifest
        try:
            yield cursor, manifest
        finally:
            cursor.close()

    def _now(self) -> object:
        try:
            found = (self._folder / MANIFEST).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino
