"""Service areas in print: the ground that each station reaches first, neighbours in different colours."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ...coverage.results import Assessment
from ...texts import Lang, text
from ..gis.styles import CATCHMENT_COLOURS
from ..gis.tables import catchments
from ..palette import UNREACHABLE_COLOURS
from ..words import study_title, whole
from .figure import draw_stations, map_page, placed_stations, strip
from .ground import Ground, draw_borders, draw_shapes
from .labels import Placed, name_counties, places_around, text_on
from .legend import PLAIN, Frame, Key, draw_legend, ground_marks
from .plot_page import INK, Page, shortened, write_png_and_svg

MOST_LISTED, COLUMNS = 18, 3
ROUGH = ("seat", "township", "county")
ROW_IN, HEAD_IN, PRINT_PT, LOW_STRIP_IN = 0.145, 0.24, 6.2, 0.5
NUMBER_PT, RING_PT = 6.4, 6.0
NAME_UNITS = 24
PALE = 0.5  # how much white is in the colours, so that names read on them
EDGE = "#303030"


def write_service_areas(assessment: Assessment, stem: Path, lang: Lang, ground: Ground) -> tuple[Path, ...]:
    """Writes the map with a table of the stations with most residents, as PNG and SVG."""
    return write_png_and_svg(lambda: figure(assessment, lang, ground), stem)


def figure(assessment: Assessment, lang: Lang, ground: Ground) -> Figure:
    """The map; the stations with most residents are numbered and listed under it."""
    areas = areas_of(assessment, ground)
    served = areas[areas["station"] != ""]
    listed = served.iloc[:MOST_LISTED]
    rows = -(-len(listed) // COLUMNS)
    under_in = HEAD_IN + ROW_IN * rows if rows else 0.0
    title = text("atlas.areas-title", lang, name=study_title(assessment, lang))
    places = assessment.stations.geometry.to_wkb().nunique()
    notes = text("atlas.areas-note", lang) + _left_out(len(served), len(listed), places, lang)
    notes += _doubts(assessment, places, lang)
    drawn, axes, frame = map_page(assessment, ground, lang, title, (notes,), under_in, LOW_STRIP_IN)
    _draw_areas(axes, areas)
    draw_borders(axes, ground, 1.0)
    placed = Placed(axes)
    placed.mark(draw_stations(axes, assessment, ground, 11), 2.6)
    numbers = _numbers(axes, placed, listed, assessment, ground)
    name_counties(placed, ground.counties)
    marks = ground_marks(lang, stations=True, roads="")
    marks.append((Patch(facecolor=_pale(CATCHMENT_COLOURS[0]), edgecolor=EDGE), text("atlas.area", lang)))
    if len(areas) > len(served):
        fill, line = UNREACHABLE_COLOURS
        unreached = Patch(facecolor=fill, edgecolor=line, hatch="////", linewidth=0.3)
        marks.append((unreached, text("maps.unreachable", lang)))
    draw_legend(strip(drawn, frame, under_in, LOW_STRIP_IN), frame, Key("", (), tuple(marks)), lang)
    if rows:
        _table(drawn, frame, listed, numbers, under_in, lang)
    return drawn.figure


def areas_of(assessment: Assessment, ground: Ground) -> gpd.GeoDataFrame:
    """The catchments, those of most residents first, in the ground's CRS and as fine as print shows them."""
    found = catchments(assessment).to_crs(ground.crs)
    west, _, east, _ = ground.bounds
    shapes = found.geometry.simplify((east - west) / 6000)
    return found.set_geometry(shapes).sort_values(["residents", "station"], ascending=[False, True], kind="stable")


def _left_out(served: int, listed: int, stations: int, lang: Lang) -> str:
    said = text("atlas.areas-listed", lang, listed=listed, count=served) if served > listed else ""
    idle = stations - served
    return said + (text("atlas.areas-idle", lang, count=idle) if idle > 0 else "")


