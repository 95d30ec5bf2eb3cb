"""The shipped templates as files, for a city that wants its own letterhead, wording or styles."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from docx.enum.text import WD_ALIGN_PARAGRAPH

from service.reports import as_docx, as_html
from triage.errors import UsageError


def write(folder: Path) -> Iterator[Path]:
    """Writes both; the paths. Raises UsageError where one is there already."""
    targets = folder / as_html.NAME, folder / as_docx.NAME
    there = [each for each in targets if each.exists()]
    if there:
        raise UsageError(f"{there[0]} is there already. Name another folder: what you edited is not overwritten.", "file_exists")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(as_html.SHIPPED / as_html.NAME, targets[0])
    document = as_docx.blank()
    for words, style in (("{{标题}}", "Title"), ("（{{时段}}）", "Normal")):
        document.add_paragraph(words, style=style).alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph(as_docx.BODY)
    document.sections[0].footer.paragraphs[0].text = "{{城市}}12345热线　{{生成时间}}"
    document.save(str(targets[1]))
    yield from targets
