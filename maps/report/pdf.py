"""The report as a PDF, set by Typst: its fonts embedded, tagged for screen readers, the same bytes every time.

The template ``assets/report.typ`` is fixed and imports nothing; the report reaches it as a JSON file beside it, so no
text of a study is ever code or markup, and nothing is downloaded.
"""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import typst

from ...errors import InputError, Problem
from ...files import atomic
from .blocks import Report
from .fonts import ReportFonts, report_fonts
from .pdf_data import pictures, report_data
from .pdf_texts import Setter

TEMPLATE = "report.typ"


def write_pdf(report: Report, path: Path) -> Path:
    """Writes ``report`` to ``path``, atomically, and returns it.

    Raises :class:`InputError` where the Chinese font is not installed or a picture cannot be used. A character that no
    font has is written as its code, and the title page says so.
    """
    fonts = report_fonts()
    data = report_data(report, Setter(fonts, report.lang))
    with TemporaryDirectory() as name:
        folder = Path(name)
        template = resources.files(__package__) / "assets" / TEMPLATE
        (folder / TEMPLATE).write_bytes(template.read_bytes())
        (folder / "report.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        for number, picture in enumerate(pictures(report)):
            shutil.copyfile(picture, folder / f"picture-{number}.png")
        pdf = _set(folder, fonts, path.name)
    with atomic(path) as temporary:
        temporary.write_bytes(pdf)
    return path


def _set(folder: Path, fonts: ReportFonts, name: str) -> bytes:
    """The PDF of the template in ``folder``, which it cannot read outside of."""
    folders = [str(file.parent) for file in fonts.files]
    known = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    try:
        return typst.compile(
            str(folder / TEMPLATE), root=str(folder), font_paths=known, timestamp=0, pdf_standards=["ua-1"]
        )
    except typst.TypstError as error:
        raise InputError(Problem("report-pdf.not-set", name, params={"reason": error.message})) from error
