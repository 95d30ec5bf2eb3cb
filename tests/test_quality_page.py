import csv
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from training import caveats
from training.evaluate import evaluate
from training.history import Source
from triage import Engine
from triage.columns import Columns

ROOT = Path(__file__).parent.parent
PAGE = "前\n<!-- figures:begin -->\nold\n<!-- figures:end -->\n中\n<!-- calibration:begin --><!-- calibration:end -->\n后\n"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("quality_page", ROOT / "benchmarks" / "quality_page.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found(toy_engine: Engine, tmp_path_factory: pytest.TempPathFactory, examples: list[dict[str, str]]) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("page") / "test.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(examples[0]))
        writer.writeheader()
        writer.writerows(examples[::20])
    labels = {task: task for task in ("unit", "item", "type", "urgency")}
    report: dict[str, Any] = evaluate(toy_engine, path, Source(Columns(), labels), [path])
    return report


def run(script: ModuleType, monkeypatch: pytest.MonkeyPatch, *args: Path) -> None:
    monkeypatch.setattr("sys.argv", ["quality_page.py", *map(str, args)])
    script.main()


def test_the_parts_between_the_markers_are_the_figures_and_the_rest_stays(
    script: ModuleType, found: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, source = tmp_path / "quality.md", tmp_path / "found.json"
    page.write_text(PAGE, encoding="utf-8")
    source.write_text(json.dumps(found), encoding="utf-8")
    run(script, monkeypatch, source, page)
    text = page.read_text(encoding="utf-8")
    assert re.sub(r"(?s)(?<=begin -->).*?(?=<!--)", "", text) == re.sub(r"(?s)(?<=begin -->).*?(?=<!--)", "", PAGE)
    unit = found["tasks"]["unit"]
    assert f"| lead unit | {unit['n']} | {unit['majority_hit1']:.3f} | {unit['baselines']['keywords']['hit1']:.3f} | **{unit['hit1']:.3f}** (" in text
    assert "old" not in text
    assert all(f"| {row['p']:.3f} | {row['accuracy']:.3f} | {row['n']} |" in text for row in unit["reliability"])
    assert f"{found['leakage']['rows']} rows say nearly the same as a row the model had read" in text
    run(script, monkeypatch, source, page)
    assert page.read_text(encoding="utf-8") == text


def test_dangers_raised_and_others_with_them_are_counted_apart(script: ModuleType) -> None:
    table = {"labels": ["一般", "特急", "紧急"], "rows": [[90, 6, 4, 0], [1, 2, 0, 0], [3, 1, 4, 0]]}
    assert list(script._raised({"confusion_table": table})) == [
        "",
        "Raised to 紧急 or 特急: 7 of the 11 rows that are, and 10 of the other 100 (10.0%).",
    ]
    assert list(script._raised(None)) == list(script._raised({"confusion_table": {"labels": ["特急"], "rows": [[1, 0]]}})) == []


def test_every_caveat_has_its_words(script: ModuleType) -> None:
    named = set(re.findall(r'_note\(\s*"(\w+)"|\("(\w+)", \w+, "', Path(caveats.__file__).read_text(encoding="utf-8")))
    codes = {one or other for one, other in named} | {"same_file", "not_compared"}
    assert len(codes) > 10
    assert codes == set(script._CARE)


@pytest.mark.parametrize("page", ["", PAGE + PAGE, PAGE.replace("begin", "x"), "<!-- figures:end --><!-- figures:begin -->"])
def test_a_page_without_its_markers_is_left_alone(
    script: ModuleType, found: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    target, source = tmp_path / "quality.md", tmp_path / "found.json"
    target.write_text(page, encoding="utf-8")
    source.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(SystemExit, match="the page needs"):
        run(script, monkeypatch, source, target)
    assert target.read_text(encoding="utf-8") == page


@pytest.mark.parametrize("content", ["", "[]", '{"tasks": {}}'])
def test_what_is_no_evaluation_is_refused(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    (tmp_path / "found.json").write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit, match="not what triage evaluate prints"):
        run(script, monkeypatch, tmp_path / "found.json")
    with pytest.raises(SystemExit, match="No such file"):
        run(script, monkeypatch, tmp_path / "none.json")


def test_the_page_of_the_project_can_be_filled(script: ModuleType, found: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
    assert "NEW" in script.filled(text, {"figures": "NEW", "calibration": "NEW"})
    assert all(f"<!-- {name}:{end} -->" in text for name in ("ablation", "learning-curve") for end in ("begin", "end"))
