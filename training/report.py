"""An evaluation as one page for those who decide: plain sentences first, then tables and charts, then what to be careful with.

The page is made from the figures alone, so no text of a request can be on it. It needs nothing from elsewhere.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from training import charts
from triage.errors import UsageError
from triage.suggest import CLOSELY

TARGET = 0.97
FEW = 10
_FIRST, _PAIRS, _LONGEST = 15, 10, 40
_ALARMING = ("same_file", "not_compared", "not_later", "one_label", "not_in_profile", "never_answered")
_WHAT = {"unit": "主办单位", "item": "事项", "type": "诉求类型", "urgency": "紧急程度"}
_DECISIONS = {"auto": "自动派单", "suggest": "推荐, 由人确认", "manual": "人工分办"}


def write(path: Path, found: Mapping[str, Any]) -> None:
    """Writes the page. Raises UsageError when that cannot be done."""
    page = html(found, date.today())
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}. Name another file.", "cannot_write") from None


def html(found: Mapping[str, Any], day: date) -> str:
    """The page of an evaluation as ``training.evaluate.evaluate`` reports it, made on ``day``."""
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pages.lstrip_blocks = True
    pages.filters.update(percent=_percent, hundred=_hundred, thousands=lambda number: f"{number:,}")
    tasks = [task for task in _WHAT if task in found["tasks"]]
    main = tasks[0]
    return pages.get_template("report.html").render(
        found=found,
        reading="细读" if found["model"].endswith(CLOSELY) else "速读",
        alarming=_ALARMING,
        proven=_proven(found.get("promise")),
        day=day.isoformat(),
        what=_WHAT,
        task=main,
        main=found["tasks"][main],
        tasks=tasks,
        methods=_methods(main, found),
        decisions=_decisions(found["tasks"][main].get("decisions")),
        labels=_labels(main, found),
        sinks=[{**row, "name": _name(main, found, row["label"])} for row in found["tasks"][main]["sinks"]],
        first=_FIRST,
        few=FEW,
        heat=_heat(main, found),
        pairs=[_named(main, found, pair) for pair in found["tasks"][main]["confusions"][:_PAIRS]],
        drawn=_drawn(found["tasks"][main]),
        target=TARGET,
        fonts=charts.FONTS,
        cleaner=[(name, found[key]["rows"], found[key]["tasks"].get(main)) for name, key in _CLEANER if key in found and found[key]["rows"]],
    )


_CLEANER = (("行与训练数据几乎相同的", "leakage"), ("行模型学过的", "taught"), ("行与前面的测试行几乎相同的", "duplicates"))


def _methods(task: str, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What anybody would get without learning, and what the engine gets."""
    figures = found["tasks"][task]
    base = figures["baselines"]
    rows = [{"name": f"全部派给最常见的一个 ({_name(task, found, base['majority']['label'])})", **base["majority"]}]
    if "keywords" in base:
        rows.append({"name": f"按城市表里的名称和关键词派 ({_percent(base['keywords']['answered'])} 的诉求里有)", **base["keywords"]})
    return [*rows, {"name": "本系统", "hit1": figures["hit1"], "hit3": figures["hit3"]}]


def _proven(limit: float | None) -> str:
    if limit is None:
        return "自动派单线还没有证明过, 服务不会自己打开自动派单"
    return f"这条线证明过: 自动派出的错误率不超过 {limit:.1%}"


def _decisions(made: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    return [{"name": _DECISIONS[name], **each} for name, each in (made or {}).items()]


def _labels(task: str, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    sinks = {row["label"] for row in found["tasks"][task]["sinks"]}
    rows = []
    for row in found["tasks"][task]["labels"]:
        remarks = [text for text, holds in (("样本少", row["rows"] < FEW), ("收件偏多", row["label"] in sinks)) if holds]
        rows.append({**row, "name": _name(task, found, row["label"]), "remark": ", ".join(remarks)})
    return rows


def _heat(task: str, found: Mapping[str, Any]) -> dict[str, Any] | None:
    """The table of confusions with a strength (0 to 1) per wrong cell; None where nothing was confused."""
    table = found["tasks"][task]["confusion_table"]
    if len(table["labels"]) < 2:
        return None
    names = [_name(task, found, label) for label in table["labels"]]
    wrong = [rows for true, line in enumerate(table["rows"]) for said, rows in enumerate(line[:-1]) if true != said]
    most = max([1, *wrong])
    lines = []
    for true, line in enumerate(table["rows"]):
        cells = [{"rows": rows, "right": said == true, "strength": round(rows / most, 2)} for said, rows in enumerate(line[:-1])]
        lines.append({"name": names[true], "cells": cells, "others": line[-1]})
    return {"names": names, "lines": lines}


def _named(task: str, found: Mapping[str, Any], pair: Mapping[str, Any]) -> dict[str, Any]:
    said = _name(task, found, pair["said"]) if pair["said"] else "(没有回答)"
    return {"truth": _name(task, found, pair["truth"]), "said": said, "rows": pair["rows"]}


def _drawn(figures: Mapping[str, Any]) -> dict[str, Markup]:
    if "reliability" not in figures:
        return {}
    # Our own drawing of numbers: nothing in it came from a file.
    coverage, reliability = charts.coverage_chart(figures["coverage_curve"], TARGET), charts.reliability_chart(figures["reliability"])
    return {"coverage": Markup(coverage), "reliability": Markup(reliability)}  # noqa: S704


def _name(task: str, found: Mapping[str, Any], label: str) -> str:
    """What a code means, else the label itself; cut where somebody took a column of texts for one of labels."""
    name = str(found["names"].get(task, {}).get(label, label))
    return name if len(name) <= _LONGEST else name[:_LONGEST] + "…"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _hundred(share: float) -> str:
    """So many of a hundred; with one decimal near the ends, so that little is not told as nothing, nor nearly all as all."""
    number = share * 100
    if 9.95 <= number < 99.5 or number in (0, 100):
        return f"{number:.0f}"
    return "不到 0.1" if number < 0.05 else f"{min(number, 99.9):.1f}"
