"""What an assessment leaves in a folder beside its usual files, where it is asked for: layers, further figures."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Literal

from ..coverage.results import Assessment
from ..texts import Lang
from .curves import write_lorenz_curve, write_reach_curve
from .layers_out import write_layers
from .verdict_matrix import write_verdict_matrix

Extra = Literal["layers", "figures"]
REACH, LORENZ, VERDICTS = "reach_curve", "lorenz_curve", "verdicts_by_county"


def write_figures(assessment: Assessment, folder: Path, lang: Lang) -> tuple[Path, ...]:
    """Writes the cumulative curve, the Lorenz curve and the verdicts by county, each as PNG (300 dpi) and SVG."""
    return (
        *write_reach_curve(assessment, folder / REACH, lang),
        *write_lorenz_curve(assessment, folder / LORENZ, lang),
        *write_verdict_matrix(assessment, folder / VERDICTS, lang),
    )


def write_extras(assessment: Assessment, folder: Path, lang: Lang, wanted: Collection[Extra]) -> tuple[Path, ...]:
    """Writes what is wanted into ``folder`` and says which files these are."""
    layers = write_layers(assessment, folder, lang) if "layers" in wanted else ()
    figures = write_figures(assessment, folder, lang) if "figures" in wanted else ()
    return (*layers, *figures)
