import contextlib
import csv
import gc
import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest

from triage import Engine, Request, Suggestion
from triage.batch import ANSWER, MASKED, Summary, classify_file
from triage.columns import Columns
from triage.errors import UsageError

TEXTS = ("水口镇路灯坏了", "老板拖欠工资,电话13800001234", "路边垃圾没人扫")


def write(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "in.csv", [["编号", "内容"], *([str(number), text] for number, text in enumerate(TEXTS, start=10))])


def run(engine: Engine, source: Path, told: Columns | None = None, *, with_masked: bool = False) -> list[dict[str, str]]:
    target = source.parent / "out.csv"
    summary = classify_file(engine, source, target, told or Columns(), with_masked=with_masked)
    rows = read(target)
    assert summary.rows == len(rows)
    return rows


def test_a_row_says_what_a_suggestion_says(toy_engine: Engine, source: Path) -> None:
    rows = run(toy_engine, source)
    assert list(rows[0]) == ["编号", *ANSWER]
    assert [row["编号"] for row in rows] == ["10", "11", "12"]
    for row, answer in zip(rows, toy_engine.suggest_many([Request(text) for text in TEXTS]), strict=True):
        assert isinstance(answer, Suggestion)
        assert [row[f"unit_{number}"] for number in (1, 2, 3)] == [unit.code for unit in answer.units]
        assert [row[f"item_{number}"] for number in (1, 2, 3)] == [item.code for item in answer.items]
        assert float(row["unit_1_p"]) == pytest.approx(answer.units[0].p, abs=1e-4)
        assert float(row["item_1_p"]) == pytest.approx(answer.items[0].p, abs=1e-4)
        assert float(row["type_p"]) == pytest.approx(answer.type_p, abs=1e-4)
        assert row["co_units"] == ";".join(unit.code for unit in answer.co_units)
        assert (row["type"], row["urgency"], row["town"], row["decision"], row["error"]) == (
            answer.type, answer.urgency, answer.place.town, answer.decision, "",
        )  # fmt: skip


def test_every_row_once_in_order_across_chunks(toy_engine: Engine, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [["id", "text"], *([f"r{number}", TEXTS[number % 3]] for number in range(2500))])
    rows = run(toy_engine, source)
    assert [row["id"] for row in rows] == [f"r{number}" for number in range(2500)]
    assert len({row["unit_1"] for row in rows[::3]}) == 1


def test_progress_is_told(toy_engine: Engine, tmp_path: Path) -> None:
    told: list[int] = []
    source = write(tmp_path / "in.csv", [["text"], *([TEXTS[0]] for _ in range(2100))])
    classify_file(toy_engine, source, tmp_path / "out.csv", Columns(), progress=told.append)
    assert told == [1024, 2048, 2100]


def test_bad_rows_fill_their_own_error_only(toy_engine: Engine, tmp_path: Path) -> None:
    texts = ("路灯坏了", "", "路", "路" * 60_000, "路灯\x00", "路灯\ufffd", "=cmd()|路灯坏了")
    source = write(tmp_path / "in.csv", [["id", "text"], *([str(number), text] for number, text in enumerate(texts))])
    rows = run(toy_engine, source)
    assert [row["error"].split(":")[0] for row in rows] == ["", "text_empty", "text_empty", "text_too_long", "nul_byte", "mojibake", ""]
    assert all(not row[column] for row in rows if row["error"] for column in ANSWER if column != "error")
    assert all(row["unit_1"] and row["decision"] for row in rows if not row["error"])
    assert "\n" not in "".join(row["error"] for row in rows)


def test_the_summary_counts_errors(toy_engine: Engine, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [["id", "text"], ["1", "路灯坏了"], ["1", "路灯坏了"], ["2", ""], ["3", "x"]])
    assert classify_file(toy_engine, source, tmp_path / "out.csv", Columns()) == Summary(4, {"duplicate_id": 1, "text_empty": 2})


