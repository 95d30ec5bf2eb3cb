"""A report as one HTML file: nothing from elsewhere, pictures inside. The city may edit the template; it can do nothing but print."""

from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
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
    try:
        return pages.get_template(NAME).render(paper=paper, sections=[_told(each) for each in chapters(paper)], notes=paper.notes, fonts=charts.FONTS)
    except TemplateSyntaxError as error:
        raise UsageError(
            f"{chosen / NAME}:{error.lineno}: {error.message}. Correct the template, or delete it to use the shipped one.", "bad_template"
        ) from None
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise UsageError(f"{chosen / NAME}: {error}. Correct the template, or delete it to use the shipped one.", "bad_template") from None


def _told(chapter: Chapter) -> dict[str, Any]:
    return {
        "numeral": chapter.numeral, "heading": chapter.heading, "paragraphs": chapter.paragraphs,
        "tables": [{"number": number, **{name: getattr(each, name) for name in _PRINTED}} for number, each in chapter.tables],
        "charts": [{"number": number, "title": each.title, "words": each.words, "svg": _drawn(each)} for number, each in chapter.charts],
    }  # fmt: skip


def _drawn(chart: Chart) -> Markup:
    """Drawn here from figures and names; the drawing program escapes what could be read as HTML."""
    return Markup(charts.svg(chart))  # noqa: S704
