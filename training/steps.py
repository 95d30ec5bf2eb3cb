"""History in, bundle out, in named steps. Each says what it needs and makes; a step's results are files of a work folder."""

import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from scipy.sparse import vstack

from training import calibrate, card, close, fit, learnt, prior
from training.clean import Corpus, clean
from training.figures import figures
from training.habits import habits
from training.history import Record, Source, read_history
from training.lessons import lessons
from training.split import by_time, splits
from triage import bundle
from triage.errors import TrainingError
from triage.locations import resolve
from triage.profile import Profile
from triage.suggest import engine_version, load_profile

RECIPE = Path(__file__).parent / "recipe.toml"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to train from, with what, to where. ``profile``: a folder, a shipped name, or "none"."""

    histories: tuple[Path, ...]
    source: Source
    profile: str
    out: Path
    name: str = ""
    recipe: Path = RECIPE
    jobs: int = 2
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A named step: reads the files of ``needs``, writes those of ``makes``."""

    name: str
    needs: tuple[str, ...]
    makes: tuple[str, ...]
    run: Callable[..., tuple[Any, ...]]


def train(plan: Plan, say: Callable[[str], None] = print, work: Path | None = None, records: Sequence[Record] | None = None) -> Path:
    """Runs every step in order and returns the published folder. ``work`` keeps the steps' files for inspection; ``records`` are
    learnt from in place of all rows of the histories."""
    bundle.check_target(plan.out)
    recipe = read_recipe(plan.recipe)
    with tempfile.TemporaryDirectory(prefix="triage-train-") as temporary:
        folder = work or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if records is not None:
            joblib.dump(list(records), folder / "records.joblib")
        for step in STEPS if records is None else STEPS[1:]:
            begun = time.perf_counter()
            needed = [joblib.load(folder / f"{name}.joblib") for name in step.needs]
            rows = next((len(each.texts) for each in needed if isinstance(each, Corpus)), 0)
            if step.run is fitted:
                say(f"{step.name}: fitting units, items and the other labels on {rows} rows; this takes minutes on a long history")
            if step.run is read_closely and recipe["close"]["encoder"]:
                told = close.problem(recipe["close"]["encoder"])
                say(f"{step.name}: {'left out, ' + told if told else f'{rows} rows; a core reads about 25 a second'}")
            made = step.run(plan, recipe, *needed)
            for name, value in zip(step.makes, made, strict=True):
                joblib.dump(value, folder / f"{name}.joblib")
            say(f"{step.name}: {time.perf_counter() - begun:.1f} s")
    return plan.out


def read_recipe(path: Path) -> dict[str, dict[str, Any]]:
    """The shipped recipe with what ``path`` says otherwise. Raises TrainingError for a section or key that does not exist."""
    recipe: dict[str, dict[str, Any]] = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    try:
        own = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TrainingError(f"{path}: not a recipe that can be read ({error}). Start from the shipped recipe.toml.") from None
    for section, values in own.items():
        for key, value in values.items() if isinstance(values, dict) else [("", values)]:
            if key not in recipe.get(section, {}):
                known = ", ".join(recipe.get(section, recipe))
                raise TrainingError(f"{path} [{section}] {key}: no such setting. Use one of {known}.")
            recipe[section][key] = value
    return recipe


def collect(plan: Plan, recipe: Mapping[str, Any]) -> tuple[list[Record]]:
    """Reads every history; there may be none, then the profile alone teaches."""
    return (read_history(plan.histories, plan.source) if plan.histories else [],)


def cleaned(plan: Plan, recipe: Mapping[str, Any], records: list[Record]) -> tuple[Corpus]:
    """Cleans, groups, and checks labels both ways: a label that the profile lacks stops the training."""
    profile = load_profile(plan.profile)
    if profile is not None:
        check_labels(records, profile)
    elif not records:
        raise TrainingError("neither a history nor a profile to learn from. Name a history, or --profile.")
    corpus = clean(records, profile, **recipe["duplicates"])
    if records and not len(corpus):
        raise TrainingError(f"no row can be learnt from: {corpus.dropped}. Check the text and label columns.")
    return (corpus,)


def splitted(plan: Plan, recipe: Mapping[str, Any], corpus: Corpus) -> tuple[list[Any]]:
    """Sets rows aside."""
    return (splits(corpus.times, corpus.groups, recipe["fit"]["newest"], recipe["fit"]["folds"]),)


