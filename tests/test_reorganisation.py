"""The drill: a rename, two mergers and a split, done in the tables as a clerk would, with the shipped model as it is."""

import csv
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from triage import Engine, Request, Suggestion, profile_load
from triage.profile import Profile
from triage.profile_diff import diff
from triage.relabel import Labels, relabel_file
from triage.route import Router

KAIPING = Path(__file__).parent.parent / "data" / "kaiping"
LAST, FIRST = date(2026, 12, 31), date(2027, 1, 1)
NEW_NAME = "开平市卫生健康和疾病预防控制局"
# Roads and transport become one, water and gas become one; housing and building part.
MERGED = {"JT": "JG", "GL": "JG", "GS": "GR", "RQ": "GR"}
HOUSING = ("0501", "0502", "0503", "0504")
SPLIT, HOUSES, BUILDS = "ZJ", "ZF", "JS"
DEAD, BORN = {*MERGED, SPLIT}, {"JG", "GR", HOUSES, BUILDS}
Table = list[dict[str, str]]


def edit(folder: Path, name: str, change: Callable[[Table], Table]) -> None:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        rows = change(list(csv.DictReader(file)))
    with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def heir(unit: str, item: str) -> str:
    """Who takes over what a unit does in an item."""
    if unit == SPLIT:
        return HOUSES if item.startswith(HOUSING) else BUILDS
    return MERGED.get(unit, unit)


def units(rows: Table) -> Table:
    successors = {**MERGED, SPLIT: f"{HOUSES};{BUILDS}"}
    names = {"JG": "开平市交通公路局", "GR": "开平市供水燃气集团", HOUSES: "开平市住房局", BUILDS: "开平市建设局"}
    for row in rows:
        if row["code"] == "WJ":
            row["name"] = NEW_NAME
        if row["code"] in successors:
            row |= {"valid_to": str(LAST), "successor": successors[row["code"]]}
    blank = dict.fromkeys(rows[0], "")
    return rows + [
        blank | {"code": code, "name": name, "level": "county", "accepts": "yes", "valid_from": str(FIRST)} for code, name in names.items()
    ]


def handed_over(rows: Table) -> Table:
    """Every row of a unit that ends, ended, and begun anew for its heir: once where two that merge stood side by side."""
    begun: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        if row["unit"] in DEAD:
            unit = heir(row["unit"], row["item"])
            new = row | {"unit": unit, "valid_from": str(FIRST)}
            begun.setdefault((row["item"], row["area"], unit, row["role"]), new)
            row["valid_to"] = str(LAST)
    leads = {(new["item"], new["area"], new["unit"]) for (*_, role), new in begun.items() if role == "lead"}
    return rows + [new for (*_, role), new in begun.items() if role == "lead" or (new["item"], new["area"], new["unit"]) not in leads]


