"""What a model has learnt from, and until when: only other, later rows are evidence for what it promises."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from triage.bundle import LEARNT
from triage.encoder import fingerprint
from triage.errors import BundleError
from triage.locations import resolve, shipped
from triage.records import Suggestion
from triage.suggest import Engine

_NONE = np.zeros(0, np.uint64)


def span(times: Sequence[datetime | None], parent: str) -> dict[str, Any]:
    """What a manifest's ``data`` says of the times of its rows: ``from`` and ``to``, ISO days or ""; ``undated``, how many rows had none
    that could be read; and ``inherited_to``, until when the model learnt that it inherits from (``parent``: the recipe's
    ``structure.model``), "" for none. The shipped model counts as none: its rows are public messages of other places."""
    days = sorted(stamp.date().isoformat() for stamp in times if stamp)
    folder = resolve("models", parent) if parent else None
    inherited = "" if folder is None or folder.resolve() == shipped("models", "default").resolve() else last_day(_manifest(folder)).isoformat()
    ends = {"from": days[0] if days else "", "to": days[-1] if days else ""}
    return {**ends, "undated": len(times) - len(days), "inherited_to": inherited}


def prints(titles: Sequence[str], texts: Sequence[str], parent: str) -> npt.NDArray[np.uint64]:
    """(n,) sorted ``fingerprint`` of every masked text, and of those that the model ``parent`` learnt from, as far as that one knows."""
    own = np.array([fingerprint(*each) for each in zip(titles, texts, strict=True)], np.uint64)
    file = resolve("models", parent) / f"{LEARNT}.npy" if parent else None
    return np.union1d(own, np.load(file, allow_pickle=False)) if file is not None and file.is_file() else np.unique(own)


def known(engine: Engine, answers: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """(n,) whether what was answered is a text that the engine's model, or its encoder, learnt from: its answers there are too good to
    judge it by. Not for what could not be read."""
    seen = [engine.bundle.arrays.get(LEARNT, _NONE), engine.encoder.seen if engine.encoder is not None else _NONE]
    marks = [fingerprint(each.clean.title, each.clean.text) if isinstance(each, Suggestion) else None for each in answers]
    found = np.isin(np.array([mark or 0 for mark in marks], np.uint64), np.concatenate(seen))
    return np.asarray(found & np.array([mark is not None for mark in marks], bool))


def last_day(manifest: Mapping[str, Any]) -> date:
    """The last day that a model may have learnt from. A row without a date can be of any day until the model was made."""
    data, made = manifest["data"], str(manifest["made"])[:10]
    days = [data["to"] or made, data.get("inherited_to", ""), made if data.get("undated") else ""]
    return date.fromisoformat(max(days))


def untold(manifest: Mapping[str, Any]) -> bool:
    """Whether it is not known if all rows had dates: earlier versions did not write it down."""
    return bool(manifest["data"]["to"]) and "undated" not in manifest["data"]


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{folder}: no model that can be inherited from ({error}). Name another in the recipe, [structure] model.") from None
    return found
