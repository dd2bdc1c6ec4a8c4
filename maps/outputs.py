"""All that an assessment leaves in a folder: the map page, the tables, the figure."""

from __future__ import annotations

from pathlib import Path

from ..coverage.results import Assessment
from ..texts import Lang
from .atlas.figure import coverage_png
from .page.write import write_page
from .steps import Told, quiet, tell
from .tables import write_access_csv, write_statistics_csv, write_to_settle_csv, write_verdicts_csv
from .verdicts_json import write_verdicts_json
from .workbook import write_workbook

FILES = (
    "map.html",
    "verdicts.xlsx",
    "verdicts.csv",
    "verdicts.json",
    "to_settle.csv",
    "statistics.csv",
    "coverage.png",
)
PARTS = 4


def write_outputs(assessment: Assessment, folder: Path, lang: Lang, step: Told = quiet) -> tuple[Path, ...]:
    """Writes the files into ``folder`` (made if it is not there), each whole or not at all, and returns them:
    ``FILES``, and ``access.csv`` and ``equity.csv`` where the assessment has them. ``step`` is told what is written."""
    page, workbook, verdicts, json, to_settle, statistics, figure = paths = tuple(folder / name for name in FILES)
    tell(step, "outputs", "page", 1, PARTS)
    write_page(assessment, page, lang)
    tell(step, "outputs", "workbook", 2, PARTS)
    write_workbook(assessment, workbook, lang)
    tell(step, "outputs", "tables", 3, PARTS)
    write_verdicts_csv(assessment, verdicts, lang)
    write_verdicts_json(assessment, json)
    write_to_settle_csv(assessment, to_settle, lang)
    write_statistics_csv(assessment, statistics, lang)
    tell(step, "outputs", "figure", 4, PARTS)
    coverage_png(assessment, figure, lang)
    return (*paths, *write_access_csv(assessment, folder, lang))