def settled(rows: Table) -> Table:
    """Answers that name the unit which parts name the part that leads from then on; before, its forerunner is found. Answers
    that name a unit which merges may stay: its heir is found."""
    for row in rows:
        if row["lead"] == SPLIT:
            row["lead"] = heir(SPLIT, row["items"].split(";")[0])
    return rows


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the profile after the reorganisation."""
    folder = Path(shutil.copytree(KAIPING, tmp_path_factory.mktemp("city") / "kaiping", ignore=shutil.ignore_patterns("examples.csv")))
    edit(folder, "units.csv", units)
    edit(folder, "responsibility.csv", handed_over)
    edit(folder, "overlaps.csv", settled)
    return folder


@pytest.fixture(scope="module")
def city(changed: Path) -> Profile:
    return profile_load.load(changed)


@pytest.fixture(scope="module")
def after(changed: Path) -> Engine:
    """The shipped model with the changed tables: nothing is trained again."""
    return Engine.load(changed)


def cases(profile: Profile) -> list[tuple[str, str, str]]:
    """Item, town ("" for unknown) and lead of every case of the table that a unit which ends leads."""
    found = [(item, town, profile.lead(item, town, LAST)) for item in profile.leaves() for town in ("", *profile.towns)]
    return [(item, town, duty.unit) for item, town, duty in found if duty is not None and duty.unit in DEAD]


def test_the_table_hands_every_duty_over(kaiping: Profile, city: Profile) -> None:
    for day, unit_of in ((LAST, lambda unit, item: unit), (FIRST, heir)):
        for item in city.leaves():
            for town in ("", *city.towns):
                before, lead = kaiping.lead(item, town, LAST), city.lead(item, town, day)
                assert before is not None
                assert lead is not None
                assert lead.unit == unit_of(before.unit, item)
                assert {duty.unit for duty in city.helpers(item, town, day)} & (DEAD if day == FIRST else BORN) == set()


def test_every_case_goes_to_the_heir_though_the_model_is_sure_of_the_old_unit(engine: Engine, city: Profile) -> None:
    labels, found = engine.bundle.manifest, cases(city)
    items, learnt = engine.labels("item"), tuple(unit for unit in engine.labels("unit") if unit not in BORN)
    router = Router(city, items, learnt, labels["pool"])
    chances = np.full((len(found), len(items)), 0.1 / len(items), np.float32)
    opinions = np.full((len(found), len(learnt)), 0.1 / len(learnt), np.float32)
    for row, (item, _, unit) in enumerate(found):
        chances[row, items.index(item)] += 0.9
        opinions[row, learnt.index(unit)] += 0.9
    towns = [town for _, town, _ in found]
    assert {unit for _, _, unit in found} == DEAD
    for day, unit_of, none in ((LAST, lambda unit, item: unit, BORN), (FIRST, heir, DEAD)):
        weighed = router.weigh_items(chances.copy(), [""] * len(found), [day] * len(found))
        weights = router.weigh_units(opinions, weighed, towns, [day] * len(found))
        best = [router.units[column] for column in weights.argmax(axis=1)]
        assert best == [unit_of(unit, item) for item, _, unit in found]
        assert float(weights[:, [router.column(unit) for unit in none]].max()) == 0.0


REQUESTS = (
    ("长沙街道有间驾校倒闭了, 学费唔退, 教练电话打不通", "JT", "JG"),
    ("坐公交车从三埠去水口, 司机到站不停, 还骂人", "JT", "JG"),
    ("325国道水口段路面坑坑洼洼, 护栏也断了, 请公路部门维修", "GL", "JG"),
    ("家里自来水水压很低, 三楼完全没水, 已经几天了", "GS", "GR"),
    ("自来水发黄, 有一股漂白粉的味道, 不敢喝", "GS", "GR"),
    ("管道燃气安检没人来, 预约了两次都爽约, 燃气公司电话打不通", "RQ", "GR"),
    ("小区物业乱收费, 又不打扫卫生, 保安形同虚设", "ZJ", "ZF"),
    ("买的商品房延期交房一年多了, 开发商不赔违约金", "ZJ", "ZF"),
    ("隔壁建筑工地半夜还在打桩, 施工噪音吵得睡不着", "ZJ", "JS"),
    ("旧楼想加装电梯, 低层业主不同意, 审批怎么办", "ZJ", "ZF"),
    ("医院挂号排了三个小时, 医生态度好差", "WJ", "WJ"),
)


def named(answer: Suggestion) -> set[str]:
    """Every unit that a suggestion names as somebody to turn to."""
    asked = {option.unit for question in answer.questions for option in question.options}
    parts = {matter.unit.code for matter in answer.matters} | {fact.unit for fact in answer.facts}
    return {unit.code for unit in (*answer.units, *answer.co_units)} | asked | parts


@pytest.mark.parametrize(("text", "old", "new"), REQUESTS, ids=[text[:8] for text, _, _ in REQUESTS])
def test_a_request_goes_to_who_stands_on_its_day(after: Engine, text: str, old: str, new: str) -> None:
    for day, unit, none in ((LAST, old, BORN), (FIRST, new, DEAD)):
        answer = after.suggest(Request(text, received_at=day.isoformat()))
        assert answer.units[0].code == unit
        assert named(answer) & none == set()


def test_no_example_goes_to_who_does_not_stand(after: Engine, examples: list[dict[str, str]]) -> None:
    rows = [row for row in examples if row["unit"] in DEAD or row["unit"] == "CG"][::7]
    for day, none in ((LAST, BORN), (FIRST, DEAD)):
        answers = after.suggest_many([Request(row["text"], row["title"], received_at=day.isoformat()) for row in rows])
        told = [answer for answer in answers if isinstance(answer, Suggestion) and "GAS" not in {rule.code for rule in answer.rules}]
        assert len(told) > 0.9 * len(rows)
        assert [answer.clean.text for answer in told if named(answer) & none] == []


def test_a_rule_sends_to_who_stands_on_the_day(after: Engine) -> None:
    for day, unit in ((LAST, "RQ"), (FIRST, "GR")):
        answer = after.suggest(Request("楼道里好大煤气味, 怀疑是煤气泄漏, 快点派人来", received_at=day.isoformat()))
        assert answer.units[0].code == unit


def test_before_the_day_nothing_changes(engine: Engine, after: Engine, examples: list[dict[str, str]]) -> None:
    requests = [Request(row["text"], row["title"], received_at=LAST.isoformat()) for row in examples[::40]]
    for then, now in zip(engine.suggest_many(requests), after.suggest_many(requests), strict=True):
        assert isinstance(then, Suggestion)
        assert isinstance(now, Suggestion)
        assert [unit.code for unit in then.units] == [unit.code for unit in now.units]
        assert (then.decision, then.items) == (now.decision, now.items)


def test_a_renamed_unit_keeps_its_code(after: Engine) -> None:
    answer = after.suggest(Request("医院挂号排了三个小时, 医生态度好差", received_at=FIRST.isoformat()))
    assert (answer.units[0].code, answer.units[0].name) == ("WJ", NEW_NAME)


def test_the_difference_names_just_what_was_done(kaiping: Profile, city: Profile) -> None:
    changes = diff(kaiping, city, LAST, FIRST)
    assert {change.code for change in changes if change.what == "unit"} == {"WJ", *DEAD, *BORN}
    assert {(change.before, change.after) for change in changes if change.what == "lead"} == {
        (unit, heir(unit, item)) for item, _, unit in cases(city)
    }
    assert {change.code for change in diff(kaiping, city, LAST, LAST)} == {"WJ"}


def test_old_labels_follow(city: Profile, tmp_path: Path) -> None:
    report = relabel_file(city, KAIPING / "examples.csv", tmp_path / "now.csv", Labels("unit", "item", "town"), FIRST)
    with (tmp_path / "now.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert report.unchanged + report.carried + report.undecided == len(rows)
    assert {row["unit_now"] for row in rows} & DEAD == set()
    for row in rows:
        lead = city.lead(row["item"], row["town"], LAST)
        if row["unit"] in DEAD and lead is not None and lead.unit == row["unit"]:
            assert row["unit_now"] == heir(row["unit"], row["item"])
    assert report.undecided < 0.01 * len(rows)


@pytest.mark.parametrize(("item", "unit"), [("030304", "JY"), ("090101", "CG"), ("120104", "KG")])
def test_a_duty_that_moves_is_followed(profile_copy: Path, examples: list[dict[str, str]], item: str, unit: str) -> None:
    def moved(rows: Table) -> Table:
        lead = next(row for row in rows if (row["item"], row["role"]) == (item, "lead"))
        begun = lead | {"unit": unit, "valid_from": str(FIRST)}
        lead["valid_to"] = str(LAST)
        same = (row for row in rows if (row["item"], row["unit"], row["role"]) == (item, unit, "co"))
        for row in same:
            row["valid_to"] = str(LAST)
        return [*rows, begun]

    edit(profile_copy, "responsibility.csv", moved)
    edit(profile_copy, "overlaps.csv", lambda rows: [row | {"lead": unit} if item in row["items"].split(";") else row for row in rows])
    changed = Engine.load(profile_copy)
    for row in (row for row in examples if row["item"] == item):
        answer = changed.suggest(Request(row["text"], row["title"], received_at=FIRST.isoformat()))
        if answer.items[0].code == item and answer.items[0].p > 0.9:
            assert answer.units[0].code == unit


@pytest.fixture
def renumbered(profile_copy: Path) -> Path:
    """The folder of a profile in which a new unit takes over an item that begins on the same day: the model knows neither."""

    def new_unit(rows: Table) -> Table:
        new = next(row for row in rows if row["code"] == "CG") | {
            "code": "CGX",
            "name": "开平市新城管局",
            "short": "新城管",
            "valid_from": str(FIRST),
        }
        return [row | {"valid_to": str(LAST), "successor": "CGX"} if row["code"] == "CG" else row for row in rows] + [new]

    def new_item(rows: Table) -> Table:
        new = next(row for row in rows if row["code"] == "070301") | {"code": "070399", "valid_from": str(FIRST)}
        return [row | {"valid_to": str(LAST), "successor": "070399"} if row["code"] == "070301" else row for row in rows] + [new]

    def duties(rows: Table) -> Table:
        ended = [row for row in rows if row["unit"] == "CG" or row["item"] == "070301"]
        renamed = {"CG": "CGX", "070301": "070399"}
        begun = [
            row | {"unit": renamed.get(row["unit"], row["unit"]), "item": renamed.get(row["item"], row["item"]), "valid_from": str(FIRST)}
            for row in ended
        ]
        return [row | {"valid_to": str(LAST)} if row in ended else row for row in rows] + begun

    edit(profile_copy, "units.csv", new_unit)
    edit(profile_copy, "items.csv", new_item)
    edit(profile_copy, "responsibility.csv", duties)
    return profile_copy


def test_a_new_unit_with_a_new_item_is_explained_by_what_was_learnt_of_the_old(renumbered: Path) -> None:
    """Both at once: reasons fall back to what the unit came from."""
    engine = Engine.load(renumbered)
    then = engine.suggest(Request("长沙街道路灯坏了半个月没人修", received_at=str(LAST)))
    now = engine.suggest(Request("长沙街道路灯坏了半个月没人修", received_at="2027-01-05"))
    assert then.items[0].code == "070301"
    assert now.items[0].code == "070399"
    assert "CGX" in {unit.code for unit in now.units}
    words = [
        next(reason.text for unit in answer.units if unit.code == code for reason in unit.reasons if reason.kind == "phrase")
        for answer, code in ((then, "CG"), (now, "CGX"))
    ]
    assert words[0] == words[1]
