"""The figure for a report: one PNG of A4 width at 300 dpi, with all that a map in print must say."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import shapely
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from ..coverage.results import Assessment
from ..files import atomic
from ..texts import Lang, text
from .figure_legend import PLAIN, Frame, draw_legend, source_lines, wrapped
from .palette import (
    GROUPS,
    OTHER_ROAD_WIDTH,
    OUTSIDE,
    ROAD_WIDTHS,
    TIME_COLOURS,
    UNREACHABLE,
    UNREACHABLE_COLOURS,
    road_rank,
    time_classes,
)
from .words import plain, study_title

DPI = 300
WIDTH_IN = 170 / 25.4  # what A4 leaves between usual margins
LOWEST_MAP_IN, TALLEST_MAP_IN = 2.6, 6.6
LEGEND_IN, MARGIN_IN, GAP_IN = 0.95, 0.08, 0.08
TITLE_PT, TITLE_UNITS, TITLE_LINE_IN = 10, 84, 0.19
PRINT_PT, PRINT_LINE_IN = 5.6, 0.112
AROUND = 0.03
CHINA_M = 500_000.0
LABEL_TRIES = 5
MARK_PX = 8.0
LONGEST_LABEL = 24


def coverage_png(assessment: Assessment, path: Path, lang: Lang) -> None:
    """Draws field, counties, stations and roads and writes the PNG to ``path``, atomically.

    Nothing in matplotlib's global settings changes. Texts of the study are drawn as they are, never as formulas.
    """
    with mpl.rc_context({"font.family": [font_name(), "DejaVu Sans"], "axes.unicode_minus": False}):
        figure = _figure(assessment, lang)
        with atomic(path) as temporary:
            figure.savefig(temporary, dpi=DPI, format="png", metadata={"Software": "carereach"})


@cache
def font_name() -> str:
    """The family of the Chinese font that zhplot ships, made known to matplotlib."""
    package = find_spec("zhplot")  # not imported: that would change matplotlib's settings for everybody
    if package is None or package.origin is None:
        raise ModuleNotFoundError("zhplot", name="zhplot")
    path = str(Path(package.origin).parent / "fonts" / "NotoSansSC-Regular.ttf")
    font_manager.fontManager.addfont(path)
    return str(font_manager.FontProperties(fname=path).get_name())


def _figure(assessment: Assessment, lang: Lang) -> Figure:
    """From top to bottom: title, map, legend strip, small print."""
    frame = _frame(assessment)
    title = wrapped(text("maps.figure-title", lang, name=study_title(assessment, lang)), TITLE_UNITS)
    print_lines = source_lines(assessment, frame, lang)
    map_in = frame.width_in * (frame.north - frame.south) / (frame.east - frame.west)
    print_in, title_in = PRINT_LINE_IN * len(print_lines), TITLE_LINE_IN * len(title)
    height_in = MARGIN_IN + print_in + GAP_IN + LEGEND_IN + GAP_IN + map_in + GAP_IN + title_in + MARGIN_IN
    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)

    def panel(up_in: float, tall_in: float) -> Axes:
        return figure.add_axes(
            (MARGIN_IN / WIDTH_IN, up_in / height_in, frame.width_in / WIDTH_IN, tall_in / height_in)
        )

    up = MARGIN_IN + print_in
    for place, line in enumerate(print_lines):
        at = (up - PRINT_LINE_IN * place) / height_in
        figure.text(MARGIN_IN / WIDTH_IN, at, line, fontsize=PRINT_PT, color="#333333", va="top", **PLAIN)
    draw_legend(panel(up + GAP_IN, LEGEND_IN), frame, lang)
    up += GAP_IN + LEGEND_IN + GAP_IN
    _draw_map(panel(up, map_in), assessment, frame)
    for place, line in enumerate(title):
        at = (height_in - MARGIN_IN - TITLE_LINE_IN * place) / height_in
        figure.text(MARGIN_IN / WIDTH_IN, at, line, fontsize=TITLE_PT, va="top", **PLAIN)
    return figure


def _frame(assessment: Assessment) -> Frame:
    """The counties' extent with some space around, in the field's CRS, stretched to a shape that fits a page."""
    crs = assessment.field.crs
    counties = assessment.counties.frame
    west, south, east, north = counties.to_crs(crs).total_bounds if len(counties) else (0.0, 0.0, CHINA_M, CHINA_M)
    wide, tall = (east - west) * (1 + 2 * AROUND), (north - south) * (1 + 2 * AROUND)
    width_in = WIDTH_IN - 2 * MARGIN_IN
    wide = max(wide, tall * width_in / TALLEST_MAP_IN)
    tall = max(tall, wide * LOWEST_MAP_IN / width_in)
    x, y = (west + east) / 2, (south + north) / 2
    return Frame(x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2, crs, width_in)


def _draw_map(axes: Axes, assessment: Assessment, frame: Frame) -> None:
    axes.set_xlim(frame.west, frame.east)
    axes.set_ylim(frame.south, frame.north)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    counties = assessment.counties.frame.to_crs(frame.crs)
    _draw_field(axes, assessment, counties)
    _draw_roads(axes, assessment.road_lines, frame)
    for shape in counties.geometry:
        axes.add_patch(PathPatch(_outline(shape), facecolor="none", edgecolor="#1a1a1a", linewidth=0.8, zorder=4))
    stations = assessment.stations
    placed = stations[~(stations.geometry.isna() | stations.geometry.is_empty)].to_crs(frame.crs)
    x, y = placed.geometry.x, placed.geometry.y
    axes.scatter(x, y, marker="s", s=16, color=GROUPS[0].colour, edgecolor="white", linewidth=0.5, zorder=5)
    _label(axes, counties, placed.geometry)


def _draw_field(axes: Axes, assessment: Assessment, counties: gpd.GeoDataFrame) -> None:
    field = assessment.field
    classes = time_classes(field.minutes)
    if field.minutes.size == 0 or (classes == OUTSIDE).all():
        return
    rows, columns = classes.shape
    extent = (field.west, field.west + columns * field.cell_m, field.north - rows * field.cell_m, field.north)
    colours = ListedColormap([*TIME_COLOURS, UNREACHABLE_COLOURS[0]])
    norm = BoundaryNorm(np.arange(-0.5, UNREACHABLE + 1), colours.N)
    style: dict[str, Any] = {"extent": extent, "origin": "upper", "interpolation": "nearest", "zorder": 1}
    image = axes.imshow(np.ma.masked_equal(classes, OUTSIDE), cmap=colours, norm=norm, **style)
    clip = _clip(axes, counties)
    if clip is not None:
        image.set_clip_path(clip)
    if (classes == UNREACHABLE).any():
        _hatch(axes, classes, extent, clip)
    axes.set_aspect("equal")


def _hatch(axes: Axes, classes: Any, extent: tuple[float, float, float, float], clip: PathPatch | None) -> None:  # noqa: ANN401
    west, east, south, north = extent
    rows, columns = classes.shape
    x = west + (np.arange(columns) + 0.5) * (east - west) / columns
    y = north - (np.arange(rows) + 0.5) * (north - south) / rows
    if min(rows, columns) < 2:
        return
    unreached = (classes == UNREACHABLE).astype(float)
    with mpl.rc_context({"hatch.color": UNREACHABLE_COLOURS[1], "hatch.linewidth": 0.4}):
        drawn = axes.contourf(x, y, unreached, levels=[0.5, 1.5], colors="none", hatches=["//////"], zorder=2)
    if clip is not None:
        drawn.set_clip_path(clip)


def _clip(axes: Axes, counties: gpd.GeoDataFrame) -> PathPatch | None:
    """An invisible outline of all counties, to cut the field's edge cells along."""
    if counties.empty:
        return None
    patch = PathPatch(_outline(counties.union_all()), facecolor="none", edgecolor="none")
    axes.add_patch(patch)
    return patch


