import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
import typer
import typer.main

from triage import cli, matters, overlaps, route
from triage.profile_columns import TABLES

ROOT = Path(__file__).parent.parent
PAGES = [page for page in ROOT.rglob("*.md") if not any(part.startswith(".") for part in page.relative_to(ROOT).parts)]


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command of ``triage`` with the words that call it."""
    app = typer.Typer()
    app.add_typer(cli.app)
    for point in entry_points(group="triage.commands"):
        command = point.load()
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=point.name)
        else:
            app.command(point.name)(command)
    waiting: list[tuple[str, object]] = [("triage", typer.main.get_command(app))]
    while waiting:
        name, command = waiting.pop()
        if hasattr(command, "commands"):
            waiting += [(f"{name} {each}", inner) for each, inner in command.commands.items()]
        else:
            yield name, command  # type: ignore[misc]


OPTIONS = sorted(
    (name, option) for name, command in commands() for parameter in command.params for option in parameter.opts if option.startswith("--")
)


def section(name: str) -> str:
    """The part of the manual under the heading that names the command."""
    parts = re.split(r"(?m)^#+ (?=`?triage )", (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"))
    found = [part for part in parts if re.match(rf"`?{re.escape(name)}\b", part)]
    assert found, f"docs/cli.md has no heading for {name}"
    return "".join(found)


def test_the_commands_are_those_of_the_contract() -> None:
    assert {name for name, _ in commands()} == {
        *(
            f"triage {name}"
            for name in ("suggest", "explain", "batch", "route", "drift", "train", "evaluate", "splits", "audit", "calibrate", "serve")
        ),
        *(f"triage profile {name}" for name in ("check", "diff", "relabel", "try", "export", "import")),
        *(f"triage {name}" for name in ("backup", "restore", "store upgrade", "store purge", "store seal", "keys rotate", "keys reseal")),
        *(f"triage {name}" for name in ("accounts invite", "audit-log verify", "snapshot", "feedback", "demo-city", "report", "report-template")),
        *(f"triage reclassify {name}" for name in ("file", "store", "list", "undo", "remove")),
    }


@pytest.mark.parametrize("name", sorted(name for name, _ in commands()))
def test_every_command_has_its_part_in_the_manual(name: str) -> None:
    assert section(name)


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=[" ".join(pair) for pair in OPTIONS])
def test_every_option_is_in_the_part_of_its_command(name: str, option: str) -> None:
    assert re.search(rf"{re.escape(option)}(?![\w-])", section(name))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"(?s)```.*?```", "", page.read_text(encoding="utf-8"))
    targets = [unquote(target) for target in re.findall(r"\]\(<?([^)#\s>]*)", text)]
    links = [target for target in targets if target and not re.match(r"[a-z]+:", target)]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_ci_runs_what_the_readme_says(readme: str) -> None:
    called = [line for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines() if line.startswith("scripts/")]
    assert "scripts/test" in called
    text = (ROOT / readme).read_text(encoding="utf-8")
    assert [line for line in called if line not in text] == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (overlaps._CONCERNED, "{} or more of the item probability"),
        (overlaps._SURE, "no unit has {}"),
        (overlaps._RAISED, "{} is enough"),
        (overlaps._ANSWERED, "{} for an answer"),
        (matters.LIKELY, "whose lead reaches {},"),
        (route._INSISTS, "{} for a rule's lead"),
    ],
)
def test_the_flow_names_the_numbers_of_the_code(number: float, words: str) -> None:
    assert words.format(number) in " ".join((ROOT / "docs" / "flow.md").read_text(encoding="utf-8").split())


def test_a_copy_of_the_profile_drops_what_is_no_table() -> None:
    manual = (ROOT / "docs" / "profile.md").read_text(encoding="utf-8")
    named = {file.name for file in (ROOT / "data" / "kaiping").iterdir()} - {"profile.toml", *TABLES}
    assert named == {"examples.csv", "cases.csv", "happenings.csv"}
    (copied,) = re.findall(r"cp -r data/kaiping mycity && rm (.*)", manual)
    assert set(copied.split()) == {f"mycity/{name}" for name in named}
    with (ROOT / "data" / "kaiping" / "cases.csv").open(encoding="utf-8-sig") as file:
        columns = file.readline().strip().split(",")
    part = manual.partition("## cases.csv")[2].partition("\n## ")[0]
    assert [name for name in columns if f"`{name}`" not in part] == []


def test_the_columns_of_a_snapshot_are_explained_in_the_words_of_the_code() -> None:
    from service.analysis.columns import COLUMNS

    text = (ROOT / "docs" / "analysis.md").read_text(encoding="utf-8")
    assert [each.name for each in COLUMNS if f"| `{each.name}` | {each.meaning} |" not in text] == []


def test_the_rates_are_explained_in_the_words_of_the_code() -> None:
    from service.analysis.rates import RATES

    text = (ROOT / "docs" / "analysis.md").read_text(encoding="utf-8")
    assert [name for name, each in RATES.items() if f"| `{name}` | {each.title} | {each.words} |" not in text] == []
