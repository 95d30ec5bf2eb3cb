"""Until when a model has learnt: only rows later than that are evidence for what it promises."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from triage.errors import BundleError
from triage.locations import resolve, shipped


def span(times: Sequence[datetime | None], parent: str) -> dict[str, Any]:
    """What a manifest's ``data`` says of the times of its rows: ``from`` and ``to``, ISO days or ""; ``undated``, how many rows had none
    that could be read; and ``inherited_to``, until when the model learnt that it inherits from (``parent``: the recipe's
    ``structure.model``), "" for none. The shipped model counts as none: its rows are public messages of other places."""
    days = sorted(stamp.date().isoformat() for stamp in times if stamp)
    folder = resolve("models", parent) if parent else None
    inherited = "" if folder is None or folder.resolve() == shipped("models", "default").resolve() else last_day(_manifest(folder)).isoformat()
    ends = {"from": days[0] if days else "", "to": days[-1] if days else ""}
    return {**ends, "undated": len(times) - len(days), "inherited_to": inherited}


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
