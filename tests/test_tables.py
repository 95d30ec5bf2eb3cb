import contextlib
import gc
import warnings
from pathlib import Path

import pytest

from triage.errors import Problem, UsageError
from triage.tables import encoding_of, read_rows, read_table, split

TEXT = "编号,内容\r\n1,开平市水口镇的路灯坏了三天没有人来修\r\n2,这个月的工资还没有发\r\n"
TRADITIONAL = "編號,內容\r\n1,開平市水口鎮的路燈壞了三天沒有人來修\r\n2,這個月的工資還沒有發\r\n"


def written(folder: Path, content: bytes | str) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("text", "written_as", "encoding"),
    [
        (TEXT, "utf-8", "utf-8"),
        (TEXT, "utf-8-sig", "utf-8-sig"),
        (TEXT, "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (TEXT, "utf-16", "utf-16"),
        ("\ufeff" + TEXT, "utf-16-be", "utf-16"),
        ("id,text\r\n1,street lamp\r\n", "ascii", "utf-8"),
    ],
)
def test_encodings(tmp_path: Path, text: str, written_as: str, encoding: str) -> None:
    path = written(tmp_path, text.encode(written_as))
    assert encoding_of(path) == encoding
    header, rows = read_rows(path)
    lines = [line.split(",") for line in text.removeprefix("\ufeff").splitlines()]
    assert [header, *(list(row.cells.values()) for row in rows)] == lines


def test_a_character_across_the_sample_is_no_error(tmp_path: Path) -> None:
    assert encoding_of(written(tmp_path, "a" + "路" * 400_000)) == "utf-8"
    assert encoding_of(written(tmp_path, ("a" + "的路" * 300_000).encode("gb18030"))) == "gb18030"


def test_a_short_file_with_one_line_in_another_encoding_stays_utf_8(tmp_path: Path) -> None:
    lines = "编号,诉求内容\n" + "1,水口镇路灯坏了没人修\n" * 5
    path = written(tmp_path, lines.encode() + "6,路边垃圾没人扫没人管\n".encode("gb18030"))
    assert encoding_of(path, mixed=True) == "utf-8"
    header, rows = read_rows(path, mixed=True)
    assert header == ["编号", "诉求内容"]
    assert [("\ufffd" in row["诉求内容"]) for row in rows] == [False] * 5 + [True]
    with pytest.raises(UsageError, match=r":7: this line is not UTF-8") as caught:
        encoding_of(path)
    assert caught.value.code == "bad_encoding"


def test_a_line_of_gb18030_that_looks_like_utf_8_changes_nothing(tmp_path: Path) -> None:
    assert encoding_of(written(tmp_path, ("编号,性别\n" + "1,女\n" * 50).encode("gb18030")), mixed=True) == "gb18030"


