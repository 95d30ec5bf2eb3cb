import pytest

from triage.columns import USUAL, Columns, find_columns, other_texts
from triage.errors import UsageError
from triage.records import Request


@pytest.mark.parametrize("name", USUAL["text"])
def test_finds_the_text_by_its_usual_names(name: str) -> None:
    assert find_columns(["x", name.upper()], Columns(), "f.csv").text == name.upper()


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("工单编号 诉求标题 诉求内容", Columns("诉求内容", "诉求标题", "工单编号")),
        ("id title text", Columns("text", "title", "id")),
        (
            "编号 内容 诉求人类型 镇街 受理渠道 受理时间",
            Columns("内容", "", "编号", {"caller_kind": "诉求人类型", "place": "镇街", "channel": "受理渠道", "received_at": "受理时间"}),
        ),
        ("内容 text", Columns("text")),
    ],
)
def test_finds_what_is_obvious(header: str, found: Columns) -> None:
    assert find_columns(header.split(), Columns(), "f.csv") == found


def test_what_is_told_wins() -> None:
    told = Columns("备注", "摘要", "号", {"place": "地"})
    assert find_columns("id text title place 备注 摘要 号 地".split(), told, "f.csv") == told


def test_a_told_column_is_not_found_a_second_time_as_a_field() -> None:
    assert find_columns(["时间"], Columns("时间"), "f.csv") == Columns("时间")


def test_a_told_text_column_is_not_the_title_as_well() -> None:
    assert find_columns(["标题"], Columns("标题"), "f.csv") == Columns("标题")


@pytest.mark.parametrize("told", [Columns("正文"), Columns("text", "正文"), Columns("text", "", "正文"), Columns("text", fields={"place": "正文"})])
def test_a_told_column_must_be_there(told: Columns) -> None:
    with pytest.raises(UsageError, match=r"f\.csv:1: no column 正文; it has text, id") as caught:
        find_columns(["text", "id"], told, "f.csv")
    assert caught.value.code == "missing_column"


def test_a_text_column_must_be_found() -> None:
    with pytest.raises(UsageError, match=r"no column looks like the text; it has a, b. Name it: --text COLUMN"):
        find_columns(["a", "b"], Columns(), "f.csv")


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--field colour: no such field. Use caller_kind, place, channel, received_at") as caught:
        find_columns(["text"], Columns(fields={"colour": "text"}), "f.csv")
    assert caught.value.code == "bad_field"


def test_a_row_becomes_a_request() -> None:
    columns = Columns("t", "h", "n", {"caller_kind": "c", "place": "p"})
    assert columns.request({"t": " 路灯 ", "h": "标题", "n": "7", "c": " 企业 "}) == Request(" 路灯 ", "标题", "7", caller_kind="企业")


def test_a_row_without_a_time_came_in_on_the_day_that_is_told() -> None:
    columns = Columns("t", fields={"received_at": "r"})
    received = [columns.request({"t": "路灯", "r": cell}, "2026-01-31").received_at for cell in ("", "昨天", "2026-07-01 ")]
    assert received == ["2026-01-31", "2026-01-31", "2026-07-01"]
    assert Columns("t").request({"t": "路灯"}, "2026-01-31").received_at == "2026-01-31"
    assert columns.request({"t": "路灯", "r": "昨天"}).received_at == "昨天"


def test_other_columns_that_look_like_the_text() -> None:
    header = "id 内容 标题 诉求内容 时间 正文".split()
    assert other_texts(header, find_columns(header, Columns(), "f.csv")) == ["内容", "正文"]
    assert other_texts(header, find_columns(header, Columns("正文", "内容"), "f.csv")) == ["诉求内容"]
    assert other_texts(["id", "text"], Columns("text")) == []
