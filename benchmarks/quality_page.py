"""Writes the measured parts of docs/quality.md, so that no figure there is typed by hand.

What stands between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->`` is replaced, for the names ``figures`` and ``calibration``;
everything else stays as it is.

usage: python benchmarks/quality_page.py EVALUATION.json [PAGE.md]     EVALUATION.json: what triage evaluate printed
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "quality.md"
_TASKS = {"unit": "lead unit", "item": "item", "type": "request type", "urgency": "urgency"}
_DECISIONS = {"auto": "goes out by itself", "suggest": "suggested, a person confirms", "manual": "left to people"}
_SHOWN = 8
_CARE = {
    "same_file": "The test file has the name of a file that the model learnt from: **these figures are not honest**.",
    "not_compared": "Not checked for rows that the model had read (`--against`).",
    "taught": "{rows} rows are among those that the model or its encoder learnt from.",
    "not_later": "{rows} rows are not later than the last day that the model learnt from.",
    "leakage": "{rows} rows say nearly the same as a row the model had read.",
    "duplicates": "{rows} rows say nearly the same as an earlier row of the test: intervals are too narrow.",
    "ragged_row": "{rows} rows do not fit the header and are in no figure.",
    "unreadable": "{rows} rows have no text that can be read; those with a label count as wrong.",
    "bad_date": "{rows} rows have a time of receipt that cannot be read; today's table was used for them.",
    "no_label": "{rows} rows have no label for the {task} and are not in its figures.",
    "few_rows": "Only {rows} rows for the {task}: the interval is wide.",
    "one_label": "The {task} has one label only: its figures say nothing.",
    "single_row": "{rows} labels of the {task} stand in one row each.",
    "not_in_profile": "{rows} rows have a label for the {task} that the profile lacks; they count as wrong.",
    "never_answered": "{rows} rows have a label for the {task} that the model never answers; they count as wrong.",
}


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit((__doc__ or "").rpartition("\n\n")[2].strip())
    source, page = Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else PAGE
    try:
        found = json.loads(source.read_text(encoding="utf-8"))
        parts = {"figures": "\n".join(figures(found)), "calibration": "\n".join(calibration(found))}
    except OSError as error:
        sys.exit(f"{source}: {error.strerror}. Name what triage evaluate printed.")
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"{source}: not what triage evaluate prints ({error!r}). Run it again: triage evaluate … > {source.name}")
    page.write_text(filled(page.read_text(encoding="utf-8"), parts), encoding="utf-8")


def filled(text: str, parts: Mapping[str, str]) -> str:
    """The page with every part between its markers. Exits when a marker is missing or stands twice."""
    for name, part in parts.items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
            sys.exit(f"the page needs {begin} and after it {end}, each once.")
        text = re.sub(f"(?s)(?<={re.escape(begin)}).*(?={re.escape(end)})", lambda _, part=part: f"\n{part}\n", text)  # type: ignore[misc]
    return text


def figures(found: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the part ``figures``."""
    when = found["dates"]
    days = f", received {when['from']} to {when['to']}" if when["from"] else ""
    yield f"Model `{found['model']}`, profile `{found['profile']}`; {found['rows']:,} rows of `{found['file']}`{days}."
    yield ""
    yield "| task | rows | majority | keyword rules | **hit@1** (95 %) | hit@3 | macro-F1 | ECE | coverage at 97 % | hit@1, second label counts |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for task, each in found["tasks"].items():
        base, (low, high) = each["baselines"], each["hit1_95"]
        ranked = task in ("unit", "item")
        cells = [
            _TASKS[task],
            f"{each['n']:,}",
            f"{base['majority']['hit1']:.3f}",
            f"{base['keywords']['hit1']:.3f}" if "keywords" in base else "–",
            f"**{each['hit1']:.3f}** ({low:.3f} to {high:.3f})",
            f"{each['hit3']:.3f}" if ranked else "–",
            f"{each['macro_f1']:.3f}",
            f"{each['ece']:.3f}" if "ece" in each else "–",
            f"{each['coverage_at']['0.97']:.3f}" if "coverage_at" in each else "–",
            f"{each['alternate']['hit1']:.3f}" if "alternate" in each else "–",
        ]
        yield f"| {' | '.join(cells)} |"
    yield from _decisions(found["tasks"].get("unit", {}).get("decisions", {}))
    yield from _tree(found["tasks"].get("item", {}).get("hierarchy"))
    yield from _raised(found["tasks"].get("urgency"))
    yield from _without(found)
    yield from _sinks(found)
    yield ""
    yield "To be careful with:"
    yield ""
    for note in found["notes"]:
        task = _TASKS.get(note.get("task", ""), "")
        yield "- " + _CARE[note["code"]].format(rows=f"{note.get('rows', 0):,}", task=task)
    yield "- A label comes from whoever labelled; it may be wrong, and two may be defensible."


