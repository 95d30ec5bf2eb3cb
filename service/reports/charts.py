"""Pictures of a report: Altair specifications, drawn to SVG and PNG without a browser. Letters come from the fonts of the system."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from service.reports.paper import Chart

# Families of Chinese systems in use, Linux first; the reader's browser draws an SVG with the first that it has.
FONTS = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, WenQuanYi Micro Hei, SimHei, sans-serif"
_KNOWN = (
    "cjk",
    "sourcehan",
    "wqy",
    "simhei",
    "simsun",
    "msyh",
    "fangsong",
    "simfang",
    "droidsansfallback",
    "uming",
    "ukai",
    "fandol",
    "founder",
    "fz",
    "cesi",
)
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
_BLUE = "#1d4f91"
_WIDTH, _BAR = 620, 22


def bars(title: str, points: Sequence[tuple[str, int]], across: str, up: str, words: str, *, narrow: bool = False) -> Chart:
    """Columns in the given order."""
    data = alt.InlineData(values=[{"x": name, "y": n} for name, n in points])
    labels = alt.Axis(labelAngle=-60 if narrow else 0, grid=False)
    room = alt.Scale(paddingInner=0.15, paddingOuter=0.6)  # neither the first nor the last bar stands at the frame
    x = alt.X("x:N", title=across, sort=None, axis=labels, scale=room)
    chart = alt.Chart(data).mark_bar(color=_BLUE).encode(x, alt.Y("y:Q", title=up, axis=alt.Axis(tickMinStep=1)))
    return Chart(title, _spec(chart.properties(width=_WIDTH, height=220)), words)


def ranking(title: str, points: Sequence[tuple[str, int]], across: str, words: str) -> Chart:
    """Bars, the longest on top, each with its number."""
    data = alt.InlineData(values=[{"x": n, "y": name} for name, n in points])
    base = alt.Chart(data).encode(
        alt.X("x:Q", title=across, axis=alt.Axis(tickMinStep=1)), alt.Y("y:N", title=None, sort=None, axis=alt.Axis(labelLimit=260))
    )
    chart = base.mark_bar(color=_BLUE) + base.mark_text(align="left", dx=4).encode(alt.Text("x:Q", format=","))
    return Chart(title, _spec(chart.properties(width=_WIDTH - 180, height=_BAR * len(points) + 10)), words)


def svg(chart: Chart) -> str:
    """For HTML: letters stay letters."""
    return str(vl_convert.vegalite_to_svg(chart.spec))


def png(chart: Chart) -> bytes:
    """For DOCX, at twice the size. Letters are drawn here: see ``chinese_font``."""
    return bytes(vl_convert.vegalite_to_png(chart.spec, scale=2.0))


@cache
def chinese_font(folders: Iterable[str] = _FOLDERS) -> bool:
    """Whether this machine has a font with Chinese letters. None is bundled; without one, a DOCX has tables but no pictures."""
    for folder in folders:
        for file in Path(folder).expanduser().rglob("*"):
            if file.suffix.lower() in (".ttf", ".ttc", ".otf", ".otc") and any(each in file.name.lower().replace("-", "") for each in _KNOWN):
                return True
    return False


def _spec(chart: Any) -> dict[str, Any]:
    drawn = chart.configure(font=FONTS, background="white").configure_view(stroke=None)
    drawn = drawn.configure_axis(labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelColor="#333", titleColor="#333")
    found: dict[str, Any] = drawn.configure_text(fontSize=12).to_dict()
    return found
