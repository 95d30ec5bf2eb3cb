"""The report's charts: Altair specs, drawn to SVG without a browser and without fonts or scripts from elsewhere."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

# Families of Chinese systems in use, Linux first; the reader's browser draws with the first that it has.
FONTS = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, WenQuanYi Micro Hei, SimHei, sans-serif"
_BLUE, _GREY, _RED = "#1d4f91", "#8a94a3", "#b3261e"
_SIZE = {"width": 430, "height": 260}


def coverage_chart(points: Sequence[dict[str, float]], target: float) -> str:
    """Of the surest share of rows (x), how many are right (y), with a line at ``target``; ``points`` as in ``coverage_curve``."""
    shown = alt.InlineData(values=[dict(point) for point in points])
    lowest = min([target, *(point["precision"] for point in points)])
    across = alt.X("coverage:Q", title="自动派出的比例", axis=alt.Axis(format=".0%", grid=False, tickCount=5), scale=alt.Scale(domain=[0, 1]))
    up = alt.Y("precision:Q", title="其中派对的比例", axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[max(0.0, lowest - 0.03), 1]))
    line = alt.Chart(shown).mark_line(color=_BLUE, strokeWidth=2.5, interpolate="step-after").encode(across, up)
    rule = alt.Chart(alt.InlineData(values=[{"precision": target}])).mark_rule(color=_RED, strokeDash=[5, 4]).encode(up)
    # The label stands where the curve ends on the other side of the line.
    side: dict[str, Any] = {"baseline": "top", "dy": 5} if points[-1]["precision"] >= target else {"baseline": "bottom", "dy": -4}
    label = alt.Chart(alt.InlineData(values=[{"coverage": 1, "precision": target, "text": f"要求 {target:.0%}"}]))
    return _svg(line + rule + label.mark_text(align="right", color=_RED, **side).encode(across, up, alt.Text("text:N")))


def reliability_chart(bins: Sequence[dict[str, float]]) -> str:
    """The probability said (x) against the share that was right (y), ``bins`` as in ``reliability``; the diagonal is honest."""
    shown = alt.InlineData(values=[dict(each) for each in bins])
    unit = alt.Scale(domain=[0, 1])
    across = alt.X("p:Q", title="系统说的把握", axis=alt.Axis(format=".0%", grid=False, tickCount=5), scale=unit)
    up = alt.Y("accuracy:Q", title="实际派对的比例", axis=alt.Axis(format=".0%"), scale=unit)
    ideal = alt.Chart(alt.InlineData(values=[{"p": 0, "accuracy": 0}, {"p": 1, "accuracy": 1}]))
    return _svg(
        ideal.mark_line(color=_GREY, strokeDash=[5, 4]).encode(across, up)
        + alt.Chart(shown).mark_line(color=_BLUE, strokeWidth=1, opacity=0.6).encode(across, up)
        + alt.Chart(shown).mark_circle(color=_BLUE, size=60, opacity=1).encode(across, up)
    )


def _svg(chart: alt.LayerChart) -> str:
    drawn = chart.properties(**_SIZE).configure(font=FONTS, aria=False, background="transparent").configure_view(stroke=None)
    drawn = drawn.configure_axis(labelFontSize=12, titleFontSize=13, titleFontWeight="normal", labelColor="#333", titleColor="#333")
    spec: dict[str, Any] = drawn.configure_text(fontSize=12).to_dict()
    return str(vl_convert.vegalite_to_svg(spec))
