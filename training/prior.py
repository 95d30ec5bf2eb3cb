"""What is known of grams before a history is read: where a finished model puts them, and word vectors from a file.

Both give axes (V, width) over a vocabulary: a text's place on them is linear in its grams, so a model that uses them needs
neither afterwards. A history of a few hundred rows learns from them what its own words cannot tell.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from triage import bundle, features
from triage.classify import Classifier
from triage.errors import TrainingError
from triage.features import Vocabulary

F32 = npt.NDArray[np.float32]


def read_model(path: Path) -> Classifier:
    """The model to inherit from. Raises BundleError."""
    return Classifier(bundle.read(path))


def joined(kept: Vocabulary, known: Vocabulary) -> Vocabulary:
    """``kept`` with the grams that only ``known`` has: no row taught them, but requests to come may hold them."""
    more = kept.places(known.keys) < 0
    keys = np.concatenate([kept.keys, known.keys[more]])
    order = np.argsort(keys)
    return Vocabulary.of(keys[order], np.concatenate([kept.weights, known.weights[more]])[order], kept.max_chars)


def model_axes(kept: Vocabulary, model: Classifier) -> F32:
    """(V, width) the model's dense vector of each gram of ``kept``; 0 for grams that it does not know."""
    places = model.vocabulary.places(kept.keys)
    known = np.flatnonzero(places >= 0)
    vectors = model.vectors(places[known]) / kept.weights[known][:, None]
    axes = np.zeros((len(kept.keys), vectors.shape[1]), np.float32)
    axes[known] = vectors
    return axes


def word_axes(kept: Vocabulary, file: Path) -> F32:
    """(V, width) vectors of the words of an NPZ file with the arrays ``words`` (n,) and ``vectors`` (n, width), around their mean;
    0 for grams that are none of its words. Raises TrainingError when it is not such a file."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            words, vectors = arrays["words"].tolist(), np.asarray(arrays["vectors"], dtype=np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"{file}: not a file of word vectors ({error}). It needs the arrays words and vectors (numpy.savez).") from None
    if vectors.ndim != 2 or len(words) != len(vectors):
        raise TrainingError(f"{file}: {len(words)} words, but vectors {vectors.shape}. Give one row per word.")
    short = [index for index, word in enumerate(words) if 0 < len(word) <= features.MAX_GRAM and word.isalpha()]
    found = features.grams([""] * len(short), [words[index] for index in short], features.MAX_GRAM)
    places = kept.places(found.keys[found.indptr[1:] - 1])
    axes = np.zeros((len(kept.keys), vectors.shape[1]), np.float32)
    known = places >= 0
    axes[places[known]] = (vectors - vectors.mean(axis=0))[np.array(short, dtype=np.int64)[known]]
    return axes
