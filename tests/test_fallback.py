from collections.abc import Iterator
from pathlib import Path

import pytest

from service import fallback
from service.app import create_app
from service.fallback import NO_MODEL, ByRules
from service.settings import Settings
from tests.desks import Desk, code
from triage import Engine, Request
from triage.errors import BundleError
from triage.profile import Profile

GAS = "楼下好大阵煤气味，叫咗物业冇人理"


def no_model(settings: Settings) -> Engine:
    raise BundleError("models/default/matrix.npy is damaged. Copy it again from its source.")


def desk_of(settings: Settings) -> Desk:
    return Desk(create_app(settings, load=no_model))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_of(Settings(data=tmp_path, profile="kaiping", reload_seconds=0)) as ready:
        yield ready


def test_rules_alone_know_danger_and_place_and_decide_nothing(kaiping: Profile) -> None:
    gas, lamp, none = ByRules(kaiping).suggest_many([Request(GAS), Request("水口镇的路灯坏了, 电话13800138000"), Request(" ")])
    assert not isinstance(gas, Exception) and not isinstance(lamp, Exception)
    assert gas.urgency == "特急" and gas.rules and gas.decision == "manual"
    assert gas.units and gas.units[0].code in kaiping.units
    assert (lamp.place.name, lamp.urgency, lamp.units, lamp.decision) == ("水口镇", "一般", (), "manual")
    assert "138" not in lamp.clean.text and lamp.versions.model == NO_MODEL
    assert getattr(none, "code", "") == "text_empty"


def test_without_tables_there_is_still_a_masked_text() -> None:
    found = ByRules(None).suggest(Request("路灯坏了, 电话13800138000"))
    assert "138" not in found.clean.text and found.rules == () and found.versions.profile == NO_MODEL


@pytest.mark.parametrize(
    ("profile", "model", "city"), [("", "default", "kaiping"), ("none", "default", ""), ("/nowhere", "x", ""), ("", "/nowhere", "")]
)
def test_the_tables_are_those_of_the_setting_or_of_the_models_manifest(profile: str, model: str, city: str) -> None:
    found = fallback.load(profile, model).profile
    assert (found.code if found is not None else "") == city


def test_requests_are_kept_while_there_is_no_model(desk: Desk) -> None:
    operator = desk.person("operator")
    kept = operator.post("/requests", {"text": GAS})
    assert kept.status_code == 201
    told = kept.json()["suggestion"]
    assert told["versions"]["model"] == NO_MODEL and told["shown"]["rules"]
    body = {"version": 1, "action": "override", "unit": "ZFB", "reason": "没有模型, 人工分办"}
    assert operator.post(f"/requests/{kept.json()['id']}/decisions", body).status_code == 200
    assert code(operator.get("/readyz")) == (503, "not_ready")
    assert code(operator.post("/suggestions", {"text": GAS})) == (503, "not_ready")
    assert code(desk.person("supervisor").get("/model")) == (503, "not_ready")


def test_where_the_settings_allow_it_rules_answer_and_readiness_says_so(tmp_path: Path) -> None:
    with desk_of(Settings(data=tmp_path, profile="kaiping", degrade=True, reload_seconds=0)) as desk:
        ready = desk.nobody.get("/readyz")
        assert (ready.status_code, ready.json()["status"], ready.json()["model"]) == (200, "degraded", NO_MODEL)
        assert "matrix.npy" in ready.json()["profile_problem"]
        assert desk.nobody.post("/suggestions", {"text": GAS}).json()["urgency"] == "特急"
        assert desk.nobody.post("/suggestions", {"requests": [{"text": GAS}, {"text": ""}]}).status_code == 200
