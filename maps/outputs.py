"""All that an assessment leaves in a folder: the map page, two tables, the figure."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ..coverage.results import Assessment
from ..texts import Lang
from .figure import coverage_png
from .page import write_page
from .tables import write_statistics_csv, write_verdicts_csv


class Outputs(NamedTuple):
    """The files written: ``map.html``, ``verdicts.csv``, ``statistics.csv``, ``coverage.png``."""

    map: Path
    verdicts: Path
    statistics: Path
    figure: Path


def write_outputs(assessment: Assessment, folder: Path, lang: Lang) -> Outputs:
    """Writes the four files into ``folder`` (made if it is not there), each whole or not at all."""
    outputs = Outputs(folder / "map.html", folder / "verdicts.csv", folder / "statistics.csv", folder / "coverage.png")
    write_page(assessment, outputs.map, lang)
    write_verdicts_csv(assessment, outputs.verdicts, lang)
    write_statistics_csv(assessment, outputs.statistics, lang)
    coverage_png(assessment, outputs.figure, lang)
    return outputs
