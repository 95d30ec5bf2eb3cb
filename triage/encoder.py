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

from triage.bundle import Bundle
from triage.errors import BundleError, UsageError
from triage.locations import shipped

F32 = npt.NDArray[np.float32]
FORMAT = 1
ENCODER = "encoder"
"""The folder of the encoder that travels with the models, beside them."""
NETWORK, PIECES, HEADS, BIAS, SEEN = "network.onnx", "pieces.model", "heads.npy", "bias.npy", "seen.npy"
FILES = (NETWORK, PIECES, HEADS, BIAS, SEEN, "card.md")
_TOLD = 400
_REBUILD = "Copy it again from its source."
_OTHER = "Take the encoder that came with this version, with the packages of requirements.lock."
_MISSING = "close reading needs the packages onnxruntime and sentencepiece, and {} is missing: pip install 'triage[close]'."


class Encoder:
    """``name``: what a model that was fitted to it calls it. ``width``: numbers of a vector. ``labels``: for each task that it was
    taught its labels, whose ``heads`` (width, labels of all tasks) and ``bias`` make logits of a vector. ``seen`` (n,) uint64, sorted:
    ``fingerprint`` of every text that it was taught with, where its answers are too good to calibrate by."""

    def __init__(self, folder: Path) -> None:
        """Raises BundleError for a folder that is damaged or does not hold together, or where a package is missing."""
        manifest = _manifest(folder)
        onnxruntime, sentencepiece = _packages()
        try:
            self.name, self._most = str(manifest["name"]), int(manifest["max_pieces"])
            self.labels: dict[str, tuple[str, ...]] = {task: tuple(labels) for task, labels in manifest["labels"].items()}
            self.heads, self.bias, self.seen = (np.load(folder / name, allow_pickle=False) for name in (HEADS, BIAS, SEEN))
            self.width = len(self.heads)
            self._network = _network(onnxruntime, folder / NETWORK)
            self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / PIECES))
            self._begin, self._end = self._pieces.bos_id(), self._pieces.eos_id()
            shape = (self.width, sum(map(len, self.labels.values())))
            if self([""], ["。"]).shape != (1, self.width) or self.heads.shape != shape or self.bias.shape != shape[1:]:
                raise ValueError(f"its parts do not fit {shape}")
        # The network and its pieces raise whatever their libraries do, some of it straight from Exception.
        except Exception as error:
            raise BundleError(f"{folder}: the encoder cannot be used here ({type(error).__name__}: {error}). {_OTHER}") from None

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
    """Of the beginning of a masked text, letters and digits alone: 64 bits of their SHA-256. Of the title where the text has none: the
    same text under another title, or without its title, is the same."""
    letters = "".join(filter(str.isalnum, text[: 2 * _TOLD]))[:_TOLD] or "".join(filter(str.isalnum, title))
    return np.uint64(int.from_bytes(hashlib.sha256(letters.encode()).digest()[:8], "little"))


def fitted(model: Bundle) -> Encoder:
    """The encoder that a model was fitted to: in the folder ``encoder`` beside the model's own, or the shipped one. Raises UsageError
    where the model reads fast only, BundleError where the encoder is not there, is damaged, or a package is missing."""
    if "close" not in model.manifest:
        needed = "training needs triage[close] and 30 rows that the encoder was not taught with"
        raise UsageError(f"model {model.version} was made without close reading: {needed}. Train it again with both.")
    places = [*([model.folder.parent / ENCODER] if model.folder else []), shipped("models", ENCODER)]
    return find(str(model.manifest["close"].get("encoder")), list(dict.fromkeys(each.resolve() for each in places)))


def find(wanted: str, places: Sequence[Path]) -> Encoder:
    """The encoder of the name ``wanted`` in the first of these folders that has it. Raises BundleError where none has."""
    named = {place: _name(place) for place in places}
    for place, name in named.items():
        if name == wanted:
            return Encoder(place)
    told = ", ".join(f"{place} ({name or 'none'})" for place, name in named.items())
    raise BundleError(f"the model was fitted to encoder {wanted}, which is not in {told}. Train it again, or put that one there.")


def _name(folder: Path) -> str:
    try:
        return str(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


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


def _packages() -> tuple[Any, Any]:
    try:
        import onnxruntime
        import sentencepiece
    except ImportError as error:
        raise BundleError(_MISSING.format(error.name)) from None
    return onnxruntime, sentencepiece


def _network(onnxruntime: Any, file: Path) -> Any:
    options = onnxruntime.SessionOptions()
    # Workers are forked, and threads do not come along; the service has threads of its own.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
