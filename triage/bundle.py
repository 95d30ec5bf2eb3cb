"""A model directory: plain arrays, a JSON manifest, a card for people. Data only; loading never runs code from it.

``manifest.json`` names every file with its SHA-256; a byte that differs, a missing file or another format number is
refused. Publishing writes beside the target and renames, so a reader sees the old bundle or the new one, never half.
"""

import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from triage.errors import BundleError

FORMAT = 2
"""Raised when an older engine would misread a new bundle; a bundle of another number must be trained again."""

ARRAYS = ("keys", "weights", "matrix", "scales", "heads", "bias", "hidden_bias", "outputs", "outputs_bias")
CLOSE = ("close_heads", "close_bias")
"""Beside the others where a bundle can also read closely (``manifest["close"]``)."""
LEARNT = "learnt"
"""Beside the others where a bundle knows its rows again (``manifest["data"]["prints"]`` of them)."""
_HERE, _EXCHANGE = -100, 2
_REBUILD = "Train it again (triage train), or copy it again from its source."


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """``arrays``: keys (V,) uint32, weights (V,) float32, matrix (V, ceil((d + h) / 2)) uint8 (``features.pack``), scales (V,)
    float32, heads (d, K) float32, bias (K,) float32, where K counts the labels of all tasks in the manifest's order; and of
    the network, whose first layer is the last h of the d + h columns, hidden_bias (h,), outputs (h, K), outputs_bias (K,),
    all float32; h is 0 where there is none. For close reading also close_heads (w, K) and close_bias (K,), float32, on the w
    numbers of the encoder that ``manifest["close"]`` names. And learnt (n,) uint64, sorted: ``encoder.fingerprint`` of every text
    that it or a model before it learnt from, where it was made by a version that keeps them. ``folder``: where it was read from."""

    manifest: Mapping[str, Any]
    arrays: Mapping[str, npt.NDArray[Any]]
    folder: Path | None = None

    @property
    def version(self) -> str:
        """The date it was made and a digest of its manifest."""
        return str(self.manifest["version"])

    def numbers(self, *, close: bool) -> Mapping[str, Any]:
        """The manifest with the powers, the pool, the thresholds and the promise of one reading: of the fast one, or of the close
        one where they stand apart under ``close``. Raises KeyError for the close reading of a bundle that has none."""
        fast = {key: value for key, value in self.manifest.items() if key != "close"}
        if not close:
            return fast
        own = self.manifest["close"]
        tasks = {task: {**facts, **own["tasks"][task]} for task, facts in fast["tasks"].items()}
        return {**{key: value for key, value in fast.items() if key not in ("lines", "promise")}, **own, "tasks": tasks}


def read(path: Path) -> Bundle:
    """Loads and verifies a bundle. Raises BundleError naming the file and the remedy."""
    manifest = _manifest(path)
    for name, digest in manifest["files"].items():
        file = path / name
        if not file.is_file():
            raise BundleError(f"{file} is missing. {_REBUILD}")
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise BundleError(f"{file} is damaged (its SHA-256 is not the manifest's). {_REBUILD}")
    arrays = {name: _array(path / f"{name}.npy") for name in _arrays(manifest)}
    _check_shapes(path, manifest, arrays)
    _check_numbers(path, arrays)
    return Bundle(manifest, arrays, path)


