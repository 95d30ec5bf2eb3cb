"""The close reading: a text to one vector by a small transformer, which reads words in their order and not only which ones there are.

Some hundred times dearer than the hot path and better where words mislead, so it is used where one request is looked at, never
where millions are. The network (a multilingual E5, Wang et al. 2024, taught the hotline's labels) runs in ONNX Runtime on one thread;
SentencePiece (Kudo and Richardson 2018) cuts texts into its pieces. Both are optional: without them, or without the folder, an
engine reads fast only. A folder of plain files like a model's; loading never runs code from it.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from triage.errors import BundleError

F32 = npt.NDArray[np.float32]
FORMAT = 1
NETWORK, PIECES, HEADS, BIAS, SEEN = "network.onnx", "pieces.model", "heads.npy", "bias.npy", "seen.npy"
FILES = (NETWORK, PIECES, HEADS, BIAS, SEEN, "card.md")
_TOLD = 400
_REBUILD = "Copy it again from its source."
_MISSING = "close reading needs the packages onnxruntime and sentencepiece, and {} is missing: pip install 'triage[close]'."


class Encoder:
    """``name``: what a model that was fitted to it calls it. ``width``: numbers of a vector. ``labels``: for each task that it was
    taught its labels, whose ``heads`` (width, labels of all tasks) and ``bias`` make logits of a vector. ``seen`` (n,) uint64, sorted:
    ``fingerprint`` of every text that it was taught with, where its answers are too good to calibrate by."""

    def __init__(self, folder: Path) -> None:
        """Raises BundleError for a folder that is damaged, or where a package is missing."""
        manifest = _manifest(folder)
        self.name, self._most = str(manifest["name"]), int(manifest["max_pieces"])
        self.labels: dict[str, tuple[str, ...]] = {task: tuple(labels) for task, labels in manifest["labels"].items()}
        self.heads, self.bias, self.seen = (np.load(folder / name, allow_pickle=False) for name in (HEADS, BIAS, SEEN))
        self.width = len(self.heads)
        self._network, self._pieces = _network(folder), _pieces(folder)
        self._begin, self._end = self._pieces.bos_id(), self._pieces.eos_id()

    def __call__(self, titles: Sequence[str], texts: Sequence[str]) -> F32:
        """(n, width) vectors of masked texts; of a long one the beginning."""
        whole = [f"{title}。 {text}" if title else text for title, text in zip(titles, texts, strict=True)]
        out = np.zeros((len(whole), self.width), np.float32)
        # One by one: weights of 8 bits are scaled by all that goes through at once, and a text shall not depend on its neighbours.
        for row, pieces in enumerate(self._pieces.encode(whole) if whole else ()):
            ids = np.array([[self._begin, *pieces[: self._most - 2], self._end]], np.int64)
            out[row] = self._network.run(None, {"ids": ids})[0][0]
        return out


def fingerprint(title: str, text: str) -> np.uint64:
    """Of the beginning of a masked text, letters and digits alone: 64 bits of their SHA-256."""
    letters = "".join(filter(str.isalnum, f"{title}{text[:_TOLD]}"))[:_TOLD]
    return np.uint64(int.from_bytes(hashlib.sha256(letters.encode()).digest()[:8], "little"))


def _manifest(folder: Path) -> dict[str, Any]:
    file = folder / "manifest.json"
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        found, digests = manifest["format"], manifest["files"]
        if found != FORMAT:
            raise BundleError(f"{file}: format {found}, this engine reads {FORMAT}. Take the one that came with this version.")
        for name in FILES:
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digests[name]:
                raise BundleError(f"{folder / name} is damaged (its SHA-256 is not the manifest's). {_REBUILD}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{folder}: no encoder that can be read ({type(error).__name__}: {error}). {_REBUILD}") from None
    return dict(manifest)


def _network(folder: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise BundleError(_MISSING.format(error.name)) from None
    options = onnxruntime.SessionOptions()
    # Workers are forked, and threads do not come along; the service has threads of its own.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(folder / NETWORK), options, providers=["CPUExecutionProvider"])


def _pieces(folder: Path) -> Any:
    try:
        from sentencepiece import SentencePieceProcessor
    except ImportError as error:
        raise BundleError(_MISSING.format(error.name)) from None
    return SentencePieceProcessor(model_file=str(folder / PIECES))
