from collections.abc import Callable
from pathlib import Path

import pytest

from triage.drift import watch
from triage.errors import UsageError
from triage.outcomes import ACCEPTED, RETURNED, Columns, read_outcomes, report

Command = Callable[..., tuple[int, str, str]]
COLUMNS = Columns("单位", "采纳", "时间")


def refused(code: int, out: str, err: str) -> str:
    """The one line of a run that could not be done."""
    assert (code, out, err.count("\n")) == (2, "", 1)
    return err


def table(folder: Path, *rows: str, encoding: str = "utf-8") -> Path:
    path = folder / "d.csv"
    path.write_text("\n".join(["单位,采纳,时间", *rows, ""]), encoding=encoding)
    return path


def test_outcomes_come_in_order_of_their_time(tmp_path: Path) -> None:
    path = table(tmp_path, "RS,是,2026-03-02 10:00", "CG,改派,2026/3/1 9:05", "RS,退单,2026-03-02 09:59:59", "ZJ,1,2026-03-02 10:00")
    assert read_outcomes(path, COLUMNS).told == [("CG", False), ("RS", False), ("RS", True), ("ZJ", True)]
    assert [unit for unit, _ in read_outcomes(path, COLUMNS._replace(time="")).told] == ["RS", "CG", "RS", "ZJ"]


def test_a_row_that_cannot_be_read_spoils_no_other(tmp_path: Path) -> None:
    rows = ["RS,是,2026-03-01", ",是,2026-03-01", "RS,也许,2026-03-01", "RS,是,昨天", "RS,是", "CG,,", "CG,否,2026-03-01"]
    outcomes = read_outcomes(table(tmp_path, *rows), COLUMNS)
    assert outcomes.told == [("RS", True), ("CG", False)]
    assert outcomes.pending == 1
    assert [line.split(" ")[0] for line in outcomes.problems] == ["d.csv:3", "d.csv:4", "d.csv:5", "d.csv:6"]
    assert "[采纳]: '也许' is neither yes nor no. Use 是 or 否" in outcomes.problems[1]
    assert "'昨天' is not a time" in outcomes.problems[2]


def test_files_of_offices_are_read(tmp_path: Path) -> None:
    assert read_outcomes(table(tmp_path, "RS,已接收,2026-03-01", encoding="gb18030"), COLUMNS).told == [("RS", True)]
    with pytest.raises(UsageError, match="no column 部门"):
        read_outcomes(tmp_path / "d.csv", Columns("部门", "采纳"))


def test_no_word_means_both() -> None:
    assert not ACCEPTED & RETURNED


def test_the_report_names_suspended_units_first_with_their_figures() -> None:
    states = watch([*[("CG", True)] * 500, *[("RS", True)] * 30, *[("RS", False)] * 10, ("ZJX@440783117", True)], 0.03)
    lines = report(states, 0.03, {"RS": "人社局", "ZJX": "属地镇街"}).splitlines()
    assert lines == [
        "承诺错误率不超过 3 %。未超过时, 每 1000 件派单误停一个单位的可能不超过 5 %。",
        "暂停自动派单  人社局 [RS]: 40 件, 退改 10 件 (25 %); 到第 40 件为止, 最近 10 件退改 10 件 (100 %), 超过承诺",
        "正常          [CG]: 500 件, 退改 0 件 (0 %)",
        "正常          属地镇街 [ZJX@440783117]: 1 件, 退改 0 件 (0 %)",
        "暂停自动派单  全市合计: 541 件, 退改 10 件 (1.8 %); 到第 540 件为止, 最近 10 件退改 10 件 (100 %), 超过承诺",
    ]
    assert report({}, 0.03, {}).endswith("没有已知结果的派单。")


def test_the_command(command: Command, toy: Path, tmp_path: Path) -> None:
    path = table(tmp_path, *["RS,是,2026-03-01"] * 3, *["CG,改派,2026-03-02"] * 12)
    options = ["--unit", "单位", "--accepted", "采纳", "--time", "时间", "--model", toy]
    code, out, err = command("drift", path, *options, "--max-error", "0.03")
    assert (code, err) == (0, "15 rows read, 0 not known yet, 0 cannot be read\n")
    assert out.splitlines()[1].startswith("暂停自动派单  开平市城市管理和综合执法局 [CG]: 12 件, 退改 12 件 (100 %)")
    assert "--max-error 0.03, or let triage calibrate prove one" in refused(*command("drift", path, *options))
    assert "Write 3 % as 0.03" in refused(*command("drift", path, *options, "--max-error", "3"))
    code, out, err = command("drift", table(tmp_path, "RS,是,2026-03-01", "RS,?,2026-03-01"), *options, "--max-error", "0.03")
    assert code == 3
    assert "正常          开平市人力资源和社会保障局 [RS]: 1 件" in out
    assert err.startswith("d.csv:3 [采纳]: '?' is neither yes nor no.")
