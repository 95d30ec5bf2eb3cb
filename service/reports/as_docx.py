"""A report as DOCX, in the form of an official paper 公文 (GB/T 9704): A4, 小标宋 title, 黑体 headings, 仿宋 body.

Fonts are named, not bundled: Word takes another one where they are missing. A template of the city is a DOCX with the styles of
``blank``; the report replaces its paragraph {{正文}}, or follows at its end, and {{标题}}, {{时段}}, {{城市}}, {{生成时间}} are filled in.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Mm, Pt, RGBColor

from service.reports import charts
from service.reports.numbered import chapters
from service.reports.paper import Chart, Paper, Table
from triage.errors import UsageError

NAME = "report.docx"
BODY = "{{正文}}"
_STYLES = {  # name → East Asian font, Latin font, size in points, bold
    "Title": ("方正小标宋简体", "Times New Roman", 22, False), "Heading 1": ("黑体", "Times New Roman", 16, False),
    "Normal": ("仿宋_GB2312", "Times New Roman", 16, False), "Caption": ("黑体", "Times New Roman", 12, False),
}  # fmt: skip
_SMALL, _LINE = Pt(10.5), Pt(28)
_GRID = "Table Grid"


def docx_bytes(paper: Paper, folder: Path | None = None) -> bytes:
    """The file. ``folder``: where ``report.docx`` is; a blank paper where it is not. Raises UsageError for a template that is none."""
    own = folder / NAME if folder is not None and (folder / NAME).is_file() else None
    document = _opened(own, paper) if own is not None else blank()
    for name in (*_STYLES, _GRID):
        if name not in [style.name for style in document.styles]:
            raise UsageError(f"{own}: no style {name!r}. Start from the file that triage report template writes.", "bad_template")
    before = list(document.element.body)
    _write(document, paper, titled=own is None or not _placed(document, before))
    made = BytesIO()
    document.core_properties.title, document.core_properties.author = f"{paper.title}（{paper.period.words}）", "triage"
    document.save(made)
    return made.getvalue()


def blank() -> Document:
    """An empty paper with the styles and margins of an official one: also what a city starts its own template from."""
    document: Document = docx.Document()
    page = document.sections[0]
    page.start_type = WD_SECTION.NEW_PAGE
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    for name, (east, latin, size, bold) in _STYLES.items():
        style: Any = document.styles[name]
        style.font.name, style.font.size, style.font.bold, style.font.italic = latin, Pt(size), bold, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for each in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{each}"), None)
        fonts.set(qn("w:eastAsia"), east)
        form = style.paragraph_format
        form.space_before = form.space_after = Pt(0)
        if name != "Caption":
            form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, _LINE
    border = document.styles["Title"].element.find(f".//{qn('w:pBdr')}")
    if border is not None:
        border.getparent().remove(border)
    return document


def _opened(path: Path, paper: Paper) -> Document:
    """A template of the city, filled in."""
    try:
        found: Document = docx.Document(str(path))
        _fill_in(found, paper)
        return found
    except Exception:  # a damaged file may raise whatever there is: of the ZIP, of the XML, of what should stand in it
        damaged = "not a DOCX file, or a damaged one. Save it in Word as .docx, or delete it to use the shipped form."
        raise UsageError(f"{path}: {damaged}", "bad_template") from None


def _fill_in(document: Document, paper: Paper) -> None:
    told = {"{{标题}}": paper.title, "{{时段}}": paper.period.words, "{{城市}}": paper.city, "{{生成时间}}": paper.made}
    places = [document, *(part for page in document.sections for part in (page.header, page.footer))]
    for paragraph in (each for place in places for each in place.paragraphs):
        for run in paragraph.runs:
            for name, words in told.items():
                run.text = run.text.replace(name, words) if name in run.text else run.text


def _placed(document: Document, before: list[Any]) -> bool:
    """Whether the template has a title of its own, so that none is to be written."""
    return any(each.style is not None and each.style.name == "Title" and each.text.strip() for each in document.paragraphs) and bool(before)


def _write(document: Document, paper: Paper, *, titled: bool) -> None:
    """Writes at the end, then moves what was written to where {{正文}} stands."""
    place = next((each for each in document.paragraphs if each.text.strip() == BODY), None)
    first = len(document.element.body)
    if paper.mark:
        _line(document, f"{paper.mark} · 非真实诉求，不得引用", centred=True, red=True)
    if titled:
        document.add_paragraph(paper.title, style="Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
        _line(document, f"（{paper.period.words}）", centred=True)
        document.add_paragraph()
    _chapters(document, paper)
    document.add_paragraph("附：口径说明", style="Heading 1")
    for number, words in enumerate(paper.notes, start=1):
        _small(document, f"{number}. {words}")
    _small(document, f"生成时间：{paper.made}")
    if place is not None:
        # The last element of a body is the page's own form and stays last.
        written = [each for each in list(document.element.body)[first - 1 :] if not each.tag.endswith("sectPr")]
        for each in written:
            place._p.addprevious(each)
        place._p.getparent().remove(place._p)


def _chapters(document: Document, paper: Paper) -> None:
    drawn = charts.chinese_font()
    for chapter in chapters(paper):
        document.add_paragraph(f"{chapter.numeral}、{chapter.heading}", style="Heading 1").paragraph_format.first_line_indent = Pt(32)
        for words in chapter.paragraphs:
            _line(document, words)
        for number, chart in chapter.charts:
            _chart(document, number, chart, drawn)
        for number, table in chapter.tables:
            _table(document, number, table)


def _line(document: Document, words: str, *, centred: bool = False, red: bool = False) -> None:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(words)
    if red:
        run.font.color.rgb = RGBColor(0xB3, 0x26, 0x1E)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    else:
        paragraph.paragraph_format.first_line_indent = Pt(32)


def _small(document: Document, words: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.add_run(words).font.size = _SMALL
    paragraph.paragraph_format.line_spacing_rule, paragraph.paragraph_format.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(18)


def _caption(document: Document, words: str) -> None:
    paragraph = document.add_paragraph(words, style="Caption")
    paragraph.alignment, paragraph.paragraph_format.keep_with_next = WD_ALIGN_PARAGRAPH.CENTER, True
    paragraph.paragraph_format.space_before = Pt(8)


def _chart(document: Document, number: int, chart: Chart, drawn: bool) -> None:
    if not drawn:
        _small(document, f"图 {number}　{chart.title}：生成报告的机器没有中文字体，图未画出。{chart.words}")
        return
    shown = document.add_picture(BytesIO(charts.png(chart)), width=Cm(15))
    shown._inline.docPr.set("descr", f"{chart.title}：{chart.words}")
    picture = document.paragraphs[-1]
    # An exact line spacing would cut the picture off.
    picture.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    picture.paragraph_format.keep_with_next = True
    _caption(document, f"图 {number}　{chart.title}")
    _small(document, chart.words)


def _table(document: Document, number: int, table: Table) -> None:
    _caption(document, f"表 {number}　{table.title}")
    made = document.add_table(rows=1, cols=len(table.header), style=_GRID)
    _row(made.rows[0], table.header, head=True)
    # So that the header comes again on the next page.
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cells in table.rows:
        _row(made.add_row(), cells, head=False)
    _small(document, table.note)


def _row(row: Any, cells: tuple[str, ...], *, head: bool) -> None:
    for place, (cell, words) in enumerate(zip(row.cells, cells, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.add_run(words).font.size = _SMALL
        form = paragraph.paragraph_format
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(17)
        centred = WD_ALIGN_PARAGRAPH.CENTER if head else WD_ALIGN_PARAGRAPH.LEFT if place == 0 else WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.alignment = centred