def _decisions(made: Mapping[str, Any]) -> Iterator[str]:
    if made:
        yield from ("", "What the engine decided for them:", "", "| decision | rows | share | first unit right |", "|---|---|---|---|")
    for name, each in made.items():
        right = "–" if each["hit1"] is None else f"{each['hit1']:.3f}"
        yield f"| {_DECISIONS[name]} | {each['rows']:,} | {each['share']:.3f} | {right} |"


def _tree(tree: Mapping[str, Any] | None) -> Iterator[str]:
    if tree is not None:
        levels = ", ".join(f"level {each['level']}: {each['hit1']:.3f} of {each['n']:,}" for each in tree["levels"])
        yield ""
        yield f"Items in the tree: {levels}. With ancestors, precision {tree['precision']:.3f}, recall {tree['recall']:.3f}, F {tree['f']:.3f}."


def _raised(urgency: Mapping[str, Any] | None) -> Iterator[str]:
    """How many of the urgent rows were raised, and how many others with them."""
    if urgency is None or "一般" not in urgency["confusion_table"]["labels"]:
        return
    table = urgency["confusion_table"]
    calm = table["labels"].index("一般")
    rows = [(true == calm, sum(line), sum(line) - line[calm]) for true, line in enumerate(table["rows"])]
    others, raised = next((every, some) for quiet, every, some in rows if quiet)
    urgent, caught = (sum(row[place] for row in rows if not row[0]) for place in (1, 2))
    yield ""
    yield f"Raised to 紧急 or 特急: {caught:,} of the {urgent:,} rows that are, and {raised:,} of the other {others:,} ({raised / max(others, 1):.1%})."


def _without(found: Mapping[str, Any]) -> Iterator[str]:
    for name, what in (("leakage", "without the rows that say what the model had read"), ("duplicates", "with repeated rows counted once")):
        rows = found.get(name, {}).get("rows", 0)
        if rows:
            each = [f"{_TASKS[task]} {other['hit1']:.3f} of {other['n']:,}" for task, other in found[name]["tasks"].items() if other]
            yield ""
            yield f"hit@1 {what} ({rows:,}): {', '.join(each) or 'no row is left'}."


def _sinks(found: Mapping[str, Any]) -> Iterator[str]:
    for task, each in found["tasks"].items():
        names = found["names"].get(task, {})
        some = [f"{names.get(row['label'], row['label'])} (said {row['said']:,}, true {row['rows']:,})" for row in each["sinks"]]
        if some:
            yield ""
            more = f", and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
            yield f"Labels of the {_TASKS[task]} that receive far more than they are: {', '.join(some[:_SHOWN])}{more}."


def calibration(found: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the part ``calibration``: one table per task that has probabilities."""
    for index, (task, each) in enumerate((task, each) for task, each in found["tasks"].items() if "reliability" in each):
        yield from [""] if index else []
        yield f"| {_TASKS[task]}: probability said | share right | rows |"
        yield "|---|---|---|"
        for row in each["reliability"]:
            yield f"| {row['p']:.3f} | {row['accuracy']:.3f} | {row['n']:,} |"


if __name__ == "__main__":
    main()