def test_no_encoding_fits(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither UTF-8 nor GB18030") as caught:
        encoding_of(written(tmp_path, b"\xff\xff\xff\xff\x80"))
    assert caught.value.code == "bad_encoding"


def test_rows_count_as_a_spreadsheet_does(tmp_path: Path) -> None:
    _, rows = read_rows(written(tmp_path, 'id,text\n1,"two\nlines"\n\n2,x\n'))
    assert [(row.number, row["text"]) for row in rows] == [(2, "two\nlines"), (4, "x")]


def test_ragged_rows_carry_an_error(tmp_path: Path) -> None:
    _, rows = read_rows(written(tmp_path, "id,text\n1,a\n2\n3,b,c\n"))
    assert [(row["id"], row.error) for row in rows] == [("1", ""), ("2", "row 3 has 1 cells, the header 2"), ("3", "row 4 has 3 cells, the header 2")]


def test_an_absent_column_reads_as_empty(tmp_path: Path) -> None:
    _, rows = read_rows(written(tmp_path, "id\n1\n"))
    assert next(rows)["text"] == ""


def test_a_nul_byte_reaches_the_cell(tmp_path: Path) -> None:
    _, rows = read_rows(written(tmp_path, "id,text\n1,a\x00b\n"))
    assert [row["text"] for row in rows] == ["a\x00b"]


def test_a_cell_may_be_large(tmp_path: Path) -> None:
    _, rows = read_rows(written(tmp_path, f"id,text\n1,{'x' * 300_000}\n"))
    assert [len(row["text"]) for row in rows] == [300_000]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("", "empty_file", "needs a header row"),
        ("id,text,id\n", "duplicate_column", "column id stands twice"),
        ("id,body\n1,x\n", "missing_column", "no column text; it has id, body"),
    ],
)
def test_refuses(tmp_path: Path, content: str, code: str, words: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(UsageError, match=words) as caught:
        read_rows(path, required=["text"])
    assert caught.value.code == code
    assert str(path) in str(caught.value)


def test_an_empty_table_is_closed(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with contextlib.suppress(UsageError):
            read_rows(written(tmp_path, ""))
        gc.collect()
    assert [each.category for each in caught] == []


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_rows(tmp_path / "none.csv")
    assert caught.value.code == "no_such_file"


def test_a_profile_table_is_stripped_and_its_blank_rows_skipped(tmp_path: Path) -> None:
    problems: list[Problem] = []
    rows = read_table(written(tmp_path, "code,name\n A , 甲 \n,\nB,乙\n"), ["code", "name"], problems)
    assert [(row.number, row["code"], row["name"]) for row in rows] == [(2, "A", "甲"), (4, "B", "乙")]
    assert problems == []


def test_a_profile_table_reports_every_breach_of_form(tmp_path: Path) -> None:
    problems: list[Problem] = []
    path = written(tmp_path, "code,name\nA\nB,乙\nC,丙,丁\n")
    assert [row["code"] for row in read_table(path, ["code"], problems)] == ["B"]
    assert [(each.file, each.row) for each in problems] == [("table.csv", 2), ("table.csv", 4)]


def test_a_profile_table_without_a_column_is_one_problem(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert read_table(written(tmp_path, "code,name\nA,甲\n"), ["code", "level"], problems) == []
    assert [(each.file, each.row) for each in problems] == [("table.csv", 0)]
    assert "no column level; it has code, name" in str(problems[0])


def test_a_problem_names_the_file_once(tmp_path: Path) -> None:
    problems: list[Problem] = []
    read_table(written(tmp_path, "code,name\nA,甲\n"), ["code", "level"], problems)
    assert str(problems[0]).count("table.csv") == 1


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff\ufeffid,text\n1,a;b\n",
        "id\ttext\n1\ta;b\n",
        "sep=,\r\nid,text\r\n1,a;b\r\n",
        "\ufeffSEP=|\nid|text\n1|a;b\n",
        "sep=\t\nid\ttext\n1\ta;b\n",
    ],
)
def test_what_spreadsheets_make_of_a_table(tmp_path: Path, content: str) -> None:
    header, rows = read_rows(written(tmp_path, content))
    assert header == ["id", "text"]
    assert [(row.number, row.cells, row.error) for row in rows] == [(2, {"id": "1", "text": "a;b"}, "")]


def test_a_tab_beside_commas_is_no_separator(tmp_path: Path) -> None:
    header, rows = read_rows(written(tmp_path, "id,te\txt\n1,a\tb\n"))
    assert (header, [list(row.cells.values()) for row in rows]) == (["id", "te\txt"], [["1", "a\tb"]])


def test_a_folder_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "table.csv").mkdir()
    with pytest.raises(UsageError, match="a folder, not a file"):
        read_rows(tmp_path / "table.csv")


def test_the_values_of_a_cell() -> None:
    assert split(" a; b；；c ") == ("a", "b", "c")
    assert split(" ") == ()


def test_a_quote_that_is_never_closed_is_told_and_swallows_no_row_in_silence(tmp_path: Path) -> None:
    _, rows = read_rows(written(tmp_path, 'id,text\n1,路灯坏了\n2,"他说路灯坏了\n3,"楼下煤气泄漏"\n4,停水\n'))
    found = list(rows)
    assert [(row.number, row.kind if row.error else "") for row in found] == [(2, ""), (3, "open_quote"), (4, "")]
    assert "lines 3 to 4" in found[1].error
    _, rows = read_rows(written(tmp_path, 'id,text\n1,路灯坏了\n2,"他说路灯坏了\n3,停水\n4,停电\n'))
    with pytest.raises(UsageError, match="line 3 is still open at the end"):
        list(rows)


@pytest.mark.parametrize("cell", ['5"管', '"他说""坏了""\n第二行"', '"a"b"', '管5"', '"一\n二"'])
def test_quotes_that_close_are_no_fault(tmp_path: Path, cell: str) -> None:
    _, rows = read_rows(written(tmp_path, f"id,text\n1,{cell}\n2,停水\n3,{cell}\n"))
    assert [row.error for row in rows] == ["", "", ""]


def test_a_line_without_end_fails_alone(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        file.write("id,text\n1,路灯坏了\n2,")
        for _ in range(12):
            file.write('路"' * 500_000)
        file.write("\n3,路灯坏了\n")
    _, rows = read_rows(source)
    assert [(row.number, row.kind if row.error else "") for row in rows] == [(2, ""), (3, "line_too_long"), (4, "")]
