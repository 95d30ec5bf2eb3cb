"""The comparison of two splits in words, and what their difference means."""

from typing import Any

from training.caveats import TASKS

_LINES = (
    ("首选命中率", "hit1"),
    ("前三命中率", "hit3"),
    ("宏平均 F1", "macro_f1"),
    ("全派最常见类", "majority_hit1"),
    ("97% 自动覆盖率", "coverage_at_97"),
)


def in_words(found: dict[str, Any]) -> str:
    """Both splits side by side, task by task, then the sentence and what was left out."""
    time, random = found["splits"]["time"], found["splits"]["random"]
    example = f" (如 {found['undated_example']})" if found["undated"] else ""
    lines = [
        f"共 {found['rows']} 行; 无日期或日期读不懂的 {found['undated']} 行{example}始终用于训练",
        f"没有标签或文字读不了的 {found['unmeasurable']} 行不参加测量",
        f"最新的行里有 {found['known_earlier']} 行与较早的行几乎相同, 留在训练一边",
        f"按时间切分: 训练 {time['train_rows']} 行 ({_days(time['train'])}), 测试 {time['test_rows']} 行 ({_days(time['test'])})",
        f"随机切分:   训练 {random['train_rows']} 行 ({_days(random['train'])}), 测试 {random['test_rows']} 行 ({_days(random['test'])})",
    ]
    for task, difference in found["difference"].items():
        lines += ["", *_task(task, time["tasks"].get(task), random["tasks"].get(task), difference)]
    notes = {"按时间切分": time["notes"], "随机切分": random["notes"]}
    return "\n".join([*lines, "", *(f"注意 ({name}): {note['text']}" for name, each in notes.items() for note in each)]).rstrip()


def _task(task: str, time: dict[str, Any] | None, random: dict[str, Any] | None, difference: dict[str, float] | None) -> list[str]:
    if time is None or random is None or difference is None:
        return [f"{TASKS[task]}: 有一边没有带标签的测试行, 无法比较"]
    table = [f"{TASKS[task]}    按时间切分    随机切分"]
    table += [f"  {name}  {time[key]:.1%}    {random[key]:.1%}" for name, key in _LINES if key in time]
    table.append("  首选命中率 95% 区间  " + "    ".join(f"{each['hit1_95'][0]:.1%}–{each['hit1_95'][1]:.1%}" for each in (time, random)))
    return [*table, "  " + meaning(time, random, difference)]


def meaning(time: dict[str, Any], random: dict[str, Any], difference: dict[str, float]) -> str:
    """One or two sentences: what the difference of both figures says, and which of them to give to others."""
    points, margin = difference["hit1"] * 100, difference["margin"] * 100
    if time["classes"] == 1 or random["classes"] == 1:
        return "测试行只有一个标签, 两个数字都说明不了什么; 请用包含多个标签的历史工单。"
    if abs(points) <= margin:
        return (
            f"两个数字相差 {abs(points):.1f} 个百分点, 在误差范围 (±{margin:.1f}) 之内: 看不出诉求随时间变化。"
            f"仍以按时间切分的 {time['hit1']:.1%} 为准, 因为上线后遇到的总是更新的诉求。"
        )
    if points > 0:
        return (
            f"随机切分高出 {points:.1f} 个百分点 (误差 ±{margin:.1f}): 同一时期的事件、说法和派单口径在训练和测试两边都有, 上线后没有这种便利。"
            f"以按时间切分的 {time['hit1']:.1%} 为准, 差距也说明需要定期用新工单重新训练。"
        )
    return (
        f"按时间切分反而高出 {-points:.1f} 个百分点 (误差 ±{margin:.1f}): 最新一段比全年平均容易, 多半是标签更集中 "
        f"(最常见类 {time['majority_hit1']:.1%}, 随机切分 {random['majority_hit1']:.1%}) 或较早的标注口径不一。先查明原因, 再对外报数字。"
    )


def _days(days: list[str]) -> str:
    return f"{days[0]} 至 {days[1]}" if days[0] else "无日期"
