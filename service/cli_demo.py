"""triage demo-city."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from service import private
from triage.errors import UsageError

if TYPE_CHECKING:
    from service.demo_fill import Plan
    from service.demo_plan import Arrival

TRUTH = "planted.json"
"""What was planted, beside the store."""
_TOLD = ("code", "kind", "name", "items", "unit", "town", "factor", "days")


def demo_city(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder: the store, its keys, the tables, and what was planted.")],
    seed: Annotated[int, typer.Option(help="Which city: the same seed and days give the same one.")] = 1,
    days: Annotated[int, typer.Option(min=14, max=1500, help="How many days.")] = 800,
    count: Annotated[int, typer.Option("--requests", min=100, max=5_000_000, help="How many requests.")] = 100_000,
    until: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day after the last one. Default: up to the present moment.")] = "",
    profile: Annotated[Path | None, typer.Option(help="Folder or shipped name of a profile with examples.csv.")] = None,
    model: Annotated[str, typer.Option(help="Folder or shipped name of a model.")] = "default",
    people: Annotated[bool, typer.Option("--people", help="Give its people fresh passwords, and print them once.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave a demo city that is in the folder already as it is.")] = False,
) -> None:
    """Make a synthetic city to look at: years of requests and what became of them, in a store of its own, marked on every page."""
    private.close((folder,))
    if not (keep and (folder / TRUTH).exists()):
        _make(folder, seed, days, count, until, profile, model)
    if people:
        from service.demo_people import give_passwords

        for line in give_passwords(folder):
            typer.echo(line)


def _make(folder: Path, seed: int, days: int, count: int, until: str, profile: Path | None, model: str) -> None:
    from service import demo_fill, demo_plan, demo_profile, demo_texts, keys
    from service.database import Database
    from triage.locations import resolve
    from triage.suggest import Engine

    source = resolve("data", profile or "kaiping")
    examples, happenings = demo_texts.read_examples(source), demo_plan.read_happenings(source)
    last = _day(until) if until else date.today() + timedelta(days=1)
    span = demo_plan.Span(last, days, count)
    database = Database(f"sqlite:///{folder / 'triage.db'}")
    try:
        database.migrate()
        with database.read() as connection:
            demo_fill.check_empty(connection, folder)
        tables = folder / "profile"
        if not tables.exists():
            demo_profile.write(source, tables, happenings, span)
        engine = Engine.load(tables, model)
        assert engine.profile is not None
        chance = random.Random(seed)  # noqa: S311 - a city, not a secret
        teller = demo_texts.Teller(engine.profile, chance)
        placed = demo_plan.place(happenings, span, engine.profile, teller, chance)
        came = demo_plan.arrivals(span, examples, placed, engine.profile, teller, chance)
        now = datetime.now(UTC).replace(tzinfo=None)
        plan = demo_fill.Plan(seed, span, tuple(placed), demo_profile.day_of_change(span), now)
        here = datetime.now(ZoneInfo(engine.profile.timezone)).replace(tzinfo=None)
        came = [each for each in came if each.at < here]
        planted = demo_fill.fill(database, keys.load(folder / "keys.txt"), engine, plan, came, lambda line: typer.echo(line, err=True))
    finally:
        database.close()
    _write_truth(folder, plan, planted, came)
    typer.echo(f"{len(came)} requests in {folder}. Serve: TRIAGE_DATA={folder} TRIAGE_PROFILE={folder / 'profile'} triage serve", err=True)


def _write_truth(folder: Path, plan: "Plan", planted: Mapping[str, Sequence[int]], came: "Sequence[Arrival]") -> None:
    people = {code: len({each.caller for each in came if each.planted == code}) for code in planted}
    told = [
        {
            **{name: value for name, value in asdict(each).items() if name in _TOLD},
            "since": each.since.isoformat(),
            "until": each.until.isoformat(),
            "people": people.get(each.code, 0),
            "requests": planted.get(each.code, []),
        }
        for each in plan.placed
    ]
    whole = {**plan.facts(), "synthetic": True, "reorganised": plan.changed.isoformat(), "planted": told}
    (folder / TRUTH).write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise UsageError(f"--until {words!r}: not a day. Write it like 2026-11-01.", "bad_option") from None