def fitted(plan: Plan, recipe: Mapping[str, Any], corpus: Corpus, parts: list[Any]) -> tuple[dict[str, Any], dict[str, fit.Held], fit.Taught]:
    """Fits every task and compresses."""
    found = recipe["features"]
    profile = load_profile(plan.profile)
    known = [lesson for lesson in lessons(profile, date.today()) if recipe["fit"]["keyword_weight"] or not lesson.keyword]
    kept, axes_of = fit.vocabulary(corpus.titles, corpus.texts, known, **found), recipe["structure"]
    parent = prior.read_model(resolve("models", axes_of["model"])) if axes_of["model"] else None
    kept = prior.joined(kept, parent.vocabulary) if parent else kept
    titles, texts = [*corpus.titles, *[""] * len(known)], [*corpus.texts, *(lesson.text for lesson in known)]
    every = fit.matrix(titles, texts, kept)
    taught = fit.taught(corpus, profile, known, recipe["fit"])
    unlabelled = fit.matrix([""] * len(corpus.unlabelled), corpus.unlabelled, kept)
    told = [prior.model_axes(kept, parent)] if parent else []
    told += [prior.word_axes(kept, Path(axes_of["words"]))] if axes_of["words"] else []
    axes = np.hstack([fit.structure(vstack([every, unlabelled]).tocsr(), axes_of["axes"]), *told])
    finals, net, held = fit.fit_all(every, taught, parts, axes, recipe["fit"]["c"], recipe["network"], plan.jobs)
    used = np.asarray((every > 0).sum(axis=0)).ravel()
    arrays = fit.compress(finals, net, axes, kept, used, **recipe["compress"])
    fit.rescale(arrays, finals, net, axes, titles, texts, every, found["max_chars"])
    return {"arrays": arrays, "labels": {task: linear.labels for task, linear in finals.items()}}, held, taught


def read_closely(
    plan: Plan, recipe: Mapping[str, Any], corpus: Corpus, parts: list[Any], held: dict[str, fit.Held], taught: fit.Taught
) -> tuple[dict[str, Any], dict[str, fit.Held]]:
    """Fits heads on the encoder's vectors; nothing where that cannot be done."""
    if not len(corpus) or close.problem(recipe["close"]["encoder"]):
        return {}, {}
    folder = close.place(recipe["close"]["encoder"])
    vectors = close.read(folder, corpus, plan.jobs)
    return close.fit(close.loaded(folder), vectors, corpus, taught, held, parts, recipe["close"]["pull"], plan.jobs)


