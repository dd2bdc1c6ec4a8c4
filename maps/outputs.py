"""All that an assessment leaves in a folder: the map page, the tables, the figure."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ..coverage.results import Assessment
from ..texts import Lang
from .figure import coverage_png
from .page import write_page
from .tables import write_statistics_csv, write_to_settle_csv, write_verdicts_csv
from .verdicts_json import write_verdicts_json
from .workbook import write_workbook


class Outputs(NamedTuple):
    """The files written: ``map.html``, ``verdicts.xlsx``, ``.csv`` and ``.json``, ``to_settle.csv``,
    ``statistics.csv``, and ``coverage.png``."""

    map: Path
    workbook: Path
    verdicts: Path
    json: Path
    to_settle: Path
    statistics: Path
    figure: Path


def write_outputs(assessment: Assessment, folder: Path, lang: Lang) -> Outputs:
    """Writes the files into ``folder`` (made if it is not there), each whole or not at all."""
    tables = ("verdicts.xlsx", "verdicts.csv", "verdicts.json", "to_settle.csv", "statistics.csv")
    outputs = Outputs(*(folder / name for name in ("map.html", *tables, "coverage.png")))
    write_page(assessment, outputs.map, lang)
    write_workbook(assessment, outputs.workbook, lang)
    write_verdicts_csv(assessment, outputs.verdicts, lang)
    write_verdicts_json(assessment, outputs.json)
    write_to_settle_csv(assessment, outputs.to_settle, lang)
    write_statistics_csv(assessment, outputs.statistics, lang)
    coverage_png(assessment, outputs.figure, lang)
    return outputs