def _arrays(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    return (*ARRAYS, *(CLOSE if "close" in manifest else ()), *((LEARNT,) if "prints" in manifest.get("data", {}) else ()))


def _array(file: Path) -> npt.NDArray[Any]:
    try:
        return np.asarray(np.load(file, allow_pickle=False, mmap_mode="r"))
    except (ValueError, EOFError):
        raise BundleError(f"{file} is not a plain array. {_REBUILD}") from None


def write(path: Path, manifest: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], card: str, *, over: str | None = None) -> None:
    """Publishes a bundle at ``path``, replacing an older bundle there. Raises BundleError when something else is there, or not the
    bundle that ``digest_of`` gave ``over`` for: somebody else published meanwhile, and what is new in that one would be lost."""
    check_target(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        _fill(draft, manifest, arrays, card)
        with _alone(path.parent):
            if over is not None and digest_of(path) != over:
                raise BundleError(f"{path} was written by another command meanwhile, and stays as it is. Run this one again on that version.")
            _swap(draft, path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def digest_of(path: Path) -> str:
    """What tells the bundle at ``path`` from every other one; "" where there is none."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((path / "manifest.json").read_text(encoding="utf-8"))["digest"])
    return ""


def revise(model: Bundle, changes: Mapping[str, Any], made: str, *, close: bool = False) -> dict[str, Any]:
    """The manifest of another version of a model, to be written with the same arrays; ``changes`` are of the ``close`` reading, or of
    the fast one, and None takes something away. ``made``: when, ISO 8601."""
    kept = {key: value for key, value in model.manifest.items() if key not in ("format", "files", "digest")}
    part = {key: value for key, value in {**(kept["close"] if close else kept), **changes}.items() if value is not None}
    revised = {**kept, "close": part} if close else part
    return {**revised, "version": version_of(revised, made)}


def version_of(manifest: Mapping[str, Any], made: str) -> str:
    """The date and a digest of everything in the manifest but the version itself."""
    digest = hashlib.sha256(json.dumps({**manifest, "version": ""}, sort_keys=True, ensure_ascii=False, default=str).encode())
    return f"{made[:10]}-{digest.hexdigest()[:8]}"


def check_target(path: Path) -> None:
    """Raises BundleError when something other than a bundle or an empty folder is at ``path``."""
    if path.exists() and not (path.is_dir() and ((path / "manifest.json").is_file() or not any(path.iterdir()))):
        raise BundleError(f"{path} holds something that is not a bundle. Name another folder.")


def _fill(draft: Path, manifest: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], card: str) -> None:
    for name in _arrays(manifest):
        np.save(draft / f"{name}.npy", np.ascontiguousarray(arrays[name]), allow_pickle=False)
    (draft / "card.md").write_text(card, encoding="utf-8")
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(draft.iterdir())}
    whole = {"format": FORMAT, **manifest, "files": files}
    # Written and read once, so that the digest is of what a reader gets.
    whole = json.loads(json.dumps(whole, ensure_ascii=False))
    text = json.dumps({**whole, "digest": _digest(whole)}, ensure_ascii=False, indent=1)
    (draft / "manifest.json").write_text(text + "\n", encoding="utf-8")
    draft.chmod(0o755)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Between looking at what is there and replacing it nobody else does, where the file system has locks."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _swap(draft: Path, path: Path) -> None:
    if not path.exists():
        draft.replace(path)
        return
    if _exchange(draft, path):
        shutil.rmtree(draft)
        return
    # An older kernel or C library cannot exchange: for a moment there is no bundle.
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}-old-", dir=path.parent))
    path.replace(old / path.name)
    draft.replace(path)
    shutil.rmtree(old)


def _exchange(one: Path, other: Path) -> bool:
    """Swaps two names in one step (Linux's renameat2 with RENAME_EXCHANGE); False where that cannot be done."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return rename is not None and rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0


def _manifest(path: Path) -> dict[str, Any]:
    file = path / "manifest.json"
    if not file.is_file():
        raise BundleError(f"{path}: no model here (manifest.json is missing). Name a folder that triage train made.")
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{file} is damaged: {error}. {_REBUILD}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise BundleError(f"{file}: format {found}, this engine reads {FORMAT}. {_REBUILD}")
    missing = {"version", "profile", "tasks", "files", "max_chars", "pool", "thresholds"} - manifest.keys()
    missing |= {f"{name}.npy" for name in _arrays(manifest)} - manifest.get("files", {}).keys()
    if missing:
        raise BundleError(f"{file} lacks {', '.join(sorted(missing))}. {_REBUILD}")
    if set(manifest["files"]) != {"card.md", *(f"{name}.npy" for name in _arrays(manifest))}:
        raise BundleError(f"{file} names other files than a bundle has. {_REBUILD}")
    if manifest.get("digest") != _digest(manifest):
        raise BundleError(f"{file} was changed after it was written. {_REBUILD}")
    return manifest


def _digest(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of everything in a manifest but the digest itself."""
    rest = {key: value for key, value in manifest.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _check_shapes(path: Path, manifest: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    grams, width = len(arrays["keys"]), len(arrays["heads"])
    labels = sum(len(task["labels"]) for task in manifest["tasks"].values())
    units = arrays["hidden_bias"].size
    expected = {
        "keys": ((grams,), np.uint32),
        "weights": ((grams,), np.float32),
        "matrix": ((grams, -(-(width + units) // 2)), np.uint8),
        "scales": ((grams,), np.float32),
        "heads": ((width, labels), np.float32),
        "bias": ((labels,), np.float32),
        "hidden_bias": ((units,), np.float32),
        "outputs": ((units, labels), np.float32),
        "outputs_bias": ((labels,), np.float32),
    }
    if "close" in manifest:
        expected |= {"close_heads": ((len(arrays["close_heads"]), labels), np.float32), "close_bias": ((labels,), np.float32)}
    if LEARNT in arrays:
        expected[LEARNT] = ((int(manifest["data"]["prints"]),), np.uint64)
    for name, (shape, kind) in expected.items():
        if arrays[name].shape != shape or arrays[name].dtype != kind:
            found = f"{arrays[name].dtype}{arrays[name].shape}"
            raise BundleError(f"{path / name}.npy is {found}, the manifest wants {np.dtype(kind)}{shape}. {_REBUILD}")


def _check_numbers(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """What is not a number compares as false with everything, so that a line could be passed in silence."""
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BundleError(f"{path / name}.npy holds something that is not a finite number. {_REBUILD}")
