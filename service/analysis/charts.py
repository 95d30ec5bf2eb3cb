"""The picture of an answer, as a Vega-Lite specification by Altair: the same for the page and, through vl-convert, for reports.

Which picture it is follows from the question: a line for time, bars for a ranking, a heat table for two dimensions.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from service.analysis.answer import Answer
from service.analysis.count import IN_ORDER
from service.analysis.hiding import Shown
from service.analysis.names import UNITS, label
from service.analysis.question import TIMES
from service.analysis.rates import RATES

BARS, LINES, GRID = 20, 6, 20
"""How many bars, lines, and rows and columns of a heat table there are; ``left_out`` says where there are more. Hours and weekdays are all drawn."""
_FONT = "Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, sans-serif"
_BLUE, _GREY, _WAYS = "#0b57a4", "#aab4be", ["#0b57a4", "#c7522a", "#1c6b35", "#8a5a00", "#6a3d9a", "#545d66"]
NOW, THEN = "本期", "比较期"
_LEGEND = alt.Legend(orient="top", title=None, symbolSize=120)
_ROOM = alt.Scale(zero=True, nice=5)
"""Of values: up to a line above the highest, so that nothing stands at the frame."""
Spec = dict[str, Any]


def spec(answer: Answer, width: int = 900) -> Spec | None:
    """The specification; None where there is nothing to draw."""
    by, lines = answer.question.by, _drawable(answer)
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


def left_out(answer: Answer) -> str:
    """What to say under a picture that does not draw all lines; "" where it does."""
    by, lines = answer.question.by, _drawable(answer)
    if not by or not lines or (len(by) == 1 and by[0] in TIMES):
        return ""
    if len(by) == 1:
        shown, most = len(_ranked(answer, lines)) == len(lines), BARS
    elif by[0] in TIMES or by[1] in TIMES:
        time = 0 if by[0] in TIMES else 1
        shown, most = len(_sums(lines, 1 - time)) <= LINES, LINES
    else:
        sides = _sides(answer, lines)
        shown, most = all(each.labels[place] in sides[place] for each in lines for place in (0, 1)), GRID
    return "" if shown else f"图中只列前{most}项，其余见下表"


def _drawable(answer: Answer) -> list[Shown]:
    return [each for each in answer.lines if not each.hidden and _value(answer, each) is not None]


def _value(answer: Answer, each: Shown) -> float | None:
    return each.line.n if answer.question.rate == "count" else each.line.rate


def _before(answer: Answer, each: Shown) -> float | None:
    if each.before is None:
        return None
    return each.before.n if answer.question.rate == "count" else each.before.rate


def _point(answer: Answer, each: Shown) -> Spec:
    """Carries its keys, so that a click knows what was meant."""
    return {
        "a": each.labels[0], "b": each.labels[1] if len(each.labels) > 1 else "", "value": _value(answer, each), "n": each.line.n,
        "denominator": each.line.denominator, "keys": list(each.keys),
    }  # fmt: skip


def _data(answer: Answer, lines: Sequence[Shown]) -> alt.InlineData:
    return alt.InlineData(values=[{**_point(answer, each), "when": NOW} for each in lines])


def _whole(answer: Answer, points: Sequence[Spec], x: str, held: Mapping[str, bool]) -> list[Spec]:
    """The points of one line with all that it has none of: 0 where its time is held, else a break. A rate over nobody is a break, too."""
    known = {each[x]: each for each in points}
    zero = 0 if answer.question.rate == "count" and not answer.outside else None
    empty = {name: value for name, value in points[0].items() if name in "ab" and name != x} | {"n": 0, "denominator": 0, "keys": []}
    return [known.get(key) or {**empty, x: key, "value": zero if is_held else None} for key, is_held in held.items()]


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
    days = _days(answer)
    held = dict.fromkeys(days, False) | {each.key: each.held for each in answer.axis if each.key in days}
    now = [{**each, "when": NOW} for each in _whole(answer, [_point(answer, each) for each in lines], "a", held)]
    past = _past(answer)
    base = alt.Chart(alt.InlineData(values=[*now, *past])).encode(
        x=alt.X("a:O", title=answer.heads[0], sort=None, axis=alt.Axis(labelOverlap=True, labelAngle=0), scale=alt.Scale(domain=days)),
        y=alt.Y("value:Q", title=title, axis=_axis(answer), scale=_ROOM),
        tooltip=_tip(answer),
    )
    dashes = alt.StrokeDash("when:N", scale=alt.Scale(domain=[NOW, THEN], range=[[1, 0], [5, 4]]), legend=_LEGEND if past else None, title=None)
    points = base.transform_filter(alt.datum.when == NOW).mark_point(color=_BLUE, filled=True, size=40, opacity=1, cursor="pointer")
    return alt.layer(base.mark_line().encode(color=_when(past), strokeDash=dashes), points).properties(height=320)


def _past(answer: Answer) -> list[Spec]:
    """The dashed line of the period that it is compared with; none where it has no point."""
    told = {each.labels[0]: _before(answer, each) for each in answer.lines if each.before is not None and not each.hidden}
    if not told:
        return []
    held = {each.key: 0 if answer.question.rate == "count" and each.before and not answer.outside else None for each in answer.axis}
    return [{"a": key, "value": told.get(key, held.get(key)), "when": THEN, "keys": []} for key in _days(answer)]


def _when(past: Sequence[Any]) -> alt.Color:
    """Blue and grey for the period and the one before; a legend only where there are both."""
    return alt.Color("when:N", title=None, scale=alt.Scale(domain=[NOW, THEN], range=[_BLUE, _GREY]), legend=_LEGEND if past else None)


def _days(answer: Answer) -> list[str]:
    """All stretches of the axis: those without data stay as empty places."""
    return sorted({each.labels[0] for each in answer.lines} | set(answer.gaps))


def _ranking(answer: Answer, lines: Sequence[Shown]) -> Any:
    title, form = _y(answer)
    shown = _ranked(answer, lines)
    order = _clock(answer.question.by[0], [(each.keys[0], each.labels[0]) for each in shown])
    base = alt.Chart(_data(answer, shown)).encode(
        y=alt.Y("a:N", title=None, sort=None, scale=alt.Scale(domain=order), axis=alt.Axis(labelLimit=220)),
        x=alt.X("value:Q", title=title, axis=_axis(answer)),
        tooltip=_tip(answer),
    )
    words = base.mark_text(align="left", dx=4).encode(text=alt.Text("value:Q", format=form))
    past = [{"a": each.labels[0], "value": _before(answer, each), "when": THEN, "keys": list(each.keys)} for each in shown if each.before is not None]
    if not past:
        return alt.layer(base.mark_bar(color=_BLUE, cursor="pointer"), words).properties(height=alt.Step(24))
    both = base.properties(data=alt.InlineData(values=[*base.data.values, *past])).encode(
        color=_when(past), yOffset=alt.YOffset("when:N", sort=[NOW, THEN], scale=alt.Scale(paddingInner=0))
    )
    words = both.mark_text(align="left", dx=4, fontSize=10).encode(text=alt.Text("value:Q", format=form), color=alt.value("#1b1f23"))
    return alt.layer(both.mark_bar(cursor="pointer"), words).properties(height=alt.Step(30, **{"for": "position"}))


def _ranked(answer: Answer, lines: Sequence[Shown]) -> list[Shown]:
    """The largest first; hours and weekdays all of them, in their order, what has none last."""
    if answer.question.by[0] in IN_ORDER:
        return sorted(lines, key=lambda each: (not each.keys[0], each.keys))
    return sorted(lines, key=lambda each: -(_value(answer, each) or 0))[:BARS]


def _trends(answer: Answer, lines: Sequence[Shown], time: int) -> Any:
    title, _ = _y(answer)
    largest = _series(lines, time)
    x, colour = ("a", "b") if time == 0 else ("b", "a")
    held = {each.labels[time]: True for each in lines} | {each.key: each.held for each in answer.axis}
    held = dict(sorted(held.items()))
    series = [[_point(answer, each) for each in lines if each.labels[1 - time] == name] for name in largest]
    return (
        alt.Chart(alt.InlineData(values=[point for points in series for point in _whole(answer, points, x, held)]))
        .mark_line(point=alt.OverlayMarkDef(size=30, cursor="pointer"))
        .encode(
            x=alt.X(
                f"{x}:O", title=answer.heads[time], sort=None, scale=alt.Scale(domain=list(held)), axis=alt.Axis(labelOverlap=True, labelAngle=0)
            ),
            y=alt.Y("value:Q", title=title, axis=_axis(answer), scale=_ROOM),
            color=alt.Color(f"{colour}:N", title=answer.heads[1 - time], sort=largest, scale=alt.Scale(range=_WAYS)),
            strokeDash=alt.StrokeDash(f"{colour}:N", sort=largest, legend=None),
            tooltip=_tip(answer),
        )
        .properties(height=320)
    )


def _grid(answer: Answer, lines: Sequence[Shown]) -> Any:
    title, form = _y(answer)
    rows, columns = _sides(answer, lines)
    shown = [each for each in lines if each.labels[0] in rows and each.labels[1] in columns]
    values = [_value(answer, each) or 0 for each in shown]
    middle = (min(values) + max(values)) / 2 if answer.question.rate != "count" else max(values) / 2
    base = alt.Chart(_data(answer, shown)).encode(
        y=alt.Y("a:N", title=answer.heads[0], sort=None, scale=alt.Scale(domain=rows), axis=alt.Axis(labelLimit=160)),
        x=alt.X("b:N", title=answer.heads[1], sort=None, scale=alt.Scale(domain=columns),
                axis=alt.Axis(orient="top", labelAngle=-45, labelLimit=140)),
        tooltip=_tip(answer),
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


def _series(lines: Sequence[Shown], time: int) -> list[str]:
    sums = _sums(lines, 1 - time)
    return sorted(sums, key=lambda name: -sums[name])[:LINES]


def _sides(answer: Answer, lines: Sequence[Shown]) -> tuple[list[str], list[str]]:
    """The names along both sides of a heat table. Units by units are the same ones in the same order, so that the diagonal means something."""
    by = answer.question.by
    if not all(name in UNITS for name in by):
        first, second = (_along(lines, place, by[place]) for place in (0, 1))
        return first, second
    both = _sums(lines, 0, known=True)
    for name, n in _sums(lines, 1, known=True).items():
        both[name] = both.get(name, 0) + n
    names = sorted(both, key=lambda name: -both[name])[:GRID]
    first, second = ([*names, *{each.labels[place]: 0 for each in lines if not each.keys[place]}] for place in (0, 1))
    return first, second


def _along(lines: Sequence[Shown], place: int, name: str) -> list[str]:
    if name in IN_ORDER:
        keys = sorted({(not each.keys[place], each.keys[place], each.labels[place]) for each in lines})
        return _clock(name, [(key, words) for _, key, words in keys])
    sums = _sums(lines, place)
    return sorted(sums, key=lambda words: -sums[words])[:GRID]


def _clock(name: str, found: Sequence[tuple[str, str]]) -> list[str]:
    """Labels in order, by their keys; of hours and weekdays all that there are: one without a request has a place and no bar."""
    every = {"hour": [f"{hour:02}" for hour in range(24)], "weekday": [str(day) for day in range(1, 8)]}.get(name, [])
    return [*(label(name, key, None) for key in every), *(words for key, words in found if key not in every)]


def _sums(lines: Sequence[Shown], place: int, known: bool = False) -> dict[str, int]:
    sums: dict[str, int] = {}
    for each in lines:
        if each.keys[place] or not known:
            sums[each.labels[place]] = sums.get(each.labels[place], 0) + each.line.n
    return sums
