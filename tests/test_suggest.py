import gc
import json
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage import Engine, Request, Suggestion, bundle, suggest
from triage.decide import EVERYONE
from triage.errors import BundleError, ProfileError, RequestError, UsageError
from triage.normalize import MAX_CHARS
from triage.profile import Profile
from triage.records import Refusal
from triage.rules import RANK

# What must hold of these whatever model is shipped: first unit, domain of the first item, town, urgency, never automatic.
GOLDEN = (
    (Request("水口镇有家厂老板拖欠工资三个月"), "RS", "01", "440783117", "一般", False),
    (Request("马岗镇圩场路边垃圾成堆没人清扫"), "ZJX", "07", "440783107", "一般", False),
    (Request("三埠街道环卫工人不来,路边垃圾堆没人清扫"), "CG", "07", "440783001", "一般", False),
    (Request("楼下好大阵煤氣味,唔知邊度漏"), "", "", "", "特急", True),
    (Request("我要舉報,有人拿刀砍人"), "", "", "", "特急", True),
    (Request("超市卖的牛奶过期了,要求赔偿", title="食品过期"), "SC", "", "", "一般", False),
    (Request("公办小学学位怎么申请,孩子今年上一年级"), "JY", "", "", "一般", False),
)
BAD = (
    ("", "text_empty"),
    ("  \n\u3000", "text_empty"),
    ("路", "text_empty"),
    ("路" * 200_000, "text_too_long"),
    ("路灯\x00坏了", "nul_byte"),
    ("路灯坏了\ud800", "lone_surrogate"),
    ("路灯\ufffd坏了", "mojibake"),
)


def one(engine: Engine, request: Request) -> Suggestion:
    """The fast way, beside a request that can be read."""
    answer = engine.suggest_many([Request("路灯坏了"), request], thorough=True)[1]
    assert isinstance(answer, Suggestion)
    return answer


def check_contract(answer: Suggestion, engine: Engine) -> None:
    assert engine.profile is not None
    assert [unit.p for unit in answer.units] == sorted((unit.p for unit in answer.units), reverse=True)
    assert [item.p for item in answer.items] == sorted((item.p for item in answer.items), reverse=True)
    assert len({unit.code for unit in answer.units}) == len(answer.units) == 3
    assert len({item.code for item in answer.items}) == len(answer.items) == 3
    assert all(-1e-4 <= each.p <= 1.0001 for each in (*answer.units, *answer.items))
    assert sum(unit.p for unit in answer.units) <= 1.001
    assert sum(item.p for item in answer.items) <= 1.001
    for item in answer.items:
        assert item.path == tuple(engine.profile.items[code].name for code in engine.profile.path(item.code))
        assert 1 <= item.level <= len(item.path)
    for unit in answer.units:
        assert unit.code in engine.profile.units
        assert unit.area == (answer.place.town if unit.code == engine.profile.town_unit else "")
    assert answer.units[0].code not in [unit.code for unit in answer.co_units]
    assert answer.urgency in RANK
    assert answer.urgency == "特急" or not any(rule.level == "特急" for rule in answer.rules)
    assert answer.decision in ("auto", "suggest", "manual")
    assert answer.why
    if answer.decision == "auto":
        assert answer.urgency == "一般"
        assert not any(rule.kind for rule in answer.rules)


@pytest.mark.parametrize(("request_", "unit", "domain", "town", "urgency", "stopped"), GOLDEN)
def test_golden(engine: Engine, request_: Request, unit: str, domain: str, town: str, urgency: str, stopped: bool) -> None:
    answer = one(engine, request_)
    assert unit in ("", answer.units[0].code)
    assert answer.items[0].code.startswith(domain)
    assert (answer.place.town, answer.urgency) == (town, urgency)
    assert (answer.decision == "manual") or not stopped


