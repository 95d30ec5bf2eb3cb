"""Teaches the encoder a hotline's labels, on a graphics card or in hours on two cores; goes on where it was stopped.

usage: python scripts/encoder/tune.py ROWS.csv WORK [--label unit=COL …] [--alternate item=COL] [--weight COL] [--epochs 4] [--folds]
       python scripts/encoder/export.py WORK models/encoder

ROWS.csv: UTF-8, texts as received in the columns title and text, a column per task, "" where a row has no label. Texts are normalized and
masked as in serving before they are read. ``--folds`` tunes four times without a quarter of the rows each and keeps what each says of the
rows it had not seen in WORK/answers.npz; where that is, the next run learns half from it (born again, Furlanello et al. 2018).
"""

import argparse
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[2]))
import base
from sentencepiece import SentencePieceProcessor

from triage import Request
from triage.encoder import fingerprint
from triage.locate import Gazetteer
from triage.read import Reading, read_requests

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
MOST = 192  # pieces of a text while tuning; more are read when it is used
TOKENS = 3072  # of a batch
FOLDS = 4
MAIN = ("unit", "item")  # count in full, other tasks a third


class Layer(nn.Module):
    """A transformer's layer, norm last as in BERT."""

    def __init__(self, width: int, inner: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.ao = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fi, self.fo = nn.Linear(width, inner), nn.Linear(inner, width)
        self.aln, self.oln = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        many, length, width = x.shape
        q, k, v = self.qkv(x).view(many, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(many, length, width)
        x = self.aln(x + dropped(self.ao(seen), self.training))
        return self.oln(x + dropped(self.fo(F.gelu(self.fi(x))), self.training))


class Encoder(nn.Module):
    """Pieces to one vector per text, and that to logits of every task."""

    def __init__(self, begin: base.Base, labels: dict[str, list[str]]) -> None:
        super().__init__()
        w = {name: torch.tensor(array) for name, array in begin.weights.items()}
        width, inner = w["word"].shape[1], w["l0.fi.w"].shape[0]
        self.pad = begin.pad
        self.word = nn.Embedding.from_pretrained(w["word"], freeze=False)
        self.place = nn.Parameter(w["place"])
        self.norm = nn.LayerNorm(width, begin.epsilon)
        self.layers = nn.ModuleList(Layer(width, inner, begin.heads, begin.epsilon) for _ in range(begin.layers))
        self.mid = nn.Linear(width, width)
        # A name of its own: a module has an attribute ``type`` already.
        self.outs = nn.ModuleDict({f"to_{task}": nn.Linear(width, len(names)) for task, names in labels.items()})
        with torch.no_grad():
            self.norm.weight[:], self.norm.bias[:] = w["norm.w"], w["norm.b"]
            for number, layer in enumerate(self.layers):
                for part in ("w", "b"):
                    name = {"w": "weight", "b": "bias"}[part]
                    getattr(layer.qkv, name)[:] = torch.cat([w[f"l{number}.{each}.{part}"] for each in "qkv"])
                    for each in ("ao", "fi", "fo", "aln", "oln"):
                        getattr(getattr(layer, each), name)[:] = w[f"l{number}.{each}.{part}"]

    def forward(self, ids: torch.Tensor) -> dict[str, torch.Tensor]:
        real = ids != self.pad
        x = dropped(self.norm(self.word(ids) + self.place[: ids.shape[1]]), self.training)
        x = x.to(torch.bfloat16) if torch.is_autocast_enabled(DEVICE) else x
        mask = torch.zeros(real.shape, dtype=x.dtype, device=x.device).masked_fill(~real, -1e4)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask.expand(-1, 1, ids.shape[1], -1))
        weight = real[..., None].float()
        mean = (x.float() * weight).sum(1) / weight.sum(1)
        vector = F.dropout(mean, 0.1, self.training)
        vector = F.dropout(vector + F.gelu(self.mid(vector)), 0.1, self.training)
        return {name.removeprefix("to_"): out(vector) for name, out in self.outs.items()}


_MASKS: list[torch.Tensor] = []


def dropped(x: torch.Tensor, training: bool, share: float = 0.1) -> torch.Tensor:
    """Dropout by a mask drawn once and read from a random place: drawing anew takes a third of a processor's time."""
    if not training:
        return x
    if DEVICE == "cuda":
        return F.dropout(x, share)
    if not _MASKS:
        _MASKS.append((torch.rand(1 << 24) >= share).to(torch.bfloat16) / (1 - share))
    start = int(torch.randint(0, len(_MASKS[0]) - x.numel(), (1,)))
    return x * _MASKS[0][start : start + x.numel()].view(x.shape).to(x.dtype)


class Rows:
    """The texts as pieces, and what each row teaches."""

    def __init__(self, frame: pd.DataFrame, told: argparse.Namespace) -> None:
        self.texts = _masked(frame)
        whole = [f"{title}。 {text}" if title else text for title, text in self.texts]
        self.base = begin = base.read(whole)
        self.pieces = base.pieces_model(begin.pieces, begin.begin, begin.end, begin.pad, begin.unknown)
        cut = SentencePieceProcessor(model_proto=self.pieces).encode(whole)
        self.ids = [[begin.begin, *each[: MOST - 2], begin.end] for each in cut]
        self.lengths = np.array([len(each) for each in self.ids])
        self.labels = {task: sorted(set(frame[column]) - {""}) for task, column in told.label.items()}
        self.weights = torch.tensor(frame[told.weight].astype(float).to_numpy(np.float32)) if told.weight else torch.ones(len(frame))
        self.wanted = {task: torch.tensor(self._shares(frame, task, told)) for task in self.labels}

    def _shares(self, frame: pd.DataFrame, task: str, told: argparse.Namespace) -> np.ndarray:
        """(rows, labels): a second label counts half of the first."""
        column = {label: place for place, label in enumerate(self.labels[task])}
        shares = np.zeros((len(frame), len(column)), np.float32)
        first = frame[told.label[task]].tolist()
        second = frame[told.alternate[task]].tolist() if task in told.alternate else [""] * len(frame)
        for row, (one, other) in enumerate(zip(first, second, strict=True)):
            if one in column:
                shares[row, column[one]] = 1
                if other in column and other != one:
                    shares[row, column[other]] = 0.5
        return shares / np.maximum(shares.sum(1, keepdims=True), 1e-9)

    def batches(self, rows: np.ndarray, random: np.random.Generator | None) -> list[np.ndarray]:
        """Rows of about one length together."""
        pools = np.array_split(random.permutation(rows), max(1, len(rows) // 2048)) if random is not None else [rows]
        found = []
        for pool in pools:
            order, start = pool[np.argsort(self.lengths[pool], kind="stable")], 0
            while start < len(order):
                end = start + 1
                while end < len(order) and end - start < 48 and self.lengths[order[end]] * (end - start + 1) <= TOKENS:
                    end += 1
                found.append(order[start:end])
                start = end
        if random is not None:
            random.shuffle(found)
        return found

    def of(self, rows: np.ndarray) -> torch.Tensor:
        """(rows, longest) pieces."""
        filled = np.full((len(rows), self.lengths[rows].max()), self.base.pad, np.int64)
        for place, row in enumerate(rows):
            filled[place, : self.lengths[row]] = self.ids[row]
        return torch.tensor(filled, device=DEVICE)


def _masked(frame: pd.DataFrame) -> list[tuple[str, str]]:
    requests = [Request(text or "。", title, "") for title, text in zip(frame["title"], frame["text"], strict=True)]
    readings = read_requests(requests, Gazetteer(None))
    return [(each.clean.title, each.clean.text) if isinstance(each, Reading) else ("", "") for each in readings]


def tune(rows: Rows, among: np.ndarray, epochs: int, rate: float, kept: Path, answers: dict[str, torch.Tensor]) -> Encoder:
    """``answers``: task → (rows, labels) that others say; nan where they say nothing."""
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    model = Encoder(rows.base, rows.labels).to(DEVICE).train()
    plan = [batch for _ in range(epochs) for batch in rows.batches(among, random)]
    outs = {id(each) for each in (*model.mid.parameters(), *model.outs.parameters())}
    groups = [
        {"params": [each for each in model.parameters() if (each.ndim > 1) == big and (id(each) in outs) == out], "lr": rate * (8 if out else 1),
         "weight_decay": 0.01 if big else 0.0} for big in (True, False) for out in (True, False)
    ]  # fmt: skip
    optimizer = torch.optim.AdamW(groups, fused=True)
    warm = 0.08 * len(plan)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: min((at + 1) / warm, max(0.0, (len(plan) - at) / (len(plan) - warm))))
    first = 0
    if kept.is_file():
        held = torch.load(kept, map_location=DEVICE)
        model.load_state_dict(held["model"])
        optimizer.load_state_dict(held["optimizer"])
        schedule.load_state_dict(held["schedule"])
        first = held["at"]
    begun, total = time.time(), 0.0
    for at in range(first, len(plan)):
        batch = plan[at]
        with torch.autocast(DEVICE, dtype=torch.bfloat16):
            logits = model(rows.of(batch))
        loss = sum(_loss(rows, task, batch, each.float(), answers.get(task)) for task, each in logits.items())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        total += loss.item()
        if (at + 1) % 100 == 0:
            print(f"{at + 1} of {len(plan)} steps, loss {total / 100:.3f}, {time.time() - begun:.0f} s", flush=True)
            total = 0.0
        if (at + 1) % 300 == 0 or at + 1 == len(plan):
            told = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(), "at": at + 1}
            torch.save(told, kept.with_suffix(".new"))
            kept.with_suffix(".new").replace(kept)
    return model.eval()


def _loss(rows: Rows, task: str, batch: np.ndarray, logits: torch.Tensor, answers: torch.Tensor | None) -> torch.Tensor:
    wanted = rows.wanted[task][batch].to(DEVICE)
    taught = wanted.sum(1, keepdim=True)
    if answers is not None:
        said = answers[batch].to(DEVICE)
        wanted = torch.where(said.isnan() | (taught == 0), wanted, 0.6 * wanted + 0.4 * said)
    wanted = wanted * 0.97 + 0.03 * taught / wanted.shape[1]
    weights = rows.weights[batch].to(DEVICE) * (taught[:, 0] > 0)
    return (1.0 if task in MAIN else 0.3) * -(weights * (wanted * F.log_softmax(logits, 1)).sum(1)).mean()


@torch.no_grad()
def say(model: Encoder, rows: Rows, among: np.ndarray) -> dict[str, torch.Tensor]:
    """(among, labels) probabilities per task, in the order of ``among``."""
    found = {task: torch.zeros(len(among), len(names)) for task, names in rows.labels.items()}
    place = {row: at for at, row in enumerate(among.tolist())}
    for batch in rows.batches(among, None):
        with torch.autocast(DEVICE, dtype=torch.bfloat16):
            logits = model(rows.of(batch))
        for task, each in logits.items():
            found[task][[place[row] for row in batch.tolist()]] = each.float().softmax(1).cpu()
    return found


def main() -> None:
    told = _options()
    told.work.mkdir(parents=True, exist_ok=True)
    frame = pd.read_csv(told.rows, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    rows = Rows(frame, told)
    every = np.flatnonzero(np.any([each.sum(1).numpy() > 0 for each in rows.wanted.values()], axis=0))
    print(f"{len(every)} rows with a label, {rows.lengths[every].mean():.0f} pieces each, {DEVICE}")
    file = told.work / "answers.npz"
    if told.folds:
        said = {task: torch.full(each.shape, math.nan) for task, each in rows.wanted.items()}
        fold = np.array([int(fingerprint(*text)) % FOLDS for text in rows.texts])
        for number in range(FOLDS):
            model = tune(rows, every[fold[every] != number], told.epochs, told.rate, told.work / f"fold{number}.pt", {})
            out = np.flatnonzero(fold == number)
            for task, each in say(model, rows, out).items():
                said[task][out] = each
        np.savez_compressed(file, **{task: said[task].numpy().astype(np.float16) for task in MAIN if task in said})
        return
    answers = {task: torch.tensor(each.astype(np.float32)) for task, each in np.load(file).items()} if file.is_file() else {}
    tune(rows, every, told.epochs, told.rate, told.work / "tuned.pt", answers)
    np.save(told.work / "seen.npy", np.unique(np.array([fingerprint(*rows.texts[row]) for row in every], np.uint64)))
    (told.work / "pieces.model").write_bytes(rows.pieces)
    shape = {"labels": rows.labels, "layers": rows.base.layers, "heads": rows.base.heads, "epsilon": rows.base.epsilon, "pad": rows.base.pad}
    (told.work / "shape.json").write_text(json.dumps(shape, ensure_ascii=False), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--label", action="append", required=True, help="task=COLUMN")
    parser.add_argument("--alternate", action="append", default=[], help="task=COLUMN of second labels")
    parser.add_argument("--weight", default="", help="COLUMN of how much a row counts")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--folds", action="store_true")
    told = parser.parse_args()
    told.label, told.alternate = (dict(each.split("=", 1) for each in pairs) for pairs in (told.label, told.alternate))
    return told


if __name__ == "__main__":
    main()
