"""三、派单质量: right the first time, sent back by whom and why, how fast."""

from service.analysis.count import Line
from service.analysis.suppress import LEAST
from service.reports import charts, figures
from service.reports.ask import BEFORE, Asking
from service.reports.paper import Chart, Section, Table

_MOST = 10
_HOW = {"auto": "系统自动派出", "accepted": "采纳首选", "chosen": "另选候选", "overridden": "改派"}


def quality(ask: Asking, target_minutes: int) -> Section:
    """The chapter. ``target_minutes``: by when the first dispatch should have been made."""
    tables = [each for each in (_by_unit(ask), _by_reason(ask), _by_how(ask)) if each.rows]
    return Section("派单质量", (*_sentences(ask), speed(ask, target_minutes)), tuple(tables), tuple(_chart(ask)))


def speed(ask: Asking, target_minutes: int) -> str:
    """Registration to first dispatch, and to the unit that took it: median and ninth decile, against the target."""
    query = """SELECT median(first_s), quantile_cont(first_s, 0.9), count(first_s), count(*) FILTER (first_s <= ?), median(final_s),
      quantile_cont(final_s, 0.9), count(final_s), count(*) FILTER (first_at IS NOT NULL AND first_s IS NULL)
      FROM facts WHERE day BETWEEN ? AND ?"""
    found = ask.connection.execute(query, [60 * target_minutes, *ask.span()]).fetchone()
    median, ninth, n, inside, final, final_ninth, final_n, inexact = found if found is not None else (None,) * 8
    if not n or n < LEAST:
        return "登记到首次派单的时长：可计的不足5件，不作统计。"
    told = f"登记到首次派单，中位数{figures.lasting(median)}，九成在{figures.lasting(ninth)}以内，"
    told += f"{figures.rate(Line((), n, inside, n, 0))}在{target_minutes}分钟目标内"
    if final_n and final_n >= LEAST:
        told += f"；登记到派给最终承办单位，中位数{figures.lasting(final)}，九成在{figures.lasting(final_ninth)}以内（{figures.about(final_n)}件）"
    return f"{told}。" + (f"另有{figures.about(inexact)}件登记时间不精确，不计时长。" if inexact >= figures.TENS else "")


def _sentences(ask: Asking) -> list[str]:
    parts = []
    for rate, words in (("first_try", "一次派单成功率"), ("accuracy", "派单准确率"), ("suggestion", "系统建议准确率"), ("auto", "自动派单占比")):
        line, before = ask.total(rate), ask.total(rate, BEFORE) if ask.known(BEFORE) else None
        told = figures.rate(line)
        if told != figures.NONE:
            moved = figures.points(line, before)
            parts.append(f"{words}{told}" + (f"，较上期{moved}" if moved != figures.NONE else ""))
    return [f"{'；'.join(parts)}。"] if parts else ["本期尚无有结果的派单，准确率不作统计。"]


def _by_unit(ask: Asking) -> Table:
    lines = [line for line in ask.table(("unit",), "refused").lines if line.keys[0] and line.denominator >= figures.ENOUGH]
    lines = sorted(lines, key=lambda line: (-line.numerator, -line.denominator, line.keys))[:_MOST]
    rows = tuple(
        (ask.names.unit(line.keys[0]), figures.about(line.denominator), figures.about(line.numerator), figures.rate(line))
        for line in lines
        if line.numerator
    )
    return Table("退单较多的单位", ("单位", "派单次数", "退单次数", "退单率"), rows, "次数取整到十。各单位职责不同，退单率不宜直接排名。")


def _by_reason(ask: Asking) -> Table:
    lines = _reasons(ask)
    total = sum(line.numerator for line in lines)
    rows = tuple((line.keys[0], figures.about(line.numerator), figures.rate(Line((), 0, line.numerator, total, 0))) for line in lines)
    return Table("退单理由", ("理由", "次数", "占退单"), rows, "次数取整到十。")


def _reasons(ask: Asking) -> list[Line]:
    return [line for line in ask.table(("reason",), "refused").lines if line.keys[0]]


def _by_how(ask: Asking) -> Table:
    """How many of each way of dispatching the unit took."""
    lines = [line for line in ask.table(("how",), "accuracy").lines if line.keys[0]]
    rows = tuple((_HOW.get(line.keys[0], line.keys[0]), figures.about(line.n), figures.rate(line)) for line in lines)
    return Table("派单方式与准确率", ("方式", "派单次数", "准确率"), rows, "括号内为有结果的派单次数。次数取整到十。")


def _chart(ask: Asking) -> list[Chart]:
    points = [(line.keys[0], figures.tens(line.numerator)) for line in _reasons(ask) if line.numerator >= figures.TENS]
    if len(points) < 2:
        return []
    words = "、".join(f"{name}约{n:,}次" for name, n in points[:3]) + "居前。"
    return [charts.ranking("退单理由", points, "退单次数（取整到十）", words)]
