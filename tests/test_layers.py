import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("triage", "training", "service")


def test_the_import_rules_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_is_long(package: str) -> None:
    lengths = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in (ROOT / package).rglob("*.py")}
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


@pytest.mark.parametrize("folder", ["data", "models"])
def test_data_holds_no_code(folder: str) -> None:
    assert [file for file in (ROOT / folder).rglob("*") if file.suffix in {".py", ".pyc", ".pkl", ".pickle", ".joblib", ".so"}] == []


def test_importing_the_core_loads_no_model_and_nothing_of_training() -> None:
    program = """
import sys
opened, connected = [], []
def watch(event, args):
    if event == "open":
        opened.append(str(args[0]))
    elif event.startswith("socket."):
        connected.append(event)
sys.addaudithook(watch)
import triage
assert any(name.endswith(("triage/__init__.py", ".pyc")) for name in opened), "the watch saw nothing"
print([name for name in opened if "/models/" in name or "/data/" in name])
print(connected)
print(sorted({"sklearn", "pandas", "joblib", "fastapi", "uvicorn", "pydantic", "jieba"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]", "[]"]
