import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from service import profiles
from service.app import create_app
from service.settings import Settings
from tests.desks import Desk, Person, code

KAIPING = Path(__file__).parent.parent / "data" / "kaiping"
LIGHT = {"text": "水口镇泮村的路灯坏了半个月, 晚上走路好黑, 麻烦派人修一下"}


@pytest.fixture
def data(tmp_path: Path, toy: Path) -> Path:
    """A data folder with a second model."""
    shutil.copytree(toy, tmp_path / "data" / "models" / "second")
    return tmp_path / "data"


@pytest.fixture
def desk(data: Path, toy: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(data=data, model=str(toy), reload_seconds=0))) as ready:
        yield ready


@pytest.fixture
def admin(desk: Desk) -> Person:
    return desk.person("system_admin")


def tables(**changes: tuple[str, str]) -> bytes:
    """The shipped tables as a ZIP, words replaced in some files: units=(old, new)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in profiles.FILES:
            text = (KAIPING / name).read_bytes()
            for old, new in (changes[Path(name).stem],) if Path(name).stem in changes else ():
                assert old.encode() in text
                text = text.replace(old.encode(), new.encode())
            archive.writestr(f"kaiping/{name}", text)
        archive.writestr("kaiping/examples.csv", "id,text")
    return made.getvalue()


RENAMED = ("开平市人力资源和社会保障局", "开平市人社局")


def send(who: Person, url: str, body: bytes) -> httpx.Response:
    cookie = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
    return who._desk.call(
        "POST", f"/api/v1{url}", content=body, headers={**who.headers, "cookie": cookie, "content-type": "application/octet-stream"}
    )


def name_of(desk: Desk) -> str:
    assert desk.state.profile is not None
    return desk.state.profile.units["RS"].name


def keep(admin: Person, **changes: tuple[str, str]) -> dict[str, Any]:
    answer = send(admin, "/profiles?note=三定方案", tables(**changes))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_tables_are_sent_activated_and_rolled_back_without_a_restart(desk: Desk, admin: Person) -> None:
    kept = keep(admin, units=RENAMED)
    assert (kept["new"], kept["ignored"], kept["note"]) == (True, ["examples.csv"], "三定方案")
    assert name_of(desk) == RENAMED[0]
    done = admin.post(f"/profiles/activate?version={kept['id']}", {"reason": "机构改名"})
    assert (done.status_code, done.json()["state"], done.json()["problem"]) == (200, "active", "")
    assert name_of(desk) == RENAMED[1]
    assert admin.post("/profiles/activate?version=0", {"reason": "改名推迟"}).status_code == 200
    assert name_of(desk) == RENAMED[0]
    told = admin.get("/profiles").json()
    assert [each["state"] for each in told["activations"]] == ["active", "over"]
    assert told["in_use"] == ""
    log = desk.person("auditor").get("/audit", limit=200).json()["entries"]
    assert [each["action"] for each in log if each["action"].startswith("profile.")] == ["profile.upload", "profile.activate", "profile.activate"]


def test_every_worker_follows_and_a_new_one_begins_with_it(desk: Desk, admin: Person, data: Path, toy: Path) -> None:
    number = keep(admin, units=RENAMED)["id"]
    with Desk(create_app(Settings(data=data, model=str(toy), reload_seconds=0))) as other:
        assert name_of(other) == RENAMED[0]
        admin.post(f"/profiles/activate?version={number}", {"reason": "机构改名"})
        other.state.loaded.refresh()
        assert name_of(other) == RENAMED[1]
    with Desk(create_app(Settings(data=data, model=str(toy), reload_seconds=0))) as third:
        assert name_of(third) == RENAMED[1]


def test_the_folder_of_a_version_is_made_again_from_the_store(desk: Desk, admin: Person, data: Path, toy: Path) -> None:
    kept = keep(admin, units=RENAMED)
    admin.post(f"/profiles/activate?version={kept['id']}", {"reason": "机构改名"})
    folder = data / "profiles" / kept["fingerprint"]
    (folder / "units.csv").write_text("spoilt", encoding="utf-8")
    desk.state.loaded.refresh()
    assert (name_of(desk), desk.state.loaded.failure) == (RENAMED[1], "")
    shutil.rmtree(folder)
    with Desk(create_app(Settings(data=data, model=str(toy), reload_seconds=0))) as other:
        assert name_of(other) == RENAMED[1]


def test_a_plan_waits_and_can_be_taken_back(desk: Desk, admin: Person) -> None:
    number = keep(admin, units=RENAMED)["id"]
    plan = admin.post(f"/profiles/activate?version={number}", {"at": "2099-01-01", "reason": "元旦起"}).json()
    assert (plan["state"], plan["starts_at"]) == ("planned", "2098-12-31T16:00:00.000+00:00")
    assert name_of(desk) == RENAMED[0]
    assert admin.post(f"/activations/{plan['id']}/cancel", {"reason": "推迟"}).json()["state"] == "cancelled"
    assert code(admin.post(f"/activations/{plan['id']}/cancel", {"reason": "推迟"})) == (409, "wrong_state")
    assert code(admin.post("/activations/999/cancel", {"reason": "推迟"})) == (404, "unknown_version")


def test_what_is_wrong_is_told_whole_and_nothing_is_kept(desk: Desk, admin: Person) -> None:
    bad = tables(responsibility=("RS", "XX"))
    checked = send(admin, "/profiles/check", bad).json()
    assert checked["sound"] is False
    assert {each["file"] for each in checked["problems"]} == {"responsibility.csv"}
    assert all(each["row"] > 1 and each["column"] for each in checked["problems"])
    answer = send(admin, "/profiles", bad)
    assert code(answer) == (422, "bad_profile")
    assert len(answer.json()["error"]["problems"]) == len(checked["problems"]) > 1
    assert admin.get("/profiles").json()["versions"] == []


def test_a_check_says_what_would_change_and_keeps_nothing(admin: Person) -> None:
    told = send(admin, "/profiles/check", tables(units=RENAMED)).json()
    assert (told["sound"], told["same"], told["diff"]["count"]) == (True, False, 1)
    assert "开平市人社局" in told["diff"]["words"]
    assert send(admin, "/profiles/check", tables()).json()["same"] is True
    assert admin.get("/profiles").json()["versions"] == []


def test_versions_are_compared(admin: Person) -> None:
    first, second = keep(admin)["id"], keep(admin, units=RENAMED)["id"]
    assert admin.get("/profiles/diff", version=first).json()["diff"]["count"] == 0
    assert admin.get("/profiles/diff", version=first, against=second).json()["diff"]["count"] == 1
    assert code(admin.get("/profiles/diff", version=999)) == (404, "unknown_version")


def test_a_workbook_goes_out_and_comes_back(admin: Person, tmp_path: Path) -> None:
    answer = admin.get("/profiles/workbook", version=0)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert send(admin, "/profiles/check", answer.content).json()["same"] is True
    path = tmp_path / "edited.xlsx"
    path.write_bytes(answer.content)
    book = load_workbook(path)
    cell = next(cell for row in book["units"].iter_rows() for cell in row if cell.value == RENAMED[0])
    cell.value = RENAMED[1]
    book.save(path)
    kept = send(admin, "/profiles", path.read_bytes())
    assert kept.status_code == 201, kept.text
    again = admin.get("/profiles/workbook", version=kept.json()["id"])
    assert send(admin, "/profiles", again.content).json()["new"] is False
    del book["units"]
    book.save(path)
    broken = send(admin, "/profiles/check", path.read_bytes())
    assert code(broken) == (422, "missing_sheet")
    assert "tmp" not in broken.text


@pytest.mark.parametrize(("body", "expected"), [
    (b"", (415, "wrong_type")), (b"code,name", (415, "wrong_type")), (b"\xd0\xcf\x11\xe0", (415, "wrong_type")),
    (b"PK\x03\x04", (422, "bad_archive")),
])  # fmt: skip
def test_what_is_no_table_is_refused(admin: Person, body: bytes, expected: tuple[int, str]) -> None:
    assert code(send(admin, "/profiles/check", body)) == expected
    assert code(send(admin, "/profiles", body)) == expected


def test_tables_of_another_city_are_never_put_in_use(desk: Desk, admin: Person) -> None:
    number = keep(admin, profile=('code = "kaiping"', 'code = "taishan"'))["id"]
    assert code(admin.post(f"/profiles/activate?version={number}", {"reason": "试试"})) == (422, "bad_bundle")
    assert name_of(desk) == RENAMED[0]
    assert admin.get("/profiles").json()["activations"] == []


def test_what_an_activation_must_say(admin: Person) -> None:
    assert code(admin.post("/profiles/activate?version=0", {"reason": "。"})) == (422, "reason_needed")
    assert code(admin.post("/profiles/activate?version=0", {"reason": "启用", "at": "明天"})) == (422, "bad_value")
    assert code(admin.post("/profiles/activate?version=0", {"reason": "启用", "at": "2020-01-01"})) == (422, "bad_value")
    assert code(admin.post("/profiles/activate?version=0", {"reason": "启用", "at": "9999-12-31T23:00-12:00"})) == (422, "bad_value")
    assert code(admin.post("/profiles/activate?version=77", {"reason": "启用"})) == (404, "unknown_version")


def test_models_are_listed_shown_and_put_in_use(desk: Desk, admin: Person, data: Path) -> None:
    told = admin.get("/models").json()
    assert [(each["target"], each["problem"]) for each in told["models"]] == [("", ""), ("second", "")]
    assert "## Learnt from" in admin.get("/models/card", model="second").json()["card"]
    before = desk.state.loaded.engine
    assert admin.post("/models/activate?model=second", {"reason": "新模型"}).json()["state"] == "active"
    assert desk.state.loaded.engine is not before
    assert admin.get("/models").json()["in_use"] == "second"
    assert admin.post("/models/activate?model=", {"reason": "退回"}).status_code == 200
    assert admin.get("/models").json()["in_use"] == ""


def test_a_damaged_model_is_never_put_in_use(desk: Desk, admin: Person, data: Path) -> None:
    (data / "models" / "second" / "bias.npy").write_bytes(b"spoilt")
    before = desk.state.loaded.engine
    assert code(admin.post("/models/activate?model=second", {"reason": "新模型"})) == (422, "bad_bundle")
    assert desk.state.loaded.engine is before
    (data / "models" / "second" / "manifest.json").write_text("{", encoding="utf-8")
    assert "cannot be read" in admin.get("/models").json()["models"][1]["problem"]
    for name in ("../second", "..", "third", "second/"):
        assert code(admin.post(f"/models/activate?model={name}", {"reason": "新模型"})) == (404, "unknown_model")


def test_the_administrator_does_it_the_auditor_sees_it_and_nobody_else(desk: Desk, admin: Person) -> None:
    number = keep(admin)["id"]
    auditor = desk.person("auditor")
    assert auditor.get("/profiles").status_code == auditor.get("/models").status_code == 200
    assert auditor.get("/profiles/diff", version=number).status_code == 200
    plan = admin.post(f"/profiles/activate?version={number}", {"at": "2099-01-01", "reason": "元旦起"}).json()["id"]
    for who in (auditor, desk.person("operator"), desk.person("supervisor"), desk.person("security_admin"), desk.machine()):
        assert code(send(who, "/profiles", b"")) == (403, "no_right")
        assert code(who.post(f"/profiles/activate?version={number}", {"reason": "启用"})) == (403, "no_right")
        assert code(who.post("/models/activate?model=second", {"reason": "启用"})) == (403, "no_right")
        assert code(who.post(f"/activations/{plan}/cancel", {"reason": "推迟"})) == (403, "no_right")
    assert code(desk.person("operator", "other").get("/profiles")) == (403, "no_right")


def test_the_store_away_changes_nothing(desk: Desk, admin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    number = keep(admin, units=RENAMED)["id"]
    admin.post(f"/profiles/activate?version={number}", {"reason": "机构改名"})
    before = desk.state.loaded.engine
    with monkeypatch.context() as away:
        away.setattr(desk.state, "_database", None)
        away.setattr(desk.state, "_tried", float("inf"))
        desk.state.loaded.refresh()
    assert desk.state.loaded.engine is before