def calibrated(
    plan: Plan, recipe: Mapping[str, Any], corpus: Corpus, parts: list[Any], held: dict[str, fit.Held], close_held: dict[str, fit.Held]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fits probabilities, pool and thresholds on held-out rows, and measures there: of the fast reading, and of the close one where there
    are rows to fit it."""
    shrink = recipe["calibrate"]["shrink"]
    scales = {task: calibrate.scale(each, _truth(each, corpus, task), shrink) for task, each in held.items()}
    near = {task: calibrate.closely(scales[task], each, _truth(each, corpus, task)) for task, each in close_held.items()}
    known = {task: each for task, each in near.items() if each is not None}
    fast = _calibrated(plan, recipe, corpus, parts, held, scales, {}, 0.5)
    if not known:
        return fast, {}
    usual = fast["pool"], fast["thresholds"]["urgent"]
    return fast, _calibrated(plan, recipe, corpus, parts, close_held, {**scales, **known}, *usual)


def _calibrated(
    plan: Plan, recipe: Mapping[str, Any], corpus: Corpus, parts: list[Any], held: Mapping[str, fit.Held], scales: Mapping[str, calibrate.Scale],
    usual_pool: Mapping[str, float], usual_urgent: float,
) -> dict[str, Any]:  # fmt: skip
    days = [stamp.date() if stamp else date.today() for stamp in corpus.times]
    pooled, routed = calibrate.pool(load_profile(plan.profile), held, scales, corpus, days, parts, usual_pool)
    urgent = held.get("urgency")
    facts = (urgent, scales["urgency"], _truth(urgent, corpus, "urgency")) if urgent is not None else None
    return {
        "scales": scales,
        "pool": pooled,
        "thresholds": calibrate.thresholds(routed, facts, recipe["calibrate"], usual_urgent),
        "metrics": _measure(held, scales, corpus, routed),
    }


def _truth(held: fit.Held, corpus: Corpus, task: str) -> list[str]:
    return [corpus.labels[task][row] for row in held.rows]


def published(
    plan: Plan, recipe: Mapping[str, Any], corpus: Corpus, model: dict[str, Any], calibration: dict[str, Any], close_heads: dict[str, Any],
    close_calibration: dict[str, Any],
) -> tuple[()]:  # fmt: skip
    """Writes manifest, card and arrays beside the target, then renames."""
    profile = load_profile(plan.profile)
    prints = learnt.prints(corpus.titles, corpus.texts, recipe["structure"]["model"])
    manifest = {
        "name": plan.name or plan.out.name,
        "version": "",
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "engine": engine_version(),
        "profile": {"code": profile.code, "version": profile.version, "taxonomy": profile.taxonomy} if profile else {"code": "none"},
        "max_chars": recipe["features"]["max_chars"],
        "tasks": {task: {"labels": list(labels), **_powers(calibration["scales"][task])} for task, labels in model["labels"].items()},
        "pool": _rounded(calibration["pool"]),
        "leads": _leads(profile, model["labels"].get("item", ())),
        "habits": habits(profile, corpus),
        "thresholds": _rounded(calibration["thresholds"]),
        "data": {
            "histories": [path.name for path in plan.histories],
            "rows": len(corpus),
            "dropped": corpus.dropped,
            **learnt.span(corpus.times, recipe["structure"]["model"]),
            "prints": len(prints),
            "split": "newest rows held out" if by_time(corpus.times) else "grouped folds",
            "labels": {task: sum(label != "" for label in labels) for task, labels in corpus.labels.items()},
        },
        "recipe": {**recipe, "structure": {**recipe["structure"], "words": Path(recipe["structure"]["words"]).name}},
        "metrics": calibration["metrics"],
        "notes": list(plan.notes),
    }
    if close_calibration:
        manifest["close"] = _close(recipe, close_calibration)
    manifest["version"] = bundle.version_of(manifest, manifest["made"])
    arrays = {
        bundle.LEARNT: prints,
        **_scaled(model["arrays"], [calibration["scales"][task] for task in model["labels"]]),
        **(close_heads if close_calibration else {}),
    }
    bundle.write(plan.out, manifest, arrays, card.write(manifest, corpus, profile))
    return ()


STEPS = (
    Step("collect", (), ("records",), collect),
    Step("clean", ("records",), ("corpus",), cleaned),
    Step("split", ("corpus",), ("splits",), splitted),
    Step("fit", ("corpus", "splits"), ("model", "held", "taught"), fitted),
    Step("read closely", ("corpus", "splits", "held", "taught"), ("close_heads", "close_held"), read_closely),
    Step("calibrate", ("corpus", "splits", "held", "close_held"), ("calibration", "close_calibration"), calibrated),
    Step("publish", ("corpus", "model", "calibration", "close_heads", "close_calibration"), (), published),
)


def _powers(scale: calibrate.Scale) -> dict[str, float]:
    return {"power": round(scale.power, 4), "network": round(scale.network, 4)}


def _close(recipe: Mapping[str, Any], calibration: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest says of close reading."""
    return {
        "encoder": close.loaded(close.place(recipe["close"]["encoder"])).name,
        "tasks": {task: {**_powers(scale), "close": round(scale.close, 4)} for task, scale in calibration["scales"].items()},
        "pool": _rounded(calibration["pool"]),
        "thresholds": _rounded(calibration["thresholds"]),
        "metrics": calibration["metrics"],
    }


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


def _leads(profile: Profile | None, items: Sequence[str]) -> dict[str, str]:
    """The table that the model learnt with: who leads each item where the place is unknown."""
    duties = {item: profile.lead(item, "", date.today()) for item in items} if profile is not None else {}
    return {item: duty.unit for item, duty in duties.items() if duty is not None}


def _scaled(arrays: dict[str, Any], scales: Sequence[calibrate.Scale]) -> dict[str, Any]:
    """The arrays with every label's slope and offset folded into heads and bias."""
    slopes, offsets = (np.concatenate([getattr(each, name) for each in scales]) for name in ("slopes", "offsets"))
    return {**arrays, "heads": arrays["heads"] * slopes, "bias": arrays["bias"] * slopes + offsets}


def check_labels(records: Sequence[Record], profile: Profile) -> None:
    """Raises TrainingError with every label that the profile lacks, how often it stands and where first."""
    known = {"unit": profile.units.keys(), "item": set(profile.leaves())}
    lines = []
    for task, codes in known.items():
        wrong: dict[str, list[str]] = {}
        for record in records:
            label = record.labels.get(task, "")
            if label and label not in codes:
                wrong.setdefault(label, []).append(record.source)
        names = {name: code for code, unit in profile.units.items() for name in (unit.name, unit.short, *unit.aliases)} if task == "unit" else {}
        for label, rows in sorted(wrong.items()):
            meant = f" (a name of {names[label]}: write the code)" if label in names else ""
            lines.append(f"  {task} {label!r}{meant}: {len(rows)} row(s), e.g. {rows[0]}")
    if lines:
        raise TrainingError(
            f"{len(lines)} label(s) that profile {profile.code} does not know:\n" + "\n".join(lines) + "\nAdd them to the profile, "
            "correct the history, or train with --profile none."
        )


def _measure(held: Mapping[str, fit.Held], scales: Mapping[str, calibrate.Scale], corpus: Corpus, routed: calibrate.Routed | None) -> dict[str, Any]:
    found = {}
    for task, each in held.items():
        chosen = [index for index, row in enumerate(each.rows) if corpus.labels[task][row]]
        if chosen:
            found[task] = _figures([corpus.labels[task][each.rows[index]] for index in chosen], each.labels, scales[task](each)[chosen])
    if routed is not None:
        chosen = [index for index, unit in enumerate(routed.truth) if unit]
        found["routed_unit"] = _figures([routed.truth[index] for index in chosen], routed.units, routed.weights[chosen])
    return found


def _figures(truth: Sequence[str], labels: Sequence[str], weights: Any) -> dict[str, Any]:
    best = np.argsort(-weights, axis=1)[:, :3]
    return figures(truth, [[labels[column] for column in row] for row in best], weights.max(axis=1))