def test_all_rows_may_be_bad(toy_engine: Engine, tmp_path: Path) -> None:
    assert [row["error"].split(":")[0] for row in run(toy_engine, write(tmp_path / "in.csv", [["id", "text"], ["1", ""]]))] == ["text_empty"]


def test_ragged_rows(toy_engine: Engine, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,text,channel\n1,路灯坏了\n2,路灯坏了,电话\n3,路灯坏了,电话,多\n", encoding="utf-8")
    assert [(row["id"], row["error"]) for row in run(toy_engine, source)] == [
        ("1", "ragged_row: row 2 has 2 cells, the header 3"),
        ("2", ""),
        ("3", "ragged_row: row 4 has 4 cells, the header 3"),
    ]


def test_duplicate_ids_are_answered_and_told(toy_engine: Engine, tmp_path: Path) -> None:
    rows = run(toy_engine, write(tmp_path / "in.csv", [["id", "text"], ["a", "路灯坏了"], ["b", "路灯坏了"], ["a", "拖欠工资"]]))
    assert [row["error"] for row in rows] == ["", "", "duplicate_id: 'a' stands in row 2 already"]
    assert rows[2]["unit_1"]


def test_without_an_id_column_rows_are_numbered(toy_engine: Engine, tmp_path: Path) -> None:
    assert [row["id"] for row in run(toy_engine, write(tmp_path / "in.csv", [["text"], ["路灯坏了"], ["拖欠工资"]]))] == ["1", "2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(toy_engine: Engine, source: Path, encoding: str) -> None:
    text = source.read_text(encoding="utf-8")
    source.write_text(text, encoding=encoding)
    rows = run(toy_engine, source, with_masked=True)
    assert [row["masked_text"] for row in rows] == ["水口镇路灯坏了", "老板拖欠工资,电话〔手机〕", "路边垃圾没人扫"]


def test_big5(toy_engine: Engine, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [["內容"], ["水口鎮的路燈壞了三天沒有人來修"]], "big5")
    (row,) = run(toy_engine, source, Columns("內容"), with_masked=True)
    assert (row["town"], row["masked_text"]) == ("440783117", "水口镇的路灯坏了三天没有人来修")


def test_a_traditional_header(toy_engine: Engine, tmp_path: Path) -> None:
    assert run(toy_engine, write(tmp_path / "in.csv", [["內容"], ["路燈壞了"]]))


def test_masked_texts(toy_engine: Engine, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [["title", "text"], ["李先生来电", "电话１３８００００１２３４"], ["", ""], ["=1+1", "-路灯坏了"]])
    rows = run(toy_engine, source, with_masked=True)
    assert list(rows[0])[-2:] == list(MASKED)
    assert [(row["masked_title"], row["masked_text"]) for row in rows] == [("〔姓名〕先生来电", "电话〔手机〕"), ("", ""), ("'=1+1", "'-路灯坏了")]


def test_masked_texts_are_left_out_unless_asked_for(toy_engine: Engine, source: Path) -> None:
    target = source.parent / "out.csv"
    classify_file(toy_engine, source, target, Columns())
    assert "路灯" not in target.read_text(encoding="utf-8-sig")


def test_an_id_is_no_formula(toy_engine: Engine, tmp_path: Path) -> None:
    (row,) = run(toy_engine, write(tmp_path / "in.csv", [["id", "text"], ["=cmd()", "路灯坏了"]]))
    assert not row["id"].startswith("=")


def test_known_fields_help(toy_engine: Engine, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [["text", "where"], ["路边垃圾成堆没人扫", "水口镇"], ["路边垃圾成堆没人扫", ""]])
    assert [row["town"] for row in run(toy_engine, source, Columns(fields={"place": "where"}))] == ["440783117", ""]


@pytest.mark.parametrize(
    ("told", "code"),
    [(Columns("body"), "missing_column"), (Columns(id="no"), "missing_column"), (Columns(fields={"place": "no"}), "missing_column"),
     (Columns(fields={"colour": "text"}), "bad_field")],
)  # fmt: skip
def test_columns_that_are_not_there(toy_engine: Engine, tmp_path: Path, told: Columns, code: str) -> None:
    source = write(tmp_path / "in.csv", [["text"], ["路灯坏了"]])
    with pytest.raises(UsageError) as caught:
        run(toy_engine, source, told)
    assert caught.value.code == code
    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


def test_a_refused_input_is_closed(toy_engine: Engine, source: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with contextlib.suppress(UsageError):
            classify_file(toy_engine, source, source.parent / "none" / "out.csv", Columns())
        gc.collect()
    assert [each.category for each in caught] == []


def test_the_input_is_never_overwritten(toy_engine: Engine, source: Path) -> None:
    before = source.read_bytes()
    link = source.parent / "link.csv"
    link.symlink_to(source)
    for target in (source, link):
        with pytest.raises(UsageError) as caught:
            classify_file(toy_engine, source, target, Columns())
        assert caught.value.code == "same_file"
    assert source.read_bytes() == before


def test_an_older_output_is_replaced(toy_engine: Engine, source: Path) -> None:
    target = source.parent / "out.csv"
    target.write_text("old")
    assert len(run(toy_engine, source)) == 3
    assert oct(target.stat().st_mode)[-3:] == "644"


def test_no_folder_to_write_to(toy_engine: Engine, source: Path) -> None:
    with pytest.raises(UsageError) as caught:
        classify_file(toy_engine, source, source.parent / "none" / "out.csv", Columns())
    assert caught.value.code == "no_such_folder"


@pytest.mark.parametrize("target", ["/proc/out.csv", "folder"])
def test_a_target_that_cannot_be_written(toy_engine: Engine, source: Path, target: str) -> None:
    (source.parent / "folder").mkdir()
    with pytest.raises(UsageError):
        classify_file(toy_engine, source, source.parent / target, Columns())


def test_a_failure_leaves_neither_draft_nor_output(toy_engine: Engine, tmp_path: Path) -> None:
    def fail(rows: int) -> None:
        raise KeyboardInterrupt

    source = write(tmp_path / "in.csv", [["text"], *([TEXTS[0]] for _ in range(1100))])
    with pytest.raises(KeyboardInterrupt):
        classify_file(toy_engine, source, tmp_path / "out.csv", Columns(), progress=fail)
    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


def test_a_file_with_zero_rows(toy_engine: Engine, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [["id", "text"]])
    target = tmp_path / "out.csv"
    assert classify_file(toy_engine, source, target, Columns()) == Summary(0, {})
    assert target.read_text(encoding="utf-8-sig").splitlines() == [",".join(["id", *ANSWER])]


def test_without_a_profile(toy: Path, source: Path) -> None:
    rows = run(Engine.load("none", toy), source)
    assert {(row["town"], row["co_units"], row["error"]) for row in rows} == {("", "", "")}
    assert all(row["unit_1"] for row in rows)


def test_the_columns_are_those_of_the_contract(toy_engine: Engine, source: Path) -> None:
    contract = "unit_1 unit_2 unit_3 unit_1_p item_1 item_2 item_3 item_1_p type type_p urgency town co_units decision error"
    assert list(run(toy_engine, source)[0]) == ["编号", *contract.split()]


def test_reasons_on_request_come_last(toy_engine: Engine, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [["text"], ["楼道里好大煤气味"], ["水口镇路灯坏了半个月"], [""]])
    classify_file(toy_engine, source, tmp_path / "out.csv", Columns(), with_masked=True, with_reasons=True)
    rows = read(tmp_path / "out.csv")
    assert list(rows[0])[-4:] == [*MASKED, "rules", "why"]
    assert (rows[0]["rules"], rows[0]["decision"]) == ("GAS", "manual")
    assert "燃气泄漏" in rows[0]["why"]
    assert (rows[1]["rules"], bool(rows[1]["why"])) == ("", True)
    assert (rows[2]["rules"], rows[2]["why"]) == ("", "")
