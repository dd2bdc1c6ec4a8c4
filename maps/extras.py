"""What an assessment leaves in a folder beside its usual files, where it is asked for: layers, further figures."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from ..coverage.results import Assessment
from ..texts import Lang
from .atlas.access_map import write_access_maps
from .atlas.catchment_map import write_service_areas
from .atlas.isochrone_map import write_isochrones
from .atlas.unserved_map import write_unserved
from .atlas.verdict_maps import write_verdict_maps
from .curves import write_lorenz_curve, write_reach_curve
from .equity_bars import write_equity_bars
from .figure import study_ground, write_response_time
from .layers_out import write_layers
from .report.write import write_report
from .verdict_matrix import write_verdict_matrix

Extra = Literal["layers", "figures", "report"]
RESPONSE, ISOCHRONES, AREAS, UNSERVED = "response_time", "isochrones", "service_areas", "unserved"
REACH, LORENZ, VERDICTS, VERDICT_MAPS = "reach_curve", "lorenz_curve", "verdicts_by_county", "verdicts_map"
EQUITY = "equity_bars"


def write_figures(assessment: Assessment, folder: Path, lang: Lang) -> dict[str, Path]:
    """Writes every further figure, each as PNG (300 dpi) and, of the same name, SVG; the PNG of each by its name.

    The maps of response times, isochrones, service areas, unserved people, verdicts and care within reach, the
    cumulative curve, the Lorenz curve, counties side by side, and the table of verdicts by county with its further
    pages.
    """
    ground = study_ground(assessment)
    files = (
        *write_response_time(assessment, folder / RESPONSE, lang, ground),
        *write_isochrones(assessment, folder / ISOCHRONES, lang, ground),
        *write_service_areas(assessment, folder / AREAS, lang, ground),
        *write_unserved(assessment, folder / UNSERVED, lang, ground),
        *write_verdict_maps(assessment, folder / VERDICT_MAPS, lang, ground),
        *write_access_maps(assessment, folder, lang, ground),
        *write_reach_curve(assessment, folder / REACH, lang),
        *write_lorenz_curve(assessment, folder / LORENZ, lang),
        *write_equity_bars(assessment, folder / EQUITY, lang),
        *write_verdict_matrix(assessment, folder / VERDICTS, lang),
    )
    return {file.stem: file for file in files if file.suffix == ".png"}


def write_extras(
    assessment: Assessment,
    folder: Path,
    lang: Lang,
    wanted: Collection[Extra],
    *,
    template: Path | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> tuple[Path, ...]:
    """Writes what is wanted into ``folder`` and says which files these are.

    ``template``: a bureau's Word template for the report; ``step`` is called with the name of each step.
    """
    files: tuple[Path, ...] = ()
    if "layers" in wanted:
        step("layers")
        files += write_layers(assessment, folder, lang)
    if "figures" in wanted or "report" in wanted:
        step("figures")
        with TemporaryDirectory() as elsewhere:  # a report holds its pictures itself
            figures = write_figures(assessment, folder if "figures" in wanted else Path(elsewhere), lang)
            if "figures" in wanted:
                files += tuple(file for png in figures.values() for file in (png, png.with_suffix(".svg")))
            if "report" in wanted:
                step("report")
                files += write_report(assessment, folder, lang, figures, template)
    return files
