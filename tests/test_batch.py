import contextlib
import csv
import gc
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from triage import Engine, Request, Suggestion
from triage.answers import suggest
from triage.batch import ANSWER, MASKED, Summary, classify_file
from triage.columns import Columns
from triage.errors import RequestError, UsageError
from triage.journal import read_progress

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
    told: list[tuple[int, int]] = []
    source = write(tmp_path / "in.csv", [["text"], *([TEXTS[0]] for _ in range(2100))])
    classify_file(toy_engine, source, tmp_path / "out.csv", Columns(), progress=lambda *rows: told.append(rows))
    assert told == [(0, 2100), (1024, 2100), (2048, 2100), (2100, 2100)]


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


def test_an_output_that_is_there_is_kept_unless_told_otherwise(toy_engine: Engine, source: Path) -> None:
    target = source.parent / "out.csv"
    target.write_text("old")
    with pytest.raises(UsageError, match="--overwrite") as caught:
        run(toy_engine, source)
    assert (caught.value.code, target.read_text()) == ("output_exists", "old")
    classify_file(toy_engine, source, target, Columns(), overwrite=True)
    assert len(read(target)) == 3
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


class Interrupt:
    """Ctrl-C once so many rows are done."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def __call__(self, done: int, rows: int) -> None:
        if done >= self.rows:
            raise KeyboardInterrupt


def big(folder: Path, rows: int = 5000) -> Path:
    """Rows of which some cannot be read and some repeat an id."""
    texts = (*TEXTS, "", "=1+1 路灯坏了")
    return write(folder / "in.csv", [["id", "text"], *([f"r{number % 4000}", texts[number % len(texts)]] for number in range(rows))])


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "xlsx", "parquet"])
def test_an_interrupted_job_goes_on_to_the_same_bytes(toy_engine: Engine, tmp_path: Path, suffix: str) -> None:
    source = big(tmp_path)
    whole = classify_file(toy_engine, source, tmp_path / f"whole.{suffix}", Columns(), workers=2)
    target = tmp_path / f"out.{suffix}"
    for rows in (1024, 3072):
        with pytest.raises(KeyboardInterrupt):
            classify_file(toy_engine, source, target, Columns(), progress=Interrupt(rows), resume=rows > 1024)
        assert not target.exists()
        assert read_progress(tmp_path / f"out.{suffix}.job").rows == rows
    told: list[int] = []
    again = classify_file(toy_engine, source, target, Columns(), resume=True, progress=lambda done, rows: told.append(done))
    assert told[0] == 3072
    assert target.read_bytes() == (tmp_path / f"whole.{suffix}").read_bytes()
    assert (again, again.values) == (whole, whole.values)
    assert again.errors == {"text_empty": 1000, "duplicate_id": 800}
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["in.csv", target.name, f"whole.{suffix}"])


@pytest.mark.parametrize("workers", [2, 3])
def test_the_result_is_the_same_for_any_number_of_workers(toy_engine: Engine, tmp_path: Path, workers: int) -> None:
    source = big(tmp_path)
    for each in (1, workers):
        classify_file(toy_engine, source, tmp_path / f"{each}.csv", Columns(), with_masked=True, workers=each)
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / f"{workers}.csv").read_bytes()


def test_a_job_that_has_not_ended_is_not_started_over_by_accident(toy_engine: Engine, tmp_path: Path) -> None:
    source, target = big(tmp_path), tmp_path / "out.csv"
    with pytest.raises(UsageError, match="no job to go on with"):
        classify_file(toy_engine, source, target, Columns(), resume=True)
    with pytest.raises(KeyboardInterrupt):
        classify_file(toy_engine, source, target, Columns(), progress=Interrupt(2048))
    with pytest.raises(UsageError, match=r"2048 of 5000 rows are done.*--resume.*--restart") as caught:
        classify_file(toy_engine, source, target, Columns())
    assert caught.value.code == "job_exists"
    assert classify_file(toy_engine, source, target, Columns(), restart=True).rows == 5000


def test_a_job_goes_on_only_with_the_same_input_and_options(toy_engine: Engine, tmp_path: Path) -> None:
    source, target = big(tmp_path), tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        classify_file(toy_engine, source, target, Columns(), progress=Interrupt(2048))
    with pytest.raises(UsageError, match="options") as caught:
        classify_file(toy_engine, source, target, Columns(), resume=True, with_masked=True)
    assert caught.value.code == "job_differs"
    with source.open("a", encoding="utf-8") as file:
        file.write("last,路灯坏了\r\n")
    with pytest.raises(UsageError, match="the input has changed"):
        classify_file(toy_engine, source, target, Columns(), resume=True)


def test_a_source_that_changes_meanwhile_makes_no_output(toy_engine: Engine, tmp_path: Path) -> None:
    source, target = big(tmp_path), tmp_path / "out.csv"

    def spoil(done: int, rows: int) -> None:
        if done == 1024:
            source.write_text(source.read_text(encoding="utf-8").replace("r3500,水口", "r3500,沙塘"), encoding="utf-8")

    with pytest.raises(UsageError) as caught:
        classify_file(toy_engine, source, target, Columns(), progress=spoil)
    assert caught.value.code == "source_changed"
    assert not target.exists()


def test_a_kill_between_output_and_end_is_mended(toy_engine: Engine, tmp_path: Path) -> None:
    source, target = big(tmp_path), tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        classify_file(toy_engine, source, target, Columns(), progress=Interrupt(5000))
    job = tmp_path / "out.csv.job"
    (job / "rows").replace(target)
    assert classify_file(toy_engine, source, target, Columns(), resume=True).rows == 5000
    assert not job.exists()
    assert len(read(target)) == 5000


def test_rows_without_a_time_count_as_received_when_the_job_began(toy_engine: Engine, tmp_path: Path) -> None:
    source, target = big(tmp_path), tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        classify_file(toy_engine, source, target, Columns(), progress=Interrupt(1024), as_of="2026-01-31")
    assert json.loads((tmp_path / "out.csv.job" / "job.json").read_text(encoding="utf-8"))["as_of"] == "2026-01-31"
    with pytest.raises(UsageError, match=r"begun with --as-of 2026-01-31, not 2020-01-01") as caught:
        classify_file(toy_engine, source, target, Columns(), resume=True, as_of="2020-01-01")
    assert caught.value.code == "job_differs"
    assert classify_file(toy_engine, source, target, Columns(), resume=True, as_of="2026-01-31T00:00:00").rows == 5000


class Stumbling:
    """An engine that cannot bear one text."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def suggest_many(self, requests: Sequence[Request]) -> list[Suggestion | RequestError]:
        if any("坏" in each.text for each in requests):
            raise ZeroDivisionError("坏了")
        return self._engine.suggest_many(requests)


