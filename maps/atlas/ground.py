"""What every map in print stands on: its extent, county borders and roads, made ready once and drawn many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray
from pyproj import CRS

from ..fonts import DPI
from ..palette import MAIN_ROADS, OTHER_ROAD_WIDTH, ROAD_WIDTHS, road_rank
from .legend import Frame

LOWEST_MAP_IN, TALLEST_MAP_IN = 2.6, 6.2
AROUND = 0.03
CHINA_M = 500_000.0
MOST_LINES, MOST_MAIN_LINES = 20_000, 40_000  # of more roads only the main ones are drawn, of these so many
LINES_AT_ONCE = 400
BORDER, ROAD = "#1a1a1a", "#5c5c5c"


@dataclass(frozen=True)
class Ground:
    """``counties`` simplified to what print can show; ``land`` all of them as one outline (None: there is none);
    ``roads``: line width and lines, small roads first; ``main_roads``: whether the small ones are left out."""

    bounds: tuple[float, float, float, float]
    crs: CRS
    counties: gpd.GeoDataFrame
    land: Outline | None
    roads: tuple[tuple[float, tuple[Outline, ...]], ...] = ()
    main_roads: bool = False

    def frame(self, width_in: float, tallest_in: float = TALLEST_MAP_IN, lowest_in: float = LOWEST_MAP_IN) -> Frame:
        """The extent with some space around, stretched to a shape that fits a page of that width."""
        west, south, east, north = self.bounds
        wide, tall = (east - west) * (1 + 2 * AROUND), (north - south) * (1 + 2 * AROUND)
        wide = max(wide, tall * width_in / tallest_in)
        tall = max(tall, wide * lowest_in / width_in)
        x, y = (west + east) / 2, (south + north) / 2
        return Frame(x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2, self.crs, width_in)

    def coarser(self, frame: Frame) -> Ground:
        """The same ground for small maps: borders as fine as they show, no roads."""
        simple = self.counties.geometry.simplify(frame.metres_per_inch / DPI / 2)
        return replace(self, counties=self.counties.set_geometry(simple), roads=())

    @property
    def shape(self) -> float:
        """Height of the extent for a width of one."""
        west, south, east, north = self.bounds
        return (north - south) / (east - west)


def ground_of(
    counties: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame | None,
    crs: CRS,
    width_in: float,
    around: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> Ground:
    """Counties and roads in ``crs``, as fine as a map of ``width_in`` shows them at 300 dpi. Where there are no
    counties, the extent is that of the places ``around`` (x, y in ``crs``)."""
    placed = counties.to_crs(crs)
    box = tuple(placed.total_bounds) if len(placed) else (0.0, 0.0, CHINA_M, CHINA_M)
    if around is not None and len(around[0]) and placed.empty:
        x, y = around
        box = (x.min(), y.min(), x.max(), y.max())
    west, south, east, north = (float(side) for side in box)
    wide = max(east - west, 1.0), max(north - south, 1.0)
    bare = Ground((west, south, west + wide[0], south + wide[1]), crs, placed, None)
    frame = bare.frame(width_in)
    fine = frame.metres_per_inch / DPI / 2
    land = outline(shapely.simplify(placed.union_all(), fine)) if len(placed) else None
    simple = placed.set_geometry(placed.geometry.simplify(fine))
    lines, main_roads = _roads(roads, frame, fine) if roads is not None else ((), False)
    return replace(bare, counties=simple, land=land, roads=lines, main_roads=main_roads)


def _roads(
    roads: gpd.GeoDataFrame, frame: Frame, fine: float
) -> tuple[tuple[tuple[float, tuple[Outline, ...]], ...], bool]:
    roads = roads[~(roads.geometry.isna() | roads.geometry.is_empty)]
    if roads.empty:
        return (), False
    names = roads["road_class"].fillna("").astype(str) if "road_class" in roads else roads.geometry.map(lambda _: "")
    ranks = names.map({name: road_rank(name) for name in names.unique()}).to_numpy(dtype=object)
    is_main = np.isin(ranks, _ranks_drawn(ranks))
    main_roads = bool(is_main.any() and not is_main.all())
    if main_roads:
        roads, ranks = roads[is_main], ranks[is_main]
    lines = roads.geometry.to_crs(frame.crs).to_numpy()
    seen = shapely.clip_by_rect(lines, frame.west, frame.south, frame.east, frame.north)
    drawn = []
    for rank in ("", *reversed(MAIN_ROADS)):
        parts = shapely.get_parts(shapely.get_parts(seen[ranks == rank]))
        parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
        parts = parts[~shapely.is_empty(parts)]
        joined = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(list(parts))))
        thin = shapely.simplify(joined, fine)
        width = ROAD_WIDTHS.get(rank, OTHER_ROAD_WIDTH) * 0.45
        paths = [lines_path(thin[at : at + LINES_AT_ONCE]) for at in range(0, len(thin), LINES_AT_ONCE)]
        drawn += [(width, tuple(paths))] if paths else []
    return tuple(drawn), main_roads


def _ranks_drawn(ranks: NDArray[np.object_]) -> list[str]:
    """All ranks where there are few lines; else the main ones, the largest first, as many as print can show."""
    if len(ranks) <= MOST_LINES:
        return ["", *MAIN_ROADS]
    counts = np.cumsum([int((ranks == rank).sum()) for rank in MAIN_ROADS])
    return list(MAIN_ROADS[: max(int((counts <= MOST_MAIN_LINES).sum()), 1)])


def lines_path(lines: NDArray[np.object_]) -> Outline:
    """Lines as one matplotlib path."""
    points, which = shapely.get_coordinates(lines, return_index=True)
    codes = np.full(len(points), Outline.LINETO, dtype=np.uint8)
    codes[np.flatnonzero(np.diff(which, prepend=-1))] = Outline.MOVETO
    return Outline(points, codes)


def outline(shape: shapely.Geometry) -> Outline:
    """The rings of a polygon or multipolygon as one matplotlib path."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    if not len(rings):
        return Outline(np.empty((0, 2)))
    points, which = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(points), Outline.LINETO, dtype=np.uint8)
    ends = np.flatnonzero(np.diff(which, append=-1))
    codes[np.concatenate([[0], ends[:-1] + 1])] = Outline.MOVETO
    codes[ends] = Outline.CLOSEPOLY
    return Outline(points, codes)


