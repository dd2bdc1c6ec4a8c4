"""The report of an assessment in both forms: a Word document and a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ...coverage.results import Assessment
from ...texts import Lang
from ..steps import Told, quiet, tell
from .content import report_of
from .light import lighter
from .pdf import write_pdf
from .word import write_word

WORD, PDF = "report.docx", "report.pdf"
PARTS = 3


def write_report(
    assessment: Assessment,
    folder: Path,
    lang: Lang,
    figures: Mapping[str, Path],
    template: Path | None = None,
    step: Told = quiet,
) -> tuple[Path, ...]:
    """Writes ``report.docx`` (in a bureau's ``template``, if one is given) and ``report.pdf`` with the same content.

    ``figures``: PNG files by name. ``step`` is told which part is written. Raises :class:`InputError` with all that is
    wrong with the template.
    """
    with TemporaryDirectory() as elsewhere:
        tell(step, "report", "texts", 1, PARTS)
        report = report_of(assessment, lighter(figures, Path(elsewhere)), lang)
        tell(step, "report", "word", 2, PARTS)
        word = write_word(report, folder / WORD, template)
        tell(step, "report", "pdf", 3, PARTS)
        return word, write_pdf(report, folder / PDF)