def test_a_row_over_which_the_engine_stumbles_fails_alone(toy_engine: Engine) -> None:
    engine: Any = Stumbling(toy_engine)
    first, second, third = suggest(engine, [Request("路边垃圾没人扫"), Request("路灯坏了"), Request("拖欠工资")])
    assert isinstance(first, Suggestion) and isinstance(third, Suggestion)
    assert isinstance(second, RequestError) and second.code == "internal_error"
    assert "坏" not in str(second)


def test_all_cells_of_the_input_on_request(toy_engine: Engine, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [["type", "text", "note"], ["老类型", "路灯坏了", "=cmd()"], ["", "", "-3"]])
    classify_file(toy_engine, source, tmp_path / "out.csv", Columns(), kept=True)
    first, second = read(tmp_path / "out.csv")
    assert list(first) == ["type", "text", "note", *("triage_type" if name == "type" else name for name in ANSWER)]
    assert (first["type"], first["note"], second["note"]) == ("老类型", "'=cmd()", "-3")
    assert second["error"].startswith("text_empty")


def test_nothing_is_left_where_the_input_cannot_be_read_to_its_end(toy_engine: Engine, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('id,text\n1,"' + "路灯坏了\n" * 1_000_000, encoding="utf-8")
    with pytest.raises(UsageError, match="never closed"):
        run(toy_engine, source)
    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize("before", [100, 400])
def test_mixed_encodings_spoil_their_own_rows_only(toy_engine: Engine, tmp_path: Path, before: int) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(
        b"id,text\n"
        + ("1,水口镇路灯坏了" + "，路灯坏了" * 250 + "\n").encode() * before
        + "2,路边垃圾没人扫没人管\n".encode("gb18030")
        + "3,路灯坏了\n".encode()
    )
    rows = run(toy_engine, source)
    assert [(row["id"], row["error"].split(":")[0]) for row in rows[-3:]] == [("1", "duplicate_id"), ("2", "mojibake"), ("3", "")]


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


def test_a_date_that_cannot_be_read_is_told_beside_the_answer(toy_engine: Engine, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [["text", "when"], ["路灯坏了", "05/03/2026"], ["路灯坏了", "2026年3月5日"], ["路灯坏了", ""]])
    classify_file(toy_engine, source, tmp_path / "out.csv", Columns(fields={"received_at": "when"}))
    assert [(row["error"].split(":")[0], bool(row["unit_1"])) for row in read(tmp_path / "out.csv")] == [("bad_date", True), ("", True), ("", True)]


def test_reasons_on_request_come_last(toy_engine: Engine, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [["text"], ["楼道里好大煤气味"], ["水口镇路灯坏了半个月"], [""]])
    classify_file(toy_engine, source, tmp_path / "out.csv", Columns(), with_masked=True, with_reasons=True)
    rows = read(tmp_path / "out.csv")
    assert list(rows[0])[-4:] == [*MASKED, "rules", "why"]
    assert (rows[0]["rules"], rows[0]["decision"]) == ("GAS", "manual")
    assert "燃气泄漏" in rows[0]["why"]
    assert (rows[1]["rules"], bool(rows[1]["why"])) == ("", True)
    assert (rows[2]["rules"], rows[2]["why"]) == ("", "")
