"""Models that can be put in use: the one that the settings name, and the folders under ``models`` in the data folder, where
``triage train --out`` or a copy put them. A model is never sent over the wire: it decides for everybody, and is carried by hand."""

import json
from pathlib import Path
from typing import Any

from service.failures import refuse
from service.settings import Settings
from service.versions import SETTINGS
from triage.locations import resolve
from triage.promise import sentence

CARD, MANIFEST = "card.md", "manifest.json"
_TOLD = ("name", "version", "made", "engine", "format")


def every(settings: Settings) -> list[dict[str, Any]]:
    """All models, the one of the settings first; of one that cannot be read only why. Arrays are not read: that is for ``try_out``."""
    base = settings.data / "models"
    folders = sorted(each.name for each in base.iterdir() if not each.name.startswith(".") and each.is_dir()) if base.is_dir() else []
    return [told(settings, name) for name in (SETTINGS, *folders)]


def told(settings: Settings, name: str) -> dict[str, Any]:
    """What the manifest of a model says. Raises ``unknown_model``."""
    folder = folder_of(settings, name)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        promise = manifest.get("promise")
        return {
            "target": name, "problem": "", **{key: str(manifest.get(key, "")) for key in _TOLD}, "profile": manifest["profile"],
            "rows": manifest.get("data", {}).get("rows"), "thresholds": manifest["thresholds"], "metrics": manifest.get("metrics", {}),
            "labels": {task: len(each["labels"]) for task, each in manifest["tasks"].items()}, "promise": sentence(promise) if promise else "",
        }  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return {"target": name, "problem": f"manifest.json cannot be read ({type(error).__name__}). Copy the model again."}


def card(settings: Settings, name: str) -> str:
    """The card of a model, as it was written. Raises ``unknown_model``."""
    try:
        return (folder_of(settings, name) / CARD).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def folder_of(settings: Settings, name: str) -> Path:
    """The folder of a model. Raises ``unknown_model`` for a name that is none of those that are there."""
    if name == SETTINGS:
        return resolve("models", settings.model)
    base = settings.data / "models"
    if base.is_dir() and any(each.name == name and each.is_dir() for each in base.iterdir()):
        return base / name
    raise refuse("unknown_model", "there is no such model. Use one of GET /api/v1/models.")
