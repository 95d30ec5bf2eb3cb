"""A report as one HTML file: nothing from elsewhere, pictures inside. The city may edit the template; it can do nothing but print."""

import traceback
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from service.reports import charts
from service.reports.numbered import Chapter, chapters
from service.reports.paper import Chart, Paper
from triage.errors import UsageError

NAME = "report.html"
_PRINTED = ("title", "header", "rows", "note")
SHIPPED = Path(__file__).parent / "shipped"


def html(paper: Paper, folder: Path | None = None) -> str:
    """The page. ``folder``: where ``report.html`` is; the shipped one where it is not there. Raises UsageError for a template with an error."""
    chosen = folder if folder is not None and (folder / NAME).is_file() else SHIPPED
    pages = SandboxedEnvironment(loader=FileSystemLoader(chosen), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    sections = [_told(each) for each in chapters(paper)]
    try:
        return pages.get_template(NAME).render(paper=paper, sections=sections, notes=paper.notes, fonts=charts.FONTS)
    except Exception as error:  # whatever somebody wrote into a template may raise whatever there is
        told = error.message if isinstance(error, TemplateSyntaxError) else f"{type(error).__name__}: {error}"
        remedy = "Correct the template, or delete it to use the shipped one."
        raise UsageError(f"{_place(error, chosen / NAME)}: {told}. {remedy}", "bad_template") from None


def _place(error: Exception, template: Path) -> str:
    """The template and, where it is known, the line."""
    lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == str(template)]
    line = error.lineno if isinstance(error, TemplateSyntaxError) else lines[-1] if lines else None
    return f"{template}:{line}" if line is not None else str(template)


def _told(chapter: Chapter) -> dict[str, Any]:
    return {
        "numeral": chapter.numeral, "heading": chapter.heading, "paragraphs": chapter.paragraphs,
        "tables": [{"number": number, **{name: getattr(each, name) for name in _PRINTED}} for number, each in chapter.tables],
        "charts": [{"number": number, "title": each.title, "words": each.words, "svg": _drawn(each)} for number, each in chapter.charts],
    }  # fmt: skip


def _drawn(chart: Chart) -> Markup:
    """Drawn here from figures and names; the drawing program escapes what could be read as HTML."""
    return Markup(charts.svg(chart))  # noqa: S704
