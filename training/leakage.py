"""Which rows of a test say what the model has read already, in nearly the same words, and which say it twice."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.clean import near_duplicates
from training.history import read_requests_of
from triage.columns import Columns
from triage.encoder import Encoder, fingerprint
from triage.errors import RequestError
from triage.locate import Gazetteer
from triage.profile import Profile
from triage.read import read_requests
from triage.records import Request

# How the shipped recipe tells near-duplicates, for models that do not say their own in the manifest.
_USUAL = {"similarity": 0.8, "permutations": 64}
_CHUNK = 1024


class Likeness:
    """Near-duplicates as a model's own training told them apart (``recipe``: the one in its manifest)."""

    def __init__(self, recipe: Mapping[str, Any]) -> None:
        self._settings: dict[str, Any] = {**_USUAL, **recipe.get("duplicates", {})}

    def groups(self, texts: Sequence[str]) -> npt.NDArray[np.int64]:
        """A number per text; texts of one number say the same."""
        return near_duplicates(texts, **self._settings)

    def repeats(self, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """(n,) whether an earlier text says the same."""
        first = np.unique(self.groups(texts), return_index=True)[1]
        again = np.ones(len(texts), dtype=bool)
        again[first] = False
        return again

    def known(self, texts: Sequence[str], history: Sequence[str]) -> npt.NDArray[np.bool_]:
        """(n,) whether ``history`` says the same. An empty text says nothing."""
        groups = self.groups([*history, *texts])
        read = groups[: len(history)][[bool(text.strip()) for text in history]]
        return np.isin(groups[len(history) :], read)


def taught(encoder: Encoder, titles: Sequence[str], texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """(n,) whether the encoder was taught with these masked texts: its answers there are too good to judge it by."""
    prints = np.array([fingerprint(*each) for each in zip(titles, texts, strict=True)], dtype=np.uint64)
    return np.isin(prints, encoder.seen)


def texts_of(requests: Sequence[Request], profile: Profile | None) -> list[str]:
    """Title and text as training reads them, normalized and masked; "" for a request that cannot be read."""
    gazetteer = Gazetteer(profile)
    chunks = (read_requests(requests[start : start + _CHUNK], gazetteer) for start in range(0, len(requests), _CHUNK))
    return ["" if isinstance(each, RequestError) else f"{each.clean.title}\n{each.clean.text}" for chunk in chunks for each in chunk]


def history_texts(paths: Sequence[Path], told: Columns, profile: Profile | None) -> list[str]:
    """The texts of all files. Raises UsageError for a missing file or text column."""
    return [text for path in paths for text in texts_of(read_requests_of(path, told), profile)]
