"""Isochrones in print: the areas reached within so many minutes, with the minutes written on their borders."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from ...coverage.results import Assessment
from ...texts import Lang, text
from ..palette import TIME_COLOURS, UNREACHABLE_COLOURS, time_classes
from ..words import study_title
from .figure import draw_ground, map_page, roads_word, strip
from .ground import Ground, draw_shapes, land_patch
from .labels import Placed, text_on
from .legend import Key, Swatch, draw_legend, ground_marks
from .plot_page import write_png_and_svg

LINE, LINE_WIDTH = "#2b2b2b", 0.35
HATCH = "////"
MINUTES_PT = 5.2
LABELS_EACH, TRIES, GOLDEN = 10, 60, 0.618033988749895
APART_PT = 26.0
FROM_BORDER = 0.008  # of the map's width: no minutes on the border of the study


def write_isochrones(assessment: Assessment, stem: Path, lang: Lang, ground: Ground) -> tuple[Path, ...]:
    """Writes the isochrones of all stations together as PNG and SVG."""
    return write_png_and_svg(lambda: figure(assessment, lang, ground), stem)


def figure(assessment: Assessment, lang: Lang, ground: Ground) -> Figure:
    """The map: a ring a class, what lies beyond the last limit hatched."""
    rings = rings_of(assessment, ground)
    last = max((float(m) for m in rings["minutes"]), default=0.0)
    title = text("atlas.isochrones-title", lang, name=study_title(assessment, lang))
    beyond = text("atlas.isochrones-beyond", lang, minutes=f"{last:g}") if last else text("atlas.not-reached", lang)
    drawn, axes, frame = map_page(assessment, ground, lang, title, (text("atlas.isochrones-note", lang),))
    line = UNREACHABLE_COLOURS[1]
    land_patch(axes, ground, facecolor="#e4e4e4", edgecolor=line, linewidth=0.0, hatch=HATCH, zorder=0.5)
    swatches = []
    for low, high, shape in zip(rings["from_minutes"], rings["minutes"], rings.geometry, strict=True):
        colour = TIME_COLOURS[int(time_classes(np.array([float(high)]))[0])]
        draw_shapes(axes, [shape], facecolor=colour, edgecolor=LINE, linewidth=LINE_WIDTH, zorder=1)
        swatches.append(Swatch(colour, f"{low:g}–{high:g}"))
    swatches.append(Swatch("#e4e4e4", beyond, HATCH, line))
    placed = draw_ground(axes, assessment, ground)
    _minutes(axes, placed, rings, ground)
    marks = ground_marks(lang, stations=True, roads=roads_word(ground))
    draw_legend(strip(drawn, frame), frame, Key(text("maps.legend-field", lang), tuple(swatches), tuple(marks)), lang)
    return drawn.figure


def rings_of(assessment: Assessment, ground: Ground) -> gpd.GeoDataFrame:
    """The rings of all stations together, inner ones first, in the ground's CRS and as fine as print shows them."""
    frame = assessment.isochrones
    whole = frame[(frame["facility"] == "").to_numpy()] if len(frame) else frame
    placed = whole.set_crs(ground.crs) if whole.crs is None else whole.to_crs(ground.crs)
    west, _, east, _ = ground.bounds
    fine = placed.set_geometry(placed.geometry.simplify((east - west) / 4000))
    return fine.sort_values("minutes", kind="stable")


def _minutes(axes: Axes, placed: Placed, rings: gpd.GeoDataFrame, ground: Ground) -> None:
    """The limits, each at some places of its line, away from one another and from the border of the study."""
    west, _, east, _ = ground.bounds
    edge = ground.counties.union_all().boundary
    near = edge.buffer((east - west) * FROM_BORDER) if not edge.is_empty else edge
    reached = shapely.MultiPolygon()
    half = APART_PT / 2 * placed.pixels_per_point
    for limit, shape in zip(rings["minutes"], rings.geometry, strict=True):
        reached = shapely.union(reached, shape)
        line = shapely.difference(reached.boundary, near)
        found = 0
        for x, y in _along(line):
            words = text_on(axes, f"{limit:g}", MINUTES_PT, color="#000000", zorder=5.5)
            if placed.put(words, [(x, y)], must=True):
                found += 1
                a, b = axes.transData.transform((x, y))
                placed.marks.append(_box(float(a), float(b), half))
            if found == LABELS_EACH:
                break


def _box(x: float, y: float, half: float) -> Bbox:
    return Bbox.from_extents(x - half, y - half, x + half, y + half)


def _along(line: shapely.Geometry) -> list[tuple[float, float]]:
    """Places on the longest lines, spread over them."""
    parts = shapely.get_parts(shapely.line_merge(line))
    parts = parts[np.argsort(-shapely.length(parts), kind="stable")][:LABELS_EACH]
    total = float(shapely.length(parts).sum())
    if not total:
        return []
    counts = np.maximum(1, np.round(TRIES * shapely.length(parts) / total).astype(int))
    places = [
        shapely.line_interpolate_point(part, (np.arange(count) + 0.5) / count, normalized=True)
        for part, count in zip(parts, counts, strict=True)
    ]
    found = shapely.get_coordinates(np.concatenate(places))
    scattered = np.argsort(np.arange(len(found)) * GOLDEN % 1.0, kind="stable")  # the first ones lie far apart
    return [(float(x), float(y)) for x, y in found[scattered]]
