"""What in a city's history is probably wrong, for people to decide. Nothing is relabelled and no history is written to."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training import steps
from training.clean import Corpus
from training.confusion import Mixture, Pair, Sink, counts, mixtures, pairs, sinks
from training.doubts import LEAST, Doubt, doubts
from training.held_out import Verdict, judge
from training.history import Record
from training.suspects import Stranger, Suspect, doubted, strange, with_texts
from triage.errors import RequestError, TrainingError, UsageError
from triage.locate import Gazetteer
from triage.profile import Profile
from triage.read import read_requests
from triage.suggest import load_profile


@dataclass(frozen=True, slots=True)
class Findings:
    """One task over the whole history. ``judged``: rows that a model could judge; ``hit1``: the share of them that it answered
    with the given label. ``labels``: label → (suspects, rows), the most frequent first. ``unjudged``: label → rows, of labels too
    rare where the row was held out. ``blank``: rows without a label of this task."""

    judged: int
    hit1: float
    labels: dict[str, tuple[int, int]]
    pairs: list[Pair]
    sinks: list[Sink]
    mixtures: list[Mixture]
    unjudged: dict[str, int]
    blank: int


@dataclass(frozen=True, slots=True)
class Report:
    """The whole audit. ``rows``: of all files; ``judged``: that took part. ``left_out``: why → sources of the others. ``undated``:
    sources of rows whose time could not be read. ``duplicates``: groups of near-duplicates and the rows in them. ``alone``: task →
    label, where all rows carry the one."""

    rows: int
    judged: int
    suspects: tuple[Suspect, ...]
    tasks: dict[str, Findings]
    left_out: dict[str, list[str]]
    undated: list[str]
    duplicates: tuple[int, int]
    alone: dict[str, str]


def audit(plan: steps.Plan, with_masked: bool = False, say: Callable[[str], None] = print) -> Report:
    """Suspects, most likely wrong first. ``plan.out`` is not written to. Raises UsageError or TrainingError when the history
    cannot be used."""
    _check_names(plan)
    recipe, profile = steps.read_recipe(plan.recipe), load_profile(plan.profile)
    (records,) = steps.collect(plan, recipe)
    records, strangers = _strangers(records, profile)
    (corpus,) = steps.cleaned(plan, recipe, records)
    plan, alone = _comparable(plan, corpus)
    say(f"{len(corpus)} rows to judge; this takes about as long as a training")
    verdicts = judge(plan, recipe, corpus)
    found = {task: doubts(verdict, corpus, recipe["duplicates"]["similarity"]) for task, verdict in verdicts.tasks.items()}
    suspects = [each for task, some in found.items() for each in doubted(task, some, verdicts, corpus, records)]
    suspects += strange(strangers, verdicts, corpus, records, profile)
    suspects.sort(key=lambda each: -each.share)
    return Report(
        len(records),
        len(corpus),
        tuple(with_texts(suspects, records, profile) if with_masked else suspects),
        {task: _findings(verdict, found[task]) for task, verdict in verdicts.tasks.items()},
        _left_out(records, corpus, {each.place for each in strangers}, profile),
        [record.source for record in records if plan.source.time and record.time is None and record.request.received_at],
        _duplicates(corpus),
        alone,
    )


def _check_names(plan: steps.Plan) -> None:
    twice = [name for name, count in Counter(path.name for path in plan.histories).items() if count > 1]
    if twice:
        raise UsageError(f"several histories are called {twice[0]}: their rows could not be told apart. Rename one.", "duplicate_file")


def _strangers(records: list[Record], profile: Profile | None) -> tuple[list[Record], list[Stranger]]:
    """The records without the labels that the profile lacks, and these. Where more than half of a task's labels are of this kind,
    the column or the profile is the wrong one: the records stay as they are, and training's own check then refuses them."""
    if profile is None:
        return records, []
    codes = {"unit": set(profile.units), "item": set(profile.leaves())}
    labels = [Stranger(place, task, label) for place, record in enumerate(records) for task, label in record.labels.items() if label]
    found = [each for each in labels if each.task in codes and each.label not in codes[each.task]]
    every, unknown = Counter(each.task for each in labels), Counter(each.task for each in found)
    if any(2 * count > every[task] for task, count in unknown.items()):
        return records, []
    cleared = list(records)
    for place, task, _ in found:
        cleared[place] = replace(cleared[place], labels={**cleared[place].labels, task: ""})
    return cleared, found


def _comparable(plan: steps.Plan, corpus: Corpus) -> tuple[steps.Plan, dict[str, str]]:
    """The plan with the tasks that have at least two labels, and the others with their only label."""
    seen = {task: sorted(set(corpus.labels.get(task, [])) - {""}) for task in plan.source.labels}
    alone = {task: "".join(labels) for task, labels in seen.items() if len(labels) < 2}
    if len(alone) == len(seen):
        told = ", ".join(f"{task} {label!r}" if label else f"no {task} at all" for task, label in alone.items())
        raise TrainingError(f"every readable row carries the same label ({told}): nothing to compare. Give a history with at least two.")
    kept = {task: column for task, column in plan.source.labels.items() if task not in alone}
    return replace(plan, source=replace(plan.source, labels=kept)), alone


def _findings(verdict: Verdict, some: Sequence[Doubt]) -> Findings:
    rows = verdict.judged(LEAST)
    given, said = [verdict.given[row] for row in rows], [verdict.best(row) for row in rows]
    labels = sorted({*verdict.labels, *given})
    table = counts(given, said, labels)
    models = [doubt for doubt in some if doubt.by_model]
    every, suspected = Counter(verdict.given), Counter(doubt.given for doubt in some)
    return Findings(
        len(rows),
        float(table.trace() / max(1, len(rows))),
        {label: (suspected[label], count) for label, count in every.most_common() if label},
        pairs(table, labels),
        sinks(table, labels),
        mixtures(counts([doubt.given for doubt in models], [doubt.suggested for doubt in models], labels), table.sum(axis=1), labels),
        dict(Counter(label for label, known in zip(verdict.given, verdict.known, strict=True) if label and known < LEAST).most_common()),
        every[""],
    )


def _left_out(records: Sequence[Record], corpus: Corpus, strangers: set[int], profile: Profile | None) -> dict[str, list[str]]:
    """Why → sources: everything that is neither in the corpus nor reported for its strange label."""
    missing = sorted(set(range(len(records))) - set(corpus.origin) - strangers)
    readings = read_requests([records[place].request for place in missing], Gazetteer(profile))
    found: dict[str, list[str]] = {}
    for place, reading in zip(missing, readings, strict=True):
        why = records[place].error or (reading.code if isinstance(reading, RequestError) else "no_label")
        found.setdefault(why, []).append(records[place].source)
    return found


def _duplicates(corpus: Corpus) -> tuple[int, int]:
    _, sizes = np.unique(corpus.groups, return_counts=True)
    return int((sizes > 1).sum()), int(sizes[sizes > 1].sum())
