"""A CSV file for people who open it in a spreadsheet: it appears whole or not at all, and no added cell is a formula."""

import csv
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from triage.errors import UsageError

FORMULA = frozenset({"=", "+", "-", "@", "\t", "\r"})
"""What a text begins with that a spreadsheet takes for a formula."""


def cell(text: str) -> str:
    """The text, with a quote in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if text[:1] in FORMULA else text


@contextmanager
def whole(target: Path, *sources: Path) -> Iterator[Callable[[Sequence[str]], object]]:
    """Yields what writes a row. The file stands at ``target`` only once the block has ended without an error.

    Raises UsageError when it cannot be written there, or when it is one of ``sources``.
    """
    check_target(target, *sources)
    target = target.resolve()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    except OSError as failure:
        raise UsageError(f"cannot write in {target.parent}: {failure.strerror}. Name another output.", "cannot_write") from None
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            yield csv.writer(file, lineterminator="\r\n").writerow
        draft.chmod(0o644)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def check_target(target: Path, *sources: Path) -> None:
    """Raises UsageError where no file can stand at ``target``, or one of ``sources`` does: before long work, not after it."""
    if target.exists() and any(target.samefile(source) for source in sources if source.exists()):
        raise UsageError(f"{target} is the input itself. Name another output.", "same_file")
    target = target.resolve()
    if target.exists() and not target.is_file():
        raise UsageError(f"{target} is not a file. Name a file.", "cannot_write")
    if not target.parent.is_dir():
        raise UsageError(f"{target.parent}: no such folder. Make it first.", "no_such_folder")
