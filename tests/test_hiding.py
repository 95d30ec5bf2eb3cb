import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import cli, hiding
from service.analysis import facts, snapshot
from service.app import create_app
from service.backup import backup
from service.forms import ContactIn, StoredIn
from service.settings import Settings
from tests.desks import Desk, Person
from tests.stores import KEYS
from triage import Engine
from triage.errors import UsageError
from triage.records import PLACE

NAME = "张三"
FREE = [name for name in StoredIn.model_fields if name not in ("confidential", "contact")]
WHO = list(ContactIn.model_fields)


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


def phone(number: int) -> str:
    return f"138001380{number:02}"


def full(confidential: bool) -> dict[str, Any]:
    """A body with a name and another telephone number in every free field."""
    told: dict[str, Any] = {name: f"水口镇泮村8号502房{NAME}家{phone(at)}" for at, name in enumerate(FREE)}
    told |= {"text": f"路灯坏了, 联系人{NAME}, 电话{phone(0)}", "title": f"联系人{NAME}, {phone(1)}"}  # the masker's own, and no more than it finds
    told["received_at"] = "2026-03-05T09:30:00"  # words that are no time are refused
    told["answers"] = {PLACE: "440783117"}  # the engine takes codes alone
    told["contact"] = {name: f"{phone(20 + at)}" for at, name in enumerate(WHO)} | {"name": NAME}
    return {**told, "confidential": confidential}


def decided(who: Person, number: int) -> None:
    body = {"version": 1, "action": "override", "unit": "ZJX", "area": "440783117", "item": "070301", "reason": "属地办理"}
    assert who.post(f"/requests/{number}/decisions", body).status_code == 200


@pytest.mark.parametrize("confidential", [False, True])
def test_no_free_field_of_a_request_is_kept_or_sent_in_clear(desk: Desk, tmp_path: Path, confidential: bool) -> None:
    operator = desk.person("operator")
    told = full(confidential)
    made = operator.post("/requests", told)
    assert made.status_code == 201, made.text
    number = made.json()["id"]
    operator.post(f"/requests/{number}/suggestions", {"answers": told["answers"], "place": told["place"]})
    decided(operator, number)
    sent = operator.get(f"/requests/{number}/dispatch")
    assert sent.status_code == 200 and (not confidential or sent.json()["caller_kind"] == "")
    seen = [made, sent, operator.get(f"/requests/{number}"), operator.get("/requests"), operator.get(f"/requests/{number}/suggestions")]
    snapshot.write(desk.state.store, desk.state.keys, facts.city(desk.state.profile, desk.state.adviser.now().date()), tmp_path / "snap")
    backup(desk.state.store, tmp_path / "all.gz")
    kept = [each.read_bytes() for each in tmp_path.rglob("*") if each.is_file() and each.suffix != ".gz"]
    heard = b"".join([*(each.content for each in seen), *kept, gzip.decompress((tmp_path / "all.gz").read_bytes())])
    heard += "\n".join(str(row) for row in snapshot_rows(tmp_path / "snap")).encode()
    assert "路灯坏了".encode() in heard
    assert not [secret for secret in (NAME, *(phone(at) for at in range(40))) if secret.encode() in heard]
    again = operator.post(f"/requests/{number}/unmask", {"what": ["text"], "reason": "回访核实"}) if not confidential else None
    assert again is None or all(
        again.json()[name if name != "id" else "ref"] == told[name] for name in FREE if name not in ("answers", "received_at")
    )


def snapshot_rows(folder: Path) -> list[Any]:
    import pyarrow.parquet as pq

    return [row for file in folder.rglob("*.parquet") for row in pq.read_table(file).to_pylist()]


def test_a_request_is_found_by_its_number_whatever_it_holds(desk: Desk) -> None:
    operator = desk.person("operator")
    refs = ["GD2026112600017", "440783202611260001", "GD13912345678", "张三13800138000", "张三13800138001"]
    numbers = [operator.post("/requests", {"text": "路灯坏了", "id": ref}).json()["id"] for ref in refs]
    assert [[each["id"] for each in operator.get("/requests", ref=ref).json()["requests"]] for ref in refs] == [[number] for number in numbers]
    assert [operator.get(f"/requests/{number}").json()["ref"] for number in numbers[:2]] == refs[:2]


def test_what_is_asked_again_still_knows_the_place_as_told(desk: Desk) -> None:
    from service import advise

    operator = desk.person("operator")
    number = operator.post("/requests", {"text": "路灯坏了", "place": "水口镇泮村8号"}).json()["id"]
    with desk.state.store.read() as connection:
        assert advise.again(desk.state, connection, number, {}, "").place == "水口镇泮村8号"
        assert advise.again(desk.state, connection, number, {}, "长沙街道").place == "长沙街道"


@pytest.mark.parametrize("told", ["企业", "个人", "市民", "电话", "微信", "粤省事", "12345热线"])
def test_kinds_and_channels_stay(told: str) -> None:
    assert hiding.kind(told) == told


@pytest.mark.parametrize("told", ["张三", "张三家13800138000", "13800138000"])
def test_a_kind_that_is_a_person_is_left_out(told: str) -> None:
    assert hiding.kind(told) == ""


def test_long_kinds_are_cut() -> None:
    assert len(hiding.kind("热线" * 100)) == hiding.SHORT


def test_codes_and_times_stay() -> None:
    assert [hiding.words(each) for each in ("440783117", "noise.site", "水口镇泮村")] == ["440783117", "noise.site", "水口镇泮村"]
    assert hiding.moment("2026-11-26T10:20:00+08:00") == "2026-11-26T10:20:00+08:00"
    assert "1380" not in hiding.moment("13800138000")


@given(st.text(max_size=600))
def test_a_number_that_is_hidden_twice_is_the_same_and_fits(told: str) -> None:
    kept = hiding.ref(KEYS, told)
    assert (len(kept) <= hiding.LONGEST and "\x00" not in kept) or told == kept


def test_a_field_too_many_is_not_repeated(desk: Desk) -> None:
    answer = desk.person("operator").post("/requests", {"text": "路灯坏了", "contact": {"x张三": "y"}})
    assert answer.status_code == 422 and "张三" not in answer.text and "body.contact" in answer.text


def test_the_name_of_a_view_keeps_nobodys_name(desk: Desk) -> None:
    told = desk.person("analyst").post("/analysis/views", {"name": "张三13800138000", "query": "by=unit"})
    assert [each["name"] for each in told.json()["views"]] == ["〔姓名〕〔手机〕"]


def test_what_the_service_writes_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_address(host: str, port: int) -> list[Any]:
        raise UsageError("none", "cannot_listen")

    before = os.umask(0o022)
    monkeypatch.setattr(cli, "listen", no_address)
    try:
        with pytest.raises(UsageError):
            cli.serve(None, None, None, None, None)
        assert os.umask(0o022) == 0o077
    finally:
        os.umask(before)
