from service.analysis import lists
from service.analysis.question import Filter
from tests.snapshots import opened, row
from triage.profile import Profile


def test_a_request_that_nobody_has_dispatched_has_no_unit_and_says_so(kaiping: Profile) -> None:
    rows = [row(1), row(2, final_unit=None, last_unit=None), row(3, sent=[("ZJ", 5)], suggested_unit="ZJ"), row(4, sent=[("was", 5)])]
    found = lists.requests(opened(rows), kaiping, Filter(), frozenset(), 0, 50)
    told = {each["id"]: each["unit"] for each in found}
    assert told == {1: "未派单", 2: "未派单", 3: kaiping.units["ZJ"].short, 4: "was(现行表中没有)"}
    assert [each["suggested_unit"] for each in found] == ["无建议", kaiping.units["ZJ"].short, "无建议", "无建议"]
