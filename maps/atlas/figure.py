"""The figure for a report: response times of the whole study on one page of A4 width, as PNG at 300 dpi and as SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from numpy.typing import NDArray

from ...coverage.results import Assessment, Field
from ...files import atomic
from ...texts import Lang, text
from ..fonts import DPI
from ..fonts import font_name as font_name
from ..palette import GROUPS, OUTSIDE, TIME_COLOURS, UNREACHABLE, UNREACHABLE_COLOURS, time_classes
from ..words import study_title
from .ground import Ground, draw_borders, draw_roads, ground_of, land_patch, prepare
from .labels import Placed, name_counties
from .legend import Frame, draw_legend, ground_marks, source_lines, time_key
from .plot_page import PAGE_IN, Page, page, print_settings, write_png_and_svg

STRIP_IN, GAP_IN = 0.95, 0.08


def coverage_png(assessment: Assessment, path: Path, lang: Lang) -> None:
    """Draws field, counties, stations and roads and writes the PNG to ``path``, atomically.

    Nothing in matplotlib's global settings changes. Texts of the study are drawn as they are, never as formulas.
    """
    with print_settings():
        figure = _figure(assessment, lang)
        with atomic(path) as temporary:
            figure.savefig(temporary, dpi=DPI, format="png", metadata={"Software": "carereach"})


def write_response_time(assessment: Assessment, stem: Path, lang: Lang, ground: Ground) -> tuple[Path, ...]:
    """Writes the same map as PNG and SVG."""
    return write_png_and_svg(lambda: _figure(assessment, lang, ground), stem)


def study_ground(assessment: Assessment) -> Ground:
    """The counties and roads of an assessment, in the CRS of its field."""
    return ground_of(assessment.counties.frame, assessment.road_lines, assessment.field.crs, PAGE_IN)


def placed_stations(assessment: Assessment, ground: Ground) -> gpd.GeoDataFrame:
    """The stations that have a place, in the ground's CRS."""
    stations = assessment.stations
    return stations[~(stations.geometry.isna() | stations.geometry.is_empty)].to_crs(ground.crs)


def _figure(assessment: Assessment, lang: Lang, ground: Ground | None = None) -> Figure:
    ground = ground or study_ground(assessment)
    title = text("maps.figure-title", lang, name=study_title(assessment, lang))
    drawn, axes, frame = map_page(assessment, ground, lang, title, ())
    draw_field(axes, assessment.field, ground)
    draw_ground(axes, assessment, ground)
    marks = ground_marks(lang, stations=True, roads=roads_word(ground))
    draw_legend(strip(drawn, frame), frame, time_key(lang, marks), lang)
    return drawn.figure


def map_page(
    assessment: Assessment,
    ground: Ground,
    lang: Lang,
    title: str,
    notes: tuple[str, ...],
    under_in: float = 0.0,
    strip_in: float = STRIP_IN,
) -> tuple[Page, Axes, Frame]:
    """A page with the small print that every map needs, the axes of its map, and the map's extent; the strip of the
    legend is left free, and ``under_in`` inches below it."""
    frame = ground.frame(PAGE_IN)
    map_in = PAGE_IN * (frame.north - frame.south) / (frame.east - frame.west)
    print_lines = [*notes, *source_lines(assessment, frame, lang)]
    drawn = page(title, print_lines, under_in + strip_in + GAP_IN + map_in)
    axes = drawn.axes(0, under_in + strip_in + GAP_IN, PAGE_IN, map_in)
    prepare(axes, frame)
    return drawn, axes, frame


def strip(drawn: Page, frame: Frame, under_in: float = 0.0, strip_in: float = STRIP_IN) -> Axes:
    """The axes of the legend, under the map."""
    return drawn.axes(0, under_in, frame.width_in, strip_in)


def roads_word(ground: Ground) -> Any:  # noqa: ANN401 a literal
    """What the legend calls the roads that are drawn."""
    if not ground.roads:
        return ""
    return "main-road" if ground.main_roads else "road"


def draw_ground(axes: Axes, assessment: Assessment, ground: Ground) -> Placed:
    """Roads, borders, stations and county names, over what the map is about."""
    draw_roads(axes, ground)
    draw_borders(axes, ground)
    stations = draw_stations(axes, assessment, ground)
    placed = Placed(axes)
    placed.mark(stations)
    name_counties(placed, ground.counties)
    return placed


def draw_stations(axes: Axes, assessment: Assessment, ground: Ground, size: float = 16) -> NDArray[np.float64]:
    """Marks of the stations; their coordinates."""
    stations = placed_stations(assessment, ground)
    x, y = stations.geometry.x.to_numpy(dtype=float), stations.geometry.y.to_numpy(dtype=float)
    axes.scatter(x, y, marker="s", s=size, color=GROUPS[0].colour, edgecolor="white", linewidth=0.5, zorder=5)
    return np.column_stack([x, y])


def draw_field(axes: Axes, field: Field, ground: Ground) -> None:
    """Response times by class, cut to the counties; what no station reaches is hatched."""
    classes = time_classes(field.minutes)
    if field.minutes.size == 0 or (classes == OUTSIDE).all():
        return
    clip = draw_classes(axes, field, classes, [*TIME_COLOURS, UNREACHABLE_COLOURS[0]], ground)
    if (classes == UNREACHABLE).any():
        draw_hatch(axes, field, classes == UNREACHABLE, "//////", clip)


def draw_classes(
    axes: Axes, field: Field, classes: NDArray[np.uint8], colours: list[str], ground: Ground
) -> PathPatch | None:
    """Classes of a field's cells in their colours, OUTSIDE in none; what they are cut along."""
    norm = BoundaryNorm(np.arange(-0.5, len(colours)), len(colours))
    shown: Any = np.ma.masked_equal(classes, OUTSIDE)
    image = axes.imshow(
        shown, cmap=ListedColormap(colours), norm=norm, extent=_extent(field), origin="upper", interpolation="nearest",
        zorder=1,
    )  # fmt: skip
    clip = land_patch(axes, ground)
    if clip is not None:
        image.set_clip_path(clip)
    axes.set_aspect("equal")
    return clip


def draw_hatch(
    axes: Axes,
    field: Field,
    where: NDArray[np.bool_],
    hatch: str,
    clip: PathPatch | None,
    colour: str = UNREACHABLE_COLOURS[1],
) -> None:
    """Hatches cells, so that they are told apart without colour."""
    rows, columns = where.shape
    if min(rows, columns) < 2:
        return
    x = field.west + (np.arange(columns) + 0.5) * field.cell_m
    y = field.north - (np.arange(rows) + 0.5) * field.cell_m
    with mpl.rc_context({"hatch.color": colour, "hatch.linewidth": 0.4}):
        drawn = axes.contourf(x, y, where.astype(float), levels=[0.5, 1.5], colors="none", hatches=[hatch], zorder=2)
    if clip is not None:
        drawn.set_clip_path(clip)


def _extent(field: Field) -> tuple[float, float, float, float]:
    rows, columns = field.minutes.shape
    return (field.west, field.west + columns * field.cell_m, field.north - rows * field.cell_m, field.north)
