"""The model card: what a model learnt from, how well it does on rows it had not seen, and what it is not for."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from training.clean import Corpus
from triage.profile import Profile

_NAMES = {"unit": "unit (text alone)", "routed_unit": "unit (text, place and table)", "item": "item", "type": "request type", "urgency": "urgency"}


def write(manifest: Mapping[str, Any], corpus: Corpus, profile: Profile | None) -> str:
    """The card as Markdown."""
    data = manifest["data"]
    lines = [
        f"# Model {manifest['name']} {manifest['version']}",
        "",
        f"Made {manifest['made']} by triage {manifest['engine']} for profile {manifest['profile']['code']}.",
        "",
        "## Learnt from",
        "",
        _learnt(data),
        "",
        *[f"- {task}: {count} labelled rows, {len(manifest['tasks'][task]['labels'])} labels" for task, count in data["labels"].items()],
        *[f"- left out, {why}: {count}" for why, count in data["dropped"].items()],
        *[f"- {note}" for note in manifest["notes"]],
        "",
        "No text is stored: n-grams are kept as 32-bit hashes only, and personal data was masked before anything was counted.",
        "",
        f"## How well it does on rows it had not seen ({data['split']})",
        "",
        "| task | rows | hit@1 (95 %) | hit@3 | macro-F1 | majority | ECE | coverage at 97 % |",
        "|---|---|---|---|---|---|---|---|",
        *[_row(_NAMES.get(task, task), each) for task, each in manifest["metrics"].items()],
        "",
        _automatic(manifest["thresholds"]["auto"]),
        "",
        "## Not for",
        "",
        "Deciding alone on reports of wrongdoing, danger, threats, secrets, or matters outside the hotline's remit: rules of the",
        "profile keep for people what they recognize of these; a wording that no rule lists can pass. Figures hold for requests",
        "like those above; another city's will be lower until it is trained on its own history.",
        "",
        *(_gaps(corpus, profile) if len(corpus) else []),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _learnt(data: Mapping[str, Any]) -> str:
    if not data["rows"]:
        return "The words of the profile's tables alone; no request of any history."
    return f"{data['rows']} requests of {', '.join(data['histories'])}" + (f", {data['from']} to {data['to']}" if data["from"] else "") + "."


def _automatic(threshold: float) -> str:
    return "Automatic dispatch: never; no probability is sure enough." if threshold > 1 else f"Automatic dispatch from a probability of {threshold}."


def _row(name: str, each: Mapping[str, Any]) -> str:
    low, high = each["hit1_95"]
    cells = [each["n"], f"{each['hit1']:.3f} ({low:.3f} to {high:.3f})", f"{each['hit3']:.3f}", f"{each['macro_f1']:.3f}"]
    return f"| {name} | " + " | ".join(map(str, [*cells, f"{each['majority_hit1']:.3f}", f"{each['ece']:.3f}", each["coverage_at"]["0.97"]])) + " |"


def _gaps(corpus: Corpus, profile: Profile | None) -> list[str]:
    """What the profile has and the history hardly shows."""
    if profile is None:
        return []
    lines = ["## Hardly seen", ""]
    for task, codes in (("item", profile.leaves()), ("unit", tuple(profile.units))):
        if task in corpus.labels:
            counts = Counter(corpus.labels[task])
            never = [code for code in codes if not counts[code]]
            few = [code for code in codes if 0 < counts[code] < 10]
            lines.append(f"- {task}: {len(never)} never ({', '.join(never) or 'none'}), {len(few)} in fewer than 10 rows.")
    return lines
