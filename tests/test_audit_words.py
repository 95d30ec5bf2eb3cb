import csv
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from training.audit import Findings, Report
from training.audit_words import HEADER, MASKED, in_words, write
from training.confusion import Mixture, Pair, Sink
from training.suspects import CONFLICT, MODEL, UNKNOWN, Suspect
from triage.errors import UsageError
from triage.profile import Profile

ONE = Suspect("a.csv:3", "one", datetime(2026, 3, 1, 9, 30), "unit", "CG", "RS", 0.912, 0.02, 0.98, (MODEL,), like=("a.csv:7", "a.csv:9"))
TWIN = replace(ONE, source="a.csv:4", kinds=(CONFLICT,), votes=(1, 3), twins=("a.csv:5", "a.csv:6"), like=(), share=0.7)
STRANGE = Suspect("a.csv:5", "", None, "unit", "XX", "", None, None, 1.0, (UNKNOWN,))
FOUND = Findings(
    judged=90,
    hit1=0.8,
    labels={"RS": (0, 60), "CG": (2, 40)},
    pairs=[Pair(("CG", "RS"), (40, 60), (12, 15), (2.0, 3.0), 0.3)],
    sinks=[Sink("RS", 60, 30, 12.4, 5, 4)],
    mixtures=[Mixture("CG", 40, 20, 6)],
    unjudged={"GA": 10},
    blank=2,
)


def report(*suspects: Suspect, **more: object) -> Report:
    plain = Report(100, 97, suspects, {"unit": FOUND}, {"text_empty": ["a.csv:8"] * 7}, ["a.csv:2"], (3, 8), {})
    return replace(plain, **more)  # type: ignore[arg-type]


def table(tmp_path: Path, *suspects: Suspect, profile: Profile | None = None, with_masked: bool = False) -> list[dict[str, str]]:
    target = tmp_path / "s.csv"
    write(target, report(*suspects), profile, [tmp_path / "h.csv"], with_masked)
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    with target.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_of_the_table_says_all_that_is_known(tmp_path: Path, kaiping: Profile) -> None:
    (row,) = table(tmp_path, ONE, profile=kaiping)
    assert tuple(row) == HEADER
    assert (row["行"], row["编号"], row["时间"], row["项目"], row["类别"]) == ("a.csv:3", "one", "2026-03-01 09:30", "主办单位", MODEL)
    assert (row["原标签"], row["原名称"]) == ("CG", kaiping.units["CG"].name)
    assert (row["建议标签"], row["建议名称"]) == ("RS", kaiping.units["RS"].name)
    assert (row["建议把握"], row["原标签把握"], row["怀疑程度"]) == ("0.912", "0.020", "0.980")
    assert "91%" in row["理由"]
    assert "a.csv:7、a.csv:9" in row["理由"]


def test_an_item_is_named_with_its_path(tmp_path: Path, kaiping: Profile) -> None:
    (row,) = table(tmp_path, replace(ONE, task="item", given="070301", suggested="080104"), profile=kaiping)
    assert row["项目"] == "事项"
    assert row["原名称"] == "城市管理 / 市政设施 / 路灯"


def test_reasons_of_near_duplicates_and_strange_labels(tmp_path: Path, kaiping: Profile) -> None:
    twin, strange, named = table(tmp_path, TWIN, STRANGE, replace(STRANGE, given="人社局", suggested="RS"), profile=kaiping)
    assert "有 3 行标为" in twin["理由"]
    assert "a.csv:5、a.csv:6" in twin["理由"]
    assert "连本行共 1 行" in twin["理由"]
    assert "「XX」不是城市表中的代码" in strange["理由"]
    assert "补入城市表" in strange["理由"]
    assert (strange["建议标签"], strange["建议名称"], strange["建议把握"], strange["原标签把握"]) == ("", "", "", "")
    assert f"请核对是否应为 {kaiping.units['RS'].name}[RS]" in named["理由"]


def test_both_kinds_of_a_row_stand_in_one_line(tmp_path: Path) -> None:
    (row,) = table(tmp_path, replace(TWIN, kinds=(MODEL, CONFLICT)))
    assert row["类别"] == f"{MODEL}、{CONFLICT}"
    assert "几乎相同" in row["理由"]
    assert "模型判为 RS" in row["理由"]


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    evil = replace(ONE, id="=1+1", given="@SUM(A1)", suggested="+1", title="-2", text="=cmd|' /C calc'!A0")
    (row,) = table(tmp_path, evil, with_masked=True)
    assert tuple(row) == (*HEADER, *MASKED)
    assert [row[name] for name in ("编号", "原标签", "原名称", "建议标签", "建议名称")] == ["'=1+1", "'@SUM(A1)", "'@SUM(A1)", "'+1", "'+1"]
    assert (row["脱敏标题"], row["脱敏内容"]) == ("'-2", "'=cmd|' /C calc'!A0")


def test_text_is_given_only_on_request_and_only_its_beginning(tmp_path: Path) -> None:
    told = replace(ONE, title="路灯", text="坏了\n半个月" + "很黑" * 200)
    assert "脱敏内容" not in table(tmp_path, told)[0]
    (row,) = table(tmp_path, told, with_masked=True)
    assert row["脱敏标题"] == "路灯"
    assert row["脱敏内容"].startswith("坏了 半个月很黑")
    assert len(row["脱敏内容"]) == 121


def test_the_table_never_replaces_a_history(tmp_path: Path) -> None:
    history = tmp_path / "h.csv"
    history.write_text("text,unit\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is the input itself"):
        write(history, report(ONE), None, [history], False)
    assert history.read_text(encoding="utf-8") == "text,unit\n"


def test_the_summary_counts_and_says_what_was_left_out(kaiping: Profile) -> None:
    words = in_words(report(STRANGE, ONE, TWIN), kaiping, Path("s.csv"))
    for said in (
        "共 100 行, 参与核对 97 行",
        "没有可读的内容 7 行 (a.csv:8、a.csv:8、a.csv:8、a.csv:8、a.csv:8 等)",
        "时间无法识别: 1 行 (a.csv:2)",
        "3 组 8 行",
        "可疑: 3 行 (3.0%), 已写入 s.csv",
        f"{MODEL} 1 处",
        f"{CONFLICT} 1 处",
        f"{UNKNOWN} 1 处",
        "可由模型判断 90 行, 判断与原标签一致 80.0%",
        f"5.0%  2/40  {kaiping.units['CG'].name}[CG]",
        "没有标签: 2 行",
        "模型无法判断: 10 行, 1 个标签",
        "基本分不开, 前者判为后者 12/40 行, 后者判为前者 15/60 行 (若只是偶然, 约 2.0 与 3.0 行)",
        "4 个别的标签共 30 行被判为它 (若只是偶然, 约 12 行)",
        "40 行中有 20 行更像别的 6 个标签",
        "没有改动任何标签",
    ):
        assert said in words
    assert "0/60" not in words
    assert "一致率偏低" not in words


def test_a_row_doubted_twice_is_counted_once() -> None:
    words = in_words(report(ONE, replace(ONE, task="item")), None, Path("s.csv"))
    assert "可疑: 1 行" in words
    assert f"{MODEL} 2 处" in words


def test_a_weak_model_and_a_task_left_out_are_said() -> None:
    weak = replace(FOUND, hit1=0.3, pairs=[], sinks=[], mixtures=[])
    words = in_words(report(ONE, tasks={"item": weak}, alone={"unit": "RS"}), None, Path("s.csv"))
    assert "一致率偏低" in words
    assert "主办单位: 全部为 RS, 无从比较, 未核对" in words
    assert words.count("未发现") == 2
