"""The picture of an answer, as a Vega-Lite specification by Altair: the same for the page and, through vl-convert, for reports.

Which picture it is follows from the question: a line for time, bars for a ranking, a heat table for two dimensions.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt

from service.analysis.answer import Answer
from service.analysis.hiding import Shown
from service.analysis.question import TIMES
from service.analysis.rates import RATES

BARS, LINES, GRID = 20, 6, 20
"""How many bars, lines, and rows and columns of a heat table there are; the rest is told in the table."""
_FONT = "Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, sans-serif"
_BLUE, _GREY, _WAYS = "#0b57a4", "#aab4be", ["#0b57a4", "#c7522a", "#1c6b35", "#8a5a00", "#6a3d9a", "#545d66"]
_ROOM = alt.Scale(zero=True, nice=5)
"""Of values: up to a line above the highest, so that nothing stands at the frame."""
Spec = dict[str, Any]


def spec(answer: Answer, width: int = 900) -> Spec | None:
    """The specification; None where there is nothing to draw."""
    by = answer.question.by
    lines = [each for each in answer.lines if not each.hidden and _value(answer, each) is not None]
    if not by or not lines:
        return None
    if by[0] in TIMES and len(by) == 1:
        chart: Any = _trend(answer, lines)
    elif len(by) == 1:
        chart = _ranking(answer, lines)
    elif by[0] in TIMES or by[1] in TIMES:
        chart = _trends(answer, lines, 0 if by[0] in TIMES else 1)
    else:
        chart = _grid(answer, lines)
    found: Spec = chart.properties(width=width, description=answer.title).configure(font=_FONT).configure_view(stroke=None).to_dict()
    return found


def _value(answer: Answer, each: Shown) -> float | None:
    return each.line.n if answer.question.rate == "count" else each.line.rate


def _data(answer: Answer, lines: Sequence[Shown]) -> alt.InlineData:
    """Each row carries its keys, so that a click knows what was meant."""
    rows = [
        {"a": each.labels[0], "b": each.labels[1] if len(each.labels) > 1 else "", "value": _value(answer, each), "n": each.line.n,
         "denominator": each.line.denominator, "keys": list(each.keys)}
        for each in lines
    ]  # fmt: skip
    return alt.InlineData(values=rows)


def _y(answer: Answer) -> tuple[str, str]:
    """Title and format of the values."""
    rate = RATES[answer.question.rate]
    return rate.title, ",d" if answer.question.rate == "count" else ".1%"


def _axis(answer: Answer) -> alt.Axis:
    """Of counts whole numbers only: small ones would stand there as 0 0 0 1 1 1."""
    form = _y(answer)[1]
    return alt.Axis(format=form, tickMinStep=1) if answer.question.rate == "count" else alt.Axis(format=form)


def _tip(answer: Answer) -> list[alt.Tooltip]:
    title, form = _y(answer)
    heads = [alt.Tooltip(f"{name}:N", title=head) for name, head in zip("ab", answer.heads, strict=False)]
    return [*heads, alt.Tooltip("value:Q", title=title, format=form), alt.Tooltip("denominator:Q", title="分母", format=",d")]


def _trend(answer: Answer, lines: Sequence[Shown]) -> Any:
    title, _ = _y(answer)
    shown = list(lines)
    x = alt.X("a:O", title=answer.heads[0], sort=None, axis=alt.Axis(labelOverlap=True, labelAngle=0), scale=alt.Scale(domain=_days(answer)))
    base = alt.Chart(_data(answer, shown)).encode(
        x=x,
        y=alt.Y("value:Q", title=title, axis=_axis(answer), scale=_ROOM),
        tooltip=_tip(answer),
    )
    layers: list[Any] = [base.mark_line(color=_BLUE), base.mark_point(color=_BLUE, filled=True, size=40, cursor="pointer")]
    earlier = [
        {"a": each.labels[0], "value": each.before.n if answer.question.rate == "count" else each.before.rate} for each in shown if each.before
    ]  # fmt: skip
    if earlier:
        past = alt.Chart(alt.InlineData(values=earlier)).mark_line(color=_GREY, strokeDash=[5, 4])
        layers.insert(0, past.encode(x=x, y=alt.Y("value:Q", scale=_ROOM)))
    return alt.layer(*layers).properties(height=320)


def _days(answer: Answer) -> list[str]:
    """All stretches of the axis: those without data stay as empty places."""
    return sorted({each.labels[0] for each in answer.lines} | set(answer.gaps))


def _ranking(answer: Answer, lines: Sequence[Shown]) -> Any:
    title, form = _y(answer)
    shown = sorted(lines, key=lambda each: -(_value(answer, each) or 0))[:BARS]
    order = [each.labels[0] for each in shown]
    base = alt.Chart(_data(answer, shown)).encode(
        y=alt.Y("a:N", title=None, sort=order, axis=alt.Axis(labelLimit=220)),
        x=alt.X("value:Q", title=title, axis=_axis(answer)),
        tooltip=_tip(answer),
    )
    words = base.mark_text(align="left", dx=4).encode(text=alt.Text("value:Q", format=form))
    return alt.layer(base.mark_bar(color=_BLUE, cursor="pointer"), words).properties(height=alt.Step(24))


def _trends(answer: Answer, lines: Sequence[Shown], time: int) -> Any:
    title, _ = _y(answer)
    sums: dict[str, int] = {}
    for each in lines:
        sums[each.labels[1 - time]] = sums.get(each.labels[1 - time], 0) + each.line.n
    largest = sorted(sums, key=lambda name: -sums[name])[:LINES]
    shown = sorted((each for each in lines if each.labels[1 - time] in largest), key=lambda each: each.labels[time])
    x, colour = ("a", "b") if time == 0 else ("b", "a")
    return (
        alt.Chart(_data(answer, shown))
        .mark_line(point=alt.OverlayMarkDef(size=30, cursor="pointer"))
        .encode(
            x=alt.X(f"{x}:O", title=answer.heads[time], axis=alt.Axis(labelOverlap=True, labelAngle=0)),
            y=alt.Y("value:Q", title=title, axis=_axis(answer), scale=_ROOM),
            color=alt.Color(f"{colour}:N", title=answer.heads[1 - time], sort=largest, scale=alt.Scale(range=_WAYS)),
            strokeDash=alt.StrokeDash(f"{colour}:N", sort=largest, legend=None),
            tooltip=_tip(answer),
        )
        .properties(height=320)
    )


def _grid(answer: Answer, lines: Sequence[Shown]) -> Any:
    title, form = _y(answer)
    rows, columns = (_largest(lines, place) for place in (0, 1))
    shown = [each for each in lines if each.labels[0] in rows and each.labels[1] in columns]
    values = [_value(answer, each) or 0 for each in shown]
    middle = (min(values) + max(values)) / 2 if answer.question.rate != "count" else max(values) / 2
    base = alt.Chart(_data(answer, shown)).encode(
        y=alt.Y("a:N", title=answer.heads[0], sort=rows, axis=alt.Axis(labelLimit=160)),
        x=alt.X("b:N", title=answer.heads[1], sort=columns, axis=alt.Axis(orient="top", labelAngle=-45, labelLimit=140)), tooltip=_tip(answer),
    )  # fmt: skip
    cells = base.mark_rect(cursor="pointer").encode(
        color=alt.Color(
            "value:Q",
            title=title,
            scale=alt.Scale(scheme="blues"),
            legend=alt.Legend(format=form, tickMinStep=1 if answer.question.rate == "count" else alt.Undefined),
        )
    )
    dark = alt.condition(alt.datum.value > middle, alt.value("white"), alt.value("#1b1f23"))
    return alt.layer(cells, base.mark_text(fontSize=11).encode(text=alt.Text("value:Q", format=form), color=dark)).properties(height=alt.Step(24))


def _largest(lines: Sequence[Shown], place: int) -> list[str]:
    sums: dict[str, int] = {}
    for each in lines:
        sums[each.labels[place]] = sums.get(each.labels[place], 0) + each.line.n
    return sorted(sums, key=lambda name: -sums[name])[:GRID]
