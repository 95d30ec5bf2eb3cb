import numpy as np

from triage.exceptions import HIDDEN, Exceptions
from triage.phrases import read

ONE = np.zeros(40, dtype=np.int32)


def exceptions(*parts: str) -> Exceptions:
    return Exceptions(map(read, parts))


def test_none_are_false() -> None:
    assert not exceptions()
    assert exceptions("演练")
    assert exceptions("炉")


def test_stand() -> None:
    assert exceptions("(消防|着火)演练").stand("搞消防演练")
    assert not exceptions("(消防|着火)演练").stand("消防通道")
    assert exceptions("炉").stand("煤炉")


def test_hides_also_what_overlaps() -> None:
    assert exceptions("怕火", "火灾隐患").hide("怕火灾隐患多", ONE) == HIDDEN * 5 + "多"


def test_long_lists_hide_the_whole_and_nothing_else() -> None:
    many = exceptions("(怕|会|易|恐)(有|再|又|)(引发|引起|造成|导致|发生|)(大|小|)(火灾|着火)")
    assert many.hide("怕引发大火灾,有人着火", ONE[:11]) == HIDDEN * 6 + ",有人着火"
    assert many.hide("我怕有人着火", ONE) == "我怕有人着火"


def test_does_not_hide_across_clauses() -> None:
    assert exceptions("怕着火").hide("我怕着火了", np.array([0, 0, 1, 1, 1], dtype=np.int32)) == "我怕着火了"
