"""The routing suite of the profile: data/kaiping/cases.csv, one test per row. What its columns mean is in docs/profile.md."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from triage import Engine, Request, Suggestion
from triage.columns import read_answers, read_refused
from triage.profile import Profile

TABLE = Path(__file__).parent.parent / "data" / "kaiping" / "cases.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8-sig").splitlines(keepends=True)))


def several(cell: str) -> list[str]:
    return [each for each in cell.split(";") if each]


def missed(wanted: str, found: set[str]) -> list[str]:
    """What of ``wanted`` is not there, or is there though it must not be (!)."""
    return [each for each in several(wanted) if (each.removeprefix("!") in found) is each.startswith("!")]


def decided(wanted: str, found: str) -> bool:
    return found != "auto" if wanted == "not_auto" else wanted in ("", found)


def faults(row: dict[str, str], answer: Suggestion) -> dict[str, object]:
    units = [unit.code for unit in answer.units]
    due = {each.stage: each.due for each in answer.deadlines}
    checks: dict[str, tuple[bool, object]] = {
        "lead": (not row["lead"] or (units[:1] != [] and units[0] in row["lead"].split("|")), [(unit.code, unit.p) for unit in answer.units]),
        "item": (not row["item"] or row["item"] in {item.code for item in answer.items}, [(item.code, item.p) for item in answer.items]),
        "helpers": (set(several(row["helpers"])) <= {unit.code for unit in answer.co_units}, answer.co_units),
        "town": (row["town"] in ("", answer.place.town), answer.place),
        "type": (row["type"] in ("", answer.type), answer.type),
        "urgency": (row["urgency"] in ("", answer.urgency), answer.urgency),
        "decision": (decided(row["decision"], answer.decision), (answer.decision, answer.why)),
        "rules": (not missed(row["rules"], {rule.code for rule in answer.rules}), [rule.code for rule in answer.rules]),
        "question": (not missed(row["question"], {question.issue for question in answer.questions}), answer.questions),
        "matters": (not row["matters"] or set(several(row["matters"])) == {matter.unit.code for matter in answer.matters}, answer.matters),
        "due": (all(due.get(each.partition("=")[0], "").startswith(each.partition("=")[2]) for each in several(row["due"])), due),
    }
    return {name: found for name, (right, found) in checks.items() if not right}


@pytest.fixture(scope="module")
def answers(engine: Engine) -> dict[str, Suggestion | Exception]:
    requests = [
        Request(
            row["text"], row["title"], row["code"], row["caller_kind"], row["place"], "", row["received_at"],
            read_answers(row["answers"]), read_refused(row["refused"]),
        )
        for row in ROWS
    ]  # fmt: skip
    return dict(zip([row["code"] for row in ROWS], engine.suggest_many(requests, thorough=True), strict=True))


def cases() -> list[object]:
    """One per row; a row with ``miss`` is known to fail, and the suite says so as soon as it no longer does."""
    marks = {row["code"]: pytest.mark.xfail(strict=True, reason=row["miss"]) for row in ROWS if row["miss"]}
    return [pytest.param(row, id=f"{row['code']}-{row['proves']}", marks=marks.get(row["code"], ())) for row in ROWS]


@pytest.mark.parametrize("row", cases())
def test_case(answers: dict[str, Suggestion | Exception], row: dict[str, str]) -> None:
    answer = answers[row["code"]]
    assert isinstance(answer, Suggestion), answer
    assert faults(row, answer) == {}


def test_there_are_enough_and_each_says_what_it_proves(kaiping: Profile) -> None:
    assert len([row for row in ROWS if not row["miss"]]) >= 500
    assert len({row["code"] for row in ROWS}) == len(ROWS)
    proven = Counter(row["proves"] for row in ROWS)
    assert {row.code for row in kaiping.overlaps} <= {name.removeprefix("overlap:") for name in proven}
    assert {row.reason for row in kaiping.refusals.values()} <= {name.removeprefix("refusal:") for name in proven}
    assert {rule.code: proven[f"rule:{rule.code}"] for rule in kaiping.rules if proven[f"rule:{rule.code}"] < 5} == {}
    assert proven["matters"] >= 10


def test_every_case_expects_something() -> None:
    wanted = ("item", "lead", "helpers", "town", "type", "urgency", "decision", "rules", "question", "matters", "due")
    assert [row["code"] for row in ROWS if not any(row[name] for name in wanted)] == []
