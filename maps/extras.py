"""What an assessment leaves in a folder beside its usual files, where it is asked for: layers, further figures."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from ..coverage.results import Assessment
from ..texts import Lang
from .atlas.access_map import write_access_maps
from .atlas.catchment_map import write_service_areas
from .atlas.curves import write_lorenz_curve, write_reach_curve
from .atlas.equity_bars import write_equity_bars
from .atlas.figure import study_ground, write_response_time
from .atlas.isochrone_map import write_isochrones
from .atlas.unserved_map import write_unserved
from .atlas.verdict_maps import write_verdict_maps
from .atlas.verdict_matrix import write_verdict_matrix
from .gis.write import write_layers
from .report.write import write_report
from .steps import Told, in_turn, quiet
from .words import somebody_reached

Extra = Literal["layers", "figures", "report"]
RESPONSE, ISOCHRONES, AREAS, UNSERVED = "response_time", "isochrones", "service_areas", "unserved"
REACH, LORENZ, VERDICTS, VERDICT_MAPS = "reach_curve", "lorenz_curve", "verdicts_by_county", "verdicts_map"
EQUITY, ACCESS = "equity_bars", "access"
OF_REACHED = {ISOCHRONES, AREAS, REACH, LORENZ, EQUITY}  # blank where nobody is


def write_figures(assessment: Assessment, folder: Path, lang: Lang, step: Told = quiet) -> dict[str, Path]:
    """Writes every further figure, each as PNG (300 dpi) and, of the same name, SVG; the PNG of each by its name.

    The maps of response times, isochrones, service areas, unserved people, verdicts and care within reach, the
    cumulative curve, the Lorenz curve, counties side by side, and the table of verdicts by county with its further
    pages. Where nobody is reached, those that would be blank are left out: isochrones, service areas, curves, bars.
    ``step`` is told which figure is drawn.
    """
    ground = study_ground(assessment)
    makers: dict[str, Callable[[], tuple[Path, ...]]] = {
        RESPONSE: lambda: write_response_time(assessment, folder / RESPONSE, lang, ground),
        ISOCHRONES: lambda: write_isochrones(assessment, folder / ISOCHRONES, lang, ground),
        AREAS: lambda: write_service_areas(assessment, folder / AREAS, lang, ground),
        UNSERVED: lambda: write_unserved(assessment, folder / UNSERVED, lang, ground),
        VERDICT_MAPS: lambda: write_verdict_maps(assessment, folder / VERDICT_MAPS, lang, ground),
        ACCESS: lambda: write_access_maps(assessment, folder, lang, ground),
        REACH: lambda: write_reach_curve(assessment, folder / REACH, lang),
        LORENZ: lambda: write_lorenz_curve(assessment, folder / LORENZ, lang),
        EQUITY: lambda: write_equity_bars(assessment, folder / EQUITY, lang),
        VERDICTS: lambda: write_verdict_matrix(assessment, folder / VERDICTS, lang),
    }
    reached = somebody_reached(assessment)
    wanted = [(name, make) for name, make in makers.items() if reached or name not in OF_REACHED]
    files = chain.from_iterable(in_turn(step, "figures", wanted))
    return {file.stem: file for file in files if file.suffix == ".png"}


def write_extras(
    assessment: Assessment,
    folder: Path,
    lang: Lang,
    wanted: Collection[Extra],
    *,
    template: Path | None = None,
    step: Told = quiet,
) -> tuple[Path, ...]:
    """Writes what is wanted into ``folder`` and says which files these are.

    ``template``: a bureau's Word template for the report; ``step`` is told each step.
    """
    files: tuple[Path, ...] = ()
    if "layers" in wanted:
        step("layers")
        files += write_layers(assessment, folder, lang)
    if "figures" in wanted or "report" in wanted:
        with TemporaryDirectory() as elsewhere:  # a report holds its pictures itself
            figures = write_figures(assessment, folder if "figures" in wanted else Path(elsewhere), lang, step)
            if "figures" in wanted:
                files += tuple(file for png in figures.values() for file in (png, png.with_suffix(".svg")))
            if "report" in wanted:
                files += write_report(assessment, folder, lang, figures, template, step)
    return files