def prepare(axes: Axes, frame: Frame) -> None:
    """Sets the extent; a map has no ticks."""
    axes.set_xlim(frame.west, frame.east)
    axes.set_ylim(frame.south, frame.north)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])


def land_patch(axes: Axes, ground: Ground, **style: Any) -> PathPatch | None:  # noqa: ANN401 matplotlib's styles
    """The land as a patch on the axes: filled as ``style`` says, or invisible, to cut other things along."""
    if ground.land is None:
        return None
    patch = PathPatch(ground.land, **({"facecolor": "none", "edgecolor": "none"} | style))
    axes.add_patch(patch)
    return patch


def draw_roads(axes: Axes, ground: Ground, *, colour: str = ROAD, thin: float = 1.0) -> None:
    """Roads by their class; an SVG holds them as pixels, because there may be very many."""
    for width, paths in ground.roads:
        axes.add_collection(
            PathCollection(
                list(paths), facecolors="none", edgecolors=colour, linewidths=width * thin, alpha=0.75, zorder=3,
                rasterized=True,
            ),
            autolim=False,
        )  # fmt: skip


def draw_borders(axes: Axes, ground: Ground, width: float = 0.8) -> None:
    """The borders of the counties."""
    for shape in ground.counties.geometry:
        axes.add_patch(PathPatch(outline(shape), facecolor="none", edgecolor=BORDER, linewidth=width, zorder=4))


def draw_shapes(axes: Axes, shapes: Sequence[shapely.Geometry], **style: Any) -> None:  # noqa: ANN401 matplotlib's styles
    """Polygons in one style."""
    for shape in shapes:
        axes.add_patch(PathPatch(outline(shape), **style))
