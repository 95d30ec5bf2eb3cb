from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from training.clean import clean
from training.doubts import Doubt
from training.held_out import Verdict, Verdicts
from training.history import Record
from training.suspects import CONFLICT, MODEL, UNKNOWN, Stranger, Suspect, doubted, strange, with_texts
from triage.profile import Profile
from triage.records import Request

WAGES = "老板王先生只发了头一个月的工资, 电话13800001234一直不接"
RECORDS = [
    Record(Request(""), {"unit": "RS"}, source="a.csv:2"),
    Record(Request(WAGES, id="one"), {"unit": "CG"}, time=datetime(2026, 3, 1, 9, 30), source="a.csv:3"),
    Record(Request("泮村牌坊到小学门口那一段的路灯坏了半个月", id="two"), {"unit": "RS"}, source="a.csv:4"),
]
CORPUS = clean(RECORDS, None, similarity=0.8, permutations=64)
VERDICT = Verdict(("CG", "RS"), ("CG", "RS"), np.array([[0.1, 0.9], [0.2, 0.8]], dtype=np.float32), np.array([9, 9]))
VERDICTS = Verdicts({"unit": VERDICT}, csr_matrix(np.eye(2, dtype=np.float32)))


def test_a_doubt_names_the_row_of_the_file_and_not_of_the_corpus() -> None:
    (found,) = doubted("unit", [Doubt(0, "CG", "RS", 0.9, True, (1,), (1, 1))], VERDICTS, CORPUS, RECORDS)
    assert (found.source, found.id, found.time) == ("a.csv:3", "one", datetime(2026, 3, 1, 9, 30))
    assert (found.task, found.given, found.suggested) == ("unit", "CG", "RS")
    assert (found.p, found.p_given, found.share) == (pytest.approx(0.9), pytest.approx(0.1), 0.9)
    assert (found.kinds, found.twins, found.like) == ((MODEL, CONFLICT), ("a.csv:4",), ("a.csv:4",))


@pytest.mark.parametrize(("by_model", "twins", "kinds"), [(True, (), (MODEL,)), (False, (1,), (CONFLICT,))])
def test_the_kind_says_who_doubts(by_model: bool, twins: tuple[int, ...], kinds: tuple[str, ...]) -> None:
    (found,) = doubted("unit", [Doubt(0, "CG", "RS", 0.9, by_model, twins)], VERDICTS, CORPUS, RECORDS)
    assert found.kinds == kinds


def test_a_units_name_in_place_of_its_code_is_told(kaiping: Profile) -> None:
    name = kaiping.units["RS"].name
    (found,) = strange([Stranger(0, "unit", name)], VERDICTS, CORPUS, RECORDS, kaiping)
    assert (found.source, found.given, found.suggested, found.p, found.share) == ("a.csv:2", name, "RS", None, 1.0)
    assert found.kinds == (UNKNOWN,)


def test_for_another_strange_label_the_model_suggests_where_it_read_the_row(kaiping: Profile) -> None:
    unread, read = strange([Stranger(0, "unit", "XX"), Stranger(1, "unit", "XX")], VERDICTS, CORPUS, RECORDS, kaiping)
    assert (unread.suggested, unread.p) == ("", None)
    assert (read.suggested, read.p) == ("RS", pytest.approx(0.9))


def test_texts_are_masked_and_an_unreadable_row_has_none() -> None:
    one = Suspect("a.csv:3", "one", None, "unit", "CG", "RS", 0.9, 0.1, 0.9, (MODEL,))
    read, unread = with_texts([one, replace(one, source="a.csv:2")], RECORDS, None)
    assert "工资" in read.text
    assert "13800001234" not in read.text
    assert unread.text == ""