def test_contract_on_the_examples(engine: Engine, examples: list[dict[str, str]]) -> None:
    rows = examples[::10]
    requests = [Request(row["text"], row["title"], row["id"], row["caller_kind"], channel=row["channel"]) for row in rows]
    answers = engine.suggest_many(requests)
    assert [answer.id for answer in answers if isinstance(answer, Suggestion)] == [row["id"] for row in rows]
    for answer in answers:
        assert isinstance(answer, Suggestion)
        check_contract(answer, engine)


def test_reports_of_wrongdoing_never_go_out_by_themselves(engine: Engine, examples: list[dict[str, str]]) -> None:
    answers = engine.suggest_many([Request(row["text"], row["title"]) for row in examples])
    reports = [answer for answer in answers if isinstance(answer, Suggestion) and answer.type == "举报"]
    assert len(reports) > 50
    assert {answer.decision for answer in reports} == {"manual"}


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=()), max_size=200), st.text(st.characters(exclude_categories=()), max_size=20))
def test_any_text_gets_a_suggestion_or_a_request_error(toy_engine: Engine, text: str, title: str) -> None:
    good, answer = toy_engine.suggest_many([Request("路灯坏了"), Request(text, title)])
    assert isinstance(good, Suggestion)
    if isinstance(answer, Suggestion):
        check_contract(answer, toy_engine)
    else:
        assert answer.code in {code for _, code in BAD}


@pytest.mark.parametrize(("text", "code"), BAD)
def test_a_bad_request_is_its_own_error_only(toy_engine: Engine, text: str, code: str) -> None:
    before, bad, after = toy_engine.suggest_many([Request("路灯坏了", id="1"), Request(text, id="2"), Request("拖欠工资", id="3")])
    assert isinstance(bad, RequestError)
    assert bad.code == code
    assert [answer.id for answer in (before, after) if isinstance(answer, Suggestion)] == ["1", "3"]


@pytest.mark.parametrize(("text", "code"), BAD)
def test_suggest_raises_what_suggest_many_returns(toy_engine: Engine, text: str, code: str) -> None:
    with pytest.raises(RequestError) as caught:
        toy_engine.suggest(Request(text))
    assert caught.value.code == code


def test_all_requests_may_be_bad(toy_engine: Engine) -> None:
    assert [type(answer) for answer in toy_engine.suggest_many([Request(""), Request(" ")])] == [RequestError, RequestError]


def test_no_requests(toy_engine: Engine) -> None:
    assert toy_engine.suggest_many([]) == []


