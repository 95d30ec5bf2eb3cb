"""What the tests share: the shipped engine, a small model of our own, and a copy of the profile to spoil."""

import os

# Before numpy is imported: the workers of a test run share the cores, and threads that wait for each other spin.
for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import csv
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from service.database import Database
from tests.stores import fresh_database, postgres_server
from training.history import Source
from training.steps import RECIPE, Plan, train
from triage import Engine, cli, profile_load
from triage.columns import Columns
from triage.profile import Profile

KAIPING = Path(__file__).parent.parent / "data" / "kaiping"
LABELS = {"unit": "unit", "item": "item", "type": "type", "urgency": "urgency"}
# Wages, building sites and shops of the street, roads, loans and land for firms: towns and callers matter here.
TOY_ITEMS = ("0101", "0701", "0702", "0803", "E101", "E301")
# The shipped recipe, smaller.
SMALL = {
    "max_chars": 400,
    "min_rows": 2,
    "most": 20000,
    "folds": 2,
    "grams": 8000,
    "width": 64,
    "permutations": 32,
    "axes": 20,
    "keyword_weight": 0,
    "model": '""',
    "units": 32,
    "epochs": 8,
    "encoder": '""',
}

settings.register_profile("triage", deadline=None, database=None, derandomize=True)
settings.load_profile("triage")


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine with the shipped default model."""
    return Engine.load()


@pytest.fixture(scope="session")
def kaiping() -> Profile:
    """The shipped profile."""
    return profile_load.load(KAIPING)


@pytest.fixture(scope="session")
def examples() -> list[dict[str, str]]:
    """The rows of examples.csv."""
    with (KAIPING / "examples.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def toy_history(tmp_path_factory: pytest.TempPathFactory, examples: list[dict[str, str]]) -> Path:
    """A history of a few hundred examples."""
    path = tmp_path_factory.mktemp("history") / "toy.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(examples[0]))
        writer.writeheader()
        writer.writerows(row for row in examples if row["item"].startswith(TOY_ITEMS))
    return path


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory, toy_history: Path) -> Path:
    """The folder of a model trained from ``toy_history``. Tests that spoil it copy it first."""
    folder = tmp_path_factory.mktemp("models")
    recipe = folder / "recipe.toml"
    text = RECIPE.read_text(encoding="utf-8")
    for name, value in SMALL.items():
        text, replaced = re.subn(rf"^{name} = \S+", f"{name} = {value}", text, flags=re.MULTILINE)
        assert replaced == 1, name
    recipe.write_text(text, encoding="utf-8")
    source = Source(Columns("text", "title", "id", {"caller_kind": "caller_kind"}), LABELS)
    return train(Plan((toy_history,), source, "kaiping", folder / "toy", recipe=recipe, jobs=1), say=lambda line: None)


@pytest.fixture(scope="session")
def small_recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of ``SMALL`` as a recipe of their own."""
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    shipped = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    lines = [line for section, keys in shipped.items() for line in (f"[{section}]", *(f"{key} = {SMALL[key]}" for key in keys if key in SMALL))]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def toy_engine(toy: Path) -> Engine:
    """The engine with the toy model."""
    return Engine.load(model=toy)


@pytest.fixture(scope="session")
def close_history(tmp_path_factory: pytest.TempPathFactory, toy_history: Path) -> Path:
    """Rows in other words than those the encoder was taught with."""
    path = tmp_path_factory.mktemp("close") / "history.csv"
    with toy_history.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["unit"]][:240]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "text": f"想反映这样一个情况, {row['text']}"} for row in rows)
    return path


@pytest.fixture(scope="session")
def close_toy(tmp_path_factory: pytest.TempPathFactory, close_history: Path, small_recipe: Path) -> Path:
    """A small model with both readings."""
    folder = tmp_path_factory.mktemp("close-model")
    recipe = folder / "recipe.toml"
    recipe.write_text(small_recipe.read_text(encoding="utf-8").replace('encoder = ""', 'encoder = "encoder"'), encoding="utf-8")
    source = Source(Columns("text", "title", "id", {"caller_kind": "caller_kind"}), LABELS)
    return train(Plan((close_history,), source, "kaiping", folder / "model", recipe=recipe, jobs=1), say=lambda line: None)


@pytest.fixture
def profile_copy(tmp_path: Path) -> Path:
    """A copy of the shipped profile to edit."""
    return Path(shutil.copytree(KAIPING, tmp_path / "kaiping", ignore=shutil.ignore_patterns("examples.csv", "cases.csv", "happenings.csv")))


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs ``triage`` with the arguments as a shell would, in this process: exit code, output, errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["triage", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return run


@pytest.fixture(scope="session", autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches the store of whoever runs the tests, nor does a fixture that outlives one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_DATA", str(tmp_path_factory.getbasetemp() / "data"))
        patch.setenv("TRIAGE_SNAPSHOT_MINUTES", "0")
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.URL]:
    """A running PostgreSQL."""
    # Its socket's path must be short, and the server may drop root's rights: not under pytest's own folder.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        with postgres_server(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'triage.db'}"
        return
    with fresh_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A store with all its tables, on either database."""
    found = Database(database_url)
    found.migrate()
    yield found
    found.close()
