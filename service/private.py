"""What a command makes is its user's alone: the data folder, the store, keys, snapshot, reports and locks."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

import typer

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def close(places: Iterable[Path]) -> None:
    """From now on everything is made for its owner alone (0700, 0600); one warning names those of ``places`` that others can open already."""
    os.umask(OTHERS)
    found = [(place, mode) for place in places if (mode := _open_to_others(place))]
    if found:
        told = ", ".join(f"{place} (mode {mode:04o})" for place, mode in found)
        typer.echo(f"triage: others on this machine can open {told}. Close it: chmod go= {' '.join(str(place) for place, _ in found)}", err=True)


def _open_to_others(place: Path) -> int:
    """The mode of a place that not only its owner can open; 0 otherwise, and where there is none."""
    try:
        mode = stat.S_IMODE(place.stat().st_mode)
    except OSError:
        return 0
    return mode if mode & OTHERS else 0