@pytest.mark.parametrize(
    "text", ["=cmd()|'/C calc'!A0 路灯", "<script>alert(1)</script>路灯坏了", "路灯坏了" * (MAX_CHARS // 4), "😀😀路灯坏了", "lamp broken"]
)
def test_odd_but_readable_texts(toy_engine: Engine, text: str) -> None:
    check_contract(one(toy_engine, Request(text)), toy_engine)


def test_a_title_alone_is_enough(toy_engine: Engine) -> None:
    assert one(toy_engine, Request("", title="老板拖欠工资")).units[0].code == "RS"


def test_spans_point_into_the_text_as_received(engine: Engine) -> None:
    text, title = "<p>電話：１３８００００１２３４</p>\n粵J12345，我叫張三", "李先生來電"
    answer = one(engine, Request(text, title))
    received = {"title": title, "text": text}
    assert [(span.kind, received[span.field][span.start : span.end]) for span in answer.clean.spans] == [
        ("姓名", "李"),
        ("手机", "１３８００００１２３４"),
        ("车牌", "粵J12345"),
        ("姓名", "張三"),
    ]
    assert not any(secret in json.dumps(asdict(answer), ensure_ascii=False) for secret in ("13800001234", "J12345", "张三", "張三"))


def test_an_answer_does_not_depend_on_its_neighbours(toy_engine: Engine, examples: list[dict[str, str]]) -> None:
    requests = [Request(row["text"], row["title"], row["id"]) for row in examples[::9]]
    whole = toy_engine.suggest_many(requests)
    assert len(requests) > 256
    for index in (0, 100, 255, 256, len(requests) - 1):
        alone = toy_engine.suggest_many([requests[index]])[0]
        together = whole[index]
        assert isinstance(alone, Suggestion)
        assert isinstance(together, Suggestion)
        assert [unit.code for unit in alone.units][:1] == [unit.code for unit in together.units][:1]
        assert alone.units[0].p == pytest.approx(together.units[0].p, abs=2e-4)
        assert (alone.clean, alone.place, alone.rules, alone.urgency) == (together.clean, together.place, together.rules, together.urgency)


def test_threads_share_an_engine(toy_engine: Engine, examples: list[dict[str, str]]) -> None:
    requests = [Request(row["text"]) for row in examples[:60]]
    with ThreadPoolExecutor(4) as pool:
        assert all(answers == toy_engine.suggest_many(requests) for answers in pool.map(toy_engine.suggest_many, [requests] * 8))


def test_what_is_known_helps(engine: Engine) -> None:
    text = "路边垃圾成堆没人清扫"
    assert one(engine, Request(text)).place.town == ""
    assert one(engine, Request(text, place="水口镇")).units[0].area == "440783117"
    assert one(engine, Request(text, place="翠山湖园区")).units[0].code == "CSH"
    loan = "想申请贷款,需要什么材料"
    company, person = (sum(item.p for item in one(engine, Request(loan, caller_kind=kind)).items if item.code[0] == "E") for kind in ("企业", "个人"))
    assert company > person


@pytest.mark.parametrize("day", ["2026-07-01", "2026/07/01", "2026-07-01T08:00:00", "2026-07-01 08:00:00", "last week", "99999999", "９"])
def test_any_time_of_receipt_is_taken(toy_engine: Engine, day: str) -> None:
    assert one(toy_engine, Request("路灯坏了", received_at=day)).units


def test_the_time_of_receipt_picks_the_rows(toy: Path, profile_copy: Path) -> None:
    path = profile_copy / "responsibility.csv"
    text = path.read_text(encoding="utf-8-sig")
    assert "010101,*,RS,lead,,劳动保障监察条例,,," in text
    text = text.replace("010101,*,RS,lead,,劳动保障监察条例,,,", "010101,*,RS,lead,,劳动保障监察条例,,2026-06-30,")
    path.write_text(text + "010101,*,GH,lead,,新规定,2026-07-01,,,confirmed,\r\n", encoding="utf-8")
    engine = Engine.load(profile_copy, toy)
    wages = "厂里老板拖欠工资不发"

    def sway(day: str) -> float:
        units = one(engine, Request(wages, received_at=day)).units
        return sum(unit.p for unit in units if unit.code == "GH")

    assert sway("2026-07-01") > sway("2026-06-30")


def test_versions_name_engine_model_and_profile(engine: Engine) -> None:
    versions = one(engine, Request("路灯坏了")).versions
    assert engine.profile is not None
    assert versions.model == engine.bundle.manifest["version"]
    assert versions.profile == f"kaiping@{engine.profile.version}+{engine.profile.fingerprint}"
    assert versions.engine


def test_an_edited_table_is_another_profile(toy: Path, profile_copy: Path) -> None:
    first = Engine.load(profile_copy, toy).versions.profile
    with (profile_copy / "places.csv").open("a", encoding="utf-8") as file:
        file.write("新村,440783117,village,confirmed,\r\n")
    assert Engine.load(profile_copy, toy).versions.profile != first


def test_a_suggestion_is_json(engine: Engine) -> None:
    found = json.loads(json.dumps(asdict(engine.suggest(Request("水口镇的路灯坏了", id="7")))))
    assert found.keys() == set(
        "id type type_p items units co_units place urgency rules questions matters facts deadlines decision why clean versions".split()
    )
    assert found["units"][0].keys() == set("code name role area p row reasons".split())
    assert found["items"][0].keys() == set("code path p level".split())


def test_without_a_profile(toy: Path) -> None:
    answer = Engine.load("none", toy).suggest(Request("水口镇着火了,电话13800001234"))
    assert (answer.place.town, answer.rules, answer.co_units, answer.versions.profile) == ("", (), (), "none")
    assert answer.units[0].code == answer.units[0].name
    assert answer.clean.text == "水口镇着火了,电话〔手机〕"


def test_a_model_of_another_profile_is_refused(toy: Path, profile_copy: Path) -> None:
    (profile_copy / "overlaps.csv").unlink()
    for name in ("units.csv", "responsibility.csv"):
        path = profile_copy / name
        path.write_text(path.read_text(encoding="utf-8-sig").replace("RS,", "RENSHE,"), encoding="utf-8")
    with pytest.raises(BundleError, match=r"'RS'.*--profile none"):
        Engine.load(profile_copy, toy)


def test_a_model_of_another_city_is_refused(toy: Path, profile_copy: Path) -> None:
    head = profile_copy / "profile.toml"
    head.write_text(head.read_text(encoding="utf-8").replace('code = "kaiping"', 'code = "elsewhere"'), encoding="utf-8")
    with pytest.raises(BundleError, match="trained with profile kaiping, not elsewhere"):
        Engine.load(profile_copy, toy)


def test_a_profile_with_errors_is_refused(toy: Path, profile_copy: Path) -> None:
    with (profile_copy / "places.csv").open("a", encoding="utf-8") as file:
        file.write("新村,999,village,confirmed,\r\n")
    with pytest.raises(ProfileError, match="no town '999'"):
        Engine.load(profile_copy, toy)


def test_a_profile_or_model_that_is_not_there(toy: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Engine.load(tmp_path / "none", toy)
    with pytest.raises(BundleError):
        Engine.load(model=tmp_path / "none")


def test_several_matters_each_have_their_lead_and_their_place_in_what_was_received(engine: Engine) -> None:
    text = "我是张三,电话13800001234。一、长沙光华路的路灯坏了三天没人修。二、我去年在新昌的健身房办卡,现在关门了不退钱。"
    answer = one(engine, Request(text))
    assert [matter.unit.code for matter in answer.matters] == ["CG", "WG"]
    assert answer.decision != "auto"
    for matter in answer.matters:
        assert text[matter.start : matter.end].startswith(("一、", "二、"))
    assert not any("1380" in matter.text or "张三" in matter.text for matter in answer.matters)


def test_matters_are_looked_for_only_where_they_decide(engine: Engine) -> None:
    unclear = "一、长沙光华路的路灯坏了三天没人修。二、我去年在新昌的健身房办卡,现在关门了不退钱。"
    requests = [Request(unclear), Request("1、路灯坏了。另外,路灯也不亮。"), Request("水口镇路灯坏了")]
    quick, whole = engine.suggest_many(requests), engine.suggest_many(requests, thorough=True)
    assert [answer.decision for answer in quick if isinstance(answer, Suggestion)] == [a.decision for a in whole if isinstance(a, Suggestion)]
    assert isinstance(quick[0], Suggestion) and isinstance(whole[0], Suggestion)
    assert (quick[0].matters, len(whole[0].matters)) == ((), 2)


def test_one_matter_is_not_split(engine: Engine) -> None:
    assert one(engine, Request("1、光华路的路灯坏了。2、光华路的路灯晚上不亮,走路看不见。")).matters == ()


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_outside_of_the_calendar_is_unreadable(toy_engine: Engine, when: str) -> None:
    good, odd = toy_engine.suggest_many([Request("水口镇路灯坏了"), Request("水口镇路灯坏了", received_at=when)])
    assert isinstance(good, Suggestion)
    assert isinstance(odd, Suggestion)
    assert toy_engine.day(Request("", received_at=when)) == toy_engine.now().date()
    assert all(not each.due and each.note for each in odd.deadlines)


@pytest.mark.parametrize(
    "field",
    [
        *({name: None} for name in ("text", "title", "id", "caller_kind", "place", "channel", "received_at", "answers", "refused")),
        {"text": 5},
        {"answers": {"noise": None}},
        {"refused": (None,)},
        {"refused": (Refusal("CG", None),)},  # type: ignore[arg-type]
    ],
    ids=str,
)
def test_a_field_of_another_type_is_that_requests_error(toy_engine: Engine, field: dict[str, object]) -> None:
    bad = Request(**{"text": "水口镇路灯坏了", **field})  # type: ignore[arg-type]
    first, error, last = toy_engine.suggest_many([Request("水口镇路灯坏了"), bad, Request("老板拖欠工资")])
    assert isinstance(first, Suggestion)
    assert isinstance(last, Suggestion)
    assert isinstance(error, RequestError)
    assert error.code == "bad_request"
    assert next(iter(field)) in str(error)


def test_the_error_of_a_profile_is_not_the_manifests(toy: Path, kaiping: Profile) -> None:
    model = bundle.read(toy)
    nameless = replace(kaiping, towns={"1": next(iter(kaiping.towns.values()))._replace(name="", short="")})
    with pytest.raises(AssertionError) as caught:
        Engine(model, nameless)
    told = suggest._blame(model, nameless, toy, caught.value)
    assert "profile kaiping cannot be used" in str(told)
    spoilt = replace(model, manifest={key: value for key, value in model.manifest.items() if key != "thresholds"})
    assert all("the manifest" in str(suggest._blame(spoilt, city, toy, KeyError("thresholds"))) for city in (kaiping, None))


def test_an_answer_to_a_question_that_was_never_open_is_no_fact(toy_engine: Engine) -> None:
    asked = Request("老板拖欠工资三个月不发", answers={"noise": "noise.site"})
    assert "noise" not in {fact.issue for fact in toy_engine.suggest(asked).facts}


def test_suspended_units_get_nothing_by_themselves_until_they_are_released(toy: Path, kaiping: Profile) -> None:
    sure = Engine(
        bundle.Bundle({**(model := bundle.read(toy)).manifest, "thresholds": {**model.manifest["thresholds"], "auto": 0.3}}, model.arrays), kaiping
    )
    request = Request("老板拖欠工资三个月, 打电话也不接")
    first = sure.suggest(request)
    assert first.decision == "auto"
    sure.suspend({first.units[0].code})
    held = sure.suggest(request)
    assert (held.decision, held.units[0].p) == ("suggest", first.units[0].p)
    assert held.why.endswith(f"但{first.units[0].name}近期退改率上升, 已暂停自动派单")
    sure.suspend({EVERYONE})
    assert sure.suggest(request).decision == "suggest"
    sure.suspend(frozenset())
    assert sure.suggest(request) == first


def test_without_rules_nothing_goes_out_by_itself(toy: Path) -> None:
    model = bundle.read(toy)
    sure = Engine(bundle.Bundle({**model.manifest, "thresholds": {**model.manifest["thresholds"], "auto": 0.3}}, model.arrays), None)
    answer = sure.suggest(Request("老板拖欠工资三个月, 打电话也不接"))
    assert answer.decision == "suggest"
    assert answer.why.endswith("但没有规则表把关, 须由人确认")


def test_two_towns_named_alike_are_asked_about(engine: Engine) -> None:
    answer = engine.suggest(Request("水口镇和赤坎镇的路灯都坏了半个月,晚上走路很黑。"))
    assert (answer.place.name, answer.place.rivals) == ("水口镇", ("赤坎镇",))
    assert answer.decision != "auto"


def test_a_unit_that_does_not_exist_cannot_be_suspended(toy_engine: Engine) -> None:
    before = toy_engine.suspended
    with pytest.raises(UsageError, match="no unit XX, YY@440783117 to suspend"):
        toy_engine.suspend({"RS", "XX", "YY@440783117"})
    assert toy_engine.suspended == before


def test_an_engine_goes_when_nobody_holds_it_though_the_collector_never_looks_at_it(toy: Path) -> None:
    engine = Engine.load(model=toy)
    engine.suggest(Request("路灯坏了半个月"))
    gone = weakref.ref(engine)
    gc.disable()
    try:
        del engine
        assert gone() is None
    finally:
        gc.enable()
