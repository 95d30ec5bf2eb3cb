from datetime import date

import numpy as np

from training.clean import Corpus
from training.fit import taught
from training.lessons import Lesson, lessons
from triage.profile import Profile

DAY = date(2026, 1, 1)


def test_without_a_profile_there_are_none() -> None:
    assert lessons(None, DAY) == []


def test_every_item_is_taught_with_its_lead_for_an_unknown_place(kaiping: Profile) -> None:
    taught = {lesson.item: lesson for lesson in lessons(kaiping, DAY) if lesson.item and not lesson.keyword}
    assert taught.keys() == set(kaiping.leaves())
    assert taught["070301"] == Lesson("城市管理 市政设施 路灯", "CG", "070301")


def test_units_are_taught_by_their_words_and_never_those_that_accept_nothing(kaiping: Profile) -> None:
    taught = lessons(kaiping, DAY)
    assert Lesson("专精特新", "KG") in taught
    assert not {lesson.unit for lesson in taught} & {code for code, unit in kaiping.units.items() if unit.accepts == "no"}


def test_the_words_people_use_for_an_item_are_taught(kaiping: Profile) -> None:
    taught = [lesson for lesson in lessons(kaiping, DAY) if lesson.keyword]
    assert {lesson.item for lesson in taught} == set(kaiping.leaves())
    assert Lesson("驾校退费", "JT", "030304", keyword=True) in taught


def test_lessons_stand_below_the_history_and_leave_other_tasks_alone() -> None:
    labels = {"unit": ["A", "B"], "type": ["投诉", "咨询"]}
    corpus = Corpus(["", ""], ["a", "b"], ["", ""], ["", ""], [None, None], np.ones(2, np.float32), labels, np.arange(2), {})
    known = taught(corpus, None, [Lesson("路灯", "A")], {"lesson_weight": 0.5, "keyword_weight": 1.0, "alternate_weight": 0.25})
    assert known.labels["unit"].tolist() == ["A", "B", "A"]
    assert known.labels["type"].tolist() == ["投诉", "咨询", ""]
    assert known.weights.tolist() == [1.0, 1.0, 0.5]