def _outline(shape: shapely.Geometry) -> Outline:
    """The rings of a polygon or multipolygon as one matplotlib path."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    if not len(rings):
        return Outline(np.empty((0, 2)))
    return Outline.make_compound_path(*(Outline(shapely.get_coordinates(ring), closed=True) for ring in rings))


def _draw_roads(axes: Axes, roads: gpd.GeoDataFrame, frame: Frame) -> None:
    roads = roads[~(roads.geometry.isna() | roads.geometry.is_empty)]
    if roads.empty:
        return
    lines = roads.to_crs(frame.crs)
    ranks = lines["road_class"].astype(str).map(road_rank) if "road_class" in lines else lines.index.map(lambda _: "")
    widths = np.array([ROAD_WIDTHS.get(rank, OTHER_ROAD_WIDTH) for rank in ranks]) * 0.45
    seen = shapely.clip_by_rect(lines.geometry.to_numpy(), frame.west, frame.south, frame.east, frame.north)
    thin = shapely.simplify(seen, frame.metres_per_inch / DPI / 2)
    for width in np.unique(widths):
        parts = shapely.get_parts(thin[widths == width])
        parts = parts[~shapely.is_empty(parts)]
        paths = [Outline(shapely.get_coordinates(line)) for line in parts]
        if paths:
            compound = Outline.make_compound_path(*paths)
            axes.add_patch(
                PathPatch(compound, facecolor="none", edgecolor="#5c5c5c", linewidth=width, alpha=0.75, zorder=3)
            )


def _label(axes: Axes, counties: gpd.GeoDataFrame, stations: gpd.GeoSeries) -> None:
    """County names, each inside its county, on no other name and, where there is room, on no station."""
    at = np.column_stack([stations.x, stations.y]).astype(float).reshape(-1, 2)
    pixels = axes.transData.transform(at).tolist()
    marks = [Bbox.from_bounds(x - MARK_PX, y - MARK_PX, 2 * MARK_PX, 2 * MARK_PX) for x, y in pixels]
    renderer = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    inside = axes.get_window_extent(renderer)
    by_size = counties.assign(_area=counties.area).sort_values("_area", ascending=False, kind="stable")
    taken: list[Bbox] = []
    for name, shape in zip(by_size["county"], by_size.geometry, strict=True):
        shown = plain(name)
        shown = shown if len(shown) <= LONGEST_LABEL else shown[: LONGEST_LABEL - 1] + "…"
        label = axes.text(0, 0, shown, fontsize=7.5, ha="center", va="center", zorder=4.5, **PLAIN)
        label.set_path_effects([withStroke(linewidth=2, foreground="white")])
        boxes = []
        for place in _places(shape):
            label.set_position((place.x, place.y))
            boxes.append((place, label.get_window_extent(renderer).padded(4)))
        free = [(place, box) for place, box in boxes if _fits(box, inside, taken)]
        best = [(place, box) for place, box in free if _fits(box, inside, marks)] or free
        if not best:
            label.remove()
            continue
        place, box = best[0]
        label.set_position((place.x, place.y))
        taken.append(box)


def _fits(box: Bbox, inside: Bbox, taken: list[Bbox]) -> bool:
    return bool(
        inside.containsx(box.x0) and inside.containsx(box.x1) and not any(box.overlaps(other) for other in taken)
    )


def _places(shape: shapely.Geometry) -> list[shapely.Point]:
    """Points inside a county to put its name at: the middle of its largest part first, then a grid of others."""
    largest = max(shapely.get_parts(shape), key=shapely.area, default=shape)
    first = shapely.point_on_surface(largest)
    west, south, east, north = shapely.bounds(largest)
    steps = (np.arange(LABEL_TRIES) + 0.5) / LABEL_TRIES
    x, y = np.meshgrid(west + steps * (east - west), south + steps * (north - south))
    grid = shapely.points(x.ravel(), y.ravel())
    inner = grid[shapely.contains(largest, grid)]
    order = np.argsort(shapely.distance(inner, first))
    return [first, *inner[order]]
