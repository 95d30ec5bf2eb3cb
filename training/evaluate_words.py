"""The figures of an evaluation as a table for a terminal; whole they are in the JSON."""

from collections.abc import Mapping
from typing import Any

_TASKS = {"unit": "主办单位", "item": "事项", "type": "诉求类型", "urgency": "紧急程度"}
_MOST = 10


def in_words(found: Mapping[str, Any]) -> str:
    """Each label with rows, first answer right with its 95 % interval, one of three right; then the units with most rows."""
    lines = [f"{'首选正确率':　<8}  95% 区间         前三含正确  件数"]
    for task, title in _TASKS.items():
        told = found["tasks"].get(task)
        if told:
            low, high = told["hit1_95"]
            lines.append(f"{title:　<5}{told['hit1']:>7.1%}  {low:.1%} 至 {high:.1%}  {told['hit3']:>7.1%}  {told['n']:>7,}")
    main = next((task for task in _TASKS if found["tasks"].get(task)), "")
    rows = found["tasks"][main].get("labels", ())[:_MOST] if main else ()
    if rows:
        lines += ["", f"{_TASKS[main]}, 件数最多的 {len(rows)} 个 (件数, 查准, 查全):"]
        lines += [f"  {row['label']}  {row['rows']:,}  {row['precision']:.1%}  {row['recall']:.1%}" for row in rows]
    return "\n".join([*lines, "", "全部数字: 加 --json, 或把输出转入文件"])
