from datetime import date

import pytest

from triage import Engine, Request, Suggestion
from triage.profile import Profile

DAY = date(2026, 7, 1)
WAGES = Request("水口镇一家厂老板拖欠工资三个月不发,我叫张三,电话13800001234", received_at="2026-07-01")


@pytest.fixture(scope="module")
def wages(engine: Engine) -> Suggestion:
    return engine.suggest(WAGES)


def test_the_fast_way_gives_no_reasons_and_changes_nothing_else(engine: Engine, wages: Suggestion) -> None:
    fast = engine.suggest_many([WAGES])[0]
    assert isinstance(fast, Suggestion)
    assert all(unit.reasons == () and unit.row == "" for unit in fast.units)
    assert [(unit.code, unit.p) for unit in fast.units] == [(unit.code, unit.p) for unit in wages.units]
    assert engine.explain(fast, WAGES) == wages


def test_phrases_stand_in_the_masked_text(wages: Suggestion) -> None:
    for unit in wages.units:
        for reason in (reason for reason in unit.reasons if reason.kind == "phrase"):
            words = reason.text.removeprefix("文中用词: ").split("、")
            assert 1 <= len(words) <= 4
            assert all(len(word) > 1 and word in wages.clean.text for word in words)


def test_the_words_that_matter_are_named(wages: Suggestion) -> None:
    assert wages.units[0].code == "RS"
    assert "工资" in next(reason.text for reason in wages.units[0].reasons if reason.kind == "phrase")


def test_personal_data_is_never_a_reason(wages: Suggestion) -> None:
    assert wages.clean.text.endswith("我叫〔姓名〕,电话〔手机〕")
    assert not any(word in reason.text for unit in wages.units for reason in unit.reasons for word in ("张三", "1380"))


def test_placeholders_are_no_words_of_the_text(wages: Suggestion) -> None:
    assert not any(word in reason.text for unit in wages.units for reason in unit.reasons for word in ("姓名", "手机"))


def test_the_table_row_is_the_one_that_gives_the_duty(wages: Suggestion, kaiping: Profile) -> None:
    first = wages.units[0]
    duty = kaiping.lead(wages.items[0].code, wages.place.town, DAY)
    assert duty is not None
    assert first.row == f"responsibility.csv:{duty.row}"
    (reason,) = (reason for reason in first.reasons if reason.kind == "table")
    assert reason.text.startswith("职责表: 劳动和社会保障 / 劳动关系 / ")
    assert "由人社局主办" in reason.text
    assert reason.text.endswith("待市确认") is not duty.confirmed


def test_a_unit_without_a_row_says_so(wages: Suggestion) -> None:
    for unit in wages.units:
        kinds = [reason.kind for reason in unit.reasons]
        assert ("table" in kinds) == bool(unit.row)
        assert ("model" in kinds) == (not unit.row)


def test_the_place_is_a_reason_where_the_town_acts(engine: Engine) -> None:
    found = engine.suggest(Request("水口镇圩场路边垃圾成堆没人清扫"))
    town = next(unit for unit in found.units if unit.code == "ZJX")
    assert town.area == "440783117"
    (reason,) = (reason for reason in town.reasons if reason.kind == "place")
    assert reason.text == "地点: 水口镇 (依据: 水口镇)"


def test_without_a_profile_only_words_and_history_speak(toy: object, engine: Engine) -> None:
    found = Engine.load("none", str(toy)).suggest(WAGES)
    assert {reason.kind for unit in found.units for reason in unit.reasons} <= {"phrase", "model"}
    assert all(unit.row == "" for unit in found.units)


def test_a_text_without_known_words_has_no_phrases(engine: Engine) -> None:
    found = engine.suggest(Request("zz qq"))
    assert all(unit.reasons for unit in found.units)


def test_every_place_of_a_phrase_is_found_among_many_masked_stretches(engine: Engine) -> None:
    text = "陈先生拖欠工资," * 300
    found = engine.suggest(Request(text))
    spans = [span for unit in found.units for reason in unit.reasons if reason.kind == "phrase" for span in reason.spans]
    assert spans
    assert {text[span.start : span.end] for span in spans} <= {"拖欠", "工资", "先生", "拖欠工资"}
