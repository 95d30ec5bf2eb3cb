"""Held-out scores to honest probabilities: one scale per task, the pool of model and table, and the thresholds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar

from training import proof
from training.clean import Corpus
from training.fit import Held
from training.habits import habits
from training.split import Split
from triage.classify import Probabilities, likely
from triage.overlaps import Overlaps
from triage.profile import Profile
from triage.promise import NEVER
from triage.records import Place
from triage.route import Router

_NEUTRAL = {"model": 1.0, "table": 1.0, "company": 0.0, "person": 0.0, "clue": 0.0, "hint": 0.0}
_LEAST = 30
_USUAL = (8.0, 2.0)


@dataclass(frozen=True, slots=True, eq=False)
class Routed:
    """Held-out rows as the engine would answer them: ``weights`` (rows, units) over ``units``, beside the true unit."""

    rows: npt.NDArray[np.int64]
    units: tuple[str, ...]
    weights: Probabilities
    truth: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """How a task's scores and logits become probabilities: ``sigmoid(score * slopes + offsets) ** power`` times
    ``exp(logit) ** network``, and where texts are read closely times ``exp(logit) ** close`` of that, brought to sum 1."""

    slopes: npt.NDArray[np.float32]
    offsets: npt.NDArray[np.float32]
    power: float
    network: float
    close: float = 0.0

    def __call__(self, held: Held) -> Probabilities:
        """(n, labels) probabilities of held-out rows."""
        logits = [held.logits] if held.close is None else [held.logits, held.close]
        return likely(held.scores * self.slopes + self.offsets, logits, (self.power, self.network, self.close))


def scale(held: Held, truth: Sequence[str], shrink: float) -> Scale:
    """Fitted on held-out scores: a sigmoid per label (Platt 1999), drawn to the one that fits all labels together with a
    strength of ``shrink``, then the two powers with the least negative log-likelihood. A usual scale when rows are too few."""
    count = len(held.labels)
    index = {label: column for column, label in enumerate(held.labels)}
    rows = [row for row, label in enumerate(truth) if label in index]
    usual = Scale(np.full(count, _USUAL[0], np.float32), np.full(count, _USUAL[1], np.float32), 1.0, 0.0)
    if len(rows) < _LEAST or count < 2:
        return usual
    right = np.array([index[truth[row]] for row in rows])
    scores = held.scores[rows].astype(np.float64)
    hits = np.zeros_like(scores)
    hits[np.arange(len(rows)), right] = 1.0
    common = _sigmoid(scores.ravel(), hits.ravel(), np.array(_USUAL), 0.0)
    each = np.array([_sigmoid(scores[:, column], hits[:, column], common, shrink) for column in range(count)], dtype=np.float32)
    lines = (scores * each[:, 0] + each[:, 1]).astype(np.float32)
    logits = held.logits[rows]

    def loss(powers: npt.NDArray[np.float64]) -> float:
        return _loss(likely(lines, [logits], powers.tolist()), right)

    power = minimize_scalar(lambda power: loss(np.array([power, 0.0])), bounds=(0.2, 5.0), method="bounded").x
    if not logits.any():
        return Scale(each[:, 0], each[:, 1], float(power), 0.0)
    best = minimize(
        loss, np.array([0.6 * power, 0.4]), method="Nelder-Mead", bounds=[(0.0, 5.0), (0.0, 5.0)], options={"xatol": 0.01, "fatol": 1e-4}
    ).x
    return Scale(each[:, 0], each[:, 1], float(best[0]), float(best[1]))


def closely(known: Scale, held: Held, truth: Sequence[str]) -> Scale | None:
    """``known`` with powers fitted anew on rows that were read closely; None when they are too few."""
    index = {label: column for column, label in enumerate(held.labels)}
    rows = np.array([label in index for label in truth], dtype=bool)
    some = held.among(rows)
    if rows.sum() < _LEAST or len(index) < 2:
        return None
    right = np.array([index[label] for label in truth if label in index])

    def loss(powers: npt.NDArray[np.float64]) -> float:
        return _loss(replace(known, power=float(powers[0]), network=float(powers[1]), close=float(powers[2]))(some), right)

    start = np.array([0.6 * known.power, 0.6 * known.network, 0.4])
    found = minimize(loss, start, method="Nelder-Mead", bounds=[(0.0, 5.0)] * 3, options={"xatol": 0.01, "fatol": 1e-4}).x
    return replace(known, power=float(found[0]), network=float(found[1]), close=float(found[2]))


def _sigmoid(scores: npt.NDArray[Any], hits: npt.NDArray[Any], near: npt.NDArray[Any], shrink: float) -> npt.NDArray[Any]:
    """(slope, offset) of a logistic fit, drawn to ``near``; the slope stays positive so that order is kept."""

    def loss(line: npt.NDArray[Any]) -> tuple[float, npt.NDArray[Any]]:
        logits = line[0] * scores + line[1]
        wrong = 1 / (1 + np.exp(-np.clip(logits, -60, 60))) - hits
        away = line - near
        slope = np.array([(wrong * scores).sum(), wrong.sum()]) + 2 * shrink * away
        return float((np.logaddexp(0, logits) - hits * logits).sum() + shrink * (away**2).sum()), slope

    return np.asarray(minimize(loss, near, jac=True, method="L-BFGS-B", bounds=[(0.1, 100.0), (-20.0, 20.0)]).x)


def pool(
    profile: Profile | None, held: Mapping[str, Held], scales: Mapping[str, Scale], corpus: Corpus, days: Sequence[date], parts: Sequence[Split],
    otherwise: Mapping[str, float] | None = None,
) -> tuple[dict[str, float], Routed | None]:  # fmt: skip
    """The fitted pool, and the held-out rows routed with it, each part by the habits of the rows that are not in it. None without
    held-out rows or without a unit to learn. What too few rows speak of is as ``otherwise`` says."""
    fitted = {**_NEUTRAL, **(otherwise or {})}
    if profile is not None and "item" in held and len(held["item"].rows):
        fitted |= _callers(profile, held["item"], scales["item"], corpus)
    some = held.get("unit") or (held.get("item") if profile is not None else None)
    if some is None or not len(some.rows) or "unit" not in corpus.labels:
        return fitted, None
    truth = tuple(corpus.labels["unit"][row] for row in some.rows)
    items_known, units_known = (held[task].labels if task in held else () for task in ("item", "unit"))
    then = [days[row] for row in some.rows]
    towns = [corpus.towns[row] for row in some.rows]
    some_router = Router(profile, items_known, units_known, fitted)
    overlaps = Overlaps(profile, some_router.items, some_router.units, 0.0)
    settled = overlaps.settle(overlaps.clues([f"{corpus.titles[row]}\n{corpus.texts[row]}" for row in some.rows]), [{}] * len(then), then)
    places = [Place(town) for town in towns]
    apart = [(np.flatnonzero(np.isin(some.rows, out)), habits(profile, corpus, inside)) for inside, out in parts]
    folds = [(chosen, Router(profile, items_known, units_known, fitted, habits=known)) for chosen, known in apart]

    def routed(values: Mapping[str, float]) -> Routed:
        items, units = _held("item", held, scales), _held("unit", held, scales)
        overlaps.trust, overlaps.hint = values["clue"], values["hint"]
        if items is not None:
            items = overlaps.move_items(some_router.weigh_items(items, [corpus.callers[row] for row in some.rows], then), settled)
        weights = np.zeros((len(some.rows), len(some_router.units)), dtype=np.float32)
        for chosen, fold in folds:
            fold.pool = values
            learnt, about = (None if each is None else each[chosen] for each in (units, items))
            weights[chosen] = fold.weigh_units(learnt, about, [towns[row] for row in chosen], [then[row] for row in chosen])
        weights = overlaps.move_units(weights, items, settled, places, then)
        return Routed(some.rows, some_router.units, weights, truth)

    if profile is not None and "item" in held and "unit" in held:
        fitted |= _powers(routed, fitted)
    if settled:
        fitted |= _clues(routed, fitted)
    return fitted, routed(fitted)


def _held(task: str, held: Mapping[str, Held], scales: Mapping[str, Scale]) -> Probabilities | None:
    return scales[task](held[task]) if task in held else None


def _powers(routed: Callable[[Mapping[str, float]], Routed], start: Mapping[str, float]) -> dict[str, float]:
    def loss(powers: npt.NDArray[np.float64]) -> float:
        return _missed(routed({**start, "model": float(powers[0]), "table": float(powers[1])}))

    best = minimize(loss, np.array([0.7, 0.4]), method="Nelder-Mead", options={"maxiter": 40, "xatol": 0.01, "fatol": 1e-4}).x
    return {"model": float(max(0.0, best[0])), "table": float(max(0.0, best[1]))}


def _clues(routed: Callable[[Mapping[str, float]], Routed], start: Mapping[str, float]) -> dict[str, float]:
    def loss(values: npt.NDArray[np.float64]) -> float:
        trust, hint = np.clip(values, 0.0, 0.95)
        return _missed(routed({**start, "clue": float(trust), "hint": float(hint)}))

    best = np.clip(minimize(loss, np.array([0.5, 0.3]), method="Nelder-Mead", options={"maxiter": 30, "xatol": 0.01, "fatol": 1e-5}).x, 0.0, 0.95)
    return {"clue": float(best[0]), "hint": float(best[1])}


def _missed(answer: Routed) -> float:
    index = {unit: column for column, unit in enumerate(answer.units)}
    rows = [row for row, unit in enumerate(answer.truth) if unit in index]
    return _loss(answer.weights[rows], np.array([index[answer.truth[row]] for row in rows])) if rows else 0.0


def _callers(profile: Profile, held: Held, known: Scale, corpus: Corpus) -> dict[str, float]:
    """How much a known kind of caller shifts company items, fitted where rows carry it."""
    index = {label: column for column, label in enumerate(held.labels)}
    weights = known(held)
    fitted: dict[str, float] = {}
    if not any(profile.items[label].kind == "company" for label in held.labels):
        return fitted
    for caller, name in (("企业", "company"), ("个人", "person")):
        rows = [row for row, at in enumerate(held.rows) if corpus.callers[at] == caller and corpus.labels["item"][at] in index]
        if len(rows) < _LEAST:
            continue
        right = np.array([index[corpus.labels["item"][held.rows[row]]] for row in rows])
        chosen = weights[rows]

        def loss(shift: float, chosen: Probabilities = chosen, right: Any = right, name: str = name, caller: str = caller) -> float:
            router = Router(profile, held.labels, (), {name: shift})
            return _loss(router.weigh_items(chosen, [caller] * len(chosen), [date.today()] * len(chosen)), right)

        fitted[name] = float(minimize_scalar(loss, bounds=(-6.0, 6.0), method="bounded").x)
    return fitted


def thresholds(
    routed: Routed | None, urgent: tuple[Held, Scale, Sequence[str]] | None, wanted: Mapping[str, float], otherwise: float = 0.5
) -> dict[str, float]:
    """``auto``: the lowest probability of the first unit above which errors provably stay below 1 - precision with the stated
    confidence (``training.proof``); 2, never reached, when no probability does. ``urgent``: the best F1, ``otherwise`` where too few rows
    are."""
    return {
        "auto": _auto(routed, wanted["precision"], wanted["confidence"]) if routed is not None else NEVER,
        "suggest": wanted["suggest"],
        "level": wanted["level"],
        "alert": wanted["alert"],
        "calm": wanted["calm"],
        "urgent": _urgent(*urgent, otherwise) if urgent is not None else otherwise,
    }


def _auto(routed: Routed, precision: float, confidence: float) -> float:
    known = np.flatnonzero([unit != "" for unit in routed.truth])
    if not len(known):
        return NEVER
    p = routed.weights[known].max(axis=1)
    said = routed.weights[known].argmax(axis=1)
    right = np.array([routed.units[column] == routed.truth[row] for row, column in zip(known, said, strict=True)])
    line = proof.prove(p, ~right, 1 - precision, 1 - confidence)
    return NEVER if line is None else line.at


def _urgent(held: Held, known: Scale, truth: Sequence[str], otherwise: float) -> float:
    if "一般" not in held.labels or len(held.rows) < _LEAST:
        return otherwise
    alarm = 1 - known(held)[:, held.labels.index("一般")]
    real = np.array([label not in ("", "一般") for label in truth])
    steps = np.unique(np.quantile(alarm, np.linspace(0.5, 0.999, 200)))
    f1 = [2 * (real & (alarm >= step)).sum() / max(1, real.sum() + (alarm >= step).sum()) for step in steps]
    return float(steps[int(np.argmax(f1))]) if real.sum() >= _LEAST else otherwise


def _loss(weights: Probabilities, right: npt.NDArray[Any]) -> float:
    return float(-np.log(np.maximum(weights[np.arange(len(right)), right], 1e-6)).mean())