def _doubts(assessment: Assessment, places: int, lang: Lang) -> str:
    """That stations at one place share an area, and that some are placed roughly, so that areas may differ."""
    stations = assessment.stations
    rough = int(stations["precision"].isin(ROUGH).sum()) if len(stations) else 0
    said = text("atlas.areas-together", lang) if places < len(stations) else ""
    return said + (text("atlas.areas-rough", lang, count=rough) if rough else "")


def _pale(colour: str) -> str:
    red, green, blue = (PALE + (1 - PALE) * part for part in to_rgb(colour))
    return str(to_hex((red, green, blue)))


def _draw_areas(axes: Axes, areas: gpd.GeoDataFrame) -> None:
    for colour, shape in zip(areas["map_colour"], areas.geometry, strict=True):
        if colour == 0:
            fill, line = UNREACHABLE_COLOURS
            draw_shapes(axes, [shape], facecolor=fill, edgecolor=line, hatch="////", linewidth=0.3, zorder=1)
            continue
        fill = _pale(CATCHMENT_COLOURS[int(colour) - 1])
        draw_shapes(axes, [shape], facecolor=fill, edgecolor=EDGE, linewidth=0.4, zorder=1)


def _numbers(
    axes: Axes, placed: Placed, listed: gpd.GeoDataFrame, assessment: Assessment, ground: Ground
) -> dict[str, int]:
    """Numbers beside the listed stations, with a thin line where there is no room close by; which station has which."""
    stations = placed_stations(assessment, ground).drop_duplicates("id").set_index("id").geometry
    step = RING_PT / 72 * ground.frame(axes.bbox.width / placed.pixels_per_point / 72).metres_per_inch
    numbers: dict[str, int] = {}
    for place, station in enumerate(listed["station"], start=1):
        numbers[str(station)] = place
        if station not in stations.index:
            continue
        x, y = float(stations[station].x), float(stations[station].y)
        label = text_on(axes, str(place), NUMBER_PT, zorder=7)
        if placed.put(label, places_around(x, y, step), must=True):
            at = np.array(label.get_position(), dtype=float)
            if np.hypot(*(at - (x, y))) > 1.5 * step:
                axes.plot([x, at[0]], [y, at[1]], color="#111111", linewidth=0.35, zorder=4.6)
    return numbers


def _table(
    drawn: Page, frame: Frame, listed: gpd.GeoDataFrame, numbers: dict[str, int], tall_in: float, lang: Lang
) -> None:
    """Number, name, residents and mean minutes of the listed stations, in columns."""
    axes = drawn.axes(0, 0, frame.width_in, tall_in)
    axes.set_axis_off()
    axes.set_xlim(0, frame.width_in)
    axes.set_ylim(0, tall_in)
    rows = -(-len(listed) // COLUMNS)
    wide = frame.width_in / COLUMNS
    used = -(-len(listed) // rows)
    heads = (("atlas.col-station", 0.2, "left"), ("atlas.col-residents", wide - 0.58, "right"),
             ("atlas.col-mean", wide - 0.12, "right"))  # fmt: skip
    for column in range(used):
        left, up = wide * column, tall_in - 0.06
        for code, at, side in heads:
            axes.text(
                left + at, up, text(code, lang), fontsize=PRINT_PT, ha=side, va="center", color="#444444", **PLAIN
            )
        axes.plot([left, left + wide - 0.12], [up - 0.08, up - 0.08], color=INK, linewidth=0.5)
    for place, row in enumerate(listed.itertuples(index=False)):
        left, up = wide * (place // rows), tall_in - HEAD_IN - ROW_IN * (place % rows + 0.15)
        mean = f"{row.mean_min:.1f}" if np.isfinite(row.mean_min) else "–"
        name = shortened(row.name or row.station, NAME_UNITS)
        cells = ((str(numbers[str(row.station)]), 0.14, "right"), (name, 0.2, "left"),
                 (whole(row.residents), wide - 0.58, "right"), (mean, wide - 0.12, "right"))  # fmt: skip
        for words, at, side in cells:
            axes.text(left + at, up, words, fontsize=PRINT_PT, ha=side, va="center", color=INK, **PLAIN)
